"""The ladder: who stands where, and the letter that goes with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from actors.rules.countries import COMMON
from actors.rules.ids import PlayerId, Race, Rank
from actors.rules.settings import Settings

T = TypeVar("T")

SHARES: tuple[tuple[Rank, int], ...] = (
    (Rank.S, 1),
    (Rank.A, 7),
    (Rank.B, 21),
    (Rank.C, 21),
    (Rank.D, 21),
    (Rank.E, 21),
    (Rank.F, 8),
)
"""Percent of the active entries for each letter, best first (domain.md, 4.6)."""

_REMAINDER = (Rank.D, Rank.C, Rank.E, Rank.B, Rank.F, Rank.A, Rank.S)

OTHER = "ZZ"
"""As a filter: every country that is not in the short list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What one player did with one race."""

    player: PlayerId
    race: Race
    rating: int
    games: int
    wins: int
    losses: int
    draws: int
    last_played_at: datetime
    name: str
    country: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A standing with its place among the active ones, or None and U without."""

    standing: Standing
    place: int | None
    rank: Rank


@dataclass(frozen=True, slots=True)
class Filter:
    """Which part of the ladder to show."""

    races: frozenset[Race] = frozenset()
    """Empty for all."""
    country: str | None = None
    """A code; `ZZ` for all countries outside the short list; None for all."""
    ranks: frozenset[Rank] | None = None
    best_only: bool = False
    """One row for each player: the best of those that the other filters leave."""


def ladder(standings: Iterable[Standing], now: datetime, settings: Settings) -> tuple[Placed, ...]:
    """Order all standings, best first, and give the active ones places and letters.

    Args:
        standings: one for each player and race; their order does not matter.
        now: aware UTC.
        settings: the season's numbers.

    Returns:
        As many rows as standings. Inactive rows stand where their rating puts them. Rows that
        are equal in everything that counts share a place and a letter.

    Source:
        domain.md, 4.6.

    >>> ladder((), datetime.min, Settings())
    ()
    """
    rows = sorted(standings, key=order)
    active = [row for row in rows if is_active(row, now, settings)]
    letters = [rank for rank, count in allocation(len(active)) for _ in range(count)]
    places: dict[tuple[PlayerId, Race], int] = {}
    for index, row in enumerate(active):
        shares = index > 0 and merit(active[index - 1]) == merit(row)
        places[_entry(row)] = places[_entry(active[index - 1])] if shares else index + 1
    return tuple(_placed(row, places.get(_entry(row)), letters) for row in rows)


def is_active(standing: Standing, now: datetime, settings: Settings) -> bool:
    """Whether this player played this race lately enough to have a place.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> row = Standing(player=PlayerId(1), race=Race.BW_ZERG, rating=1500, games=0, wins=0, losses=0,
    ...     draws=0, last_played_at=noon, name="Alice", country="KR")
    >>> is_active(row, noon, Settings())
    False
    """
    return standing.games > 0 and now - standing.last_played_at <= timedelta(seconds=settings.active_s)


def allocation(active: int) -> tuple[tuple[Rank, int], ...]:
    """How many of this many active entries get which letter, best letter first.

    Each letter once, then the floor of its share of the others; what is left goes out one
    each in the order D, C, E, B, F, A, S. Fewer than seven entries are all "what is left".

    Source:
        domain.md, 4.6. The order given there for an F that outnumbers S and A together cannot
        arise: 8 percent of the others round down to at most one more than 1 and 7 percent do.

    >>> {rank.value: count for rank, count in allocation(100)}
    {'S': 1, 'A': 7, 'B': 21, 'C': 21, 'D': 21, 'E': 21, 'F': 8}
    """
    counts = dict.fromkeys((rank for rank, _ in SHARES), 0)
    if active >= len(SHARES):
        counts = {rank: 1 + (active - len(SHARES)) * percent // 100 for rank, percent in SHARES}
    # Seven floors lose less than seven, so nobody is asked twice.
    for rank in _REMAINDER[: active - sum(counts.values())]:
        counts[rank] += 1
    return tuple(counts.items())


def select(placed: Iterable[Placed], wanted: Filter) -> tuple[Placed, ...]:
    """The rows that a filter lets through, in the same order.

    The best row of a player is chosen last, from what the other filters left; the other way
    round hides players whose best race is not asked for (F-89).

    >>> select((), Filter(best_only=True))
    ()
    """
    rows = [row for row in placed if _passes(row, wanted)]
    if wanted.best_only:
        best: dict[PlayerId, Placed] = {}
        for row in rows:
            best.setdefault(row.standing.player, row)
        rows = list(best.values())
    return tuple(rows)


def page(rows: Sequence[T], number: int, size: int = 40) -> tuple[T, ...]:
    """Cut one page out of the rows.

    Args:
        rows: all of them.
        number: from 1. Beyond the last page there is nothing.
        size: rows on a page.

    >>> page((), 1)
    ()
    """
    assert number > 0
    assert size > 0
    return tuple(rows[(number - 1) * size : number * size])


def _entry(row: Standing) -> tuple[PlayerId, Race]:
    return (row.player, row.race)


def merit(row: Standing) -> tuple[float | str, ...]:
    """Sorts best first. Rows with the same merit share a place.

    >>> from datetime import UTC
    >>> row = Standing(player=PlayerId(1), race=Race.BW_ZERG, rating=1500, games=2, wins=1, losses=1,
    ...     draws=0, last_played_at=datetime.fromtimestamp(0, UTC), name="Alice", country="KR")
    >>> merit(row)
    (-1500, -0.0, -0.5, -0.5, -2, 'alice')
    """
    games = max(row.games, 1)
    return (
        -row.rating,
        -row.last_played_at.timestamp(),
        -row.wins / games,
        -(row.wins + row.draws) / games,
        -row.games,
        row.name.casefold(),
    )


def order(row: Standing) -> tuple[float | str, ...]:
    """Sorts best first, and nobody beside anybody: the order in which rows are shown.

    >>> from datetime import UTC
    >>> row = Standing(player=PlayerId(1), race=Race.BW_ZERG, rating=1500, games=2, wins=1, losses=1,
    ...     draws=0, last_played_at=datetime.fromtimestamp(0, UTC), name="Alice", country="KR")
    >>> order(row)[-2:]
    (1, 'bw_zerg')
    """
    return (*merit(row), row.player, row.race.value)


def _placed(row: Standing, place: int | None, letters: Sequence[Rank]) -> Placed:
    return Placed(row, place, Rank.U if place is None else letters[place - 1])


def _passes(row: Placed, wanted: Filter) -> bool:
    return (
        (not wanted.races or row.standing.race in wanted.races)
        and (wanted.ranks is None or row.rank in wanted.ranks)
        and _is_from(row.standing.country, wanted.country)
    )


def _is_from(country: str, wanted: str | None) -> bool:
    if wanted == OTHER:
        return country == OTHER or country not in COMMON
    return wanted is None or country == wanted
