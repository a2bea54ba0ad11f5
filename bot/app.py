"""The composition root: the one place that knows every room.

`run` is the bot; `migrate`, `audit`, `ladder` and `tally` look at its database, also
while it runs. Without `DATABASE_URL` they use the PostgreSQL of the data folder: the
running one, else their own for as long as they need it.
"""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import structlog
import trio

from actors import courier, session, uploads
from actors.boundaries import Boundary, passed
from actors.doors import Doors, TrioClock
from actors.messages import Answer, Drawn, Lend
from actors.ports import Invariant, Reader, Tally
from actors.rules.ids import PlayerId
from actors.rules.known_versions import shipped
from actors.rules.rank import Placed
from actors.rules.rank import ladder as places
from actors.rules.settings import Settings
from actors.solving import open_solver
from actors.tree import ladder as tree
from bot import collector, flows, intake
from bot.commands import COMMANDS
from bot.config import Config
from bot.drawing import draw
from bot.errors import BadToken
from bot.gateway import open_discord
from bot.inbox import Inbox
from bot.post import DiscordPost, Draw
from bot.reading import Bad, Sheet, read_all
from bot.text import texts_of
from bot.windows import Windows, open_windows
from storage.backup import Vault
from storage.bridge import open_bridge
from storage.embedded import open_postgres
from storage.errors import DatabaseRefused, StorageUnavailable
from storage.migrate import migrate as apply_migrations
from storage.pool import Pool, open_pool
from storage.replay_reader import open_replay_reader
from storage.replays import ReplayFiles
from storage.sql import load as load_queries
from storage.store import PostgresStore
from supervision import Call, Registry, Spec, SupervisorSpec, open_system

log = structlog.get_logger()

STOP_S = 7.0
"""How long a stop may take in order; what is left then is cut off, and a start takes it up again."""

REFUSED: tuple[type[Exception], ...] = (BadToken, DatabaseRefused)
"""A setting is wrong although it looks right: Discord or the database server says no."""


class Dice:
    """Numbers in [0, 1) from the operating system."""

    def __init__(self) -> None:
        self._random = random.SystemRandom()

    def draw(self) -> float:
        """One number."""
        return self._random.random()


async def run(config: Config) -> int:
    """Be the bot until told to stop, or until the tree gives up.

    Returns:
        The exit code: 0 after an ordered stop.

    Raises:
        BadToken, DatabaseRefused, StorageUnavailable, DiscordUnavailable: it could not start.
    """
    settings = Settings()
    async with (
        open_windows(config.data_dir) as windows,
        open_bridge(),
        _database(config) as pool,
        open_replay_reader(settings, at_once=True) as reader,
        open_solver() as solver,
        open_discord(config) as discord,
    ):
        applied = await apply_migrations(pool)
        passed(Boundary.PROGRAM_MIGRATED)
        store = await _staffed(pool, settings, config)
        registry, drawing = Registry(), partial(draw, texts=texts_of(config.locale))
        post = DiscordPost(discord, drawing)
        doors = Doors(
            store=store,
            post=post,
            downloads=post,
            reader=reader,
            files=ReplayFiles(config.data_dir / "replays"),
            clock=TrioClock(datetime.now(UTC), trio.current_time()),
            luck=Dice(),
            solver=solver,
            settings=settings,
            staff_channel=config.staff_channel,
            look=windows.page,
            measured=windows.flows,
        )
        inbox = _inbox(registry, doors, post, drawing)
        windows.answers |= {"inbox": inbox.stats.summary, "pool": pool.summary}
        desks = (collector.spec(inbox.answering), *_metrics(config, windows, pool, inbox))
        whole = tree(doors, intake.spec(discord, inbox, COMMANDS), *desks)
        await _live(whole, registry, windows, pool, applied)
    log.info("ladder.stopped")
    return 0


async def _live(
    whole: SupervisorSpec, registry: Registry, windows: Windows, pool: Pool, applied: Sequence[str]
) -> None:
    """From the start of the tree to its end."""
    async with open_system(
        whole, registry=registry, signals=True, stop_s=STOP_S, looking=windows.open, flow_sink=flows.report
    ) as system:
        log.info("ladder.started", migrations=list(applied))
        with collector.collected_in_quiet():
            await pool.warm()
            await system.wait()


