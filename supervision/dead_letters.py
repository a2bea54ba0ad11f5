"""What became of messages that nobody handled: a ring, counters, and a log line that cannot flood."""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, TypeAlias

import structlog

from supervision.messages import title

log = structlog.get_logger()

KEPT = 256
QUIET_S = 1.0
"""After a log line about an actor, the next one about it comes this much later at the earliest."""
MOST_QUIET = 1024


class Fate(Enum):
    """Why a message was not handled to its end."""

    __hash__ = object.__hash__  # Enum's own is a Python function; a storm counts thousands

    DEAD = "dead"
    """The actor is not running."""
    FULL = "full"
    """The mailbox was full."""
    EXPIRED = "expired"
    """Its asker had given up, or was told that it would not be carried out."""
    UNKNOWN = "unknown"
    """The actor does not understand it."""
    REJECTED = "rejected"
    """The actor refused a message that nobody waits for."""
    UNDELIVERED = "undelivered"
    """It was still in the mailbox when the actor stopped for good."""
    CRASHED = "crashed"
    """The actor crashed, or was killed, over it."""
    LATE = "late"
    """An answer that came after its asker had left."""


class DeadLetter(NamedTuple):
    """A message that was not handled to its end."""

    path: str
    message: object
    fate: Fate
    at: float
    """Trio clock."""
    cause: BaseException | None = None


Reader: TypeAlias = Callable[[DeadLetter], None]


@dataclass(slots=True)
class DeadLetters:
    """The last `KEPT` dead letters, and how many there were of each kind."""

    recent: deque[DeadLetter] = field(default_factory=lambda: deque(maxlen=KEPT))
    counts: Counter[Fate] = field(default_factory=Counter)
    guard: Callable[[Reader], Reader] = lambda reader: reader
    """Put around each subscriber: it is called amid the kernel's own work, which its faults must not stop."""
    _readers: list[Reader] = field(default_factory=list)
    _quiet_until: dict[str, float] = field(default_factory=dict)
    _telling: bool = False

    def add(
        self, path: str, message: object, fate: Fate, at: float, cause: BaseException | None = None
    ) -> None:
        """Keep a message that nobody handled, and tell the subscribers."""
        letter = DeadLetter(path, message, fate, at, cause)
        self.recent.append(letter)
        self.counts[fate] += 1
        if self._telling:
            return  # a subscriber's own letter died: telling it again would never end
        self._telling = True
        try:
            self._tell(letter)
        finally:
            self._telling = False

    def subscribe(self, reader: Reader) -> Callable[[], None]:
        """Have a function called for each dead letter, in the task of whoever caused it.

        Returns:
            A function that ends the subscription.
        """
        guarded = self.guard(reader)
        self._readers.append(guarded)
        return lambda: self._readers.remove(guarded)

    @property
    def total(self) -> int:
        """How many there were since the start."""
        return sum(self.counts.values())

    def _tell(self, letter: DeadLetter) -> None:
        for reader in tuple(self._readers):
            reader(letter)
        if letter.fate is Fate.LATE or letter.at < self._quiet_until.get(letter.path, letter.at):
            return
        if len(self._quiet_until) >= MOST_QUIET:
            self._quiet_until.clear()
        self._quiet_until[letter.path] = letter.at + QUIET_S
        log.warning(
            "letter.died",
            actor=letter.path,
            message=title(letter.message),
            reason=letter.fate.value,
            count=self.counts[letter.fate],
        )
