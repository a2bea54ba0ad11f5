"""The metrics actor: serves the figures on a port of this machine, for Prometheus.

It owns the port and decides nothing. Only GET /metrics is answered, to a few at a time, each within a bound.
A port that is taken is no reason to have no ladder: it is tried again.

Restart: permanent. A crash costs one reading.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import structlog
import trio

from bot import metrics
from supervision import Actor, ChildSpec

log = structlog.get_logger()

AGAIN_S = 30.0
READER_S = 5.0
"""How long one reader may take."""
MOST_READERS = 4
LONGEST_REQUEST = 8192
_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class _Open:
    """Open the port."""


def spec(host: str, port: int, read: Callable[[], metrics.Figures]) -> ChildSpec:
    """How it is started.

    Args:
        host: an address of this machine itself.
        port: where it listens; 0 takes any.
        read: the figures of this moment; quick, since the loop does it.
    """
    return ChildSpec(id="metrics", key=("desk", "metrics"), start=lambda: Metrics(host, port, read))


class Metrics(Actor[_Open]):
    """Answers whoever reads the figures."""

    tasks = True

    def __init__(self, host: str, port: int, read: Callable[[], metrics.Figures]) -> None:
        self._host = host
        self._port = port
        self._read = read
        self._readers = 0
        self._read_so_far = 0
        self.listening_at: int | None = None

    def describe(self) -> str:
        """Where it listens, and how often it was read."""
        if self.listening_at is None:
            return f"port {self._port} is not ours yet"
        return f"http://{self._host}:{self.listening_at}/metrics, read {self._read_so_far} times"

    async def resume(self) -> None:
        """Open the port once everybody else has begun."""
        self.context.timers.arm("open", 0.0, _Open())

    async def handle(self, letter: _Open) -> None:
        """Open the port, or try again later."""
        serve = partial(trio.serve_tcp, self._answer, self._port, host=self._host)
        try:
            listeners = await self.context.tasks.start(serve)
        except OSError as taken:
            log.warning("metrics.not_served", port=self._port, reason=str(taken), pause_s=AGAIN_S)
            self.context.timers.arm("open", AGAIN_S, letter)
            return
        self.listening_at = listeners[0].socket.getsockname()[1]
        log.info("metrics.served", host=self._host, port=self.listening_at)

    async def _answer(self, stream: trio.SocketStream) -> None:
        if self._readers >= MOST_READERS:
            return  # the stream is closed when this returns
        self._readers += 1
        try:
            with trio.move_on_after(READER_S), suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                await stream.send_all(await self._reply(await _request(stream)))
        finally:
            self._readers -= 1

    async def _reply(self, request: bytes) -> bytes:
        method, _, rest = request.partition(b" ")
        path = rest.partition(b" ")[0].partition(b"?")[0]
        if method != b"GET":
            return _response("405 Method Not Allowed", b"Only GET.\n")
        if path != b"/metrics":
            return _response("404 Not Found", b"The figures are at /metrics.\n")
        self._read_so_far += 1
        return _response("200 OK", await trio.to_thread.run_sync(metrics.text, self._read()))


async def _request(stream: trio.SocketStream) -> bytes:
    """The first line and the headers; less when the reader stops early or says too much."""
    said = bytearray()
    while b"\r\n\r\n" not in said and len(said) < LONGEST_REQUEST:
        more = await stream.receive_some(LONGEST_REQUEST)
        if not more:
            break
        said += more
    return bytes(said.partition(b"\r\n")[0])


def _response(status: str, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 {status}",
        f"Content-Type: {_TYPE}",
        f"Content-Length: {len(body)}",
        "Connection: close",
    )
    return "\r\n".join((*head, "", "")).encode() + body
