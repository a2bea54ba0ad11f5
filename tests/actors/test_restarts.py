"""Nothing is in memory only: what a start finds in the store is enough to go on."""

import pytest
import trio
from trio.testing import MockClock

from actors.ports import OutcomeUnknown
from actors.rules.ids import Race
from actors.rules.match import Cause, Deadline, Phase
from actors.rules.report import Outcome
from actors.rules.screens import FoundCard, Meaning, Notice, Press, ReplayCard, ResultCard
from tests.actors.ladder import World, open_ladder
from tests.actors.replays import facts_of
from tests.actors.test_evening import NUMBER, live, paired, stored
from tests.cast import ALICE, BOB
from tests.fakes.tables import Trouble


@pytest.fixture
async def world() -> World:
    world = World()
    for player, name in ((ALICE, "Alice"), (BOB, "Bob")):
        await world.enroll(player, name)
    return world


async def test_a_replay_is_taken_after_a_restart_that_forgot_every_upload(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        match = await live(ladder)
    await trio.sleep(300)
    async with open_ladder(world) as ladder:
        world.files.facts["good"] = facts_of(match, Outcome.SECOND, ladder.doors.clock.now(), 240)
        await ladder.uploads(ALICE, "good")
        await trio.sleep(5)
        assert ladder.sees(BOB, ResultCard).match.cause is Cause.REPLAY


async def test_a_replay_whose_storing_was_not_answered_settles_its_match_and_is_no_duplicate(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        match = await live(ladder)
        await trio.sleep(300)
        world.files.facts["good"] = facts_of(match, Outcome.SECOND, ladder.doors.clock.now(), 240)
        world.store.troubles.append(Trouble("save_replay", OutcomeUnknown("lost"), after=True))
        await ladder.uploads(ALICE, "good")
        assert ladder.sees(ALICE, Notice).key == "storage-away"
        await trio.sleep(10)
        assert (await stored(world)).cause is Cause.REPLAY
        await ladder.uploads(ALICE, "good")
        await trio.sleep(5)
        assert ladder.sees(ALICE, ReplayCard).meaning is Meaning.SETTLED
        assert [notice.key for notice in world.post.sees(ALICE) if isinstance(notice, Notice)] == [
            "storage-away"
        ]


async def test_a_deadline_that_passed_while_nobody_ran_fires_at_the_start(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        await paired(ladder)
        await ladder.presses(ALICE, Press.CONFIRM, NUMBER)
    await trio.sleep(world.settings.confirmation_s + 1)
    async with open_ladder(world) as ladder:
        await trio.sleep(2)
        match = await stored(world)
        assert (match.phase, match.cause, match.blamed) == (Phase.VOID, Cause.NO_SHOW, (BOB,))
        assert ladder.sees(ALICE, FoundCard).match.phase is Phase.VOID
        assert [member.player for member in await world.store.waiting()] == [ALICE]


async def test_a_deadline_that_lies_ahead_fires_at_its_hour_after_a_restart(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        await live(ladder)
        await ladder.presses(ALICE, Press.REPORT, NUMBER, values=("won",))
        due = (await stored(world)).due(Deadline.SILENCE)
        assert due is not None
    async with open_ladder(world) as ladder:
        ahead = (due - ladder.doors.clock.now()).total_seconds()
        await trio.sleep(ahead - 1)
        assert (await stored(world)).phase is Phase.LIVE
        await trio.sleep(2)
        assert (await stored(world)).cause is Cause.ONE_REPORT


async def test_whoever_waits_still_waits_since_the_same_moment(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        await ladder.queues(ALICE, bw=Race.BW_ZERG)
        before = await world.store.waiting()
    await trio.sleep(100)
    async with open_ladder(world) as ladder:
        await trio.sleep(5)
        assert await world.store.waiting() == before
        await ladder.queues(BOB, sc2=Race.SC2_TERRAN)
        await trio.sleep(5)
        assert ladder.sees(ALICE, FoundCard).match.sides[0].member == before[0]
