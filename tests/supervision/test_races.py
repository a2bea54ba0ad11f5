"""Laws 6, 24, 31, 33 and 35 where two things happen in one step, and where the program's own code is rude."""

from contextlib import suppress
from typing import Any

import pytest
import trio
from structlog.testing import LogCapture

from supervision import (
    Backoff,
    Children,
    DeadLetter,
    Event,
    HandlerFailed,
    Intensity,
    IntensityReached,
    MailboxSpec,
    Mute,
    NotRunning,
    Pool,
    PoolSpec,
    Started,
    StartFailed,
    StartTimeout,
    Strategy,
    SupervisorSpec,
    open_system,
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
    settle,
    sleeper,
    top,
)


@every_schedule
async def test_a_child_stopped_in_the_step_in_which_it_is_started_is_never_ready() -> None:
    stage = Stage()
    outcomes: list[Any] = []
    async with open_system(top(PoolSpec("pool", "pool", 9))) as system:
        pool: Pool = system.registry.pool("pool")

        async def want() -> None:
            outcomes.append(await pool.start_child(stage.puppet("x")))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(want)
            while system.registry.whereis("x") is None:  # noqa: ASYNC110  # the very step is wanted
                await trio.lowlevel.checkpoint()
            ref = system.registry.ref("x")
            starting = ref.cell.status == "starting"
            ref.cast(Note("read"))
            await pool.stop_child("x")
            assert not ref.running
    assert isinstance(outcomes[0], StartFailed if starting else Started)
    assert ("x read" in stage.diary) == ("x closed" in stage.diary) == (not starting)


@every_schedule
async def test_a_pool_stopped_in_the_step_in_which_it_is_started_is_never_ready() -> None:
    outcomes: list[Any] = []

    async def want() -> None:
        outcomes.append(await system.children("top").start_child(PoolSpec("pool", "pool", 9)))

    async with trio.open_nursery() as nursery, open_system(top()) as system:
        nursery.start_soon(want)
        while "top/pool" not in system.tree.cells:  # noqa: ASYNC110  # the very step is wanted
            await trio.lowlevel.checkpoint()
        began = system.tree.cells["top/pool"].status != "starting"
        system.stop()
        await system.wait()
        with pytest.raises(NotRunning):
            system.registry.pool("pool")
    assert isinstance(outcomes[0], Started if began else StartFailed)


@every_schedule
async def test_a_start_that_is_late_and_heeds_no_cancellation_is_a_failed_start() -> None:
    stage = Stage()

    async def deaf(_puppet: Puppet) -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(5)

    async with open_system(top(PoolSpec("pool", "pool", 9))) as system:
        pool = system.registry.pool("pool")
        late = stage.puppet("x", start_timeout_s=1, hooks=Hooks(init=deaf))
        outcome = await pool.start_child(late)
        assert isinstance(outcome, StartFailed)
        assert isinstance(outcome.error, StartTimeout)
        assert system.registry.whereis("x") is None
    assert trio.current_time() == pytest.approx(5)


@every_schedule
async def test_a_supervisor_whose_child_is_ready_when_its_time_is_over_is_ready_or_late() -> None:
    stage = Stage()
    slow = stage.puppet("a", hooks=Hooks(init=sleeper(1)))
    inner = SupervisorSpec("inner", Strategy.ONE_FOR_ONE, (slow,), start_timeout_s=1)
    async with open_system(top()) as system:
        outcome = await system.children("top").start_child(inner)
        await trio.sleep(10)
        in_time = isinstance(outcome, Started)
        assert in_time or (isinstance(outcome, StartFailed) and isinstance(outcome.error, StartTimeout))
        assert (system.registry.whereis("a") is not None) == in_time
        assert [cell.generation for cell in system.tree.cells.values()] == [1] * (3 if in_time else 1)


