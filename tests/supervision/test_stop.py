"""Laws 28 to 35: how a tree stops, whoever wants it to."""

import gc
import signal
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio
from structlog.testing import LogCapture

from supervision import (
    ActorDied,
    Fate,
    NotRunning,
    Pool,
    PoolSpec,
    Restart,
    StartError,
    StartFailed,
    Strategy,
    SupervisorSpec,
    System,
    open_system,
)
from tests.supervision.stage import (
    BoomError,
    Crash,
    Do,
    Hooks,
    Note,
    Parent,
    Puppet,
    Stage,
    every_schedule,
    settle,
    sleeper,
    top,
)


async def deaf(seconds: float) -> None:
    """Work that is shielded from cancellation."""
    with trio.CancelScope(shield=True):
        await trio.sleep(seconds)


async def stubborn(seconds: float) -> None:
    """Work that swallows one cancellation, and is shielded from the next."""
    try:
        await trio.sleep(seconds)
    except trio.Cancelled:  # noqa: ASYNC103  # that is what it is for
        await deaf(seconds - 1)  # noqa: ASYNC102


def status(system: System, path: str) -> str:
    record = system.dump().actor(path)
    assert record is not None
    return record.status


@every_schedule
async def test_children_stop_right_to_left_each_gone_before_the_next_is_asked() -> None:
    stage = Stage()
    slow = Hooks(close=sleeper(1))
    async with open_system(top(*(stage.puppet(name, hooks=slow) for name in "abc"))) as system:
        stage.diary.clear()
        system.stop()
        await trio.sleep(1.5)
        assert stage.diary == ["c closed"]
        assert system.registry.whereis("c") is None
        assert system.registry.ref("a").running
    assert stage.diary == ["c closed", "b closed", "a closed"]
    assert trio.current_time() == pytest.approx(3)
    ends = [(event.path, event.what) for event in system.journal.events if event.what.startswith("stop")]
    assert ends == [
        ("top/c", "stopping"), ("top/c", "stopped"), ("top/b", "stopping"), ("top/b", "stopped"),
        ("top/a", "stopping"), ("top/a", "stopped"), ("top", "stopped"),
    ]  # fmt: skip


@every_schedule
async def test_a_child_that_does_not_stop_in_time_is_cancelled_with_a_reason_and_the_rest_goes_on() -> None:
    stage = Stage()
    reasons: list[str] = []

    async def linger(_puppet: Puppet) -> None:
        try:
            await trio.sleep(200)
        except trio.Cancelled as cancelled:
            reasons.append(str(cancelled))
            raise

    async with open_system(top(stage.puppet("a"), stage.puppet("b", shutdown_s=1))) as system:
        system.registry.ref("b").cast(Do(linger))
        await settle()
    assert trio.current_time() == pytest.approx(1)
    assert stage.diary[-1] == "a closed"
    assert "top: did not stop in time" in reasons[0]
    record = system.dump().actor("top/b")
    assert record is not None
    assert record.reason == "killed"


@every_schedule
async def test_a_shutdown_time_of_zero_cancels_at_once() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a", shutdown_s=0))) as system:
        system.registry.ref("a").cast(Do(sleeper(1)))
        await settle()
        system.registry.ref("a").cast(Note("never read"))
    assert stage.diary == ["a ready 1"]
    assert [dead.fate for dead in system.dead_letters.recent] == [Fate.CRASHED, Fate.UNDELIVERED]
    assert trio.current_time() == 0


