"""Laws 1 to 7: how children start."""

import pytest
import trio

from supervision import (
    AlreadyPresent,
    AlreadyRegistered,
    AlreadyStarted,
    MaxChildren,
    MaxChildrenError,
    NotRunning,
    Pool,
    PoolSpec,
    Registry,
    Restart,
    Started,
    StartError,
    StartFailed,
    StartTimeout,
    System,
    open_system,
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
    fail,
    fail_from,
    settle,
    sleeper,
    top,
)


def pool_spec(most: int = 10, **how: object) -> PoolSpec:
    return PoolSpec("pool", "pool", most, **{"intensity": FOREVER, **how})  # type: ignore[arg-type]


def pool_of(system: System) -> Pool:
    return system.registry.pool("pool")


@every_schedule
async def test_children_start_left_to_right_and_each_is_ready_before_the_next() -> None:
    stage = Stage()

    async def slow(puppet: Puppet) -> None:
        puppet.write("begins")
        await trio.sleep(3)

    async with open_system(top(*(stage.puppet(name, hooks=Hooks(init=slow)) for name in "abc"))):
        assert stage.diary == [
            "a begins", "a ready 1", "b begins", "b ready 1", "c begins", "c ready 1",
        ]  # fmt: skip
        assert trio.current_time() == pytest.approx(9)


@every_schedule
async def test_a_failing_init_stops_what_had_started_and_names_its_own_exception() -> None:
    stage = Stage()
    broken = stage.puppet("c", hooks=Hooks(init=fail("no c")))
    spec = top(stage.puppet("a"), stage.puppet("b"), broken, stage.puppet("never"))
    with pytest.raises(StartError, match="top/c") as failed:
        async with open_system(spec):
            raise AssertionError
    assert isinstance(failed.value.__cause__, BoomError)
    assert stage.diary == ["a ready 1", "b ready 1", "b closed", "a closed"]


@every_schedule
async def test_a_tree_that_did_not_start_leaves_no_name_and_spoils_no_registry() -> None:
    stage = Stage()
    registry = Registry()
    before = trio.lowlevel.current_statistics().tasks_living
    broken = stage.puppet("b", hooks=Hooks(init=fail()))
    with pytest.raises(StartError):
        async with open_system(top(stage.puppet("a"), pool_spec(), broken), registry=registry):
            raise AssertionError
    assert registry.keys() == ()
    with pytest.raises(NotRunning):
        registry.pool("pool")
    assert trio.lowlevel.current_statistics().tasks_living == before
    async with open_system(top(stage.puppet("a"), pool_spec(), stage.puppet("b")), registry=registry):
        assert registry.keys() == ("a", "b")


@every_schedule
async def test_a_failing_start_below_is_one_error_that_names_the_child() -> None:
    stage = Stage()
    inner = top(stage.puppet("b", hooks=Hooks(init=fail())))
    with pytest.raises(StartError) as failed:
        async with open_system(top(stage.puppet("a"), inner)):
            raise AssertionError
    assert failed.value.path == "top/top/b"
    assert stage.diary == ["a ready 1", "a closed"]


async def test_a_constructor_that_fails_is_a_failed_start(autojump_clock: object) -> None:
    stage = Stage()
    spec = stage.puppet("a")
    broken = type(spec)("a", fail_to_make)
    with pytest.raises(StartError) as failed:
        async with open_system(top(broken)):
            raise AssertionError
    assert isinstance(failed.value.__cause__, BoomError)


def fail_to_make() -> Puppet:
    raise BoomError


@every_schedule
async def test_nothing_of_a_failed_start_stays_registered() -> None:
    stage = Stage()
    async with open_system(top(pool_spec())) as system:
        outcome = await pool_of(system).start_child(stage.puppet("x", hooks=Hooks(init=fail())))
        assert isinstance(outcome, StartFailed)
        assert isinstance(outcome.error, BoomError)
        assert system.registry.whereis("x") is None
        assert system.registry.keys() == ()
        assert isinstance(await pool_of(system).start_child(stage.puppet("x")), Started)


@every_schedule
async def test_a_start_that_hangs_is_cancelled_and_named() -> None:
    stage = Stage()
    hanging = stage.puppet("b", hooks=Hooks(init=sleeper(1000)), start_timeout_s=2)
    with pytest.raises(StartError, match="top/b") as failed:
        async with open_system(top(stage.puppet("a"), hanging)):
            raise AssertionError
    assert isinstance(failed.value.__cause__, StartTimeout)
    assert failed.value.__cause__.path == failed.value.path == "top/b"
    assert trio.current_time() == pytest.approx(2)
    assert stage.diary == ["a ready 1", "a closed"]


