"""Weather and races at every door of the ladder: no card lost, no match stuck, no death of weather."""

import pytest
import trio
from trio.testing import MockClock

from actors import courier
from actors.keys import MATCHES, courier_key
from actors.messages import Drawn, Lend, Redraw, Show
from actors.ports import Joined, OutcomeUnknown, Place, Reader, Subject, Unavailable
from actors.rules.ids import Race
from actors.rules.match import Cause, Deadline, Phase
from actors.rules.player import Preferences
from actors.rules.replay import Verdict
from actors.rules.report import Outcome
from actors.rules.screens import (
    FoundCard,
    Leaderboard,
    Notice,
    Press,
    QueueSetup,
    Searching,
)
from tests.actors.ladder import World, open_ladder
from tests.actors.replays import facts_of
from tests.actors.test_evening import NUMBER, live, paired, stored
from tests.cast import ALICE, BOB, EVE
from tests.fakes.tables import Trouble

QUEUE = Subject("queue")
FOUND = Subject("found", NUMBER)


@pytest.fixture
async def world() -> World:
    world = World()
    for player, name in ((ALICE, "Alice"), (BOB, "Bob"), (EVE, "Eve")):
        await world.enroll(player, name)
    return world


def away(world: World, method: str, times: int = 1) -> None:
    """The next calls of this method find the store away."""
    world.store.troubles += [Trouble(method, Unavailable("away")) for _ in range(times)]


# The store is away.


