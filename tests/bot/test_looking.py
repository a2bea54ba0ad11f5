"""What is made of a bot's dump."""

from pathlib import Path

import pytest

from bot.looking import NotRunning, ask_bot, flows_by_name, tree_line


def actor(path: str, kind: str = "actor", status: str = "running") -> dict[str, str]:
    return {"path": path, "kind": kind, "status": status}


def test_the_tree_fits_into_one_line_and_counts_the_children_of_pools() -> None:
    actors = [
        actor("ladder", "supervisor"),
        actor("ladder/desks", "supervisor"),
        actor("ladder/desks/couriers", "pool"),
        *[actor(f"ladder/desks/couriers/{number}") for number in range(24)],
        actor("ladder/desks/couriers/99", status="stopped"),
        actor("ladder/desks/ranks"),
        actor("ladder/gateway"),
    ]
    assert tree_line(actors) == "ladder [desks [couriers x24 ranks] gateway]"


def test_no_actors_make_no_tree() -> None:
    assert tree_line([]) == ""


def test_flow_timings_are_told_in_milliseconds() -> None:
    summary = {"name": "queue", "count": 3, "p50_s": 0.001, "p95_s": 0.002, "p99_s": 0.003, "max_s": 0.004}
    told = flows_by_name([summary | {"waited_p99_s": 0.0}])
    assert told == {"queue": {"count": 3, "p50": 1.0, "p95": 2.0, "p99": 3.0, "max": 4.0}}


def test_a_bot_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(NotRunning, match="No bot answers at"):
        ask_bot(tmp_path / "dump.sock", "tree")
