"""How fast and how small the kernel is, beside raw Trio and pykka: `python -m benchmarks.kernel --help`.

The floors are those that the design asks for; the exit code is 1 when one is missed.
"""

import json
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import structlog
import typer
from rich.console import Console
from rich.table import Table

from benchmarks import kernel_ours, kernel_pykka, kernel_raw
from benchmarks.contest import Contest, Floor, Run, play, table_of
from benchmarks.kernel_size import Size, measured

TIMES = {
    "ask": 3000,
    "100 asks at once": 5000,
    "tell": 32_000,
    "fan-in 1000 -> 1": 10_000,
    "spawn + stop": 1000,
    "crash + restart": 1500,
}
"""How often each thing is done in one round: some 30 milliseconds."""
FLOORS = {
    "ask": (Floor("Trio: Event", 0.9), Floor("Trio: Event + fail_after", 1.6)),
    "tell": (Floor("Trio: channel(0)", 6.0), Floor("pykka", 1.5)),
    "fan-in 1000 -> 1": (Floor("Trio: channel(64)", 3.0),),
    "spawn + stop": (Floor("Trio: start_soon", 1 / 3),),
    "crash + restart": (Floor("Trio: a task a restart", 25 / 69),),
}
KB_AN_ACTOR = 7.0
DUMP_MS = 100.0
DUMPED = 10_000
"""The dump has a floor up to so many actors."""
FROZEN_GC_MS = 1.0
SIZES = (("ours", 10_000), ("ours", 50_000), ("raw", 10_000), ("raw", 50_000), ("pykka", 1000))


def main(
    rounds: Annotated[int, typer.Option(min=3, help="How often all contenders take their turns.")] = 15,
    report: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the figures.")] = None,
) -> None:
    """Measure, print the ratios, and say which floors were missed."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger("critical"), cache_logger_on_first_use=True
    )
    contests = [
        Contest(name, TIMES[name], _contenders(name), FLOORS.get(name, ())) for name in kernel_ours.RUNS
    ]
    play(contests, rounds)
    sizes = [measured(by, count) for by, count in SIZES]
    console = Console()
    console.print(table_of(contests), "", _table(sizes), "")
    missed = [sentence for contest in contests for sentence in contest.missed()] + _missed(sizes)
    console.print("\n".join(missed) or "Every floor is met.", markup=False)
    if report is not None:
        report.write_text(json.dumps(_figures(contests, sizes, missed), indent=2), encoding="utf-8")
    raise typer.Exit(1 if missed else 0)


def _contenders(name: str) -> dict[str, Run]:
    return {
        "ours": kernel_ours.RUNS[name],
        **kernel_raw.RUNS.get(name, {}),
        **kernel_pykka.RUNS.get(name, {}),
    }


def _missed(sizes: list[Size]) -> list[str]:
    sentences = []
    for size in sizes:
        if size.by != "ours":
            continue
        dump_ms = size.dump_ms if size.actors <= DUMPED else None
        limits = (
            (size.bytes_each, "bytes an actor", KB_AN_ACTOR * 1024),
            (dump_ms, "ms of a stall by a dump", DUMP_MS),
            (size.gc_frozen_ms, "ms of a frozen collection", FROZEN_GC_MS),
        )
        sentences += [
            f"{size.actors} actors: {value:,.1f} {what}, wanted {limit:,.1f}"
            for value, what, limit in limits
            if value is not None and value > limit
        ]
    return sentences


def _table(sizes: list[Size]) -> Table:
    columns = ("idle actors", "by", "KB each", "full gc ms", "after freeze", "dump stalls ms")
    table = Table(*columns, title="Size", box=None)
    for size in sizes:
        pauses = (size.gc_ms, size.gc_frozen_ms, size.dump_ms)
        shown = ("" if pause is None else f"{pause:.2f}" for pause in pauses)
        table.add_row(f"{size.actors:,}", size.by, f"{size.bytes_each / 1024:.2f}", *shown)
    return table


def _figures(contests: list[Contest], sizes: list[Size], missed: list[str]) -> dict[str, object]:
    return {
        "python": platform.python_version(),
        "speed": [
            {
                "what": contest.name,
                "us_each": {name: 1e6 / contest.rate(name) for name in contest.contenders},
                "ratios": {name: contest.ratio(name) for name in list(contest.contenders)[1:]},
                "floors": {floor.rival: floor.ratio for floor in contest.floors},
            }
            for contest in contests
        ],
        "sizes": [{key: value for key, value in asdict(size).items() if value is not None} for size in sizes],
        "missed": missed,
    }


if __name__ == "__main__":
    typer.run(main)
