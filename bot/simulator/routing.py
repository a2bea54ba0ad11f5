"""A request as the routes see it, and what a route is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.simulator.model import Channel, Json, Message
from bot.simulator.permissions import Permission
from bot.simulator.refusals import Refused, unknown
from bot.simulator.world import World
from bot.simulator.writing import Upload


@dataclass(slots=True, eq=False)
class Call:
    """One request of the bot, authorised and within its limits."""

    world: World
    params: Mapping[str, str]
    """The parts of the path, by name."""
    query: Mapping[str, str]
    body: Any = None
    """The JSON body, or the `payload_json` of a multipart one."""
    uploads: list[Upload] = field(default_factory=list)

    @property
    def fields(self) -> Json:
        """The body, which must be an object.

        Raises:
            Refused: 400 50035 otherwise.
        """
        if self.body is None:
            return {}
        if not isinstance(self.body, dict):
            detail = {"code": "MODEL_TYPE_CONVERT", "message": "Only dictionaries may be used in a ModelType"}
            raise Refused(400, 50035, "Invalid Form Body", {"_errors": [detail]})
        return self.body

    def number(self, name: str) -> int:
        """An id of the path.

        Raises:
            Refused: 400 50035 when it is none.
        """
        text = self.params[name]
        if not text.isdigit():
            detail = {"code": "NUMBER_TYPE_COERCE", "message": f'Value "{text}" is not snowflake.'}
            raise Refused(400, 50035, "Invalid Form Body", {name: {"_errors": [detail]}})
        return int(text)

    def channel(self, needed: int = 0) -> Channel:
        """The channel of the path, which the bot must see.

        Args:
            needed: further permission bits that the bot needs there.

        Raises:
            Refused: 404 10003 no such channel, 403 50001 not seen, 403 50013 not permitted.
        """
        channel = self.world.channels.get(self.number("channel"))
        if channel is None:
            raise unknown("Channel")
        if not self.world.can_see(self.world.bot, channel):
            raise Refused(403, 50001, "Missing Access")
        if self.world.permissions(self.world.bot, channel) & needed != needed:
            raise Refused(403, 50013, "Missing Permissions")
        return channel

    def message(self, channel: Channel) -> Message:
        """The message of the path; ephemeral ones cannot be reached through a channel.

        Raises:
            Refused: 404 10008.
        """
        message = channel.messages.get(self.number("message"))
        if message is None or message.ephemeral:
            raise unknown("Message")
        return message


Answer = Callable[[Call], Any]
"""Gives the JSON of a 200 answer, or None for 204; at once, so nothing happens in between."""


@dataclass(frozen=True, slots=True)
class Route:
    """One method and path below /api/v10."""

    method: str
    path: str
    answer: Answer
    bucket: str = "other"
    """Name of its rate limit."""
    with_token: bool = True
    """Whether the bot's token is needed; interactions bring their own."""


SEND = int(Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES)
"""What sending a message takes."""
