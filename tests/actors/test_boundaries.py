"""Boundaries are inert until somebody asks, and then what was wanted happens once, where it was wanted."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from actors.boundaries import Boundary, Crashed, FailAt, Fate, parse, passed, watched


def test_nothing_happens_unless_somebody_watches() -> None:
    for boundary in Boundary:
        passed(boundary)


def test_an_actor_crashes_at_the_wanted_passage_and_at_no_other() -> None:
    with watched(FailAt(Boundary.MATCH_SAVED, 3, Fate.CRASH)):
        passed(Boundary.MATCH_SAVED)
        passed(Boundary.MATCH_DECIDED)
        passed(Boundary.MATCH_SAVED)
        with pytest.raises(Crashed, match=r"match\.saved"):
            passed(Boundary.MATCH_SAVED)
        passed(Boundary.MATCH_SAVED)


def test_passages_are_counted_and_said_at_the_end() -> None:
    with capture_logs() as said, watched(None):
        passed(Boundary.DESK_KEPT)
        passed(Boundary.DESK_KEPT)
    (line,) = said
    assert line["boundaries"]["desk.kept"] == 2
    assert set(line["boundaries"]) == {boundary.value for boundary in Boundary}


def test_the_program_is_gone_at_the_wanted_passage() -> None:
    story = (
        "from actors.boundaries import *\n"
        "with watched(parse('courier.sent:2')):\n"
        "    for said in ('one', 'two', 'three'):\n"
        "        print(said, flush=True)\n"
        "        passed(Boundary.COURIER_SENT)\n"
    )
    ended = subprocess.run([sys.executable, "-c", story], capture_output=True, text=True, check=False)
    assert ended.returncode == -9
    assert [line for line in ended.stdout.splitlines() if line in {"one", "two", "three"}] == ["one", "two"]


def test_only_to_count_is_a_wish_too() -> None:
    assert parse("count") is None
    assert parse("desk.read:2:crash") == FailAt(Boundary.DESK_READ, 2, Fate.CRASH)


@pytest.mark.parametrize("text", ["", "nowhere:1", "match.saved", "match.saved:x", "match.saved:1:sleep"])
def test_a_place_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(text)


def _deadly() -> None:
    """Whoever runs the tests in the background may have had this signal ignored."""
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)


def test_the_database_is_gone_and_whoever_passes_goes_on(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"], preexec_fn=_deadly) as server:  # noqa: PLW1509  # no thread runs
        (tmp_path / "postmaster.pid").write_text(f"{server.pid}\n/somewhere\n")
        with watched(FailAt(Boundary.STORE_WROTE, 1, Fate.DATABASE), tmp_path / "postmaster.pid"):
            passed(Boundary.STORE_WROTE)
        assert server.wait(timeout=10) == -signal.SIGQUIT
