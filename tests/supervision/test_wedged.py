"""Law 50 for a loop that is stuck: it is looked into from outside, over the socket and by a signal."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from supervision import ask_dump
from supervision.onlooker import LOOP_S
from tests.supervision import wedge_process

ROOT = Path(__file__).parents[2]
ASLEEP_AT = next(
    f"{wedge_process.__file__}:{number} handle"
    for number, line in enumerate(Path(wedge_process.__file__).read_text().splitlines(), 1)
    if "time.sleep(" in line
)


@dataclass(slots=True)
class Wedged:
    """A program that sleeps in the middle of a letter."""

    process: subprocess.Popen[str]
    socket: Path
    folder: Path

    def says(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def falls_asleep(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("sleep\n")
        self.process.stdin.flush()
        assert self.says() == "asleep"

    def tells(self) -> str:
        """What it writes on stderr, up to the line that names the file."""
        assert self.process.stderr is not None
        text = ""
        while (line := self.process.stderr.readline()) and not line.startswith("It is in "):
            text += line
        return text + line


@pytest.fixture
def wedged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wedged]:
    folder = tmp_path_factory.mktemp("w")
    socket = folder / "sock"
    command = [sys.executable, "-m", "tests.supervision.wedge_process", str(socket), str(folder)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        program = Wedged(process, socket, folder)
        assert program.says() == "up"
        try:
            yield program
        finally:
            process.kill()


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
