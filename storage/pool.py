"""The one door to triopg and asyncpg: acquire, run, retry, translate errors.

A transaction that must not happen twice carries a receipt: a row with a number of its own,
written by the transaction itself. When the answer to its commit is lost, the next try writes
the same receipt first: if that is refused, the first try was committed, and nothing is left to do.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar
from uuid import UUID, uuid4

import asyncpg
import structlog
import tenacity
import trio
import trio_asyncio
import triopg

from storage.errors import CommitUnknown, ConstraintBroken, DatabaseRefused, StorageUnavailable
from storage.sql import Queries, Query, load

T = TypeVar("T")
Row: TypeAlias = Mapping[str, Any]

log = structlog.get_logger()

_GONE = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shutdown, crash, statement cancelled
    asyncpg.InsufficientResourcesError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,  # a standby; it may become the primary
    asyncpg.InternalClientError,  # the server's farewell crossed our question
    OSError,  # TimeoutError is one
)
"""What passes by itself: the server or the way to it is away."""

_CONTENDED = (
    asyncpg.TransactionRollbackError,  # serialization failure, deadlock
    asyncpg.LockNotAvailableError,
)
"""What passes by itself: others were first."""

_WRONG = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.ClientConfigurationError,
    ValueError,
)
"""What stays wrong at the next try to connect."""


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


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection inside a transaction."""

    raw: Any
    command_s: float | None = None
    """A limit of its own for each statement; None for the pool's."""

    async def fetch(self, query: Query, *args: object) -> Sequence[Row]:
        """All rows."""
        with _translated():
            rows: Sequence[Row] = await self.raw.fetch(query.text, *args, timeout=self.command_s)
            return rows

    async def fetchrow(self, query: Query, *args: object) -> Row | None:
        """The first row, or None."""
        with _translated():
            row: Row | None = await self.raw.fetchrow(query.text, *args, timeout=self.command_s)
            return row

    async def fetchval(self, query: Query, *args: object) -> Any:
        """The first column of the first row, or None."""
        with _translated():
            return await self.raw.fetchval(query.text, *args, timeout=self.command_s)

    async def execute(self, query: Query, *args: object) -> None:
        """No answer wanted."""
        with _translated():
            await self.raw.execute(query.text, *args, timeout=self.command_s)

    @asynccontextmanager
    async def undone(self) -> AsyncIterator[None]:
        """What is done inside is undone at its end, and the transaction around it goes on."""
        savepoint = self.raw.transaction()
        with _translated():
            await savepoint.__aenter__()
        yield  # whoever raises undoes the whole transaction anyway
        with _translated():
            await savepoint.__aexit__(_Undone, None, None)

    async def script(self, text: str) -> None:
        """Several statements without arguments, such as a migration."""
        with _translated():
            await self.raw.execute(text)


class _Undone(Exception):
    """What asyncpg is told so that it undoes a savepoint."""


Work: TypeAlias = Callable[[Connection], Awaitable[T]]


