"""Laws 8 to 18: who is restarted, in which order, and what survives."""

import gc
import weakref

import pytest
import trio
from structlog.testing import LogCapture

from supervision import (
    ActorDied,
    ChildSpec,
    Exit,
    Fate,
    HandlerFailed,
    Intensity,
    IntensityReached,
    MailboxSpec,
    Pool,
    PoolSpec,
    Ref,
    Reject,
    Restart,
    Restarting,
    Started,
    Strategy,
    System,
    open_system,
    restarts,
)
from tests.supervision.stage import (
    FOREVER,
    BoomError,
    Crash,
    Do,
    Hooks,
    Note,
    Parent,
    Puppet,
    Stage,
    every_schedule,
    fail_from,
    fail_times,
    settle,
    sleeper,
    top,
)


def generation(system: System, name: str) -> int:
    found = system.dump().actor(f"top/{name}")
    assert found is not None
    return found.generation


def restarts_of(system: System, names: str) -> list[int]:
    """How many restarts each of these was counted."""
    dump = system.dump()
    return [actor.restarts for name in names if (actor := dump.actor(f"top/{name}")) is not None]


def stop_self(puppet: Puppet) -> None:
    puppet.context.stop()


def fall_asleep(puppet: Puppet) -> None:
    puppet.context.passivate()


ENDS = (Do(stop_self), Do(fall_asleep), Crash())


@pytest.mark.parametrize(
    ("policy", "exit_", "again"),
    [
        (Restart.PERMANENT, Exit.NORMAL, True),
        (Restart.PERMANENT, Exit.SHUTDOWN, True),
        (Restart.PERMANENT, Exit.PASSIVATED, True),
        (Restart.PERMANENT, Exit.CRASHED, True),
        (Restart.TRANSIENT, Exit.NORMAL, False),
        (Restart.TRANSIENT, Exit.SHUTDOWN, False),
        (Restart.TRANSIENT, Exit.PASSIVATED, False),
        (Restart.TRANSIENT, Exit.CRASHED, True),
        (Restart.TEMPORARY, Exit.NORMAL, False),
        (Restart.TEMPORARY, Exit.SHUTDOWN, False),
        (Restart.TEMPORARY, Exit.PASSIVATED, False),
        (Restart.TEMPORARY, Exit.CRASHED, False),
        *((policy, exit_, False) for policy in Restart for exit_ in (Exit.KILLED, Exit.CANCELLED)),
    ],
)
def test_the_restart_type_decides_with_the_way_of_the_end(policy: Restart, exit_: Exit, again: bool) -> None:
    assert restarts(policy, exit_) is again


@every_schedule
async def test_a_permanent_child_is_restarted_whatever_the_reason() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"), intensity=FOREVER)) as system:
        for end in ENDS:
            system.registry.ref("a").cast(end)
            await settle()
        assert stage.diary == ["a ready 1", "a closed", "a ready 2", "a closed", "a ready 3", "a ready 4"]
        assert restarts_of(system, "a") == [3]


@every_schedule
async def test_a_transient_child_is_restarted_after_a_crash_only_and_stays_specified() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a", restart=Restart.TRANSIENT))) as system:
        system.registry.ref("a").cast(Crash())
        await settle()
        assert generation(system, "a") == 2
        for end in (stop_self, fall_asleep):
            system.registry.ref("a").cast(Do(end))
            await settle()
            assert system.registry.whereis("a") is None
            assert [view.doing for view in system.children("top").which_children()] == ["stopped, queue 0"]
            assert isinstance(await system.children("top").restart_child("a"), Started)
        await system.children("top").stop_child("a")
        await trio.sleep(100)
        assert system.registry.whereis("a") is None
    assert stage.diary.count("a ready 1") == 3


@every_schedule
async def test_a_temporary_child_is_forgotten_and_its_siblings_are_left_alone() -> None:
    stage = Stage()
    children = (stage.puppet("a"), stage.puppet("b", restart=Restart.TEMPORARY), stage.puppet("c"))
    async with open_system(top(*children, strategy=Strategy.ONE_FOR_ALL)) as system:
        system.registry.ref("b").cast(Crash())
        await settle()
        assert [view.id for view in system.children("top").which_children()] == ["a", "c"]
        assert generation(system, "a") == generation(system, "c") == 1


class Luggage:
    """What a child was started with."""


