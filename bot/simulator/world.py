"""The state of the simulated Discord: one guild, its people, channels, messages, and who waits for a change.

It knows no HTTP and no socket. REST routes and people change it through the methods here; each change wakes
the people who can see it and is handed to `dispatch`, which the gateway fills in.
"""

import asyncio
import math
import random
import secrets
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.simulator.clock import Clock
from bot.simulator.model import (
    Channel,
    ChannelKind,
    Interaction,
    Json,
    Message,
    Role,
    User,
)
from bot.simulator.permissions import ORDINARY, Permission, allowed
from bot.simulator.snowflakes import Snowflakes, stable

KEPT_MESSAGES = 2_000
"""Messages a channel remembers; the oldest is forgotten first."""

KEPT_INTERACTIONS = 20_000
"""Interactions whose tokens are remembered."""

_FIRST = ("ash", "birch", "cedar", "dune", "ember", "fjord", "gale", "heath", "iris", "jade", "kelp", "lark")
_LAST = ("fox", "wolf", "crow", "hare", "lynx", "moth", "newt", "otter", "puma", "raven", "seal", "tern")


GUILD_NAME = "Ladder"
"""What the one guild is called."""


class Intent:
    """The gateway intents that events here belong to."""

    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    DIRECT_MESSAGES = 1 << 12
    MESSAGE_CONTENT = 1 << 15
    NONE = 0
    """Sent whatever the intents are."""


Dispatch = Callable[[str, Json, int], bool]
"""(event name, payload, intent) -> whether a connected or resumable session took it."""


@dataclass(slots=True)
class Counters:
    """What happened since the start, for the reports of journeys and benchmarks."""

    requests: int = 0
    rate_limited: int = 0
    interactions: int = 0
    late: int = 0
    """Interactions that got no first answer in time."""
    ack_ms: deque[float] = field(default_factory=lambda: deque(maxlen=100_000))
    refused: Counter[str] = field(default_factory=Counter)
    """4xx answers other than 429, by "status code route"."""
    unimplemented: Counter[str] = field(default_factory=Counter)
    identifies: int = 0


