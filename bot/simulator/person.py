"""A person at a Discord client: what they can do, and what they see come of it.

Each action returns a `Shown` once the bot answered, or once the client gave up after three seconds. After a
deferral it waits for what follows, `settle_s` at most. What no client offers raises `SetupError`.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from bot.simulator.cdn import store
from bot.simulator.commands import fill, resolve, usable
from bot.simulator.forms import filled_in, option_value
from bot.simulator.interactions import open_interaction, settled
from bot.simulator.model import (
    Button,
    CallbackKind,
    Channel,
    ChannelKind,
    Interaction,
    InteractionKind,
    Json,
    Message,
    Modal,
    Select,
    Shown,
    User,
)
from bot.simulator.payloads import event_message_json
from bot.simulator.permissions import Permission
from bot.simulator.refusals import NotSeen, SetupError
from bot.simulator.world import Intent, World

SETTLE_S = 5.0
"""How long an action waits for what follows a deferral, in seconds."""

T = TypeVar("T")

Expected = str | Callable[[Message], bool]
"""A text that a message shows, or a question about it."""

_FAILURES = {
    InteractionKind.COMMAND: "The application did not respond",
    InteractionKind.COMPONENT: "This interaction failed",
    InteractionKind.AUTOCOMPLETE: "Loading options failed",
    InteractionKind.MODAL: "Something went wrong. Try again.",
}


class Person:
    """One person's hands and eyes. Holds no state: two objects for the same user are the same person.

    `where` is a channel of the guild; without it everything happens in the direct messages with the bot.
    """

    def __init__(self, world: World, name: str | int) -> None:
        self.world = world
        self.user: User = world.user(name)

    @property
    def id(self) -> int:
        """The user id."""
        return self.user.id

    @property
    def name(self) -> str:
        """The user name."""
        return self.user.name

    @property
    def dm(self) -> Channel:
        """The direct messages with the bot."""
        return self.world.dm(self.user)

    def messages(self, where: Channel | None = None) -> list[Message]:
        """What is visible now, newest last."""
        return self.world.visible(self.user, where or self.dm)

    def commands(self, where: Channel | None = None) -> list[str]:
        """The slash commands on this person's list."""
        return sorted(usable(self.world, self.user, where or self.dm))

    def close_dms(self) -> None:
        """Take no more direct messages from the bot."""
        self.user.dms_open = False

    def open_dms(self) -> None:
        """Take direct messages again."""
        self.user.dms_open = True

    async def slash(
        self,
        command: str,
        given: Mapping[str, Any] | None = None,
        /,
        *,
        where: Channel | None = None,
        settle_s: float = SETTLE_S,
        **options: Any,
    ) -> Shown:
        """Enter a slash command; options by keyword or, for names that are no keyword, in `given`."""
        channel = where or self.dm
        data = self._filled(channel, command, {**(given or {}), **options})
        return await self._act(InteractionKind.COMMAND, data["name"], channel, data, settle_s=settle_s)

    async def autocomplete(
        self, command: str, option: str, text: str, /, *, where: Channel | None = None, **options: Any
    ) -> Shown:
        """Type into an option that suggests values; `choices` of the result are the suggestions."""
        channel = where or self.dm
        data = self._filled(channel, command, {**options, option: text}, focused=option)
        return await self._act(InteractionKind.AUTOCOMPLETE, data["name"], channel, data)

    async def press(self, message: Message | None, button: str, *, settle_s: float = SETTLE_S) -> Shown:
        """Press a button by custom id or label; without a message, on the newest that has it enabled."""
        message = message or self._newest_with(button)
        found = self._button(self._reachable(message), button)
        if found.disabled or found.custom_id is None:
            raise self._impossible(f"{button!r} is {'a link' if found.url else 'disabled'}")
        data = {"custom_id": found.custom_id, "component_type": 2, "id": found.number}
        return await self._use(message, data, settle_s)

    async def select(
        self, message: Message, menu: str, values: Sequence[Any] | str, *, settle_s: float = SETTLE_S
    ) -> Shown:
        """Choose in a menu, named by custom id or placeholder; values by label, value, name or id."""
        found = self._menu(self._reachable(message), menu)
        wanted = [values] if isinstance(values, str) else list(values)
        if found.disabled or not found.min_values <= len(wanted) <= found.max_values:
            limits = (
                f"takes {found.min_values} to {found.max_values}" if not found.disabled else "is disabled"
            )
            raise self._impossible(f"the menu {menu!r} {limits}")
        data: Json = {"custom_id": found.custom_id, "component_type": found.kind, "id": found.number}
        return await self._use(message, data | self._chosen(found, wanted), settle_s)

    async def submit(self, modal: Modal, entries: Mapping[str, Any], *, settle_s: float = SETTLE_S) -> Shown:
        """Fill in a modal by label or custom id and send it; what is not named keeps what it opened with."""
        data = {"custom_id": modal.custom_id, "components": filled_in(modal, entries), "resolved": {}}
        opener = modal.opened_by
        return await self._act(
            InteractionKind.MODAL,
            modal.custom_id,
            opener.channel,
            data,
            source=opener.source,
            parent=opener,
            settle_s=settle_s,
        )

    async def send_dm(self, text: str = "", attachments: Iterable[tuple[str, bytes]] = ()) -> Message:
        """Write to the bot, with files as (name, bytes)."""
        return self.say(text, attachments)

    def say(
        self, text: str = "", attachments: Iterable[tuple[str, bytes]] = (), where: Channel | None = None
    ) -> Message:
        """Write into a channel (the direct messages by default); the bot gets MESSAGE_CREATE."""
        channel = where or self.dm
        if not self.world.permissions(self.user, channel) & Permission.SEND_MESSAGES:
            raise self._impossible(f"may not write in #{channel.name}")
        files = [store(self.world, channel, name, content) for name, content in attachments]
        if not text and not files:
            raise self._impossible("cannot send an empty message")
        message = Message(
            id=self.world.next_id(),
            channel=channel,
            author=self.user,
            content=text,
            attachments=files,
            created_at=self.world.clock.now(),
        )
        self.world.add_message(message)
        intent = Intent.DIRECT_MESSAGES if channel.kind is ChannelKind.DM else Intent.GUILD_MESSAGES
        self.world.dispatch("MESSAGE_CREATE", event_message_json(self.world, message), intent)
        return message

    def dismiss(self, message: Message) -> None:
        """Take an ephemeral message off the screen; the bot does not hear of it."""
        if message.ephemeral_to is not self.user:
            raise self._impossible("only own ephemeral messages can be dismissed")
        self.world.remove_message(message)

    async def sees(
        self, expected: Expected, within_s: float = 5.0, *, where: Channel | None = None, after: int = 0
    ) -> Message:
        """Wait until a message shows this; the newest that does.

        Args:
            expected: a text on it, or a predicate.
            within_s: how long to wait.
            where: the channel; the direct messages by default.
            after: only what was written or edited after this `world.revision`.

        Raises:
            NotSeen: it did not come; the error tells what was there.
        """
        matches = _question(expected)

        def look() -> Message | None:
            seen = (m for m in reversed(self.messages(where)) if m.revision > after and matches(m))
            return next(seen, None)

        found = await wait_until(self.world, self.user, look, within_s)
        if found is None:
            raise NotSeen(
                f"{self.name} did not see {expected!r} within {within_s} s; {self._transcript(where)}"
            )
        return found

    async def sees_no_more(
        self, expected: Expected, within_s: float = 5.0, *, where: Channel | None = None
    ) -> None:
        """Wait until no message shows this.

        Raises:
            NotSeen: it stayed.
        """
        matches = _question(expected)

        def gone() -> bool | None:
            return None if any(matches(m) for m in self.messages(where)) else True

        if await wait_until(self.world, self.user, gone, within_s) is None:
            raise NotSeen(
                f"{self.name} still sees {expected!r} after {within_s} s; {self._transcript(where)}"
            )

    def _transcript(self, where: Channel | None) -> str:
        lines = [f"  {m.author.name}: {m.text!r}" for m in self.messages(where)[-8:]]
        return "what was there:\n" + ("\n".join(lines) or "  nothing")

    def _impossible(self, what: str) -> SetupError:
        return SetupError(f"{self.name}: {what}")

    def _filled(
        self, channel: Channel, command: str, options: Mapping[str, Any], focused: str | None = None
    ) -> Json:
        return fill(self.world, self.user, channel, command, options, focused=focused)

    def _reachable(self, message: Message) -> Message:
        if message.deleted or message.ephemeral_to not in (None, self.user):
            raise self._impossible("the message is not on the screen")
        if not self.world.can_see(self.user, message.channel):
            raise self._impossible(f"cannot see #{message.channel.name}")
        return message

    def _newest_with(self, button: str) -> Message:
        channels = [self.dm, *(c for c in self.world.channels.values() if c.kind is ChannelKind.TEXT)]
        seen = [m for channel in channels for m in self.messages(channel)]
        for message in sorted(seen, key=lambda m: m.id, reverse=True):
            if any(button in (b.label, b.custom_id) and not b.disabled for b in message.buttons):
                return message
        raise self._impossible(f"no button {button!r}; {self._transcript(None)}")

    def _button(self, message: Message, name: str) -> Button:
        for button in message.buttons:
            if name in (button.custom_id, button.label):
                return button
        raise self._impossible(f"no button {name!r}, only {[b.label for b in message.buttons]}")

    def _menu(self, message: Message, name: str) -> Select:
        for menu in message.selects:
            if name in (menu.custom_id, menu.placeholder):
                return menu
        raise self._impossible(f"no menu {name!r}, only {[s.placeholder for s in message.selects]}")

    def _chosen(self, menu: Select, wanted: list[Any]) -> Json:
        if menu.kind != 3:
            resolved: Json = {}
            option = {5: 6, 6: 8, 7: 9, 8: 7}[menu.kind]
            return {
                "values": [resolve(self.world, option, value, resolved) for value in wanted],
                "resolved": resolved,
            }
        return {"values": [option_value(menu.options, value) for value in wanted]}

    async def _use(self, message: Message, data: Json, settle_s: float) -> Shown:
        return await self._act(
            InteractionKind.COMPONENT,
            data["custom_id"],
            message.channel,
            data,
            source=message,
            settle_s=settle_s,
        )

    async def _act(
        self,
        kind: InteractionKind,
        name: str,
        channel: Channel,
        data: Json,
        *,
        source: Message | None = None,
        parent: Interaction | None = None,
        settle_s: float = SETTLE_S,
    ) -> Shown:
        interaction, taken = open_interaction(
            self.world, kind, name, self.user, channel, specifics=data, source=source, parent=parent
        )
        if taken:
            await _answered(interaction, self.world.deadline_s)
        if interaction.answered is None:
            self.world.counters.late += 1
            return Shown(
                f"{kind.name.lower()} {name}", None, late=True, deferred=False, failure=_FAILURES[kind]
            )
        if interaction.answered in (CallbackKind.DEFERRED_MESSAGE, CallbackKind.DEFERRED_UPDATE):
            await wait_until(self.world, self.user, lambda: settled(interaction) or None, settle_s)
        return _shown(interaction)


