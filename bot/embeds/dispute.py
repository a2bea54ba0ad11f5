"""The staff's post about a dispute: both claims; afterwards the ruling."""

import disnake

from actors.rules.countries import flag
from actors.rules.maps import by_key
from actors.rules.match import Cause, Match, Phase, Side
from actors.rules.region import SERVER_NAMES
from actors.rules.report import Outcome
from actors.rules.screens import DisputeCard
from bot.embeds import colours, exhibits, people
from bot.escape import foreign
from bot.text import Texts

MOST_EXHIBITS = 4
"""Replays shown in the post; `/replays match` shows more."""


def dispute(screen: DisputeCard, texts: Texts) -> disnake.Embed:
    """Who says what, and how it was ruled."""
    match = screen.match
    open_ = _waits(match)
    embed = disnake.Embed(
        title=texts.say(_title(match), match=match.id),
        description=_body(match, texts) if open_ else _closed(match, texts),
        colour=colours.ORANGE if open_ else colours.GREY,
    )
    for side in match.sides:
        embed.add_field(_name(side, texts), _claim(side, texts), inline=True)
    place = texts.say("dispute-map-body", map=by_key(match.map).short_name, server=SERVER_NAMES[match.server])
    embed.add_field(texts.say("dispute-map"), place, inline=False)
    started = texts.say("dispute-started-at", at=match.live_at or match.paired_at)
    embed.add_field(texts.say("dispute-started"), started, inline=False)
    exhibits.add(embed, match, screen.exhibits, MOST_EXHIBITS, texts)
    return embed


def _title(match: Match) -> str:
    if match.contested and not match.differ:
        return "dispute-contested-title"
    return "dispute-title" if _waits(match) else "dispute-ruled-title"


def _waits(match: Match) -> bool:
    """Whether a ruling is still missing."""
    return match.phase is Phase.DISPUTED or match.contested or match.cause is Cause.UNRULED


def _body(match: Match, texts: Texts) -> str:
    if match.cause is Cause.UNRULED:
        return texts.say("dispute-unruled-body")
    if not match.contested:
        return texts.say("dispute-body")
    if match.differ:
        return texts.say("dispute-denied-body")
    return texts.say("dispute-contested-body", first=match.replay or 0, second=match.objection or 0)


def _name(side: Side, texts: Texts) -> str:
    return texts.say(
        "dispute-side",
        flag=flag(side.profile.country),
        name=foreign(side.profile.name),
        race=people.race(side.race, texts),
    )


def _claim(side: Side, texts: Texts) -> str:
    mention, rating = people.mention(side.player), people.rating(side, texts)
    if side.claim is None:
        return texts.say("dispute-silent", mention=mention, rating=rating)
    claim = texts.say(f"claim-{side.claim.value}")
    return texts.say("dispute-claim", mention=mention, rating=rating, claim=claim)


def _closed(match: Match, texts: Texts) -> str:
    return f"{_ruling(match, texts)}\n{texts.say('dispute-ruled-again')}"


def _ruling(match: Match, texts: Texts) -> str:
    # Whoever ended it: an open dispute ends by a ruling only.
    moderator = "…" if match.ruled_by is None else people.mention(match.ruled_by)
    match match.outcome:
        case None:
            return texts.say("dispute-ruled-void", moderator=moderator)
        case Outcome.DRAW:
            return texts.say("dispute-ruled-draw", moderator=moderator)
        case outcome:
            winner = match.sides[0 if outcome is Outcome.FIRST else 1]
            return texts.say("dispute-ruled-won", moderator=moderator, name=foreign(winner.profile.name))
