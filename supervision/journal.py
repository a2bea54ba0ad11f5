"""What has happened lately in a tree: a ring of lifecycle events, and the hooks that hear of them."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

KEPT = 1000
CRASHES_KEPT = 100


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
    """The last `KEPT` lifecycle events; and the last crashes, which the noise of others drives out later."""

    hooks: Sequence[Hook] = ()
    _kept: deque[tuple[float, str, str, str]] = field(default_factory=lambda: deque(maxlen=KEPT))
    _crashes: deque[tuple[float, str, str, str]] = field(default_factory=lambda: deque(maxlen=CRASHES_KEPT))

    @property
    def events(self) -> tuple[Event, ...]:
        """Oldest first."""
        return tuple(Event(*kept) for kept in tuple(self._kept))

    @property
    def crashes(self) -> tuple[Event, ...]:
        """Oldest first: who crashed, and who heeded no cancellation."""
        return tuple(Event(*kept) for kept in tuple(self._crashes))

    def remember(self, at: float, path: str, what: str, detail: str) -> None:
        """Keep a crash for longer than the events around it, which tell of it in their own words."""
        self._crashes.append((at, path, what, detail))

    def add(self, at: float, path: str, what: str, detail: str = "") -> None:
        """Keep an event, as a tuple until somebody looks, and tell the hooks."""
        self._kept.append((at, path, what, detail))
        for hook in self.hooks:
            hook(Event(at, path, what, detail))
