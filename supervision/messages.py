"""What travels between actors: messages that name their reply, and the letter that carries a message."""

from dataclasses import dataclass
from typing import ClassVar, Generic, Protocol, TypeVar

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


def title(message: object) -> str:
    """What a message is called for whoever looks from outside: its type, whether it is private or not."""
    return type(message).__name__.lstrip("_")


class Ticket(Protocol):
    """Proof that a letter of the kernel's own (a timer's, a `Down`) is still wanted."""

    def take(self) -> bool:
        """Whether the letter, now out of the mailbox, is still wanted; asked once."""

    def keep(self) -> None:
        """Hear that the letter was put aside: it is asked for again."""


class Letter:
    """An envelope: a message with its hour and its flow. What a plain letter has not takes no room in it."""

    __slots__ = ("flow", "message", "sent_at")

    plain: ClassVar[bool] = True
    """Whether it is wanted in any case, and nobody waits for an answer."""

    def __init__(self, message: object, sent_at: float, flow: Flow | None = None) -> None:
        self.message = message
        self.sent_at = sent_at
        self.flow = flow

    def take(self) -> bool:
        """Whether the letter, now out of the mailbox, is to be handled; asked once."""
        return True

    def keep(self) -> None:
        """Be put aside: `take` is asked again."""

    def answer(self, value: object) -> None:
        """Hand the reply to whoever waits for it."""

    def fail(self, error: Exception) -> None:
        """Hand an error to whoever waits for a reply."""


class KernelLetter(Letter):
    """A letter of the kernel's own: a timer's, or a `Down`."""

    __slots__ = ("ticket",)

    plain = False

    def __init__(self, message: object, sent_at: float, ticket: Ticket) -> None:
        super().__init__(message, sent_at)
        self.ticket = ticket

    def take(self) -> bool:
        """Whether it was not revoked."""
        return self.ticket.take()

    def keep(self) -> None:
        """Be put aside, and revocable again."""
        self.ticket.keep()