@every_schedule
async def test_a_start_on_demand_that_hangs_is_cancelled_and_leaves_nothing() -> None:
    stage = Stage()
    hanging = stage.puppet("x", hooks=Hooks(init=sleeper(1000)), start_timeout_s=2)
    async with open_system(top(pool_spec())) as system:
        outcome = await pool_of(system).start_child(hanging)
        assert isinstance(outcome, StartFailed)
        assert isinstance(outcome.error, StartTimeout)
        assert str(outcome.error) == "top/pool/x was not ready within 2 s"
        assert trio.current_time() == pytest.approx(2)
        assert system.registry.keys() == ()
        assert [cell.path for cell in system.tree.cells.values()] == ["top", "top/pool"]


@every_schedule
async def test_a_start_just_in_time_is_a_start() -> None:
    stage = Stage()
    slow = stage.puppet("a", hooks=Hooks(init=sleeper(1.99)), start_timeout_s=2)
    async with open_system(top(slow)):
        await trio.sleep(5)
    assert stage.diary == ["a ready 1", "a closed"]


@every_schedule
async def test_a_second_child_of_the_same_identity_is_not_started() -> None:
    stage = Stage()
    async with open_system(top(pool_spec())) as system:
        pool = pool_of(system)
        first = await pool.start_child(stage.puppet("x"))
        second = await pool.start_child(stage.puppet("x"))
        assert isinstance(first, Started)
        assert second == AlreadyStarted(first.ref)
        assert stage.diary == ["x ready 1"]
        again = await pool.restart_child("x")
        assert again == AlreadyStarted(first.ref)


@every_schedule
async def test_a_fixed_child_that_stopped_is_present_until_it_is_started_again() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        children = system.children("top")
        old = system.registry.ref("a")
        assert await children.start_child(stage.puppet("a")) == AlreadyStarted(old)
        assert stage.diary == ["a ready 1"]
        await children.stop_child("a")
        assert await children.start_child(stage.puppet("a")) == AlreadyPresent("a")
        assert children.children() == ()
        assert children.count_children() == {"stopped": 1}
        assert isinstance(await children.restart_child("a"), Started)
        assert isinstance(await children.restart_child("a"), AlreadyStarted)
        assert not old.running
        assert system.registry.ref("a").running
        with pytest.raises(NotRunning):
            await children.restart_child("nobody")


@every_schedule
async def test_a_child_can_be_added_to_a_fixed_supervisor_and_a_failed_one_leaves_no_trace() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        children = system.children("top")
        assert isinstance(await children.start_child(stage.puppet("b")), Started)
        outcome = await children.start_child(stage.puppet("c", hooks=Hooks(init=fail())))
        assert isinstance(outcome, StartFailed)
        assert isinstance(outcome.error, BoomError)
        taken = await children.start_child(stage.puppet("d", key="a"))
        assert isinstance(taken, StartFailed)
        assert isinstance(taken.error, AlreadyRegistered)
        assert [view.id for view in children.which_children()] == ["a", "b"]
    assert stage.diary[-2:] == ["b closed", "a closed"]


@every_schedule
async def test_a_full_pool_starts_nobody_and_children_coming_back_count() -> None:
    stage = Stage()
    late = Hooks(init=fail_from(2))
    async with open_system(top(pool_spec(2))) as system:
        pool = pool_of(system)
        await pool.start_child(stage.puppet("x", hooks=late))
        await pool.start_child(stage.puppet("y"))
        system.registry.ref("x").cast(Crash())
        await settle()
        assert await pool.start_child(stage.puppet("z")) == MaxChildren(2)
        with pytest.raises(MaxChildrenError):
            await pool.whereis_or_start(stage.puppet("z"))
        await pool.stop_child("y")
        assert isinstance(await pool.start_child(stage.puppet("z")), Started)


@every_schedule
async def test_a_caller_cancelled_while_the_child_starts_leaves_a_whole_child() -> None:
    stage = Stage()
    async with open_system(top(pool_spec())) as system:
        pool = pool_of(system)
        with trio.move_on_after(1) as impatient:
            await pool.start_child(stage.puppet("x", hooks=Hooks(init=sleeper(3))))
        assert impatient.cancelled_caught
        assert await pool.whereis_or_start(stage.puppet("x")) is system.registry.ref("x")
        assert trio.current_time() == pytest.approx(3)
        assert stage.diary == ["x ready 1"]


@every_schedule
async def test_a_child_that_fails_to_start_after_its_caller_has_left_is_fully_gone() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"), pool_spec())) as system:
        before = trio.lowlevel.current_statistics().tasks_living
        for children in (system.children("top"), pool_of(system)):
            with trio.move_on_after(1) as impatient:
                await children.start_child(stage.puppet("x", hooks=Hooks(init=lambda _: fail_after(3))))
            assert impatient.cancelled_caught
            await trio.sleep(3)
            assert system.registry.keys() == ("a",)
            assert "x" not in children.cells
            assert f"{children.path}/x" not in system.tree.cells
            assert trio.lowlevel.current_statistics().tasks_living == before
            assert isinstance(await children.start_child(stage.puppet("x")), Started)
            await children.stop_child("x")


