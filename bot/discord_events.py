"""What people do in Discord, as values of ours. Nothing past this file sees a Discord object."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypeAlias

from actors.ports import Place
from actors.rules.ids import ChannelId, MessageId, PlayerId
from bot.drawing import Drawing, Form


class Deferral(Enum):
    """How an interaction is acknowledged while its answer is still being made."""

    UNCHANGED = "the clicked message stays as it is"
    SHOWN = "a placeholder that everybody in the channel sees"
    PRIVATE = "a placeholder that the asker alone sees"


class Answerer(Protocol):
    """Answers one interaction. One of the first four must be called within three seconds, and once.

    All raise `TooLate`, `Gone` (the answer itself is refused; another may be given) and `Unavailable`.
    """

    async def redraw(self, drawing: Drawing) -> None:
        """First answer: the clicked message becomes this."""
        ...

    async def say(self, drawing: Drawing, *, private: bool) -> None:
        """First answer: a new message."""
        ...

    async def open(self, form: Form) -> None:
        """First answer: a form. Never in answer to a form."""
        ...

    async def defer(self, kind: Deferral) -> None:
        """First answer: it takes a moment."""
        ...

    async def original(self) -> Place:
        """Where the message of `say` is."""
        ...

    async def complete(self, drawing: Drawing) -> Place:
        """After a deferral: the placeholder, or the clicked message, becomes this."""
        ...

    async def follow(self, drawing: Drawing, *, private: bool) -> None:
        """After a first answer: one more message."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandUsed:
    """A slash command."""

    player: PlayerId
    discord_name: str
    arrived: float
    """On the Trio clock."""
    answerer: Answerer
    in_guild: bool
    name: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clicked:
    """A button, or a select with its values."""

    player: PlayerId
    discord_name: str
    arrived: float
    answerer: Answerer
    in_guild: bool
    custom_id: str
    values: tuple[str, ...]
    place: Place
    private: bool
    """The message can be reached through the interaction only, not by the bot's own edits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """A form, filled in."""

    player: PlayerId
    discord_name: str
    arrived: float
    answerer: Answerer
    in_guild: bool
    custom_id: str
    fields: tuple[tuple[str, str], ...]
    place: Place | None
    """The message whose button opened the form; None when a command did."""
    private: bool


Interaction: TypeAlias = CommandUsed | Clicked | Submitted
"""What must be acknowledged within three seconds."""


@dataclass(frozen=True, slots=True)
class File:
    """An attachment, not fetched yet."""

    name: str
    size: int
    """Bytes, as Discord says."""
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrote:
    """A direct message to the bot."""

    player: PlayerId
    discord_name: str
    arrived: float
    channel: ChannelId
    message: MessageId
    files: tuple[File, ...]


Event: TypeAlias = Interaction | Wrote
