"""What the simulated Discord is made of: users, roles, channels, messages, modals, interactions."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from typing import Any

Json = dict[str, Any]


class ChannelKind(IntEnum):
    """The channel types that exist here."""

    TEXT = 0
    DM = 1


class MessageFlag(IntFlag):
    """Message flags that this simulator gives a meaning."""

    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


class InteractionKind(IntEnum):
    """What a person did."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class CallbackKind(IntEnum):
    """How a bot may answer first."""

    PONG = 1
    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


@dataclass(slots=True, eq=False)
class User:
    """An account: a person or the bot."""

    id: int
    name: str
    display_name: str
    bot: bool = False
    locale: str = "en-US"
    dms_open: bool = True
    """Whether a bot may send direct messages (50007 otherwise)."""
    in_guild: bool = True
    role_ids: set[int] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class Role:
    """A role of the guild; `permissions` is Discord's bit field."""

    id: int
    name: str
    permissions: int
    position: int
    managed: bool = False


@dataclass(slots=True, eq=False)
class Channel:
    """A text channel of the guild, or the direct messages between a person and the bot."""

    id: int
    kind: ChannelKind
    name: str = ""
    recipient: User | None = None
    """The person of a DM; None in the guild."""
    position: int = 0
    overwrites: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Role or user id to (allowed, denied) permission bits."""
    messages: dict[int, "Message"] = field(default_factory=dict)
    """In order of sending, ephemeral ones included."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button as a person sees it."""

    label: str
    custom_id: str | None
    disabled: bool
    style: int
    url: str | None
    number: int
    """The `id` that Discord gave the component."""


@dataclass(frozen=True, slots=True)
class Select:
    """A menu as a person sees it; `options` are (label, value), empty for menus of users, roles, channels."""

    custom_id: str
    placeholder: str
    kind: int
    options: tuple[tuple[str, str], ...]
    chosen: tuple[str, ...]
    """Values marked as chosen by the bot."""
    min_values: int
    max_values: int
    disabled: bool
    number: int
    """The `id` that Discord gave the component."""


@dataclass(slots=True, eq=False)
class Message:
    """A message as it stands now; the same object through all edits."""

    id: int
    channel: Channel
    author: User
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    flags: int = 0
    type: int = 0
    created_at: float = 0.0
    edited_at: float | None = None
    nonce: str | int | None = None
    ephemeral_to: User | None = None
    """The only person who sees it; None for an ordinary message."""
    interaction: "Interaction | None" = None
    """The interaction that it answers."""
    reference: Json | None = None
    deleted: bool = False
    revision: int = 0
    """The world's counter when it was last written: newer is larger, over all messages."""

    @property
    def loading(self) -> bool:
        """Whether it shows "is thinking..."."""
        return bool(self.flags & MessageFlag.LOADING)

    @property
    def ephemeral(self) -> bool:
        """Whether only one person sees it."""
        return self.ephemeral_to is not None

    @property
    def text(self) -> str:
        """All that can be read on it, a line each: content, embeds, texts of components, labels."""
        lines = [self.content]
        for embed in self.embeds:
            lines += embed_lines(embed)
        for part in walk(self.components):
            lines += [str(part.get(key) or "") for key in ("content", "label", "placeholder")]
            lines += [option["label"] for option in part.get("options", ())]
        return "\n".join(line for line in lines if line)

    @property
    def buttons(self) -> tuple[Button, ...]:
        """The buttons on it, in reading order."""
        return tuple(
            Button(
                label=part.get("label") or (part.get("emoji") or {}).get("name") or "",
                custom_id=part.get("custom_id"),
                disabled=bool(part.get("disabled")),
                style=part["style"],
                url=part.get("url"),
                number=part.get("id", 0),
            )
            for part in walk(self.components)
            if part["type"] == 2
        )

    @property
    def selects(self) -> tuple[Select, ...]:
        """The menus on it, in reading order."""
        return tuple(_select(part) for part in walk(self.components) if part["type"] in (3, 5, 6, 7, 8))


def _select(part: Json) -> Select:
    options = part.get("options") or []
    return Select(
        custom_id=part["custom_id"],
        placeholder=part.get("placeholder") or "",
        kind=part["type"],
        options=tuple((option["label"], option["value"]) for option in options),
        chosen=tuple(option["value"] for option in options if option.get("default")),
        min_values=_or(part.get("min_values"), 1),
        max_values=_or(part.get("max_values"), 1),
        disabled=bool(part.get("disabled")),
        number=part.get("id", 0),
    )


def _or(given: int | None, default: int) -> int:
    return default if given is None else given


def walk(components: Any) -> Iterator[Json]:
    """Every component of a tree, parents first; what is no list or no object is passed over."""
    for part in components if isinstance(components, list) else []:
        if isinstance(part, dict):
            yield part
            yield from walk(part.get("components"))
            yield from walk([part.get("accessory"), part.get("component")])


def embed_lines(embed: Json) -> list[str]:
    """The texts of an embed, from top to bottom."""
    lines = [(embed.get("author") or {}).get("name"), embed.get("title"), embed.get("description")]
    for entry in embed.get("fields") or []:
        lines += [entry.get("name"), entry.get("value")]
    lines.append((embed.get("footer") or {}).get("text"))
    return [line for line in lines if line]


@dataclass(frozen=True, slots=True)
class ModalField:
    """One input of a modal."""

    label: str
    custom_id: str
    kind: int
    """4 text input, 3 menu of texts."""
    value: str
    """What it is filled with when it opens."""
    required: bool
    min_length: int
    max_length: int
    options: tuple[tuple[str, str], ...] = ()
    """(label, value) of a menu."""
    min_values: int = 1
    max_values: int = 1


@dataclass(frozen=True, slots=True)
class Modal:
    """A form that opened for one person."""

    custom_id: str
    title: str
    fields: tuple[ModalField, ...]
    components: tuple[Json, ...]
    opened_by: "Interaction"


@dataclass(slots=True, eq=False)
class Interaction:
    """One action of a person, and what the bot made of it."""

    id: int
    token: str
    kind: InteractionKind
    name: str
    """Command name or custom id."""
    user: User
    channel: Channel
    sent_at: float
    source: Message | None = None
    """The message whose component was used (also behind a modal opened from one)."""
    parent: "Interaction | None" = None
    """What opened the modal."""
    answered: CallbackKind | None = None
    answered_at: float | None = None
    hidden: bool = False
    """Deferred with the ephemeral flag: stays ephemeral."""
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    modal: Modal | None = None
    choices: list[Json] = field(default_factory=list)
    revision: int = 0
    """The world's counter at the first answer."""
    edited: bool = False
    """Something followed the first answer."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person saw come of an action."""

    action: str
    acknowledged_ms: float | None
    """From the event written to the bot until its first answer; None when it never came in time."""
    late: bool
    """No answer within three seconds: the client showed `failure`."""
    deferred: bool
    message: Message | None = None
    """The answer (or the message that was updated); a live object that shows later edits too."""
    modal: Modal | None = None
    choices: tuple[tuple[str, str | int | float], ...] = ()
    """Suggestions of an autocomplete, (name, value)."""
    failure: str | None = None
    """The sentence that the client showed in red, if any."""

    @property
    def ephemeral(self) -> bool:
        """Whether the answer is for this person only."""
        return self.message is not None and self.message.ephemeral

    @property
    def text(self) -> str:
        """What can be read on the answer, or the failure sentence, or the modal's title."""
        if self.failure is not None:
            return self.failure
        if self.modal is not None:
            return self.modal.title
        return self.message.text if self.message else ""
