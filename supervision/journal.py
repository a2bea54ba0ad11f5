"""What has happened lately in a tree: a ring of lifecycle events, and the hooks that hear of them."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

KEPT = 1000


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an actor."""

    at: float
    """Trio clock."""
    path: str
    what: str
    """Lifecycle: `started`, `crashed`, ...; letters: `in`, `out`, `state`."""
    detail: str = ""


Hook: TypeAlias = Callable[[Event], None]


@dataclass(slots=True)
class Journal:
    """The last `KEPT` lifecycle events."""

    hooks: Sequence[Hook] = ()
    events: deque[Event] = field(default_factory=lambda: deque(maxlen=KEPT))

    def add(self, event: Event) -> None:
        """Keep an event and tell the hooks."""
        self.events.append(event)
        for hook in self.hooks:
            hook(event)
