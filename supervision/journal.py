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
    _kept: deque[tuple[float, str, str, str]] = field(default_factory=lambda: deque(maxlen=KEPT))

    @property
    def events(self) -> tuple[Event, ...]:
        """Oldest first."""
        return tuple(Event(*kept) for kept in tuple(self._kept))

    def add(self, at: float, path: str, what: str, detail: str = "") -> None:
        """Keep an event, as a tuple until somebody looks, and tell the hooks."""
        self._kept.append((at, path, what, detail))
        for hook in self.hooks:
            hook(Event(at, path, what, detail))
