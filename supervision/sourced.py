"""Actors whose state is a fold over a log of events, and who answer once it is written.

    command --decide--> events --evolve--> next memory --append--> log --> memory replaced --> reply

Recovery is `init`: the newest snapshot, then the records after it. Letters wait in the mailbox, which nobody
reads before `init` is done, so nothing has to be put aside and order holds by itself. A log that cannot be
read is a failed start: the starter hears of it, `start_timeout_s` bounds it, and no next try comes at once.

Whatever goes wrong with the log crashes the actor: what is written is unknown then, and only reading it again
can tell. Give the child a `Backoff`.

>>> from supervision import Backoff, Call, ChildSpec, MemoryLog, Strategy, SupervisorSpec, open_system
>>> @dataclass(frozen=True, slots=True)
... class Add(Call[int]):
...     key: str
...     amount: int
>>> class Tally(EventSourced[int, Add, int, int]):
...     initial = 0
...
...     def decide(self, total: int, add: Add) -> Decision[int, int]:
...         return Decision(total + add.amount, (add.amount,))
...
...     def evolve(self, total: int, amount: int) -> int:
...         return total + amount
...
...     def key(self, add: Add) -> str:
...         return add.key
>>> async def program(log: MemoryLog[int, int, int]) -> list[int]:
...     spec = ChildSpec("tally", lambda: Tally(log), key="tally", backoff=Backoff())
...     async with open_system(SupervisorSpec("top", Strategy.ONE_FOR_ONE, (spec,))) as system:
...         tally = system.registry.ref("tally")
...         return [await tally.call(add) for add in (Add("a", 5), Add("b", 2), Add("a", 5))]
>>> log = MemoryLog[int, int, int]()
>>> trio.run(program, log), trio.run(program, log)  # the second program finds what the first left
([5, 7, 5], [5, 7, 5])
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import reduce
from typing import ClassVar, Generic, TypeVar

import trio

from supervision.actor import Actor
from supervision.errors import LogFailed, Reject
from supervision.event_log import Event, EventLog, Folded, Receipt, Record, Reply, State

Command = TypeVar("Command")

PAGE = 500
"""Records that recovery reads and folds before others get their turn."""


@dataclass(frozen=True, slots=True)
class Decision(Generic[Event, Reply]):
    """What a command comes to: its reply, and what happened. Without events nothing did."""

    reply: Reply
    events: tuple[Event, ...] = ()


class EventSourced(Actor[Command], ABC, Generic[State, Command, Event, Reply]):
    """Override `decide` and `evolve`, which are pure, and `key` if commands are to be safe to repeat.

    `Reject` raised in `decide` reaches the caller only, and is not remembered. To tell others what happened,
    override `handle` and do so after `super().handle`: at least once, since a repetition comes by there too.
    """

    initial: State
    """The state before the first record. A value, like all states: replaced, never changed."""
    append_s: ClassVar[float] = 0.5
    """How long the log may take to write, in seconds. Every stop waits so long, so it is less than the second
    after which a cancelled actor is reported as unkillable."""
    snapshot_every: ClassVar[int] = 100
    """Records from one snapshot to the next."""
    keys_kept: ClassVar[int] = 256
    """How many replies to commands with a key are remembered. A command is safe to repeat until so many
    others with keys came after it; then its repetition is a new command."""

    def __init__(self, log: EventLog[State, Event, Reply]) -> None:
        self.log = log
        self.memory: Folded[State, Reply] = Folded(0, self.initial, {})

    @abstractmethod
    def decide(self, state: State, command: Command, /) -> Decision[Event, Reply]:
        """Say what a command comes to."""

    @abstractmethod
    def evolve(self, state: State, event: Event, /) -> State:
        """The state after an event. It happened: there is nothing left to refuse."""

    def key(self, _command: Command, /) -> str | None:
        """What a command shares with its repetitions and with nothing else; None if it is new each time."""
        return None

    def describe(self) -> str:
        """How far in its log it is."""
        return f"record {self.memory.number}"

    async def init(self) -> None:
        """Recover."""
        self.memory = await self.log.latest() or self.memory
        while page := await self.log.read(self.memory.number, PAGE):
            self.memory = reduce(self.fold, page, self.memory)
            await trio.lowlevel.checkpoint()  # whatever the log does, a long one must not stop the world

    async def handle(self, command: Command, /) -> Reply:
        """Carry out a command, or answer its repetition as it was answered."""
        key = self.key(command)
        if key is not None and key in self.memory.replies:
            return self.memory.replies[key]
        decision = self.decide(self.memory.state, command)
        if key is not None:
            # Even without events: a repetition must get this answer, whatever would be decided by then.
            await self._write(Record(decision.events, Receipt(key, decision.reply)))
        elif decision.events:
            await self._write(Record(decision.events))
        return decision.reply

    def fold(self, memory: Folded[State, Reply], record: Record[Event, Reply]) -> Folded[State, Reply]:
        """What is remembered after one more record."""
        replies = memory.replies
        if record.receipt is not None:
            replies = {**replies, record.receipt.key: record.receipt.reply}
            while len(replies) > self.keys_kept:
                del replies[next(iter(replies))]
        return Folded(memory.number + 1, reduce(self.evolve, record.events, memory.state), replies)

    async def _write(self, record: Record[Event, Reply]) -> None:
        # Folded first: an event that `evolve` cannot take must not become durable, or no recovery would ever
        # succeed again.
        after = self.fold(self.memory, record)
        due = after.number % self.snapshot_every == 0
        try:
            # Shielded, so that no cancellation comes between the two: memory would be behind the log in an
            # actor that lives on (it cancelled a part of its own work), and no caller would hear of what is
            # written. The deadline is the scope's own, since nobody else can end it now.
            with trio.fail_after(self.append_s, shield=True):
                await self.log.append(self.memory.number, record, after if due else None)
                self.memory = after
        except (trio.TooSlowError, Reject) as failure:
            # Also a `Reject` of the log's: passed on to the caller, this actor would live on without knowing.
            raise LogFailed(self.context.path, record, failure) from failure