@pytest.mark.parametrize("work", [deaf, stubborn])
@every_schedule
async def test_a_child_that_heeds_no_cancellation_is_reported_with_its_stack_and_waited_for(
    work: Callable[[float], Awaitable[None]], logs: LogCapture
) -> None:
    stage = Stage()
    logs.entries.clear()
    async with open_system(top(stage.puppet("a"), stage.puppet("b", shutdown_s=1))) as system:
        system.registry.ref("b").cast(Do(lambda _: work(30)))
        await settle()
        system.stop()
        await trio.sleep(1.99)
        assert status(system, "top/b") == "stopping"
        await trio.sleep(0.02)
        assert status(system, "top/b") == "unkillable"
        await trio.sleep(10)
        record = system.dump().actor("top/b")
        assert record is not None
        assert record.parked_at is not None
        assert record.parked_at.startswith(__file__)
        (report,) = [entry for entry in logs.entries if entry["event"] == "actor.unkillable"]
        assert report["actor"] == "top/b"
        assert "in deaf" in report["stack"]
        (event,) = [event for event in system.journal.events if event.what == "unkillable"]
        assert (event.path, event.detail) == ("top/b", report["stack"])
        assert stage.diary == ["a ready 1", "b ready 1"]
    assert trio.current_time() == pytest.approx(30)
    assert stage.diary[-1] == "a closed"
    assert status(system, "top/b") == "stopped"


@every_schedule
async def test_cancelling_the_whole_tree_from_outside_keeps_the_order() -> None:
    stage = Stage()
    slow = Hooks(close=sleeper(1))
    inner = SupervisorSpec("inner", Strategy.ONE_FOR_ONE, (stage.puppet("b", hooks=slow), stage.puppet("c")))
    with trio.move_on_after(5) as outside:
        async with open_system(top(stage.puppet("a"), inner, stage.puppet("d", hooks=slow))):
            stage.diary.clear()
            await trio.sleep_forever()
    assert outside.cancelled_caught
    assert stage.diary == ["d closed", "c closed", "b closed", "a closed"]
    assert trio.current_time() == pytest.approx(7)


@every_schedule
async def test_cancelling_the_start_from_outside_stops_what_had_started() -> None:
    stage = Stage()
    with trio.move_on_after(5):
        async with open_system(top(stage.puppet("a"), stage.puppet("b", hooks=Hooks(init=sleeper(8))))):
            raise AssertionError
    assert stage.diary == ["a ready 1", "a closed"]
    assert trio.current_time() == pytest.approx(5)


@every_schedule
async def test_an_error_in_the_block_stops_the_tree_in_order_and_comes_out_as_itself() -> None:
    stage = Stage()
    with pytest.raises(BoomError):
        async with open_system(top(*map(stage.puppet, "ab"))):
            raise BoomError
    assert stage.diary[-2:] == ["b closed", "a closed"]


@every_schedule
async def test_a_nursery_that_fails_beside_the_tree_does_not_break_the_order() -> None:
    stage = Stage()
    slow = Hooks(close=sleeper(1))

    async def explode() -> None:
        await trio.sleep(1)
        raise BoomError

    with pytest.RaisesGroup(BoomError):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(explode)
            async with open_system(top(*(stage.puppet(name, hooks=slow) for name in "abc"))):
                await trio.sleep_forever()
    assert stage.diary[-3:] == ["c closed", "b closed", "a closed"]


@every_schedule
async def test_a_cleanup_that_fails_is_reported_once_and_the_stop_goes_on(logs: LogCapture) -> None:
    stage = Stage()
    logs.entries.clear()

    def break_down(_puppet: Puppet) -> None:
        raise OSError("disk full")

    async with open_system(
        top(stage.puppet("a"), stage.puppet("b", hooks=Hooks(close=break_down)))
    ) as system:
        pass
    assert stage.diary[-1] == "a closed"
    record = system.dump().actor("top/b")
    assert record is not None
    assert (record.last_crash, record.reason) == ("OSError('disk full')", "crashed: OSError('disk full')")
    assert (record.failed, record.restarts) == (1, 0)
    (report,) = [entry for entry in logs.entries if entry["event"] == "actor.crashed"]
    assert (report["actor"], report["context"]) == ("top/b", "stopping")


@every_schedule
async def test_an_error_while_being_cancelled_is_a_crash_not_a_kill() -> None:
    stage = Stage()

    async def spoil(_puppet: Puppet) -> None:
        try:
            await trio.sleep(100)
        finally:
            raise OSError("while leaving")

    async with open_system(top(stage.puppet("a", shutdown_s=1))) as system:
        system.registry.ref("a").cast(Do(spoil))
        await settle()
    record = system.dump().actor("top/a")
    assert record is not None
    assert record.reason == "crashed: OSError('while leaving')"