@dataclass(slots=True)
class Pool:
    """Some connections to one database. Use `open_pool`."""

    sql: Queries
    limits: Limits
    _raw: Any = field(repr=False)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection without a transaction: each statement stands for itself.

        Raises:
            StorageUnavailable: none came free in time, or the server is away.
        """
        acquired = self._raw.acquire()
        with _translated():
            try:
                with trio.fail_after(self.limits.acquire_s):
                    raw = await acquired.__aenter__()
            except trio.TooSlowError as error:
                raise StorageUnavailable("no connection to the database came free in time") from error
        try:
            yield Connection(raw)
        except StorageUnavailable as error:
            if isinstance(error.__cause__, asyncpg.InternalClientError):
                raw.terminate()  # in whatever state it is, nobody shall get it again
            raise
        finally:
            await self._release(acquired, raw)  # noqa: ASYNC102  # shielded and bounded inside

    @asynccontextmanager
    async def transaction(
        self, *, isolation: str = "read_committed", readonly: bool = False
    ) -> AsyncIterator[Connection]:
        """All or nothing. Rolled back when the body raises or is cancelled; a commit is never cancelled.

        Raises:
            CommitUnknown: the answer to the commit was lost.
            StorageUnavailable: the server went away before; nothing was done.
        """
        async with self.connection() as connection:
            transaction = connection.raw.transaction(isolation=isolation, readonly=readonly)
            with _translated():
                await transaction.__aenter__()
            try:
                yield connection
            except BaseException as error:
                try:
                    # asyncpg bounds it by the statement's limit.
                    await transaction.__aexit__(type(error), error, error.__traceback__)  # noqa: ASYNC102
                except (*_GONE, asyncpg.InterfaceError):
                    connection.raw.terminate()  # which rolls back too; the first error is the one to tell
                raise
            with _translated(committing=True):
                await transaction.__aexit__(None, None, None)

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
                    return await self._once(receipt, in_doubt, work)
        except StorageUnavailable as error:
            if in_doubt and not isinstance(error, CommitUnknown):
                raise CommitUnknown("the answer to a commit was lost and the database is away") from error
            raise
        raise AssertionError("the last try raises")

    async def repeat(self, work: Work[T], *, isolation: str = "read_committed", readonly: bool = False) -> T:
        """Do this work in one transaction, at least once: for work that may be done twice.

        Raises:
            StorageUnavailable: it may not have been done.
        """
        async for attempt in self._tries():
            with attempt:
                async with self.transaction(isolation=isolation, readonly=readonly) as connection:
                    return await work(connection)
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

    async def _once(self, receipt: UUID, in_doubt: list[T], work: Work[T]) -> T:
        answer: list[T] = []
        try:
            async with self.transaction() as connection:
                fresh = await connection.fetchval(self.sql.insert_receipt, receipt)
                if not fresh:
                    return in_doubt[0]
                answer.append(await work(connection))
        except CommitUnknown:
            in_doubt[:] = answer or in_doubt
            raise
        return answer[0]

    async def _release(self, acquired: Any, raw: Any) -> None:
        # triopg's own release is shielded without a limit, and waits for a server that may never answer.
        leaving = trio_asyncio.aio_as_trio(acquired._asyncpg_acquire_context.__aexit__)  # noqa: SLF001
        scope = trio.CancelScope(shield=True, deadline=trio.current_time() + self.limits.close_s)
        with scope, suppress(*_GONE, asyncpg.InterfaceError):
            await leaving(None, None, None)
        if scope.cancelled_caught:
            raw.terminate()

    async def _alone(self, work: Work[T]) -> T:
        async for attempt in self._tries():
            with attempt:
                async with self.connection() as connection:
                    return await work(connection)
        raise AssertionError("the last try raises")

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
    limits = limits or Limits()
    raw = await _connect(dsn, limits)
    try:
        yield Pool(sql or load(), limits, raw)
    finally:
        # triopg's own close is shielded without a limit.
        with trio.CancelScope(shield=True, deadline=trio.current_time() + limits.close_s):
            await trio_asyncio.aio_as_trio(raw._asyncpg_pool.close)()  # noqa: SLF001  # see above
        raw.terminate()


async def _connect(dsn: str, limits: Limits) -> Any:
    settings = {"timezone": "UTC", "application_name": "evoladder", "jit": "off"}
    settings["idle_in_transaction_session_timeout"] = str(int(limits.command_s * 3000))
    with _translated():
        try:
            with trio.fail_after(limits.connect_s):
                return await triopg.create_pool(
                    dsn,
                    min_size=1,
                    max_size=limits.connections,
                    command_timeout=limits.command_s,
                    timeout=limits.connect_s,
                    connection_class=_Plain,
                    init=_teach_json,
                    server_settings=settings,
                ).__aenter__()
        except trio.TooSlowError as error:
            raise StorageUnavailable("the database did not answer in time") from error
        except _WRONG as error:
            raise DatabaseRefused(str(error)) from error


async def _teach_json(connection: Any) -> None:
    """Asyncio-flavored: called by asyncpg for each new connection."""
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)


@contextmanager
def _translated(*, committing: bool = False) -> Iterator[None]:
    """Foreign errors become ours. While committing, a lost answer is not a refusal."""
    try:
        yield
    except _CONTENDED as error:  # even while committing, this answer says that nothing was done
        raise StorageUnavailable(str(error)) from error
    except asyncpg.IntegrityConstraintViolationError as error:
        raise ConstraintBroken(error.constraint_name or "", str(error)) from error
    except asyncpg.InterfaceError as error:
        if "clos" not in str(error):  # closed, closing; anything else is a wrong use of the driver
            raise
        raise _lost(error, committing) from error
    except _GONE as error:
        raise _lost(error, committing) from error


def _lost(error: BaseException, committing: bool) -> StorageUnavailable:
    reason = f"{type(error).__name__}: {error}"
    return CommitUnknown(reason) if committing else StorageUnavailable(reason)


def _say_that_it_is_tried_again(state: tenacity.RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    log.warning("query.failed", reason=str(error), tries=state.attempt_number)
