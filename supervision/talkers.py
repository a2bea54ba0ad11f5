"""Who handles the most letters, and who is busiest, between two looks."""

import threading
from collections import deque
from dataclasses import dataclass
from typing import Any

from supervision.dump import Dump
from supervision.record import ActorRecord

LEAST_S = 0.8
"""Looks closer to each other than this say nothing about rates."""


@dataclass(frozen=True, slots=True)
class _Look:
    """What was counted at one moment."""

    at: float
    counts: dict[str, tuple[int, float]]


class Talkers:
    """Remembers the counters of the last look, so that the next one can tell rates. Asked from any thread."""

    def __init__(self) -> None:
        self._looks: deque[_Look] = deque(maxlen=2)
        self._lock = threading.Lock()

    def rates(self, dump: Dump, most: int) -> list[dict[str, Any]]:
        """Who handled the most letters since the look before, most first; nothing at the first look.

        Returns:
            Dicts with `path`, `handled` (since the start), `per_s`, and `busy`: the share of the time.
        """
        before = self._swap(_Look(dump.at, {actor.path: _counts(actor) for actor in dump.actors}))
        if before is None:
            return []
        found = [
            _rate(actor, before, dump.at - before.at) for actor in dump.actors if actor.status != "stopped"
        ]
        talking = [each for each in found if each["per_s"] or each["busy"]]
        return sorted(talking, key=lambda each: (-each["per_s"], -each["busy"]))[:most]

    def _swap(self, look: _Look) -> _Look | None:
        with self._lock:
            old = [each for each in self._looks if look.at - each.at >= LEAST_S]
            if not self._looks or look.at - self._looks[-1].at >= LEAST_S:
                self._looks.append(look)
        return old[-1] if old else None


def _counts(actor: ActorRecord) -> tuple[int, float]:
    """Letters, and busy seconds with those of the letter in hand: the kernel adds them when it is done."""
    return actor.handled, actor.busy_s + (actor.handling_s or 0.0)


def _rate(actor: ActorRecord, before: _Look, seconds: float) -> dict[str, Any]:
    handled, busy_s = _counts(actor)
    handled_before, busy_before_s = before.counts.get(actor.path, (0, 0.0))
    return {
        "path": actor.path,
        "handled": handled,
        # Another actor may have had the path before: its counters began anew.
        "per_s": max(0, handled - handled_before) / seconds,
        "busy": min(1.0, max(0.0, busy_s - busy_before_s) / seconds),
    }