@every_schedule
async def test_an_ordered_stop_drains_the_mailbox_and_takes_nothing_new() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        ref = system.registry.ref("a")
        ref.cast(Do(sleeper(1)))
        ref.cast(Note("still read"))
        await settle()
        system.stop()
        await settle()
        with pytest.raises(NotRunning) as refused:
            ref.cast(Note("too late"))
        assert refused.value.message == Note("too late")
        with pytest.raises(NotRunning):
            await ref.call(Do(lambda _: None))
        assert trio.current_time() == 0
    assert stage.diary == ["a ready 1", "a still read", "a closed"]
    assert system.dead_letters.counts[Fate.DEAD] == 2


@every_schedule
async def test_what_a_killed_actor_leaves_in_its_mailbox_is_dead_and_its_askers_hear_of_it() -> None:
    stage = Stage()
    errors: list[str] = []
    async with open_system(top(stage.puppet("a", shutdown_s=1))) as system:
        ref = system.registry.ref("a")

        async def ask() -> None:
            with pytest.raises(ActorDied, match="killed") as died:
                await ref.call(Do(sleeper(100)))
            errors.append(type(died.value).__name__)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask)
            nursery.start_soon(ask)
            await settle()
            ref.cast(Note("unread"))
            system.stop()
    assert errors == ["ActorDied", "ActorDied"]
    fates = [dead.fate for dead in system.dead_letters.recent]
    assert sorted(fate.value for fate in fates) == ["crashed", "undelivered", "undelivered"]


async def time_to_stop(size: int) -> float:
    """Processor seconds that the stop of a pool with so many children takes."""
    stage = Stage()
    async with open_system(top(PoolSpec("pool", "pool", size))) as system:
        pool: Pool = system.registry.pool("pool")
        for at in range(size):
            await pool.start_child(stage.puppet(f"x{at}"))
        gc.collect()
        began = time.process_time()
    took_s = time.process_time() - began
    assert set(stage.diary[size:]) == {f"x{at} closed" for at in range(size)}
    return took_s


async def test_ten_times_the_children_take_no_more_than_fifteen_times_as_long_to_stop() -> None:
    small = min([await time_to_stop(1000) for _ in range(3)])
    assert await time_to_stop(10_000) <= 15 * small


@every_schedule
async def test_a_pool_stops_its_children_at_the_same_time_under_one_deadline() -> None:
    stage = Stage()
    async with open_system(top(PoolSpec("pool", "pool", 9, shutdown_s=3))) as system:
        pool: Pool = system.registry.pool("pool")
        for name in "abc":
            await pool.start_child(stage.puppet(name, hooks=Hooks(close=sleeper(2))))
        await pool.start_child(stage.puppet("late", shutdown_s=50, hooks=Hooks(close=sleeper(40))))
    assert trio.current_time() == pytest.approx(3)
    assert sorted(stage.diary[4:]) == ["a closed", "b closed", "c closed"]


@every_schedule
async def test_stopping_twice_is_stopping_once() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        system.stop("one")
        system.stop("two")
        await system.wait()
        system.stop("three")
    assert stage.diary == ["a ready 1", "a closed"]


@every_schedule
async def test_a_child_that_many_want_stopped_stops_once_and_all_of_them_hear_of_it() -> None:
    stage = Stage()
    slow = Hooks(close=sleeper(2))
    async with open_system(top(stage.puppet("a", hooks=slow), PoolSpec("pool", "pool", 9))) as system:
        pool: Pool = system.registry.pool("pool")
        await pool.start_child(stage.puppet("x", hooks=slow))
        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(system.children("top").stop_child, "a")
                nursery.start_soon(pool.stop_child, "x")
        assert trio.current_time() == pytest.approx(2)
        assert sorted(stage.diary[2:]) == ["a closed", "x closed"]
        # Whoever asks for the stop of what is stopped is answered at once.
        await system.children("top").stop_child("a")
        await pool.stop_child("x")
        assert trio.current_time() == pytest.approx(2)