async def _staffed(pool: Pool, settings: Settings, config: Config) -> PostgresStore:
    """The store, once it knows its staff and the versions of the game that are shipped."""
    store = PostgresStore(pool, settings, config.staff_channel)
    await store.ensure_staff(sorted(config.staff))
    await store.ensure_versions(shipped().versions, datetime.now(UTC))
    return store


def _metrics(config: Config, windows: Windows, pool: Pool, inbox: Inbox) -> tuple[Spec, ...]:
    """The desk that shows figures to Prometheus, if it is wanted."""
    if config.metrics_at is None:
        return ()
    from bot import figures, metrics_page  # noqa: PLC0415  # a tenth of a second that others need not wait

    read = partial(figures.read, windows, pool, inbox.stats)
    return (metrics_page.spec(*config.metrics_at, read),)


def _inbox(registry: Registry, doors: Doors, post: DiscordPost, drawing: Draw) -> Inbox:
    """The inbox, with the ways to sessions and couriers."""

    async def ask(player: PlayerId, letter: Call[Answer]) -> Answer:
        ref = await session.wake(registry, doors, player)
        return await ref.call(letter)

    async def tell_courier(reader: Reader, letter: Lend | Drawn) -> None:
        await courier.tell(registry, doors, reader, letter)

    hand_in = partial(uploads.hand_in, registry, doors)
    return Inbox(ask=ask, hand_in=hand_in, courier=tell_courier, draw=drawing, post=post)


async def migrate(config: Config) -> tuple[str, ...]:
    """Bring the database up to date; the names of the migrations that were applied."""
    async with open_bridge(), _database(config) as pool:
        return await apply_migrations(pool)


async def audit(config: Config) -> tuple[Invariant, ...]:
    """Every invariant of the database with its result."""
    async with _store(config) as store:
        return await store.audit(datetime.now(UTC))


async def ladder(config: Config) -> tuple[Placed, ...]:
    """The whole leaderboard."""
    async with _store(config) as store:
        return places(await store.standings(), datetime.now(UTC), Settings())


async def replays(files: Sequence[Path], good: Sequence[Path]) -> tuple[Sheet | Bad, ...]:
    """What these replays say, without a database."""
    async with open_replay_reader(Settings()) as reader:
        return await read_all(reader, files, good)


async def tally(config: Config) -> Tally:
    """Matches by how they stand."""
    async with _store(config) as store:
        return await store.tally()


async def back_up(config: Config, to: Path) -> None:
    """Write a backup of database and replay files, also while the bot runs."""
    async with _server(config) as dsn:
        await Vault(dsn, config.data_dir).back_up(to)


async def restore(config: Config, source: Path) -> tuple[Invariant, ...]:
    """Fill an empty database from a backup, bring it up to date and check it."""
    async with _server(config) as dsn:
        await Vault(dsn, config.data_dir).restore(source)
        return await audit(config)


@asynccontextmanager
async def _server(config: Config) -> AsyncIterator[str]:
    """The address of the server that the settings name, else of the data folder's."""
    if config.database_url is not None:
        yield config.database_url
        return
    async with open_postgres(config.data_dir) as dsn:
        yield dsn


@asynccontextmanager
async def _store(config: Config) -> AsyncIterator[PostgresStore]:
    async with open_bridge(), _database(config) as pool:
        await apply_migrations(pool)
        yield PostgresStore(pool, Settings(), config.staff_channel)


@asynccontextmanager
async def _database(config: Config) -> AsyncIterator[Pool]:
    """The server that the settings name, else that of the data folder."""
    if config.database_url is not None:
        async with AsyncExitStack() as opened:
            yield await _named(config.database_url, opened)
        return
    async with open_postgres(config.data_dir) as dsn, open_pool(dsn, load_queries()) as pool:
        yield pool


async def _named(address: str, opened: AsyncExitStack) -> Pool:
    """The pool of `DATABASE_URL`; at the start, nobody answering there is a wrong setting."""
    try:
        return await opened.enter_async_context(open_pool(address, load_queries()))
    except StorageUnavailable as away:
        raise DatabaseRefused(
            f"No PostgreSQL answers at DATABASE_URL: start it or correct the address ({away})."
        ) from away
    except DatabaseRefused as refused:
        raise DatabaseRefused(f"PostgreSQL refuses DATABASE_URL: {refused}.") from refused
