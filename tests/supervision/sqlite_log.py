"""A log in a file: the second one that the laws of logs are played on, and the one that outlives a kill."""

import pickle
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Generic

import trio

from supervision import Folded, LogConflict, Record
from supervision.event_log import Event, Reply, State

SCHEMA = """
    CREATE TABLE IF NOT EXISTS record (number INTEGER PRIMARY KEY, content BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS snapshot (number INTEGER PRIMARY KEY, content BLOB NOT NULL);
"""
BUSY_S = 5.0
"""How long one writer waits for another."""


class SqliteLog(Generic[State, Event, Reply]):
    """The records of one actor, in a file of its own. The number decides, not the thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._connect() as db:
            db.executescript(SCHEMA)

    async def latest(self) -> Folded[State, Reply] | None:
        return await trio.to_thread.run_sync(self._latest, abandon_on_cancel=True)

    async def read(self, after: int, most: int) -> Sequence[Record[Event, Reply]]:
        return await trio.to_thread.run_sync(partial(self._read, after, most), abandon_on_cancel=True)

    async def append(
        self, after: int, record: Record[Event, Reply], snapshot: Folded[State, Reply] | None = None
    ) -> None:
        await trio.to_thread.run_sync(partial(self._append, after, record, snapshot), abandon_on_cancel=True)

    def _connect(self) -> closing[sqlite3.Connection]:
        return closing(sqlite3.connect(self.path, timeout=BUSY_S, isolation_level="IMMEDIATE"))

    def _latest(self) -> Folded[State, Reply] | None:
        with self._connect() as db:
            row = db.execute("SELECT content FROM snapshot ORDER BY number DESC LIMIT 1").fetchone()
        return pickle.loads(row[0]) if row else None

    def _read(self, after: int, most: int) -> list[Record[Event, Reply]]:
        query = "SELECT content FROM record WHERE number > ? ORDER BY number LIMIT ?"
        with self._connect() as db:
            return [pickle.loads(content) for (content,) in db.execute(query, (after, most))]

    def _append(
        self, after: int, record: Record[Event, Reply], snapshot: Folded[State, Reply] | None
    ) -> None:
        query = "INSERT INTO record SELECT ?, ? WHERE (SELECT coalesce(max(number), 0) FROM record) = ?"
        with self._connect() as db, db:
            if not db.execute(query, (after + 1, pickle.dumps(record), after)).rowcount:
                raise LogConflict(after)
            if snapshot is not None:
                db.execute("INSERT INTO snapshot VALUES (?, ?)", (snapshot.number, pickle.dumps(snapshot)))
