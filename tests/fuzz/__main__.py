"""`python -m tests.fuzz`: thousands of hostile uploads; exit code 1 when one of them was more than refused.

Files are made in processes of their own, so that this one does what the bot's process does and nothing else.
What went wrong is kept in `tests/fuzz/corpus`, from where the ordinary tests read it again.
"""

import math
import multiprocessing
import re
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import structlog
import trio
import trio_parallel
import typer
from rich.console import Console
from rich.table import Table

from actors.rules.settings import Settings
from storage.replay_reader import GRACE_S, WORKERS, Limits, ReplayReader, open_replay_reader
from storage.replay_worker import MEMORY_BYTES
from supervision import PlainClock
from tests.fuzz.mutants import mutants, originals
from tests.fuzz.trial import judged

CORPUS = Path(__file__).with_name("corpus")
BATCH = 50
BEAT_S = 0.005
STALL_S = 0.05
"""The loop may be kept from its work for so long, in processor time of its thread."""
STARTING_S = 5.0
"""What a new worker may take to start, on a busy machine."""


@dataclass(slots=True)
class Report:
    """What was seen."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    stall_s: float = 0.0
    worker_bytes: int = 0
    wrong: list[str] = field(default_factory=list)

    def blame(self, content: bytes, number: int, what: str) -> None:
        """Keep a finding."""
        name = f"{sha256(content).hexdigest()[:16]}.SC2Replay"
        CORPUS.mkdir(exist_ok=True)
        (CORPUS / name).write_bytes(content)
        self.wrong.append(f"{number}: {what} (kept as {name})")


def main(
    count: Annotated[int, typer.Option(min=1, help="How many files.")] = 20_000,
    first: Annotated[int, typer.Option(min=0, help="The number of the first.")] = 0,
) -> None:
    """Upload them all and tell what became of them."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))
    report = Report()
    trio.run(_fuzz, report, range(first, first + count), clock=PlainClock())
    Console().print(_table(report), _figures(report))
    for sentence in report.wrong[:20]:
        Console().print(sentence, markup=False)
    raise typer.Exit(1 if report.wrong else 0)


async def _fuzz(report: Report, numbers: range) -> None:
    send, receive = trio.open_memory_channel[tuple[int, str, bytes]](WORKERS)
    async with (
        open_replay_reader(Settings()) as reader,
        trio_parallel.open_worker_context(idle_timeout=math.inf) as makers,
        trio.open_nursery() as watch,
    ):
        await judged(
            reader, originals()[0]
        )  # texts and lists are read, as in a bot that has been up for a while
        watch.start_soon(_beat, report)
        watch.start_soon(_weigh, report)
        async with trio.open_nursery() as uploads:
            uploads.start_soon(_make, makers, numbers, send)
            for _ in range(WORKERS):
                uploads.start_soon(_upload, reader, receive.clone(), report)
            receive.close()
        watch.cancel_scope.cancel(reason="all files are judged")


async def _make(
    makers: trio_parallel.WorkerContext,
    numbers: range,
    send: trio.MemorySendChannel[tuple[int, str, bytes]],
) -> None:
    async with send:
        for start in range(numbers.start, numbers.stop, BATCH):
            batch = range(start, min(start + BATCH, numbers.stop))
            for number, (way, content) in zip(batch, await makers.run_sync(mutants, batch), strict=True):
                await send.send((number, way, content))


async def _upload(
    reader: ReplayReader, receive: trio.MemoryReceiveChannel[tuple[int, str, bytes]], report: Report
) -> None:
    limits = Limits(max_bytes=Settings().replay_max_bytes)
    most_s = limits.details_s + limits.events_s + GRACE_S + STARTING_S
    async with receive:
        async for number, way, content in receive:
            start = time.monotonic()
            try:
                outcome = await judged(reader, content)
            except Exception as bug:  # noqa: BLE001 - any of them is a finding
                report.blame(content, number, repr(bug))
                continue
            took = time.monotonic() - start
            report.seconds.append(took)
            report.outcomes[way, outcome.word] += 1
            if took > most_s:
                report.blame(content, number, f"took {took:.1f} s, at most {most_s} s are allowed")
            if not outcome.sentence:
                report.blame(content, number, "ended without a sentence")


async def _beat(report: Report) -> None:
    """Feel how long the loop is kept from coming round, not counting what other programs take."""
    while True:
        before = time.thread_time()
        await trio.sleep(BEAT_S)
        stall = time.thread_time() - before
        report.stall_s = max(report.stall_s, stall)
        if stall > STALL_S:
            report.wrong.append(f"the loop was kept for {stall * 1000:.0f} ms")


async def _weigh(report: Report) -> None:
    while True:
        await trio.sleep(0.2)
        report.worker_bytes = max(report.worker_bytes, *_sizes(), 0)
        if report.worker_bytes > MEMORY_BYTES:
            report.wrong.append(f"a worker had {report.worker_bytes >> 20} MB")


def _sizes() -> Iterator[int]:
    """Most memory that each child had resident; 0 where the system does not tell."""
    yield 0
    for child in multiprocessing.active_children():
        try:
            status = Path(f"/proc/{child.pid}/status").read_text(encoding="ascii")
        except OSError:
            continue
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        yield int(found[1]) << 10 if found else 0


def _table(report: Report) -> Table:
    words = sorted({word for _, word in report.outcomes})
    table = Table("way", *words, title="Uploads by way and end", box=None)
    for way in sorted({way for way, _ in report.outcomes}):
        table.add_row(way, *(str(report.outcomes[way, word] or "") for word in words))
    return table


def _figures(report: Report) -> str:
    seconds = sorted(report.seconds)
    return (
        f"{len(seconds)} uploads, median {statistics.median(seconds) * 1000:.1f} ms, "
        f"slowest {seconds[-1]:.2f} s; "
        f"the loop was never kept longer than {report.stall_s * 1000:.1f} ms; "
        f"largest process {report.worker_bytes >> 20} MB; {len(report.wrong)} findings"
    )


if __name__ == "__main__":
    typer.run(main)
