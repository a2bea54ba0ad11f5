"""One connection to the database, and a transaction on it.

A transaction lives on asyncio's side of the bridge, and so does the connection that its work gets. The one of
`Pool.connection` is triopg's, on Trio's side.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import asyncpg

from actors.boundaries import Boundary, passed
from storage.faults import GONE, translated
from storage.gauges import Gauges
from storage.sql import Query

T = TypeVar("T")
Row: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Connection:
    """The statements of one connection; as flavored as `raw` is."""

    raw: Any
    gauges: Gauges
    command_s: float | None = None
    """A limit of its own for each statement; None for the pool's."""

    async def fetch(self, query: Query, *args: object) -> Sequence[Row]:
        """All rows."""
        with translated(), self.gauges.running(query):
            rows: Sequence[Row] = await self.raw.fetch(query.text, *args, timeout=self.command_s)
            return rows

    async def fetchrow(self, query: Query, *args: object) -> Row | None:
        """The first row, or None."""
        with translated(), self.gauges.running(query):
            row: Row | None = await self.raw.fetchrow(query.text, *args, timeout=self.command_s)
            return row

    async def fetchval(self, query: Query, *args: object) -> Any:
        """The first column of the first row, or None."""
        with translated(), self.gauges.running(query):
            return await self.raw.fetchval(query.text, *args, timeout=self.command_s)

    async def execute(self, query: Query, *args: object) -> None:
        """No answer wanted."""
        with translated(), self.gauges.running(query):
            await self.raw.execute(query.text, *args, timeout=self.command_s)

    @asynccontextmanager
    async def undone(self) -> AsyncIterator[None]:
        """What is done inside is undone at its end, and the transaction around it goes on."""
        savepoint = self.raw.transaction()
        with translated():
            await savepoint.start()
        yield  # whoever raises undoes the whole transaction anyway
        with translated():
            await savepoint.rollback()

    async def script(self, text: str) -> None:
        """Several statements without arguments, such as a migration."""
        with translated():
            await self.raw.execute(text)


Work: TypeAlias = Callable[[Connection], Awaitable[T]]
"""Asyncio-flavored: it awaits its connection and nothing else."""


async def transact(
    work: Work[T], connection: Connection, *, isolation: str = "read_committed", readonly: bool = False
) -> T:
    """All or nothing. Rolled back when the work raises or is cancelled; a commit is never cancelled.

    Raises:
        CommitUnknown: the answer to the commit was lost.
        StorageUnavailable: the server went away before; nothing was done.
    """
    transaction = connection.raw.transaction(isolation=isolation, readonly=readonly)
    with translated():
        await transaction.start()
    try:
        value = await work(connection)
        passed(Boundary.STORE_WROTE)
    except BaseException:
        try:
            # asyncpg bounds it by the statement's limit.
            await _to_its_end(transaction.rollback())
        except (*GONE, asyncpg.InterfaceError):
            connection.raw.terminate()  # which rolls back too; the first error is the one to tell
        raise
    with translated(committing=True):
        await _to_its_end(transaction.commit())
    passed(Boundary.STORE_COMMITTED)
    return value


async def _to_its_end(under_way: Coroutine[Any, Any, None]) -> None:
    """Whoever is cancelled meanwhile is so when this is done."""
    task = asyncio.ensure_future(under_way)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        task.result()
        raise