@every_schedule
async def test_a_caller_cancelled_at_any_moment_leaves_a_whole_child_or_none() -> None:
    stage = Stage()
    async with open_system(top(pool_spec(50))) as system:
        pool = pool_of(system)

        async def want(at: int) -> None:
            with trio.CancelScope() as scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(pool.start_child, stage.puppet(str(at)))
                    for _ in range(at % 5):
                        await trio.lowlevel.checkpoint()
                    scope.cancel(reason="the caller leaves")

        async with trio.open_nursery() as nursery:
            for at in range(20):
                nursery.start_soon(want, at)
        await settle()
        assert set(system.registry.keys()) == set(pool.cells)
        assert {view.doing for view in pool.which_children()} <= {"running, queue 0"}
        for at in range(20):
            await pool.stop_child(str(at))
        assert system.registry.keys() == ()


@every_schedule
async def test_two_who_want_the_same_child_get_the_same_child() -> None:
    stage = Stage()
    found = []
    async with open_system(top(pool_spec())) as system:

        async def want() -> None:
            found.append(
                await pool_of(system).whereis_or_start(stage.puppet("x", hooks=Hooks(init=sleeper(1))))
            )

        async with trio.open_nursery() as nursery:
            nursery.start_soon(want)
            nursery.start_soon(want)
    assert found[0] is found[1]
    assert stage.diary == ["x ready 1", "x closed"]


@every_schedule
async def test_a_failed_start_fails_everybody_who_waits_for_it() -> None:
    stage = Stage()
    failed = []
    async with open_system(top(pool_spec())) as system:
        spec = stage.puppet("x", hooks=Hooks(init=lambda _: fail_after(1)))

        async def want() -> None:
            with pytest.raises(StartError) as error:
                await pool_of(system).whereis_or_start(spec)
            failed.append(error.value)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(want)
            nursery.start_soon(want)
    assert [type(error.__cause__) for error in failed] == [BoomError, BoomError]


async def fail_after(seconds: float) -> None:
    await trio.sleep(seconds)
    raise BoomError


@every_schedule
async def test_a_child_wanted_while_it_stops_is_started_once_it_is_gone() -> None:
    stage = Stage()
    async with open_system(top(pool_spec())) as system:
        pool = pool_of(system)
        old = await pool.whereis_or_start(stage.puppet("x", hooks=Hooks(close=sleeper(2))))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(pool.stop_child, "x")
            await settle()
            new = await pool.whereis_or_start(stage.puppet("x"))
        assert new is not old
        assert stage.diary == ["x ready 1", "x closed", "x ready 1"]


@every_schedule
async def test_letters_wait_while_the_actor_resumes() -> None:
    stage = Stage()

    async def recover(puppet: Puppet) -> None:
        await trio.sleep(5)
        puppet.write("recovered")

    async with open_system(top(stage.puppet("a", hooks=Hooks(resume=recover)))) as system:
        assert trio.current_time() == 0
        system.registry.ref("a").cast(Note("at the beginning"))
        await trio.sleep(2)
        system.registry.ref("a").cast(Note("in the middle"))
        await system.registry.ref("a").call(Do(lambda _: None), timeout_s=10)
    assert stage.diary == ["a ready 1", "a recovered", "a at the beginning", "a in the middle", "a closed"]


@every_schedule
async def test_a_stopped_supervisor_can_be_asked_for_nothing() -> None:
    stage = Stage()
    async with open_system(top(pool_spec())) as system:
        pool = pool_of(system)
    with pytest.raises(NotRunning):
        await pool.start_child(stage.puppet("x"))
    with pytest.raises(NotRunning):
        system.registry.pool("pool")
    with pytest.raises(NotRunning):
        system.children("top/nobody")


@every_schedule
async def test_a_pool_that_stops_answers_whoever_waits() -> None:
    stage = Stage()
    outcomes = []
    async with trio.open_nursery() as nursery, open_system(top(pool_spec())) as system:

        async def want(name: str) -> None:
            spec = stage.puppet(name, hooks=Hooks(init=sleeper(100), close=sleeper(1)), start_timeout_s=200)
            outcomes.append(await system.registry.pool("pool").start_child(spec))

        nursery.start_soon(want, "x")
        await settle()
        system.stop()
        await trio.lowlevel.checkpoint()
    assert [type(outcome) for outcome in outcomes] == [StartFailed]


@every_schedule
async def test_a_tree_can_be_a_single_pool() -> None:
    stage = Stage()
    async with open_system(pool_spec()) as system:
        await pool_of(system).start_child(stage.puppet("x", restart=Restart.TEMPORARY))
        assert system.children("pool") is pool_of(system)
    assert stage.diary == ["x ready 1", "x closed"]


@every_schedule
async def test_a_path_belongs_to_one_child_only() -> None:
    stage = Stage()
    async with open_system(top(pool_spec())) as system:
        await pool_of(system).start_child(stage.puppet("x", key=1))
        outcome = await pool_of(system).start_child(stage.puppet("x", key=2))
        assert isinstance(outcome, StartFailed)
    with pytest.raises(StartError, match="already names"):
        async with open_system(top(stage.puppet("a"), stage.puppet("a", key="b"))):
            raise AssertionError
