"""The windows through which people look into the running bot: a socket, a signal, a page for staff."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.looking import SOCKET
from supervision import FlowSummary, SignalDoor, System, dump_on_signal, serve_dump


@dataclass(slots=True)
class Windows:
    """Closed until there is something to see, but for the signal: it must never end the program."""

    folder: Path
    signalled: SignalDoor
    answers: dict[str, Callable[[], Any]] = field(default_factory=dict)
    """What the socket tells besides what the kernel knows."""

    @asynccontextmanager
    async def open(self, system: System) -> AsyncIterator[None]:
        """Open them while a system starts, runs and stops."""
        self.signalled.system = system
        async with serve_dump(self.folder / SOCKET, system, self.answers):
            yield

    @property
    def system(self) -> System | None:
        """Whom they look at; None before it starts."""
        return self.signalled.system

    def flows(self) -> tuple[FlowSummary, ...]:
        """How long everything took so far."""
        system = self.signalled.system
        return () if system is None else system.flows.summaries()

    async def page(self) -> tuple[str, ...]:
        """The state of all actors as lines of text, without secrets."""
        system = self.signalled.system
        return () if system is None else await system.page()


@asynccontextmanager
async def open_windows(folder: Path) -> AsyncIterator[Windows]:
    """Answer signals from here on; the socket and the dumps of signals are in this folder."""
    with dump_on_signal(folder) as signalled:
        yield Windows(folder, signalled)
