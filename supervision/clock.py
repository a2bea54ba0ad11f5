"""Trio's clock as a builtin: it is read twice for every letter."""

import time

import trio.abc


class PlainClock(trio.abc.Clock):
    """The time of `trio.run(..., clock=PlainClock())`: `time.perf_counter`, in seconds.

    Trio's own clock is a Python function that adds a random offset, so that nobody mistakes its numbers for
    the operating system's; leaving that out makes a letter 8 % cheaper.
    """

    current_time = staticmethod(time.perf_counter)

    def start_clock(self) -> None:
        """Nothing to start."""

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """Seconds from now to a deadline of this clock."""
        return deadline - time.perf_counter()
