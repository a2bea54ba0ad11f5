"""The one door to disnake and to asyncio: everything that leaves for Discord or comes from it crosses here.

disnake runs in the trio-asyncio loop that is open around `open_discord`. It turns the socket into
interactions and messages; those become our events and are handed to the gateway actor in the same
breath, without a task of their own. Functions here are Trio-flavored except where the first line says not.
"""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from weakref import WeakValueDictionary

import aiohttp
import disnake
import structlog
import trio
import trio_asyncio
from disnake.gateway import DiscordWebSocket, KeepAliveHandler
from disnake.http import Route
from disnake.webhook.async_ import async_context
from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay, wait_random_exponential

from actors.ports import Gone
from bot import interactions
from bot.commands import same
from bot.config import Config
from bot.discord_events import Event
from bot.errors import BadToken, GatewayEnded, discord_faults, mendable
from supervision.flow import outside

log = structlog.get_logger()
T = TypeVar("T")

LOGIN_S = 30.0
"""How long the first request may be tried again."""
CLOSING_S = 5.0
IDENTIFY_EVERY_S = 5.0
"""Source: Discord, session start limit, max_concurrency 1."""
IDENTIFIES, IDENTIFIES_WITHIN_S = 10, 900.0
"""960 a day at most, of the 1,000 after which Discord resets the token."""
BAD_TOKEN = 4004
"""Source: Discord, gateway close codes."""
BEAT_S = 30.0
"""disnake notes a heartbeat after it was sent: an answer that was quicker counts from the one before."""
CHUNK = 64 * 1024
KEEP_S = 60.0
"""How long an idle connection is kept for the next request."""

_HOPELESS = (disnake.GatewayNotFound, disnake.PrivilegedIntentsRequired, disnake.SessionStartLimitReached)
_LINE = {"connect": "gateway.connected", "disconnect": "gateway.disconnected", "resumed": "gateway.resumed"}
_EVENTS: dict[str, Callable[[Any, float], Event]] = {
    "application_command": lambda source, now: interactions.used(source, now, cross),
    "message_interaction": lambda source, now: interactions.clicked(source, now, cross),
    "modal_submit": lambda source, now: interactions.submitted(source, now, cross),
    "message": interactions.wrote,
}


