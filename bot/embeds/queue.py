"""The queue card: choosing, searching, closed."""

import disnake

from actors.rules.maps import POOL, by_key
from actors.rules.player import Preferences
from actors.rules.screens import QueueClosed, QueueSetup, Searching
from actors.rules.settings import Settings
from bot.embeds import colours, people
from bot.text import Texts


def choosing(screen: QueueSetup, texts: Texts) -> disnake.Embed:
    """Races and vetoes, and how a match works."""
    chosen = screen.preferences
    embed = disnake.Embed(
        title=texts.say("queue-title"), description=texts.say("queue-body"), colour=colours.BLUE
    )
    if screen.unreachable:
        embed.add_field(texts.say("queue-unreachable-title"), texts.say("queue-unreachable"), inline=False)
    races = _races(chosen, texts) or texts.say("queue-need-race")
    embed.add_field(texts.say("queue-races"), races, inline=False)
    _add_vetoes(embed, chosen, texts)
    embed.add_field(texts.say("queue-guide"), texts.say("queue-guide-body"), inline=False)
    return embed


def searching(screen: Searching, texts: Texts) -> disnake.Embed:
    """Since when, with what, among whom."""
    description = texts.say("searching-body", since=screen.since)
    if screen.returned_from is not None:
        description = f"{texts.say('searching-returned', match=screen.returned_from)}\n\n{description}"
    embed = disnake.Embed(title=texts.say("searching-title"), description=description, colour=colours.BLUE)
    crowd = screen.crowd
    waiting = texts.say("searching-crowd", bw=crowd.bw_only, sc2=crowd.sc2_only, both=crowd.both)
    embed.add_field(texts.say("searching-waiting"), waiting, inline=True)
    playing = texts.say("searching-playing-count", count=crowd.open_matches)
    embed.add_field(texts.say("searching-playing"), playing, inline=True)
    embed.add_field(texts.say("queue-races"), _races(screen.preferences, texts), inline=False)
    _add_vetoes(embed, screen.preferences, texts)
    return embed


def closed(screen: QueueClosed, texts: Texts) -> disnake.Embed:
    """A match was found: look below."""
    return disnake.Embed(
        title=texts.say("queue-closed-title", match=screen.match),
        description=texts.say("queue-closed-body"),
        colour=colours.GREEN,
    )


def _races(chosen: Preferences, texts: Texts) -> str:
    return "\n".join(people.race(race, texts) for race in (chosen.bw, chosen.sc2) if race is not None)


def _add_vetoes(embed: disnake.Embed, chosen: Preferences, texts: Texts) -> None:
    known = {each.key for each in POOL}
    names = sorted(by_key(key).short_name for key in chosen.vetoes & known)
    title = texts.say("queue-vetoes", count=len(names), most=Settings().max_vetoes)
    embed.add_field(title, ", ".join(names) or texts.say("queue-no-vetoes"), inline=False)
