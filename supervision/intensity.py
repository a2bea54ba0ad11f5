"""The restart budget of one supervisor, or of one child: a sliding window, as in OTP."""

from collections import deque
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Intensity:
    """At most `most` restarts in any `period_s` seconds; one more and the supervisor gives up.

    Source: OTP `supervisor`, tuning the intensity.
    """

    most: float = 3
    """Restarts that are forgiven within one period; `math.inf` forgives all."""
    period_s: float = 5.0
    """Length of the window in seconds, both ends included."""


@dataclass(slots=True)
class Budget:
    """The restarts of the last period."""

    limit: Intensity
    spent_at: deque[float] = field(default_factory=deque)
    """Trio-clock times of the restarts still inside the window, oldest first; at most `most` + 1 of them
    (none is kept when the limit is infinite, since nothing would ever be compared with them)."""

    def spend(self, now: float) -> bool:
        """Count one restart and say whether the budget still holds.

        >>> budget = Budget(Intensity(1, 5.0))
        >>> budget.spend(0.0), budget.spend(5.1), budget.spend(5.2)
        (True, True, False)
        """
        if self.limit.most == float("inf"):
            return True
        self.spent_at.append(now)
        while now - self.spent_at[0] > self.limit.period_s:
            self.spent_at.popleft()
        return len(self.spent_at) <= self.limit.most
