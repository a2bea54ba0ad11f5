"""One PostgreSQL for all of these tests, a fresh database for each, both stores behind one fixture."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from queue import Queue
from threading import Thread
from urllib.parse import urlsplit, urlunsplit

import pytest
import trio
import trio_asyncio

from storage.embedded import open_postgres
from storage.migrate import migrate
from storage.pool import Limits, Pool, open_pool
from storage.sql import Query, load
from storage.store import PostgresStore
from tests.fakes.store import FakeStore
from tests.storage.cast import SETTINGS, STAFF, an_evening

_numbers = count(1)


def in_database(dsn: str, name: str) -> str:
    """The same server, another database."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{name}"))


def one_off(text: str) -> Query:
    """A statement of a test."""
    return Query("one_off", "a test asks", text)


@dataclass(frozen=True, slots=True)
class Running:
    """The server of the session."""

    dsn: str
    template: str
    built: set[str] = field(default_factory=set)
    """Databases that several tests look at."""


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A data folder with a short path that other users can reach; pytest's own is neither."""
    made = Path(tempfile.mkdtemp(prefix="ladder-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="session")
def running(folder: Path) -> Iterator[Running]:
    """A server with a migrated database to copy from; a loop of its own outlives those of the tests."""
    answers: Queue[str | BaseException] = Queue()
    over: list[Callable[[], None]] = []

    async def keep() -> None:
        async with open_postgres(folder) as dsn:
            await _prepare(dsn)
            done, token = trio.Event(), trio.lowlevel.current_trio_token()
            over.append(lambda: token.run_sync_soon(done.set))
            answers.put(dsn)
            await done.wait()

    def live() -> None:
        try:
            trio.run(keep)
        except BaseException as error:
            answers.put(error)
            raise

    keeper = Thread(target=live)
    keeper.start()
    answer = answers.get(timeout=100)
    if isinstance(answer, BaseException):
        raise answer
    yield Running(answer, "ladder")
    over[0]()
    keeper.join(timeout=60)


async def _prepare(dsn: str) -> None:
    async with trio_asyncio.open_loop(), open_pool(dsn) as pool:
        # No test here cuts the power; without waiting for the disk they are ten times as fast.
        await pool.execute(one_off("ALTER SYSTEM SET fsync = off"))
        await pool.execute(one_off("SELECT pg_reload_conf()"))
        await pool.execute(one_off("CREATE DATABASE ladder"))
    async with trio_asyncio.open_loop(), open_pool(in_database(dsn, "ladder")) as pool:
        await migrate(pool)


@pytest.fixture
async def loop() -> AsyncIterator[None]:
    """The asyncio loop that the driver needs."""
    async with trio_asyncio.open_loop():
        yield


@pytest.fixture
async def database(running: Running, loop: None) -> str:
    """The address of a fresh, migrated database."""
    name = f"test_{next(_numbers)}"
    async with open_pool(running.dsn, limits=Limits(connections=1)) as pool:
        await pool.execute(one_off(f"CREATE DATABASE {name} TEMPLATE {running.template}"))
    return in_database(running.dsn, name)  # thrown away with the folder: dropping waits for the disk


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    """Connections to a fresh database."""
    async with open_pool(database, load()) as opened:
        yield opened


@pytest.fixture
def postgres(pool: Pool) -> PostgresStore:
    """The real store."""
    return PostgresStore(pool, SETTINGS, STAFF)


@pytest.fixture(params=["fake", "postgres"])
def store(request: pytest.FixtureRequest) -> FakeStore | PostgresStore:
    """Both stores, one after the other: what holds for one must hold for the other."""
    if request.param == "fake":
        return FakeStore(SETTINGS, STAFF)
    real: PostgresStore = request.getfixturevalue("postgres")
    return real


@pytest.fixture
async def evening(running: Running, loop: None) -> AsyncIterator[Pool]:
    """Three matches and somebody waiting; built once, for tests that undo what they do."""
    fresh = "evening" not in running.built
    if fresh:
        running.built.add("evening")
        async with open_pool(running.dsn, limits=Limits(connections=1)) as pool:
            await pool.execute(one_off(f"CREATE DATABASE evening TEMPLATE {running.template}"))
    async with open_pool(in_database(running.dsn, "evening")) as pool:
        if fresh:
            await an_evening(PostgresStore(pool, SETTINGS, STAFF))
        yield pool
