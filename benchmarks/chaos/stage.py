"""The programs of a round: a simulated Discord with people in it, and the bot, killed and started again."""

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trio

from actors.boundaries import COUNT, FailAt
from bot.demo_process import environment
from bot.simulator.refusals import NotSeen
from bot.simulator.remote import Remote, simulated_discord
from storage.embedded_files import is_alive, read_postmaster

READY_S = 60.0
STOP_S = 20.0
POLL_S = 0.05
LAST_WORDS = 300
"""Characters."""


class BotFailed(Exception):
    """The bot did something that no trouble explains."""


@dataclass(slots=True)
class Stage:
    """What runs, and where."""

    discord: Remote
    folder: Path
    traffic: Path
    bot: trio.Process | None = None
    starts: int = 0
    born_at: int = 0
    """Where in the log this life of the bot begins, in bytes."""

    @property
    def log(self) -> Path:
        """What the bot said, all lives of it."""
        return self.folder / "bot.log"

    async def start(self, fail_at: FailAt | None = None, *, counting: bool = False) -> None:
        """Start the bot; somebody is to die in it, or boundaries are counted."""
        self.starts += 1
        self.born_at = self.log.stat().st_size if self.log.exists() else 0
        settings = environment(
            DISCORD_API_URL=f"{self.discord.base_url}/api/v10",
            DISCORD_TOKEN=self.discord.token,
            EVOLADDER_STAFF_CHANNEL=str(self.discord.staff_channel_id),
            EVOLADDER_STAFF=str(self.discord.staff_user_id),
            EVOLADDER_LOG="json",
        )
        command = [sys.executable, "-m", "bot", "run", "--data", str(self.folder)]
        if fail_at is not None:
            named = (fail_at.boundary.value, str(fail_at.passage), fail_at.fate.value)
            command += ["--fail-at", ":".join(named)]
        elif counting:
            command += ["--fail-at", COUNT]
        with self.log.open("ab") as sink:
            self.bot = await trio.lowlevel.open_process(
                command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, cwd=self.folder, env=settings
            )

    async def is_ready(self) -> bool:
        """Wait until Discord knows the bot; False when it ended before."""
        with trio.move_on_after(READY_S):
            while self.running:
                try:
                    await self.discord.bot_is_ready(POLL_S)
                except NotSeen:
                    continue
                return True
        return False

    @property
    def running(self) -> bool:
        """Whether the bot's process lives."""
        return self.bot is not None and self.bot.poll() is None

    async def ends(self, within_s: float) -> bool:
        """Wait for the bot's end; whether it came."""
        assert self.bot is not None
        with trio.move_on_after(within_s):
            await self.bot.wait()
        return self.bot.poll() is not None

    @property
    def was_killed(self) -> bool:
        """Whether it was SIGKILL that ended the bot."""
        return self.bot is not None and self.bot.returncode == -signal.SIGKILL

    def last_words(self) -> str:
        """The end of what the bot said."""
        return self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1][:LAST_WORDS]

    async def kill(self) -> None:
        """SIGKILL, as a power cut would: nothing is put away."""
        assert self.bot is not None
        self.bot.kill()
        await self.ends(STOP_S)

    async def stop(self) -> None:
        """SIGTERM.

        Raises:
            BotFailed: it did not stop in order.
        """
        assert self.bot is not None
        self.bot.terminate()
        if not await self.ends(STOP_S):
            raise BotFailed(f"the bot did not stop within {STOP_S} s")
        if self.bot.returncode:
            raise BotFailed(f"an ordered stop ended with {self.bot.returncode}")

    @property
    def database_lives(self) -> bool:
        """Whether a PostgreSQL of this folder is there."""
        home = (self.folder / "postgres").resolve()
        found = read_postmaster(home)
        return found is not None and is_alive(found, home)

    def crash_database(self) -> bool:
        """Stop PostgreSQL in its immediate mode; False when it is not there anyway."""
        found = read_postmaster(self.folder / "postgres")
        if found is None or not found.ready:
            return False
        try:
            os.kill(found.pid, signal.SIGQUIT)
        except ProcessLookupError:
            return False
        return True

    @contextmanager
    def database_kept_down(self) -> Iterator[None]:
        """Whoever wants to start PostgreSQL waits: we hold the lock for it, as another program would."""
        lock = os.open(self.folder / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            with suppress(BlockingIOError):  # somebody starts it just now
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        finally:
            os.close(lock)

    async def evening(self) -> dict[str, Any]:
        """How the people fare, what Discord counted, which faults struck."""
        return dict(await self.discord.get("evening"))


@asynccontextmanager
async def open_stage(
    folder: Path, *, users: int, seed: int, minutes: float, speed: float
) -> AsyncIterator[Stage]:
    """Discord with people who expect bad weather; the bot is started by the caller and gone at the end."""
    traffic = folder / "traffic.jsonl"
    people = json.dumps({"minutes": minutes, "speed": speed, "weather": True})
    arguments = ["--users", str(users), "--seed", str(seed), "--people", people, "--traffic", str(traffic)]
    async with simulated_discord(*arguments, "--identify-every-s", "0.1") as discord:
        stage = Stage(discord, folder, traffic)
        try:
            yield stage
        finally:
            with trio.CancelScope(shield=True):
                if stage.running:
                    await stage.kill()
                with trio.move_on_after(STOP_S):
                    while stage.database_lives:  # noqa: ASYNC110  # one that just starts takes no order yet
                        stage.crash_database()
                        await trio.sleep(POLL_S)
