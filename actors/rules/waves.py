"""The plan of one wave, whatever the size of the queue: whole while that is quick, else in shards.

Above `WHOLE` members the queue is cut into shards of like rating, each is paired by itself, and
what the shards left is paired in other company: once cut by place within its game, so that two
crowds who stand apart meet, and once more by rating. The time grows with the queue and not with
its square; a pair in a hundred may be missed, which a later look finds.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from actors.rules.ids import PlayerId
from actors.rules.pairing import WHOLE, Edge, Waiting, choose, lot, next_look, seniority
from actors.rules.settings import Settings

SHARD, NEAREST = 200, 6
"""Members paired together in a large queue, and the opponents above and below that each looks at."""
SMALL = 60
"""Members paired together, each looking at all: where two crowds stand apart, the nearest are too few."""
LAST, LAST_NEAREST = 300, 16
"""The same of the last pass, when few are left."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Whom to pair, and when to look again."""

    pairs: tuple[Edge, ...]
    """Two player ids each, the smaller first. Who waited longest comes first."""
    look: datetime | None
    """The first moment at which those who are left can be paired; None when never."""


def plan(
    members: Sequence[Waiting],
    now: datetime,
    met: Mapping[frozenset[PlayerId], datetime],
    settings: Settings,
) -> Plan:
    """Plan one wave over everybody who waits.

    Args:
        members: each player once, in any order: the answer is the same.
        now: aware UTC.
        met: when two players last met; pairs that never met are absent.
        settings: the season's numbers.

    >>> plan((), datetime.min, {}, Settings())
    Plan(pairs=(), look=None)
    """
    if len(members) <= WHOLE:
        chosen = choose(members, now, met, settings, nearest=len(members))
    else:
        chosen = _in_shards(members, now, met, settings)
    waiting = {member.player: member for member in sorted(members, key=seniority)}
    place = {player: number for number, player in enumerate(waiting)}
    for a, b in chosen:
        del waiting[PlayerId(a)], waiting[PlayerId(b)]
    first = sorted(chosen, key=lambda edge: min(place[PlayerId(edge[0])], place[PlayerId(edge[1])]))
    return Plan(tuple(first), next_look(tuple(waiting.values()), now, settings, met))


def _in_shards(
    members: Sequence[Waiting],
    now: datetime,
    met: Mapping[frozenset[PlayerId], datetime],
    settings: Settings,
) -> tuple[Edge, ...]:
    chosen: list[Edge] = []
    left = _by_rating(members)
    for order, size, nearest in (
        (_by_rating, SHARD, NEAREST),
        (_by_place, SMALL, SMALL),
        (_by_rating, LAST, LAST_NEAREST),
    ):
        for shard in _cut(order(left), size):
            chosen += choose(shard, now, met, settings, nearest=nearest)
        paired = {player for edge in chosen for player in edge}
        left = [member for member in left if member.player not in paired]
    return tuple(chosen)


def _cut(members: Sequence[Waiting], size: int) -> Iterator[Sequence[Waiting]]:
    """Neighbours together, in shards of about the same size."""
    shards = max(1, -(-len(members) // size))
    for shard in range(shards):
        yield members[len(members) * shard // shards : len(members) * (shard + 1) // shards]


def _by_rating(members: Sequence[Waiting]) -> list[Waiting]:
    """Who plays both stands where the scarcer game puts him: that is what he is needed for."""
    bw = sum(member.sc2_rating is None for member in members)
    sc2 = sum(member.bw_rating is None for member in members)

    def rating(member: Waiting) -> int:
        first, second = member.bw_rating, member.sc2_rating
        first, second = (second, first) if bw > sc2 else (first, second)
        chosen = first if first is not None else second
        assert chosen is not None, "a member has a race"
        return chosen

    return sorted(members, key=lambda member: (rating(member), lot(member.player)))


def _by_place(members: Sequence[Waiting]) -> list[Waiting]:
    """The middle of one game beside the middle of the other, however far apart their ratings are."""
    games: tuple[list[Waiting], ...] = ([], [], [])
    for member in _by_rating(members):
        games[(member.bw_rating is None) + 2 * (member.sc2_rating is None)].append(member)
    placed = [
        ((number + 0.5) / len(game), lot(member.player), member)
        for game in games
        for number, member in enumerate(game)
    ]
    return [member for *_, member in sorted(placed, key=lambda each: each[:2])]
