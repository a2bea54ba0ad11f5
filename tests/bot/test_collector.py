"""Whole garbage collections: not by themselves, not while somebody waits, and not for ever put off."""

import gc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest
import trio
from trio.testing import MockClock

from bot import collector
from bot.collector import EVERY_S, NEVER, PATIENCE_S, SHARE, collected_in_quiet
from supervision import Strategy, SupervisorSpec, System, open_system


@asynccontextmanager
async def collecting(answering: Callable[[], int]) -> AsyncIterator[System]:
    tree = SupervisorSpec(id="ladder", strategy=Strategy.ONE_FOR_ONE, children=(collector.spec(answering),))
    async with open_system(tree) as system:
        yield system


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When the collector collected; it is as quick as `gc.collect` is said to be."""
    times: list[float] = []

    def collect() -> int:
        times.append(trio.current_time())
        return 3

    monkeypatch.setattr(gc, "collect", collect)
    return times


async def test_when_nobody_waits_it_collects_each_minute(
    autojump_clock: MockClock, whole: list[float]
) -> None:
    began = trio.current_time()
    async with collecting(lambda: 0) as system:
        assert "none so far, the next in 1:00" in system.dump().tree()
        await trio.sleep(3 * EVERY_S + 1)
        assert [round(at - began) for at in whole] == [EVERY_S, 2 * EVERY_S, 3 * EVERY_S]
        assert "the last took 0 ms, the next in 0:59" in system.dump().tree()


async def test_who_waits_is_answered_first(autojump_clock: MockClock, whole: list[float]) -> None:
    began, waiting = trio.current_time(), 1
    async with collecting(lambda: waiting):
        await trio.sleep(EVERY_S + PATIENCE_S / 2)
        assert whole == []
        waiting = 0
        await trio.sleep(1)
        assert [at - began for at in whole] == [pytest.approx(EVERY_S + PATIENCE_S / 2, abs=0.1)]


async def test_an_evening_in_which_always_somebody_waits_is_cleaned_up_too(
    autojump_clock: MockClock, whole: list[float]
) -> None:
    began = trio.current_time()
    async with collecting(lambda: 1):
        await trio.sleep(EVERY_S + PATIENCE_S + 1)
        assert [at - began for at in whole] == [pytest.approx(EVERY_S + PATIENCE_S, abs=0.1)]


async def test_long_collections_come_less_often(
    autojump_clock: MockClock, whole: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0

    def slow() -> float:  # each reading a tenth of a second later
        nonlocal now
        now += 0.1
        return now

    monkeypatch.setattr(collector, "perf_counter", slow)
    async with collecting(lambda: 0):
        await trio.sleep(EVERY_S + 0.1 / SHARE + 1)
        assert len(whole) == 2
        assert whole[1] - whole[0] == pytest.approx(0.1 / SHARE)


@contextmanager
def whole_collections() -> Iterator[list[int]]:
    seen: list[int] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            seen.append(info["generation"])

    gc.callbacks.append(note)
    try:
        yield seen
    finally:
        gc.callbacks.remove(note)


def test_no_whole_collection_comes_by_itself_and_afterwards_all_is_as_before() -> None:
    before = gc.get_threshold()
    with collected_in_quiet(), whole_collections() as seen:
        assert gc.get_threshold()[2] == NEVER
        assert gc.get_freeze_count() > 0
        rings = [[] for _ in range(100_000)]  # type: list[list[object]]
        for ring in rings:
            ring.append(ring)
        assert 0 in seen
        assert 2 not in seen
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
