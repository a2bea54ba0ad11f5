"""How long a child waits before it is started again after a crash."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential delays with jitter inside the cap.

    Source: Akka `BackoffSupervisor`; unlike there, no delay is ever above the cap.
    """

    base_s: float = 0.5
    cap_s: float = 30.0
    jitter: float = 0.2
    """The share of a delay that luck may take away, 0 to 1."""
    reset_s: float = 30.0
    """A generation that lived this long makes the next delay the first one again."""

    def delay(self, attempt: int, luck: float) -> float:
        """Seconds to wait before restart number `attempt`, counted from 0 since the last quiet period.

        Args:
            attempt: how many restarts came before this one.
            luck: a number drawn from [0, 1).

        Returns:
            A value in `[d * (1 - jitter), d]` with `d = min(cap_s, base_s * 2 ** attempt)`.

        >>> Backoff(base_s=0.5, cap_s=30.0, jitter=0.2).delay(3, 0.5)
        3.6
        """
        # 2 ** 1100 does not fit a float; long before that the cap decides.
        longest = min(self.cap_s, self.base_s * 2.0 ** min(attempt, 64))
        return longest * (1 - self.jitter * luck)

    def attempts_after(self, attempts: int, lived_s: float) -> int:
        """How many restarts still count after a generation lived this long."""
        return 0 if lived_s >= self.reset_s else attempts
