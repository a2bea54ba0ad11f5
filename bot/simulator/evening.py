"""An evening's clock and notebook: how long it lasts, who does what, how matches stand, what went wrong."""

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

CLOSING_S = 26.0
"""How long before the end nobody queues any more, at speed 1 and at most; see `closing_at`."""

CLOSING_SHARE = 0.35
"""Part of a short evening that may be closing time."""

OVERTIME_S = 100.0
"""How long after the end people may finish what they began: a confirmation window and a bit."""

KEPT_RESULTS = 8
KEPT_SURPRISES = 50


class Situation(Enum):
    """What a person is about."""

    AWAY = "not here yet"
    SETTING_UP = "setting up"
    IDLE = "idle"
    QUEUED = "queued"
    FOUND = "found"
    PLAYING = "playing"
    REPORTING = "reporting"
    DISPUTED = "in dispute"
    RESTING = "resting"
    HOME = "gone home"


class Stage(Enum):
    """How a match stands, as people see it. Later ones win over earlier ones."""

    FOUND = "found"
    LIVE = "live"
    DISPUTED = "disputed"
    SETTLED = "settled"
    VOID = "void"


_ORDER = {stage: place for place, stage in enumerate(Stage)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How the evening is to be."""

    seed: int = 7
    minutes: float = 2.0
    """Wall-clock minutes until the end."""
    speed: float = 1.0
    """Divides how long people take over everything."""
    arrival_s: float = 5.0
    """Within this everybody comes, one after the other whatever the bot does, at speed 1."""


@dataclass(slots=True)
class Notebook:
    """What was seen this evening."""

    situations: dict[str, Situation] = field(default_factory=dict)
    """By ladder name."""
    stages: dict[int, Stage] = field(default_factory=dict)
    """By match number."""
    ever_disputed: set[int] = field(default_factory=set)
    uploads: Counter[str] = field(default_factory=Counter)
    """Files sent, by kind."""
    deeds: Counter[str] = field(default_factory=Counter)
    """Out-of-the-ordinary things that people did, by name."""
    by_replay: int = 0
    """Matches that a replay settled."""
    results: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_RESULTS))
    surprises: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_SURPRISES))
    """What should not have happened, newest last."""

    def stage(self, match: int, stage: Stage) -> bool:
        """A match was seen at this stage; whether that is news."""
        before = self.stages.get(match)
        if stage is Stage.DISPUTED:
            self.ever_disputed.add(match)
        if before is not None and _ORDER[before] >= _ORDER[stage]:
            return False
        self.stages[match] = stage
        return True

    def as_json(self) -> dict[str, Any]:
        """Plain data: counts by situation and by stage, the lists as they are."""
        return {
            "situations": {one.value: n for one in Situation if (n := _count(self.situations, one))},
            "matches": {one.value: _count(self.stages, one) for one in Stage},
            "ever_disputed": len(self.ever_disputed),
            "by_replay": self.by_replay,
            "uploads": dict(self.uploads),
            "deeds": dict(self.deeds),
            "results": list(self.results),
            "surprises": list(self.surprises),
        }


def _count(where: dict[Any, Any], what: Enum) -> int:
    return sum(each is what for each in where.values())


class Evening:
    """What all people of an evening share."""

    def __init__(self, options: Options, *, now: Callable[[], float] = time.monotonic) -> None:
        """Args: `now` counts seconds."""
        self.options = options
        self.notebook = Notebook()
        self.finished = False
        """Everybody went home."""
        self._now = now
        self._began_at = now()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the beginning."""
        return self._now() - self._began_at

    @property
    def length_s(self) -> float:
        """Seconds from beginning to end."""
        return self.options.minutes * 60.0

    @property
    def ends_at(self) -> float:
        """The end, in seconds since 1970."""
        return time.time() + self.length_s - self.elapsed_s

    @property
    def closing(self) -> bool:
        """Nobody queues any more."""
        return self.elapsed_s >= closing_at(self.options)

    @property
    def over(self) -> bool:
        """Even the overtime has passed."""
        return self.elapsed_s >= self.length_s + OVERTIME_S

    async def hesitate(self, dice: random.Random, least_s: float, most_s: float) -> None:
        """Take some time, shorter at a higher speed."""
        await asyncio.sleep(dice.uniform(least_s, most_s) / self.options.speed)

    def surprise(self, who: str, what: str) -> None:
        """Write down what should not have happened."""
        self.notebook.surprises.append(f"{self.elapsed_s:.1f} s, {who}: {what}")

    def as_json(self) -> dict[str, Any]:
        """The state of the evening as plain data."""
        return {
            "elapsed_s": round(self.elapsed_s, 1),
            "length_s": self.length_s,
            "closing": self.closing,
            "finished": self.finished,
            **self.notebook.as_json(),
        }


def closing_at(options: Options) -> float:
    """After how many seconds people stop queueing, so that what is open can end in time.

    >>> closing_at(Options(minutes=2.0))
    94.0
    """
    length_s = options.minutes * 60.0
    return length_s - min(CLOSING_S, CLOSING_SHARE * length_s)
