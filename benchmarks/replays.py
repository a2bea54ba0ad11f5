"""How fast a replay is read and verified, beside plain sc2reader: `python -m benchmarks.replays --help`.

By size of the file: ours from bytes to verdict, worker process and pipe included, against `load_replay` at
level 4 in this process. Both are taken in turns, and a ratio is taken between neighbours. Then eight uploads
at once, and how late the loop comes to answer whoever clicks meanwhile.

Without files of real games it measures games of our own making, with as many events as real ones have.
"""

import gc
import io
import json
import platform
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import sc2reader
import structlog
import trio
import typer
from rich.console import Console
from rich.table import Table
from sc2reader.exceptions import SC2ReaderError

from actors.rules.identity import Expected
from actors.rules.ids import Gateway, MapKey, MatchId, PlayerId, Race
from actors.rules.known_versions import shipped
from actors.rules.replay import Expectation, Result, Upload
from actors.rules.settings import Settings
from actors.rules.verification import verify
from bot.simulator.replay_files import game_files
from bot.simulator.replay_spec import GameSpec, Seat
from bot.simulator.replay_writer import write
from storage.replay_reader import ReplayReader, open_replay_reader
from supervision import PlainClock

RATIO = 10.0
"""How many times as fast as level 4 a game of about twenty minutes is verified."""
LONG_S = (900.0, 1800.0)
"""What counts as about twenty minutes."""
AT_ONCE = 8
ANSWER_MS = 15.0
"""Own time at p99 in which a click is answered."""
CLICK_S = 0.005
MINUTES = (1, 5, 20, 60)
ENDED_AT = datetime(2026, 5, 1, 20, 0, tzinfo=UTC)
EXPECTATION = Expectation(
    match=MatchId(7),
    sides=(
        Expected(player=PlayerId(1), race=Race.BW_ZERG, names=("Alice",)),
        Expected(player=PlayerId(2), race=Race.SC2_TERRAN, names=("Bob",)),
    ),
    map=MapKey("radeon"),
    allowed=shipped(),
    assigned_at=ENDED_AT - timedelta(hours=2),
)


@dataclass(slots=True)
class Sample:
    """One file, and how long each way took, a measurement a round."""

    name: str
    content: bytes
    length_s: float = 0.0
    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """How many times as fast as level 4 we are."""
        return statistics.median(other / own for other, own in zip(self.theirs, self.ours, strict=True))


