"""Laws 49 to 51: what the dump says, when it says it, and what tracing sees."""

import json
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trio

from supervision import (
    Backoff,
    DumpUnavailable,
    Event,
    MailboxSpec,
    NotRunning,
    Pool,
    PoolSpec,
    StartError,
    Strategy,
    SupervisorSpec,
    System,
    ask_dump,
    begin,
    open_system,
    serve_dump,
)
from supervision.dump import cycles
from supervision.dump_server import LONGEST_PATH
from supervision.fixed import FixedSupervisor
from tests.supervision.stage import (
    BoomError,
    Crash,
    Do,
    Hooks,
    Note,
    Puppet,
    Stage,
    every_schedule,
    settle,
    sleeper,
    top,
)


def status(system: System, path: str) -> str:
    found = system.dump().actor(path)
    assert found is not None
    return found.status


@every_schedule
async def test_the_dump_knows_every_phase_of_a_life() -> None:
    stage = Stage()
    slow = Backoff(base_s=3, cap_s=3, jitter=0)
    child = stage.puppet("a", hooks=Hooks(init=sleeper(1), close=sleeper(1)), backoff=slow)
    async with open_system(top(PoolSpec("pool", "pool", 5))) as system:
        path = "top/pool/a"
        async with trio.open_nursery() as nursery:
            nursery.start_soon(system.registry.pool("pool").start_child, child)
            await settle()
            assert status(system, path) == "starting"
        assert status(system, path) == "running"
        ref = system.registry.ref("a")
        ref.cast(Do(sleeper(2)))
        await settle()
        assert status(system, path) == "busy"
        ref.cast(Crash())
        await trio.sleep(2)
        await settle()
        assert status(system, path) == "restarting"
        await trio.sleep(5)
        assert status(system, path) == "running"
        system.stop()
        await settle()
        assert status(system, path) == "stopping"
        await system.wait()
        assert status(system, path) == "stopped"
        await trio.sleep(61)
        assert system.dump().actor(path) is None


@every_schedule
async def test_the_dump_counts_what_which_children_counts() -> None:
    stage = Stage()
    async with open_system(top(*map(stage.puppet, "abc"), PoolSpec("pool", "pool", 5))) as system:
        pool: Pool = system.registry.pool("pool")
        await pool.start_child(stage.puppet("x"))
        system.registry.ref("b").cast(Crash())
        await settle()
        dump = system.dump()
        assert [actor.path for actor in dump.actors] == [
            "top", "top/a", "top/b", "top/c", "top/pool", "top/pool/x",
        ]  # fmt: skip
        assert len(system.children("top").which_children()) == 4
        assert pool.count_children() == {"running": 1}
        assert dump.summary().startswith("6 actors: 6 running; 0 letters waiting, 1 restarts, 1 dead letters")


@every_schedule
async def test_the_dump_names_the_guilty() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a", mailbox=MailboxSpec(2)), stage.puppet("b"))) as system:
        ref = system.registry.ref("a")
        ref.cast(Do(sleeper(100)))
        await settle()
        ref.cast(Note("1"))
        await trio.sleep(6)
        ref.cast(Note("2"))
        dump = system.dump()
        assert [actor.path for actor in dump.stuck()] == ["top/a"]
        assert [actor.path for actor in dump.full()] == ["top/a"]
        record = dump.actor("top/a")
        assert record is not None
        assert record.mailbox is not None
        assert (record.handling, record.handling_s, record.mailbox.oldest_s) == ("Do", 6, 6)
        assert "Do for 6.0 s" in dump.tree()
        assert "mailbox 2/2" in dump.tree()
        await system.registry.ref("b").call(Note("hello"))
        assert [actor.path for actor in system.dump().busiest(1)] == ["top/b"]


@every_schedule
async def test_a_dump_is_plain_and_carries_no_message() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        system.registry.ref("a").cast(Crash("SECRET"))
        await settle()
        plain = json.loads(system.dump().to_json())
    assert plain["dead_letters"][0]["message"] == "Crash"
    assert plain["dead_counts"] == {"crashed": 1}
    assert [actor["path"] for actor in plain["actors"]] == ["top", "top/a"]
    assert "SECRET" not in json.dumps([letter["message"] for letter in plain["dead_letters"]])


@every_schedule
async def test_an_actor_describes_itself_and_a_description_that_fails_harms_nobody() -> None:
    stage = Stage()

    class Broken(Puppet):
        def describe(self) -> str:
            raise BoomError("no words")

    async with open_system(top(stage.puppet("a"), stage.puppet("b", kind=Broken))) as system:
        lines = system.dump().tree().splitlines()
        assert lines[1] == "  a, running, 0 remembered"
        assert lines[2] == "  b, running, describe() failed: BoomError('no words')"


