"""What many idle actors take, each measured in a process of its own: memory, pauses of the collector, a dump.

    python -m benchmarks.kernel_size ours 10000

prints JSON: bytes an actor, and for ours the pauses in milliseconds.
"""

import gc
import json
import math
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pykka
import trio

from supervision import (
    Actor,
    ChildSpec,
    Intensity,
    PoolSpec,
    Strategy,
    SupervisorSpec,
    System,
    open_system,
    serve_dump,
)

REQUESTS = ("summary", "tree", "actors")
TICK_S = 0.001
RESTED_S = 0.3


@dataclass(frozen=True, slots=True)
class Size:
    """What so many actors take."""

    by: str
    actors: int
    bytes_each: float
    gc_ms: float | None = None
    """A full collection."""
    gc_frozen_ms: float | None = None
    """A full collection after `gc.freeze()`."""
    dump_ms: float | None = None
    """The longest that a dump, whatever was asked for, kept the loop from its other tasks."""


class Idle(Actor[Any]):
    """Waits for letters that never come."""


class IdleThread(pykka.ThreadingActor):
    """The same in a thread."""


def measured(by: str, actors: int) -> Size:
    """Have a process of its own measure it."""
    command = [sys.executable, "-m", "benchmarks.kernel_size", by, str(actors)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=True)
    return Size(**json.loads(done.stdout))


def resident() -> int:
    """Bytes of memory that this process has now."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * 4096


async def ours(count: int) -> Size:
    """Children of a pool, as sessions and matches are."""
    pool = PoolSpec("pool", "pool", count, Intensity(math.inf, 1.0))
    async with open_system(SupervisorSpec("top", Strategy.ONE_FOR_ONE, (pool,))) as system:
        gc.collect()
        before = resident()
        for at in range(count):
            await system.registry.pool("pool").start_child(ChildSpec(str(at), Idle, key=("idle", at)))
        each = (resident() - before) / count
        unfrozen = _pause()
        gc.freeze()
        return Size("ours", count, each, unfrozen, _pause(), await _stall(system))


async def raw(count: int) -> Size:
    """Tasks that wait for a channel of 256 each."""

    async def idle(channel: trio.MemoryReceiveChannel[int]) -> None:
        async for _ in channel:
            pass

    async with trio.open_nursery() as nursery:
        gc.collect()
        before = resident()
        channels = []
        for _ in range(count):
            send, receive = trio.open_memory_channel[int](256)
            channels.append(send)
            nursery.start_soon(idle, receive)
        await trio.sleep(0.1)
        each = (resident() - before) / count
        nursery.cancel_scope.cancel(reason="measured")
    return Size("Trio: task + channel", count, each)


def threads(count: int) -> Size:
    """pykka: as many threads."""
    gc.collect()
    before = resident()
    refs = [IdleThread.start() for _ in range(count)]
    each = (resident() - before) / count
    for ref in refs:
        ref.stop(block=False)
    return Size("pykka", count, each)


def _pause() -> float:
    begun = time.perf_counter()
    gc.collect()
    return (time.perf_counter() - begun) * 1000


async def _stall(system: System) -> float:
    """The longest gap between two ticks while another process asks for each kind of dump, in milliseconds."""
    with TemporaryDirectory() as folder:
        socket = Path(folder) / "dump.sock"
        async with serve_dump(socket, system), _ticking() as longest:
            await trio.sleep(RESTED_S)
            worst = 0.0
            for what in REQUESTS:
                longest[0] = 0.0
                visitor = [sys.executable, "-c", VISIT, str(socket), what]
                await trio.run_process(visitor, capture_stdout=True)
                worst = max(worst, longest[0])
    return worst * 1000


VISIT = "import sys; from supervision import ask_dump; ask_dump(sys.argv[1], {'what': sys.argv[2]}, 60.0)"


@asynccontextmanager
async def _ticking() -> AsyncIterator[list[float]]:
    longest = [0.0]

    async def tick() -> None:
        while True:
            before = trio.current_time()
            await trio.sleep(TICK_S)
            longest[0] = max(longest[0], trio.current_time() - before - TICK_S)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(tick)
        yield longest
        nursery.cancel_scope.cancel(reason="measured")


def main(by: str, count: int) -> Size:
    """Measure in this process."""
    if by == "pykka":
        return threads(count)
    how: dict[str, Callable[[int], Any]] = {"ours": ours, "raw": raw}
    size: Size = trio.run(how[by], count)
    return size


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(main(sys.argv[1], int(sys.argv[2])))))
