"""Who meets whom: the most matches, and among those the fairest, least worn-out, longest awaited.

Every member of the queue is one vertex of a graph, also one who queued with a race of each
game. Two members are joined by an edge when some choice of sides puts them inside the window
of either. A wave is a matching of that graph: the most edges first, then the least cost. Sides
are chosen for each edge, so nobody is ever matched twice or with oneself.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from typing import Protocol, TypeAlias

from rustworkx import PyGraph, max_weight_matching

from actors.rules.ids import PlayerId
from actors.rules.queue import Member
from actors.rules.settings import Settings

WHOLE = 300
"""Up to so many members every pair is looked at."""
NEAREST = 16
"""Above, so many opponents on each side of every rating, in either game (matching.md)."""

_LOT_BITS = 40
_MASK = 2**64 - 1

Edge: TypeAlias = tuple[int, int]
"""Two player ids, the smaller one first."""


class Waiting(Protocol):
    """What the pairing needs to know of a member."""

    @property
    def player(self) -> PlayerId:
        """Who."""
        ...

    @property
    def bw_rating(self) -> int | None:
        """None without a race of Brood War."""
        ...

    @property
    def sc2_rating(self) -> int | None:
        """None without a race of StarCraft II."""
        ...

    @property
    def joined_at(self) -> datetime:
        """Since when; aware UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Pair:
    """Two members that shall play, and their sides."""

    bw: Member
    sc2: Member
    gap: int
    """Rating points between them, with the races they will play."""


@dataclass(frozen=True, slots=True)
class Wave:
    """What one look at the queue decides. `len(members) == 2 * len(pairs) + len(left)`."""

    pairs: tuple[Pair, ...]
    """Who waited longest comes first."""
    left: tuple[Member, ...]
    """In joining order."""


def window(wait_s: float, settings: Settings) -> int:
    """How far apart two ratings may be after this wait.

    Args:
        wait_s: seconds since joining; below 0 (a clock was set back) counts as 0.
        settings: the season's numbers.

    Returns:
        Rating points, both ends included. Never shrinks as `wait_s` grows.

    Source:
        100 and 50 for each wave in the earlier bots (domain.md, 4.1); growth by the second is ours.

    >>> season = Settings(window_base=100, window_growth=50.0)
    >>> window(0.0, season), window(59.0, season), window(120.0, season)
    (100, 149, 200)
    """
    return settings.window_base + int(settings.window_growth * max(wait_s, 0.0) / 60.0)


def meet(one: Member, other: Member) -> Pair | None:
    """Choose the sides that bring two members closest; None when no choice makes a match.

    Both ways equally close: the one with the smaller id plays Brood War.

    >>> from datetime import UTC
    >>> from actors.rules.ids import Region
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> alice = Member(player=PlayerId(1), bw_rating=1500, sc2_rating=1700, region=Region.KRJ, joined_at=noon)
    >>> bob = Member(player=PlayerId(2), bw_rating=1690, region=Region.EUW, joined_at=noon)
    >>> meet(alice, bob).gap, meet(alice, alice)
    (10, None)
    """
    first, second = sorted((one, other), key=lambda member: member.player)
    ways = [
        Pair(bw, sc2, abs(bw.bw_rating - sc2.sc2_rating))
        for bw, sc2 in ((first, second), (second, first))
        if bw.bw_rating is not None and sc2.sc2_rating is not None and bw.player != sc2.player
    ]
    return min(ways, key=lambda way: way.gap, default=None)


def pair(
    members: Sequence[Member],
    now: datetime,
    met: Mapping[frozenset[PlayerId], datetime],
    settings: Settings,
    *,
    whole: int = WHOLE,
) -> Wave:
    """Run one wave: the most pairs that the windows admit and, of those, the least total cost.

    A pair is admitted when its gap fits the window of either player; an immediate rematch counts as
    `rematch_handicap` farther apart there, which fades over `rematch_s`. It costs, in squared rating
    points, its squared gap, up to `rematch_weight` more for a rematch within `rematch_s`, and
    `wait_weight` less for each squared minute that either has waited, up to `wait_cap_s`. So the
    cost of a pair never falls as the gap grows, never rises with a wait, and is bounded below.

    Args:
        members: who waits, each player once, in any order: the answer is the same.
        now: aware UTC.
        met: when two players last met; pairs that never met are absent.
        settings: the season's numbers.
        whole: in a larger queue each looks at the `NEAREST` opponents only. The time stays bounded,
            but now and then a pair is missed; `next_look` then answers "now".

    Source:
        matching.md, "Cost of an edge".

    >>> pair((), datetime.min, {}, Settings())
    Wave(pairs=(), left=())
    """
    waiting = {member.player: member for member in sorted(members, key=seniority)}
    assert len(waiting) == len(members), "a player waits once"
    chosen = choose(members, now, met, settings, nearest=NEAREST if len(members) > whole else len(members))
    met_now = [found for a, b in chosen if (found := meet(waiting[PlayerId(a)], waiting[PlayerId(b)]))]
    for each in met_now:
        del waiting[each.bw.player], waiting[each.sc2.player]
    return Wave(
        pairs=tuple(sorted(met_now, key=lambda each: min(seniority(each.bw), seniority(each.sc2)))),
        left=tuple(waiting.values()),
    )


