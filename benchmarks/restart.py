"""How soon a ladder in the middle of an evening answers again.

10,000 players, 500 of them in the queue, 200 open matches, 20,000 played ones; the real program, its
own PostgreSQL, the simulated Discord over real HTTP and a real websocket. Counted is the wall clock from
the start of the process until somebody's `/profile` is answered: as after `kill -9`, when PostgreSQL was
left running, and as after an ordered stop, when it has to start too. Each start finds the same data.

    python -m benchmarks.restart [--rounds N] [--json FILE]
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import trio
import trio_asyncio
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.restart_ladder import fill
from bot.demo_process import environment
from bot.simulator.remote import Remote, simulated_discord
from storage.embedded import open_postgres
from storage.migrate import migrate
from storage.pool import open_pool

PLAYERS, QUEUED, OPEN, PLAYED = 10_000, 500, 200, 20_000
FLOOR_S = 5.0
READY_S = 60.0
STOP_S = 30.0
IDENTIFY_S = 5.5
"""Before each start: Discord takes one IDENTIFY in five seconds, as if the bot had run for long."""
STRANGERS = 10**15
"""Players beyond those who are in the guild have numbers from here on."""


@dataclass(slots=True)
class Figures:
    """Seconds, a number for each start."""

    database_up: list[float] = field(default_factory=list)
    """Until the first answer, PostgreSQL left running, as after a kill."""
    database_down: list[float] = field(default_factory=list)
    """Until the first answer, PostgreSQL to be started too, as after an ordered stop."""
    connected: list[float] = field(default_factory=list)
    """Until Discord said READY; the rest is the way of one click."""
    cpu: list[float] = field(default_factory=list)
    """Of the bot's process alone until then: what a machine that is shared with others cannot distort."""
    stop: list[float] = field(default_factory=list)
    """From SIGTERM until the process has ended, seconds after that start."""

    def summary(self) -> dict[str, dict[str, float]]:
        """Median and worst of each."""
        each = {
            name: getattr(self, name) for name in ("database_up", "database_down", "connected", "cpu", "stop")
        }
        return {
            name: {"median_s": round(statistics.median(took), 3), "worst_s": round(max(took), 3)}
            for name, took in each.items()
        }


@asynccontextmanager
async def running(discord: Remote, folder: Path) -> AsyncIterator[trio.Process]:
    """The program over this folder, until left; whoever leaves while it runs kills it."""
    settings = environment(
        DISCORD_API_URL=f"{discord.base_url}/api/v10", DISCORD_TOKEN=discord.token, EVOLADDER_LOG="json"
    )
    command = [sys.executable, "-m", "bot", "run", "--data", str(folder)]
    with (folder / "bot.log").open("ab") as sink:
        process = await trio.lowlevel.open_process(
            command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, cwd=folder, env=settings
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            with trio.CancelScope(shield=True):
                await process.wait()


def cpu_s(pid: int) -> float:
    """CPU seconds of a process so far, of the user and of the system; 0 where `/proc` does not tell."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


async def start_once(discord: Remote, folder: Path, took: list[float], figures: Figures) -> None:
    """Start, be answered, stop; on data that is thrown away."""
    await trio.sleep(IDENTIFY_S)
    started = time.perf_counter()
    async with running(discord, folder) as process:
        await discord.bot_is_ready(READY_S)
        connected = time.perf_counter()
        answered = await discord.person("alice").slash("profile")
        assert answered.failure is None, answered
        took.append(time.perf_counter() - started)
        figures.connected.append(connected - started)
        figures.cpu.append(cpu_s(process.pid))
        started = time.perf_counter()
        process.terminate()
        with trio.fail_after(STOP_S):
            await process.wait()
        figures.stop.append(time.perf_counter() - started)
    await discord.bot_is_away()


async def measure(rounds: int) -> Figures:
    """Fill a ladder once and start it again and again, each time as it was."""
    figures, rehearsal = Figures(), Figures()
    with _folder() as filled:
        async with simulated_discord("--users", str(QUEUED + 2 * OPEN)) as discord:
            guests = [int(user["id"]) for user in (await discord.state())["users"] if not user["bot"]]
            ids = [*guests, *range(STRANGERS, STRANGERS + PLAYERS - len(guests))]
            async with open_postgres(filled) as dsn, trio_asyncio.open_loop(), open_pool(dsn) as pool:
                await migrate(pool)
                await fill(pool, ids, queued=QUEUED, open_matches=OPEN, played=PLAYED)
            # The first start has the commands registered, as they are on every later one.
            await _start_copies(discord, filled, rehearsal)
            for _ in range(rounds):
                await _start_copies(discord, filled, figures)
    return figures


async def _start_copies(discord: Remote, filled: Path, figures: Figures) -> None:
    with _folder() as copy:
        _copy(filled, copy)
        await start_once(discord, copy, figures.database_down, figures)
    with _folder() as copy:
        _copy(filled, copy)
        async with open_postgres(copy):
            await start_once(discord, copy, figures.database_up, figures)


@contextmanager
def _folder() -> Iterator[Path]:
    """Short, for sockets, and where the database's own user may look."""
    with tempfile.TemporaryDirectory(prefix="restart-", dir="/tmp", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


def _copy(filled: Path, to: Path) -> None:
    """With its owners, which only `cp` keeps."""
    subprocess.run(["/bin/cp", "-a", f"{filled}/.", str(to)], check=True)


def table(figures: Figures) -> Table:
    """For people."""
    shown = Table(title=f"{PLAYERS} players, {QUEUED} queued, {OPEN} open matches", title_justify="left")
    for head in ("", "median s", "worst s"):
        shown.add_column(head, justify="left" if not head else "right")
    for name, took in figures.summary().items():
        shown.add_row(name.replace("_", " "), f"{took['median_s']:.2f}", f"{took['worst_s']:.2f}")
    return shown


def main(
    rounds: Annotated[int, typer.Option(min=1)] = 5,
    to: Annotated[Path | None, typer.Option("--json", metavar="FILE")] = None,
) -> None:
    """Measure; exit code 1 when the worst start took longer than the floor."""
    figures = trio.run(measure, rounds)
    Console().print(table(figures))
    worst = max(figures.database_up + figures.database_down)
    if to is not None:
        sizes = {"players": PLAYERS, "queued": QUEUED, "open_matches": OPEN, "played": PLAYED}
        told = {"sizes": sizes, "rounds": rounds, "floor_s": FLOOR_S, "worst_s": worst, **figures.summary()}
        to.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    sys.exit(worst > FLOOR_S)


if __name__ == "__main__":
    typer.run(main)
