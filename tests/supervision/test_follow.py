"""Law 51 at the dump's door: an actor followed from another process."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trio

from supervision import DumpRefused, Event, dump_server, follow_actor, open_system, serve_dump
from supervision.child import Restart
from supervision.trace import Tape
from tests.supervision.stage import Crash, Note, Stage, settle, top


@pytest.fixture
def door(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("d") / "dump"


class Follower:
    """Reads what one actor does, line by line."""

    def __init__(self, door: Path, actor: str) -> None:
        self._lines: Iterator[dict[str, Any]] = follow_actor(door, actor)

    async def next(self) -> dict[str, Any]:
        """The next line that is not the sign of a quiet time."""
        while not (line := await self.beat()):
            pass
        return line

    async def beat(self) -> dict[str, Any]:
        return await trio.to_thread.run_sync(lambda: next(self._lines, {"closed": True}))

    async def says(self, count: int) -> list[tuple[str, str]]:
        lines = [await self.next() for _ in range(count)]
        return [(line["what"], line["detail"]) for line in lines]

    def leave(self) -> None:
        self._lines.close()  # type: ignore[attr-defined]


async def test_an_actor_is_followed_over_the_socket_to_its_end(door: Path) -> None:
    stage = Stage()
    child = stage.puppet("a", restart=Restart.TEMPORARY)
    async with open_system(top(child)) as system, serve_dump(door, system):
        follower = Follower(door, "a")
        assert (await follower.next())["path"] == "top/a"
        system.registry.ref("a").cast(Note("one"))
        assert await follower.says(2) == [("in", "Note"), ("out", "Note")]
        system.registry.ref("a").cast(Crash())
        assert (await follower.says(2))[0] == ("in", "Crash")
        lines = [await follower.next()]
        while "end" not in lines[-1]:
            lines.append(await follower.next())
        assert lines[-1] == {"end": "it stopped"}
        assert await follower.beat() == {"closed": True}
        with pytest.raises(DumpRefused, match=r"top/a has stopped"):
            await Follower(door, "top/a").next()


async def test_who_follows_hears_that_nothing_happens_and_that_the_program_stops(
    door: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dump_server, "QUIET_S", 0.05)
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        async with serve_dump(door, system):
            follower = Follower(door, "a")
            await follower.next()
            assert await follower.beat() == {}
        assert await follower.next() == {"end": "the program stops"}


async def test_who_leaves_is_not_told_any_more_and_the_hook_is_gone(
    door: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dump_server, "QUIET_S", 0.05)
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system, serve_dump(door, system):
        cell = system.registry.ref("a").cell
        first, second = Follower(door, "a"), Follower(door, "a")
        await first.next()
        await second.next()
        assert cell.trace is not None
        await trio.to_thread.run_sync(first.leave)
        await trio.to_thread.run_sync(second.leave)
        with trio.fail_after(10):
            while cell.trace is not None:  # noqa: ASYNC110 - a thread ends it: nothing tells us
                await trio.lowlevel.checkpoint()


async def test_who_speaks_while_he_follows_wants_no_more(door: Path) -> None:
    def speak() -> list[bytes]:
        with socket.socket(socket.AF_UNIX) as visitor, visitor.makefile("rb") as lines:
            visitor.settimeout(20)
            visitor.connect(str(door))
            visitor.sendall(b'{"what": "trace", "path": "a"}\n')
            told = [lines.readline()]
            visitor.shutdown(socket.SHUT_WR)
            return told + lines.readlines()

    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system, serve_dump(door, system):
        record, *more = await trio.to_thread.run_sync(speak)
    assert b'"top/a"' in record
    assert more == [b"{}\n"]


async def test_two_who_follow_one_actor_leave_one_by_one(autojump_clock: object) -> None:
    stage = Stage()
    first: list[Event] = []
    second: list[Event] = []
    async with open_system(top(stage.puppet("a"))) as system:
        leave_first = system.trace("top/a", first.append)
        leave_second = system.trace("top/a", second.append)
        await system.registry.ref("a").call(Note("both"))
        leave_first()
        leave_first()
        await system.registry.ref("a").call(Note("one"))
        leave_second()
        await system.registry.ref("a").call(Note("nobody"))
        assert system.registry.ref("a").cell.trace is None
        await settle()
    assert (len(first), len(second)) == (2, 4)


def test_a_tape_that_is_full_counts_what_is_lost() -> None:
    tape = Tape(most=2)
    for at in range(5):
        tape(Event(at, "top/a", "in", "Note"))
    events, lost = tape.read()
    assert ([event.at for event in events], lost) == ([0, 1], 3)
    tape(Event(5, "top/a", "state", "stopped"))
    assert tape.over
    assert tape.read() == ([Event(5, "top/a", "state", "stopped")], 0)


async def test_a_reader_who_is_too_slow_is_told_how_much_he_missed(
    door: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dump_server, "Tape", lambda: Tape(most=1))
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system, serve_dump(door, system):
        follower = Follower(door, "a")
        await follower.next()
        for _ in range(3):  # in one step: the tape is not read meanwhile
            system.registry.ref("a").cast(Note("much"))
        await settle()
        lines = [await follower.next()]
        while "lost" not in lines[-1]:
            lines.append(await follower.next())
        assert lines[-1]["lost"] >= 1
        await trio.to_thread.run_sync(follower.leave)
