"""An event-sourced account to play the laws with, and a log on which things go wrong as told."""

from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from supervision import (
    Backoff,
    Call,
    CallTimeout,
    ChildSpec,
    Decision,
    EventLog,
    EventSourced,
    Folded,
    HandlerFailed,
    MemoryLog,
    Query,
    Record,
    Ref,
    Reject,
    Restarting,
    open_system,
)
from tests.supervision.stage import BoomError, top


@dataclass(frozen=True, slots=True)
class Moved:
    """Money came, or went."""

    amount: int


@dataclass(frozen=True, slots=True)
class Short:
    """So much is missing; nothing was moved."""

    by: int


Reply: TypeAlias = int | Short


@dataclass(frozen=True, slots=True)
class Deposit(Call[Reply]):
    """Add money. The reply is the balance after it."""

    amount: int
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Withdraw(Call[Reply]):
    """Take money, if there is as much."""

    amount: int
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Balance(Query[Reply]):
    """How much is there?"""


Command: TypeAlias = Deposit | Withdraw | Balance
Log: TypeAlias = EventLog[int, Moved, Reply]
Trouble: TypeAlias = Callable[[], Awaitable[object]]


class Account(EventSourced[int, Command, Moved, Reply]):
    """Money."""

    initial = 0

    def decide(self, balance: int, command: Command) -> Decision[Moved, Reply]:
        match command:
            case Deposit(amount):
                return Decision(balance + amount, (Moved(amount),))
            case Withdraw(amount) if amount <= 0:
                raise Reject("that is no withdrawal")
            case Withdraw(amount) if amount > balance:
                return Decision(Short(amount - balance))
            case Withdraw(amount):
                return Decision(balance - amount, (Moved(-amount),))
            case Balance():
                return Decision(balance)

    def evolve(self, balance: int, moved: Moved) -> int:
        return balance + moved.amount

    def key(self, command: Command) -> str | None:
        return None if isinstance(command, Balance) else command.key


async def calm() -> None:
    """Nothing goes wrong."""


async def crash() -> None:
    """What the log's own code does when it cannot."""
    raise BoomError("no log today")


class StormyLog(MemoryLog[int, Moved, Reply]):
    """The next append goes wrong as told, before its write or after it; reading, as long as it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.before: Trouble = calm
        self.after: Trouble = calm
        self.reading: Trouble = calm

    async def latest(self) -> Folded[int, Reply] | None:
        await self.reading()
        return await super().latest()

    async def append(
        self, after: int, record: Record[Moved, Reply], snapshot: Folded[int, Reply] | None = None
    ) -> None:
        trouble, self.before = self.before, calm
        await trouble()
        await super().append(after, record, snapshot)
        trouble, self.after = self.after, calm
        await trouble()

    @property
    def moved(self) -> list[int]:
        """Every amount in the log, in order."""
        return [event.amount for record in self.records for event in record.events]


def account(
    log: Log, id_: str = "account", *, kind: type[Account] = Account, born: Any = None, **how: Any
) -> ChildSpec:
    """A child specification; each generation's object is kept in `born`."""

    def start() -> Account:
        actor = kind(log)
        if born is not None:
            born.append(actor)
        return actor

    return ChildSpec(id_, start, key=id_, **{"backoff": Backoff(), **how})


@asynccontextmanager
async def opened(log: Log, **how: Any) -> Any:
    """The address of an account that runs alone."""
    async with open_system(top(account(log, **how))) as system:
        yield system.registry.ref("account")


async def insist(ref: Ref[Any], command: Call[Reply]) -> Reply:
    """Repeat a command until it is answered."""
    while True:
        try:
            return await ref.call(command)
        except (HandlerFailed, Restarting, CallTimeout):
            continue  # the next one waits in the mailbox for the next generation


async def recovered(log: Log, kind: type[Account] = Account) -> Folded[int, Reply]:
    """What a new generation would remember."""
    actor = kind(log)
    await actor.init()
    return actor.memory
