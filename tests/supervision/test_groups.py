"""Laws 10, 12 to 14 and 23 where orders, failing starts and restarts of a group meet."""

from functools import partial
from typing import Any

import pytest
import trio

from supervision import (
    AlreadyRegistered,
    Backoff,
    Intensity,
    IntensityReached,
    NotRunning,
    PoolSpec,
    Restart,
    Started,
    StartError,
    StartFailed,
    Strategy,
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
    fail_from,
    fail_times,
    settle,
    sleeper,
    stop,
    top,
)

GROUPS = [Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE]


def doing(system: System) -> list[str]:
    return [view.doing.partition(",")[0] for view in system.children("top").which_children()]


def flaky(generation: int = 2, backoff: Backoff | None = None) -> dict[str, Any]:
    """A child whose start fails in this generation only."""
    return {"hooks": Hooks(init=fail_from(generation, generation)), "backoff": backoff}


@pytest.mark.parametrize("strategy", GROUPS)
@every_schedule
async def test_a_start_that_fails_during_a_restart_of_a_group_is_counted_once(strategy: Strategy) -> None:
    stage = Stage()
    children = (stage.puppet("a"), stage.puppet("b"), stage.puppet("c", **flaky()))
    async with open_system(top(*children, strategy=strategy, intensity=Intensity(2, 5.0))) as system:
        system.registry.ref("a").cast(Crash())
        await trio.sleep(1)
        counted = [actor.restarts for actor in system.dump().actors if actor.kind == "actor"]
        assert counted == [1, 0, 1]
        assert doing(system) == ["running"] * 3


@pytest.mark.parametrize("strategy", GROUPS)
@every_schedule
async def test_a_group_that_fails_to_start_spends_the_budget(strategy: Strategy) -> None:
    stage = Stage()
    children = (stage.puppet("a"), stage.puppet("b", hooks=Hooks(init=fail_from(2))))
    with pytest.raises(IntensityReached, match="top/b") as reached:  # noqa: PT012 - the block is the law
        async with open_system(top(*children, strategy=strategy, intensity=Intensity(3, 5.0))) as system:
            system.registry.ref("a").cast(Crash())
            await system.wait()
    # The crash of a, and the starts of b in its generations 2, 3 and 4.
    assert repr(reached.value.__cause__) == "BoomError('generation 4')"
    assert stage.diary[-1] == "a closed"


@pytest.mark.parametrize("strategy", GROUPS)
@every_schedule
async def test_who_was_stopped_on_order_comes_back_with_its_group(strategy: Strategy) -> None:
    stage = Stage()
    async with open_system(top(*map(stage.puppet, "abc"), strategy=strategy)) as system:
        await system.children("top").stop_child("c")
        assert doing(system) == ["running", "running", "stopped"]
        system.registry.ref("b").cast(Crash())
        await settle()
        assert doing(system) == ["running"] * 3
        assert await system.registry.ref("c").call(Note("here")) == "here"


@pytest.mark.parametrize("strategy", GROUPS)
@every_schedule
async def test_those_who_wait_for_a_failed_one_of_their_group_are_started_when_it_is_stopped(
    strategy: Strategy,
) -> None:
    stage = Stage()
    b = stage.puppet("b", **flaky(backoff=Backoff(base_s=50, cap_s=50, jitter=0)))
    async with open_system(top(stage.puppet("a"), b, *map(stage.puppet, "cd"), strategy=strategy)) as system:
        system.registry.ref("a").cast(Crash())
        await settle()
        assert doing(system) == ["running", "restarting", "restarting", "restarting"]
        await system.children("top").stop_child("d")
        await settle()
        assert doing(system) == ["running", "restarting", "restarting", "stopped"]
        await system.children("top").stop_child("b")
        await settle()
        assert doing(system) == ["running", "stopped", "running", "stopped"]
        assert trio.current_time() == 0


@pytest.mark.parametrize("strategy", GROUPS)
@every_schedule
async def test_those_who_wait_are_not_kept_waiting_by_one_that_comes_back_without_them(
    strategy: Strategy,
) -> None:
    stage = Stage()
    slow = Backoff(base_s=50, cap_s=50, jitter=0)
    children = (stage.puppet("a"), stage.puppet("b", **flaky(backoff=slow)), stage.puppet("c"))
    async with open_system(top(*children, strategy=strategy)) as system:
        system.registry.ref("a").cast(Crash())
        await settle()
        await system.children("top").start_child(stage.puppet("d", backoff=slow))
        system.registry.ref("d").cast(Crash())
        await settle()
        assert doing(system) == ["running", "restarting", "restarting", "restarting"]
        await system.children("top").stop_child("b")
        await settle()
        alone = (
            strategy is Strategy.REST_FOR_ONE
        )  # d falls last; for all, its next try begins with stopping c again
        assert doing(system) == ["running", "stopped", "running" if alone else "restarting", "restarting"]
        await trio.sleep(51)
        assert doing(system) == ["running", "stopped" if alone else "running", "running", "running"]
    assert stage.diary.count("c ready 2") == 1


