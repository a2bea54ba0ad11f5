"""The simulated Discord's clock, which a test may push forward."""

import time
from datetime import UTC, datetime


class Clock:
    """Wall-clock seconds, plus what a test added."""

    def __init__(self) -> None:
        self._ahead_s = 0.0

    def now(self) -> float:
        """Seconds since 1970, as Discord counts them."""
        return time.time() + self._ahead_s

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass at once: tokens expire, limits reset, links go stale."""
        self._ahead_s += seconds


def iso(at: float) -> str:
    """A moment as Discord writes it.

    >>> iso(0.5)
    '1970-01-01T00:00:00.500000+00:00'
    """
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds")
