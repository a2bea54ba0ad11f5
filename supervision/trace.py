"""Following one actor: each letter in and out, each change of state, for any number of people at once.

An actor that nobody follows has no hook, and pays one comparison a letter.
"""

import threading
from collections import deque

from supervision.cell import Cell
from supervision.journal import Event, Hook

MOST_KEPT = 1000
"""Events that wait for a reader who is slow."""

_CHANGING = threading.Lock()


class Fork:
    """Several hooks as one."""

    __slots__ = ("hooks",)

    def __init__(self, hooks: tuple[Hook, ...]) -> None:
        self.hooks = hooks

    def __call__(self, event: Event) -> None:
        """Tell them all."""
        for hook in self.hooks:
            hook(event)


def follow(cell: Cell, hook: Hook) -> None:
    """Tell a hook, too, of what an actor does. Any thread may."""
    with _CHANGING:
        cell.trace = Fork((*_hooks(cell), hook))


def leave(cell: Cell, hook: Hook) -> None:
    """End that. In the loop's thread only: a letter may be about to be told of."""
    with _CHANGING:
        left = list(_hooks(cell))
        if hook in left:
            left.remove(hook)
        cell.trace = Fork(tuple(left)) if left else None


def _hooks(cell: Cell) -> tuple[Hook, ...]:
    return cell.trace.hooks if isinstance(cell.trace, Fork) else ()


class Tape:
    """A hook that keeps what it hears until somebody in another thread reads it."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._kept: deque[Event] = deque()
        self._lost = self._told = 0
        self.over = False
        """Whether the actor has stopped for good."""

    def __call__(self, event: Event) -> None:
        """Keep an event, or count it as lost."""
        if len(self._kept) < self._most:
            self._kept.append(event)
        else:
            self._lost += 1
        if (event.what, event.detail) == ("state", "stopped"):
            self.over = True

    def read(self) -> tuple[list[Event], int]:
        """What came since the last reading, and how much was lost after it."""
        events = [self._kept.popleft() for _ in range(len(self._kept))]
        lost = self._lost
        new, self._told = lost - self._told, lost
        return events, new
