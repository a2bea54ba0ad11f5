"""An evening of the whole program: the real bot, its own PostgreSQL, a Discord on loopback."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zlib import crc32

import trio

from actors.rules.ids import Gateway
from actors.rules.maps import POOL, Map
from actors.rules.replay import Result
from bot.demo_process import environment
from bot.simulator.lessons import lessons
from bot.simulator.remote import Happened, Remote, RemotePerson, attached, simulated_discord
from bot.simulator.replay_files import game_files
from bot.simulator.replay_spec import GameSpec, Seat
from bot.simulator.replay_writer import forge, write

START_S = 60.0
STOP_S = 10.0
"""An ordered stop takes no longer."""
SEES_S = 15.0
TOLD = 600
"""Characters of a request or an event that are printed."""


@dataclass(slots=True)
class Evening:
    """The world, and a bot that may be killed and started again on the same data."""

    discord: Remote
    folder: Path
    bot: trio.Process | None = None
    public_disputes: bool = False
    """Whether disputes are posted where every player can see them."""
    taught: bool = False
    """Whether the ladder knows all maps of the pool."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """What else the bot is told."""

    async def opens(self) -> None:
        """Start the bot and wait until Discord knows it."""
        settings = environment(
            DISCORD_API_URL=f"{self.discord.base_url}/api/v10",
            DISCORD_TOKEN=self.discord.token,
            EVOLADDER_STAFF_CHANNEL=self.disputes,
            EVOLADDER_STAFF=str(self.discord.staff_user_id),
            EVOLADDER_LOG="json",
            **self.settings,
        )
        with self.log.open("ab") as sink:
            self.bot = await trio.lowlevel.open_process(
                [sys.executable, "-m", "bot", "run", "--data", str(self.folder)],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                cwd=self.folder,
                env=settings,
            )
        await self.discord.bot_is_ready(START_S)
        if not self.taught:
            await self.is_taught()

    async def is_taught(self) -> None:
        """Staff have the ladder learn the maps of which it is shipped without a version."""
        staff = self.discord.person("staff")
        for lesson in lessons(datetime.now(UTC), (Gateway.EUROPE,)):
            learned = await staff.slash("replays learn", file=attached("good.SC2Replay", lesson))
            assert "Learned" in learned.text, learned
        self.taught = True

    async def is_killed(self) -> None:
        """SIGKILL, as a power cut would: nothing is put away."""
        assert self.bot is not None
        os.kill(self.bot.pid, signal.SIGKILL)
        with trio.fail_after(STOP_S):
            await self.bot.wait()
        await self.discord.bot_is_away()

    async def closes(self) -> int:
        """SIGTERM; the exit code of an ordered stop."""
        assert self.bot is not None
        self.bot.terminate()
        with trio.fail_after(STOP_S):
            return await self.bot.wait()

    async def asks(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`evoladder ...` on the same data."""
        command = [sys.executable, "-m", "bot", *arguments, "--data", str(self.folder)]
        done = await trio.run_process(
            command, capture_stdout=True, capture_stderr=True, check=False, cwd=self.folder, env=environment()
        )
        texts = (done.stdout.decode(), done.stderr.decode())
        return subprocess.CompletedProcess(command, done.returncode, *texts)

    async def counters(self) -> dict[str, Any]:
        """What the simulated Discord counted."""
        return dict((await self.discord.state())["counters"])

    async def empties_the_queue(self) -> None:
        """Everybody who can press "Cancel queue" does."""
        for user in (await self.discord.state())["users"]:
            person = self.discord.person(user["name"])
            shown = [] if user["bot"] else await person.messages()
            labels = {button["label"] for message in shown for button in message["buttons"]}
            if "Cancel queue" in labels:
                await person.presses("Cancel queue")

    async def tale(self) -> str:
        """What Discord and the bot said last, for a story that went wrong."""
        lines = [str(line)[:TOLD] for line in await self.discord.transcript(60)]
        lines += self.log.read_text(encoding="utf-8").splitlines()[-40:]
        return "\n".join(lines)

    @property
    def disputes(self) -> str:
        """The id of the channel where disputes are posted."""
        channel = self.discord.public_channel_id if self.public_disputes else self.discord.staff_channel_id
        return str(channel)

    @property
    def log(self) -> Path:
        """What the bot said."""
        return self.folder / "bot.log"

    async def regulars(self, *names: str) -> list["Guest"]:
        """Players who have set up."""
        guests = [await self.guest(name) for name in names]
        async with trio.open_nursery() as together:
            for guest in guests:
                together.start_soon(guest.sets_up)
        return guests

    async def guest(self, name: str) -> "Guest":
        """Somebody who has just joined the server."""
        return Guest(self, await self.discord.add_person(name), name)


