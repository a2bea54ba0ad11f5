"""Law 53: a large tree under random trouble leaves nothing behind and loses no letter."""

import gc
from collections import Counter

import pytest
import trio

from supervision import Fate, PoolSpec, Restart, Strategy, SupervisorSpec, open_system
from tests.supervision.stage import FOREVER, Do, play_under, top
from tests.supervision.storm import Census, Weather, died, explode


async def storm(seed: int, size: int, moves: int) -> Counter[str]:
    """Everything at once: crashes, stops, starts, asks, timers, watches, sleep, full mailboxes."""
    weather, census = Weather(seed, size), Census()
    before = trio.lowlevel.current_statistics().tasks_living
    async with open_system(weather.tree(), hooks=[census], seed=seed) as system:
        census.begin(system)
        await weather.begin(system)
        await weather.rage(system, moves)
        await trio.sleep(100)
        for cell in system.tree.cells.values():
            assert cell.status in {"running"}, cell.doing()
            assert cell.waiting_on is None
            assert not cell.mailbox or not cell.mailbox.waiting
        for handle in weather.handles.values():
            assert {view.doing.partition(",")[0] for view in handle.which_children()} <= {"running", "stopped"}
        alone = [cell for cell in census.cells if weather.falls_alone(cell.path)]
    assert weather.broken == []
    assert trio.lowlevel.current_statistics().tasks_living == before
    assert system.registry.keys() == ()
    assert not system.tree.cells
    assert not system.tree.post.tasks
    assert not [cell for cell in census.cells if cell.pending or cell.watching or cell.watchers]
    assert weather.asks.pop("asked") == weather.asks.total()
    assert census.handled + weather.refused + died(system) == weather.sent + weather.ticks + weather.downs
    assert weather.downs <= weather.watches
    for cell in census.cells:
        assert cell.restarts <= census.most(cell), cell.path
    for cell in alone:
        assert cell.restarts >= census.least(cell), cell.path
    return weather.asks + system.dead_letters.counts + Counter(crashes=census.crashes)


async def hail(seed: int, size: int, moves: int) -> Counter[str]:
    """Crashes only, of children that fall alone: each is counted, and each comes back."""
    weather, census = Weather(seed, size), Census()
    names = [f"h{at}" for at in range(size // 2)]
    children = tuple(weather.child(name, restart=Restart.PERMANENT) for name in names)
    fixed = SupervisorSpec("fixed", Strategy.ONE_FOR_ONE, children, FOREVER)
    async with open_system(
        top(fixed, PoolSpec("pool", "pool", size, FOREVER)), hooks=[census], seed=seed
    ) as system:
        census.begin(system)
        for at in range(size - len(names)):
            await system.registry.pool("pool").start_child(weather.child(f"p{at}"))
        keys = system.registry.keys()
        for _ in range(moves):
            weather.tell(system.registry.ref(weather.luck.choice(keys)), Do(explode))
            if weather.luck.random() < 0.2:
                await trio.sleep(weather.luck.random())
        await trio.sleep(100)
        actors = [cell for cell in census.cells if cell.kind == "actor"]
        assert {cell.status for cell in actors} == {"running"}
        assert len(actors) == size
    assert all(cell.generation - 1 == cell.restarts for cell in actors)
    crashes = census.crashes
    assert sum(cell.restarts for cell in census.cells) == crashes
    assert crashes == weather.sent - system.dead_letters.counts[Fate.FULL] + weather.no_starts
    return Counter(crashes=crashes)