def choose(
    members: Sequence[Waiting],
    now: datetime,
    met: Mapping[frozenset[PlayerId], datetime],
    settings: Settings,
    *,
    nearest: int,
) -> tuple[Edge, ...]:
    """Who plays whom, by `pair`'s rule, when each looks at so many opponents above and below in either game.

    >>> choose((), datetime.min, {}, Settings(), nearest=1)
    ()
    """
    reaches = {each.player: window(_elapsed_s(each.joined_at, now), settings) for each in members}
    gaps = _gaps(members, nearest=nearest, reach=lambda member: reaches[member.player])
    for players, met_at in met.items():
        edge = (min(players), max(players))
        reach = max(reaches.get(player, 0) for player in players)
        if edge in gaps and gaps[edge] + _handicap(met_at, now, settings) > reach:
            del gaps[edge]
    return best_pairs(_costs(gaps, members, now, met, settings))


def best_pairs(costs: Mapping[tuple[int, int], int]) -> tuple[tuple[int, int], ...]:
    """A matching with the most edges there can be and, among those, the least total cost.

    Ties go by lots drawn from the two numbers of each edge, so the answer depends on the edges and
    on nothing else: not on their order, nor on the order inside an edge.

    Args:
        costs: the cost of each edge; an edge that must not be is absent. Vertices are any numbers
            from 0; an edge is named once.

    Returns:
        The chosen edges as they were named, ascending.

    Source:
        Edmonds, *Paths, trees, and flowers*, 1965. Lots: the isolation lemma of Mulmuley, Vazirani
        and Vazirani, 1987; with 40 bits, two equal optima of 5,000 edges are one chance in 10**8.

    >>> best_pairs({(0, 1): 1, (1, 2): 0, (2, 3): 1})
    ((0, 1), (2, 3))
    """
    vertices = sorted({vertex for edge in costs for vertex in edge})
    index = {vertex: place for place, vertex in enumerate(vertices)}
    lots = {vertex: lot(vertex) for vertex in vertices}
    worst = max(costs.values(), default=0)
    # A whole point of cost outweighs the lots of all edges together; Python's integers do not round.
    point = (len(vertices) + 1) << _LOT_BITS
    graph: PyGraph[int, int] = PyGraph(multigraph=False)
    graph.add_nodes_from(vertices)
    graph.add_edges_from(
        [
            (
                index[a],
                index[b],
                (worst - cost + 1) * point - ((lots[a] * lots[b] & _MASK) >> (64 - _LOT_BITS)),
            )
            for (a, b), cost in costs.items()
        ]
    )
    chosen = max_weight_matching(graph, max_cardinality=True, weight_fn=lambda weight: weight)
    named = ((vertices[a], vertices[b]) for a, b in chosen)
    return tuple(sorted(edge if edge in costs else edge[::-1] for edge in named))


def next_look(
    left: Sequence[Waiting],
    now: datetime,
    settings: Settings,
    met: Mapping[frozenset[PlayerId], datetime] | None = None,
) -> datetime | None:
    """The first moment at which the growing windows admit a pair among these members.

    Args:
        left: who was left over by a wave.
        now: aware UTC.
        settings: the season's numbers.
        met: when two players last met.

    Returns:
        Not before `now`, and up to a millisecond late so that rounding never makes it early. None
        when no pair will ever be admitted: nobody of the other game waits, or windows do not grow.

    >>> next_look((), datetime.min, Settings()) is None
    True
    """
    joined_at = {member.player: member.joined_at for member in left}
    meetings = {(min(players), max(players)): met_at for players, met_at in (met or {}).items()}
    # Beside somebody just met the next nearest may be the first.
    gaps = _gaps(left, nearest=NEAREST if meetings else 1, reach=lambda _: inf)
    for edge, met_at in meetings.items():
        if edge in gaps:
            gaps[edge] += _handicap(met_at, now, settings)
    moments = [
        min(joined_at[PlayerId(a)], joined_at[PlayerId(b)]) + wait
        for (a, b), gap in gaps.items()
        if (wait := _needed_wait(gap, settings)) is not None
    ]
    return max(now, min(moments)) if moments else None


