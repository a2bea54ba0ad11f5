"""The laws of logs, on a log in memory and on one in a file; and power cuts, with the one in a file."""

import subprocess
import sys
from pathlib import Path

import pytest

from supervision import MemoryLog
from tests.supervision.accounts import Log
from tests.supervision.log_laws import LAWS, Law
from tests.supervision.sqlite_log import SqliteLog

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
async def test_a_log_in_memory_keeps_the_laws_of_logs(law: Law) -> None:
    log: Log = MemoryLog()
    await law(log, log)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
async def test_a_log_in_a_file_keeps_the_laws_of_logs(law: Law, tmp_path: Path) -> None:
    await law(SqliteLog(tmp_path / "log"), SqliteLog(tmp_path / "log"))


def run(path: Path, first: int, last: int, *how: str, kill_after: int | None = None) -> list[str]:
    """Run the program, and kill it once it has said so many lines; what it said until it was dead."""
    module = ["-m", "tests.supervision.account_process"]
    command = [sys.executable, *module, str(path), str(first), str(last), *how]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        said = []
        for line in program.stdout:
            said.append(line.strip())
            if len(said) == kill_after:
                program.kill()
    assert program.returncode == (0 if kill_after is None else -9)
    return said


def test_a_process_killed_between_append_and_answer_has_the_event_and_does_not_apply_it_again(
    tmp_path: Path,
) -> None:
    path = tmp_path / "log"
    assert run(path, 1, 2) == ["1", "2"]
    assert run(path, 3, 3, "mute", kill_after=1) == ["written"]
    assert run(path, 3, 4) == ["3", "4"]
    assert run(path, 1, 4) == ["1", "2", "3", "4"]


def test_a_process_killed_at_any_moment_counts_each_key_once(tmp_path: Path) -> None:
    """The kill comes some time after a line was said: before, within or after a later append."""
    answered = 0
    for kill_after in (1, 2, 3):
        said = run(tmp_path / "log", answered + 1, 500, kill_after=kill_after)
        assert said == [str(at) for at in range(answered + 1, answered + len(said) + 1)]
        answered += len(said)
    last = answered + 3
    assert run(tmp_path / "log", 1, last) == [str(at) for at in range(1, last + 1)]