@every_schedule
async def test_a_child_that_waits_for_its_next_try_is_gone_as_soon_as_its_pool_stops() -> None:
    stage = Stage()
    async with open_system(top(PoolSpec("pool", "pool", 9))) as system:
        pool = system.registry.pool("pool")
        ref = await pool.whereis_or_start(stage.puppet("x", backoff=Backoff(100, 100)))
        await pool.start_child(stage.puppet("y", hooks=Hooks(close=sleeper(4))))
        ref.cast(Crash())
        await settle()
        system.stop()
        await settle()
        with pytest.raises(NotRunning):
            await ref.call(Note("too late"))
        assert trio.current_time() == 0


@every_schedule
async def test_what_is_ordered_in_the_step_of_a_stop_is_not_begun() -> None:
    stage = Stage()
    outcomes: list[Any] = []

    async def want() -> None:
        slow = stage.puppet("b", hooks=Hooks(init=sleeper(5)))
        outcomes.append(await system.children("top").start_child(slow))

    async with trio.open_nursery() as nursery, open_system(top(stage.puppet("a"))) as system:
        nursery.start_soon(want)
        await trio.lowlevel.checkpoint()
        system.stop()
    assert [type(outcome) for outcome in outcomes] == [StartFailed]
    assert stage.diary == ["a ready 1", "a closed"]
    assert trio.current_time() == 0


@every_schedule
async def test_a_crash_in_the_step_of_a_stop_starts_nobody_again() -> None:
    stage = Stage()

    def crash_and_stop(_puppet: Puppet) -> None:
        system.stop()
        raise BoomError

    for strategy in Strategy:
        stage.diary.clear()
        async with open_system(top(*map(stage.puppet, "ab"), strategy=strategy)) as system:
            system.registry.ref("b").cast(Do(crash_and_stop))
            await system.wait()
        assert stage.diary == ["a ready 1", "b ready 1", "a closed"]


@every_schedule
async def test_budgets_stops_and_orders_in_one_step_leave_nobody_waiting() -> None:
    stage = Stage()
    none = Intensity(0, 1)
    inner = SupervisorSpec("inner", Strategy.ONE_FOR_ONE, tuple(map(stage.puppet, "ab")), none)
    answered: list[str] = []

    async def want(children: Children, name: str) -> None:
        with suppress(NotRunning):
            await children.start_child(stage.puppet(name))
        answered.append(name)

    spec = top(inner, PoolSpec("pool", "pool", 9, none), stage.puppet("z"), intensity=FOREVER)
    async with open_system(spec) as system:
        pool, outer, below = (
            system.registry.pool("pool"),
            system.children("top"),
            system.children("top/inner"),
        )
        for name in "xy":
            await pool.start_child(stage.puppet(name))
        with trio.fail_after(10):
            async with trio.open_nursery() as nursery:
                for name in "abxy":
                    system.registry.ref(name).cast(Crash())
                nursery.start_soon(pool.stop_child, "x")
                nursery.start_soon(want, pool, "in the pool")
                nursery.start_soon(want, below, "below")
                nursery.start_soon(outer.stop_child, "inner")
        await settle()
        assert sorted(answered) == ["below", "in the pool"]
        assert {cell.status for cell in system.tree.cells.values()} == {"running"}


@every_schedule
async def test_ctrl_c_inside_a_child_whose_supervisor_is_being_killed_still_comes_out() -> None:
    stage = Stage()

    async def interrupt(_puppet: Puppet) -> None:
        try:
            await trio.sleep(100)
        except trio.Cancelled:
            raise KeyboardInterrupt from None  # noqa: ASYNC104  # that is what it is for

    below = (stage.puppet("x", shutdown_s=50),)
    inner = SupervisorSpec("inner", Strategy.ONE_FOR_ONE, below, shutdown_s=1)
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - the block is the law
        async with open_system(top(stage.puppet("a"), inner)) as system:
            system.registry.ref("x").cast(Do(interrupt))
            await settle()
    assert stage.diary[-1] == "a closed"