def _gaps(members: Iterable[Waiting], *, nearest: int, reach: Callable[[Waiting], float]) -> dict[Edge, int]:
    """How far apart the pairs are that may be made, the closer choice of sides for each.

    Args:
        members: each player once.
        nearest: how many opponents to take above and below a member's rating, in either game.
        reach: how far from a member's rating to look. An opponent with a longer reach looks back.
    """
    bw = sorted((m.bw_rating, lot(m.player), m.player, m) for m in members if m.bw_rating is not None)
    sc2 = sorted((m.sc2_rating, lot(m.player), m.player, m) for m in members if m.sc2_rating is not None)
    gaps: dict[Edge, int] = {}
    for side, others in ((bw, sc2), (sc2, bw)):
        for rating, by_lot, player, member in side:
            # Everybody starts with the same rating: without lots all would take the same few opponents.
            place = bisect_left(others, (rating, by_lot))
            # One more each way, since one of them may be the member itself.
            start = max(place - nearest - 1, bisect_left(others, (rating - reach(member),)))
            end = min(place + nearest + 1, bisect_left(others, (rating + reach(member) + 1,)))
            for other_rating, _, other, _ in others[start:end]:
                edge = (player, other) if player < other else (other, player)
                gap = abs(rating - other_rating)
                if player != other and gap < gaps.get(edge, inf):
                    gaps[edge] = gap
    return gaps


def _costs(
    gaps: Mapping[Edge, int],
    members: Iterable[Waiting],
    now: datetime,
    met: Mapping[frozenset[PlayerId], datetime],
    settings: Settings,
) -> dict[Edge, int]:
    patience: dict[int, int] = {}
    for member in members:
        wait_s = min(_elapsed_s(member.joined_at, now), settings.wait_cap_s)
        patience[member.player] = int(settings.wait_weight * (wait_s / 60.0) ** 2)
    costs = {(a, b): gap**2 - patience[a] - patience[b] for (a, b), gap in gaps.items()}
    for players, met_at in met.items():
        edge = (min(players), max(players))
        if edge in costs:
            costs[edge] += _rematch(_elapsed_s(met_at, now), settings)
    return costs


def _rematch(age_s: float, settings: Settings) -> int:
    if age_s >= settings.rematch_s:
        return 0
    return int(settings.rematch_weight * (1.0 - age_s / settings.rematch_s))


def _handicap(met_at: datetime, now: datetime, settings: Settings) -> int:
    """How much farther apart two who met then count, for being admitted."""
    return int(settings.rematch_handicap * max(0.0, 1.0 - _elapsed_s(met_at, now) / settings.rematch_s))


def _needed_wait(gap: int, settings: Settings) -> timedelta | None:
    missing = gap - settings.window_base
    if missing <= 0:
        return timedelta(0)
    if settings.window_growth <= 0.0:
        return None
    return timedelta(seconds=missing * 60.0 / settings.window_growth, milliseconds=1)


def _elapsed_s(since: datetime, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0)


def seniority(member: Waiting) -> tuple[datetime, PlayerId]:
    """Sorts into joining order.

    >>> from actors.rules.ids import Region
    >>> seniority(Member(player=PlayerId(7), region=Region.KRJ, joined_at=datetime.min))
    (datetime.datetime(1, 1, 1, 0, 0), 7)
    """
    return (member.joined_at, member.player)


def lot(number: int) -> int:
    """An odd number below 2**64 that looks like chance and is always the same.

    Source:
        SplitMix64 (Steele, Lea, Flood, *Fast splittable pseudorandom number generators*, 2014).

    >>> lot(0) == 0xE220A8397B1DCDAF
    True
    """
    mixed = (number + 0x9E3779B97F4A7C15) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return mixed ^ (mixed >> 31) | 1
