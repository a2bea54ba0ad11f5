"""Law 50 for a loop that is stuck: it is looked into from outside, over the socket and by a signal."""

import os
import signal
from collections.abc import Iterator

import pytest

from supervision import ask_dump
from supervision.onlooker import LOOP_S
from tests.supervision.wedged import ASLEEP_AT, Wedged, open_wedged


@pytest.fixture
def wedged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wedged]:
    with open_wedged(tmp_path_factory.mktemp("w")) as program:
        yield program


def test_a_loop_that_sleeps_is_told_by_file_and_line_while_it_sleeps(wedged: Wedged) -> None:
    wedged.falls_asleep()
    assert LOOP_S < 1.0
    tree = ask_dump(wedged.socket, {"what": "tree"})
    stuck = ask_dump(wedged.socket, {"what": "stuck"})
    assert tree["stuck_at"] == stuck["stuck_at"] == ASLEEP_AT
    assert tree["lag_s"] is None
    assert "holds up the loop" in tree["answer"]
    assert "nobody disturbs it" in tree["answer"]
    (sleeper,) = stuck["answer"]
    assert (sleeper["path"], sleeper["holding"], sleeper["handling"]) == ("top/sleeper", True, "Sleep")
    assert sleeper["stack"][-1] == ASLEEP_AT
    assert wedged.says() == "awake"
    assert ask_dump(wedged.socket, {"what": "tree"})["stuck_at"] is None


def test_a_signal_has_the_dump_written_while_the_loop_sleeps_and_again_when_it_does_not(
    wedged: Wedged,
) -> None:
    wedged.falls_asleep()
    wedged.process.send_signal(signal.SIGUSR1)
    told = wedged.tells()
    (file,) = wedged.folder.glob("dump-*.txt")
    assert told.endswith(f"It is in {file}.\n")
    assert file.stat().st_mode & 0o777 == 0o600
    text = file.read_text()
    assert told.startswith(text)
    assert f"The loop is stuck at {ASLEEP_AT}." in text
    for title in ("Tree", "Stuck", "Deadlocks", "Dead letters", "Last events", "Main thread", "All threads"):
        assert f"\n== {title}\n" in text
    assert "time.sleep(WEDGED_S)" in text.partition("== Main thread")[2]
    assert wedged.says() == "awake", "a signal wakes nobody"

    wedged.process.send_signal(signal.SIGUSR1)
    assert "The loop answered within" in wedged.tells()
    assert len(list(wedged.folder.glob("dump-*.txt"))) == 2
    assert wedged.process.poll() is None


def test_a_signal_that_comes_twice_at_once_harms_nobody(wedged: Wedged) -> None:
    wedged.falls_asleep()
    for _ in range(5):
        os.kill(wedged.process.pid, signal.SIGUSR1)
    assert "The loop is stuck at" in wedged.tells()
    assert wedged.says() == "awake"
