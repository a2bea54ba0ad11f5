"""The dump's door for a signal, from inside: what is written, where to, and what cannot break it."""

import os
import signal
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trio

from supervision import SignalDoor, dump_on_signal, open_system, signal_dump
from supervision.signal_dump import KEPT, keep
from tests.supervision.stage import BoomError, Stage, top

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def serve(door: SignalDoor, stacks: bytes) -> None:
    """Have a door hear stacks out of a pipe that is closed behind them."""
    reading, writing = os.pipe()
    os.write(writing, stacks)
    os.close(writing)
    door.serve(reading)


async def dumped(door: SignalDoor) -> str:
    await trio.to_thread.run_sync(serve, door, b"Thread 0x1\n")
    return the_dump(door.folder)


def the_dump(folder: Path) -> str:
    (file,) = folder.glob("dump-*.txt")
    return file.read_text()


async def test_a_signal_before_there_are_actors_has_stacks_only(tmp_path: Path) -> None:
    text = await dumped(SignalDoor(tmp_path / "made"))
    assert text.startswith(f"Dump of process {os.getpid()} at ")
    assert "\nThere are no actors yet.\n" in text
    assert "== Main thread" in text
    assert text.endswith("== All threads\nThread 0x1\n\n")


async def test_stacks_that_come_in_pieces_are_one_dump(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signal_dump, "CHUNK", 4)
    assert "Thread 0x1\n" in await dumped(SignalDoor(tmp_path))


async def test_a_signal_has_the_whole_dump_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = Stage()
    door = SignalDoor(tmp_path)
    async with open_system(top(stage.puppet("a"))) as door.system:
        text = await dumped(door)
    assert "\n  a, running, 0 remembered\n" in text
    assert text in capsys.readouterr().err


async def test_actors_that_cannot_be_read_do_not_keep_the_stacks_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_tree: object) -> None:
        raise BoomError("unreadable")

    monkeypatch.setattr(signal_dump, "take_dump", fail)
    stage = Stage()
    door = SignalDoor(tmp_path)
    async with open_system(top(stage.puppet("a"))) as door.system:
        text = await dumped(door)
    assert "The actors cannot be read: BoomError('unreadable')" in text
    assert "Thread 0x1" in text


async def test_a_folder_that_cannot_be_written_leaves_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "file"
    folder.touch()
    await trio.to_thread.run_sync(serve, SignalDoor(folder), b"Thread 0x1\n")
    said = capsys.readouterr().err
    assert "Thread 0x1" in said
    assert "It is in no file: " in said


@pytest.fixture
def no_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path(os.devnull).open("w", encoding="utf-8") as gone:
        monkeypatch.setattr(sys, "stderr", gone)


@pytest.mark.usefixtures("no_stderr")
async def test_an_stderr_that_nobody_reads_leaves_the_file(tmp_path: Path) -> None:
    assert "Thread 0x1" in await dumped(SignalDoor(tmp_path))


async def test_the_signal_is_heard_while_the_block_runs(tmp_path: Path) -> None:
    with dump_on_signal(tmp_path):
        listening = next(each for each in threading.enumerate() if each.name == "dump on signal")
        signal.raise_signal(signal.SIGUSR1)
    await trio.to_thread.run_sync(listening.join)
    assert "test_signalled.py" in the_dump(tmp_path).partition("== All threads")[2]


def test_the_newest_files_are_kept_each_its_owners_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("precious")
    files = [keep(tmp_path, "text", NOW + timedelta(seconds=each)) for each in range(KEPT + 3)]
    assert sorted(tmp_path.glob("dump-*")) == files[3:]
    assert {file.stat().st_mode & 0o777 for file in files[3:]} == {0o600}
    assert (tmp_path / "notes.txt").exists()