@dataclass(slots=True)
class Guest:
    """A player, by what one does and sees in the direct messages with the bot."""

    evening: Evening
    person: RemotePerson
    name: str

    async def sets_up(self, country: str = "Germany", region: str = "EUW") -> None:
        """From the first command to a stored profile."""
        await self.person.slash("setup")
        await self.presses("Accept")
        await self.presses("Begin set-up")
        await self.submits(country=country)
        await self.person.selects("Where do you live?", region)
        await self.presses("Confirm")
        await self.sees("Set-up complete")

    async def submits(self, **entries: str) -> Happened:
        """Fill in the set-up form."""
        name = self.name.capitalize()
        form = {"name": name, "battletag": f"{name}#1234", "alt_names": "", "country": "DE"} | entries
        return await self.person.submits(form)

    async def queues(self, *, bw: str | None = None, sc2: str | None = None) -> None:
        """Choose races and join."""
        await self.person.slash("queue")
        if bw:
            await self.person.selects("Brood War race", bw)
        if sc2:
            await self.person.selects("StarCraft II race", sc2)
        await self.presses("Join queue")
        await self.sees("Searching for an opponent")

    async def leaves_a_queue_card(self, *, bw: str) -> None:
        """Choose a race on a card and look away: it stays in the chat, ready to join."""
        await self.person.slash("queue")
        await self.person.selects("Brood War race", bw)

    async def presses(self, label: str) -> Happened:
        """The newest button with this label."""
        happened = await self.person.presses(label)
        assert happened.failure is None, happened
        assert not happened.late
        return happened

    async def reports(self, claim: str) -> Happened:
        """Choose in the menu of the match card."""
        return await self.person.selects("No replay? How did it end?", claim)

    async def sees(
        self, text: str, *, button: str | None = None, within_s: float = SEES_S, after: int = 0
    ) -> dict[str, Any]:
        """Wait for a message with this text, written after this revision of the world."""
        return await self.person.sees(text, button=button, within_s=within_s, after=after)

    async def sees_no_more(self, text: str = "", *, button: str | None = None) -> None:
        """Wait until no message has this text and this button."""
        await self.person.sees_no_more(text, button=button, within_s=SEES_S)

    async def uploads(self, content: bytes, name: str = "game.SC2Replay") -> None:
        """Drop a file into the chat."""
        await self.person.uploads(name, content)

    def played(self, race: str, result: Result) -> Seat:
        """How this player stands in a replay."""
        name = self.name.capitalize()
        return Seat(name=name, race=race, toon=f"2-S2-1-{crc32(name.encode())}", result=result)

    async def confirmed_match(self) -> int:
        """Confirm, and say the number of the match once both did."""
        card = await self.sees("found!", button="Confirm match")
        await self.presses("Confirm match")
        return int(card["text"].split("Match #")[1].split()[0])


async def are_matched(one: Guest, other: Guest, *, confirm: bool = True) -> int:
    """Queue as Brood War and StarCraft II, and confirm; the number of the match."""
    await one.queues(bw="bw_zerg")
    await other.queues(sc2="sc2_terran")
    if not confirm:
        card = await one.sees("found!", button="Confirm match")
        return int(card["text"].split("Match #")[1].split()[0])
    number = await one.confirmed_match()
    assert await other.confirmed_match() == number
    await one.sees("How to report")
    await other.sees("How to report")
    return number


