"""Migrations: in order, once, all or nothing, one program at a time."""

from collections.abc import AsyncIterator

import pytest
import trio

from storage.errors import ConstraintBroken
from storage.migrate import Migration, MigrationChanged, load, migrate
from storage.pool import Limits, Pool, open_pool
from tests.storage.conftest import Running, in_database, one_off

GOOD = Migration("9001_good", "CREATE TABLE good (id integer PRIMARY KEY); INSERT INTO good VALUES (1);")
BAD = Migration("9002_bad", "CREATE TABLE bad (id integer); INSERT INTO good VALUES (1);")
TABLES = one_off(
    "SELECT array_agg(tablename::text ORDER BY tablename) FROM pg_tables "
    "WHERE tablename IN ('good', 'bad', 'player')"
)


@pytest.fixture
async def address(running: Running, loop: None) -> str:
    """A database without any table."""
    async with open_pool(running.dsn, limits=Limits(connections=1)) as pool:
        name = f"empty_{await pool.fetchval(one_off('SELECT count(*) FROM pg_database'))}"
        await pool.execute(one_off(f"CREATE DATABASE {name} TEMPLATE template0"))
    return in_database(running.dsn, name)


@pytest.fixture
async def empty(address: str) -> AsyncIterator[Pool]:
    """Connections to it."""
    async with open_pool(address) as pool:
        yield pool


async def test_the_first_start_applies_all_in_order_and_the_second_none(empty: Pool) -> None:
    assert await migrate(empty) == tuple(migration.name for migration in load())
    assert await migrate(empty) == ()


async def test_a_new_migration_is_applied_to_an_old_database(pool: Pool) -> None:
    assert await migrate(pool, (*load(), GOOD)) == (GOOD.name,)
    assert await pool.fetchval(TABLES) == ["good", "player"]


async def test_a_migration_that_fails_leaves_nothing_and_the_earlier_ones_stay(pool: Pool) -> None:
    with pytest.raises(ConstraintBroken):
        await migrate(pool, (*load(), GOOD, BAD))
    assert await pool.fetchval(TABLES) == ["good", "player"]
    assert await migrate(pool, (*load(), GOOD)) == ()


async def test_an_edited_migration_is_refused(pool: Pool) -> None:
    edited = (Migration(load()[0].name, "SELECT 1;"), *load()[1:])
    with pytest.raises(MigrationChanged, match=load()[0].name):
        await migrate(pool, edited)


async def test_a_database_of_a_newer_program_is_refused(pool: Pool) -> None:
    await migrate(pool, (*load(), GOOD))
    with pytest.raises(MigrationChanged, match=GOOD.name):
        await migrate(pool)


async def test_of_two_programs_that_migrate_at_once_each_migration_is_applied_by_one(empty: Pool) -> None:
    applied: list[str] = []

    async def program() -> None:
        applied.extend(await migrate(empty))

    async with trio.open_nursery() as programs:
        for _ in range(3):
            programs.start_soon(program)
    assert applied == [migration.name for migration in load()]


async def test_a_cancelled_program_lets_go_of_the_lock(empty: Pool, address: str) -> None:
    slow = Migration("9003_slow", "SELECT pg_sleep(30);")
    with trio.move_on_after(0.5) as given_up:
        await migrate(empty, (slow,))
    assert given_up.cancelled_caught
    async with open_pool(address, limits=Limits(command_s=5.0, retry_s=0.0)) as other:
        assert await migrate(other) == tuple(migration.name for migration in load())