class _Client(disnake.Client):
    """disnake's client without caches, command machinery, or a task for each event."""

    def __init__(self) -> None:
        super().__init__(
            # aiohttp's limit of 100 would hold up answers, and a new handshake the click of a quiet evening.
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_S),
            intents=disnake.Intents(guilds=True, dm_messages=True),
            # Nothing is worth compressing in a few small events.
            gateway_params=disnake.GatewayParams(zlib=False),
            allowed_mentions=disnake.AllowedMentions.none(),
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=disnake.MemberCacheFlags.none(),
        )
        self.when_ready: Callable[[], None] | None = None
        self.when_happened: Callable[[Event], None] | None = None
        self._identified: deque[float] = deque(maxlen=IDENTIFIES)

    def dispatch(self, event: str, *args: Any, **kwargs: Any) -> None:
        """Asyncio-flavored. Called by disnake for whatever happens, inside the task that reads the socket."""
        if event in _EVENTS:
            self._hand_over(_EVENTS[event], *args)
        elif event in _LINE:
            log.info(_LINE[event])
            if event == "connect" and (ready := self.when_ready) is not None:
                self.when_ready = None  # the first session only is waited for
                ready()
        super().dispatch(event, *args, **kwargs)

    def _hand_over(self, read: Callable[[Any, float], Event], source: Any) -> None:
        if self.when_happened is not None and not source.author.bot:
            self.when_happened(read(source, trio.current_time()))

    async def on_gateway_error(self, event: str, data: Any, shard_id: int | None, exc: Exception, /) -> None:
        """Asyncio-flavored. An event that disnake or we could not read is skipped; the next one is not."""
        del data, shard_id
        log.error("event.unread", message=event, exc_info=exc)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Asyncio-flavored. Spaces IDENTIFYs, and refuses one that a storm of restarts would spend."""
        del shard_id, initial
        now = trio.current_time()
        if len(self._identified) == IDENTIFIES and now - self._identified[0] < IDENTIFIES_WITHIN_S:
            raise GatewayEnded(f"{IDENTIFIES} sessions in {IDENTIFIES_WITHIN_S:.0f} s: no more for now")
        if self._identified:
            await asyncio.sleep(max(0.0, self._identified[-1] + IDENTIFY_EVERY_S - now))
        self._identified.append(trio.current_time())

    async def close(self) -> None:
        """Asyncio-flavored. End the connection only: requests still go while a new one is made."""
        # disnake says that `ws` is never None; before the first connection it is.
        ws: DiscordWebSocket | None = self.ws
        if ws is not None and ws.open:
            await ws.close(code=1000)

    async def end(self) -> None:
        """Asyncio-flavored. End everything."""
        await super().close()


@dataclass(slots=True)
class Discord:
    """A bot that is logged in; its connection is made and kept by the gateway actor."""

    client: _Client
    _files: aiohttp.ClientSession
    alarms: int = 0
    """Exceptions that nobody waited for, inside disnake or aiohttp."""
    synced: bool = False
    """Whether the commands were compared with Discord's in this run of the program."""
    _line: trio.CancelScope = field(default_factory=trio.CancelScope)

    @property
    def line(self) -> str:
        """Whether there is a connection, and how quickly Discord answers heartbeats. Any thread may ask."""
        ws: DiscordWebSocket | None = self.client.ws
        if ws is None or not ws.open:
            return "not connected"
        return f"connected, {ws.latency * 1000:.0f} ms" if ws.latency < BEAT_S else "connected"

    async def request(self, method: str, path: str, body: object = None, **ids: int) -> Any:
        """One request with the bot's token; disnake waits out rate limits.

        Args:
            method: the HTTP method.
            path: with `{channel_id}` and the like where `ids` go.
            body: anything JSON can say.
            ids: what goes into the path.

        Raises:
            Gone, Unavailable: see `bot.errors`.
        """
        json = {} if body is None else {"json": body}
        return await cross(self.client.http.request, Route(method, path, **ids), **json)

    async def download(self, url: str, limit: int) -> bytes:
        """The file at `url`, of at most `limit` bytes.

        Raises:
            Gone: expired, or larger.
            Unavailable: not this time.
        """
        return await cross(self._download, url, limit)

    async def _download(self, url: str, limit: int) -> bytes:
        """Asyncio-flavored `download`."""
        async with self._files.get(url) as response:
            if response.status in {403, 404}:
                raise Gone(f"the file is gone: {response.status}", recipient_lost=False)
            response.raise_for_status()
            content = bytearray()
            async for chunk in response.content.iter_chunked(CHUNK):
                content += chunk
                if len(content) > limit:
                    raise Gone(f"the file has more than {limit} bytes", recipient_lost=False)
            return bytes(content)

    async def sync(self, commands: Sequence[disnake.SlashCommand]) -> bool:
        """Make these the bot's commands, once; True when Discord had others.

        Raises:
            Unavailable: not this time.
        """
        assert commands, "an empty list would delete every command"
        if self.synced:
            return False
        theirs = await cross(self.client.fetch_global_commands)
        changed = not same(commands, theirs)
        if changed:
            await cross(self.client.bulk_overwrite_global_commands, list(commands))
            log.info("commands.synced", commands=[command.name for command in commands])
        self.synced = True
        return changed

    async def run(  # noqa: ASYNC114, ASYNC128  # disnake says when it is started
        self,
        when_happened: Callable[[Event], None],
        *,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Keep a connection and hand over every event, until `hang_up` or until it ends for good.

        Started when Discord said READY.

        Raises:
            BadToken, GatewayEnded, Unavailable: it ended.
        """
        self.client.when_ready = task_status.started
        self.client.when_happened = when_happened
        try:
            with self._line:
                await self._connect()
                raise GatewayEnded("the connection was closed")
        finally:
            self._line = trio.CancelScope()
            self.client.when_ready = self.client.when_happened = None
            with trio.move_on_after(CLOSING_S, shield=True):
                await cross(self.client.close)

    async def _connect(self) -> None:
        try:
            await cross(self.client.connect)
        except disnake.ConnectionClosed as closed:
            if closed.code == BAD_TOKEN:
                raise BadToken("Discord does not know this token any more.") from closed
            raise GatewayEnded(f"close code {closed.code}") from closed
        except _HOPELESS as reason:
            raise GatewayEnded(f"{type(reason).__name__}: {reason}") from reason

    def hang_up(self) -> None:
        """End `run`; requests still go."""
        self._line.cancel(reason="the gateway hangs up")


async def cross(call: Callable[..., Awaitable[T]], /, *args: Any, **kwargs: Any) -> T:
    """Run an asyncio-flavored function of disnake's; its exceptions become those of `bot.errors`."""
    with discord_faults(), outside():
        return cast("T", await trio_asyncio.aio_as_trio(call)(*args, **kwargs))


@asynccontextmanager
async def open_discord(config: Config) -> AsyncIterator[Discord]:
    """Log in; log out at the end. Must be entered inside `trio_asyncio.open_loop()`.

    Raises:
        BadToken: Discord does not know the token.
        DiscordUnavailable: no answer in half a minute.
    """
    assert config.token is not None
    # A class attribute, read when a route is made: it has to be right before the first one.
    Route.BASE = config.api_url
    # disnake keeps a lock for each interaction for ever (20,000 of them: 17 MB); weakly held ones go.
    async_context.get()._locks = WeakValueDictionary()  # type: ignore[assignment]  # noqa: SLF001
    discord = await trio_asyncio.aio_as_trio(_build)()
    asyncio_loop = discord.client.loop
    asyncio_loop.set_exception_handler(lambda _, context: _alarm(discord, context))
    try:
        await _log_in(discord.client, config.token.get_secret_value())
        yield discord
    finally:
        with trio.move_on_after(CLOSING_S, shield=True):
            await cross(discord.client.end)
            await cross(discord._files.close)  # noqa: SLF001
            await _end_heartbeats(asyncio_loop)


async def _end_heartbeats(asyncio_loop: asyncio.AbstractEventLoop) -> None:
    """Disnake's heartbeats are threads; one that outlives a lost connection would post to a closed loop."""
    beating = [each for each in threading.enumerate() if isinstance(each, KeepAliveHandler)]
    for thread in beating:
        if thread.ws.loop is asyncio_loop:
            thread.stop()
            await trio.to_thread.run_sync(thread.join, CLOSING_S)


async def _build() -> Discord:
    """Asyncio-flavored: disnake and aiohttp look for the running loop when they are made."""
    return Discord(_Client(), aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)))


async def _log_in(client: _Client, token: str) -> None:
    retrying = AsyncRetrying(
        retry=retry_if_exception(mendable),
        wait=wait_random_exponential(multiplier=0.5, max=5),
        stop=stop_after_delay(LOGIN_S),
        sleep=trio.sleep,
        reraise=True,
    )
    try:
        await retrying(cross, client.login, token)
    except disnake.LoginFailure as unknown:
        raise BadToken("Discord does not know this token: check DISCORD_TOKEN.") from unknown


def _alarm(discord: Discord, context: dict[str, Any]) -> None:
    """What trio-asyncio would end the program over: an exception in a task that nobody waits for."""
    discord.alarms += 1
    log.error("loop.alarmed", reason=context.get("message"), exc_info=context.get("exception"))
