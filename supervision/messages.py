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
    """An envelope: a message with its hour, its flow, and where to send the answer."""

    __slots__ = ("flow", "message", "sent_at", "slot", "ticket")

    def __init__(
        self,
        message: object,
        sent_at: float,
        flow: Flow | None = None,
        slot: Slot | None = None,
        ticket: Ticket | None = None,
    ) -> None:
        self.message = message
        self.sent_at = sent_at
        self.flow = flow
        self.slot = slot
        self.ticket = ticket
