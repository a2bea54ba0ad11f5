"""Where a wave is planned: here while the queue is short, in a process of its own when it is long.

Planning holds the interpreter's lock from beginning to end, so a thread would not help: everybody's
clicks would wait for it. The queue goes over as columns of numbers, a slice at a time, since packing
thousands of members at once would be such a pause too.
"""

import os
from array import array
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
import trio
import trio_parallel

from actors.ports import Unavailable
from actors.rules.ids import PlayerId
from actors.rules.queue import Member
from actors.rules.settings import Settings
from actors.rules.waves import Plan, plan

log = structlog.get_logger()

HERE: Final = 100
"""Up to so many members a wave is planned in this process: some milliseconds."""
SLICE: Final = 500
"""Members that are packed without a pause."""
SOLVE_S: Final = 20.0
"""Ten thousand take about a second, and a worker as long again to start."""
GRACE_S: Final = 2.0
NICENESS: Final = 5
NONE: Final = -(2**31)
"""No race of this game: far below any rating."""

_Met = Mapping[frozenset[PlayerId], datetime]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A member in the worker: what `rules.pairing.Waiting` asks for."""

    player: PlayerId
    bw_rating: int | None
    sc2_rating: int | None
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class _Columns:
    """A queue and its meetings, packed. Times are microseconds before now."""

    players: "array[int]"
    bw: "array[int]"
    sc2: "array[int]"
    waits: "array[int]"
    met: "array[int]"
    """Two players and a time, one after the other."""


class Here:
    """Plans in this process, whatever it takes. Implements `ports.Solver`."""

    async def plan(self, members: Sequence[Member], now: datetime, met: _Met, settings: Settings) -> Plan:
        """See `ports.Solver`."""
        return plan(members, now, met, settings)


@dataclass(frozen=True, slots=True)
class Beside:
    """Plans long queues in a worker process. Made by `open_solver`. Implements `ports.Solver`."""

    workers: trio_parallel.WorkerContext

    async def plan(self, members: Sequence[Member], now: datetime, met: _Met, settings: Settings) -> Plan:
        """See `ports.Solver`.

        Raises:
            Unavailable: the worker died, or took too long and was killed.
        """
        if len(members) <= HERE:
            return plan(members, now, met, settings)
        columns = await _packed(members, now, met)
        try:
            with trio.fail_after(SOLVE_S):
                answer: Plan = await self.workers.run_sync(
                    planned, columns, now, settings, kill_on_cancel=True, limiter=trio.CapacityLimiter(1)
                )
        except trio.TooSlowError as slow:
            raise Unavailable(f"{len(members)} were not paired in {SOLVE_S:.0f} s") from slow
        except trio_parallel.BrokenWorkerError as death:
            raise Unavailable(f"the worker that pairs died: {death}") from death
        return answer


@asynccontextmanager
async def open_solver() -> AsyncIterator[Beside]:
    """A worker is started by the first long queue, and ends when none was long for ten minutes."""
    try:
        async with trio_parallel.open_worker_context(init=stand_back, grace_period=GRACE_S) as workers:
            yield Beside(workers)
    except trio_parallel.BrokenWorkerError as death:  # one that was idle: nobody waited for it
        log.warning("solver.worker_died", reason=str(death))


def stand_back() -> None:
    """Let the bot go first: runs in the worker when it starts."""
    os.nice(NICENESS)


async def _packed(members: Sequence[Member], now: datetime, met: _Met) -> _Columns:
    columns = _Columns(*(array("q") for _ in range(5)))
    for start in range(0, len(members), SLICE):
        for member in members[start : start + SLICE]:
            columns.players.append(member.player)
            columns.bw.append(NONE if member.bw_rating is None else member.bw_rating)
            columns.sc2.append(NONE if member.sc2_rating is None else member.sc2_rating)
            columns.waits.append(_microseconds(now, member.joined_at))
        await trio.lowlevel.checkpoint()
    for number, (players, at) in enumerate(met.items()):
        columns.met.extend((*players, _microseconds(now, at)))
        if number % SLICE == 0:
            await trio.lowlevel.checkpoint()
    return columns


def planned(columns: _Columns, now: datetime, settings: Settings) -> Plan:
    """Plan a packed queue: runs in the worker."""
    rows = zip(columns.players, columns.bw, columns.sc2, columns.waits, strict=True)
    members = [
        _Entry(PlayerId(player), _rating(bw), _rating(sc2), _moment(now, wait))
        for player, bw, sc2, wait in rows
    ]
    triples = zip(*(iter(columns.met),) * 3, strict=True)
    met = {frozenset((PlayerId(one), PlayerId(other))): _moment(now, ago) for one, other, ago in triples}
    return plan(members, now, met, settings)


def _rating(packed: int) -> int | None:
    return None if packed == NONE else packed


def _microseconds(now: datetime, then: datetime) -> int:
    return (now - then) // timedelta(microseconds=1)


def _moment(now: datetime, ago: int) -> datetime:
    return now - timedelta(microseconds=ago)
