"""Buttons of pages: the leaderboard and the reports for staff."""

from actors.rules import filters
from actors.rules.ids import Race
from actors.rules.screens import Leaderboard, Press, Report, Timings
from bot import custom_ids, signs
from bot.text import Texts
from bot.views.rows import BLUE, Rows, button, choice, pager, row, select


def leaderboard(screen: Leaderboard, texts: Texts) -> Rows:
    """The pages, the races, and whether each player counts once. `state` is the filter as shown."""
    state = filters.write(screen.filter)
    chosen = screen.filter.races
    races = (
        choice(texts.say(f"race-{race.value}"), race.value, chosen=race in chosen, emoji=signs.RACES[race])
        for race in Race
    )
    races_id = custom_ids.write(Press.BOARD_RACES, screen.page, state)
    label = texts.say("button-board-all" if screen.filter.best_only else "button-board-best")
    best = button(label, Press.BOARD_BEST, screen.page, state=state, style=BLUE)
    rows: Rows = (
        select(texts.say("select-board-races"), races_id, races, most=len(Race)),
        row(best),
    )
    if screen.pages > 1:
        rows = (pager(texts, Press.BOARD_PAGE, screen.page, screen.pages, state), *rows)
    return rows


def report(screen: Report, texts: Texts) -> Rows:
    """The pages, when there is more than one."""
    if screen.pages <= 1:
        return ()
    return (pager(texts, Press.ACTORS_PAGE, screen.page, screen.pages),)


def timings(screen: Timings, texts: Texts) -> Rows:
    """The pages, when there is more than one."""
    if screen.pages <= 1:
        return ()
    return (pager(texts, Press.FLOWS_PAGE, screen.page, screen.pages),)
