"""How many connections the pool should have: the same clicks with one, two, four, eight and sixteen of them.

    python -m benchmarks.pool              # about a minute, with a PostgreSQL of its own
    python -m benchmarks.pool --people 300

Everybody clicks all the time: reads himself (`/queue`), joins, leaves. What a click waits for a connection,
what it takes in all, and how many clicks a second get through.
"""

import argparse
import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import structlog
import trio

from actors.ports import Place
from actors.rules.ids import ChannelId, MessageId, PlayerId, Race, Region
from actors.rules.player import Preferences, Profile
from actors.rules.settings import Settings
from storage.bridge import open_bridge
from storage.embedded import open_postgres
from storage.migrate import migrate
from storage.pool import Limits, Pool, open_pool
from storage.store import PostgresStore
from supervision import Histogram

SIZES = (1, 2, 4, 8, 16)
ROUNDS = 10
"""Clicks of each kind that each person makes."""
PATIENT_S = 60.0


async def enroll(store: PostgresStore, people: Sequence[PlayerId]) -> None:
    """Everybody has set up and chosen a race."""
    now = datetime.now(UTC)
    for player in people:
        name = "N" + "".join(chr(ord("a") + int(digit)) for digit in f"{player:04}")
        await store.player(player, name, now)
        await store.accept_terms(player, accepted=True, now=now)
        profile = Profile(name=name, battletag=f"{name}#1234", alt_names=(), country="DE", region=Region.EUW)
        await store.save_profile(player, profile, now)
        await store.save_preferences(player, Preferences(bw=Race.BW_ZERG))


async def clicks(store: PostgresStore, player: PlayerId, took: Histogram) -> None:
    """One person, as quick as the ladder lets him."""
    place = Place(ChannelId(player), MessageId(player))
    for _ in range(ROUNDS):
        for click in (
            lambda: store.player(player, "somebody", datetime.now(UTC)),
            lambda: store.join(player, place, datetime.now(UTC)),
            lambda: store.leave(player, datetime.now(UTC)),
        ):
            begun = trio.current_time()
            await click()
            took.add(trio.current_time() - begun)


async def measure(pool: Pool, people: Sequence[PlayerId]) -> tuple[float, Histogram]:
    """Clicks a second, and what each took."""
    store, took = PostgresStore(pool, Settings()), Histogram()
    begun = trio.current_time()
    async with trio.open_nursery() as evening:
        for player in people:
            evening.start_soon(clicks, store, player, took)
    return took.count / (trio.current_time() - begun), took


def all_of(histograms: Iterable[Histogram]) -> Histogram:
    """Several histograms as one."""
    together = Histogram()
    for each in histograms:
        together.counts = [sum(pair) for pair in zip(together.counts, each.counts, strict=True)]
        together.count += each.count
        together.max_s = max(together.max_s, each.max_s)
    return together


async def row(dsn: str, size: int, people: Sequence[PlayerId]) -> str:
    """One row of the table."""
    async with open_pool(dsn, limits=Limits(connections=size, acquire_s=PATIENT_S)) as pool:
        await pool.warm()
        each_second, took = await measure(pool, people)
        waited, queries = pool.gauges.acquired, all_of(pool.gauges.queries.values())
        numbers = (took.quantile(0.5), took.quantile(0.99), waited.quantile(0.99), queries.quantile(0.99))
        told = " | ".join(f"{seconds * 1000:.1f} ms" for seconds in numbers)
        return f"| {size} | {each_second:.0f} | {told} |"


async def main(folder: Path, number: int) -> None:
    """Print a row for each size."""
    people = [PlayerId(at) for at in range(1, number + 1)]
    async with open_bridge(), open_postgres(folder) as dsn:
        async with open_pool(dsn) as pool:
            await migrate(pool)
            await enroll(PostgresStore(pool, Settings()), people)
        print("| connections | clicks/s | p50 | p99 | wait for a connection p99 | query p99 |")
        print("|---|---|---|---|---|---|")
        for size in SIZES:
            print(await row(dsn, size, people), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=100)
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("error"))
    with tempfile.TemporaryDirectory(prefix="pool-", dir="/tmp", ignore_cleanup_errors=True) as made:
        Path(made).chmod(0o755)
        trio.run(main, Path(made), arguments.people)