class World:
    """One Discord. Everything in it belongs to one asyncio loop; nothing is thread-safe.

    `people` is everybody but the bot and the member of staff, in order of joining. `base_url` is set when the
    server listens, without a slash at the end. `files` are attachments: id to (name, bytes).
    """

    def __init__(self, *, users: int = 4, seed: int = 0) -> None:
        self.clock = Clock()
        self.snowflakes = Snowflakes()
        self.counters = Counters()
        self.base_url = ""
        self.cdn_key = secrets.token_bytes(16)
        self.files: dict[int, tuple[str, bytes]] = {}
        self.file_bytes = 0
        self.token = f"{secrets.token_urlsafe(18)}.{secrets.token_urlsafe(4)}.{secrets.token_urlsafe(28)}"
        self.deadline_s = 3.0
        """How long an interaction waits for its first answer."""
        self.revision = 0
        """Counts every change of a message."""
        self.dispatch: Dispatch = _nobody_listens
        self.evening: Callable[[], Json] = dict
        """What scripted people tell of their evening; `people.live` fills it in."""
        self.commands: dict[int, dict[int, Json]] = {0: {}}
        """Scope (0 is global, else a guild id) to command id to command."""
        self.command_creates: dict[tuple[int, int], int] = {}
        """(scope, day) to commands created then."""
        self.interactions: dict[int, Interaction] = {}
        self.by_token: dict[str, Interaction] = {}
        self.users: dict[int, User] = {}
        self._names: dict[str, User] = {}
        self.channels: dict[int, Channel] = {}
        self._watchers: dict[int, set[asyncio.Event]] = {}
        self.guild_id = stable("guild", seed)
        self.bot = self._user("ladderbot", "Ladder Bot", bot=True)
        self._build_guild()
        self.people = [self._user(name, name.title()) for name in _names(users, seed)]

    def _build_guild(self) -> None:
        self.everyone = Role(self.guild_id, "@everyone", int(ORDINARY), 0)
        self.staff_role = Role(stable("role", "staff"), "Staff", int(Permission.ADMINISTRATOR | ORDINARY), 2)
        bot_bits = (
            ORDINARY | Permission.MANAGE_MESSAGES | Permission.MANAGE_ROLES | Permission.MANAGE_CHANNELS
        )
        self.bot_role = Role(stable("role", "bot"), "Ladder Bot", int(bot_bits), 1, managed=True)
        self.roles = {role.id: role for role in (self.everyone, self.staff_role, self.bot_role)}
        self.bot.role_ids.add(self.bot_role.id)
        self.staff = self._user("staff", "Staff")
        self.staff.role_ids.add(self.staff_role.id)
        self.public_channel = self.add_channel("ladder")
        self.staff_channel = self.add_channel("staff")
        view = int(Permission.VIEW_CHANNEL)
        self.staff_channel.overwrites = {self.everyone.id: (0, view), self.bot_role.id: (view, 0)}

    def _user(self, name: str, display_name: str, *, bot: bool = False) -> User:
        user = User(stable("user", name), name, display_name, bot=bot)
        self.users[user.id] = user
        self._names[user.name] = user
        return user

    @property
    def application_id(self) -> int:
        """Same as the bot user's id, as for every application made since 2016."""
        return self.bot.id

    def add_person(self, name: str) -> User:
        """One more person in the guild; a name is given once."""
        if name in self._names:
            raise ValueError(f"there is already a {name}")
        person = self._user(name, name.title())
        self.people.append(person)
        return person

    def add_channel(self, name: str) -> Channel:
        """One more text channel in the guild, open to everyone."""
        channel = Channel(stable("channel", name), ChannelKind.TEXT, name, position=len(self.channels))
        self.channels[channel.id] = channel
        return channel

    def user(self, name: str | int) -> User:
        """The user of this name or id.

        Raises:
            KeyError: nobody is called so.
        """
        if isinstance(name, int):
            return self.users[name]
        if name not in self._names:
            raise KeyError(f"no user {name!r}; there are {', '.join(self._names)}")
        return self._names[name]

    def dm(self, user: User) -> Channel:
        """The direct messages between this person and the bot; made at the first call."""
        channel_id = stable("dm", user.name)
        if channel_id not in self.channels:
            self.channels[channel_id] = Channel(channel_id, ChannelKind.DM, user.name, recipient=user)
        return self.channels[channel_id]

    def permissions(self, user: User, channel: Channel) -> int:
        """The permission bits of a user in a channel."""
        held = (self.roles[role_id] for role_id in user.role_ids)
        return allowed(user, channel, self.everyone, held)

    def can_see(self, user: User, channel: Channel) -> bool:
        """Whether a channel is on a user's list."""
        if channel.kind is ChannelKind.DM:
            return user in (channel.recipient, self.bot)
        return user.in_guild and bool(self.permissions(user, channel) & Permission.VIEW_CHANNEL)

    def next_id(self) -> int:
        """A new id, larger than all before."""
        return self.snowflakes.next(self.clock.now())

    def visible(self, user: User, channel: Channel) -> list[Message]:
        """What a user sees in a channel, newest last; other people's ephemeral messages left out."""
        if not self.can_see(user, channel):
            return []
        return [m for m in channel.messages.values() if m.ephemeral_to in (None, user)]

    def add_message(self, message: Message) -> None:
        """Put a new message into its channel and wake who can see it."""
        messages = message.channel.messages
        messages[message.id] = message
        while len(messages) > KEPT_MESSAGES:
            messages.pop(next(iter(messages))).deleted = True
        self.touch(message)

    def remove_message(self, message: Message) -> None:
        """Take a message away from everybody."""
        message.deleted = True
        message.channel.messages.pop(message.id, None)
        self.touch(message)

    def touch(self, message: Message) -> None:
        """Number the newest change and wake the people who can see it."""
        self.revision += 1
        message.revision = self.revision
        audience = (message.ephemeral_to or message.channel.recipient,)
        for user_id in (user.id for user in audience if user) if any(audience) else tuple(self._watchers):
            self.wake(user_id)

    def wake(self, user_id: int) -> None:
        """Let all look again that watch for this user; for the bot's: its sessions and commands."""
        for event in self._watchers.get(user_id, ()):
            event.set()

    @contextmanager
    def watch(self, user: User) -> Iterator[asyncio.Event]:
        """An event that is set at each change of what this user may see; clear it before looking."""
        event = asyncio.Event()
        watchers = self._watchers.setdefault(user.id, set())
        watchers.add(event)
        try:
            yield event
        finally:
            watchers.discard(event)

    def remember(self, interaction: Interaction) -> None:
        """Keep an interaction for its token's life; the oldest is forgotten first."""
        self.interactions[interaction.id] = interaction
        self.by_token[interaction.token] = interaction
        while len(self.interactions) > KEPT_INTERACTIONS:
            oldest = self.interactions.pop(next(iter(self.interactions)))
            self.by_token.pop(oldest.token, None)


def _nobody_listens(event: str, payload: Json, intent: int) -> bool:  # noqa: ARG001 (the shape of a Dispatch)
    return False


def _names(count: int, seed: int) -> list[str]:
    """`count` different names, the same for the same seed; the first two are always alice and bob."""
    names = [first + last for first in _FIRST for last in _LAST]
    random.Random(seed).shuffle(names)
    while len(names) < count:
        names += [f"{name}{len(names)}" for name in names[: count - len(names)]]
    return ["alice", "bob", *names][:count]


def summary(world: World) -> dict[str, Any]:
    """The counters with the quantiles of acknowledgement, in milliseconds."""
    counters = world.counters
    acks = sorted(counters.ack_ms)
    return {
        "requests": counters.requests,
        "rate_limited": counters.rate_limited,
        "refused": dict(counters.refused),
        "unimplemented": dict(counters.unimplemented),
        "interactions": {
            "total": counters.interactions,
            "late": counters.late,
            "ack_ms": {
                name: quantile(acks, share) for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))
            },
        },
    }


def quantile(ordered: list[float], share: float) -> float | None:
    """The value below which this share lies, by nearest rank; None of nothing.

    >>> quantile([1.0, 2.0, 3.0], 0.5)
    2.0
    """
    if not ordered:
        return None
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]
