"""How the process is: how long it runs, what it weighs, how often the garbage collector stopped it.

Counted for as long as somebody may look: two additions a collection, and no memory.
"""

import gc
import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

STATM = Path("/proc/self/statm")
"""Where Linux says what a process weighs now; elsewhere only the most it ever weighed is known."""


@dataclass(slots=True)
class Pauses:
    """The pauses of one generation of the garbage collector, in seconds."""

    count: int = 0
    total_s: float = 0.0
    longest_s: float = 0.0


@dataclass(slots=True)
class Vitals:
    """What is counted of a process from here on."""

    began_at: float = field(default_factory=time.monotonic)
    pauses: tuple[Pauses, ...] = field(default_factory=lambda: tuple(Pauses() for _ in gc.get_count()))
    """By generation, the oldest last: its collections are the long ones."""
    _paused_at: float = 0.0

    def heard(self, phase: str, info: dict[str, Any]) -> None:
        """Count a pause: what `gc.callbacks` calls before and after each."""
        now = time.monotonic()
        if phase == "start":
            self._paused_at = now
            return
        pauses = self.pauses[info["generation"]]
        pauses.count += 1
        pauses.total_s += now - self._paused_at
        pauses.longest_s = max(pauses.longest_s, now - self._paused_at)

    def plain(self) -> dict[str, Any]:
        """As JSON has it. May be asked from any thread."""
        return {
            "pid": os.getpid(),
            "uptime_s": time.monotonic() - self.began_at,
            "memory_mb": memory_mb(),
            "gc": {
                "pauses": sum(each.count for each in self.pauses),
                "total_s": sum(each.total_s for each in self.pauses),
                "longest_s": max(each.longest_s for each in self.pauses),
                "full": self.pauses[-1].count,
                "longest_full_s": self.pauses[-1].longest_s,
            },
        }


@contextmanager
def counted() -> Iterator[Vitals]:
    """Count while the block runs."""
    vitals = Vitals()
    gc.callbacks.append(vitals.heard)
    try:
        yield vitals
    finally:
        gc.callbacks.remove(vitals.heard)


def memory_mb(statm: Path = STATM) -> float:
    """What the process weighs now, in megabytes; where nobody says so, the most it ever weighed."""
    try:
        pages = int(statm.read_text().split()[1])
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
    return pages * resource.getpagesize() / 2**20
