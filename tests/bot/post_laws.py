"""What a post office promises: laws for the fake and for the one over the simulated Discord."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import pytest

from actors.ports import Downloads, Gone, Place, Post, Priority
from actors.rules.ids import ChannelId, MessageId, PlayerId
from actors.rules.screens import Notice
from bot.drawing import Drawing, draw
from bot.text import texts_of

HELLO, OTHER = Notice("busy"), Notice("storage-away")


class World(Protocol):
    """A post office, and one player who reads."""

    @property
    def post(self) -> Post:
        """The post office."""
        ...

    @property
    def downloads(self) -> Downloads:
        """The same office, as the one that fetches files."""
        ...

    player: PlayerId

    async def titles(self) -> list[str]:
        """The titles in the player's direct messages, oldest first."""
        ...

    async def close_dms(self) -> None:
        """The player refuses direct messages from now on."""
        ...

    async def file(self, content: bytes) -> str:
        """The address of a file that the player attached."""
        ...


def title(notice: Notice) -> str:
    """What a reader sees above a notice."""
    drawing = draw(notice, texts_of())
    assert isinstance(drawing, Drawing)
    return str(drawing.embeds[0].title)


async def the_same_nonce_posts_once(world: World) -> None:
    channel = await world.post.open_dm(world.player)
    first = await world.post.send(channel, HELLO, 4711, Priority.FOUND)
    again = await world.post.send(channel, HELLO, 4711, Priority.FOUND)
    other = await world.post.send(channel, HELLO, 4712, Priority.FOUND)
    assert first == again != other
    assert await world.titles() == [title(HELLO)] * 2


async def an_edit_changes_the_message_and_sends_none(world: World) -> None:
    channel = await world.post.open_dm(world.player)
    message = await world.post.send(channel, HELLO, 1, Priority.MATCH)
    await world.post.edit(Place(channel, message), OTHER, Priority.MATCH)
    assert await world.titles() == [title(OTHER)]


async def closed_direct_messages_lose_the_recipient(world: World) -> None:
    channel = await world.post.open_dm(world.player)
    await world.close_dms()
    with pytest.raises(Gone) as gone:
        await world.post.send(channel, HELLO, 1, Priority.FOUND)
    assert gone.value.recipient_lost


async def a_deleted_message_loses_itself_only(world: World) -> None:
    channel = await world.post.open_dm(world.player)
    with pytest.raises(Gone) as gone:
        await world.post.edit(Place(channel, MessageId(1)), OTHER, Priority.MATCH)
    assert not gone.value.recipient_lost
    await world.post.send(channel, HELLO, 1, Priority.FOUND)


async def the_channel_of_a_player_is_always_the_same(world: World) -> None:
    first: ChannelId = await world.post.open_dm(world.player)
    assert await world.post.open_dm(world.player) == first


async def a_file_comes_whole_or_not_at_all(world: World) -> None:
    url = await world.file(b"x" * 1000)
    assert await world.downloads.fetch(url, 1000) == b"x" * 1000
    with pytest.raises(Gone):
        await world.downloads.fetch(url, 999)


LAWS: tuple[Callable[[World], Awaitable[None]], ...] = (
    the_same_nonce_posts_once,
    an_edit_changes_the_message_and_sends_none,
    closed_direct_messages_lose_the_recipient,
    a_deleted_message_loses_itself_only,
    the_channel_of_a_player_is_always_the_same,
    a_file_comes_whole_or_not_at_all,
)
