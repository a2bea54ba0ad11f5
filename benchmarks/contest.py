"""Measure several ways of doing one thing, in turns, and tell the ratios.

Speed is counted in CPU seconds of the process: on a machine shared with others a clock on the wall measures
the others. A ratio is taken between neighbours of one round; of all rounds the median counts.
"""

import gc
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import trio
from rich.table import Table

Run: TypeAlias = Callable[[int], float]


@dataclass(frozen=True, slots=True)
class Floor:
    """How much faster than a rival we want to be."""

    rival: str
    ratio: float


@dataclass(slots=True)
class Contest:
    """One thing, done so many times by each contender. The first contender is ours."""

    name: str
    times: int
    contenders: dict[str, Run]
    """By name; each does the thing that many times and returns the CPU seconds it took."""
    floors: tuple[Floor, ...] = ()
    seconds: dict[str, list[float]] = field(default_factory=dict)
    """Per operation, a measurement a round."""

    def rate(self, contender: str) -> float:
        """Operations a CPU second."""
        return 1 / statistics.median(self.seconds[contender])

    def ratio(self, rival: str) -> float:
        """How many times as fast as a rival we are."""
        ours = next(iter(self.contenders))
        rounds = zip(self.seconds[rival], self.seconds[ours], strict=True)
        return statistics.median(theirs / own for theirs, own in rounds)

    def missed(self) -> tuple[str, ...]:
        """The floors that were not reached, in words."""
        return tuple(
            f"{self.name}: {self.ratio(floor.rival):.2f} x {floor.rival}, wanted {floor.ratio}"
            for floor in self.floors
            if self.ratio(floor.rival) < floor.ratio
        )


def play(contests: Sequence[Contest], rounds: int) -> None:
    """Have all contenders do their things in turns."""
    for turn in range(rounds):
        sys.stderr.write(f"round {turn + 1} of {rounds}\n")  # no bar: its thread would be counted
        for contest in contests:
            names = list(contest.contenders)
            for name in names if turn % 2 else reversed(names):
                gc.collect()
                seconds = contest.contenders[name](contest.times)
                contest.seconds.setdefault(name, []).append(seconds / contest.times)


def cpu_s() -> float:
    """CPU seconds that the process has used so far, all threads together."""
    return time.process_time()


async def together(work: Callable[[], Awaitable[None]], workers: int) -> None:
    """Have several tasks do the same at once."""
    async with trio.open_nursery() as nursery:
        for _ in range(workers):
            nursery.start_soon(work)


def table_of(contests: Sequence[Contest]) -> Table:
    """A line per contender: its rate, and how many times as fast ours is."""
    table = Table("what", "by", "a CPU second", "us each", "ours is", "floor", title="Speed", box=None)
    for contest in contests:
        ours, *_ = contest.contenders
        floors = {floor.rival: floor.ratio for floor in contest.floors}
        for name in contest.contenders:
            rate = contest.rate(name)
            ratio = "" if name == ours else f"{contest.ratio(name):.2f} x"
            floor = f"{floors[name]:.2f} x" if name in floors else ""
            first = contest.name if name == ours else ""
            table.add_row(first, name, f"{rate:,.0f}", f"{1e6 / rate:.2f}", ratio, floor)
    return table
