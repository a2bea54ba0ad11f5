"""What every process of the ladder is given: the doors to the world and the season's numbers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import trio

from actors.ports import Clock, Downloads, Luck, Post, ReplayFiles, ReplayReader, Solver, Store
from actors.rules.ids import ChannelId
from actors.rules.settings import Settings
from actors.solving import Here


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Made once by the composition root, handed to every actor."""

    store: Store
    post: Post
    downloads: Downloads
    reader: ReplayReader
    files: ReplayFiles
    clock: Clock
    luck: Luck
    settings: Settings
    staff_channel: ChannelId | None
    solver: Solver = field(default_factory=Here)
    look: Callable[[], Awaitable[tuple[str, ...]]]
    """The state of all actors as lines of text, without secrets."""


@dataclass(frozen=True, slots=True)
class TrioClock:
    """Aware UTC that moves with Trio's clock, so that virtual time moves it too."""

    started_at: datetime
    """Aware UTC when `started` was read."""
    started: float
    """`trio.current_time()` then, in seconds."""
    read: Callable[[], float] = field(default_factory=lambda: trio.lowlevel.current_clock().current_time)
    """Trio's clock, as any thread may read it."""

    def now(self) -> datetime:
        """The time of day, aware UTC."""
        return self.started_at + timedelta(seconds=self.read() - self.started)
