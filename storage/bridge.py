"""The asyncio loop inside Trio, with several callbacks a turn.

trio-asyncio runs one callback a turn of Trio's loop, and each turn asks the system for news of sockets: a
click is a dozen callbacks. What waits already is run in the same turn here (decision 0027).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio
import trio_asyncio

AT_ONCE = 64
"""Callbacks in one turn; then Trio's tasks have theirs."""


class _Draining(trio_asyncio.TrioEventLoop):  # type: ignore[misc]  # trio-asyncio has no types
    def _check_callback(self, callback: object, method: str) -> None:
        """Asyncio itself looks at each callback in its debug mode only."""

    async def _main_loop_one(self, no_wait: bool = False) -> None:
        await super()._main_loop_one(no_wait)
        if no_wait:
            return
        for _ in range(AT_ONCE - 1):
            try:
                await super()._main_loop_one(no_wait=True)
            except trio.WouldBlock:
                return


@asynccontextmanager
async def open_bridge() -> AsyncIterator[trio_asyncio.TrioEventLoop]:
    """Must be open around everything asyncio-flavored: pool and Discord."""
    async with trio_asyncio.open_loop() as loop:
        loop.__class__ = _Draining  # `open_loop` makes its own and takes no other
        yield loop
