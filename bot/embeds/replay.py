"""What an upload showed: the game, the checks in words, and what happens now."""

from datetime import timedelta

import disnake

from actors.rules.replay import Finding, Grade, ReplayFacts, ReplayPlayer
from actors.rules.screens import Meaning, ReplayCard
from bot import signs
from bot.embeds import colours, exhibits, people
from bot.escape import foreign, parts
from bot.text import Texts

MOST_PLAYERS = 8
"""People listed of each kind; a hostile file can name sixteen."""
FIELD = 1024
"""Characters that Discord takes in one field."""


def replay(screen: ReplayCard, texts: Texts) -> disnake.Embed:
    """One upload, as its uploader sees it."""
    facts = screen.facts
    embed = disnake.Embed(
        title=texts.say("replay-title", match=screen.match),
        description=_matchup(facts, texts),
        colour=_colour(screen),
    )
    embed.add_field(texts.say("replay-map"), foreign(facts.map_name, 64), inline=True)
    embed.add_field(texts.say("replay-length"), people.length(facts.length_s), inline=True)
    started = facts.ended_at - timedelta(seconds=facts.length_s)
    embed.add_field(texts.say("replay-started"), texts.say("replay-started-at", at=started), inline=True)
    if facts.observers:
        embed.add_field(
            texts.say("replay-observers"), _some(list(map(foreign, facts.observers)), texts), inline=False
        )
    _add_checks(embed, screen.findings, texts)
    embed.add_field(texts.say("replay-now"), texts.say(f"replay-now-{screen.meaning.value}"), inline=False)
    return embed


def _colour(screen: ReplayCard) -> disnake.Colour:
    if screen.meaning in {Meaning.SETTLED, Meaning.CONFIRMED}:
        return colours.GREEN
    if screen.meaning in {Meaning.ASKED, Meaning.CONTESTED}:
        return colours.ORANGE
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
    for part in parts((exhibits.check(finding, texts) for finding in findings), FIELD):
        embed.add_field(title, part, inline=False)
        title = texts.say("replay-checks-more")
