"""Discord's rate limits: fifty requests a second over all, buckets per route and top-level resource."""

from collections import deque
from dataclasses import dataclass, field

from bot.simulator.clock import Clock

GLOBAL = (50, 1.0)
"""Requests and seconds, over all routes but those of interactions."""

BUCKETS = {
    "message.create": (5, 5.0),
    "message.edit": (5, 5.0),
    "message.delete": (5, 1.0),
    "typing": (5, 5.0),
    "webhook": (5, 2.0),
}
"""Requests and seconds by bucket name; commonly seen figures, Discord publishes none."""

OTHERWISE = (50, 1.0)

INVALID = (10_000, 600.0)
"""Answers 401, 403 and 429 and seconds, after which Discord's edge answers nothing else."""

_KEPT_WINDOWS = 10_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a bucket stands after a request."""

    limit: int
    remaining: int
    reset_at: float
    """Seconds since 1970."""
    reset_after_s: float
    exceeded: bool


@dataclass(slots=True)
class _Window:
    ends_at: float
    used: int = 0


@dataclass(slots=True)
class RateLimits:
    """All buckets of one bot."""

    clock: Clock
    buckets: dict[str, tuple[int, float]] = field(default_factory=lambda: dict(BUCKETS))
    global_limit: tuple[int, float] = GLOBAL
    _windows: dict[tuple[str, str], _Window] = field(default_factory=dict)
    _invalid: deque[float] = field(default_factory=lambda: deque(maxlen=INVALID[0]))

    def take(self, bucket: str, resource: str) -> Verdict:
        """Count one request against a route's bucket.

        Args:
            bucket: the route's bucket name.
            resource: channel, guild, or webhook id and token: each has windows of its own.
        """
        return self._count(bucket, resource, self.buckets.get(bucket, OTHERWISE))

    def take_global(self) -> Verdict:
        """Count one request against the global limit."""
        return self._count("global", "", self.global_limit)

    def _count(self, bucket: str, resource: str, limit: tuple[int, float]) -> Verdict:
        most, seconds = limit
        now = self.clock.now()
        window = self._windows.get((bucket, resource))
        if window is None or window.ends_at <= now:
            self._forget_old(now)
            window = self._windows[bucket, resource] = _Window(now + seconds)
        exceeded = window.used >= most
        window.used += not exceeded
        return Verdict(most, most - window.used, window.ends_at, window.ends_at - now, exceeded)

    def _forget_old(self, now: float) -> None:
        if len(self._windows) > _KEPT_WINDOWS:
            self._windows = {key: window for key, window in self._windows.items() if window.ends_at > now}

    def count_invalid(self) -> None:
        """Remember an answer 401, 403 or 429."""
        self._invalid.append(self.clock.now())

    @property
    def banned(self) -> bool:
        """Whether 10,000 invalid requests came within ten minutes."""
        most, seconds = INVALID
        return len(self._invalid) == most and self._invalid[0] > self.clock.now() - seconds
