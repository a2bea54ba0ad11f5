"""A signal is an order to stop, and its bound is that of every stop."""

import signal

import pytest
import trio

from supervision import open_system
from tests.supervision.stage import Hooks, Stage, sleeper, top


async def test_a_stop_by_a_signal_is_bounded_as_any_other(autojump_clock: object) -> None:
    child = Stage().puppet("a", hooks=Hooks(close=sleeper(100)), shutdown_s=200)
    async with open_system(top(child), signals=True, stop_s=3) as system:
        signal.raise_signal(signal.SIGTERM)
        await system.wait()
        assert trio.current_time() == pytest.approx(3)
