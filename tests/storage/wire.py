"""A wire between the pool and PostgreSQL that loses commits, or is down, on request."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import trio

SOCKET = ".s.PGSQL.5432"


class Loss(Enum):
    """What happens to a commit on its way."""

    REQUEST = "request"
    """It never arrives."""
    ANSWER = "answer"
    """It happens, and nobody hears of it."""
    CUT = "cut"
    """It arrives, and the wire is cut before the server is done with it."""


@dataclass(slots=True)
class Wire:
    """Carries bytes both ways."""

    target: str
    losses: list[Loss] = field(default_factory=list)
    """What happens to the next commits, first one first."""
    down: bool = False
    frozen: bool = False
    """Nothing arrives and nothing is refused."""

    async def carry(self, client: trio.SocketStream) -> None:
        """One connection, to its end."""
        if self.down:
            await client.aclose()
            return
        deaf = trio.Event()
        async with client, await trio.open_unix_socket(self.target) as server, trio.open_nursery() as ways:
            ways.start_soon(self._there, client, server, deaf, ways.cancel_scope)
            ways.start_soon(self._back, client, server, deaf, ways.cancel_scope)

    async def _there(
        self, client: trio.SocketStream, server: trio.SocketStream, deaf: trio.Event, both: trio.CancelScope
    ) -> None:
        async for piece in client:
            if self.frozen:
                await trio.sleep_forever()
            loss = self.losses.pop(0) if self.losses and b"COMMIT;" in piece else None
            if loss is Loss.REQUEST or self.down:
                break
            if loss is not None:
                deaf.set()
            await server.send_all(piece)
            if loss is Loss.CUT:
                break
        both.cancel()

    async def _back(
        self, client: trio.SocketStream, server: trio.SocketStream, deaf: trio.Event, both: trio.CancelScope
    ) -> None:
        async for piece in server:
            if deaf.is_set() or self.down:
                break
            await client.send_all(piece)
        both.cancel()


@asynccontextmanager
async def open_wire(dsn: str, folder: Path) -> AsyncIterator[tuple[Wire, str]]:
    """The wire and its own address."""
    parts = urlsplit(dsn)
    host = parse_qs(parts.query)["host"][0]
    wire = Wire(f"{host}/{SOCKET}")
    with trio.socket.socket(trio.socket.AF_UNIX) as socket:
        await socket.bind(str(folder / SOCKET))
        socket.listen()
        async with trio.open_nursery() as wires:
            await wires.start(trio.serve_listeners, wire.carry, [trio.SocketListener(socket)])
            yield wire, urlunsplit(parts._replace(query=urlencode({"host": str(folder)})))
            wires.cancel_scope.cancel()
