"""The collector: whole garbage collections, when nobody waits for an answer.

Left to itself, Python looks through everything that lives whenever enough was made, and every click of
that tenth of a second waits. Here the small collections go on, and the whole one comes about once a minute,
between two answers.

It owns nothing. Restart: permanent; a crash costs one collection.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

import structlog
import trio

from actors.spans import span
from supervision import Actor, ChildSpec

log = structlog.get_logger()

EVERY_S = 60.0
SHARE = 0.001
"""Of all time, what whole collections may take: those that take longer come less often."""
LOOK_S = 0.05
"""How long until it looks again whether nobody waits."""
PATIENCE_S = 10.0
"""After this it collects although somebody waits."""
YOUNG, MIDDLE, NEVER = 2_000, 10, 1_000_000_000
"""New objects before a small collection; small ones before a middle one; middle ones before a whole one."""


class _Look:
    """It may be time."""


def spec(answering: Callable[[], int]) -> ChildSpec:
    """How it is started.

    Args:
        answering: how many people wait for an answer at this moment.
    """
    return ChildSpec(id="collector", key=("desk", "collector"), start=lambda: Collector(answering))


@contextmanager
def collected_in_quiet() -> Iterator[None]:
    """From here on no whole collection comes by itself; what lives already is never looked at again."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, NEVER)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


class Collector(Actor[_Look]):
    """Collects in quiet moments."""

    def __init__(self, answering: Callable[[], int]) -> None:
        self._answering = answering
        self._due_at = 0.0
        self._took_s: float | None = None

    def describe(self) -> str:
        """How long everything stood still the last time, and when it will again."""
        last = "none so far" if self._took_s is None else f"the last took {self._took_s * 1000:.0f} ms"
        return f"{last}, the next in {span(max(0.0, self._due_at - self.context.now()))}"

    async def init(self) -> None:
        """The first one has time."""
        self._put_off(EVERY_S)

    async def handle(self, message: _Look) -> None:
        """Collect, unless somebody waits who can be waited for."""
        del message
        if self._answering() and trio.current_time() < self._due_at + PATIENCE_S:
            self.context.timers.arm("look", LOOK_S, _Look())
            return
        began = perf_counter()
        found = gc.collect()
        took_s = self._took_s = perf_counter() - began
        log.debug("garbage.collected", objects=found, took_ms=round(took_s * 1000, 1))
        self._put_off(max(EVERY_S, took_s / SHARE))

    def _put_off(self, pause_s: float) -> None:
        self._due_at = trio.current_time() + pause_s
        self.context.timers.arm("look", pause_s, _Look())
