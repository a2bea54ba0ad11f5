"""The ladder kept in order while it is played: the rows of `rank.ladder`, without making all of them anew.

A settlement moves two rows among a hundred thousand. Their places, and everybody else's, are found by
bisection in lists that stay sorted; a place, and the letter that goes with it, is looked up when asked for.
"""

import heapq
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from typing import TypeAlias

from actors.rules.ids import PlayerId, Race, Rank
from actors.rules.rank import Filter, Placed, Standing, allocation, is_active, merit, order, page, select
from actors.rules.settings import Settings

MANY = 8
"""When more than one row in so many changed, sorting anew is quicker than moving each."""

_Key: TypeAlias = tuple[float | str, ...]
_Entry: TypeAlias = tuple[PlayerId, Race]


@dataclass(slots=True)
class Board:
    """All standings in order. `now` is only looked at when something changed: time alone moves nobody."""

    settings: Settings
    _rows: dict[_Entry, Standing] = field(default_factory=dict)
    _order: list[tuple[_Key, _Entry]] = field(default_factory=list)
    """Everybody, best first."""
    _active: list[_Key] = field(default_factory=list)
    """The merits of those who have a place, best first."""
    _has_place: set[_Entry] = field(default_factory=set)
    _last_played: list[tuple[datetime, PlayerId, str]] = field(default_factory=list)
    """A heap of those who have a place; who played again is in it twice."""
    _letters: tuple[list[int], list[Rank]] = ([], [])
    """The last place of each letter, and the letters."""
    _found: dict[Filter, tuple[Placed, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self._order)

    def change(self, standings: Iterable[Standing], now: datetime) -> None:
        """Take these in place of what was known of the same players and races; without a game they go."""
        changed = tuple(standings)
        if len(changed) * MANY > len(self._rows):
            self._rows.update({(each.player, each.race): each for each in changed})
            self._sort(now)
        else:
            for each in changed:
                self._remove((each.player, each.race))
                self._insert(each, now)
        self._retire(now)
        counts = allocation(len(self._active))
        self._letters = (list(accumulate(count for _, count in counts)), [rank for rank, _ in counts])
        self._found.clear()

    def rank(self, player: PlayerId, race: Race) -> Rank:
        """The letter; U without a place."""
        row = self._rows.get((player, race))
        return Rank.U if row is None else self._placed(row).rank

    def places_of(self, player: PlayerId) -> tuple[Placed, ...]:
        """All rows of a player, best first."""
        rows = [row for race in Race if (row := self._rows.get((player, race))) is not None]
        return tuple(self._placed(row) for row in sorted(rows, key=order))

    def select(self, wanted: Filter) -> tuple[Placed, ...]:
        """The rows that a filter lets through, in order; kept until something changes."""
        if wanted not in self._found:
            self._found[wanted] = select(self._all(), wanted)
        return self._found[wanted]

    def page(self, number: int, size: int) -> tuple[Placed, ...]:
        """Rows of the whole ladder, as `rank.page` cuts them."""
        return tuple(self._placed(self._rows[entry]) for _, entry in page(self._order, number, size))

    def _all(self) -> Iterator[Placed]:
        return (self._placed(self._rows[entry]) for _, entry in self._order)

    def _placed(self, row: Standing) -> Placed:
        if (row.player, row.race) not in self._has_place:
            return Placed(row, None, Rank.U)
        better = bisect_left(self._active, merit(row))
        ends, letters = self._letters
        return Placed(row, better + 1, letters[bisect_right(ends, better)])

    # Keeping order.

    def _sort(self, now: datetime) -> None:
        rows = [row for row in self._rows.values() if row.games]
        active = [row for row in rows if is_active(row, now, self.settings)]
        self._rows = {(row.player, row.race): row for row in rows}
        self._order = sorted((order(row), (row.player, row.race)) for row in rows)
        self._active = sorted(map(merit, active))
        self._has_place = {(row.player, row.race) for row in active}
        self._last_played = [_last_played(row) for row in active]
        heapq.heapify(self._last_played)

    def _insert(self, row: Standing, now: datetime) -> None:
        if not row.games:
            return
        entry = (row.player, row.race)
        self._rows[entry] = row
        insort(self._order, (order(row), entry))
        if is_active(row, now, self.settings):
            insort(self._active, merit(row))
            self._has_place.add(entry)
            heapq.heappush(self._last_played, _last_played(row))

    def _remove(self, entry: _Entry) -> None:
        row = self._rows.pop(entry, None)
        if row is None:
            return
        del self._order[bisect_left(self._order, (order(row), entry))]
        self._take_place(row)

    def _take_place(self, row: Standing) -> None:
        if (row.player, row.race) in self._has_place:
            self._has_place.discard((row.player, row.race))
            del self._active[bisect_left(self._active, merit(row))]

    def _retire(self, now: datetime) -> None:
        """Who has not played for too long keeps the row and loses the place."""
        while self._last_played:
            _, player, race = self._last_played[0]
            row = self._rows.get((player, Race(race)))
            if (
                row is not None
                and is_active(row, now, self.settings)
                and _last_played(row) == self._last_played[0]
            ):
                return
            heapq.heappop(self._last_played)
            if row is not None and not is_active(row, now, self.settings):
                self._take_place(row)


def _last_played(row: Standing) -> tuple[datetime, PlayerId, str]:
    return (row.last_played_at, row.player, row.race.value)