@every_schedule
async def test_a_child_on_demand_that_is_stopped_while_it_starts_is_cancelled_and_its_starter_told() -> None:
    stage = Stage()
    outcomes: list[Any] = []
    async with open_system(top(PoolSpec("pool", "pool", 9))) as system:
        pool: Pool = system.registry.pool("pool")

        async def want() -> None:
            outcomes.append(await pool.start_child(stage.puppet("x", hooks=Hooks(init=sleeper(5)))))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(want)
            await settle()
            await pool.stop_child("x")
        assert trio.current_time() == 0
        assert [type(outcome) for outcome in outcomes] == [StartFailed]
        assert system.registry.keys() == ()
    assert stage.diary == []


@every_schedule
async def test_an_actor_that_wants_its_own_stop_waits_in_vain_and_is_ended_in_time() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a", shutdown_s=3), stage.puppet("b"))) as system:
        system.registry.ref("a").cast(Do(lambda _: system.children("top").stop_child("a")))
        await trio.sleep(2.99)
        assert status(system, "top/a") == "stopping"
        await trio.sleep(0.02)
        record = system.dump().actor("top/a")
        assert record is not None
        assert (record.status, record.reason) == ("stopped", "killed")
        assert system.registry.ref("b").running


@pytest.mark.parametrize("strategy", list(Strategy))
@every_schedule
async def test_a_stop_asked_at_any_moment_of_a_restart_ends_in_order(strategy: Strategy) -> None:
    stage = Stage()
    for steps in range(20):
        async with open_system(top(*map(stage.puppet, "abc"), strategy=strategy)) as system:
            system.registry.ref("a").cast(Crash())
            for _ in range(steps):
                await trio.lowlevel.checkpoint()
            stage.diary.clear()
            system.stop()
            system.stop("again")
            await system.wait()
        assert trio.current_time() == 0
        assert system.registry.keys() == ()
        closed = [line for line in stage.diary if line.endswith("closed")]
        assert closed == sorted(closed, reverse=True)
        assert not [line for line in stage.diary if line.endswith("ready 3")]


@every_schedule
async def test_a_stop_during_a_nested_start_ends_the_start() -> None:
    stage = Stage()
    inner = SupervisorSpec("inner", Strategy.ONE_FOR_ONE, (stage.puppet("b", hooks=Hooks(init=sleeper(9))),))
    async with open_system(top(stage.puppet("a"))) as system:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(system.children("top").start_child, inner)
            await settle()
            system.stop()
        await system.wait()
    assert trio.current_time() == 0
    assert stage.diary == ["a ready 1", "a closed"]


@every_schedule
async def test_a_stop_during_a_restart_ends_at_once() -> None:
    stage = Stage()
    slow = Hooks(init=lambda puppet: sleeper(9 if puppet.context.generation > 1 else 0)(puppet))
    async with open_system(top(stage.puppet("a", hooks=slow))) as system:
        system.registry.ref("a").cast(Crash())
        await settle()
        system.stop()
        await system.wait()
    assert trio.current_time() == 0
    assert system.registry.whereis("a") is None


@every_schedule
async def test_a_stop_that_takes_too_long_as_a_whole_gives_up_order() -> None:
    stage = Stage()
    slow = Hooks(close=sleeper(100))
    inner = SupervisorSpec(
        "inner", Strategy.ONE_FOR_ONE, (stage.puppet("b", hooks=slow, shutdown_s=200), PoolSpec("p", "p", 3))
    )
    spec = top(stage.puppet("a", hooks=slow, shutdown_s=200), inner)
    async with open_system(spec, stop_s=10) as system:
        await system.registry.pool("p").start_child(stage.puppet("x", hooks=slow))
    assert trio.current_time() == pytest.approx(10)
    assert system.registry.keys() == ()
    assert not [actor for actor in system.dump().actors if actor.status != "stopped"]


@every_schedule
async def test_a_supervisor_with_a_time_of_its_own_is_forced_when_it_is_over() -> None:
    stage = Stage()
    inner = SupervisorSpec(
        "inner",
        Strategy.ONE_FOR_ONE,
        (stage.puppet("b", hooks=Hooks(close=sleeper(100)), shutdown_s=200),),
        shutdown_s=4,
    )
    async with open_system(top(stage.puppet("a"), inner)):
        pass
    assert trio.current_time() == pytest.approx(4)
    assert stage.diary[-1] == "a closed"


