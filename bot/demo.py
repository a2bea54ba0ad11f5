"""The demo: one evening of simulated people on the real bot, from an empty database to the audit.

evoladder demo |- python -m bot.simulator   a Discord on loopback, with people in it
               |- python -m bot run         the same program as always; only address and token differ
"""

import json
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import trio
from rich.console import Console
from rich.live import Live

from bot import app, demo_view
from bot.config import Config, load, usable
from bot.demo_process import Child, ChildFailed, ask, environment, greeting, open_child
from bot.demo_report import Plan, Verdict, report, troubles
from bot.demo_view import WIDTH, Picture
from bot.exit_codes import STOPPED
from bot.looking import SOCKET, NoAnswer, Record, ask_bot, flows_by_name, tree_line

STARTING_AND_OVERTIME_S = 300.0
"""What an evening may take beside its minutes: the start of everything, overtime, and some air."""

LIVE_S, PLAIN_S = 1.0, 5.0
"""Seconds between two pictures on a terminal, and between two lines elsewhere."""

SWEEP_S = 30.0
"""How long it may take to stop the PostgreSQL of a bot that was killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was asked for on the command line."""

    players: int = 24
    minutes: float = 2.0
    seed: int = 7
    speed: float = 1.0
    arrival_s: float = 5.0
    """Within this everybody comes, divided by the speed."""
    under: tuple[str, ...] = ()
    """What the bot is run under: a module such as a profiler, and its arguments up to `-m`."""
    report: Path | None = None
    traffic: Path | None = None
    data: Path | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs."""

    options: Options
    folder: Path
    discord: Child
    bot: Child
    base_url: str


async def run(options: Options) -> int:
    """Run the evening.

    Returns:
        0 when every invariant holds and nobody was surprised, 1 otherwise, `STOPPED` when told to stop.
    """
    console = Console()
    console = console if console.is_terminal else Console(width=WIDTH)
    codes: list[int] = []
    async with trio.open_nursery() as programs:
        programs.start_soon(_stop_when_told, programs.cancel_scope)
        codes.append(await _guarded(options, console))
        programs.cancel_scope.cancel()
    return codes[0] if codes else STOPPED


async def _stop_when_told(scope: trio.CancelScope) -> None:
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as told:
        async for _ in told:
            scope.cancel()


async def _guarded(options: Options, console: Console) -> int:
    with data_folder(options.data) as folder:
        try:
            verdict = await _spend(options, folder.path, console)
        except ChildFailed as failure:
            folder.temporary = False
            console.print(
                f"{failure}\nLogs are kept in {folder.path}.", style="red", markup=False, soft_wrap=True
            )
            return 1
        if options.report is not None:
            text = json.dumps(report(verdict), indent=2, ensure_ascii=False)
            await trio.Path(options.report).write_text(text + "\n", encoding="utf-8")
        console.print(demo_view.closing(verdict))
        folder.temporary = folder.temporary and not troubles(verdict)
        if not folder.temporary:
            console.print(f"Database and logs are in {folder.path}.", style="dim")
        return 1 if troubles(verdict) else 0


async def _spend(options: Options, folder: Path, console: Console) -> Verdict:
    with ExitStack() as screen:
        show = screen.enter_context(_screen(console))
        show(Picture(step="starting Discord, PostgreSQL and the bot"))
        async with open_stage(options, folder) as stage:
            picture = await _watch(stage, show)
            show(replace(picture, step="auditing"))
            return await judge(stage)


@asynccontextmanager
async def open_stage(options: Options, folder: Path) -> AsyncIterator[Stage]:
    """The simulated Discord, then the bot; stopped the other way round."""
    people = json.dumps({"minutes": options.minutes, "speed": options.speed, "arrival_s": options.arrival_s})
    arguments = [
        "bot.simulator",
        "--users",
        str(options.players),
        "--seed",
        str(options.seed),
        "--people",
        people,
    ]
    if options.traffic is not None:
        arguments += ["--traffic", str(options.traffic.absolute())]
    async with open_child(
        "simulated Discord", arguments, folder=folder, environment=environment(), talks=True
    ) as discord:
        told = await greeting(discord)
        settings = environment(
            DISCORD_API_URL=f"{told['base_url']}/api/v10",
            DISCORD_TOKEN=told["token"],
            EVOLADDER_STAFF_CHANNEL=told["staff_channel_id"],
            EVOLADDER_STAFF=told["staff_user_id"],
            EVOLADDER_LOG="json",
        )
        command = [*options.under, "bot", "run", "--data", str(folder)]
        try:
            async with open_child("bot", command, folder=folder, environment=settings) as bot:
                yield Stage(options, folder, discord, bot, told["base_url"])
        finally:
            with trio.move_on_after(SWEEP_S, shield=True):
                await _sweep(folder)


async def _sweep(folder: Path) -> None:
    """Stop the PostgreSQL of a bot that had to be killed: whoever leaves the folder last does."""
    if await trio.Path(folder / "postgres" / "postmaster.pid").exists():
        await app.tally(_settings(folder))


def _settings(folder: Path) -> Config:
    """The bot's settings, for a look at its database. Nothing of the caller's own ladder."""
    return load(need_token=False, env_file=None, data_dir=folder, database_url=None)


async def _watch(stage: Stage, show: "Show") -> Picture:
    """Show how it goes until everybody is at home.

    Raises:
        ChildFailed: a program ended, or the evening did not.
    """
    picture = Picture(step="starting Discord, PostgreSQL and the bot")
    with trio.move_on_after(stage.options.minutes * 60 + STARTING_AND_OVERTIME_S):
        while not picture.evening.get("finished"):
            stage.discord.check()
            stage.bot.check()
            picture = await _look(stage)
            show(picture)
            await trio.sleep(show.every_s)
        return picture
    raise ChildFailed(f"The evening did not end. What is open: {picture.evening}")


async def _look(stage: Stage) -> Picture:
    told = await ask(stage.base_url, "/sim/evening")
    evening = told["evening"]
    if "elapsed_s" not in evening:
        return Picture(step="waiting for the bot", counters=told["counters"])
    return Picture(
        step="closing time" if evening["closing"] else "playing",
        evening=evening,
        counters=told["counters"],
        flows=flows_by_name(await _inside(stage, "flows")),
        tree=tree_line(await _inside(stage, "actors")),
    )


async def _inside(stage: Stage, what: str) -> list[Record]:
    """Look into the bot; nothing to see while it does not answer."""
    try:
        reply = await trio.to_thread.run_sync(ask_bot, stage.folder / SOCKET, what)
    except NoAnswer:
        return []
    answer: list[Record] = reply["answer"]
    return answer


async def judge(stage: Stage) -> Verdict:
    """Count what is in the database while the bot still runs."""
    options, config = stage.options, _settings(stage.folder)
    tally, audit, ladder = await app.tally(config), await app.audit(config), await app.ladder(config)
    told = await ask(stage.base_url, "/sim/evening")
    return Verdict(
        plan=Plan(players=options.players, minutes=options.minutes, seed=options.seed),
        tally=tally,
        counters=told["counters"],
        flows=flows_by_name(await _inside(stage, "flows")),
        audit=audit,
        ladder=ladder,
        evening=told["evening"],
        rss_mb=stage.bot.peak_mb(),
    )


# What the person at the terminal sees meanwhile.


@dataclass(slots=True)
class Show:
    """Pictures on a terminal, a line now and then elsewhere."""

    console: Console
    screen: Live | None
    every_s: float
    said: str = ""

    def __call__(self, picture: Picture) -> None:
        """Show this now."""
        if self.screen is not None:
            self.screen.update(demo_view.live(picture), refresh=True)
        elif (line := demo_view.line(picture)) != self.said:
            self.said = line
            self.console.print(line, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def _screen(console: Console) -> Iterator[Show]:
    if not console.is_terminal:
        yield Show(console, None, PLAIN_S)
        return
    with Live(console=console, auto_refresh=False, transient=True) as screen:
        yield Show(console, screen, LIVE_S)


@dataclass(slots=True)
class Folder:
    """Where the evening's database and logs are."""

    path: Path
    temporary: bool


@contextmanager
def data_folder(wanted: Path | None) -> Iterator[Folder]:
    """The folder that was asked for, or one that is gone afterwards unless somebody wants to look into it."""
    if wanted is not None:
        yield Folder(usable(wanted.absolute()), temporary=False)
        return
    # A short path: PostgreSQL's socket must fit into 107 bytes.
    folder = Folder(Path(tempfile.mkdtemp(prefix="evoladder-", dir="/tmp")), temporary=True)
    try:
        yield folder
    finally:
        if folder.temporary:
            shutil.rmtree(folder.path, ignore_errors=True)
