"""A post office without Discord: remembers what each reader sees. Held to `tests/bot/post_laws.py`."""

from dataclasses import dataclass, field
from itertools import count

import trio

from actors.ports import Gone, Place, Priority, Unavailable
from actors.rules.ids import ChannelId, MessageId, PlayerId
from actors.rules.screens import Screen

FIRST_DM = 10_000


@dataclass(frozen=True, slots=True)
class Letter:
    """One request that reached the fake."""

    verb: str
    """`send` or `edit`."""
    place: Place
    screen: Screen
    priority: Priority
    at: float
    """On the Trio clock."""


@dataclass(slots=True)
class FakePost:
    """Implements `Post` and `Downloads` in memory."""

    slow_s: float = 0.0
    """Every request takes this long."""
    down: bool = False
    """Every request fails with `Unavailable` while set."""
    letters: list[Letter] = field(default_factory=list)
    asked_for_dms: int = 0
    """How often somebody wanted to know a channel of direct messages."""
    files: dict[str, bytes] = field(default_factory=dict)
    """What `fetch` finds, by address."""
    _dms: dict[PlayerId, ChannelId] = field(default_factory=dict)
    _closed: set[ChannelId] = field(default_factory=set)
    _shown: dict[ChannelId, dict[MessageId, Screen]] = field(default_factory=dict)
    _nonces: dict[int, MessageId] = field(default_factory=dict)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    # What tests arrange and look at.

    def dm(self, player: PlayerId) -> ChannelId:
        """The channel of direct messages with this player."""
        return self._dms.setdefault(player, ChannelId(FIRST_DM + int(player)))

    def close_dms(self, player: PlayerId) -> None:
        """From now on this player refuses direct messages."""
        self._closed.add(self.dm(player))

    def open_dms(self, player: PlayerId) -> None:
        """This player takes direct messages again."""
        self._closed.discard(self.dm(player))

    def delete(self, place: Place) -> None:
        """Somebody deletes a message."""
        del self._shown[place.channel][place.message]

    def put(self, channel: ChannelId, screen: Screen) -> Place:
        """A message that got there by other means, such as the answer to a click."""
        message = MessageId(next(self._numbers))
        self._shown.setdefault(channel, {})[message] = screen
        return Place(channel, message)

    def redraw(self, place: Place, screen: Screen) -> None:
        """The answer to a click redraws the clicked message."""
        self._shown[place.channel][place.message] = screen

    def placed(self, channel: ChannelId) -> tuple[tuple[Place, Screen], ...]:
        """What a channel shows and where, oldest first."""
        return tuple(
            (Place(channel, message), screen) for message, screen in self._shown.get(channel, {}).items()
        )

    def sees(self, player: PlayerId) -> tuple[Screen, ...]:
        """What the player's direct messages show, oldest first."""
        return self.shows(self.dm(player))

    def shows(self, channel: ChannelId) -> tuple[Screen, ...]:
        """What a channel shows, oldest first."""
        return tuple(self._shown.get(channel, {}).values())

    # The port.

    async def open_dm(self, player: PlayerId) -> ChannelId:
        """Discord opens the channel even when the player refuses messages."""
        self.asked_for_dms += 1
        await self._travel()
        return self.dm(player)

    async def send(self, channel: ChannelId, screen: Screen, nonce: int, priority: Priority) -> MessageId:
        """A new message, once for each nonce."""
        await self._travel()
        if channel in self._closed:
            raise Gone("50007 direct messages are closed", recipient_lost=True)
        if nonce not in self._nonces:
            self._nonces[nonce] = self.put(channel, screen).message
            self._note("send", Place(channel, self._nonces[nonce]), screen, priority)
        return self._nonces[nonce]

    async def edit(self, place: Place, screen: Screen, priority: Priority) -> None:
        """Closed direct messages do not hinder an edit."""
        await self._travel()
        if place.message not in self._shown.get(place.channel, {}):
            raise Gone("10008 unknown message", recipient_lost=False, deleted=True)
        self._shown[place.channel][place.message] = screen
        self._note("edit", place, screen, priority)

    async def fetch(self, url: str, limit: int) -> bytes:
        """What `files` has."""
        await self._travel()
        if len(self.files.get(url, b"")) > limit or url not in self.files:
            raise Gone("the file is gone", recipient_lost=False)
        return self.files[url]

    def _note(self, verb: str, place: Place, screen: Screen, priority: Priority) -> None:
        self.letters.append(Letter(verb, place, screen, priority, trio.current_time()))

    async def _travel(self) -> None:
        await trio.sleep(self.slow_s)
        if self.down:
            raise Unavailable("the fake Discord is down")