@every_schedule
async def test_an_actor_that_ends_by_itself_closes_within_its_time() -> None:
    stage = Stage()
    child = stage.puppet("a", restart=Restart.TEMPORARY, shutdown_s=2, hooks=Hooks(close=sleeper(100)))
    async with open_system(top(child)) as system:
        await system.registry.ref("a").call(Do(lambda puppet: puppet.context.stop()))
        await trio.sleep(3)
        assert system.registry.whereis("a") is None


@every_schedule
async def test_an_idle_actor_can_be_stopped_from_a_task_of_its_own() -> None:
    stage = Stage()

    async def later(puppet: Puppet) -> None:
        await trio.sleep(1)
        puppet.context.stop()

    async with open_system(top(stage.puppet("a", kind=Parent, restart=Restart.TRANSIENT))) as system:
        await system.registry.ref("a").call(Do(lambda puppet: puppet.context.tasks.start_soon(later, puppet)))
        await trio.sleep(2)
        assert system.registry.whereis("a") is None
    assert stage.diary == ["a ready 1", "a closed"]


async def test_the_first_signal_drains_and_the_second_stops_now(autojump_clock: object) -> None:
    stage = Stage()
    child = stage.puppet("a", hooks=Hooks(close=sleeper(100)), shutdown_s=200)
    async with open_system(top(child), signals=True) as system:
        signal.raise_signal(signal.SIGTERM)
        await settle()
        record = system.dump().actor("top/a")
        assert record is not None
        assert record.status == "stopping"
        await trio.sleep(1)
        signal.raise_signal(signal.SIGINT)
        await system.wait()
        assert trio.current_time() == pytest.approx(1)
    assert stage.diary == ["a ready 1"]


@pytest.mark.parametrize("kind", [Puppet, Parent])
async def test_a_keyboard_interrupt_inside_an_actor_is_never_taken_for_a_crash(kind: type[Puppet]) -> None:
    stage = Stage()

    def interrupt(_puppet: Puppet) -> None:
        raise KeyboardInterrupt

    with pytest.raises((KeyboardInterrupt, BaseExceptionGroup)) as raised:  # noqa: PT012, ASYNC401  # either of the two; the block is the law
        async with open_system(top(stage.puppet("a", kind=kind), stage.puppet("b"))) as system:
            system.registry.ref("a").cast(Do(interrupt))
            await trio.sleep_forever()
    error: BaseException = raised.value
    while isinstance(error, BaseExceptionGroup):
        (error,) = error.exceptions
    assert isinstance(error, KeyboardInterrupt)
    assert stage.diary.count("a ready 2") == 0


async def test_a_crash_beside_a_keyboard_interrupt_is_still_written_down(autojump_clock: object) -> None:
    stage = Stage()

    async def interrupt() -> None:  # noqa: ASYNC124 - both must end in one step
        raise KeyboardInterrupt

    async def explode() -> None:  # noqa: ASYNC124 - both must end in one step
        raise BoomError("beside")

    def both(puppet: Puppet) -> None:
        puppet.context.tasks.start_soon(interrupt)
        puppet.context.tasks.start_soon(explode)

    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - the block is the law
        async with open_system(top(stage.puppet("a", kind=Parent))) as system:
            system.registry.ref("a").cast(Do(both))
            await trio.sleep_forever()
    record = system.dump().actor("top/a")
    assert record is not None
    assert record.last_crash == "BoomError('beside')"


@every_schedule
async def test_a_signal_during_the_start_ends_the_start_in_order() -> None:
    stage = Stage()
    children = (stage.puppet("a"), stage.puppet("b", hooks=Hooks(init=sleeper(9))), stage.puppet("never"))

    async def signal_later() -> None:
        await trio.sleep(1)
        signal.raise_signal(signal.SIGTERM)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(signal_later)
        with pytest.raises(StartError, match="top/b"):
            async with open_system(top(*children), signals=True):
                raise AssertionError
    assert stage.diary == ["a ready 1", "a closed"]
    assert trio.current_time() == pytest.approx(1)
