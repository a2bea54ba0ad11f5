"""What leaves for Discord: by whom, how often, until when, and what comes back."""

import pytest
import trio
from trio.testing import MockClock

from actors import courier
from actors.messages import Drawn, Lend, Redraw
from actors.ports import CardRow, Place, Reader, Subject
from actors.rules.ids import Race
from actors.rules.match import Cause, Phase
from actors.rules.report import Outcome
from actors.rules.screens import (
    DisputeCard,
    FoundCard,
    Notice,
    Press,
    QueueSetup,
    ResultCard,
    Searching,
)
from tests.actors.ladder import STAFF_CHANNEL, Ladder, World, open_ladder
from tests.actors.test_evening import NUMBER, live, notice, paired, stored
from tests.cast import ALICE, BOB, EVE, MOD

FOUND = Subject("found", NUMBER)


@pytest.fixture
async def world() -> World:
    world = World()
    for player, name in ((ALICE, "Alice"), (BOB, "Bob"), (EVE, "Eve")):
        await world.enroll(player, name)
    await world.store.ensure_staff([MOD])
    return world


async def quarrel(ladder: Ladder) -> None:
    """Both say that they won."""
    await live(ladder)
    for player in (ALICE, BOB):
        await ladder.presses(player, Press.REPORT, NUMBER, values=("won",))
    await trio.sleep(2)


def posts(world: World) -> list[tuple[Place, DisputeCard]]:
    """What staff see in their channel."""
    shown = world.post.placed(STAFF_CHANNEL)
    return [(place, screen) for place, screen in shown if isinstance(screen, DisputeCard)]


# Answers that draw a card at the same time.


def place_of(card: CardRow) -> Place:
    assert card.channel is not None
    assert card.message is not None
    return Place(card.channel, card.message)


async def test_two_answers_that_draw_one_card_at_once_leave_the_newest_whichever_arrived_last(
    autojump_clock: MockClock, world: World
) -> None:
    reader = Reader(player=ALICE)
    async with open_ladder(world) as ladder:
        joined = await ladder.queues(ALICE, bw=Race.BW_ZERG)
        registry, doors = ladder.system.registry, ladder.doors
        assert isinstance(joined, Redraw)
        assert joined.card is not None
        here = place_of(joined.card)
        for _ in range(2):
            await courier.tell(registry, doors, reader, Lend(joined.card))
        left = await world.store.leave(ALICE, doors.clock.now())
        assert left is not None
        await courier.tell(registry, doors, reader, Drawn(left, here))
        world.post.redraw(here, joined.screen)  # the older answer was longer on its way
        await courier.tell(registry, doors, reader, Drawn(joined.card, here))
        await trio.sleep(2)
        assert isinstance(joined.screen, Searching)
        assert isinstance(world.post.sees(ALICE)[-1], QueueSetup)


async def test_a_card_that_two_answers_draw_is_not_touched_until_both_are_back(
    autojump_clock: MockClock, world: World
) -> None:
    reader = Reader(player=ALICE)
    async with open_ladder(world) as ladder:
        await paired(ladder)
        registry, doors = ladder.system.registry, ladder.doors
        card = await world.store.card(reader, FOUND)
        assert card is not None
        here = place_of(card)
        for _ in range(2):
            await courier.tell(registry, doors, reader, Lend(card))
        await courier.tell(registry, doors, reader, Drawn(card, here))
        await ladder.presses(BOB, Press.CONFIRM, NUMBER)
        await trio.sleep(5)
        assert not ladder.sees(ALICE, FoundCard).match.sides[1].confirmed
        await courier.tell(registry, doors, reader, Drawn(card, here))
        await trio.sleep(1)
        assert ladder.sees(ALICE, FoundCard).match.sides[1].confirmed


# Posts that somebody deletes.