@every_schedule
async def test_of_those_who_waited_one_that_fails_to_start_makes_the_others_wait_on() -> None:
    stage = Stage()
    slow = Backoff(base_s=50, cap_s=50, jitter=0)
    b, c = stage.puppet("b", **flaky(backoff=slow)), stage.puppet("c", **flaky())
    children = (stage.puppet("a"), b, c, stage.puppet("d"))
    async with open_system(top(*children, strategy=Strategy.REST_FOR_ONE)) as system:
        system.registry.ref("a").cast(Crash())
        await settle()
        await system.children("top").stop_child("b")
        await settle()
        assert doing(system) == ["running", "stopped", "restarting", "restarting"]
        await trio.sleep(1)
        assert doing(system) == ["running", "stopped", "running", "running"]
    assert stage.diary[-3:] == ["d closed", "c closed", "a closed"]


@every_schedule
async def test_a_stop_is_heeded_while_those_who_waited_are_started() -> None:
    stage = Stage()
    late = Hooks(init=lambda puppet: sleeper(9 if puppet.context.generation > 1 else 0)(puppet))
    children = (
        stage.puppet("a"), stage.puppet("b", **flaky(backoff=Backoff(50, 50, 0))),
        stage.puppet("c", hooks=late), stage.puppet("d"),
    )  # fmt: skip
    async with open_system(top(*children, strategy=Strategy.ONE_FOR_ALL)) as system:
        system.registry.ref("a").cast(Crash())
        await settle()
        await system.children("top").stop_child("b")
        await trio.sleep(1)
        assert doing(system) == ["running", "stopped", "starting", "restarting"]
    assert trio.current_time() == pytest.approx(1)
    assert "d ready 2" not in stage.diary


@every_schedule
async def test_a_stop_in_the_moment_one_of_those_who_waited_is_ready_starts_nobody_else() -> None:
    stage = Stage()
    systems: list[System] = []

    def stop_all(puppet: Puppet) -> None:
        if puppet.context.generation > 1:
            systems[0].stop()

    children = (
        stage.puppet("a"), stage.puppet("b", **flaky(backoff=Backoff(50, 50, 0))),
        stage.puppet("c", hooks=Hooks(resume=stop_all)), stage.puppet("d"),
    )  # fmt: skip
    async with open_system(top(*children, strategy=Strategy.ONE_FOR_ALL)) as system:
        systems.append(system)
        system.registry.ref("a").cast(Crash())
        await settle()
        await system.children("top").stop_child("b")
        await system.wait()
    assert stage.diary[-3:] == ["c ready 2", "c closed", "a closed"]
    assert "d ready 2" not in stage.diary


@every_schedule
async def test_one_that_crashed_in_the_same_moment_waits_with_its_group() -> None:
    stage = Stage()
    slow = Backoff(base_s=50, cap_s=50, jitter=0)
    b = stage.puppet("b", **flaky(backoff=slow))
    async with open_system(
        top(stage.puppet("a"), b, stage.puppet("c"), strategy=Strategy.ONE_FOR_ALL)
    ) as system:
        for name in "ac":
            system.registry.ref(name).cast(Crash())
        await settle()
        # Whichever was heard of first: b is to be tried in 50 s, and whoever comes after it waits for it.
        assert doing(system) == ["running", "restarting", "restarting"]
        await trio.sleep(60)
        assert doing(system) == ["running"] * 3