def main(
    files: Annotated[list[Path] | None, typer.Argument(metavar="FILE...", help="Real replays.")] = None,
    rounds: Annotated[int, typer.Option(min=3, help="How often both take their turns.")] = 15,
    report: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the figures.")] = None,
) -> None:
    """Measure, print the ratios, and say what was missed."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))
    samples = sorted(
        [Sample(path.name, path.read_bytes()) for path in files] if files else list(_own()),
        key=lambda sample: len(sample.content),
    )
    late_ms = trio.run(_measure, samples, rounds, clock=PlainClock())
    measured = [sample for sample in samples if sample.theirs]
    missed = _missed(measured, late_ms)
    console = Console()
    console.print(_table(measured), "", _loop(late_ms), "\n".join(missed) or "Every floor is met.")
    if report is not None:
        report.write_text(json.dumps(_figures(measured, late_ms, missed), indent=2), encoding="utf-8")
    raise typer.Exit(1 if missed else 0)


def _own() -> Sequence[Sample]:
    game = GameSpec(
        players=(
            Seat(name="Alice", race="BW Zerg", toon="2-S2-1-1001", result=Result.WON),
            Seat(name="Bob", race="Terran", toon="2-S2-1-2002", result=Result.LOST),
        ),
        map_name="[SC:Evo] Radeon (라데온)",
        handles=game_files(MapKey("radeon"), Gateway.EUROPE),
        gateway=Gateway.EUROPE,
        ended_at=ENDED_AT,
        length_s=60.0,
        glances=4,
    )
    return [Sample(f"{many} min", write(replace(game, length_s=60.0 * many))) for many in MINUTES]


async def _measure(samples: Sequence[Sample], rounds: int) -> list[float]:
    async with open_replay_reader(Settings()) as reader:
        for sample in samples:
            sample.length_s = (await reader.read(sample.content)).length_s
        for turn in range(rounds):
            for sample in samples:
                await _race(reader, sample, ours_first=turn % 2 == 0)
        return await _clicks(reader, max(samples, key=lambda sample: len(sample.content)).content)


async def _race(reader: ReplayReader, sample: Sample, *, ours_first: bool) -> None:
    """One turn each; a file that level 4 cannot read has no rival."""
    gc.collect()
    if ours_first:
        sample.ours.append(await _ours(reader, sample.content))
    try:
        sample.theirs.append(_theirs(sample.content))
    except SC2ReaderError:
        return
    if not ours_first:
        sample.ours.append(await _ours(reader, sample.content))


async def _ours(reader: ReplayReader, content: bytes) -> float:
    start = time.perf_counter()
    facts = await reader.read(content)
    verify(facts, EXPECTATION, Upload(PlayerId(1)), ENDED_AT, Settings())
    return time.perf_counter() - start


def _theirs(content: bytes) -> float:
    start = time.perf_counter()
    sc2reader.load_replay(io.BytesIO(content), load_level=4)
    return time.perf_counter() - start


async def _clicks(reader: ReplayReader, content: bytes) -> list[float]:
    """How late the loop came to each click while eight people uploaded, in milliseconds of its own."""
    late_ms: list[float] = []

    async def click() -> None:
        while True:
            used = time.thread_time()
            await trio.sleep(CLICK_S)
            late_ms.append((time.thread_time() - used) * 1000)

    async def upload() -> None:
        for _ in range(5):
            await _ours(reader, content)

    async with trio.open_nursery() as people:
        people.start_soon(click)
        async with trio.open_nursery() as uploads:
            for _ in range(AT_ONCE):
                uploads.start_soon(upload)
        people.cancel_scope.cancel(reason="all is uploaded")
    return sorted(late_ms)


def _p99(sorted_ms: Sequence[float]) -> float:
    return sorted_ms[min(len(sorted_ms) - 1, int(len(sorted_ms) * 0.99))]


def _missed(samples: Sequence[Sample], late_ms: Sequence[float]) -> list[str]:
    long = [sample for sample in samples if LONG_S[0] <= sample.length_s <= LONG_S[1]]
    missed = [] if long else ["no file is of about twenty minutes: the floor was not measured"]
    missed += [
        f"{each.name}: {each.ratio:.1f} x level 4, wanted {RATIO}" for each in long if each.ratio < RATIO
    ]
    if _p99(late_ms) > ANSWER_MS:
        missed.append(f"clicks during {AT_ONCE} uploads wait {_p99(late_ms):.1f} ms, wanted {ANSWER_MS}")
    return missed


def _table(samples: Sequence[Sample]) -> Table:
    columns = ("file", "KB", "game", "ours ms", "level 4 ms", "ours is")
    table = Table(*columns, title="Bytes to verdict, medians", box=None)
    for sample in samples:
        table.add_row(
            sample.name,
            f"{len(sample.content) / 1024:.0f}",
            f"{sample.length_s / 60:.0f} min",
            f"{statistics.median(sample.ours) * 1000:.1f}",
            f"{statistics.median(sample.theirs) * 1000:.1f}",
            f"{sample.ratio:.1f} x",
        )
    return table


def _loop(late_ms: Sequence[float]) -> str:
    return (
        f"During {AT_ONCE} uploads at once a click waits {_p99(late_ms):.2f} ms for us at p99, "
        f"{late_ms[-1]:.2f} ms at most ({len(late_ms)} clicks)."
    )


def _figures(samples: Sequence[Sample], late_ms: Sequence[float], missed: list[str]) -> dict[str, object]:
    return {
        "python": platform.python_version(),
        "files": [
            {
                "name": sample.name,
                "bytes": len(sample.content),
                "length_s": sample.length_s,
                "ours_ms": statistics.median(sample.ours) * 1000,
                "level_4_ms": statistics.median(sample.theirs) * 1000,
                "ratio": sample.ratio,
            }
            for sample in samples
        ],
        "click_p99_ms": _p99(late_ms),
        "missed": missed,
    }


if __name__ == "__main__":
    typer.run(main)
