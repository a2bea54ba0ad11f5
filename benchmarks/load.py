"""Many people on the real bot for some minutes: how quickly they are answered and what it costs.

    python -m benchmarks.load --players 100 --minutes 2 --rtt 0 --json load.json

The simulated Discord and the people run on one core, the bot on the other; the bot's PostgreSQL may use both.
People come at their own pace, whatever the bot does. Percentiles are the bot's own, from its statistics.
"""

import argparse
import contextlib
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import trio
from rich.console import Console
from rich.table import Table

from actors.rules.aims import aim
from bot.demo import STARTING_AND_OVERTIME_S, Options, Stage, data_folder, judge, open_stage
from bot.demo_process import ask
from bot.demo_report import Verdict, troubles
from bot.looking import SOCKET, NoAnswer, ask_bot

QUANTILES = ("p50", "p95", "p99", "max", "own_p99")
SAMPLE_S = 2.0
PAGE_KB = os.sysconf("SC_PAGE_SIZE") / 1024
TICKS = os.sysconf("SC_CLK_TCK")
SLOPE_MB = 1.0
"""Megabytes a minute by which memory may still grow in the last half."""
SLOWER, SLACK_MS = 1.5, 10.0
"""How much slower the last third may be than the middle one."""
LEAVE_S = 15.0
"""For the start, and for going home."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The bot at one moment."""

    at_s: float
    rss_mb: float
    cpu_s: float
    queued: int
    full: int
    actors: int
    lag_ms: float
    answered: int
    own_p99_ms: float


