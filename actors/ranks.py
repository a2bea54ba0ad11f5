"""The ranks desk: keeps the leaderboard and the letters.

It owns a copy of the standings, read from the store at the start; after each settlement
what changed since is read. Who stands where is decided in `rules.board`. Time alone changes nothing.

Restart: permanent. It is read anew, so a crash costs one query.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeAlias, TypeVar, assert_never

import structlog
import trio

from actors.doors import Doors
from actors.keys import RANKS
from actors.messages import Letters, Outdated, Page, PlacesOf
from actors.ports import Unavailable
from actors.rules.board import Board
from actors.rules.ids import Rank
from actors.rules.rank import Filter, Placed, page
from actors.rules.screens import Leaderboard
from supervision import Actor, ChildSpec

T = TypeVar("T")

log = structlog.get_logger()

GATHER_S = 0.5
"""Settlements that fall together cost one reading."""
RETRY_S = 5.0
OVERLAP_S = 60.0
"""What changed shortly before the last reading is read again: its transaction may have ended after it."""
PAGE = 40
QUICK = 2000
"""So many rows are looked through at once."""


class _Rebuild:
    """Read the standings anew."""


Letter: TypeAlias = Outdated | Page | PlacesOf | Letters | _Rebuild


def spec(doors: Doors) -> ChildSpec:
    """How the desk is started."""
    return ChildSpec(id="ranks", key=RANKS, start=lambda: Ranks(doors))


class Ranks(Actor[Letter]):
    """Places and letters."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._board = Board(doors.settings)
        self._read_at: datetime | None = None

    def describe(self) -> str:
        """How many entries the ladder has, and whether they are out of date."""
        outdated = "" if self.context.timers.due("rebuild") is None else ", out of date"
        return f"ladder of {len(self._board)} entries{outdated}"

    async def init(self) -> None:
        """Read the standings."""
        await self._rebuild()

    async def handle(self, letter: Letter) -> Leaderboard | tuple[Placed, ...] | tuple[Rank, ...] | None:
        """Answer from memory; a settlement only marks it out of date."""
        match letter:
            case Outdated():
                if self.context.timers.due("rebuild") is None:
                    self.context.timers.arm("rebuild", GATHER_S, _Rebuild())
            case Page(chosen, number):
                await self._catch_up()
                return await self._page(chosen, number)
            case PlacesOf(player):
                await self._catch_up()
                return self._board.places_of(player)
            case Letters(of):
                return tuple(self._board.rank(player, race) for player, race in of)
            case _Rebuild():
                await self._try_rebuild()
            case _:
                assert_never(letter)
        return None

    async def _catch_up(self) -> None:
        """Who looks after a result sees it: a reading that is due is not waited for."""
        if self.context.timers.due("rebuild") is not None:
            self.context.timers.cancel("rebuild")
            await self._try_rebuild()

    async def _try_rebuild(self) -> None:
        try:
            await self._rebuild()
        except Unavailable as away:
            log.warning("ranks.put_off", reason=str(away))
            self.context.timers.arm("rebuild", RETRY_S, _Rebuild())

    async def _rebuild(self) -> None:
        now = self._doors.clock.now()
        since = self._read_at and self._read_at - timedelta(seconds=OVERLAP_S)
        changed = await self._doors.store.standings(since)
        await self._at_length(len(changed), self._board.change, changed, now)
        self._read_at = now

    async def _page(self, chosen: Filter, number: int) -> Leaderboard:
        if chosen == Filter():
            count = len(self._board)
            pages, shown = _cut(count, number)
            return Leaderboard(self._board.page(shown, PAGE), shown, pages, count, chosen)
        rows = await self._at_length(len(self._board), self._board.select, chosen)
        pages, shown = _cut(len(rows), number)
        return Leaderboard(page(rows, shown, PAGE), shown, pages, len(rows), chosen)

    async def _at_length(self, rows: int, work: Callable[..., T], *arguments: object) -> T:
        """What takes long is done in a thread. This actor waits for it, so nothing changes meanwhile."""
        if rows <= QUICK:
            return work(*arguments)
        return await trio.to_thread.run_sync(work, *arguments)


def _cut(rows: int, wanted: int) -> tuple[int, int]:
    """How many pages so many rows have, and which of them to show."""
    pages = max(1, -(-rows // PAGE))
    return pages, min(max(wanted, 1), pages)
