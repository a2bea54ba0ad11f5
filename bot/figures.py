"""Gathers the figures of a moment for `bot.metrics`, from everybody who counts something."""

from typing import Protocol

from bot.inbox import InboxStats
from bot.metrics import Figures, PoolFigures
from bot.windows import Windows
from supervision import Histogram, System
from supervision.vitals import memory_mb


class _Gauges(Protocol):
    waiting: int
    in_use: int
    acquired: Histogram
    refused: int
    queries: dict[str, Histogram]
    slow: int


class _Limits(Protocol):
    @property
    def connections(self) -> int: ...


class _Pool(Protocol):
    @property
    def size(self) -> int: ...
    @property
    def gauges(self) -> _Gauges: ...
    @property
    def limits(self) -> _Limits: ...


def read(windows: Windows, pool: _Pool, stats: InboxStats) -> Figures:
    """A copy of all of them, so that they can be told elsewhere."""
    system, gauges = windows.system, pool.gauges
    flows = {} if system is None else system.flows.records
    return Figures(
        flows={name: record.copy() for name, record in flows.items()},
        answers={"deferred": stats.deferred, "late": stats.late, "lost": stats.lost, "busy": stats.busy},
        pool=PoolFigures(
            open=pool.size,
            in_use=gauges.in_use,
            most=pool.limits.connections,
            waiting=gauges.waiting,
            acquired=gauges.acquired.copy(),
            refused=gauges.refused,
            queries={name: histogram.copy() for name, histogram in gauges.queries.items()},
            slow=gauges.slow,
        ),
        actors=0 if system is None else system.actors,
        dead_letters={} if system is None else _by_fate(system),
        memory_bytes=memory_mb() * 2**20,
    )


def _by_fate(system: System) -> dict[str, int]:
    return {fate.value: count for fate, count in system.dead_letters.counts.items()}