@every_schedule
async def test_rings_of_waiting_actors_are_found_if_there_were_any() -> None:
    stage = Stage()
    async with open_system(top(*map(stage.puppet, "abcd"))) as system:
        a, b, c, d = (system.registry.ref(name).cell for name in "abcd")
        a.waiting_on, b.waiting_on, c.waiting_on, d.waiting_on = b, c, a, a
        assert cycles([d, c, b, a]) == (("top/a", "top/b", "top/c"),)
        a.waiting_on = b.waiting_on = c.waiting_on = d.waiting_on = None
        assert system.dump().deadlocks == ()


@every_schedule
async def test_tracing_sees_each_letter_in_and_out_and_each_change_once() -> None:
    stage = Stage()
    seen: list[Event] = []
    async with open_system(top(stage.puppet("a"))) as system:
        ref = system.registry.ref("a")
        await ref.call(Note("before"))
        system.trace("top/a", seen.append)
        ref.cast(Note("one"))
        ref.cast(Crash())
        await settle()
        system.trace("top/a", None)
        await ref.call(Note("after"))
        with pytest.raises(NotRunning):
            system.trace("top/nobody", seen.append)
    assert [(event.what, event.detail) for event in seen] == [
        ("in", "Note"), ("out", "Note"), ("in", "Crash"),
        ("state", "ended"), ("state", "starting"), ("state", "started"),
    ]  # fmt: skip


@every_schedule
async def test_a_bug_in_a_supervisor_stops_its_children_before_anybody_hears_of_it() -> None:
    stage = Stage()

    class Buggy(FixedSupervisor):
        async def _start_asked(self, spec: Any) -> Any:
            raise BoomError("in the kernel")

    inner = SupervisorSpec("inner", Strategy.ONE_FOR_ONE, (stage.puppet("b"), stage.puppet("c")))
    async with open_system(top(stage.puppet("a"), inner)) as system:
        system.tree.bodies = {**system.tree.bodies, SupervisorSpec: Buggy}
        await system.children("top").stop_child("inner")
        await system.children("top").restart_child("inner")
        old = {name: system.registry.ref(name).cell for name in "bc"}
        with trio.move_on_after(1):
            await system.children("top/inner").start_child(stage.puppet("d"))
        assert [cell.task for cell in old.values()] == [None, None]
        assert {cell.phase.value for cell in old.values()} == {"stopped"}
        record = system.dump().actor("top/inner")
        assert record is not None
        assert (record.generation, record.last_crash) == (2, "BoomError('in the kernel')")
        assert system.registry.ref("b").running


async def test_a_dump_of_a_thousand_actors_is_quick() -> None:
    stage = Stage()
    async with open_system(top(PoolSpec("pool", "pool", 1000))) as system:
        pool: Pool = system.registry.pool("pool")
        for at in range(1000):
            await pool.start_child(stage.puppet(str(at)))
        began = time.perf_counter()
        dump = system.dump()
        took_s = time.perf_counter() - began
    assert len(dump.actors) == 1002
    assert took_s < 0.5  # 10 ms on an idle machine; the floor is proven by the benchmarks


