"""The one door to triopg and asyncpg: acquire, run, retry, translate errors.

asyncpg lives in the asyncio loop. A piece of work goes there as a whole and comes back with its result: one
crossing of the bridge for all its statements, not one for each.

A transaction that must not happen twice carries a receipt: a row with a number of its own,
written by the transaction itself. When the answer to its commit is lost, the next try writes
the same receipt first: if that is refused, the first try was committed, and nothing is left to do.
"""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from uuid import UUID, uuid4

import asyncpg
import structlog
import tenacity
import trio
import trio_asyncio
import triopg

from storage.connection import Connection, Row, Work, transact
from storage.errors import CommitUnknown, DatabaseRefused, StorageUnavailable
from storage.faults import GONE, WRONG, translated
from storage.gauges import Gauges
from storage.sql import Queries, Query, load

T = TypeVar("T")

log = structlog.get_logger()

STATEMENTS = 256
"""More than there are, so that each connection keeps them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long the door may try."""

    connections: int = 8
    acquire_s: float = 2.0
    """Waiting for a free connection."""
    command_s: float = 10.0
    """One statement."""
    retry_s: float = 2.0
    """All tries of one piece of work together, before the last one begins: who clicks hears within 3 s."""
    connect_s: float = 10.0
    close_s: float = 5.0


