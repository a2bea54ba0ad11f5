"""What goes wrong on request: slow, limited, failing, hanging or lost answers, by route."""

import asyncio
import re
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from bot.simulator.refusals import SetupError

HANG_S = 3600.0
"""How long a hanging request hangs, if its client waits that long."""


class FaultKind(Enum):
    """How a request goes wrong."""

    SLOW = "slow"
    """Answered `ms` later."""
    LIMITED = "limited"
    """429 with `retry_after_s`."""
    FAIL = "fail"
    """Answered with `status` and `code`, nothing done."""
    HANG = "hang"
    """Never answered, nothing done; ends when the client gives up."""
    LOSE = "lose"
    """Done, and the connection is cut instead of answering."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One trouble, for the next `times` requests that match."""

    kind: FaultKind
    route: str = ""
    """Regular expression, searched in "METHOD /path" without /api/v10."""
    times: int = 1
    """How often; -1 is until cleared."""
    ms: float = 0.0
    status: int = 500
    code: int = 0
    message: str = "500: Internal Server Error"
    retry_after_s: float = 0.2
    scope: str = "user"
    """X-RateLimit-Scope of a 429: user, shared or global."""


async def wait_out(struck: list[Fault]) -> Fault | None:
    """Sit through the slow and the hanging; asyncio-flavored, and cut short when the client goes away.

    Returns:
        The fault that answers instead of the route, if there is one.
    """
    for fault in struck:
        if fault.kind is FaultKind.SLOW:
            await asyncio.sleep(fault.ms / 1000)
        elif fault.kind is FaultKind.HANG:
            await asyncio.sleep(HANG_S)
    return next((fault for fault in struck if fault.kind in (FaultKind.FAIL, FaultKind.LIMITED)), None)


@dataclass(slots=True)
class Faults:
    """The troubles that wait for their request."""

    waiting: list[Fault] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)
    """Requests that went wrong, by kind."""

    def add(self, wish: dict[str, Any]) -> Fault:
        """A fault from its JSON description.

        Raises:
            SetupError: an unknown kind or field.
        """
        try:
            fault = Fault(**{**wish, "kind": FaultKind(wish.get("kind"))})
            re.compile(fault.route)
        except (TypeError, ValueError, re.error) as error:
            raise SetupError(f"no such fault: {wish} ({error})") from error
        self.waiting.append(fault)
        return fault

    def clear(self) -> None:
        """Everything works again."""
        self.waiting.clear()

    def due(self, method: str, path: str) -> list[Fault]:
        """The faults that strike this request; each is used up by one."""
        struck = [fault for fault in self.waiting if re.search(fault.route, f"{method} {path}")]
        for fault in struck:
            fault.times -= 1
            self.struck[fault.kind.value] += 1
        self.waiting = [fault for fault in self.waiting if fault.times != 0]
        return struck
