"""Discord's global limit, kept by waiting: fifty requests in a second, the urgent ones first.

They leave one after the other, not as a heap: between two of them there is room for an answer to a click.
Interaction answers are exempt from the limit and never come here.
"""

import heapq
import math
from collections import deque
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import count

import trio

from actors.ports import Priority, Unavailable
from supervision.flow import outside

REQUESTS = 50
"""Requests a bot may send in a second. Source: Discord, rate limits, global rate limit."""
WINDOW_S = 1.05
"""A second, and a little because requests bunch up on their way."""
APART_S = 0.008
"""Between two requests. Making one keeps the loop busy for about half of that, so clicks find it free."""
MOST_WAITING = 20_000
"""Beyond this the backlog would take minutes: the sender is told at once and tries later."""


@dataclass(order=True, slots=True)
class _Ticket:
    priority: int
    number: int
    awake: trio.Event = field(compare=False, default_factory=trio.Event)


class Pace:
    """Hands out turns: in any `WINDOW_S` at most `REQUESTS`, by priority, then by age.

    No task of its own: the first in line sleeps until its turn, and wakes the next.
    """

    def __init__(
        self,
        requests: int = REQUESTS,
        window_s: float = WINDOW_S,
        most_waiting: int = MOST_WAITING,
        apart_s: float = APART_S,
    ) -> None:
        self._window_s = window_s
        self._apart_s = apart_s
        self._most_waiting = most_waiting
        self._granted: deque[float] = deque(maxlen=requests)
        self._line: list[_Ticket] = []
        self._numbers = count()

    @property
    def waiting(self) -> int:
        """How many stand in line."""
        return len(self._line)

    async def turn(self, priority: Priority) -> None:
        """Return when a request of this priority may leave.

        Raises:
            Unavailable: too many wait already.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        if len(self._line) >= self._most_waiting:
            raise Unavailable(f"{len(self._line)} requests wait for Discord")
        ticket = _Ticket(priority.value, next(self._numbers))
        limited = self._is_limited()
        heapq.heappush(self._line, ticket)
        try:
            with outside() if limited else nullcontext():
                await self._until_first_and_due(ticket)
            self._granted.append(trio.current_time())
        finally:
            self._leave(ticket)

    def _is_limited(self) -> bool:
        """Whether whoever comes now waits for Discord's limit, and not only for those just ahead."""
        most = self._granted.maxlen or 0
        place = len(self._line) - (most - len(self._granted))
        if place < 0:
            return False
        return place >= len(self._granted) or self._granted[place] + self._window_s > trio.current_time()

    async def _until_first_and_due(self, ticket: _Ticket) -> None:
        while True:
            if self._line[0] is not ticket:
                await ticket.awake.wait()
                ticket.awake = trio.Event()
            elif trio.current_time() < (due_at := self._due_at()):
                # Someone more urgent may come first meanwhile: look again afterwards.
                await trio.sleep_until(due_at)
            else:
                return

    def _due_at(self) -> float:
        if not self._granted:
            return -math.inf
        after_the_last = self._granted[-1] + self._apart_s
        if len(self._granted) < (self._granted.maxlen or 0):
            return after_the_last
        return max(after_the_last, self._granted[0] + self._window_s)

    def _leave(self, ticket: _Ticket) -> None:
        """Out of the line, served or cancelled; whoever is first now must know."""
        if self._line[0] is ticket:
            heapq.heappop(self._line)
        else:
            self._line.remove(ticket)
            heapq.heapify(self._line)
        if self._line:
            self._line[0].awake.set()
