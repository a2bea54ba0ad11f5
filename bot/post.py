"""The post office: implements `ports.Post` and `ports.Downloads` with the bot's token.

Each message waits for its turn (`bot.pace`), is drawn then, and has a deadline. Only what a retry can
mend is tried again at once; the rest is the courier's to decide.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeAlias

import structlog
import trio
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from actors.ports import Place, Priority
from actors.rules.ids import ChannelId, MessageId, PlayerId
from actors.rules.screens import Screen
from bot.drawing import Drawing, Form
from bot.errors import discord_faults, mendable
from bot.pace import Pace

log = structlog.get_logger()

REQUEST_S = 10.0
"""How long one request may take, with disnake's own waiting for a rate limit."""
DOWNLOAD_S = 30.0
ATTEMPTS = 3

Draw: TypeAlias = Callable[[Screen], Drawing | Form]


class Line(Protocol):
    """What the post office needs of the door (`gateway.Discord`)."""

    async def request(self, method: str, path: str, body: object = None, **ids: int) -> Any:
        """One request with the bot's token. Raises: Gone, Unavailable."""
        ...

    async def download(self, url: str, limit: int) -> bytes:
        """A file of at most `limit` bytes. Raises: Gone, Unavailable."""
        ...


@dataclass(frozen=True, slots=True)
class DiscordPost:
    """Sends and edits messages, and fetches files."""

    line: Line
    draw: Draw
    pace: Pace = field(default_factory=Pace)

    async def open_dm(self, player: PlayerId) -> ChannelId:
        """The channel of direct messages with this player. Raises: Gone, Unavailable."""
        # First of all priorities: somebody's match-found card may wait for it.
        channel = await self._request(
            Priority.FOUND, "POST", "/users/@me/channels", lambda: {"recipient_id": str(player)}
        )
        return ChannelId(int(channel["id"]))

    async def send(self, channel: ChannelId, screen: Screen, nonce: int, priority: Priority) -> MessageId:
        """A new message. The same nonce within minutes posts once. Raises: Gone, Unavailable."""

        def body() -> dict[str, Any]:
            return self._body(screen) | {"nonce": str(nonce), "enforce_nonce": True}

        message = await self._request(
            priority, "POST", "/channels/{channel_id}/messages", body, channel_id=channel
        )
        return MessageId(int(message["id"]))

    async def edit(self, place: Place, screen: Screen, priority: Priority) -> None:
        """The message at `place` becomes this screen. Raises: Gone, Unavailable."""
        await self._request(
            priority,
            "PATCH",
            "/channels/{channel_id}/messages/{message_id}",
            partial(self._body, screen),
            channel_id=place.channel,
            message_id=place.message,
        )

    async def fetch(self, url: str, limit: int) -> bytes:
        """At most `limit` bytes. Raises: Gone (expired or larger), Unavailable."""
        retrying = _retrying()
        return await retrying(self._fetch, url, limit)

    async def _fetch(self, url: str, limit: int) -> bytes:
        with discord_faults(), trio.fail_after(DOWNLOAD_S):
            return await self.line.download(url, limit)

    async def _request(
        self, priority: Priority, method: str, path: str, body: Callable[[], object], **ids: int
    ) -> Any:
        async def once() -> Any:
            # The deadline starts with the turn: waiting in line says nothing about Discord.
            await self.pace.turn(priority)
            content = body()  # a mistake in it is none of Discord's
            with discord_faults(), trio.fail_after(REQUEST_S):
                return await self.line.request(method, path, content, **ids)

        return await _retrying()(once)

    def _body(self, screen: Screen) -> dict[str, Any]:
        drawing = self.draw(screen)
        assert isinstance(drawing, Drawing), f"{type(screen).__name__} is no message"
        return {
            "embeds": [embed.to_dict() for embed in drawing.embeds],
            "components": [row.to_component_dict() for row in drawing.rows],
            "allowed_mentions": {"parse": []},
        }


def _retrying() -> AsyncRetrying:
    return AsyncRetrying(
        retry=retry_if_exception(mendable),
        wait=wait_random_exponential(multiplier=0.2, max=2.0),
        stop=stop_after_attempt(ATTEMPTS),
        sleep=trio.sleep,
        before_sleep=_note,
        reraise=True,
    )


def _note(state: RetryCallState) -> None:
    assert state.outcome is not None
    log.warning("request.retried", reason=str(state.outcome.exception()), attempt=state.attempt_number)