@dataclass(slots=True)
class Pool:
    """Some connections to one database. Use `open_pool`."""

    sql: Queries
    limits: Limits
    _raw: Any = field(repr=False)
    gauges: Gauges = field(default_factory=Gauges, repr=False)
    _birth: "_Birth | None" = field(default=None, repr=False)

    @property
    def size(self) -> int:
        """How many connections there are, whether in use or not."""
        return int(self._raw._asyncpg_pool.get_size())  # noqa: SLF001  # triopg does not pass it on

    def summary(self) -> dict[str, float]:
        """The pool at this moment, as plain values; times in milliseconds."""
        gauges = self.gauges
        return {
            "open": self.size,
            "in_use": gauges.in_use,
            "most": self.limits.connections,
            "waiting": gauges.waiting,
            "acquired": gauges.acquired.count,
            "acquire_p50_ms": round(gauges.acquired.quantile(0.5) * 1000, 2),
            "acquire_p99_ms": round(gauges.acquired.quantile(0.99) * 1000, 2),
            "acquire_max_ms": round(gauges.acquired.max_s * 1000, 2),
            "refused": gauges.refused,
            "queries": sum(each.count for each in gauges.queries.values()),
            "slow": gauges.slow,
        }

    async def warm(self) -> None:
        """Open the connections and have each know every statement by heart, from now on also a new one.

        Else each parses a statement when it first meets it, and a click waits for that. One is left to
        whoever needs the database meanwhile. The tables must be there.
        """
        if self._birth is None:
            return
        self._birth.statements = self.sql.texts()
        try:
            async with AsyncExitStack() as held:
                for _ in range(max(1, self.limits.connections - 1)):
                    connection = await held.enter_async_context(self.connection())
                    await self._birth.teach(connection.raw, self.limits.command_s)
        except StorageUnavailable as away:
            log.warning("pool.stayed_cold", reason=str(away))

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection without a transaction, on Trio's side: each statement stands for itself.

        Raises:
            StorageUnavailable: none came free in time, or the server is away.
        """
        acquired = self._raw.acquire()
        with translated():
            try:
                with self.gauges.acquiring(), trio.fail_after(self.limits.acquire_s):
                    raw = await acquired.__aenter__()
            except trio.TooSlowError as error:
                raise StorageUnavailable("no connection to the database came free in time") from error
        try:
            with self._in_use(raw) as connection:
                yield connection
        finally:
            await self._release(acquired, raw)  # noqa: ASYNC102  # shielded and bounded inside

    async def run(self, work: Work[T]) -> T:
        """Do this work in one transaction, exactly once, however often it must be tried.

        Args:
            work: everything it does, it does through the connection; it may be called again.

        Raises:
            StorageUnavailable: nothing was done.
            CommitUnknown: it may have been done.
        """
        receipt = uuid4()
        in_doubt: list[T] = []
        try:
            async for attempt in self._tries():
                with attempt:
                    return await self._receipted(receipt, in_doubt, work)
        except StorageUnavailable as error:
            if in_doubt and not isinstance(error, CommitUnknown):
                raise CommitUnknown("the answer to a commit was lost and the database is away") from error
            raise
        raise AssertionError("the last try raises")

    async def once(self, work: Work[T]) -> T:
        """Try this work once, in one transaction.

        Raises:
            CommitUnknown: it may have been done.
            StorageUnavailable: nothing was done.
        """
        return await self._over(partial(transact, work))

    async def repeat(self, work: Work[T], *, isolation: str = "read_committed", readonly: bool = False) -> T:
        """Do this work in one transaction, at least once: for work that may be done twice.

        Raises:
            StorageUnavailable: it may not have been done.
        """
        async for attempt in self._tries():
            with attempt:
                return await self._over(partial(transact, work, isolation=isolation, readonly=readonly))
        raise AssertionError("the last try raises")

    async def fetch(self, query: Query, *args: object) -> Sequence[Row]:
        """All rows of one statement, at least once."""
        return await self._alone(lambda connection: connection.fetch(query, *args))

    async def fetchrow(self, query: Query, *args: object) -> Row | None:
        """The first row of one statement, at least once."""
        return await self._alone(lambda connection: connection.fetchrow(query, *args))

    async def fetchval(self, query: Query, *args: object) -> Any:
        """The first value of one statement, at least once."""
        return await self._alone(lambda connection: connection.fetchval(query, *args))

    async def execute(self, query: Query, *args: object) -> None:
        """One statement, at least once."""
        await self._alone(lambda connection: connection.execute(query, *args))

    async def _receipted(self, receipt: UUID, in_doubt: list[T], work: Work[T]) -> T:
        answer: list[T] = []

        async def with_receipt(connection: Connection) -> T:
            fresh = await connection.fetchval(self.sql.insert_receipt, receipt)
            if not fresh:
                return in_doubt[0]
            answer.append(await work(connection))
            return answer[0]

        try:
            return await self._over(partial(transact, with_receipt))
        except CommitUnknown:
            in_doubt[:] = answer or in_doubt
            raise

    async def _release(self, acquired: Any, raw: Any) -> None:
        # triopg's own release is shielded without a limit, and waits for a server that may never answer.
        leaving = trio_asyncio.aio_as_trio(acquired._asyncpg_acquire_context.__aexit__)  # noqa: SLF001
        scope = trio.CancelScope(shield=True, deadline=trio.current_time() + self.limits.close_s)
        with scope, suppress(*GONE, asyncpg.InterfaceError):
            await leaving(None, None, None)
        if scope.cancelled_caught:
            raw.terminate()

    async def _alone(self, work: Work[T]) -> T:
        async for attempt in self._tries():
            with attempt:
                return await self._over(work)
        raise AssertionError("the last try raises")

    async def _over(self, work: Work[T]) -> T:
        """Over the bridge and back."""
        done: T = await trio_asyncio.aio_as_trio(self._with_connection)(work)
        return done

    async def _with_connection(self, work: Work[T]) -> T:
        """Asyncio-flavored: work with a connection of its own, given back whatever happens."""
        pool = self._raw._asyncpg_pool  # noqa: SLF001  # triopg's own proxy crosses the bridge at each call
        with translated():
            try:
                with self.gauges.acquiring():
                    held = await pool.acquire(timeout=self.limits.acquire_s)
            except TimeoutError as error:
                raise StorageUnavailable("no connection to the database came free in time") from error
        raw = held._con  # noqa: SLF001  # the pool's proxy is slow, and mute once a broken connection has left it
        try:
            with self._in_use(raw) as connection:
                return await work(connection)
        finally:
            with suppress(*GONE, asyncpg.InterfaceError):
                # asyncpg shields it, and ends a connection that does not come back in time.
                await pool.release(held, timeout=self.limits.close_s)  # noqa: ASYNC102

    @contextmanager
    def _in_use(self, raw: Any) -> Iterator[Connection]:
        """Count it, and end one that is in nobody knows what state."""
        self.gauges.in_use += 1
        try:
            yield Connection(raw, self.gauges)
        except StorageUnavailable as error:
            if isinstance(error.__cause__, asyncpg.InternalClientError):
                raw.terminate()  # nobody shall get it again
            raise
        finally:
            self.gauges.in_use -= 1

    def _tries(self) -> tenacity.AsyncRetrying:
        return tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(StorageUnavailable),
            stop=tenacity.stop_after_delay(self.limits.retry_s),
            wait=tenacity.wait_random_exponential(multiplier=0.05, max=0.5),
            before_sleep=_say_that_it_is_tried_again,
            reraise=True,
        )


class _Plain(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """A connection that is handed on as it is: nothing here changes a session's state."""

    def get_reset_query(self) -> str:
        """Nothing to reset, so no round trip at each release."""
        return ""