async def game_of(winner: Guest, loser: Guest, *, swapped: bool = False) -> GameSpec:
    """The match on the winner's card, played just now: Zerg against Terran, or the other way round."""
    races = ("Terran", "BW Zerg") if swapped else ("BW Zerg", "Terran")
    seats = (winner.played(races[0], Result.WON), loser.played(races[1], Result.LOST))
    return _game(await _map_of(winner), *(seats[::-1] if swapped else seats))


@dataclass(frozen=True, slots=True)
class Scene:
    """Somebody in each situation that a player may be in."""

    live: int
    """The match of `players`."""
    players: tuple[Guest, Guest]
    found: tuple[Guest, Guest]
    """Told of a match that nobody has confirmed."""
    half: int
    """The match of `winner`, who has reported, and `loser`, who has not."""
    winner: Guest
    loser: Guest
    waiting: Guest
    """In the queue."""
    card: dict[str, Any]
    """What `waiting` sees."""


async def set_scene(evening: Evening) -> Scene:
    """Have seven regulars get into these situations."""
    paul, quinn, rosa, sven, tina, ugo, vera = await evening.regulars(
        "paul", "quinn", "rosa", "sven", "tina", "ugo", "vera"
    )
    live = await are_matched(paul, quinn)
    await are_matched(rosa, sven, confirm=False)
    await sven.sees("found!", button="Confirm match")
    half = await are_matched(tina, ugo)
    await tina.reports("won")
    await vera.queues(bw="bw_terran")
    card = await vera.sees("Searching for an opponent")
    return Scene(live, (paul, quinn), (rosa, sven), half, tina, ugo, vera, card)


async def replay_of(winner: Guest, loser: Guest) -> bytes:
    """The replay of the match on the winner's card."""
    return write(await game_of(winner, loser))


async def forged_replay_of(winner: Guest, loser: Guest) -> bytes:
    """The replay of that game after the loser wrote himself down as the winner."""
    played = await game_of(winner, loser)
    won, lost = played.players
    claimed = (replace(won, result=Result.LOST), replace(lost, result=Result.WON))
    return forge(played, replace(played, players=claimed))


async def replay_of_another_game(winner: Guest, loser: Guest) -> bytes:
    """What the two played just now, on a map and with races that nobody asked for."""
    asked_for = await _map_of(winner)
    other = next(each for each in POOL if each != asked_for)
    seats = (winner.played("BW Protoss", Result.WON), loser.played("Zerg", Result.LOST))
    return write(_game(other, *seats))


async def _map_of(player: Guest) -> Map:
    card = await player.sees("How to report")
    return next(each for each in POOL if each.full_name in card["text"])


def _game(played: Map, *seats: Seat) -> GameSpec:
    return GameSpec(
        players=seats,
        map_name=played.full_name,
        handles=game_files(played.key, Gateway.EUROPE),
        gateway=Gateway.EUROPE,
        ended_at=datetime.now(UTC),
        length_s=2.0,
        seed=1,
    )


@asynccontextmanager
async def open_evening(
    folder: Path, *, public_disputes: bool = False, settings: Mapping[str, str] | None = None
) -> AsyncIterator[Evening]:
    """A world with a running bot; everything is stopped at the end, and the log shown when it went wrong."""
    async with simulated_discord("--users", "2", "--seed", "3") as discord:
        evening = Evening(discord, folder, public_disputes=public_disputes, settings=settings or {})
        try:
            await evening.opens()
            yield evening
        except BaseException:
            with trio.move_on_after(STOP_S, shield=True):
                sys.stdout.write(await evening.tale())
            raise
        finally:
            with trio.move_on_after(4 * STOP_S, shield=True):
                if evening.bot is not None and evening.bot.poll() is None:
                    await evening.closes()
                if (folder / "postgres" / "postmaster.pid").exists():
                    await evening.asks("migrate")  # whoever leaves the folder last stops its server