@every_schedule
async def test_what_a_temporary_child_was_started_with_is_forgotten_too_however_it_ended(
    logs: LogCapture,
) -> None:
    stage = Stage()

    def packed() -> tuple[ChildSpec, weakref.ref[Luggage]]:
        luggage = Luggage()
        look = Hooks(init=lambda _: luggage)
        return stage.puppet("x", restart=Restart.TEMPORARY, hooks=look), weakref.ref(luggage)

    async with open_system(top(PoolSpec("pool", "pool", 9))) as system:
        left: list[weakref.ref[Luggage]] = []
        for children in (system.children("top"), system.registry.pool("pool")):
            for end in (*ENDS, None):
                spec, luggage = packed()
                left.append(luggage)
                assert isinstance(await children.start_child(spec), Started)
                del spec
                if end is None:
                    await children.stop_child("x")
                else:
                    system.registry.ref("x").cast(end)
                await settle()
                assert "x" not in children.cells
        await system.children("top").stop_child("nobody")  # what was last said to a supervisor is in its hand
        await trio.sleep(20)  # limits that were called off stay in the heap until they are due
        system.dead_letters.recent.clear()  # a crash keeps its frames as long as its letter is kept
        logs.entries.clear()
        gc.collect()
        assert [luggage() for luggage in left] == [None] * 8


@every_schedule
async def test_one_for_one_restarts_only_the_one_that_failed() -> None:
    stage = Stage()
    async with open_system(top(*map(stage.puppet, "abc"))) as system:
        system.registry.ref("b").cast(Crash())
        await settle()
        assert [generation(system, name) for name in "abc"] == [1, 2, 1]


@every_schedule
async def test_one_for_all_stops_from_the_right_and_starts_from_the_left_without_the_temporary() -> None:
    stage = Stage()
    children = (*map(stage.puppet, "abc"), stage.puppet("d", restart=Restart.TEMPORARY))
    async with open_system(top(*children, strategy=Strategy.ONE_FOR_ALL)) as system:
        stage.diary.clear()
        system.registry.ref("b").cast(Crash())
        await settle()
        assert stage.diary == ["d closed", "c closed", "a closed", "a ready 2", "b ready 2", "c ready 2"]
        assert system.registry.whereis("d") is None
        assert [view.id for view in system.children("top").which_children()] == ["a", "b", "c"]
        assert restarts_of(system, "abc") == [0, 1, 0]


@every_schedule
async def test_rest_for_one_restarts_the_failed_one_and_those_after_it() -> None:
    stage = Stage()
    async with open_system(top(*map(stage.puppet, "abcd"), strategy=Strategy.REST_FOR_ONE)) as system:
        stage.diary.clear()
        system.registry.ref("b").cast(Crash())
        await settle()
        assert stage.diary == ["d closed", "c closed", "b ready 2", "c ready 2", "d ready 2"]
        assert [generation(system, name) for name in "abcd"] == [1, 2, 2, 2]


@every_schedule
async def test_a_start_that_fails_during_one_for_all_makes_the_whole_be_tried_again() -> None:
    stage = Stage()
    children = (stage.puppet("a"), stage.puppet("b"), stage.puppet("c", hooks=Hooks(init=fail_from(2, 2))))
    async with open_system(top(*children, strategy=Strategy.ONE_FOR_ALL, intensity=FOREVER)) as system:
        stage.diary.clear()
        system.registry.ref("a").cast(Crash())
        await trio.sleep(1)
        assert stage.diary == [
            "c closed", "b closed", "a ready 2", "b ready 2",
            "b closed", "a closed", "a ready 3", "b ready 3", "c ready 3",
        ]  # fmt: skip


@every_schedule
async def test_a_start_that_fails_during_rest_for_one_is_tried_again_from_there_on() -> None:
    stage = Stage()
    flaky = stage.puppet("c", hooks=Hooks(init=fail_from(2, 2)))
    children = (stage.puppet("a"), stage.puppet("b"), flaky, stage.puppet("d"))
    async with open_system(top(*children, strategy=Strategy.REST_FOR_ONE, intensity=FOREVER)) as system:
        stage.diary.clear()
        system.registry.ref("b").cast(Crash())
        await trio.sleep(1)
        assert stage.diary == ["d closed", "c closed", "b ready 2", "c ready 3", "d ready 2"]
        assert [generation(system, name) for name in "abcd"] == [1, 2, 3, 2]


@every_schedule
async def test_an_old_address_reaches_the_new_generation() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        ref = system.registry.ref("a")
        ref.cast(Crash())
        while generation(system, "a") < 2 or not ref.cell.idle:
            assert system.registry.whereis("a") is ref
            assert ref.running
            await trio.lowlevel.checkpoint()
        assert system.registry.whereis("a") is ref
        assert await ref.call(Do(lambda puppet: puppet.context.generation)) == 2