async def test_a_delivery_whose_note_was_put_off_still_opens_the_confirmation(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        await ladder.queues(ALICE, bw=Race.BW_ZERG)
        away(world, "card_shown", 4)
        await ladder.queues(BOB, sc2=Race.SC2_TERRAN)
        await trio.sleep(40)
        assert [side.delivered for side in (await stored(world)).sides] == [True, True]


async def test_news_that_found_the_store_away_is_heard_when_it_is_back(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        away(world, "save_match", 2)
        await paired(ladder)
        await trio.sleep(15)
        assert (await stored(world)).due(Deadline.CONFIRMATION) is not None


async def test_a_deadline_holds_although_news_found_the_store_away(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        match = await live(ladder)
        now = ladder.doors.clock.now()
        world.files.facts["good"] = facts_of(match, Outcome.FIRST, now, 30)
        away(world, "save_match")
        await ladder.uploads(ALICE, "good")
        await trio.sleep(world.settings.live_s + 60)
        assert not (await stored(world)).phase.open


async def test_a_card_drawn_while_the_store_was_away_does_not_stay_behind(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        away(world, "card_shown")
        await ladder.queues(ALICE, bw=Race.BW_ZERG)
        await trio.sleep(200)
        assert await world.store.pending_cards() == ()


async def test_a_courier_that_recovers_while_the_store_is_away_waits_and_does_not_bring_down_its_pool(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        world.store.troubles.append(Trouble("card_shown", RuntimeError("boom")))
        away(world, "pending_cards", 3)
        await paired(ladder)
        await trio.sleep(20)
        courier_of = ladder.system.registry.whereis(courier_key(Reader(player=ALICE)))
        assert courier_of is not None
        assert [side.delivered for side in (await stored(world)).sides] == [True, True]
        assert "pending_cards" not in {trouble.method for trouble in world.store.troubles}
        crashes = [line for line in ladder.system.dump().tree().splitlines() if "Unavailable" in line]
        assert crashes == []


async def test_a_match_that_recovers_while_the_store_is_away_catches_up_later(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        match = await live(ladder)
        now = ladder.doors.clock.now()
        await world.store.save_replay(
            match.id, ALICE, facts_of(match, Outcome.FIRST, now, 30), Verdict(()), now
        )
    away(world, "replays_of", 2)
    async with open_ladder(world) as ladder:
        await trio.sleep(20)
        assert (await stored(world)).cause is Cause.REPLAY
        crashes = [line for line in ladder.system.dump().tree().splitlines() if "Unavailable" in line]
        assert crashes == []


async def test_one_match_that_cannot_be_woken_does_not_keep_the_cards_from_others(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        world.post.down = True
        await ladder.queues(ALICE, bw=Race.BW_ZERG)
        await ladder.queues(BOB, sc2=Race.SC2_TERRAN)
        await trio.sleep(3)
    world.post.down = False
    away(world, "match")
    async with open_ladder(world) as ladder:
        await trio.sleep(5)
        assert ladder.sees(BOB, FoundCard).match.id == NUMBER


async def test_a_pairing_whose_answer_was_lost_is_a_match_for_both(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        world.store.troubles.append(Trouble("pair", OutcomeUnknown("lost"), after=True))
        await ladder.queues(ALICE, bw=Race.BW_ZERG)
        await ladder.queues(BOB, sc2=Race.SC2_TERRAN)
        await trio.sleep(20)
        assert ladder.sees(ALICE, FoundCard).match.id == NUMBER
        assert (await stored(world)).due(Deadline.CONFIRMATION) is not None


async def test_a_settlement_whose_answer_was_lost_reaches_the_ladder(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        await live(ladder)
        await ladder.presses(ALICE, Press.REPORT, NUMBER, values=("won",))
        world.store.troubles.append(Trouble("save_match", OutcomeUnknown("lost"), after=True))
        with pytest.raises(OutcomeUnknown):
            await ladder.presses(BOB, Press.REPORT, NUMBER, values=("lost",))
        await trio.sleep(5)
        board = (await ladder.commands(EVE, "leaderboard")).screen
        assert isinstance(board, Leaderboard)
        assert [row.standing.rating for row in board.rows] == [1520, 1480]
        assert ladder.system.registry.pool(MATCHES).children() == ()


async def test_a_verified_replay_settles_although_its_card_could_not_be_made(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        match = await live(ladder)
        world.files.facts["good"] = facts_of(match, Outcome.FIRST, ladder.doors.clock.now(), 30)
        away(world, "new_card")
        await ladder.uploads(ALICE, "good")
        await trio.sleep(10)
        assert (await stored(world)).cause is Cause.REPLAY


async def test_a_join_whose_answer_was_lost_is_not_forgotten_by_the_session(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        world.store.troubles.append(Trouble("join", OutcomeUnknown("lost"), after=True))
        with pytest.raises(OutcomeUnknown):
            await ladder.queues(ALICE, bw=Race.BW_ZERG)
        closed = await ladder.presses(ALICE, Press.QUEUE_CLOSE)
        assert isinstance(closed.screen, Notice)
        assert closed.screen.key == "already-queued"


# Races.


async def test_no_process_is_left_of_a_match_that_two_clicks_ended(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        await paired(ladder)
        async with trio.open_nursery() as clicks:
            for player in (ALICE, BOB):
                clicks.start_soon(ladder.presses, player, Press.ABORT_SURE, NUMBER)
        await trio.sleep(10)
        assert (await stored(world)).phase is Phase.VOID
        assert ladder.system.registry.pool(MATCHES).children() == ()


async def test_an_edit_on_its_way_does_not_cover_the_answer_that_overtook_it(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        await ladder.queues(ALICE, bw=Race.BW_ZERG)
        await ladder.queues(EVE, bw=Race.BW_TERRAN)
        world.post.slow_s = 2.0
        await trio.sleep(31 - trio.current_time() % 30)
        left = await ladder.presses(ALICE, Press.QUEUE_LEAVE)
        assert isinstance(left.screen, QueueSetup)
        await trio.sleep(0.5)
        behind = await world.store.card(Reader(player=ALICE), QUEUE)
        assert behind is not None
        assert behind.generation > behind.shown, "whoever dies now leaves it to the next"
        await trio.sleep(10)
        assert isinstance(world.post.sees(ALICE)[-1], QueueSetup)
        caught_up = await world.store.card(Reader(player=ALICE), QUEUE)
        assert caught_up is not None
        assert caught_up.generation == caught_up.shown


async def test_an_answer_that_comes_too_late_does_not_cover_what_is_newer(
    autojump_clock: MockClock, world: World
) -> None:
    reader = Reader(player=ALICE)
    async with open_ladder(world) as ladder:
        await paired(ladder)
        registry, doors, old = ladder.system.registry, ladder.doors, ladder.sees(ALICE, FoundCard)
        card = await world.store.card(reader, FOUND)
        assert card is not None
        assert card.channel is not None
        assert card.message is not None
        place = Place(card.channel, card.message)
        await ladder.presses(BOB, Press.CONFIRM, NUMBER)
        await trio.sleep(1)
        await courier.tell(registry, doors, reader, Lend(card))
        world.post.redraw(place, old)
        await trio.sleep(1)
        behind = await world.store.card(reader, FOUND)
        assert behind is not None
        assert behind.generation > behind.shown, "whoever dies now leaves it to the next"
        await courier.tell(registry, doors, reader, Drawn(card, place))
        await trio.sleep(1)
        assert ladder.sees(ALICE, FoundCard).match.sides[1].confirmed


async def test_a_card_that_moved_is_written_at_its_new_place_although_the_answer_failed(
    autojump_clock: MockClock, world: World
) -> None:
    reader = Reader(player=ALICE)
    async with open_ladder(world) as ladder:
        await ladder.queues(ALICE, bw=Race.BW_ZERG)
        await ladder.presses(ALICE, Press.QUEUE_LEAVE)
        moved = world.post.put(world.post.dm(ALICE), QueueSetup(Preferences()))
        registry, doors = ladder.system.registry, ladder.doors
        joined = await world.store.join(ALICE, moved, doors.clock.now())
        assert isinstance(joined, Joined)
        await courier.tell(registry, doors, reader, Lend(joined.card))
        await courier.tell(registry, doors, reader, Drawn(joined.card, None))
        await trio.sleep(5)
        assert isinstance(dict(world.post.placed(world.post.dm(ALICE)))[moved], Searching)


async def test_an_edit_held_by_a_loan_leaves_when_the_loan_ends_by_itself(
    autojump_clock: MockClock, world: World
) -> None:
    reader = Reader(player=ALICE)
    async with open_ladder(world) as ladder:
        await paired(ladder)
        card = await world.store.card(reader, FOUND)
        assert card is not None
        await courier.tell(ladder.system.registry, ladder.doors, reader, Lend(card))
        await ladder.presses(BOB, Press.CONFIRM, NUMBER)
        await trio.sleep(5)
        assert not ladder.sees(ALICE, FoundCard).match.sides[1].confirmed
        await trio.sleep(20)
        assert ladder.sees(ALICE, FoundCard).match.sides[1].confirmed


async def test_an_edit_held_by_a_loan_leaves_although_the_return_found_the_store_away(
    autojump_clock: MockClock, world: World
) -> None:
    reader = Reader(player=ALICE)
    async with open_ladder(world) as ladder:
        await paired(ladder)
        registry, doors = ladder.system.registry, ladder.doors
        card = await world.store.card(reader, FOUND)
        assert card is not None
        assert card.channel is not None
        assert card.message is not None
        await courier.tell(registry, doors, reader, Lend(card))
        await ladder.presses(BOB, Press.CONFIRM, NUMBER)
        await trio.sleep(1)
        away(world, "card_shown")
        await courier.tell(registry, doors, reader, Drawn(card, Place(card.channel, card.message)))
        await trio.sleep(2)
        assert ladder.sees(ALICE, FoundCard).match.sides[1].confirmed


async def test_an_older_refresh_never_covers_a_newer_card(autojump_clock: MockClock, world: World) -> None:
    async with open_ladder(world) as ladder:
        joined = await ladder.queues(ALICE, bw=Race.BW_ZERG)
        assert isinstance(joined, Redraw)
        assert joined.card is not None
        await ladder.presses(ALICE, Press.QUEUE_LEAVE)
        late = Show(joined.card, joined.screen, refresh=True)
        await courier.tell(ladder.system.registry, ladder.doors, joined.card.reader, late)
        await trio.sleep(5)
        assert isinstance(world.post.sees(ALICE)[-1], QueueSetup)