@dataclass(slots=True)
class Course:
    """A run from its beginning to its end."""

    arguments: argparse.Namespace
    began: float = field(default_factory=time.monotonic)
    samples: list[Sample] = field(default_factory=list)

    def take(self, stage: Stage) -> None:
        """Look at the bot from outside; blocks for some milliseconds."""
        socket = stage.folder / SOCKET
        with contextlib.suppress(NoAnswer):
            began = time.perf_counter()
            summary = ask_bot(socket, "summary")["answer"]
            lag_ms = (time.perf_counter() - began) * 1000
            inbox = ask_bot(socket, "inbox")["answer"]
            rss_mb, cpu_s = _usage(stage.bot.process.pid)
            self.samples.append(
                Sample(
                    round(time.monotonic() - self.began, 1),
                    round(rss_mb, 1),
                    cpu_s,
                    summary["queued"],
                    summary["full"],
                    summary["actors"],
                    round(lag_ms, 1),
                    inbox["answered"],
                    inbox["own_p99_ms"],
                )
            )

    def is_over(self) -> bool:
        """Who stays longer has an argument to settle; the figures need them no more."""
        return bool(time.monotonic() - self.began > self.arguments.minutes * 60 + LEAVE_S)

    def unsteady(self) -> str:
        """Why this run was not flat, in a sentence; empty when it was."""
        third = len(self.samples) // 3
        lags = [
            _median([each.lag_ms for each in part])
            for part in (self.samples[third : 2 * third], self.samples[-third:])
        ]
        if self.slope_mb() >= SLOPE_MB:
            return f"Memory grows by {self.slope_mb()} MB a minute."
        if lags[1] > SLOWER * lags[0] + SLACK_MS:
            return f"The loop answers in {lags[1]} ms at the end, {lags[0]} ms in the middle."
        return ""

    def slope_mb(self) -> float:
        """Megabytes a minute in the last half of the run."""
        half = self.samples[len(self.samples) // 2 :]
        if len(half) < 3:
            return 0.0
        line = statistics.linear_regression([s.at_s / 60 for s in half], [s.rss_mb for s in half])
        return round(line.slope, 2)


def _median(numbers: Sequence[float]) -> float:
    return statistics.median(numbers) if numbers else 0.0


def _usage(pid: int) -> tuple[float, float]:
    """Resident megabytes and CPU seconds of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return pages * PAGE_KB / 1024, (int(stat[11]) + int(stat[12])) / TICKS


def _threads(pid: int) -> Iterator[int]:
    yield from (int(task.name) for task in Path(f"/proc/{pid}/task").iterdir())


def _pin(pid: int, core: int) -> None:
    """Keep a process on one core, all its threads of now and later."""
    for thread in _threads(pid):
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(thread, {core})


async def _spend(arguments: argparse.Namespace, folder: Path) -> tuple[Course, Verdict, dict[str, Any]]:
    options = Options(
        players=arguments.players,
        minutes=arguments.minutes,
        seed=arguments.seed,
        speed=arguments.speed,
        arrival_s=arguments.arrival * arguments.speed,
        under=("cProfile", "-o", str(arguments.profile.absolute()), "-m") if arguments.profile else (),
    )
    async with open_stage(options, folder) as stage:
        cores = sorted(os.sched_getaffinity(0))
        _pin(stage.discord.process.pid, cores[0])
        if arguments.rtt:
            await trio.to_thread.run_sync(_slow_down, stage.base_url, arguments.rtt)
        course = Course(arguments)
        await _watch(stage, course, cores[-1])
        verdict = await judge(stage)
        inside = {
            what: ask_bot(folder / SOCKET, what)["answer"] for what in ("inbox", "flows", "dead_letters")
        }
    return course, verdict, inside


async def _watch(stage: Stage, course: Course, core: int) -> None:
    with trio.fail_after(stage.options.minutes * 60 + STARTING_AND_OVERTIME_S):
        while True:
            stage.discord.check()
            stage.bot.check()
            await trio.to_thread.run_sync(course.take, stage)
            if course.samples:
                _pin(stage.bot.process.pid, core)
            told = await ask(stage.base_url, "/sim/evening")
            if told["evening"].get("finished") or course.is_over():
                return
            sys.stderr.write(_line(course, told))
            await trio.sleep(SAMPLE_S)


def _line(course: Course, told: dict[str, Any]) -> str:
    if not course.samples:
        return "starting\n"
    last, matches = course.samples[-1], told["evening"].get("matches", {})
    return (
        f"{last.at_s:.0f} s: {last.answered} answered, p99 {last.own_p99_ms} ms, {last.rss_mb} MB, "
        f"{sum(matches.values())} matches, {last.queued} letters wait\n"
    )


def _slow_down(base_url: str, rtt_ms: float) -> None:
    """Every answer of the simulated Discord comes so much later."""
    place = urlsplit(base_url)
    connection = HTTPConnection(place.hostname or "127.0.0.1", place.port, timeout=5.0)
    wish = {"kind": "slow", "route": "^[A-Z]+ /(?!gateway)", "times": -1, "ms": rtt_ms}
    connection.request("POST", "/sim/faults", json.dumps(wish), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    connection.close()


def _flows(told: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """How long each flow took, and its budget, in milliseconds."""
    return {
        each["name"]: {"count": each["count"]}
        | {name: round(each[f"{name}_s"] * 1000, 2) for name in QUANTILES}
        | {"budget": aim(each["name"]).budget_ms}
        for each in told
    }


def _figures(course: Course, verdict: Verdict, inside: dict[str, Any]) -> dict[str, Any]:
    interactions = verdict.counters["interactions"]
    matches = verdict.tally.settled + verdict.tally.void
    first, last = course.samples[0], course.samples[-1]
    flows = _flows(inside["flows"])
    return {
        "arguments": {name: str(value) for name, value in vars(course.arguments).items()},
        "interactions": interactions,
        "inbox": inside["inbox"],
        "flows": flows,
        "over_budget": [name for name, flow in flows.items() if _is_over(flow, course.arguments.rtt)],
        "cpu_ms_per_interaction": round(
            1000 * (last.cpu_s - first.cpu_s) / max(1, last.answered - first.answered), 2
        ),
        "cpu_share": round((last.cpu_s - first.cpu_s) / max(0.1, last.at_s - first.at_s), 2),
        "rss_mb": {"last": last.rss_mb, "peak": max(sample.rss_mb for sample in course.samples)},
        "rss_slope_mb_a_minute": course.slope_mb(),
        "letters_waiting_at_most": max(sample.queued for sample in course.samples),
        "mailboxes_full_at_most": max(sample.full for sample in course.samples),
        "dead_letters": inside["dead_letters"]["counts"],
        "matches": asdict(verdict.tally),
        "requests_per_match": round(verdict.counters["requests"] / max(1, matches), 1),
        "rate_limited": verdict.counters["rate_limited"],
        "audit": "ok"
        if all(each.ok for each in verdict.audit)
        else [e.name for e in verdict.audit if not e.ok],
        "troubles": [each for each in troubles(verdict) if "still open" not in each],
        "samples": [asdict(sample) for sample in course.samples],
    }


def _is_over(flow: dict[str, Any], rtt_ms: float) -> bool:
    """Whether a flow missed its budget: with its own time, or with all its time and one round trip."""
    if flow["budget"] is None:
        return False
    return bool(flow["p99"] > rtt_ms + flow["budget"]) if rtt_ms else bool(flow["own_p99"] > flow["budget"])


def _tables(figures: dict[str, Any]) -> Iterator[Table]:
    flows = Table("flow", "times", "p50 ms", "p95", "p99", "max", "own p99", "budget", box=None)
    for name, flow in figures["flows"].items():
        budget = "" if flow["budget"] is None else f"{flow['budget']:.0f}"
        late = "red" if name in figures["over_budget"] else ""
        flows.add_row(name, str(flow["count"]), *(f"{flow[q]:.1f}" for q in QUANTILES), budget, style=late)
    yield flows
    rest = Table("what", "value", box=None)
    for name, value in figures.items():
        if name not in {"flows", "samples", "arguments"}:
            rest.add_row(name, str(value))
    yield rest


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, and write the figures; 1 when something speaks against the run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--players", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument(
        "--rtt", type=float, default=0.0, help="milliseconds that Discord takes over everything"
    )
    parser.add_argument("--speed", type=float, default=1.0, help="how fast people are")
    parser.add_argument("--arrival", type=float, default=10.0, help="seconds within which everybody comes")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--steady", action="store_true", help="fail when memory or answers were not flat")
    parser.add_argument("--profile", type=Path, help="profile the bot with cProfile into this file")
    parser.add_argument("--json", type=Path, help="write all figures here")
    options = parser.parse_args(arguments)
    with data_folder(None) as folder:
        course, verdict, inside = trio.run(_spend, options, folder.path)
        folder.temporary = not troubles(verdict)
    path = options.json
    figures = _figures(course, verdict, inside)
    if path is not None:
        path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    console = Console()
    for table in _tables(figures):
        console.print(table)
    if options.steady and (unsteady := course.unsteady()):
        console.print(unsteady, style="red")
        return 1
    return 1 if figures["troubles"] or figures["audit"] != "ok" or figures["mailboxes_full_at_most"] else 0


if __name__ == "__main__":
    sys.exit(main())
