"""A long queue is planned in a process of its own, to the same end and with the same promises."""

import multiprocessing
import os
import signal

import pytest
import trio
import trio.testing

from actors import solving
from actors.ports import Unavailable
from actors.rules.ids import PlayerId
from actors.rules.queue import Member
from actors.rules.settings import Settings
from actors.rules.waves import plan
from actors.solving import HERE, Beside, Here, open_solver
from tests.rules.test_waves import crowd
from tests.strategies import NOON

SETTINGS = Settings()


async def test_a_worker_plans_as_we_would() -> None:
    queue = crowd(HERE + 50, 4)
    met = {frozenset((PlayerId(1), PlayerId(2))): queue[0].joined_at}
    async with open_solver() as solver:
        beside = await solver.plan(queue, NOON, met, SETTINGS)
    assert beside == await Here().plan(queue, NOON, met, SETTINGS) == plan(queue, NOON, met, SETTINGS)


async def test_a_short_queue_needs_no_worker() -> None:
    before = multiprocessing.active_children()
    async with open_solver() as solver:
        assert await solver.plan(crowd(HERE, 1), NOON, {}, SETTINGS) == plan(
            crowd(HERE, 1), NOON, {}, SETTINGS
        )
        assert multiprocessing.active_children() == before


async def test_a_worker_that_dies_costs_one_plan() -> None:
    queue = crowd(HERE + 1, 1)
    async with open_solver() as solver:
        await solver.plan(queue, NOON, {}, SETTINGS)
        (worker,) = multiprocessing.active_children()
        async with trio.open_nursery() as planning:
            planning.start_soon(_refused, solver, crowd(4000, 2))
            await trio.testing.wait_all_tasks_blocked(0.05)
            assert worker.pid is not None
            os.kill(worker.pid, signal.SIGKILL)
        assert await solver.plan(queue, NOON, {}, SETTINGS) == plan(queue, NOON, {}, SETTINGS)


async def _refused(solver: Beside, queue: list[Member]) -> None:
    with pytest.raises(Unavailable, match="died"):
        await solver.plan(queue, NOON, {}, SETTINGS)


async def test_a_worker_that_takes_too_long_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "SOLVE_S", 0.05)
    async with open_solver() as solver:
        with pytest.raises(Unavailable, match="were not paired"):
            await solver.plan(crowd(6000, 3), NOON, {}, SETTINGS)
    assert multiprocessing.active_children() == []


async def test_a_worker_that_dies_while_nobody_waits_for_it_harms_nobody() -> None:
    async with open_solver() as solver:
        await solver.plan(crowd(HERE + 1, 1), NOON, {}, SETTINGS)
        (worker,) = multiprocessing.active_children()
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        await trio.to_thread.run_sync(worker.join)
    assert multiprocessing.active_children() == []
