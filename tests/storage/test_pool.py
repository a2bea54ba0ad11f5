"""The door to PostgreSQL: what is done once, what is tried again, and for how long."""

import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import trio
from trio_asyncio import trio_as_aio

from actors.ports import OutcomeUnknown, Unavailable
from storage.connection import Connection
from storage.errors import CommitUnknown, ConstraintBroken, DatabaseRefused, StorageUnavailable
from storage.pool import Limits, Pool, open_pool
from tests.storage.conftest import in_database, one_off
from tests.storage.wire import Loss, Wire, open_wire

MAKE = one_off("CREATE TABLE counter (id integer PRIMARY KEY, value integer NOT NULL CHECK (value < 100))")
FILL = one_off("INSERT INTO counter VALUES (1, 0), (2, 0)")
READ = one_off("SELECT sum(value)::integer FROM counter")
RAISE = one_off("UPDATE counter SET value = value + 1 WHERE id = $1")
BREAK = one_off("UPDATE counter SET value = 100 WHERE id = 1")
ME = one_off("SELECT pg_backend_pid()")
KILL = one_off("SELECT pg_terminate_backend($1)")
DAWDLE = one_off(
    "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END $$"
)
DAWDLE_AT_COMMIT = one_off(
    "CREATE CONSTRAINT TRIGGER dawdling AFTER UPDATE ON counter DEFERRABLE INITIALLY DEFERRED "
    "FOR EACH ROW EXECUTE FUNCTION dawdle()"
)
QUICK = Limits(retry_s=1.0, acquire_s=0.5, command_s=1.0, close_s=0.5)


@pytest.fixture
async def counter(pool: Pool) -> Pool:
    """A database with a table to count in."""
    await pool.execute(MAKE)
    await pool.execute(FILL)
    return pool


@pytest.fixture
async def wired(counter: Pool, database: str) -> AsyncIterator[tuple[Wire, Pool]]:
    """A pool whose connections pass through a wire."""
    with tempfile.TemporaryDirectory(prefix="wire-") as folder:
        async with open_wire(database, Path(folder)) as (wire, dsn), open_pool(dsn, limits=QUICK) as pool:
            yield wire, pool


async def count_up(connection: Connection) -> str:
    await connection.execute(RAISE, 1)
    return "counted"


@pytest.mark.parametrize(
    "losses", [[], *([loss] for loss in Loss), [Loss.ANSWER] * 2, [Loss.CUT, Loss.REQUEST]]
)
async def test_work_is_done_exactly_once_whatever_happens_to_its_commits(
    wired: tuple[Wire, Pool], counter: Pool, losses: list[Loss]
) -> None:
    wire, pool = wired
    wire.losses[:] = losses
    assert await pool.run(count_up) == "counted"
    assert wire.losses == []
    assert await counter.fetchval(READ) == 1


async def test_when_the_answer_is_lost_and_the_server_stays_away_the_outcome_is_unknown(
    wired: tuple[Wire, Pool], counter: Pool
) -> None:
    wire, pool = wired

    async def last_words(connection: Connection) -> None:
        await count_up(connection)
        wire.losses[:] = [Loss.ANSWER, *[Loss.REQUEST] * 99]

    with pytest.raises(CommitUnknown) as caught:
        await pool.run(last_words)
    assert isinstance(caught.value, OutcomeUnknown)
    assert await counter.fetchval(READ) == 1


async def test_a_server_that_stays_away_is_unavailable_after_a_bounded_time_and_nothing_is_done(
    wired: tuple[Wire, Pool], counter: Pool
) -> None:
    wire, pool = wired
    wire.down = True
    started = trio.current_time()
    with pytest.raises(Unavailable) as caught:
        await pool.run(count_up)
    assert not isinstance(caught.value, OutcomeUnknown)
    assert trio.current_time() - started < QUICK.retry_s + QUICK.acquire_s + 2
    assert await counter.fetchval(READ) == 0


async def test_a_server_that_comes_back_in_time_is_not_noticed(
    wired: tuple[Wire, Pool], counter: Pool
) -> None:
    wire, pool = wired
    wire.down = True

    async def mend() -> None:
        with pytest.raises(StorageUnavailable):
            await counter_without_patience.fetchval(READ)
        wire.down = False

    counter_without_patience = Pool(pool.sql, replace(QUICK, retry_s=0.0), pool._raw)
    async with trio.open_nursery() as both:
        both.start_soon(mend)
        assert await pool.run(count_up) == "counted"
    assert await counter.fetchval(READ) == 1


async def test_a_connection_that_dies_in_the_middle_costs_a_second_try(counter: Pool) -> None:
    tries: list[int] = []

    async def work(connection: Connection) -> None:
        await count_up(connection)
        tries.append(await connection.fetchval(ME))
        if len(tries) == 1:
            await trio_as_aio(counter.execute)(KILL, tries[0])
            await connection.execute(RAISE, 2)

    await counter.run(work)
    assert len(tries) == 2
    assert await counter.fetchval(READ) == 1


