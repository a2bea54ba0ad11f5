"""Which map is played: the pool less what either player vetoed, and a drawn number."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from enum import Enum
from itertools import accumulate

from actors.rules.ids import MapKey
from actors.rules.maps import Map
from actors.rules.settings import Settings


class VetoProblem(Enum):
    """Why a choice of vetoes cannot be kept."""

    TOO_MANY = "too-many"
    UNKNOWN_MAP = "unknown-map"
    """Not in the pool, for instance of an earlier season."""


def check_vetoes(
    vetoes: frozenset[MapKey], pool: Sequence[Map], settings: Settings
) -> tuple[VetoProblem, ...]:
    """Everything that is wrong with one player's vetoes; empty when nothing is.

    >>> from actors.rules.maps import POOL
    >>> check_vetoes(frozenset({MapKey("radeon")}), POOL, Settings())
    ()
    """
    problems = []
    if len(vetoes) > settings.max_vetoes:
        problems.append(VetoProblem.TOO_MANY)
    if not vetoes <= {each.key for each in pool}:
        problems.append(VetoProblem.UNKNOWN_MAP)
    return tuple(problems)


def draw_map(pool: Sequence[Map], vetoes: frozenset[MapKey], recent: Sequence[MapKey], luck: float) -> Map:
    """Choose the map of a match.

    Args:
        pool: the maps of the season; their order belongs to the draw.
        vetoes: what either player will not play.
        recent: the last maps of both players in any order. Each time a map is in it halves its chance.
        luck: a drawn number in [0, 1). The same number draws the same map.

    Raises:
        ValueError: every map is vetoed, or `luck` is not in [0, 1).

    Source:
        Uniform in the earlier bots (domain.md, 2.6); the weights are ours, against repetition (F-52).

    >>> from actors.rules.maps import POOL
    >>> draw_map(POOL, frozenset({MapKey("death_valley")}), (), 0.0).short_name
    'Golden Wall'
    """
    if not 0.0 <= luck < 1.0:
        raise ValueError(f"luck must be in [0, 1), not {luck}")
    open_maps = [each for each in pool if each.key not in vetoes]
    if not open_maps:
        raise ValueError(f"all {len(pool)} maps of the pool are vetoed")
    played = Counter(recent)
    weights = [2 ** (len(recent) - played[each.key]) for each in open_maps]
    # Below the last sum for every number below 1, so there always is a map at this place.
    sums = list(accumulate(weights))
    return open_maps[bisect_right(sums, luck * sums[-1])]
