"""Laws 31 and 49: neither Ctrl-C nor a bug of the kernel breaks the order of a stop."""

import signal
from collections.abc import Callable
from typing import Any

import pytest
import trio

from supervision import Event, PoolSpec, Spec, Strategy, SupervisorSpec, System, open_system
from supervision.fixed import FixedSupervisor
from tests.supervision.stage import (
    BoomError,
    Do,
    Hooks,
    Parent,
    Puppet,
    Stage,
    every_schedule,
    settle,
    sleeper,
    top,
)


def interrupt(_puppet: Puppet) -> None:
    raise KeyboardInterrupt


def leave(_puppet: Puppet) -> None:
    raise SystemExit(3)


def slow(stage: Stage, name: str, **how: Any) -> Spec:
    return stage.puppet(name, hooks=Hooks(close=sleeper(1)), **how)


@pytest.mark.parametrize("kind", [Puppet, Parent])
@pytest.mark.parametrize(("act", "kind_of_end"), [(interrupt, KeyboardInterrupt), (leave, SystemExit)])
@every_schedule
async def test_ctrl_c_inside_an_actor_stops_the_tree_in_order_and_comes_out_as_itself(
    act: Callable[[Puppet], None], kind_of_end: type[BaseException], kind: type[Puppet]
) -> None:
    stage = Stage()
    inner = SupervisorSpec(
        "inner", Strategy.ONE_FOR_ONE, (slow(stage, "b"), slow(stage, "c", kind=kind), slow(stage, "d"))
    )
    with pytest.raises(kind_of_end):  # noqa: PT012 - the block is the law
        async with open_system(top(slow(stage, "a"), inner, slow(stage, "e"))) as system:
            system.registry.ref("c").cast(Do(act))
            await trio.sleep_forever()
    # The inner supervisor stops its own first; then the outer one hears of it.
    assert stage.diary[5:] == ["d closed", "b closed", "e closed", "a closed"]
    assert trio.current_time() == pytest.approx(4)


@every_schedule
async def test_ctrl_c_inside_an_actor_that_starts_ends_the_start_in_order() -> None:
    stage = Stage()
    broken = stage.puppet("c", hooks=Hooks(init=interrupt))
    with pytest.raises(KeyboardInterrupt):
        async with open_system(top(slow(stage, "a"), slow(stage, "b"), broken, stage.puppet("never"))):
            raise AssertionError
    assert stage.diary == ["a ready 1", "b ready 1", "b closed", "a closed"]


@every_schedule
async def test_of_two_ctrl_c_inside_actors_one_comes_out_and_the_order_holds() -> None:
    stage = Stage()

    async def interrupt_later() -> None:
        await trio.sleep(1)
        raise KeyboardInterrupt

    def twice(puppet: Puppet) -> None:
        puppet.context.tasks.start_soon(interrupt_later)
        puppet.context.tasks.start_soon(interrupt_later)

    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - the block is the law
        async with open_system(
            top(*(slow(stage, name) for name in "ab"), slow(stage, "c", kind=Parent))
        ) as system:
            system.registry.ref("c").cast(Do(twice))
            await trio.sleep(1)
            system.registry.ref("a").cast(Do(interrupt))
            await trio.sleep_forever()
    assert stage.diary[3:] == ["b closed"]


@every_schedule
async def test_ctrl_c_inside_a_child_on_demand_stops_its_pool_first() -> None:
    stage = Stage()
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - the block is the law
        async with open_system(
            top(slow(stage, "a"), PoolSpec("pool", "pool", 9), slow(stage, "b"))
        ) as system:
            for name in "xy":
                await system.registry.pool("pool").start_child(slow(stage, name))
            system.registry.ref("x").cast(Do(interrupt))
            await trio.sleep_forever()
    assert stage.diary[-3:] == ["y closed", "b closed", "a closed"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@every_schedule
async def test_a_signal_stops_the_tree_in_order(number: signal.Signals) -> None:
    stage = Stage()
    async with open_system(top(*(slow(stage, name) for name in "abc")), signals=True) as system:
        await settle()
        signal.raise_signal(number)
        await system.wait()
        assert stage.diary[3:] == ["c closed", "b closed", "a closed"]
        assert trio.current_time() == pytest.approx(3)


@every_schedule
async def test_ctrl_c_in_the_block_stops_the_tree_in_order() -> None:
    stage = Stage()
    with pytest.raises(KeyboardInterrupt):
        async with open_system(top(*(slow(stage, name) for name in "abc"))):
            raise KeyboardInterrupt
    assert stage.diary[3:] == ["c closed", "b closed", "a closed"]


class Buggy(FixedSupervisor):
    """A supervisor of the kernel that has a bug."""

    async def _start_asked(self, spec: Any) -> Any:
        raise BoomError("in the kernel")


@every_schedule
async def test_a_bug_of_the_kernel_ends_the_children_before_the_parent_hears_of_it() -> None:
    stage = Stage()
    seen: list[tuple[Any, ...]] = []
    systems: list[System] = []
    inner = SupervisorSpec("inner", Strategy.ONE_FOR_ONE, tuple(slow(stage, name) for name in "bc"))

    def hear(event: Event) -> None:
        if event.path == "top/inner" and event.what == "ended" and "in the kernel" in event.detail:
            (system,) = systems
            cells = [cell for path, cell in system.tree.cells.items() if path.startswith("top/inner/")]
            tasks = [task for task, cell in system.tree.post.tasks.items() if "inner/" in cell.path]
            seen.append((cells, tasks, system.registry.keys()))

    async with open_system(top(slow(stage, "a"), inner), hooks=[hear]) as system:
        systems.append(system)
        system.tree.bodies = {**system.tree.bodies, SupervisorSpec: Buggy}
        await system.children("top").stop_child("inner")
        await system.children("top").restart_child("inner")
        before = trio.lowlevel.current_statistics().tasks_living
        with trio.move_on_after(1):
            await system.children("top/inner").start_child(stage.puppet("d"))
        assert seen == [([], [], ("a",))]
        assert system.registry.ref("b").running
        assert trio.lowlevel.current_statistics().tasks_living == before
