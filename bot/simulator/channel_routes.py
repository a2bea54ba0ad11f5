"""Routes about channels and the messages in them."""

from typing import Any

from bot.simulator.model import Channel, ChannelKind, Json, Message
from bot.simulator.payloads import channel_json, message_json
from bot.simulator.permissions import Permission
from bot.simulator.refusals import Refused, unknown
from bot.simulator.routing import SEND, Call, Route
from bot.simulator.world import World
from bot.simulator.writing import delete, sent_before, write_edit, write_new


def _open_dm(call: Call) -> Json:
    recipient = str(call.fields.get("recipient_id", ""))
    user = call.world.users.get(int(recipient)) if recipient.isdigit() else None
    if user is None:
        raise unknown("User")
    if user.bot:
        raise Refused(400, 50007, "Cannot send messages to this user")
    return channel_json(call.world, call.world.dm(user))


def _channel(call: Call) -> Json:
    return channel_json(call.world, call.channel())


def _send(call: Call) -> Json:
    world, body = call.world, call.fields
    channel = call.channel(SEND)
    _check_reachable(channel)
    if body.get("enforce_nonce") and (earlier := sent_before(world, channel, body.get("nonce"))):
        return message_json(world, earlier)
    reference = _reference(world, channel, body.get("message_reference"))
    message = write_new(world, channel, body, call.uploads, kind=19 if reference else 0, reference=reference)
    return message_json(world, message)


def _check_reachable(channel: Channel) -> None:
    if channel.recipient is not None and not channel.recipient.in_guild:
        raise Refused(403, 50278, "Cannot send messages to this user due to having no mutual guilds")
    if channel.recipient is not None and not channel.recipient.dms_open:
        raise Refused(403, 50007, "Cannot send messages to this user")


def _reference(world: World, channel: Channel, given: Json | None) -> Json | None:
    if given is None:
        return None
    target = str(given.get("message_id", ""))
    if not target.isdigit() or int(target) not in channel.messages:
        if given.get("fail_if_not_exists", True):
            detail = {"code": "REPLIES_UNKNOWN_MESSAGE", "message": "Unknown message"}
            raise Refused(400, 50035, "Invalid Form Body", {"message_reference": {"_errors": [detail]}})
        return None
    reference: Json = {"type": 0, "message_id": target, "channel_id": str(channel.id)}
    return reference | ({"guild_id": str(world.guild_id)} if channel.kind is ChannelKind.TEXT else {})


def _history(call: Call) -> list[Json]:
    channel = call.channel(int(Permission.READ_MESSAGE_HISTORY))
    return [message_json(call.world, message) for message in _page(channel, call.query)]


def _page(channel: Channel, query: Any) -> list[Message]:
    """Newest first; `around` takes half before and half after."""
    most = int(query.get("limit", 50))
    if not 1 <= most <= 100:
        detail = {"code": "NUMBER_TYPE_MAX", "message": "int value should be between 1 and 100."}
        raise Refused(400, 50035, "Invalid Form Body", {"limit": {"_errors": [detail]}})
    messages = [m for m in channel.messages.values() if not m.ephemeral]
    if "after" in query:
        return [m for m in messages if m.id > int(query["after"])][:most][::-1]
    if "around" in query:
        middle = int(query["around"])
        later = [m for m in messages if m.id >= middle][: most // 2 + 1]
        return ([m for m in messages if m.id < middle][-(most // 2) :] + later)[::-1]
    before = int(query.get("before", 1 << 63))
    return [m for m in messages if m.id < before][-most:][::-1]


def _message(call: Call) -> Json:
    return message_json(call.world, call.message(call.channel(int(Permission.READ_MESSAGE_HISTORY))))


def _edit(call: Call) -> Json:
    message = call.message(call.channel())
    if message.author is not call.world.bot:
        raise Refused(403, 50005, "Cannot edit a message authored by another user")
    write_edit(call.world, message, call.fields, call.uploads)
    return message_json(call.world, message)


def _delete(call: Call) -> None:
    channel = call.channel()
    message = call.message(channel)
    if message.author is not call.world.bot:
        if channel.kind is ChannelKind.DM:
            raise Refused(403, 50003, "Cannot execute action on a DM channel")
        call.channel(int(Permission.MANAGE_MESSAGES))
    delete(call.world, message)


def _typing(call: Call) -> None:
    _check_reachable(call.channel(SEND))


ROUTES = (
    Route("POST", "/users/@me/channels", _open_dm, "dm.open"),
    Route("GET", "/channels/{channel}", _channel),
    Route("GET", "/channels/{channel}/messages", _history),
    Route("POST", "/channels/{channel}/messages", _send, "message.create"),
    Route("GET", "/channels/{channel}/messages/{message}", _message),
    Route("PATCH", "/channels/{channel}/messages/{message}", _edit, "message.edit"),
    Route("DELETE", "/channels/{channel}/messages/{message}", _delete, "message.delete"),
    Route("POST", "/channels/{channel}/typing", _typing, "typing"),
)
"""All of them."""
