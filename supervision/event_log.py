"""What an event-sourced actor (`sourced.py`) needs of a log, and a log in memory.

A log belongs to one actor and is never rewritten: records, numbered from 1 without gaps. Its length is a lock
(the sequence number): whoever appends says how many records it has seen, and is refused if there are more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import trio

from supervision.errors import LogConflict

State = TypeVar("State")
Event = TypeVar("Event")
Reply = TypeVar("Reply")


@dataclass(frozen=True, slots=True)
class Receipt(Generic[Reply]):
    """That the command with this key was carried out, and what it was answered."""

    key: str
    reply: Reply


@dataclass(frozen=True, slots=True)
class Record(Generic[Event, Reply]):
    """What one command left. It is written whole or not at all."""

    events: tuple[Event, ...]
    receipt: Receipt[Reply] | None = None
    """None if the command had no key."""


@dataclass(frozen=True, slots=True)
class Folded(Generic[State, Reply]):
    """What the first `number` records come to: all that its actor remembers, and what a snapshot holds."""

    number: int
    state: State
    replies: Mapping[str, Reply]
    """What the latest commands with a key were answered, oldest first. Replaced, never changed."""


class EventLog(Protocol[State, Event, Reply]):
    """The records of one actor. `tests/supervision/log_laws.py` has its laws, for any log.

    A method that raises, whatever it raises, leaves the caller not knowing what is written.
    """

    async def latest(self) -> Folded[State, Reply] | None:
        """The newest snapshot. None if there is none, or none that today's code can read."""

    async def read(self, after: int, most: int) -> Sequence[Record[Event, Reply]]:
        """The next records after number `after`, `most` at once; none once all are read."""

    async def append(
        self, after: int, record: Record[Event, Reply], snapshot: Folded[State, Reply] | None = None
    ) -> None:
        """Write a record, durably; with it, in the same step, the snapshot if there is one.

        Raises:
            LogConflict: the log does not end at number `after`. Nothing is written.
        """


class MemoryLog(Generic[State, Event, Reply]):
    """A log that lasts as long as the program, for tests and examples."""

    def __init__(self) -> None:
        self.records: list[Record[Event, Reply]] = []
        self.snapshot: Folded[State, Reply] | None = None

    async def latest(self) -> Folded[State, Reply] | None:
        """The newest snapshot."""
        await trio.lowlevel.checkpoint()
        return self.snapshot

    async def read(self, after: int, most: int) -> Sequence[Record[Event, Reply]]:
        """The next records after a number."""
        await trio.lowlevel.checkpoint()
        return self.records[after : after + most]

    async def append(
        self, after: int, record: Record[Event, Reply], snapshot: Folded[State, Reply] | None = None
    ) -> None:
        """Write a record, between two checkpoints: as with a real log, the answer can be lost."""
        await trio.lowlevel.checkpoint()
        if after != len(self.records):
            raise LogConflict(after)
        self.records.append(record)
        self.snapshot = snapshot or self.snapshot
        await trio.lowlevel.checkpoint()
