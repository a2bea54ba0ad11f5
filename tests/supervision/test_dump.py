"""Laws 49 to 51: what the dump says, when it says it, and what tracing sees."""

import gc
import json
from collections.abc import Callable
from typing import Any

import pytest
import trio

from supervision import (
    Backoff,
    Event,
    MailboxSpec,
    NotRunning,
    Pool,
    PoolSpec,
    StartError,
    Strategy,
    SupervisorSpec,
    System,
    open_system,
)
from supervision.dump import cycles, take_dump
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
        assert dump.summary().startswith("6 actors: 6 running; 0 letters waiting, 1 restart, 1 dead letter,")


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
        assert system.actors == 2
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
        leave = system.trace("top/a", seen.append)
        ref.cast(Note("one"))
        ref.cast(Crash())
        await settle()
        leave()
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


async def test_no_garbage_is_collected_while_the_loop_stands_still(autojump_clock: object) -> None:
    stage = Stage()
    collected: list[str] = []

    def heard(phase: str, _info: dict[str, int]) -> None:
        collected.append(phase)

    async with open_system(top(PoolSpec("pool", "pool", 300))) as system:
        for at in range(300):
            await system.registry.pool("pool").start_child(stage.puppet(str(at)))
        thresholds = gc.get_threshold()
        gc.set_threshold(10)
        gc.callbacks.append(heard)
        try:
            dump = take_dump(system.tree)
            during = len(collected)
            kept: list[list[int]] = [[] for _ in range(100)]
        finally:
            gc.callbacks.remove(heard)
            gc.set_threshold(*thresholds)
    assert len(dump.actors) == 302
    assert during == 0
    assert collected, kept


async def test_a_collector_that_is_off_stays_off(autojump_clock: object) -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        gc.disable()
        try:
            take_dump(system.tree)
            assert not gc.isenabled()
        finally:
            gc.enable()


async def test_a_dump_during_a_failing_start_finds_the_failed_one(autojump_clock: object) -> None:
    stage = Stage()
    dumps: list[Callable[[], Any]] = []
    with pytest.raises(StartError):
        async with open_system(
            top(stage.puppet("a", hooks=Hooks(init=sleeper(50)), start_timeout_s=5))
        ) as system:
            dumps.append(system.dump)
    assert dumps == []
