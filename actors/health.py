"""The store's health: asks the store now and then, so that its absence is seen before a player meets it.

It owns nothing: the pool is opened before the tree and closed after it. A store that is
away is weather, said in the log and in the dump, never a crash.

Restart: permanent.
"""

import structlog
import trio

from actors.doors import Doors
from actors.ports import Unavailable
from actors.spans import span
from supervision import Actor, ChildSpec

log = structlog.get_logger()

LOOK_S = 15.0


class _Look:
    """Ask again."""


def spec(doors: Doors) -> ChildSpec:
    """How it is started: first of all, and not before the store answers."""
    return ChildSpec(id="store", start=lambda: StoreHealth(doors))


class StoreHealth(Actor[_Look]):
    """Whether the store answers, and since when not."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._took_s = 0.0
        self._away_since: float | None = None

    def describe(self) -> str:
        """How long the last answer took, or how long there was none."""
        if self._away_since is not None:
            return f"away for {span(self.context.now() - self._away_since)}"
        return f"answers in {self._took_s * 1000:.1f} ms"

    async def init(self) -> None:
        """Nothing else starts before the store answers."""
        await self._ask()
        self.context.timers.arm("look", LOOK_S, _Look())

    async def handle(self, message: _Look) -> None:
        """Ask, and say it when the answer is another than before."""
        del message
        self.context.timers.arm("look", LOOK_S, _Look())
        try:
            await self._ask()
        except Unavailable as away:
            if self._away_since is None:
                log.warning("store.away", reason=str(away))
                self._away_since = trio.current_time()

    async def _ask(self) -> None:
        begun = trio.current_time()
        await self._doors.store.crowd()
        self._took_s = trio.current_time() - begun
        if self._away_since is not None:
            log.info("store.returned", away_s=round(begun - self._away_since, 1))
            self._away_since = None
