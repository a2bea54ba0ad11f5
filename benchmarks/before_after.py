"""Four slow sequences of the earlier bot beside ours: the same database, the same round trip, in turns.

    python -m benchmarks.before_after --rtt 50          # half a minute

The earlier bot read one thing after the other, edited one message after the other, asked the database for
ranks while it built a card, and looked every second whether a match had been found. Its sequences are
written anew here over our pool, so that only the order of things differs.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import trio
from rich.console import Console
from rich.table import Table

from actors.ports import Place, Priority
from actors.rules.board import Board
from actors.rules.ids import ChannelId, MessageId, PlayerId, Race
from actors.rules.screens import Notice
from actors.rules.settings import Settings
from bot import logs
from bot.drawing import draw
from bot.post import DiscordPost
from bot.text import texts_of
from storage.bridge import open_bridge
from storage.embedded import open_postgres
from storage.migrate import migrate
from storage.pool import Pool, open_pool
from storage.sql import Query
from storage.store import PostgresStore
from supervision import Actor, ChildSpec, Registry, Strategy, SupervisorSpec, open_system
from tests.storage.crowd import fill

PLAYERS, MATCHES = 2000, 4000
POLL_S = 1.0
"""How often the earlier bot looked for a match."""
ONE, OTHER = PlayerId(7), PlayerId(8)
RACES = (Race.BW_ZERG, Race.SC2_ZERG)


def _query(text: str) -> Query:
    return Query("before", "what the earlier bot asked", text)


PLAYER = _query("SELECT * FROM player WHERE id = $1")
RATING = _query("SELECT rating FROM rating WHERE player = $1 AND race = $2")
WAITS = _query("SELECT joined_at FROM queue_entry WHERE player = $1")
PLAYS = _query("SELECT match FROM match_player WHERE player = $1 AND open")
RANK = _query(
    "SELECT 1 + count(*) FROM rating AS r WHERE r.race = $2"
    " AND r.rating > (SELECT rating FROM rating WHERE player = $1 AND race = $2)"
)
COUNTED = _query("SELECT count(*) FROM rating WHERE race = $1")
_Way = Callable[[], Awaitable[float]]
"""Does the thing once; seconds."""


@dataclass(frozen=True, slots=True)
class Discord:
    """A line to Discord that takes a round trip."""

    rtt_s: float

    async def request(self, method: str, path: str, body: object = None, **ids: int) -> Any:
        """Nothing but the way there and back."""
        del method, path, body, ids
        await trio.sleep(self.rtt_s)
        return {"id": "1"}

    async def download(self, url: str, limit: int) -> bytes:
        """Nobody asks."""
        raise AssertionError(url, limit)


@dataclass(slots=True)
class Rivals:
    """One thing done in two ways, in turns."""

    name: str
    before: _Way
    after: _Way
    seconds: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))

    async def play(self) -> None:
        """A round."""
        for way, kept in zip((self.before, self.after), self.seconds, strict=True):
            kept.append(await way())

    def row(self) -> list[str]:
        """The middle and the slow end of both, and how many times faster ours is."""
        before, after = (statistics.median(kept) for kept in self.seconds)
        slow = [sorted(kept)[int(0.95 * (len(kept) - 1))] for kept in self.seconds]
        figures = [f"{1000 * each:.2f}" for each in (before, slow[0], after, slow[1])]
        return [self.name, *figures, f"{before / after:.1f} x"]


async def _timed(doing: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await doing()
    return time.perf_counter() - began


# A join: what the earlier bot read, in its order.


async def _read_in_turns(pool: Pool) -> None:
    await pool.fetchrow(PLAYER, ONE)
    await pool.fetchrow(WAITS, ONE)
    await pool.fetchrow(PLAYS, ONE)
    for race in RACES:
        await pool.fetchrow(RATING, ONE, race.value)


# Two messages.


async def _edit(post: DiscordPost, reader: int) -> None:
    await post.edit(Place(ChannelId(reader), MessageId(1)), Notice("busy"), Priority.MATCH)


async def _edit_in_turns(post: DiscordPost) -> None:
    for reader in (1, 2):
        await _edit(post, reader)


async def _edit_at_once(post: DiscordPost) -> None:
    async with trio.open_nursery() as edits:
        for reader in (1, 2):
            edits.start_soon(_edit, post, reader)


# The ranks on a card.


async def _ranks_from_the_database(pool: Pool) -> None:
    for player in (ONE, OTHER):
        await pool.fetchrow(PLAYER, player)
        for race in RACES:
            await pool.fetchval(RANK, player, race.value)
            await pool.fetchval(COUNTED, race.value)


async def _ranks_from_memory(board: Board) -> None:
    for player in (ONE, OTHER):
        for race in RACES:
            board.rank(player, race)
    await trio.lowlevel.checkpoint()


# A match is found: until the one who waits knows.


class Waiter(Actor[float]):
    """Somebody who waits for a match, as an actor: notes how old the news is."""

    def __init__(self, heard: trio.MemorySendChannel[float]) -> None:
        self._heard = heard

    async def handle(self, message: float) -> None:
        """It was found at this time."""
        self._heard.send_nowait(time.perf_counter() - message)


async def _polled(pool: Pool, phase: float) -> float:
    """The match is found at some point between two looks; each look is a query."""
    found_at = time.perf_counter()
    await trio.sleep(POLL_S * phase)
    await pool.fetchrow(PLAYS, ONE)
    return time.perf_counter() - found_at


async def _contests(pool: Pool, rtt_s: float, registry: Registry, heard: Any) -> list[Rivals]:
    store, board = PostgresStore(pool, Settings(), None), Board(Settings())
    board.change(await store.standings(), datetime.now(UTC))
    post = DiscordPost(Discord(rtt_s), partial(draw, texts=texts_of()))
    phases = iter([(number * 0.618) % 1.0 for number in range(10_000)])

    async def pushed() -> float:
        registry.ref(("waiter", 1)).cast(time.perf_counter())
        return float(await heard.receive())

    return [
        Rivals(
            "what a join reads",
            lambda: _timed(partial(_read_in_turns, pool)),
            lambda: _timed(partial(store.player, ONE, "p7", datetime.now(UTC))),
        ),
        Rivals(
            "two players' cards edited",
            lambda: _timed(partial(_edit_in_turns, post)),
            lambda: _timed(partial(_edit_at_once, post)),
        ),
        Rivals(
            "ranks for a match card",
            lambda: _timed(partial(_ranks_from_the_database, pool)),
            lambda: _timed(partial(_ranks_from_memory, board)),
        ),
        Rivals("until a found match is known", lambda: _polled(pool, next(phases)), pushed),
    ]


async def _measure(rtt_s: float, rounds: int, folder: Path) -> list[Rivals]:
    heard_end, heard = trio.open_memory_channel[float](1)
    waiter = ChildSpec(id="waiter", key=("waiter", 1), start=lambda: Waiter(heard_end))
    tree = SupervisorSpec(id="top", strategy=Strategy.ONE_FOR_ONE, children=(waiter,))
    registry = Registry()
    async with (
        open_bridge(),
        open_postgres(folder) as dsn,
        open_pool(dsn) as pool,
        open_system(tree, registry=registry),
    ):
        await migrate(pool)
        await fill(pool, PLAYERS, MATCHES)
        contests = await _contests(pool, rtt_s, registry, heard)
        for _ in range(rounds):
            for contest in contests:
                await contest.play()
    return contests


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.before_after", description=__doc__)
    parser.add_argument("--rtt", type=float, default=50.0, help="milliseconds of a request to Discord")
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args(arguments)
    logs.set_up(least="warning")
    with tempfile.TemporaryDirectory(prefix="evoladder-", dir="/tmp") as folder:
        contests = trio.run(_measure, options.rtt / 1000, options.rounds, Path(folder))
    table = Table("what", "before ms", "p95", "ours ms", "p95", "ours is", box=None)
    for contest in contests:
        table.add_row(*contest.row())
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