@pytest.mark.parametrize("killed", [True, False])
@every_schedule
async def test_a_sender_that_waits_for_room_is_told_of_the_end_and_harms_nobody(killed: bool) -> None:
    stage = Stage()
    small = stage.puppet("a", mailbox=MailboxSpec(1), shutdown_s=0 if killed else 5)
    errors: list[Exception] = []
    async with open_system(top(small, stage.puppet("b"))) as system:
        ref = system.registry.ref("a")

        async def wait_for_room(message: Note) -> None:
            try:
                await ref.send(message)
            except NotRunning as error:
                errors.append(error)

        ref.cast(Do(sleeper(1)))
        await settle()
        ref.cast(Note("in time"))
        async with trio.open_nursery() as nursery:
            for text in ("one", "two"):
                nursery.start_soon(wait_for_room, Note(text))
            await settle()
            nursery.start_soon(system.children("top").stop_child, "a")
        assert [type(error) for error in errors] == [NotRunning, NotRunning]
        assert system.registry.ref("b").running
        assert system.registry.whereis("a") is None
        last = system.dump().actor("top/a")
        assert last is not None
        assert last.reason == ("killed" if killed else "shutdown")
    assert ("a in time" in stage.diary) is not killed


class OtherEnd(BaseException):
    """What is neither a crash, nor a cancellation, nor Ctrl-C."""


@pytest.mark.parametrize("kind", [Puppet, Parent])
@every_schedule
async def test_whatever_is_no_crash_and_no_cancellation_stops_the_tree_in_order(kind: type[Puppet]) -> None:
    stage = Stage()

    def end(_puppet: Puppet) -> None:
        raise OtherEnd

    children = (stage.puppet("a"), stage.puppet("b", kind=kind), stage.puppet("c"))
    with pytest.raises(OtherEnd):  # noqa: PT012 - the block is the law
        async with open_system(top(*children)) as system:
            system.registry.ref("b").cast(Do(end))
            await system.wait()
    assert stage.diary[3:] == ["c closed", "a closed"]


class RudeError(Exception):
    """What cannot even be shown."""

    def __repr__(self) -> str:
        raise ValueError("no comment")

    __str__ = __repr__


@every_schedule
async def test_a_crash_that_cannot_say_what_it_is_is_a_crash_like_any_other() -> None:
    stage = Stage()

    def be_rude(_puppet: Puppet) -> None:
        raise RudeError

    async with open_system(top(*map(stage.puppet, "ab"))) as system:
        ref = system.registry.ref("b")
        with pytest.raises(HandlerFailed) as failed:
            await ref.call(Do(be_rude))
        assert isinstance(failed.value.__cause__, Mute)
        assert isinstance(failed.value.__cause__.__cause__, RudeError)
        assert ref.cell.last_crash is not None
        assert "RudeError" in ref.cell.last_crash.error
        assert ref.cell.last_crash.where.startswith(__file__)
        await settle()
        for _ in range(3):
            ref.cast(Do(be_rude))
            await settle()
        with pytest.raises(IntensityReached, match="RudeError"):
            await system.wait()
    assert stage.diary[-1] == "a closed"


@every_schedule
async def test_an_observer_that_fails_harms_nobody(logs: LogCapture) -> None:
    stage = Stage()
    logs.entries.clear()

    def hook(event: Event) -> None:
        if event.what == "ended":
            raise ValueError("hook")

    def trace(event: Event) -> None:
        if event.what == "in":
            raise ValueError("trace")

    def reader(_letter: DeadLetter) -> None:
        raise ValueError("reader")

    async with open_system(top(*map(stage.puppet, "ab")), hooks=[hook]) as system:
        lose = system.trace("top/b", trace)
        leave = system.dead_letters.subscribe(reader)
        system.registry.ref("b").cast(Crash())
        await settle()
        assert stage.diary[-1] == "b ready 2"
        leave()
        lose()
        system.registry.ref("b").cast(Note("read"))
    assert stage.diary[-3:] == ["b read", "b closed", "a closed"]
    said = [str(entry["exc_info"]) for entry in logs.entries if entry["event"] == "observer.failed"]
    assert sorted(said) == ["hook", "reader", "trace"]
