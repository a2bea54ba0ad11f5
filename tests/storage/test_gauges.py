"""What the door to the database tells of itself: connections, waits, queries, and whom they were for."""

from dataclasses import replace

import pytest
import structlog
import trio
from structlog.testing import capture_logs

from storage.connection import Connection
from storage.errors import StorageUnavailable
from storage.gauges import MOST_NAMES, SLOW_QUERY_S, Gauges
from storage.pool import Limits, Pool, open_pool
from supervision import begin
from tests.storage.conftest import one_off

READ = one_off("SELECT 1")
SLEEP = one_off("SELECT pg_sleep(0.15)")
KNOWN = one_off("SELECT statement FROM pg_prepared_statements")
ME = one_off("SELECT pg_backend_pid()")
KILL = one_off("SELECT pg_terminate_backend($1)")


async def test_whoever_has_or_wants_a_connection_is_counted(database: str) -> None:
    limits = Limits(connections=1, acquire_s=0.2)
    async with open_pool(database, limits=limits) as pool:
        async with pool.connection(), trio.open_nursery() as asking:
            assert (pool.gauges.in_use, pool.gauges.waiting, pool.size) == (1, 0, 1)

            async def ask() -> None:
                with pytest.raises(StorageUnavailable):
                    async with pool.connection():
                        raise AssertionError("there is only one")

            asking.start_soon(ask)
            await trio.sleep(0.1)
            assert pool.gauges.waiting == 1
        gauges = pool.gauges
        assert (gauges.in_use, gauges.waiting, gauges.refused, gauges.acquired.count) == (0, 0, 1, 2)
        assert gauges.acquired.max_s == pytest.approx(0.2, abs=0.1)
        told = pool.summary()
        assert (told["most"], told["open"], told["in_use"], told["acquired"], told["refused"]) == (
            1,
            1,
            0,
            2,
            1,
        )
        assert told["acquire_max_ms"] > 100


async def test_queries_are_counted_for_the_flow_that_they_run_for(pool: Pool) -> None:
    async def twice(connection: Connection) -> None:
        await connection.fetch(READ)
        await connection.execute(READ)

    with begin("queue_command") as flow:
        await pool.fetchval(READ)
        await pool.once(twice)
    await pool.fetchrow(READ)
    assert flow.counts == {"queries": 3}
    assert pool.gauges.queries["one_off"].count == 4


async def test_a_slow_query_is_logged_with_its_flow(pool: Pool) -> None:
    with capture_logs() as lines, begin("queue_command", sink=lambda _: None) as flow:
        await pool.fetchval(SLEEP)
    (line,) = [each for each in lines if each["event"] == "query.dragged"]
    assert (line["query"], line["name"], line["flow"]) == ("one_off", "queue_command", flow.id)
    assert line["took_ms"] > SLOW_QUERY_S * 1000
    with capture_logs() as lines:
        await pool.fetchval(SLEEP)
    assert [(each["name"], each["flow"]) for each in lines] == [(None, None)]
    assert pool.gauges.slow == 2


async def test_a_warm_pool_knows_every_statement_on_every_connection(database: str) -> None:
    async with open_pool(database, limits=Limits(connections=3)) as pool:
        await pool.warm()
        assert pool.size == 2, "one is left to whoever needs it meanwhile"

        async def known(connection: Connection) -> tuple[int, set[str]]:
            rows = await connection.fetch(KNOWN)
            return await connection.fetchval(ME), {row["statement"] for row in rows}

        async with pool.connection() as one, pool.connection() as two, pool.connection() as three:
            heard = [await known(each) for each in (one, two, three)]
        assert len({process for process, _ in heard}) == 3
        for _, statements in heard:
            assert set(pool.sql.texts()) <= statements
        await pool.fetchval(KILL, heard[0][0])
        async with pool.connection() as one, pool.connection() as two, pool.connection() as three:
            again = [await known(each) for each in (one, two, three)]
        assert all(set(pool.sql.texts()) <= statements for _, statements in again)
        assert {process for process, _ in again} != {process for process, _ in heard}


async def test_a_database_that_is_away_leaves_the_pool_cold(database: str) -> None:
    async with open_pool(database, limits=Limits(connections=2, acquire_s=0.1)) as pool:
        async with pool.connection(), pool.connection():
            with capture_logs() as lines:
                await pool.warm()
        assert [line["event"] for line in lines] == ["pool.stayed_cold"]


async def test_only_so_many_names_are_kept() -> None:
    gauges = Gauges()
    for at in range(MOST_NAMES + 5):
        with gauges.running(replace(READ, name=f"query {at}")):
            pass
    assert len(gauges.queries) == MOST_NAMES + 1
    assert gauges.queries["(others)"].count == 5


@pytest.fixture(autouse=True)
def loggers_that_can_be_captured() -> None:
    """A logger that was used before keeps its processors."""
    structlog.configure(cache_logger_on_first_use=False)