@pytest.fixture
def door(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("d") / "dump"


async def ask(door: Path, **request: Any) -> Any:
    return await trio.to_thread.run_sync(lambda: ask_dump(door, request))


async def test_the_door_answers_by_name_and_is_its_owners_alone(door: Path) -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        with begin("greeting"):
            await system.registry.ref("a").call(Note("hello"))
        system.registry.ref("a").cast(Crash())
        await settle()
        async with serve_dump(door, system, {"answer": lambda: 42, "broken": fail_to_answer}):
            assert await trio.to_thread.run_sync(lambda: door.stat().st_mode & 0o777) == 0o600
            assert (await ask(door, what="tree"))["answer"] == system.dump().tree()
            assert (await ask(door, what="summary"))["answer"].startswith("2 actors: 2 running")
            assert (await ask(door, what="actor", path="top/a"))["answer"]["generation"] == 2
            assert (await ask(door, what="actor", path="top/x"))["answer"] is None
            assert len((await ask(door, what="actors"))["answer"]) == 2
            assert (await ask(door, what="deadlocks"))["answer"] == []
            assert (await ask(door, what="events"))["answer"][0]["what"] == "starting"
            assert (await ask(door, what="dead_letters"))["answer"][0]["fate"] == "crashed"
            assert (await ask(door, what="flows"))["answer"][0]["name"] == "greeting"
            assert any(
                "test_dump.py" in frame or "trio" in frame
                for frame in (await ask(door, what="stack"))["answer"]
            )
            assert (await ask(door, what="answer"))["answer"] == 42
            assert (await ask(door, what="answer"))["stuck_at"] is None
            with pytest.raises(DumpUnavailable, match="no words"):
                await ask(door, what="broken")
            with pytest.raises(DumpUnavailable, match="unknown: 'nonsense'; known: actor, actors"):
                await ask(door, what="nonsense")
            with pytest.raises(DumpUnavailable, match="a request is a JSON line"):
                await ask(door, nothing=1)
        assert not await trio.Path(door).exists()
        with pytest.raises(DumpUnavailable, match="no dump from"):
            await ask(door, what="tree")


def fail_to_answer() -> None:
    raise BoomError("no words")


def beside(visit: Callable[[], object]) -> None:
    """Have another thread do something while this one, the loop's, is stuck here."""
    outside = threading.Thread(target=visit)
    outside.start()
    outside.join(20)
    assert not outside.is_alive()


async def test_the_door_answers_while_the_loop_is_stuck_and_says_where(door: Path) -> None:
    stage = Stage()
    replies: list[dict[str, Any]] = []

    def from_outside() -> None:
        replies.append(ask_dump(door, {"what": "tree"}))

    def wedge(_puppet: Puppet) -> None:
        beside(from_outside)

    async with open_system(top(stage.puppet("a"))) as system, serve_dump(door, system):
        await system.registry.ref("a").call(Do(wedge), timeout_s=30)
    (reply,) = replies
    assert "a, busy, Do for" in reply["answer"]
    assert any(frame.endswith(" wedge") and "test_dump.py" in frame for frame in reply["stack"])
    assert "threading.py" in reply["stuck_at"]


async def test_what_changes_while_it_is_read_is_read_again(door: Path) -> None:
    stage = Stage()
    tries: list[int] = []

    def shaky() -> int:
        if threading.current_thread() is threading.main_thread():
            return 0  # the loop is free again, and asked still
        tries.append(1)
        if len(tries) < 3:
            raise RuntimeError("dictionary changed size during iteration")
        return len(tries)

    def from_outside() -> None:
        replies.append(ask_dump(door, {"what": "shaky"}))

    replies: list[dict[str, Any]] = []
    async with open_system(top(stage.puppet("a"))) as system, serve_dump(door, system, {"shaky": shaky}):
        await system.registry.ref("a").call(Do(lambda _: beside(from_outside)), timeout_s=30)
    assert replies[0]["answer"] == 3


async def test_a_read_that_never_succeeds_is_given_up(door: Path) -> None:
    stage = Stage()
    refusals: list[str] = []

    def hopeless() -> int:
        raise RuntimeError("changed again")

    def from_outside() -> None:
        with pytest.raises(DumpUnavailable, match="changed again"):
            ask_dump(door, {"what": "hopeless"})
        refusals.append("refused")

    async with (
        open_system(top(stage.puppet("a"))) as system,
        serve_dump(door, system, {"hopeless": hopeless}),
    ):
        await system.registry.ref("a").call(Do(lambda _: beside(from_outside)), timeout_s=30)
    assert refusals == ["refused"]


async def test_a_path_that_no_socket_can_have_is_refused_clearly(tmp_path: Path) -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        with pytest.raises(DumpUnavailable, match=f"longer than {LONGEST_PATH} bytes"):
            async with serve_dump(tmp_path / ("x" * 120), system):
                raise AssertionError
        with pytest.raises(DumpUnavailable, match="cannot listen"):
            async with serve_dump(tmp_path / "no" / "folder", system):
                raise AssertionError


async def test_a_living_door_is_left_alone_and_a_dead_one_is_replaced(door: Path) -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        async with serve_dump(door, system):
            with pytest.raises(DumpUnavailable, match="another program serves"):
                async with serve_dump(door, system):
                    raise AssertionError
        await trio.to_thread.run_sync(leave_a_dead_socket, door)
        async with serve_dump(door, system):
            assert (await ask(door, what="tree"))["ok"]


def leave_a_dead_socket(door: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(door))


async def test_a_file_that_is_no_socket_is_not_removed(door: Path) -> None:
    stage = Stage()
    await trio.Path(door).write_text("precious")
    async with open_system(top(stage.puppet("a"))) as system:
        with pytest.raises(DumpUnavailable, match="cannot listen"):
            async with serve_dump(door, system):
                raise AssertionError
    assert await trio.Path(door).read_text() == "precious"


async def test_a_dump_during_a_failing_start_finds_the_failed_one(autojump_clock: object) -> None:
    stage = Stage()
    dumps: list[Callable[[], Any]] = []
    with pytest.raises(StartError):
        async with open_system(
            top(stage.puppet("a", hooks=Hooks(init=sleeper(50)), start_timeout_s=5))
        ) as system:
            dumps.append(system.dump)
    assert dumps == []
