"""What travels between actors: messages that name their reply, and the letter that carries a message."""

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from supervision.flow import Flow

Reply = TypeVar("Reply")
ReplyIn = TypeVar("ReplyIn", contravariant=True)


@dataclass(frozen=True, slots=True)
class Call(Generic[Reply]):
    """A message that names its reply: `class Depth(Call[int])`.

    A call is carried out even if its caller has given up meanwhile, and at most once.
    """


@dataclass(frozen=True, slots=True)
class Query(Call[Reply]):
    """A call without effect: not carried out once its caller has given up."""


@dataclass(frozen=True, slots=True)
class Down:
    """A watched actor ended for good. It comes once, after the last letter that actor sent."""

    path: str
    ref: object
    reason: str


class Slot(Protocol):
    """Where an answer goes."""

    live: bool
    """False once the caller has an answer, or has given up."""
    void: bool
    """True if the caller was told that the request was not carried out: it must not be, then."""
    taken: bool
    """True once the letter left the mailbox."""

    def answer(self, value: object) -> None:
        """Hand over the reply."""

    def fail(self, error: Exception) -> None:
        """Hand over an error instead."""


class Ticket(Protocol):
    """Proof that a letter of the kernel's own (a timer's, a `Down`) is still wanted."""

    def take(self) -> bool:
        """Whether the letter, now out of the mailbox, is still wanted; asked once."""


class Letter:
    """An envelope: a message with its hour and its flow. What a plain letter has not takes no room in it."""

    __slots__ = ("flow", "message", "sent_at")

    slot: Slot | None = None
    """Where the answer goes, if it is a call."""
    ticket: Ticket | None = None
    """Whether it is still wanted, if the kernel sent it."""

    def __init__(self, message: object, sent_at: float, flow: Flow | None = None) -> None:
        self.message = message
        self.sent_at = sent_at
        self.flow = flow


class CallLetter(Letter):
    """A letter that somebody waits for the answer of."""

    __slots__ = ("slot",)

    def __init__(self, message: object, sent_at: float, flow: Flow | None, slot: Slot) -> None:
        self.message = message
        self.sent_at = sent_at
        self.flow = flow
        self.slot = slot


class KernelLetter(Letter):
    """A letter of the kernel's own: a timer's, or a `Down`."""

    __slots__ = ("ticket",)

    def __init__(self, message: object, sent_at: float, ticket: Ticket) -> None:
        super().__init__(message, sent_at)
        self.ticket = ticket
