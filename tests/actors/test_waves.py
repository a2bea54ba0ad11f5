"""Waves run beside the matchmaker's letters: nobody waits for them, and no stop breaks them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import pytest
import trio
from trio.testing import MockClock

from actors.keys import MATCHMAKER
from actors.messages import Snapshot
from actors.ports import Proposal, Saved, Unavailable
from actors.rules.ids import PlayerId, Race
from actors.rules.queue import Crowd
from actors.rules.screens import FoundCard, Press, QueueSetup, Searching
from tests.actors.ladder import STAFF_CHANNEL, Ladder, World, open_ladder
from tests.fakes.store import FakeStore
from tests.fakes.tables import Trouble

WRITING_S = 3.0
"""How long the slow store takes over a pairing."""


@dataclass(slots=True)
class SlowStore(FakeStore):
    """Takes its time over pairings, before or after they are stored."""

    before_s: float = WRITING_S
    after_s: float = 0.0
    writing: int = 0
    most_writing: int = 0

    async def pair(self, proposal: Proposal, now: datetime) -> Saved | None:
        self.writing += 1
        self.most_writing = max(self.most_writing, self.writing)
        await trio.sleep(self.before_s)
        saved = await FakeStore.pair(self, proposal, now)  # slots leave `super` without a class
        await trio.sleep(self.after_s)
        self.writing -= 1
        return saved


@dataclass(slots=True)
class Evening:
    """A ladder whose store is slow, and its people."""

    ladder: Ladder
    store: SlowStore
    players: list[PlayerId] = field(default_factory=list)

    async def come(self, people: int) -> list[PlayerId]:
        """So many set up and queue, one game after the other."""
        first = len(self.players)
        for number in range(first, first + people):
            player = PlayerId(3000 + number)
            await self.ladder.world.enroll(player, f"Wave{chr(97 + number // 26)}{chr(97 + number % 26)}")
            self.players.append(player)
        for player in self.players[first:]:
            game = {"bw": Race.BW_ZERG} if player % 2 else {"sc2": Race.SC2_ZERG}
            await self.ladder.queues(player, **game)
        return self.players[first:]

    async def crowd(self) -> Crowd:
        """What the matchmaker says."""
        return await self.ladder.system.registry.ref(MATCHMAKER).call(Snapshot())


@asynccontextmanager
async def open_evening(store: SlowStore | None = None) -> AsyncIterator[Evening]:
    store = store or SlowStore(staff_channel=STAFF_CHANNEL)
    async with open_ladder(World(store=store)) as ladder:
        yield Evening(ladder, store)


async def test_a_join_is_answered_while_a_wave_is_being_written(autojump_clock: MockClock) -> None:
    async with open_evening() as evening:
        await evening.come(2)
        await trio.sleep(2.0)
        assert evening.store.writing == 1
        began = trio.current_time()
        (late,) = await evening.come(1)
        assert trio.current_time() - began < 0.1
        assert isinstance(evening.ladder.sees(late, Searching), Searching)
        assert evening.store.writing == 1


async def test_who_comes_during_a_wave_is_paired_right_after_it(autojump_clock: MockClock) -> None:
    async with open_evening() as evening:
        await evening.come(2)
        await trio.sleep(2.0)
        await evening.come(2)
        await trio.sleep(WRITING_S + 1.0 + WRITING_S)
        assert len(evening.store.matches) == 2


async def test_who_leaves_during_a_wave_is_not_matched_and_the_other_is_paired_with_the_next(
    autojump_clock: MockClock,
) -> None:
    async with open_evening() as evening:
        quitter, other = await evening.come(2)
        await trio.sleep(2.0)
        left = await evening.ladder.presses(quitter, Press.QUEUE_LEAVE)
        assert isinstance(left.screen, QueueSetup)
        await trio.sleep(WRITING_S)
        assert evening.store.matches == {}
        assert (await evening.crowd()) == Crowd(bw_only=other % 2, sc2_only=1 - other % 2)
        # The two who come now are of either game: one of them meets the one who was left.
        await evening.come(2)
        await trio.sleep(2 * WRITING_S + 5.0)
        assert len(evening.store.matches) == 1
        assert any(other in match.players for match in evening.store.matches.values())


async def test_a_stop_in_the_middle_of_a_wave_tells_whoever_was_paired(autojump_clock: MockClock) -> None:
    store = SlowStore(staff_channel=STAFF_CHANNEL, before_s=0.0, after_s=1.0)
    async with open_evening(store) as evening:
        await evening.come(2)
        await trio.sleep(1.5)
        assert len(store.matches) == 1, "stored, and nobody has heard of it"
        assert store.writing == 1
    assert store.writing == 0, "the stop waited for it"


async def test_a_wave_writes_several_pairings_at_a_time_and_not_all(autojump_clock: MockClock) -> None:
    async with open_evening() as evening:
        await evening.come(20)
        await trio.sleep(60.0)
        assert len(evening.store.matches) == 10
        assert 2 <= evening.store.most_writing <= 4


async def test_a_hundred_pairings_read_no_match_and_no_player_anew(autojump_clock: MockClock) -> None:
    async with open_evening(SlowStore(staff_channel=STAFF_CHANNEL, before_s=0.0)) as evening:
        people = await evening.come(40)
        evening.store.calls.clear()
        await trio.sleep(8.0)
        assert all(isinstance(evening.ladder.sees(each, FoundCard), FoundCard) for each in people)
        counted = {name: evening.store.calls.count(name) for name in ("match", "player", "card", "pair")}
        assert counted == {"match": 0, "player": 0, "card": 0, "pair": 20}


@pytest.mark.parametrize("away", ["met", "recent_maps", "save_wave", "pair"])
async def test_a_wave_that_finds_the_store_away_is_tried_again(autojump_clock: MockClock, away: str) -> None:
    async with open_evening(SlowStore(staff_channel=STAFF_CHANNEL, before_s=0.0)) as evening:
        await evening.come(2)
        evening.store.troubles.append(Trouble(away, Unavailable("away")))
        await trio.sleep(30.0)
        assert len(evening.store.matches) == 1
        assert await evening.crowd() == Crowd(open_matches=1)
