"""One heap of deadlines for the whole system, watched by one task; and the named timers of one actor."""

import heapq
import math
from collections.abc import Callable
from typing import Protocol

import trio


class Due(Protocol):
    """Something that happens at a deadline unless it was called off."""

    live: bool

    def fire(self) -> None:
        """Happen. Runs in the alarms' task and must not wait."""


COMPACT_FROM = 512
"""Below this many entries nobody minds those that were called off."""


class Alarms:
    """Deadlines by the thousand at the price of one sleeping task.

    A `trio.fail_after` costs 7 to 8 microseconds a call; an entry here less than one. Entries called off
    stay in the heap until they surface or until they are the greater half of it.
    """

    __slots__ = ("_called_off", "_heap", "_order", "_sleep", "_wakes_at")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Due]] = []
        self._order = 0  # breaks ties: what was set first fires first
        self._called_off = 0
        self._sleep: trio.CancelScope | None = None
        self._wakes_at = -math.inf
        """The deadline of the sleep; before the first sleep nothing is earlier."""

    def __len__(self) -> int:
        """Entries in the heap, those called off included."""
        return len(self._heap)

    def at(self, deadline: float, due: Due) -> None:
        """Have something happen at a Trio-clock time."""
        self._order += 1
        heapq.heappush(self._heap, (deadline, self._order, due))
        if deadline < self._wakes_at and self._sleep is not None:
            self._wakes_at = self._sleep.deadline = deadline

    def call_off(self, due: Due) -> None:
        """Make sure that something in the heap does not happen."""
        due.live = False
        self._called_off += 1
        if self._called_off > COMPACT_FROM and self._called_off * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2].live]
            heapq.heapify(self._heap)
            self._called_off = 0

    async def run(self) -> None:
        """Watch the heap until cancelled."""
        while True:
            self._fire_due(trio.current_time())
            # The scope's deadline is moved by `at`; an outer cancellation is not caught by it.
            self._wakes_at = self._next()
            with trio.CancelScope(deadline=self._wakes_at) as self._sleep:
                await trio.sleep_forever()

    def _fire_due(self, now: float) -> None:
        while self._heap and (self._heap[0][0] <= now or not self._heap[0][2].live):
            _, _, due = heapq.heappop(self._heap)
            if due.live:
                due.live = False
                due.fire()
            else:
                self._called_off = max(0, self._called_off - 1)

    def _next(self) -> float:
        return self._heap[0][0] if self._heap else math.inf


class Alarm:
    """A function to call at a deadline."""

    __slots__ = ("act", "live")

    def __init__(self, act: Callable[[], None]) -> None:
        self.live = True
        self.act = act

    def fire(self) -> None:
        """Call it."""
        self.act()


class Timers:
    """The named timers of one generation of an actor; they end with it."""

    __slots__ = ("_alarms", "_named", "_post")

    def __init__(self, alarms: Alarms, post: "Callable[[object, NamedTimer], None]") -> None:
        self._alarms = alarms
        self._post = post
        self._named: dict[str, NamedTimer] = {}

    def arm(self, name: str, delay_s: float, message: object) -> None:
        """Send oneself a message after a delay; a timer of the same name is replaced."""
        self.cancel(name)
        timer = NamedTimer(self, name, trio.current_time() + delay_s, message)
        self._named[name] = timer
        self._alarms.at(timer.at, timer)

    def cancel(self, name: str) -> None:
        """Forget a timer; its letter is not handled even if it is in the mailbox already."""
        timer = self._named.pop(name, None)
        if timer is not None:
            self._drop(timer)

    def due(self, name: str) -> float | None:
        """When the timer fires, on the Trio clock; None if it fired or there is none."""
        timer = self._named.get(name)
        return timer.at if timer is not None and timer.live else None

    def named(self) -> "tuple[NamedTimer, ...]":
        """Every timer, also one whose letter is in the mailbox already. Any thread may ask."""
        return tuple(self._named.values())

    def cancel_all(self) -> None:
        """Forget every timer."""
        for timer in self._named.values():
            self._drop(timer)
        self._named.clear()

    def fired(self, timer: "NamedTimer") -> None:
        """Put a timer's letter into the mailbox."""
        self._post(timer.message, timer)

    def keep(self, timer: "NamedTimer") -> bool:
        """Give the name back to a timer whose letter was put aside; False if it was armed anew meanwhile."""
        return self._named.setdefault(timer.name, timer) is timer

    def forget(self, name: str) -> None:
        """Free the name of a timer whose letter is being handled."""
        del self._named[name]

    def _drop(self, timer: "NamedTimer") -> None:
        timer.wanted = False
        if timer.live:
            self._alarms.call_off(timer)


class NamedTimer:
    """A letter to oneself, later: wanted until it is handled, cancelled or replaced, or its owner ends.

    It keeps its name until its letter is handled, so that `Timers.cancel` reaches a letter in the mailbox.
    """

    __slots__ = ("at", "live", "message", "name", "owner", "wanted")

    def __init__(self, owner: Timers, name: str, at: float, message: object) -> None:
        self.owner = owner
        self.name = name
        self.at = at
        self.message = message
        self.live = True
        self.wanted = True

    def fire(self) -> None:
        """Put the letter into the mailbox."""
        self.owner.fired(self)

    def take(self) -> bool:
        """Whether the letter, now out of the mailbox, is still wanted."""
        if self.wanted:
            self.wanted = False
            self.owner.forget(self.name)
            return True
        return False

    def keep(self) -> None:
        """The letter was put aside: wanted until it is handled in earnest."""
        self.wanted = self.owner.keep(self)
