"""The result card: who won, why, and what it did to the ratings."""

from datetime import timedelta

import disnake

from actors.rules.countries import flag
from actors.rules.match import Cause, Match, Phase, RatingChange, Side
from actors.rules.report import Outcome, score
from actors.rules.screens import ResultCard
from actors.rules.settings import Settings
from bot.embeds import colours, people
from bot.escape import foreign
from bot.text import Texts

WIN, DRAW = 1.0, 0.5


def result(screen: ResultCard, texts: Texts) -> disnake.Embed:
    """The end of a live match, as one of its players sees it."""
    if screen.match.phase is Phase.VOID or screen.match.outcome is None:
        return _void(screen.match, texts)
    return _settled(screen.match, screen.match.outcome, screen.match.side_of(screen.viewer), texts)


def change(amount: int) -> str:
    """A difference with its sign, as typesetters write it.

    >>> change(18), change(0)
    ('+18', '±0')
    """
    return f"{amount:+d}".replace("-", "−") if amount else "±0"


def _settled(match: Match, outcome: Outcome, viewer: int, texts: Texts) -> disnake.Embed:
    points = score(outcome, viewer)
    headline = "result-you-won" if points == WIN else "result-draw" if points == DRAW else "result-you-lost"
    reason = texts.say(f"result-cause-{(match.cause or Cause.REPLAY).value}")
    embed = disnake.Embed(
        title=texts.say("result-title", match=match.id),
        description="\n".join((f"{texts.say(headline)} {reason}", *_second(match, viewer, texts))),
        colour=colours.GOLD,
    )
    changes = {moved.player: moved for moved in match.changes}
    for index, side in enumerate(match.sides):
        sign = "🏆" if score(outcome, index) == WIN else "🤝" if outcome is Outcome.DRAW else "🥈"
        title = texts.say("result-side", sign=sign, race=people.race(side.race, texts))
        embed.add_field(title, _side(side, changes.get(side.player), texts), inline=True)
    embed.add_field(texts.say("result-next-title"), texts.say("result-next"), inline=False)
    return embed


def _second(match: Match, viewer: int, texts: Texts) -> tuple[str, ...]:
    """What another replay or the other report said, after the end, or may still say."""
    if match.contested:
        return (texts.say("result-denied" if match.differ else "result-contested"),)
    if match.confirmation is not None:
        return (texts.say("result-confirmed"),)
    if match.cause is not Cause.ONE_REPORT or match.ruled_by is not None or match.ended_at is None:
        return ()
    if all(side.claim is not None for side in match.sides):
        return (texts.say("result-agreed"),)
    until = match.ended_at + timedelta(seconds=Settings().objection_s)
    silent = match.sides[viewer].claim is None
    return (texts.say("result-silent" if silent else "result-reporter", until=until),)


def _side(side: Side, moved: RatingChange | None, texts: Texts) -> str:
    known = side.profile
    person = texts.say("match-person", flag=flag(known.country), name=foreign(known.name))
    if moved is None:
        return f"{person}\n{people.rating(side, texts)}"
    rating = texts.say("result-rating", before=moved.before, after=moved.after, change=change(moved.change))
    return f"{person}\n{rating}"


def _void(match: Match, texts: Texts) -> disnake.Embed:
    known = {Cause.UNREPORTED: "unreported", Cause.RULING: "ruling", Cause.UNRULED: "unruled"}
    reason = "other" if match.cause is None else known.get(match.cause, "other")
    lines = (
        texts.say(f"result-void-{reason}"),
        texts.say("result-void-unchanged"),
        "",
        texts.say("result-next"),
    )
    return disnake.Embed(
        title=texts.say("result-void-title", match=match.id),
        description="\n".join(lines),
        colour=colours.GREY,
    )
