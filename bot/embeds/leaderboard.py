"""One page of the ladder as an aligned table."""

from collections.abc import Sequence

import disnake

from actors.rules.countries import flag
from actors.rules.ids import Race
from actors.rules.rank import Placed
from actors.rules.screens import Leaderboard
from actors.rules.settings import Settings
from bot import signs
from bot.embeds import colours, people
from bot.escape import plain, unticked
from bot.text import Texts

ROWS = 10
"""Rows in one field."""
DAY_S = 86400
NAME = 12
"""Characters of a name; set-up allows no more."""


def leaderboard(screen: Leaderboard, texts: Texts) -> disnake.Embed:
    """Up to forty rows."""
    embed = disnake.Embed(
        title=texts.say("board-title"), description=_heading(screen, texts), colour=colours.GOLD
    )
    for first in range(0, len(screen.rows), ROWS):
        rows = screen.rows[first : first + ROWS]
        embed.add_field(_places(rows, texts), "\n".join(map(line, rows)), inline=False)
    embed.set_footer(text=texts.say("board-footer", page=screen.page, pages=screen.pages, total=screen.total))
    return embed


def line(row: Placed) -> str:
    """One row: what has a fixed width in a code span, flag and race outside of it."""
    standing = row.standing
    place = "–" if row.place is None else str(row.place)
    name = unticked(plain(standing.name, NAME))
    table = f"`{place:>4} {row.rank.value} {signs.SHORT[standing.race]} {name:<{NAME}} {standing.rating:>5}`"
    return f"{table} {signs.RACES[standing.race]} {flag(standing.country)}"


def _places(rows: Sequence[Placed], texts: Texts) -> str:
    """From which place to which; with a filter they are far apart."""
    places = [row.place for row in rows if row.place is not None]
    if not places:
        return texts.say("board-no-places")
    return texts.say("board-places", first=places[0], end=places[-1])


def _heading(screen: Leaderboard, texts: Texts) -> str:
    chosen = [people.race(race, texts) for race in Race if race in screen.filter.races]
    races = ", ".join(chosen) or texts.say("board-all-races")
    best = "yes" if screen.filter.best_only else "no"
    heading = texts.say("board-filters", races=races, best=best)
    if not screen.rows:
        return f"{heading}\n{texts.say('board-empty')}"
    return f"{heading}\n{texts.say('board-legend', days=round(Settings().active_s / DAY_S))}"
