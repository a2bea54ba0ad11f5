"""A wave of a hundred matches: everybody hears of it within Discord's limit, the match first."""

from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

import trio
from trio.testing import MockClock

from actors.ports import Joined, Place
from actors.rules.ids import ChannelId, MessageId, PlayerId, Race
from actors.rules.player import Preferences
from bot.drawing import draw
from bot.pace import REQUESTS
from bot.post import DiscordPost
from bot.text import texts_of
from tests.actors.ladder import World, open_ladder
from tests.cast import NOW

PLAYERS = 200
ROUND_TRIP_S = 0.15
DMS = 9000
"""Their channels begin here."""
QUEUE_CARD = 1
"""The first message in each."""


@dataclass(slots=True)
class Discord:
    """Takes a round trip over everything, and writes down when it was asked."""

    asked: list[tuple[float, str]] = field(default_factory=list)
    _numbers: "count[int]" = field(default_factory=lambda: count(QUEUE_CARD + 1))

    async def request(self, method: str, path: str, body: object = None, **ids: int) -> Any:
        if method == "PATCH":
            kind = "queue" if ids["message_id"] == QUEUE_CARD else "again"
        else:
            kind = "open" if path == "/users/@me/channels" else "found"
        self.asked.append((trio.current_time(), kind))
        await trio.sleep(ROUND_TRIP_S)
        return {"id": str(next(self._numbers))}

    async def download(self, url: str, limit: int) -> bytes:
        raise AssertionError(url)

    def times(self, kind: str) -> list[float]:
        return [at for at, what in self.asked if what == kind]


async def _everybody_queues(world: World) -> None:
    """All at the same moment, with a queue card in their direct messages."""
    for number in range(PLAYERS):
        player = PlayerId(2000 + number)
        await world.enroll(player, f"Wave{chr(97 + number // 26)}{chr(97 + number % 26)}")
        game = Preferences(bw=Race.BW_ZERG) if number % 2 else Preferences(sc2=Race.SC2_ZERG)
        await world.store.save_preferences(player, game)
        place = Place(ChannelId(DMS + number), MessageId(QUEUE_CARD))
        joined = await world.store.join(player, place, NOW)
        assert isinstance(joined, Joined)
        await world.store.card_shown(joined.card.id, place, joined.card.generation)


async def test_a_wave_of_a_hundred_matches_tells_everybody_in_time_and_in_order(
    autojump_clock: MockClock,
) -> None:
    discord, world = Discord(), World()
    await _everybody_queues(world)
    post = DiscordPost(discord, partial(draw, texts=texts_of()))
    async with open_ladder(world, post=post):
        await trio.sleep(18.0)  # reminders come later
    assert len(world.store.matches) == PLAYERS // 2
    counted = {kind: len(discord.times(kind)) for kind in ("found", "again", "queue")}
    assert counted == dict.fromkeys(counted, PLAYERS)
    assert discord.times("open") == [], "everybody has a card already, and so a channel that is known"
    asked = sorted(at for at, _ in discord.asked)
    assert all(later - first > 1.0 for first, later in zip(asked, asked[REQUESTS:], strict=False))
    # 600 requests take twelve seconds at fifty a second, and the pace leaves a little room.
    assert asked[-1] - asked[0] < 1.06 * len(asked) / REQUESTS
    # Nobody's queue card is closed while somebody has not heard of the match, but for what is on its way.
    early = sum(at < max(discord.times("found")) for at in discord.times("queue"))
    assert early <= REQUESTS
