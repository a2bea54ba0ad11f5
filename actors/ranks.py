"""The ranks desk: keeps the leaderboard and the letters.

It owns a copy of the standings, read from the store at the start; after each settlement
what changed since is read. Who stands where is decided in `rules.rank`.

Restart: permanent. It is read anew, so a crash costs one query.
"""

from datetime import datetime, timedelta
from typing import TypeAlias, assert_never

import structlog

from actors.boundaries import Boundary, passed
from actors.doors import Doors
from actors.keys import RANKS
from actors.messages import Letters, Outdated, Page, PlacesOf
from actors.ports import Unavailable
from actors.rules.ids import PlayerId, Race, Rank
from actors.rules.rank import Placed, Standing, ladder, page, select
from actors.rules.screens import Leaderboard
from supervision import Actor, ChildSpec

log = structlog.get_logger()

GATHER_S = 0.5
"""Settlements that fall together cost one reading."""
RETRY_S = 5.0
OVERLAP_S = 60.0
"""What changed shortly before the last reading is read again: its transaction may have ended after it."""
PAGE = 40


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
        self._standings: dict[tuple[PlayerId, Race], Standing] = {}
        self._read_at: datetime | None = None
        self._placed: tuple[Placed, ...] = ()
        self._letters: dict[tuple[PlayerId, Race], Rank] = {}

    def describe(self) -> str:
        """How many entries the ladder has, and whether they are out of date."""
        outdated = "" if self.context.timers.due("rebuild") is None else ", out of date"
        return f"ladder of {len(self._placed)} entries{outdated}"

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
                rows = select(self._placed, chosen)
                pages = max(1, -(-len(rows) // PAGE))
                shown = min(max(number, 1), pages)
                return Leaderboard(tuple(page(rows, shown, PAGE)), shown, pages, len(rows), chosen)
            case PlacesOf(player):
                await self._catch_up()
                return tuple(placed for placed in self._placed if placed.standing.player == player)
            case Letters(of):
                return tuple(self._letters.get(entry, Rank.U) for entry in of)
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
        read = await self._doors.store.standings(since)
        passed(Boundary.RANKS_READ)
        for each in read:
            self._standings[each.player, each.race] = each
            if not each.games:
                del self._standings[each.player, each.race]
        self._read_at = now
        self._placed = ladder(tuple(self._standings.values()), now, self._doors.settings)
        self._letters = {(p.standing.player, p.standing.race): p.rank for p in self._placed}