@every_schedule
async def test_letters_survive_the_restart_of_their_reader_but_the_one_in_hand_is_dead() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        ref = system.registry.ref("a")
        for message in (Note("one"), Crash(), Note("two"), Note("three")):
            ref.cast(message)
        await settle()
        assert stage.diary == ["a ready 1", "a one", "a ready 2", "a two", "a three"]
        (dead,) = system.dead_letters.recent
        assert (dead.message, dead.fate, dead.path) == (Crash(), Fate.CRASHED, "top/a")
        assert isinstance(dead.cause, BoomError)


@every_schedule
async def test_a_call_still_queued_when_its_reader_crashes_fails_at_once_and_is_not_carried_out() -> None:
    stage = Stage()
    errors: list[ActorDied] = []
    async with open_system(top(stage.puppet("a"))) as system:
        ref: Ref[object] = system.registry.ref("a")

        async def ask() -> None:
            with pytest.raises(Restarting) as error:
                await ref.call(Do(lambda puppet: puppet.write("carried out")))
            errors.append(error.value)
            assert trio.current_time() == 1

        async with trio.open_nursery() as nursery:
            ref.cast(Do(sleeper(1)))
            ref.cast(Crash())
            await settle()
            nursery.start_soon(ask)
        assert await ref.call(Do(lambda puppet: puppet.context.generation)) == 2
    assert len(errors) == 1
    assert "a carried out" not in stage.diary


@every_schedule
async def test_timers_of_a_dead_generation_never_fire() -> None:
    stage = Stage()

    async def arm_and_crash(puppet: Puppet) -> None:
        for at in range(3):  # the second and the third find the mailbox full
            puppet.context.timers.arm(f"in the mailbox {at}", 0.5, Note("in the mailbox"))
        puppet.context.timers.arm("late", 5, Note("late, of 1"))
        await trio.sleep(1)
        raise BoomError

    async with open_system(top(stage.puppet("a", mailbox=MailboxSpec(1)))) as system:
        ref = system.registry.ref("a")
        ref.cast(Do(arm_and_crash))
        await trio.sleep(2)
        await ref.call(Do(lambda puppet: puppet.context.timers.arm("late", 9, Note("late, of 2"))))
        await trio.sleep(20)
        assert stage.diary == ["a ready 1", "a ready 2", "a late, of 2"]
        assert system.dead_letters.counts == {Fate.CRASHED: 1}


@every_schedule
async def test_two_crashes_in_one_moment_are_two_restarts() -> None:
    stage = Stage()
    async with open_system(top(*map(stage.puppet, "abc"), intensity=Intensity(2, 5.0))) as system:
        system.registry.ref("a").cast(Crash())
        system.registry.ref("c").cast(Crash())
        await settle()
        assert [generation(system, name) for name in "abc"] == [2, 1, 2]
        assert restarts_of(system, "abc") == [1, 0, 1]


@every_schedule
async def test_two_crashes_in_one_moment_are_one_too_many_for_a_budget_of_one() -> None:
    stage = Stage()
    with pytest.raises(IntensityReached):  # noqa: PT012 - the block is the law
        async with open_system(top(*map(stage.puppet, "abc"), intensity=Intensity(1, 5.0))) as system:
            system.registry.ref("a").cast(Crash())
            system.registry.ref("c").cast(Crash())
            await system.wait()


@every_schedule
async def test_two_crashes_in_one_moment_under_one_for_all_leave_everybody_running() -> None:
    stage = Stage()
    async with open_system(top(*map(stage.puppet, "abc"), strategy=Strategy.ONE_FOR_ALL)) as system:
        system.registry.ref("a").cast(Crash())
        system.registry.ref("c").cast(Crash())
        await settle()
        assert {actor.status for actor in system.dump().actors} == {"running"}
        # Each is counted once: by its own restart, or not at all if it fell with the other's.
        assert restarts_of(system, "abc") in ([1, 0, 1], [1, 0, 0], [0, 0, 1])


@every_schedule
async def test_a_crash_in_a_task_of_the_actors_own_is_a_crash_of_the_actor() -> None:
    stage = Stage()

    async def explode() -> None:
        await trio.sleep(1)
        raise BoomError("in a task")

    async with open_system(top(stage.puppet("a", kind=Parent))) as system:
        ref = system.registry.ref("a")
        await ref.call(Do(lambda puppet: puppet.context.tasks.start_soon(explode)))
        await trio.sleep(2)
        record = system.dump().actor("top/a")
        assert record is not None
        assert (record.generation, record.last_crash) == (2, "BoomError('in a task')")