class Unlucky:
    """An `init` that fails the second time."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, _puppet: Puppet) -> None:
        self.times += 1
        if self.times == 2:
            raise BoomError


@pytest.mark.parametrize("strategy", GROUPS)
@every_schedule
async def test_the_end_of_a_stopped_child_is_not_taken_for_that_of_its_successor(strategy: Strategy) -> None:
    stage = Stage()
    b = stage.puppet("b", hooks=Hooks(init=Unlucky(), close=sleeper(1)))
    async with open_system(
        top(stage.puppet("a"), b, strategy=strategy, intensity=Intensity(2, 5.0))
    ) as system:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(system.children("top").stop_child, "b")
            await settle()
            system.registry.ref("a").cast(Crash())
        # Once b is gone the group is restarted, b with it: this fails once.
        await trio.sleep(1)
        assert [actor.restarts for actor in system.dump().actors if actor.status == "running"] == [0, 1, 1]
        assert doing(system) == ["running", "running"]


@every_schedule
async def test_a_stopped_child_that_fails_to_start_again_is_tried_once() -> None:
    stage = Stage()
    init = Unlucky()
    async with open_system(top(stage.puppet("a", hooks=Hooks(init=init)))) as system:
        children = system.children("top")
        await children.stop_child("a")
        outcome = await children.restart_child("a")
        assert isinstance(outcome, StartFailed)
        assert isinstance(outcome.error, StartError)
        assert isinstance(outcome.error.__cause__, BoomError)
        await trio.sleep(100)
        assert doing(system) == ["stopped"]
        assert system.registry.keys() == ()
        assert isinstance(await children.restart_child("a"), Started)
    assert init.times == 3
    assert stage.diary == ["a ready 1", "a closed", "a ready 1", "a closed"]


@every_schedule
async def test_a_stopped_child_whose_name_was_taken_meanwhile_is_not_started_again() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"), PoolSpec("pool", "pool", 3))) as system:
        children = system.children("top")
        await children.stop_child("a")
        await system.registry.pool("pool").start_child(stage.puppet("x", key="a"))
        outcome = await children.restart_child("a")
        assert isinstance(outcome, StartFailed)
        assert isinstance(outcome.error, AlreadyRegistered)
        assert doing(system) == ["stopped", "running"]
        assert system.registry.ref("a").path == "top/pool/x"


@every_schedule
async def test_a_group_that_cannot_have_its_names_back_stops_in_order_with_a_failed_start() -> None:
    stage = Stage()
    children = (
        stage.puppet("a"), stage.puppet("b", restart=Restart.TRANSIENT), stage.puppet("c"),
        PoolSpec("pool", "pool", 3),
    )  # fmt: skip
    with pytest.raises(StartError, match="top/b") as failed:  # noqa: PT012 - the block is the law
        async with open_system(top(*children, strategy=Strategy.REST_FOR_ONE)) as system:
            system.registry.ref("b").cast(Do(stop))
            await settle()
            assert isinstance(await system.children("top").start_child(stage.puppet("x", key="b")), Started)
            system.registry.ref("a").cast(Crash())
            await system.wait()
    assert isinstance(failed.value.__cause__, AlreadyRegistered)
    assert stage.diary[-3:] == ["c closed", "a ready 2", "a closed"]


@every_schedule
async def test_of_two_starts_of_a_temporary_child_the_failed_one_does_not_undo_the_other() -> None:
    stage = Stage()
    once = fail_times(1)
    child = partial(stage.puppet, "x", restart=Restart.TEMPORARY, hooks=Hooks(init=once))
    async with open_system(top()) as system:
        children = system.children("top")
        async with trio.open_nursery() as nursery:
            for _ in range(2):
                nursery.start_soon(children.start_child, child())
        await settle()
        assert [view.id for view in children.which_children()] == ["x"]
    assert stage.diary == ["x ready 1", "x closed"]


@every_schedule
async def test_a_temporary_child_that_is_stopped_is_forgotten() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("x", restart=Restart.TEMPORARY))) as system:
        children = system.children("top")
        await children.stop_child("x")
        assert children.which_children() == ()
        with pytest.raises(NotRunning):
            await children.restart_child("x")
        assert isinstance(await children.start_child(stage.puppet("x")), Started)


@every_schedule
async def test_a_tree_stopped_before_it_began_starts_nobody() -> None:
    stage = Stage()
    with trio.CancelScope() as scope:
        scope.cancel(reason="the test says so")
        async with open_system(top(stage.puppet("a", hooks=Hooks(init=sleeper(9))), stage.puppet("b"))):
            raise AssertionError
    assert trio.current_time() == 0
    assert stage.diary == []


@every_schedule
async def test_a_long_life_makes_the_wait_after_a_failed_start_short_again() -> None:
    stage = Stage()
    tries: list[float] = []

    def bad_days(puppet: Puppet) -> None:
        tries.append(trio.current_time())
        if puppet.context.generation in {2, 3, 4, 5, 6, 8}:
            raise BoomError

    async with open_system(top(stage.puppet("a", hooks=Hooks(init=bad_days)), intensity=FOREVER)) as system:
        system.registry.ref("a").cast(Crash())
        await trio.sleep(1000)
        assert len(tries) == 7
        system.registry.ref("a").cast(Crash())
        await trio.sleep(10)
        assert len(tries) == 9
        # Without a backoff of its own: 0.1 s, of which luck takes at most a fifth.
        assert 0.08 <= tries[8] - tries[7] <= 0.1
