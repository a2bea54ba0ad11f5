"""Law 53: a large tree under random trouble leaves nothing behind and loses no letter."""

import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
import trio
import trio._core._run as trio_run
import trio.testing

from supervision import (
    Backoff,
    ChildSpec,
    Event,
    Exit,
    Fate,
    KernelError,
    MailboxSpec,
    PoolSpec,
    Reject,
    Restart,
    Strategy,
    SupervisorSpec,
    System,
    open_system,
)
from supervision.cell import Cell
from tests.supervision.stage import FOREVER, Crash, Do, Hooks, Note, Puppet, Stage, sleeper, stop, top


class Trouble:
    """A tree, and what was done to it."""

    def __init__(self, seed: int, size: int) -> None:
        self.luck = random.Random(seed)
        self.size = size
        self.stage = Stage()
        self.casts = self.calls = 0
        self.answered = self.failed = self.rejected = 0

    def tree(self) -> SupervisorSpec:
        groups = tuple(self.group(at) for at in range(self.size // 10))
        return top(*groups, PoolSpec("pool", "pool", self.size, FOREVER), intensity=FOREVER)

    def group(self, at: int) -> SupervisorSpec:
        children = tuple(self.child(f"g{at}c{place}") for place in range(5))
        return SupervisorSpec(f"g{at}", self.luck.choice(list(Strategy)), children, FOREVER)

    def child(self, name: str) -> ChildSpec:
        delays = self.luck.choice([None, Backoff(0.1, 1.0, 0.5)])
        restart = self.luck.choice([Restart.PERMANENT, Restart.TRANSIENT])
        return self.stage.puppet(name, backoff=delays, restart=restart, mailbox=MailboxSpec(8))

    async def play(self, system: System, moves: int) -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(moves):
                nursery.start_soon(self.move, system)
                if self.luck.random() < 0.3:
                    await trio.sleep(self.luck.random() / 10)

    async def move(self, system: System) -> None:
        names = sorted(map(str, system.registry.keys()))
        name = self.luck.choice(names)
        ref = system.registry.whereis(name)
        assert ref is not None
        what = self.luck.random()
        if what < 0.3:
            await self.ask(ref, self.luck.choice([Note("hi"), Do(sleeper(0.05)), Do(reject), Do(crash)]))
        elif what < 0.6:
            self.tell(ref, Note("hi"))
        elif what < 0.75:
            self.tell(ref, Crash())
        elif what < 0.8:
            self.tell(ref, Do(stop))
        elif what < 0.9:
            await system.registry.pool("pool").start_child(self.child(f"p{self.luck.randrange(self.size)}"))
        else:
            await system.registry.pool("pool").stop_child(name)

    def tell(self, ref: Any, message: Any) -> None:
        self.casts += 1
        with suppress(KernelError):
            ref.cast(message)

    async def ask(self, ref: Any, message: Any) -> None:
        self.calls += 1
        try:
            await ref.call(message)
        except Reject:
            self.failed += 1
            self.rejected += 1
        except KernelError:
            self.failed += 1
        else:
            self.answered += 1


def reject(_puppet: Puppet) -> None:
    raise Reject("no")


def crash(_puppet: Puppet) -> None:
    raise ValueError("over a call")


class Census:
    """Every actor that ever was, heard of through the system's hooks."""

    def __init__(self) -> None:
        self.system: System | None = None
        self.cells: set[Cell] = set()
        self.crashes = 0

    def __call__(self, event: Event) -> None:
        if event.detail.startswith(Exit.CRASHED.value):
            self.crashes += 1
        if self.system is not None and event.path in self.system.tree.cells:
            self.cells.add(self.system.tree.cells[event.path])

    def begin(self, system: System) -> None:
        self.system = system
        self.cells.update(system.tree.cells.values())

    @property
    def handled(self) -> int:
        return sum(cell.handled for cell in self.cells)


async def storm(seed: int, size: int, moves: int) -> None:
    trouble, census = Trouble(seed, size), Census()
    before = trio.lowlevel.current_statistics().tasks_living
    async with open_system(trouble.tree(), hooks=[census], seed=seed) as system:
        census.begin(system)
        await trouble.play(system, moves)
        await trio.sleep(30)
        for cell in system.tree.cells.values():
            assert cell.waiting_on is None
            assert not cell.pending
    assert trio.lowlevel.current_statistics().tasks_living == before
    assert system.registry.keys() == ()
    assert not system.tree.cells
    assert not system.tree.post.tasks
    assert trouble.answered + trouble.failed == trouble.calls
    dead = system.dead_letters.total - system.dead_letters.counts[Fate.LATE]
    assert census.handled + dead + trouble.rejected == trouble.casts + trouble.calls


async def hail(seed: int, size: int, moves: int) -> None:
    """Crashes only, of children that fall alone."""
    trouble, census = Trouble(seed, size), Census()
    group = SupervisorSpec(
        "group", Strategy.ONE_FOR_ONE, tuple(map(trouble.child, map(str, range(size)))), FOREVER
    )
    async with open_system(
        top(group, PoolSpec("pool", "pool", size, FOREVER)), hooks=[census], seed=seed
    ) as system:
        for at in range(size):
            await system.registry.pool("pool").start_child(trouble.child(f"p{at}"))
        census.begin(system)
        keys = system.registry.keys()
        for _ in range(moves):
            trouble.tell(system.registry.ref(trouble.luck.choice(keys)), Crash())
            if trouble.luck.random() < 0.2:
                await trio.sleep(trouble.luck.random())
        await trio.sleep(100)
        assert sum(cell.restarts for cell in census.cells) == census.crashes
        actors = [cell for cell in census.cells if cell.kind == "actor"]
        assert sum(cell.generation - 1 for cell in actors) == census.crashes
        assert {cell.status for cell in actors} == {"running"}
        assert census.crashes == trouble.casts - system.dead_letters.counts[Fate.FULL]


@pytest.mark.parametrize(
    ("seeds", "size", "moves"),
    [
        pytest.param(range(5), 100, 300, id="5 storms over 150 actors"),
        pytest.param(range(100, 200), 200, 500, id="100 storms over 300 actors", marks=pytest.mark.deep),
        pytest.param(range(200, 205), 1000, 3000, id="5 storms over 1500 actors", marks=pytest.mark.deep),
    ],
)
@pytest.mark.parametrize("weather", [storm, hail])
def test_a_tree_in_a_storm_loses_no_letter_and_leaves_no_task_no_name_and_no_asker_behind(
    weather: Callable[[int, int, int], Awaitable[None]], seeds: range, size: int, moves: int
) -> None:
    for seed in seeds:
        trio_run._ALLOW_DETERMINISTIC_SCHEDULING = True  # type: ignore[misc]
        trio_run._r.seed(seed)
        try:
            trio.run(weather, seed, size, moves, clock=trio.testing.MockClock(autojump_threshold=0))
        except BaseException as error:
            error.add_note(f"storm seed {seed}")
            raise
        finally:
            trio_run._ALLOW_DETERMINISTIC_SCHEDULING = False  # type: ignore[misc]


def test_the_hooks_of_puppets_do_nothing_by_default() -> None:
    assert Hooks().init is Hooks().close
