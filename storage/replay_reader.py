"""Reads replays in worker processes: bytes to facts, with a limit on everything.

    size, magic, tables (here) -> details (worker, level 2) -> events (worker, level 4) only if nobody won

A worker that dies or is killed takes one upload with it; the next upload gets a new worker (F-63). The
workers import sc2reader and the value types of the rules, nothing else of the program (F-80).
"""

import math
import signal
import struct
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Final

import structlog
import trio
import trio_parallel

from actors.rules.replay import ReplayFacts, Result
from actors.rules.settings import Settings
from storage.errors import ReplayUnreadable, Unreadability
from storage.replay_worker import Stumbled, prepare, read, ready

log = structlog.get_logger()

WORKERS: Final = 2
USER_DATA_MAGIC, ARCHIVE_MAGIC, GAME_MARK = b"MPQ\x1b", b"MPQ\x1a", b"StarCraft II replay"
MARK_WITHIN: Final = 1024
"""The mark of the game stands at byte 21 in every replay seen; the header it is part of ends before this."""
TABLE_ROW: Final = 16
GRACE_S: Final = 2.0
"""How long a worker may take to end by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one file may cost."""

    max_bytes: int
    details_s: float = 5.0
    """For the details, of wall clock and of processor; 3 ms is usual, 205 ms the worst seen (replays.md)."""
    events_s: float = 10.0
    """For the events, of wall clock and of processor; 120 ms is usual, 650 ms the worst seen (replays.md)."""
    free_s: float = 30.0
    """How long a file waits for a worker to come free."""


class ReplayReader:
    """Implements `actors.ports.ReplayReader`. Made by `open_replay_reader`."""

    def __init__(self, workers: trio_parallel.WorkerContext, limits: Limits) -> None:
        self._workers = workers
        self._limits = limits
        self._free = trio.CapacityLimiter(WORKERS)

    async def read(self, content: bytes) -> ReplayFacts:
        """Read one file, in a few milliseconds when it is an ordinary one.

        Returns:
            The facts. When neither details nor events name a winner, all results are `UNKNOWN`.

        Raises:
            ReplayUnreadable: with the reason; the reader itself is unharmed.
        """
        glance(content, self._limits.max_bytes)
        facts = await self._ask(content, events=False, limit_s=self._limits.details_s)
        if all(player.result is not Result.UNKNOWN for player in facts.players):
            return facts
        try:
            return await self._ask(content, events=True, limit_s=self._limits.events_s)
        except ReplayUnreadable as unread:
            log.info("replay.events_skipped", digest=facts.digest, reason=unread.reason.value)
            return facts

    async def warm(self) -> None:
        """Have the workers started before the first file comes; one that comes earlier waits for them."""
        async with trio.open_nursery() as starts:
            for _ in range(WORKERS):
                starts.start_soon(self._start_worker)

    async def _start_worker(self) -> None:
        async with self._turn():
            try:
                await self._workers.run_sync(ready, kill_on_cancel=True, limiter=trio.CapacityLimiter(1))
            except trio_parallel.BrokenWorkerError as death:  # the first file gets another
                log.warning("replay.worker_died", reason=str(death))

    async def _ask(self, content: bytes, *, events: bool, limit_s: float) -> ReplayFacts:
        async with self._turn():
            try:
                with trio.fail_after(limit_s):
                    answer: ReplayFacts | Stumbled = await self._workers.run_sync(
                        read, content, events, limit_s, kill_on_cancel=True, limiter=trio.CapacityLimiter(1)
                    )
            except trio.TooSlowError as slow:
                raise ReplayUnreadable(Unreadability.TOO_SLOW, f"killed after {limit_s} s") from slow
            except trio_parallel.BrokenWorkerError as death:
                raise _dead(death) from death
        if isinstance(answer, Stumbled):
            raise ReplayUnreadable(Unreadability.UNREADABLE, answer.over)
        return answer

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait for a free worker. Waiting is not reading: it has its own limit."""
        try:
            with trio.fail_after(self._limits.free_s):
                await self._free.acquire()
        except trio.TooSlowError as slow:
            raise ReplayUnreadable(Unreadability.TOO_SLOW, "no worker came free") from slow
        try:
            yield
        finally:
            self._free.release()


@asynccontextmanager
async def open_replay_reader(
    settings: Settings, limits: Limits | None = None, *, at_once: bool = False
) -> AsyncIterator[ReplayReader]:
    """Have a reader; leaving ends its workers.

    Args:
        settings: the season's numbers.
        limits: what one file may cost.
        at_once: do not wait until the workers have started.

    The deadlines are on the Trio clock while the workers live in real time: under a `MockClock` that jumps
    by itself every file would be too slow.
    """
    limits = limits or Limits(max_bytes=settings.replay_max_bytes)
    with _nameless_main():
        try:
            async with trio_parallel.open_worker_context(
                idle_timeout=math.inf, init=prepare, grace_period=GRACE_S
            ) as workers:
                reader = ReplayReader(workers, limits)
                async with trio.open_nursery() as warming:
                    if at_once:
                        warming.start_soon(reader.warm)
                    else:
                        await reader.warm()
                    yield reader
                    warming.cancel_scope.cancel(reason="the reader is closed")
        except trio_parallel.BrokenWorkerError as death:  # one that was idle: nobody waited for it
            log.warning("replay.worker_died", reason=str(death))


def glance(content: bytes, max_bytes: int) -> None:
    """Refuse what needs no reader to be refused.

    Raises:
        ReplayUnreadable: too large, no replay at all, another game's, or shorter than its own header says.
    """
    if len(content) > max_bytes:
        raise ReplayUnreadable(Unreadability.TOO_LARGE, f"{len(content)} bytes")
    if not content.startswith(USER_DATA_MAGIC):
        raise ReplayUnreadable(Unreadability.NOT_A_REPLAY, f"starts with {content[:4]!r}")
    if GAME_MARK not in content[:MARK_WITHIN]:
        raise ReplayUnreadable(Unreadability.OTHER_GAME)
    if _tables_end(content) > len(content):
        raise ReplayUnreadable(Unreadability.TRUNCATED, f"{len(content)} of {_tables_end(content)} bytes")


def _tables_end(content: bytes) -> float:
    """Where the farther of the archive's two tables ends; nowhere if even the header is missing."""
    try:
        (start,) = struct.unpack_from("<I", content, 8)
        magic, *places, names, blocks = struct.unpack_from("<4s12x4I", content, start)
    except struct.error:
        return math.inf
    if magic != ARCHIVE_MAGIC:
        raise ReplayUnreadable(Unreadability.NOT_A_REPLAY, f"archive starts with {magic!r}")
    return float(start + max(places[0] + TABLE_ROW * names, places[1] + TABLE_ROW * blocks))


def _dead(death: trio_parallel.BrokenWorkerError) -> ReplayUnreadable:
    exitcode = death.args[-1].exitcode
    reason = Unreadability.TOO_SLOW if exitcode == -signal.SIGXCPU else Unreadability.UNREADABLE
    return ReplayUnreadable(reason, f"reader died with {exitcode}")


@contextmanager
def _nameless_main() -> Iterator[None]:
    """Hide what the program was started from; else `multiprocessing` imports it into each worker (F-80)."""
    main: dict[str, Any] = vars(sys.modules["__main__"])
    kept: dict[str, Any] = {name: main.pop(name) for name in ("__file__", "__spec__") if name in main}
    main["__spec__"] = None
    try:
        yield
    finally:
        main.update(kept)
