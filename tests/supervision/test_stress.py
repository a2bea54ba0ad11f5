"""Law 53: a large tree under random trouble leaves nothing behind and loses no letter."""

from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
import trio
from structlog.testing import LogCapture

from supervision import Fate, PoolSpec, Restart, Strategy, SupervisorSpec, open_system
from tests.supervision.stage import FOREVER, Do, play_under, top
from tests.supervision.storm import Census, Weather, died, explode


async def storm(seed: int, size: int, moves: int) -> Counter[str]:
    """Everything at once: crashes, stops, starts, asks, timers, watches, sleep, full mailboxes."""
    weather, census = Weather(seed, size), Census()
    before = trio.lowlevel.current_statistics().tasks_living
    async with open_system(weather.tree(), hooks=[census], seed=seed, stop_s=100) as system:
        census.begin(system)
        await weather.begin(system)
        with trio.fail_after(moves):
            await weather.rage(system, moves)
        await trio.sleep(100)
        calm_at = trio.current_time()
        for cell in system.tree.cells.values():
            assert cell.status == "running", cell.doing()
            assert cell.waiting_on is None
            assert not cell.mailbox or not cell.mailbox.waiting
        for handle in weather.handles.values():
            assert {view.doing.partition(",")[0] for view in handle.which_children()} <= {
                "running",
                "stopped",
            }
        alone = [cell for cell in census.cells if weather.falls_alone(cell.path)]
    assert weather.broken == []
    assert trio.current_time() < calm_at + 100
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
    fates = Counter({fate.value: count for fate, count in system.dead_letters.counts.items()})
    return weather.asks + weather.orders + fates + Counter(crashes=census.crashes, sent=weather.sent)


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
        weather.rages = True
        keys = system.registry.keys()
        for _ in range(moves):
            weather.tell(system.registry.ref(weather.luck.choice(keys)), Do(explode))
            if weather.luck.random() < 0.2:
                await trio.sleep(weather.luck.random())
        weather.rages = False
        await trio.sleep(100)
        actors = [cell for cell in census.cells if cell.kind == "actor"]
        assert {cell.status for cell in actors} == {"running"}
        assert len(actors) == size
    assert all(cell.generation - 1 == cell.restarts for cell in actors)
    crashes = census.crashes
    assert sum(cell.restarts for cell in census.cells) == crashes
    assert crashes == weather.sent - system.dead_letters.counts[Fate.FULL] + weather.no_starts
    return Counter(crashes=crashes)


Storm = Callable[[int, int, int], Awaitable[Counter[str]]]


def watched(seed: int, weather: Storm, size: int, moves: int) -> Counter[str]:
    """Play a storm under the schedule of its seed, and say what was in it."""
    seen: list[Counter[str]] = []

    async def play() -> None:
        seen.append(await weather(seed, size, moves))

    play_under(seed, play)
    return seen[0]


@pytest.mark.parametrize(
    ("seeds", "size", "moves"),
    [
        pytest.param(range(10), 100, 500, id="10 storms over 100 actors"),
        pytest.param(range(200), 1000, 4000, id="200 storms over 1000 actors", marks=pytest.mark.deep),
    ],
)
@pytest.mark.parametrize("weather", [storm, hail])
def test_a_tree_in_a_storm_loses_no_letter_and_leaves_no_task_no_name_and_no_asker_behind(
    weather: Storm, seeds: range, size: int, moves: int, logs: LogCapture
) -> None:
    total: Counter[str] = Counter()
    for seed in seeds:
        total += watched(seed, weather, size, moves)
        logs.entries.clear()  # each crash of thousands keeps its frames as long as its line is kept
    if weather is storm:
        assert not EVERYTHING - total.keys(), "a storm in which this never happens proves nothing of it"


EVERYTHING = {
    "answered", "refused", "died", "left", "in a circle", "CallTimeout", "TooSlow", "HandlerFailed",
    "MailboxFull", "NotRunning", "UnknownMessage", "done", "failed", "crashes",
    *(fate.value for fate in Fate),
}  # fmt: skip


def test_the_same_seed_is_the_same_storm_and_another_seed_another() -> None:
    first, again, other = (watched(seed, storm, 60, 300) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_failing_law_names_its_seed() -> None:
    async def fails() -> None:
        await trio.lowlevel.checkpoint()
        raise AssertionError

    with pytest.raises(AssertionError) as failed:
        play_under(17, fails)
    assert failed.value.__notes__ == ["schedule seed 17"]


def test_the_same_seed_is_the_same_schedule_and_200_seeds_are_nearly_200_schedules() -> None:
    async def interleave(seen: list[int]) -> None:
        async def write(name: int) -> None:
            for _ in range(3):
                seen.append(name)
                await trio.lowlevel.checkpoint()

        async with trio.open_nursery() as nursery:
            for name in range(5):
                nursery.start_soon(write, name)

    def schedule(seed: int) -> tuple[int, ...]:
        seen: list[int] = []
        play_under(seed, partial(interleave, seen))
        return tuple(seen)

    assert schedule(3) == schedule(3)
    assert len({schedule(seed) for seed in range(200)}) > 190
