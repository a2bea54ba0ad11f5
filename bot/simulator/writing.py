"""Messages of the bot: made, edited and deleted, with everything Discord refuses about them."""

from dataclasses import dataclass
from typing import Any

from bot.simulator.cdn import store
from bot.simulator.component_limits import number_components
from bot.simulator.form import Form, Path, whole
from bot.simulator.limits import SETTABLE, check_message, refuse_empty
from bot.simulator.model import Channel, ChannelKind, Interaction, Json, Message, MessageFlag
from bot.simulator.payloads import event_message_json
from bot.simulator.refusals import Refused
from bot.simulator.world import Intent, World

FILE_LIMIT = 10 * 1024 * 1024
"""Largest file of a bot, in bytes."""

NONCE_S = 300.0
"""How long a nonce is remembered."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a multipart request; `index` is the n of `files[n]`."""

    index: int
    name: str
    content: bytes


def check_body(body: Json, uploads: list[Upload], kept: list[str], at: Path = ()) -> None:
    """Refuse a message body that breaks a limit.

    Args:
        body: the message as sent.
        uploads: the files sent along.
        kept: names of files already on the message.
        at: where the message stands in the request.

    Raises:
        Refused: 50035 with the tree, or 413 40005 for a file too large.
    """
    if any(len(upload.content) > FILE_LIMIT for upload in uploads):
        raise Refused(413, 40005, "Request entity too large")
    form = Form()
    check_message(form, body, [*kept, *(upload.name for upload in uploads)], at)
    form.refuse_if_bad()


def write_new(
    world: World,
    channel: Channel,
    body: Json,
    uploads: list[Upload],
    *,
    at: Path = (),
    interaction: Interaction | None = None,
    kind: int = 0,
    reference: Json | None = None,
) -> Message:
    """Send a message of the bot.

    Args:
        world: where.
        channel: into which channel.
        body: the message as sent.
        uploads: the files sent along.
        at: where the message stands in the request, for the tree of errors.
        interaction: what it answers; only then may it be ephemeral.
        kind: message type, 0 ordinary, 19 reply, 20 answer to a command.
        reference: what it replies to.

    Raises:
        Refused: it breaks a limit (50035) or is empty (50006).
    """
    check_body(body, uploads, [], at)
    asked = int(body.get("flags") or 0)
    hidden = bool(interaction and asked & MessageFlag.EPHEMERAL)
    message = Message(
        id=world.next_id(),
        channel=channel,
        author=world.bot,
        type=kind,
        flags=(asked & int(SETTABLE)) | (int(MessageFlag.EPHEMERAL) if hidden else 0),
        created_at=world.clock.now(),
        nonce=body.get("nonce"),
        ephemeral_to=interaction.user if interaction and hidden else None,
        interaction=interaction,
        reference=reference,
    )
    _fill(world, message, body, uploads)
    world.add_message(message)
    announce(world, "MESSAGE_CREATE", message)
    return message


def write_edit(world: World, message: Message, body: Json, uploads: list[Upload], *, at: Path = ()) -> None:
    """Change a message of the bot; what is not named stays. Completes a loading message.

    Raises:
        Refused: the result would break a limit (50035) or be empty (50006).
    """
    if message.flags & MessageFlag.COMPONENTS_V2:  # a layout stays one
        body = {**body, "flags": whole(body.get("flags"), 0) | MessageFlag.COMPONENTS_V2}
    check_body(body, uploads, [attachment["filename"] for attachment in message.attachments], at)
    flags = int(body.get("flags") or 0)
    _fill(world, message, body, uploads)
    changeable = int(MessageFlag.SUPPRESS_EMBEDS | MessageFlag.COMPONENTS_V2)
    message.flags = (message.flags & ~int(MessageFlag.LOADING | MessageFlag.SUPPRESS_EMBEDS)) | (
        flags & changeable
    )
    message.edited_at = world.clock.now()
    world.touch(message)
    announce(world, "MESSAGE_UPDATE", message)


def delete(world: World, message: Message) -> None:
    """Take a message away and say so to the bot."""
    world.remove_message(message)
    if not message.ephemeral:
        gone: Json = {"id": str(message.id), "channel_id": str(message.channel.id)}
        if message.channel.kind is ChannelKind.TEXT:
            gone["guild_id"] = str(world.guild_id)
        world.dispatch("MESSAGE_DELETE", gone, _intent(message.channel))


def sent_before(world: World, channel: Channel, nonce: str | int | None) -> Message | None:
    """The bot's message with this nonce, if it was sent in the last `NONCE_S`."""
    if nonce is None:
        return None
    for message in reversed(channel.messages.values()):
        if message.created_at < world.clock.now() - NONCE_S:
            return None
        if message.author is world.bot and str(message.nonce) == str(nonce):
            return message
    return None


def announce(world: World, event: str, message: Message) -> None:
    """Tell the bot of a message, unless it is ephemeral."""
    if not message.ephemeral:
        world.dispatch(event, event_message_json(world, message), _intent(message.channel))


def _intent(channel: Channel) -> int:
    return Intent.DIRECT_MESSAGES if channel.kind is ChannelKind.DM else Intent.GUILD_MESSAGES


def _fill(world: World, message: Message, body: Json, uploads: list[Upload]) -> None:
    """Put the fields that a body names onto a message; nothing is changed if the result is empty."""
    content = (body.get("content") or "").strip() if "content" in body else message.content
    embeds = (body.get("embeds") or []) if "embeds" in body else message.embeds
    components = (body.get("components") or []) if "components" in body else message.components
    kept = _kept(message, body)
    refuse_empty(content=content, embeds=embeds, components=components, files=len(kept) + len(uploads))
    message.content = content
    message.attachments = kept + [_attach(world, message, body, upload) for upload in uploads]
    message.embeds = [_rich(embed, message.attachments) for embed in embeds]
    message.components = number_components(components)


def _kept(message: Message, body: Json) -> list[Json]:
    if "attachments" not in body:
        return message.attachments
    named = {str(entry["id"]) for entry in body["attachments"] or []}
    return [attachment for attachment in message.attachments if attachment["id"] in named]


def _attach(world: World, message: Message, body: Json, upload: Upload) -> Json:
    entries = {str(entry["id"]): entry for entry in body.get("attachments") or []}
    entry = entries.get(str(upload.index), {})
    name = entry.get("filename") or upload.name
    return store(world, message.channel, name, upload.content, entry.get("description"))


def _rich(embed: Json, attachments: list[Json]) -> Json:
    """An embed as Discord gives it back: typed, texts trimmed, attached pictures as links."""
    links = {f"attachment://{a['filename']}": a["url"] for a in attachments}
    rich: Json = {
        "type": "rich",
        **{key: _trimmed(value) for key, value in embed.items() if value is not None},
    }
    for entry in rich.get("fields", []):
        entry["inline"] = bool(entry.get("inline"))
    for key in ("image", "thumbnail"):
        if rich.get(key, {}).get("url"):
            url = links.get(rich[key]["url"], rich[key]["url"])
            rich[key] = {"url": url, "proxy_url": url, "width": 0, "height": 0}
    return rich


def _trimmed(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return [_trimmed(entry) for entry in value]
    if isinstance(value, dict):
        return {key: _trimmed(entry) for key, entry in value.items() if entry is not None}
    return value
