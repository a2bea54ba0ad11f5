"""From disnake's interactions and messages to our events, and our answers back to disnake."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from io import BytesIO
from typing import Any, Protocol, TypeVar

from disnake import File as Attached
from disnake import InteractionType, Member, Message, OptionType, User
from disnake.interactions.application_command import ApplicationCommandInteraction
from disnake.interactions.base import Interaction
from disnake.interactions.message import MessageInteraction
from disnake.interactions.modal import ModalInteraction

from actors.ports import Place
from actors.rules.ids import ChannelId, MessageId, PlayerId
from bot.discord_events import Clicked, CommandUsed, Deferral, File, Submitted, Wrote
from bot.drawing import Drawing, Form
from bot.errors import AlreadyAnswered, DiscordUnavailable

T = TypeVar("T")

_SUBCOMMANDS = {OptionType.sub_command, OptionType.sub_command_group}


class Cross(Protocol):
    """Runs disnake's coroutine functions from Trio; raises `bot.errors`."""

    async def __call__(self, call: Callable[..., Awaitable[T]], /, *args: Any, **kwargs: Any) -> T:
        """Raises: TooLate, Gone, Unavailable."""
        ...


class DiscordAnswerer:
    """Answers one interaction of disnake's. Each method is one crossing into asyncio."""

    def __init__(self, interaction: Interaction[Any], cross: Cross) -> None:
        self._interaction = interaction
        self._cross = cross

    async def redraw(self, drawing: Drawing) -> None:
        """Type 7: the clicked message becomes this."""
        await self._first(self._interaction.response.edit_message, **_body(drawing))

    async def say(self, drawing: Drawing, *, private: bool) -> None:
        """Type 4: a new message."""
        await self._first(self._interaction.response.send_message, **_body(drawing), ephemeral=private)

    async def open(self, form: Form) -> None:
        """Type 9: a form."""
        await self._first(
            self._interaction.response.send_modal,
            title=form.title,
            custom_id=form.custom_id,
            components=list(form.inputs),
        )

    async def defer(self, kind: Deferral) -> None:
        """Type 6 or 5."""
        if self._interaction.type is InteractionType.application_command:
            await self._first(self._interaction.response.defer, ephemeral=kind is Deferral.PRIVATE)
            return
        await self._first(
            self._interaction.response.defer,
            with_message=kind is not Deferral.UNCHANGED,
            ephemeral=kind is Deferral.PRIVATE,
        )

    async def original(self) -> Place:
        """Where the message of `say` is."""
        return _place(await self._cross(self._interaction.original_response))

    async def complete(self, drawing: Drawing) -> Place:
        """Edit @original: the placeholder, or the clicked message."""
        return _place(await self._cross(self._interaction.edit_original_response, **_body(drawing)))

    async def follow(self, drawing: Drawing, *, private: bool) -> None:
        """A follow-up message."""
        await self._cross(self._interaction.followup.send, **_body(drawing), ephemeral=private, wait=True)

    async def _first(self, respond: Callable[..., Awaitable[None]], **answer: Any) -> None:
        """Try twice: a first answer that was lost on the way costs the person the whole click.

        Safe, since Discord takes one only; whether it took the lost one shows at the second.
        """
        with suppress(AlreadyAnswered):
            try:
                await self._cross(respond, **answer)
            except DiscordUnavailable as broken:
                if not broken.mendable:
                    raise
                await self._cross(respond, **answer)


def used(interaction: ApplicationCommandInteraction[Any], arrived: float, cross: Cross) -> CommandUsed:
    """A slash command as an event of ours."""
    return CommandUsed(
        player=PlayerId(interaction.author.id),
        discord_name=interaction.author.name,
        arrived=arrived,
        answerer=DiscordAnswerer(interaction, cross),
        in_guild=interaction.guild_id is not None,
        name=_full_name(interaction),
        options=tuple((name, _as_text(value)) for name, value in interaction.filled_options.items()),
    )


def _full_name(interaction: ApplicationCommandInteraction[Any]) -> str:
    """The command with its subcommands after spaces."""
    names, options = [interaction.data.name], interaction.data.options
    while options and options[0].type in _SUBCOMMANDS:
        names.append(options[0].name)
        options = options[0].options
    return " ".join(names)


def _as_text(value: object) -> str:
    """A person by number, anything else as it was typed."""
    return str(value.id) if isinstance(value, User | Member) else str(value)


def clicked(interaction: MessageInteraction[Any], arrived: float, cross: Cross) -> Clicked:
    """A press on a component as an event of ours."""
    return Clicked(
        player=PlayerId(interaction.author.id),
        discord_name=interaction.author.name,
        arrived=arrived,
        answerer=DiscordAnswerer(interaction, cross),
        in_guild=interaction.guild_id is not None,
        custom_id=interaction.data.custom_id,
        values=tuple(interaction.data.values or ()),
        place=Place(ChannelId(interaction.channel_id), MessageId(interaction.message.id)),
        private=interaction.message.flags.ephemeral,
    )


def submitted(interaction: ModalInteraction[Any], arrived: float, cross: Cross) -> Submitted:
    """A filled-in form as an event of ours."""
    message = interaction.message
    return Submitted(
        player=PlayerId(interaction.author.id),
        discord_name=interaction.author.name,
        arrived=arrived,
        answerer=DiscordAnswerer(interaction, cross),
        in_guild=interaction.guild_id is not None,
        custom_id=interaction.custom_id,
        fields=tuple(interaction.text_values.items()),
        place=Place(ChannelId(interaction.channel_id), MessageId(message.id)) if message else None,
        private=message is not None and message.flags.ephemeral,
    )


def wrote(message: Message, arrived: float) -> Wrote:
    """A direct message as an event of ours."""
    return Wrote(
        player=PlayerId(message.author.id),
        discord_name=message.author.name,
        arrived=arrived,
        channel=ChannelId(message.channel.id),
        message=MessageId(message.id),
        files=tuple(File(file.filename, file.size, file.url) for file in message.attachments),
    )


def _body(drawing: Drawing) -> dict[str, Any]:
    # Both always: an edit that leaves one out would keep the old buttons.
    body: dict[str, Any] = {"embeds": list(drawing.embeds), "components": list(drawing.rows)}
    if drawing.files:
        body["files"] = [Attached(BytesIO(content), name) for name, content in drawing.files]
    return body


def _place(message: Message) -> Place:
    return Place(ChannelId(message.channel.id), MessageId(message.id))
