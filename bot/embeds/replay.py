"""What an upload showed: the game, the checks in words, and what happens now."""

from datetime import timedelta

import disnake

from actors.rules.match import Phase
from actors.rules.replay import Finding, Grade, ReplayFacts, ReplayPlayer
from actors.rules.screens import ReplayCard
from bot import signs
from bot.embeds import colours
from bot.escape import foreign, parts
from bot.text import Texts

MOST_PLAYERS = 8
"""People listed of each kind; a hostile file can name sixteen."""
FIELD = 1024
"""Characters that Discord takes in one field."""
MOST_SEEN = 48
"""Characters quoted from the file in one check."""


def replay(screen: ReplayCard, texts: Texts) -> disnake.Embed:
    """One upload, as its uploader sees it."""
    facts = screen.facts
    embed = disnake.Embed(
        title=texts.say("replay-title", match=screen.match),
        description=_matchup(facts, texts),
        colour=_colour(screen),
    )
    embed.add_field(texts.say("replay-map"), foreign(facts.map_name, 64), inline=True)
    embed.add_field(texts.say("replay-length"), length(facts.length_s), inline=True)
    started = facts.ended_at - timedelta(seconds=facts.length_s)
    embed.add_field(texts.say("replay-started"), texts.say("replay-started-at", at=started), inline=True)
    if facts.observers:
        embed.add_field(
            texts.say("replay-observers"), _some(list(map(foreign, facts.observers)), texts), inline=False
        )
    _add_checks(embed, screen.findings, texts)
    embed.add_field(texts.say("replay-now"), texts.say(f"replay-now-{screen.phase.value}"), inline=False)
    return embed


def length(seconds: float) -> str:
    """Minutes and seconds; hours when there are any.

    >>> length(754.2), length(3725)
    ('12:34', '1:02:05')
    """
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _colour(screen: ReplayCard) -> disnake.Colour:
    if screen.phase is Phase.SETTLED:
        return colours.GREEN
    failed = any(finding.grade is Grade.FAILED for finding in screen.findings)
    return colours.RED if failed else colours.GREY


def _matchup(facts: ReplayFacts, texts: Texts) -> str:
    if not facts.players:
        return texts.say("replay-nobody")
    lines = [_player(player, texts) for player in facts.players[:MOST_PLAYERS]]
    if len(facts.players) > MOST_PLAYERS:
        lines.append(texts.say("replay-more", count=len(facts.players) - MOST_PLAYERS))
    return "\n".join(lines)


def _player(player: ReplayPlayer, texts: Texts) -> str:
    key = "replay-player" if player.human else "replay-player-computer"
    return texts.say(
        key, sign=signs.RESULTS[player.result], name=foreign(player.name), race=foreign(player.race)
    )


def _some(names: list[str], texts: Texts) -> str:
    shown = ", ".join(names[:MOST_PLAYERS])
    more = len(names) - MOST_PLAYERS
    return f"{shown} {texts.say('replay-more', count=more)}" if more > 0 else shown


def _add_checks(embed: disnake.Embed, findings: tuple[Finding, ...], texts: Texts) -> None:
    """All checks, in as many fields as they need."""
    title = texts.say("replay-checks")
    for part in parts((_check(finding, texts) for finding in findings), FIELD):
        embed.add_field(title, part, inline=False)
        title = texts.say("replay-checks-more")


def _check(finding: Finding, texts: Texts) -> str:
    sentence = texts.say(f"check-{finding.check.value}-{finding.grade.value}")
    line = f"{signs.GRADES[finding.grade]} {sentence}"
    if finding.grade is Grade.PASSED or not finding.seen:
        return line
    return f"{line} {texts.say('replay-seen', seen=foreign(finding.seen, MOST_SEEN))}"