async def test_of_two_in_a_deadlock_both_finish(counter: Pool) -> None:
    met: list[int] = []
    together = trio.Event()

    async def cross(first: int, second: int) -> None:
        async def work(connection: Connection) -> None:
            await connection.execute(RAISE, first)
            met.append(first)
            if len(met) >= 2:
                together.set()
            await trio_as_aio(together.wait)()
            await connection.execute(RAISE, second)

        await counter.run(work)

    async with trio.open_nursery() as both:
        both.start_soon(cross, 1, 2)
        both.start_soon(cross, 2, 1)
    assert await counter.fetchval(READ) == 4
    assert len(met) == 3, "one of the two was the victim and came again"


async def test_a_broken_constraint_is_told_by_its_name_and_not_tried_again(counter: Pool) -> None:
    tries = 0

    async def work(connection: Connection) -> None:
        nonlocal tries
        tries += 1
        await connection.execute(RAISE, 2)
        await connection.execute(BREAK)

    with pytest.raises(ConstraintBroken) as caught:
        await counter.run(work)
    assert caught.value.constraint == "counter_value_check"
    assert tries == 1
    assert await counter.fetchval(READ) == 0


async def test_cancelled_work_leaves_nothing_behind_and_its_connection_serves_again(counter: Pool) -> None:
    async def work(connection: Connection) -> None:
        await count_up(connection)
        await trio_as_aio(trio.sleep_forever)()

    for _ in range(counter.limits.connections + 1):
        with trio.move_on_after(0.02):
            await counter.run(work)
    assert await counter.fetchval(READ) == 0


async def test_who_is_cancelled_during_a_commit_has_committed(counter: Pool) -> None:
    await counter.execute(DAWDLE)
    await counter.execute(DAWDLE_AT_COMMIT)
    with trio.move_on_after(0.15) as given_up:
        await counter.run(count_up)
        await trio.lowlevel.checkpoint()
    assert given_up.cancelled_caught
    assert await counter.fetchval(READ) == 1


async def test_a_statement_that_is_cancelled_is_over_in_the_server_too(counter: Pool) -> None:
    with trio.move_on_after(0.1) as given_up:
        await counter.execute(one_off("SELECT pg_sleep(60)"))
    assert given_up.cancelled_caught
    busy = one_off(
        "SELECT count(*)::integer FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)' AND state = 'active'"
    )
    with trio.fail_after(5):
        while await counter.fetchval(busy):  # noqa: ASYNC110  # only the server knows
            await trio.lowlevel.checkpoint()


async def test_a_frozen_server_holds_nobody_longer_than_the_limits(wired: tuple[Wire, Pool]) -> None:
    wire, pool = wired

    async def work(connection: Connection) -> None:
        await count_up(connection)
        wire.frozen = True
        await connection.execute(RAISE, 1)

    with trio.fail_after(10), pytest.raises(StorageUnavailable):
        await pool.run(work)
    assert wire.frozen


async def test_who_gives_up_on_a_frozen_server_is_let_go(wired: tuple[Wire, Pool]) -> None:
    wire, pool = wired
    wire.frozen = True
    started = trio.current_time()
    with trio.move_on_after(0.2):
        await pool.fetchval(READ)
    assert trio.current_time() - started < QUICK.close_s + 1


async def test_nobody_waits_longer_for_a_connection_than_allowed(database: str) -> None:
    limits = Limits(connections=1, acquire_s=0.1, retry_s=0.0)
    async with open_pool(database, limits=limits) as narrow, narrow.connection():
        with pytest.raises(StorageUnavailable):
            await narrow.fetchval(one_off("SELECT 1"))


async def test_a_statement_has_a_limit(database: str) -> None:
    limits = Limits(command_s=0.1, retry_s=0.0)
    async with open_pool(database, limits=limits) as hasty:
        with pytest.raises(StorageUnavailable):
            await hasty.execute(one_off("SELECT pg_sleep(60)"))
        assert await hasty.fetchval(one_off("SELECT 1")) == 1


async def test_documents_come_back_as_they_were(counter: Pool) -> None:
    document = {"text": "\u2603 'quoted'", "list": [1, 2.5, None, True]}
    assert await counter.fetchval(one_off("SELECT $1::jsonb"), document) == document


@pytest.mark.parametrize("broken", ["no-database", "not a dsn", "postgresql://nobody@/x?host=/nowhere"])
async def test_a_wrong_address_is_one_clear_refusal(database: str, broken: str) -> None:
    dsn = in_database(database, "no_such") if broken == "no-database" else broken
    with pytest.raises((DatabaseRefused, StorageUnavailable)) as caught:
        async with open_pool(dsn, limits=Limits(connect_s=2.0)):
            pass
    assert str(caught.value)
    assert isinstance(caught.value, StorageUnavailable) == ("nowhere" in broken)


async def test_receipts_are_written_by_the_transaction_that_they_prove(counter: Pool) -> None:
    receipts = one_off("SELECT count(*)::integer FROM receipt")
    await counter.run(count_up)
    assert await counter.fetchval(receipts) == 1
    await counter.repeat(count_up)
    assert await counter.fetchval(receipts) == 1
