"""Discord's limits for messages and modals, checked all at once.

Source: Discord's documentation of 2026-08, "Message", "Embed limits", "Component reference".
"""

from typing import Any

from bot.simulator.component_limits import check_components
from bot.simulator.form import Form, Path, whole
from bot.simulator.model import Json, MessageFlag, embed_lines
from bot.simulator.payloads import is_snowflake
from bot.simulator.refusals import Refused, Unimplemented

CONTENT = 2_000
EMBEDS = 10
EMBED_TOTAL = 6_000
FILES = 10
NONCE = 25
SETTABLE = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS | MessageFlag.COMPONENTS_V2
"""Flags that a bot may set on any new message."""

_KNOWN = {
    "content", "embeds", "components", "attachments", "flags", "nonce", "enforce_nonce", "allowed_mentions",
    "tts", "message_reference", "username", "avatar_url",
}  # fmt: skip
_UNIMPLEMENTED = {"poll", "sticker_ids", "thread_name", "applied_tags", "shared_client_theme"}


def check_message(form: Form, body: Json, file_names: list[str], at: Path = ()) -> None:
    """Write down what is wrong with the body of a message.

    Args:
        form: where faults go.
        body: the message as sent.
        file_names: names of the files sent along, in order.
        at: where the message stands in the request.

    Raises:
        Unimplemented: it uses a field that this simulator does not know.
    """
    stray = {key for key in body if key not in _KNOWN and not (key in _UNIMPLEMENTED and not body[key])}
    if stray:
        raise Unimplemented(f"message field {', '.join(sorted(stray))}")
    form.text((*at, "content"), body.get("content"), CONTENT)
    _check_nonce(form, body.get("nonce"), (*at, "nonce"))
    _check_embeds(form, body, file_names, (*at, "embeds"))
    form.number((*at, "flags"), body.get("flags"), 0, (1 << 31) - 1)
    layout = bool(whole(body.get("flags"), 0) & MessageFlag.COMPONENTS_V2)
    check_components(form, body.get("components"), (*at, "components"), layout=layout)
    if layout and (body.get("content") or body.get("embeds")):
        form.bad(
            (*at, "content"),
            "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
            "Not with IS_COMPONENTS_V2",
        )
    _check_attachments(form, body.get("attachments"), file_names, (*at, "attachments"))
    mentions_at = (*at, "allowed_mentions")
    _check_mentions(form, form.object(mentions_at, body.get("allowed_mentions")), mentions_at)


def _check_nonce(form: Form, nonce: Any, at: Path) -> None:
    if isinstance(nonce, str):
        form.text(at, nonce, NONCE)
    elif nonce is not None and not isinstance(nonce, int):
        form.bad(at, "STRING_TYPE_CONVERT", "Could not interpret the nonce.")


def _check_mentions(form: Form, mentions: Json, at: Path) -> None:
    for key in ("parse", "users", "roles"):
        if not isinstance(mentions.get(key, []), list):
            form.bad((*at, key), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return
    for kind in ("users", "roles"):
        form_key = (*at, kind)
        if kind in (mentions.get("parse") or ()) and mentions.get(kind):
            form.bad(
                form_key,
                "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                f"parse:{kind} and {kind} exclude each other",
            )
        if len(mentions.get(kind) or ()) > 100:
            form.bad(form_key, "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")


def _check_attachments(form: Form, attachments: Any, file_names: list[str], at: Path) -> None:
    if len(file_names) > FILES:
        form.bad(at, "BASE_TYPE_MAX_LENGTH", f"Must be {FILES} or fewer in length.")
    for index, entry in enumerate(form.listed(at, attachments, FILES)):
        if not is_snowflake(entry.get("id")):
            form.bad((*at, index, "id"), "NUMBER_TYPE_COERCE", "Value is not snowflake.")
        form.text((*at, index, "description"), entry.get("description"), 1024)


def _check_embeds(form: Form, body: Json, file_names: list[str], at: Path) -> None:
    total = 0
    for index, embed in enumerate(form.listed(at, body.get("embeds"), EMBEDS)):
        total += _check_embed(form, embed, file_names, (*at, index))
    if total > EMBED_TOTAL:
        form.bad(at, "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {EMBED_TOTAL}")


def _check_embed(form: Form, embed: Json, file_names: list[str], at: Path) -> int:
    """Write down what is wrong with one embed; gives its characters, whitespace at the ends left out."""
    parts: Json = {key: form.object((*at, key), embed.get(key)) for key in _EMBED_PARTS}
    parts["fields"] = form.listed((*at, "fields"), embed.get("fields"), 25)
    form.text((*at, "title"), embed.get("title"), 256)
    form.text((*at, "description"), embed.get("description"), 4096)
    form.text((*at, "author", "name"), parts["author"].get("name"), 256, 1 if parts["author"] else 0)
    form.text((*at, "footer", "text"), parts["footer"].get("text"), 2048, 1 if parts["footer"] else 0)
    form.number((*at, "color"), embed.get("color"), 0, 0xFFFFFF)
    form.url((*at, "url"), embed.get("url"), "http", "https")
    for index, entry in enumerate(parts["fields"]):
        form.text((*at, "fields", index, "name"), entry.get("name"), 256, 1)
        form.text((*at, "fields", index, "value"), entry.get("value"), 1024, 1)
    for picture in ("image", "thumbnail"):
        _check_picture(form, parts[picture].get("url"), file_names, (*at, picture, "url"))
    lines = [str(line) for line in embed_lines({**embed, **parts})]
    if not lines and not any(embed.get(key) for key in ("image", "thumbnail", "url", "timestamp")):
        form.bad((*at, "description"), "BASE_TYPE_REQUIRED", "This field is required")
    return sum(len(line.strip()) for line in lines)


_EMBED_PARTS = ("author", "footer", "image", "thumbnail", "provider", "video")


def _check_picture(form: Form, url: Any, file_names: list[str], at: Path) -> None:
    form.url(at, url, "http", "https", "attachment")
    if url and str(url).startswith("attachment://") and str(url)[13:] not in file_names:
        form.bad(at, "ATTACHMENT_NOT_FOUND", "attachment:// names no uploaded file")


def refuse_empty(*, content: str, embeds: list[Json], components: list[Json], files: int) -> None:
    """400 50006 for a message with nothing on it.

    Raises:
        Refused: it is empty.
    """
    if not (content.strip() or embeds or components or files):
        raise Refused(400, 50006, "Cannot send an empty message")