async def wait_until(world: World, user: User, look: Callable[[], T | None], within_s: float) -> T | None:
    """The first answer of `look` that is not None; None when the time is over.

    It looks at each change of what this user may see, so it never polls.
    """
    with world.watch(user) as changed:
        try:
            async with asyncio.timeout(within_s):
                while (found := look()) is None:
                    changed.clear()
                    await changed.wait()
        except TimeoutError:
            return None
    return found


async def _answered(interaction: Interaction, within_s: float) -> None:
    """Wait for the first answer, `within_s` at most."""
    try:
        async with asyncio.timeout(within_s):
            while interaction.answered is None:
                interaction.changed.clear()
                await interaction.changed.wait()
    except TimeoutError:
        return


def _shown(interaction: Interaction) -> Shown:
    answered_at = interaction.answered_at or interaction.sent_at
    followed = interaction.followups[-1] if interaction.followups else None
    updated = interaction.answered is CallbackKind.DEFERRED_UPDATE
    return Shown(
        action=f"{interaction.kind.name.lower()} {interaction.name}",
        acknowledged_ms=(answered_at - interaction.sent_at) * 1000,
        late=False,
        deferred=updated or interaction.answered is CallbackKind.DEFERRED_MESSAGE,
        message=followed if updated and followed else interaction.original,
        modal=interaction.modal,
        choices=tuple((choice["name"], choice["value"]) for choice in interaction.choices),
    )


def _question(expected: Expected) -> Callable[[Message], bool]:
    if isinstance(expected, str):
        return lambda message: expected in message.text
    return expected