@asynccontextmanager
async def open_pool(
    dsn: str, sql: Queries | None = None, limits: Limits | None = None
) -> AsyncIterator[Pool]:
    """Connect, and close bounded. Needs a running `trio_asyncio` loop around it.

    Raises:
        DatabaseRefused: the address is wrong, or the server does not let us in.
        StorageUnavailable: no server answered in time.
    """
    limits, birth = limits or Limits(), _Birth()
    raw = await _connect(dsn, limits, birth)
    try:
        yield Pool(sql or load(), limits, raw, _birth=birth)
    finally:
        # triopg's own close is shielded without a limit.
        with trio.CancelScope(shield=True, deadline=trio.current_time() + limits.close_s):
            await trio_asyncio.aio_as_trio(raw._asyncpg_pool.close)()  # noqa: SLF001  # see above
        raw.terminate()


async def _connect(dsn: str, limits: Limits, birth: "_Birth") -> Any:
    settings = {"timezone": "UTC", "application_name": "evoladder", "jit": "off"}
    settings["idle_in_transaction_session_timeout"] = str(int(limits.command_s * 3000))
    with translated():
        try:
            with trio.fail_after(limits.connect_s):
                return await triopg.create_pool(
                    dsn,
                    min_size=1,
                    max_size=limits.connections,
                    command_timeout=limits.command_s,
                    timeout=limits.connect_s,
                    connection_class=_Plain,
                    init=birth,
                    # All statements fit, and none is forgotten: a quiet hour must not cost the next click.
                    statement_cache_size=STATEMENTS,
                    max_cached_statement_lifetime=0,
                    max_inactive_connection_lifetime=0,
                    server_settings=settings,
                ).__aenter__()
        except trio.TooSlowError as error:
            raise StorageUnavailable("the database did not answer in time") from error
        except WRONG as error:
            raise DatabaseRefused(str(error)) from error


@dataclass(slots=True)
class _Birth:
    """What a new connection is told. Asyncio-flavored: called by asyncpg."""

    statements: tuple[str, ...] = ()

    async def __call__(self, connection: Any) -> None:
        await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
        await self.learn(connection)

    async def learn(self, connection: Any) -> None:
        """Prepare the statements and keep them: asyncpg's own `prepare` does not keep what it prepared."""
        for text in self.statements:
            await connection._get_statement(text, None, use_cache=True)  # noqa: SLF001

    async def teach(self, connection: Any, within_s: float) -> None:
        """Trio-flavored `learn`, bounded."""
        with translated(), trio.move_on_after(within_s):
            await trio_asyncio.aio_as_trio(self.learn)(connection._asyncpg_conn)  # noqa: SLF001


def _say_that_it_is_tried_again(state: tenacity.RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    log.warning("query.failed", reason=str(error), tries=state.attempt_number)