@every_schedule
async def test_tasks_of_the_actors_own_end_with_it() -> None:
    stage = Stage()

    async with open_system(top(stage.puppet("a", kind=Parent))) as system:

        async def wait(puppet: Puppet) -> None:
            try:
                await trio.sleep_forever()
            finally:
                puppet.write("task ended")

        ref = system.registry.ref("a")
        await ref.call(Do(lambda puppet: puppet.context.tasks.start_soon(wait, puppet)))
    assert stage.diary == ["a ready 1", "a closed", "a task ended"]


@every_schedule
async def test_a_letter_that_comes_to_a_sleeper_wakes_a_new_generation_that_is_no_restart() -> None:
    stage = Stage()
    async with open_system(top(PoolSpec("pool", "pool", 5, Intensity(0, 5.0)))) as system:
        pool: Pool = system.registry.pool("pool")
        ref = await pool.whereis_or_start(stage.puppet("x", restart=Restart.TRANSIENT))
        ref.cast(Do(lambda puppet: puppet.context.passivate()))
        ref.cast(Note("wake up"))
        assert await ref.call(Do(lambda puppet: puppet.context.generation)) == 2
        assert stage.diary == ["x ready 1", "x closed", "x ready 2", "x wake up"]
        await ref.call(Do(lambda puppet: puppet.context.passivate()))
        await settle()
        assert system.registry.whereis("x") is None
        again = await pool.whereis_or_start(stage.puppet("x", restart=Restart.TRANSIENT))
        assert again is not ref
        assert system.dump().summary().count(" 0 restarts") == 1


@every_schedule
async def test_a_fixed_child_can_sleep_too() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a", restart=Restart.TEMPORARY))) as system:
        ref = system.registry.ref("a")
        ref.cast(Do(lambda puppet: puppet.context.passivate()))
        ref.cast(Note("wake up"))
        await settle()
        assert stage.diary == ["a ready 1", "a closed", "a ready 2", "a wake up"]


@every_schedule
async def test_letters_put_aside_survive_a_restart_in_order() -> None:
    stage = Stage()

    def busy(puppet: Puppet) -> None:
        if puppet.context.generation == 1:
            puppet.context.stash()
        else:
            puppet.write("did it")

    async with open_system(top(stage.puppet("a"))) as system:
        ref = system.registry.ref("a")
        ref.cast(Do(busy))
        ref.cast(Crash())
        ref.cast(Note("later"))
        await settle()
        assert stage.diary == ["a ready 1", "a ready 2", "a did it", "a later"]
        record = system.dump().actor("top/a")
        assert record is not None
        assert (record.handled, record.failed) == (2, 1)


@every_schedule
async def test_what_was_put_aside_comes_back_before_what_waits_and_no_more_fits_than_the_mailbox() -> None:
    stage = Stage()

    def aside(puppet: Puppet) -> str:
        if not puppet.memory:
            puppet.context.stash()
        return "answered"

    def ready(puppet: Puppet) -> None:
        puppet.memory.append("ready")
        puppet.context.unstash()

    answers: list[str] = []
    async with open_system(top(stage.puppet("a", mailbox=MailboxSpec(1)))) as system:
        ref = system.registry.ref("a")

        async def ask() -> None:
            answers.append(await ref.call(Do(aside)))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask)
            await settle()
            with pytest.raises(Reject):
                await ref.call(Do(aside))
            await ref.call(Do(ready))
    assert answers == ["answered"]


@every_schedule
async def test_an_actor_that_crashes_over_a_call_tells_the_caller_and_the_supervisor() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        ref = system.registry.ref("a")

        def explode(_puppet: Puppet) -> None:
            raise BoomError("over this")

        with pytest.raises(HandlerFailed) as failed:
            await ref.call(Do(explode))
        assert isinstance(failed.value.__cause__, BoomError)
        await settle()
        assert generation(system, "a") == 2


@every_schedule
async def test_a_child_may_fail_to_come_back_many_times_and_still_come_back() -> None:
    stage = Stage()
    tries = fail_times(0)

    async def flaky(puppet: Puppet) -> None:
        await trio.lowlevel.checkpoint()
        fail_from(2, 6)(puppet)
        tries(puppet)

    async with open_system(top(stage.puppet("a", hooks=Hooks(init=flaky)), intensity=FOREVER)) as system:
        system.registry.ref("a").cast(Crash())
        await trio.sleep(60)
        assert generation(system, "a") == 7
