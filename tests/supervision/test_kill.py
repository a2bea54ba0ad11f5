"""Somebody ends one actor as if it had crashed: its supervisor decides, and nobody else is harmed."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trio
from structlog.testing import LogCapture

from supervision import (
    ActorDied,
    Backoff,
    DumpRefused,
    Event,
    Fate,
    HandlerFailed,
    Intensity,
    IntensityReached,
    KilledByOperator,
    NotRunning,
    PoolSpec,
    Restart,
    Restarting,
    Started,
    StartFailed,
    Strategy,
    SupervisorSpec,
    System,
    ask_dump,
    open_system,
    serve_dump,
)
from tests.supervision.stage import (
    FOREVER,
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
    stop,
    top,
)

EVE = "eve"


def generation(system: System, path: str) -> int:
    record = system.dump().actor(path)
    assert record is not None
    return record.generation


async def deaf(_puppet: Puppet) -> None:
    """Heed no cancellation."""
    with trio.CancelScope(shield=True):
        await trio.sleep(30)


def slow_from(first: int) -> Callable[[Puppet], object]:
    """Take five seconds from this generation on."""

    async def act(puppet: Puppet) -> None:
        if puppet.context.generation >= first:
            await trio.sleep(5)

    return act


# One actor.


@every_schedule
async def test_whoever_comes_back_after_a_crash_comes_back_after_a_kill() -> None:
    stage = Stage()
    children = (
        stage.puppet("always"),
        stage.puppet("mostly", restart=Restart.TRANSIENT),
        stage.puppet("once", restart=Restart.TEMPORARY),
    )
    async with open_system(top(*children)) as system:
        for name in ("always", "mostly", "once"):
            assert system.kill(f"top/{name}", EVE) == "running, queue 0"
        await settle()
        assert [system.registry.whereis(name) is not None for name in ("always", "mostly", "once")] == [
            True,
            True,
            False,
        ]
        assert stage.diary[3:] in (
            ["always ready 2", "mostly ready 2"],
            ["mostly ready 2", "always ready 2"],
        )
        record = system.dump().actor("top/mostly")
        assert record is not None
        assert (record.restarts, record.failed, record.status) == (1, 1, "running")
        assert "KilledByOperator('top/mostly was killed by eve'), 0.0 s ago" in system.dump().tree()


@every_schedule
async def test_the_letter_in_hand_is_dead_the_others_wait_and_every_caller_hears_at_once() -> None:
    stage = Stage()
    heard: list[BaseException] = []

    async def ask(system: System, message: Do | Note) -> None:
        try:
            await system.registry.ref("a").call(message)
        except (HandlerFailed, Restarting) as failure:
            heard.append(failure)

    async with open_system(top(stage.puppet("a"))) as system, trio.open_nursery() as callers:
        callers.start_soon(ask, system, Do(sleeper(60)))
        await settle()
        callers.start_soon(ask, system, Note("asked"))
        system.registry.ref("a").cast(Note("told"))
        await settle()
        system.kill("top/a", EVE)
        await settle()
        assert stage.diary == ["a ready 1", "a ready 2", "a told"]
        (dead,) = [letter for letter in system.dead_letters.recent if letter.fate is Fate.CRASHED]
        assert isinstance(dead.cause, KilledByOperator)
        assert {type(failure) for failure in heard} == {HandlerFailed, Restarting}
        causes = [failure.__cause__ for failure in heard if isinstance(failure, HandlerFailed)]
        assert [(type(cause), cause.by) for cause in causes if isinstance(cause, KilledByOperator)] == [
            (KilledByOperator, EVE)
        ]
    assert trio.current_time() == 0


@every_schedule
async def test_kills_are_counted_like_crashes_and_the_last_one_is_the_cause() -> None:
    stage = Stage()
    with pytest.raises(IntensityReached, match="top gave up: top/a") as reached:  # noqa: PT012 - the block is the law
        async with open_system(top(stage.puppet("a"), intensity=Intensity(2, 5.0))) as system:
            for _ in range(3):
                system.kill("top/a", EVE)
                await settle()
            await system.wait()
    assert isinstance(reached.value.__cause__, KilledByOperator)
    assert stage.diary == ["a ready 1", "a ready 2", "a ready 3"], "killed: nothing was put in order"


@every_schedule
async def test_a_kill_takes_along_whom_a_crash_would() -> None:
    stage = Stage()
    spec = top(*map(stage.puppet, "abc"), strategy=Strategy.REST_FOR_ONE)
    async with open_system(spec) as system:
        stage.diary.clear()
        system.kill("top/b", EVE)
        await settle()
        assert stage.diary == ["c closed", "b ready 2", "c ready 2"]


@every_schedule
async def test_killing_twice_is_killing_once() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        system.kill("top/a", EVE)
        system.kill("top/a", "mallory")
        await settle()
        assert generation(system, "top/a") == 2
        record = system.dump().actor("top/a")
        assert record is not None
        assert record.last_crash == "KilledByOperator('top/a was killed by eve')"


@every_schedule
async def test_an_error_while_being_killed_is_what_it_died_of() -> None:
    async def stumble(_puppet: Puppet) -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise BoomError("on the way out")

    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        system.registry.ref("a").cast(Do(stumble))
        await settle()
        system.kill("top/a", EVE)
        await settle()
        record = system.dump().actor("top/a")
        assert record is not None
        assert record.last_crash == "BoomError('on the way out')"
        assert record.restarts == 1


@every_schedule
async def test_who_ends_before_the_kill_arrives_has_ended_as_it_wanted_to() -> None:
    stage = Stage()

    def last_act(puppet: Puppet) -> None:
        system.kill("top/a", EVE)
        stop(puppet)

    async with open_system(top(stage.puppet("a", restart=Restart.TRANSIENT, hooks=Hooks()))) as system:
        system.registry.ref("a").cast(Do(last_act))
        await settle()
        record = system.dump().actor("top/a")
        assert record is not None
        assert (record.status, record.last_crash) == ("stopped", None)


def test_who_was_killed_and_by_whom_is_in_the_log_and_in_the_journal(logs: LogCapture) -> None:
    async def story() -> None:
        async with open_system(top(Stage().puppet("a"))) as system:
            system.kill("top/a", EVE)
            await settle()
            told = [(event.what, event.detail) for event in system.journal.events if event.path == "top/a"]
            assert ("killed", EVE) in told
            assert ("ended", "crashed: KilledByOperator('top/a was killed by eve')") in told

    trio.run(story)
    (said,) = [entry for entry in logs.entries if entry["event"] == "actor.killed"]
    assert (said["actor"], said["by"], said["doing"]) == ("top/a", EVE, "running, queue 0")
    (crashed,) = [entry for entry in logs.entries if entry["event"] == "actor.crashed"]
    assert crashed["reason"] == "KilledByOperator('top/a was killed by eve')"


# At every moment of a life.


@every_schedule
async def test_killed_at_its_first_start_it_did_not_start() -> None:
    stage = Stage()
    slow = Hooks(init=sleeper(5))
    outcomes: list[object] = []

    async def start(system: System) -> None:
        outcomes.append(await system.registry.pool("pool").start_child(stage.puppet("a", hooks=slow)))

    async with open_system(top(PoolSpec("pool", "pool", 5))) as system, trio.open_nursery() as starters:
        starters.start_soon(start, system)
        await settle()
        system.kill("top/pool/a", EVE)
        await settle()
        (outcome,) = outcomes
        assert isinstance(outcome, StartFailed)
        assert isinstance(outcome.error, KilledByOperator)
        assert system.registry.whereis("a") is None
        assert isinstance(await system.registry.pool("pool").start_child(stage.puppet("a")), Started)


@every_schedule
async def test_killed_while_its_supervisor_starts_the_start_of_that_fails() -> None:
    stage = Stage()
    inner = SupervisorSpec(
        "inner", Strategy.ONE_FOR_ONE, (stage.puppet("b"), stage.puppet("c", hooks=Hooks(init=sleeper(5))))
    )
    outcomes: list[object] = []

    async def start(system: System) -> None:
        outcomes.append(await system.children("top").start_child(inner))

    async with open_system(top(stage.puppet("a"))) as system, trio.open_nursery() as starters:
        starters.start_soon(start, system)
        await settle()
        system.kill("top/inner/c", EVE)
        await settle()
        (outcome,) = outcomes
        assert isinstance(outcome, StartFailed)
        assert isinstance(outcome.error, KilledByOperator)
        assert [view.id for view in system.children("top").which_children()] == ["a"]
        assert stage.diary == ["a ready 1", "b ready 1", "b closed"]


@every_schedule
async def test_killed_while_it_starts_again_it_is_tried_again_after_a_delay() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a", hooks=Hooks(init=slow_from(2))))) as system:
        system.kill("top/a", EVE)
        await settle()
        system.kill("top/a", EVE)
        await settle()
        assert generation(system, "top/a") == 2
        await trio.sleep(6)
        assert stage.diary == ["a ready 1", "a ready 3"]


@every_schedule
async def test_who_waits_for_a_next_try_does_not_live_and_cannot_be_killed() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a", backoff=Backoff(5.0, 5.0)))) as system:
        system.registry.ref("a").cast(Crash())
        await settle()
        with pytest.raises(NotRunning):
            system.kill("top/a", EVE)
        await trio.sleep(6)
        assert generation(system, "top/a") == 2
        assert system.kill("top/a", EVE).startswith("running")


@every_schedule
async def test_killed_while_it_stops_the_stop_goes_on() -> None:
    stage = Stage()
    children = (stage.puppet("a"), stage.puppet("b", hooks=Hooks(close=sleeper(4))))
    async with open_system(top(*children)) as system:
        system.stop()
        await settle()
        system.kill("top/b", EVE)
        await settle()
        assert trio.current_time() == 0
    assert stage.diary == ["a ready 1", "b ready 1", "a closed"]


@every_schedule
async def test_killed_while_it_makes_room_for_its_next_generation_it_gets_one() -> None:
    stage = Stage()
    children = (stage.puppet("a"), stage.puppet("b", hooks=Hooks(close=sleeper(4))))
    async with open_system(top(*children, strategy=Strategy.ONE_FOR_ALL)) as system:
        stage.diary.clear()
        system.kill("top/a", EVE)
        await settle()
        system.kill("top/b", EVE)
        await settle()
        assert stage.diary == ["a ready 2", "b ready 2"]
        assert trio.current_time() == 0


@every_schedule
async def test_a_path_where_nobody_lives_is_told_apart() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"), stage.puppet("b"))) as system:
        await system.children("top").stop_child("b")
        for path in ("top/b", "top/c", "top/a/a", "a", "", "top/"):
            with pytest.raises(NotRunning):
                system.kill(path, EVE)
        assert generation(system, "top/a") == 1
    for path in ("top", "top/a"):
        with pytest.raises(NotRunning):
            system.kill(path, EVE)


async def test_one_that_heeds_no_cancellation_is_reported_by_name_and_waited_for(
    autojump_clock: object, logs: LogCapture
) -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"), stage.puppet("b"))) as system:
        system.registry.ref("a").cast(Do(deaf))
        await settle()
        system.kill("top/a", EVE)
        await trio.sleep(2)
        record = system.dump().actor("top/a")
        assert record is not None
        assert record.status == "unkillable"
        (report,) = [entry for entry in logs.entries if entry["event"] == "actor.unkillable"]
        assert report["actor"] == "top/a"
        assert "in deaf" in report["stack"]
        await trio.sleep(30)
        assert generation(system, "top/a") == 2


# A supervisor.


@every_schedule
async def test_a_supervisor_takes_its_children_along_at_once_and_comes_back_with_new_ones() -> None:
    stage = Stage()
    slow = Hooks(close=sleeper(1))
    inner = SupervisorSpec(
        "inner",
        Strategy.ONE_FOR_ONE,
        (
            stage.puppet("b", hooks=slow),
            SupervisorSpec("deep", Strategy.ONE_FOR_ONE, (stage.puppet("c", hooks=slow),)),
        ),
    )
    async with open_system(top(stage.puppet("a"), inner)) as system:
        old = system.registry.ref("c")
        old.cast(Do(sleeper(60)))
        await settle()
        old.cast(Note("nobody reads this"))
        stage.diary.clear()
        system.kill("top/inner", EVE)
        await settle()
        assert stage.diary == ["b ready 1", "c ready 1"], "killed: nothing was put in order"
        assert trio.current_time() == 0
        assert not old.running
        assert await system.registry.ref("c").call(Note("here")) == "here"
        assert {letter.fate for letter in system.dead_letters.recent} == {Fate.CRASHED, Fate.UNDELIVERED}
        record = system.dump().actor("top/inner")
        assert record is not None
        assert (record.generation, record.restarts, record.status) == (2, 1, "running")
        assert record.last_crash == "KilledByOperator('top/inner was killed by eve')"
        assert generation(system, "top/a") == 1


@every_schedule
async def test_who_asks_a_child_of_a_killed_supervisor_hears_that_it_is_gone() -> None:
    stage = Stage()
    inner = SupervisorSpec("inner", Strategy.ONE_FOR_ONE, (stage.puppet("b"),))
    heard: list[str] = []

    async def ask(system: System) -> None:
        try:
            await system.registry.ref("b").call(Do(sleeper(60)))
        except ActorDied as died:
            heard.append(died.reason)

    async with open_system(top(inner)) as system, trio.open_nursery() as callers:
        callers.start_soon(ask, system)
        await settle()
        system.kill("top/inner", EVE)
    assert heard == ["cancelled"]


@every_schedule
async def test_a_pool_comes_back_empty_and_takes_children_again() -> None:
    stage = Stage()
    async with open_system(top(PoolSpec("pool", "pool", 5))) as system:
        pool = system.registry.pool("pool")
        for name in "ab":
            await pool.start_child(stage.puppet(name))
        system.kill("top/pool", EVE)
        await settle()
        assert pool.children() == ()
        assert system.registry.whereis("a") is None
        assert isinstance(await pool.start_child(stage.puppet("a")), Started)
        assert generation(system, "top/pool") == 2


@every_schedule
async def test_a_supervisor_killed_before_its_first_step_comes_back_whole() -> None:
    stage = Stage()
    inner = SupervisorSpec("inner", Strategy.ONE_FOR_ONE, (stage.puppet("b"),))
    kills = [2, 3]

    def again(event: Event) -> None:
        if (event.path, event.what) == ("top/inner", "starting") and kills[:1] == [generation_of(system)]:
            kills.pop(0)
            system.kill("top/inner", EVE)

    def generation_of(system: System) -> int:
        return system.tree.cells["top/inner"].generation

    async with open_system(top(inner, intensity=FOREVER)) as system:
        system.journal.hooks = (again,)
        system.kill("top/inner", EVE)
        await trio.sleep(20)
        assert kills == []
        assert generation(system, "top/inner") == 4
        assert await system.registry.ref("b").call(Note("here")) == "here"
        assert [view.id for view in system.children("top/inner").which_children()] == ["b"]


async def test_the_child_that_keeps_a_killed_supervisor_from_ending_is_named(
    autojump_clock: object, logs: LogCapture
) -> None:
    stage = Stage()
    inner = SupervisorSpec("inner", Strategy.ONE_FOR_ONE, (stage.puppet("b"), stage.puppet("c")))
    async with open_system(top(inner)) as system:
        system.registry.ref("b").cast(Do(deaf))
        await settle()
        system.kill("top/inner", EVE)
        await trio.sleep(2)
        named = {entry["actor"] for entry in logs.entries if entry["event"] == "actor.unkillable"}
        assert named == {"top/inner", "top/inner/b"}
        await trio.sleep(30)
        assert await system.registry.ref("b").call(Note("here")) == "here"


@every_schedule
async def test_the_root_takes_the_tree_along_and_the_tree_says_why_it_ended() -> None:
    stage = Stage()
    with pytest.raises(KilledByOperator, match="top was killed by eve"):  # noqa: PT012 - the block is the law
        async with open_system(top(stage.puppet("a"), stage.puppet("b"))) as system:
            system.kill("top", EVE)
            await system.wait()
    assert stage.diary == ["a ready 1", "b ready 1"], "killed: nothing was put in order"
    assert system.registry.keys() == ()
    assert not system.tree.cells


# The door.


async def test_the_door_ends_an_actor_and_says_what_it_was_about(door: Path, logs: LogCapture) -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system, serve_dump(door, system):
        reply = await ask(door, path="top/a", by="user 7")
        assert (reply["answer"], reply["stuck_at"]) == ("running, queue 0", None)
        assert await system.registry.ref("a").call(Note("here")) == "here"
        assert generation(system, "top/a") == 2
        assert (await ask(door, path="top/b", by="user 7"))["answer"] is None
        with pytest.raises(DumpRefused, match="kill wants a 'path'"):
            await ask(door, by="user 7")
        with pytest.raises(DumpRefused, match="kill wants a 'by'"):
            await ask(door, path="top/a")
    assert [entry["by"] for entry in logs.entries if entry["event"] == "actor.killed"] == ["user 7"]


async def test_a_stuck_loop_ends_the_actor_as_soon_as_it_moves(door: Path) -> None:
    stage = Stage()
    replies: list[dict[str, Any]] = []
    answered = threading.Event()

    def from_outside() -> None:
        replies.append(ask_dump(door, {"what": "kill", "path": "top/a", "by": EVE}))
        answered.set()

    def wedge(_puppet: Puppet) -> None:
        threading.Thread(target=from_outside).start()
        answered.wait(10)

    async with open_system(top(stage.puppet("a"))) as system, serve_dump(door, system):
        system.registry.ref("a").cast(Do(wedge))
        await trio.to_thread.run_sync(answered.wait, 10)
        assert replies[0]["answer"] is None
        assert " wedge" in str(replies[0]["stack"])
        with trio.fail_after(5):
            while generation(system, "top/a") == 1:  # noqa: ASYNC110 - ended by a thread's wish, of which no task hears
                await trio.sleep(0.01)


@pytest.fixture
def door(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("d") / "dump.sock"


async def ask(door: Path, **request: str) -> dict[str, Any]:
    return await trio.to_thread.run_sync(ask_dump, door, {"what": "kill", **request})