async def test_a_staff_post_that_somebody_deleted_is_sent_anew(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        await quarrel(ladder)
        for ruling, outcome in (("first", Outcome.FIRST), ("second", Outcome.SECOND)):
            ((place, _),) = posts(world)
            world.post.delete(place)
            await ladder.rules(MOD, NUMBER, ruling)
            await trio.sleep(5)
            ((anew, post),) = posts(world)
            assert anew != place
            assert post.match.outcome is outcome
        card = await world.store.card(Reader(channel=STAFF_CHANNEL), Subject("dispute", NUMBER))
        assert card is not None
        assert (card.deleted, card.shown) == (2, card.generation)


async def test_a_deleted_card_of_a_player_is_not_sent_anew(autojump_clock: MockClock, world: World) -> None:
    async with open_ladder(world) as ladder:
        await paired(ladder)
        places = world.post.placed(world.post.dm(ALICE))
        (place,) = [place for place, screen in places if isinstance(screen, FoundCard)]
        world.post.delete(place)
        await ladder.presses(BOB, Press.CONFIRM, NUMBER)
        await trio.sleep(5)
        assert not [screen for screen in world.post.sees(ALICE) if isinstance(screen, FoundCard)]
        assert await world.store.pending_cards() == ()


# Attempts and their end.


async def test_a_card_that_does_not_arrive_says_how_often_it_was_tried_and_why(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        await paired(ladder)
        world.post.down = True
        await ladder.presses(BOB, Press.CONFIRM, NUMBER)
        await trio.sleep(10)
        (card,) = [card for card in await world.store.pending_cards() if card.reader.player == ALICE]
        assert card.attempts >= 3
        assert world.store.box.faults[card.id] == "the fake Discord is down"
        world.post.down = False
        await trio.sleep(40)
        after = await world.store.card(card.reader, card.subject)
        assert after is not None
        assert (after.attempts, after.shown) == (0, after.generation)


async def test_what_discord_did_not_take_for_a_day_is_given_up_and_its_next_change_arrives(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        joined = await ladder.queues(ALICE, bw=Race.BW_ZERG)
        assert isinstance(joined, Redraw)
        assert joined.card is not None
        world.post.down = True
        left = await world.store.leave(ALICE, ladder.doors.clock.now())
        assert left is not None
        await trio.sleep(world.settings.card_keep_s)
        assert [card.id for card in await world.store.pending_cards()] == [left.id]
        await trio.sleep(120)
        assert await world.store.pending_cards() == ()
        assert world.store.box.reasons[left.id].startswith("expired")
        world.post.down = False
        await ladder.queues(ALICE, bw=Race.BW_ZERG)
        await trio.sleep(2)
        assert isinstance(world.post.sees(ALICE)[-1], Searching)


async def test_a_reminder_is_not_said_after_the_window_that_it_reminds_of(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        await paired(ladder)
        world.post.down = True
        await trio.sleep(world.settings.confirmation_s + 10)
        world.post.down = False
        await trio.sleep(60)
        assert (await stored(world)).phase is Phase.VOID
        reminders = [
            s for s in world.post.sees(ALICE) if isinstance(s, Notice) and s.key == "confirm-reminder"
        ]
        assert reminders == []


# The last word.


async def test_who_was_silent_contests_the_result_from_its_card_and_staff_rule(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        await live(ladder)
        await ladder.presses(ALICE, Press.REPORT, NUMBER, values=("won",))
        await trio.sleep(world.settings.silence_s + 5)
        assert (await stored(world)).cause is Cause.ONE_REPORT
        shown = world.post.placed(world.post.dm(BOB))
        (place,) = [place for place, screen in shown if isinstance(screen, ResultCard)]
        answer = await ladder.presses(BOB, Press.REPORT, NUMBER, values=("won",), place=place)
        assert isinstance(answer.screen, ResultCard)
        await trio.sleep(5)
        assert ladder.sees(ALICE, ResultCard).match.contested
        ((_, post),) = posts(world)
        assert post.match.contested
        again = await ladder.presses(BOB, Press.REPORT, NUMBER, values=("won",), place=place)
        assert notice(again) == "already-over"
        done = await ladder.rules(MOD, NUMBER, "second")
        assert done.match is not None
        await trio.sleep(2)
        assert [change.change for change in ladder.sees(BOB, ResultCard).match.changes] == [-20, 20]
        assert not any("match 1" in line for line in ladder.system.dump().tree().splitlines())


async def test_a_dispute_that_nobody_rules_frees_both_and_is_ruled_all_the_same(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        await quarrel(ladder)
        assert notice(await ladder.commands(ALICE, "queue")) == "in-match"
        await trio.sleep(world.settings.dispute_s + 5)
        assert ladder.sees(ALICE, ResultCard).match.cause is Cause.UNRULED
        assert isinstance((await ladder.commands(ALICE, "queue")).screen, QueueSetup)
        done = await ladder.rules(MOD, NUMBER, "first")
        assert done.match is not None
        await trio.sleep(2)
        assert [change.change for change in ladder.sees(ALICE, ResultCard).match.changes] == [20, -20]
