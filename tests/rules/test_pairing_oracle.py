"""The pairing against queues whose optimum somebody else computed."""

import itertools
import json
import os
from pathlib import Path
from typing import Any

import pytest

from actors.rules.pairing import best_pairs

SHARED = Path(os.environ.get("EVOLADDER_SHARED", Path(__file__).parents[3] / "shared"))
ORACLE = SHARED / "oracles" / "two_sided_pairing.json"

pytestmark = pytest.mark.skipif(
    not ORACLE.exists(), reason="needs the oracle's file; test_pairing has its own"
)


def gaps(players: list[dict[str, Any]], window: int) -> dict[tuple[int, int], int]:
    found = {}
    for one, other in itertools.combinations(players, 2):
        ways = [(one["bw"], other["sc2"]), (other["bw"], one["sc2"])]
        gap = min((abs(bw - sc2) for bw, sc2 in ways if None not in (bw, sc2)), default=window + 1)
        if gap <= window:
            found[one["id"], other["id"]] = gap
    return found


def test_every_queue_of_the_oracle_is_paired_at_its_three_optima() -> None:
    oracle = json.loads(ORACLE.read_text())
    cases = oracle["named"] + oracle["random"]
    assert len(cases) > 2
    for case in cases:
        costs = gaps(case["players"], oracle["window"])
        squares = {edge: gap**2 for edge, gap in costs.items()}
        closest, fairest = best_pairs(costs), best_pairs(squares)
        assert len(closest) == len(fairest) == case["max_pairs"]
        assert sum(costs[edge] for edge in closest) == case["min_total_gap"]
        if "pairs" in case:
            assert [list(edge) for edge in closest] == case["pairs"]
        if "min_total_gap_squared" in case:
            assert sum(squares[edge] for edge in fairest) == case["min_total_gap_squared"]
