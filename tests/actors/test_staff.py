"""Orders of the staff with the real tree and kernel: who is told, and who goes on as if nothing had been."""

import pytest
import trio
from trio.testing import MockClock

from actors.messages import Answer
from actors.ports import Unavailable
from actors.rules.ids import Race
from actors.rules.match import Phase
from actors.rules.screens import (
    FoundCard,
    Leaderboard,
    Notice,
    Press,
    QueueSetup,
    ResultCard,
    Searching,
    StaffMatch,
    StaffNotice,
    StaffPreview,
)
from tests.actors.ladder import Ladder, World, open_ladder
from tests.actors.test_evening import NUMBER, live, notice, paired
from tests.cast import ALICE, BOB, EVE, MOD
from tests.fakes.tables import Trouble


@pytest.fixture
async def world() -> World:
    world = World()
    for player, name in ((ALICE, "Alice"), (BOB, "Bob"), (EVE, "Eve")):
        await world.enroll(player, name)
    await world.store.ensure_staff([MOD])
    return world


async def settled(ladder: Ladder) -> None:
    await live(ladder)
    for player, claim in ((ALICE, "won"), (BOB, "lost")):
        await ladder.presses(player, Press.REPORT, NUMBER, values=(claim,))
    await trio.sleep(2)


async def board(ladder: Ladder) -> list[int]:
    answer = await ladder.commands(EVE, "leaderboard")
    assert isinstance(answer.screen, Leaderboard)
    return [row.standing.rating for row in answer.screen.rows]


async def test_a_new_ruling_reaches_players_and_leaderboard(autojump_clock: MockClock, world: World) -> None:
    async with open_ladder(world) as ladder:
        await settled(ladder)
        done = await ladder.orders(MOD, "resolve", match=NUMBER, outcome="second")
        assert done.match is not None
        await trio.sleep(2)
        assert [change.change for change in ladder.sees(ALICE, ResultCard).match.changes] == [-20, 20]
        assert await board(ladder) == [1520, 1480]
        await ladder.orders(MOD, "void", match=NUMBER)
        await trio.sleep(2)
        assert ladder.sees(BOB, ResultCard).match.phase is Phase.VOID
        assert await board(ladder) == []


async def test_a_match_that_staff_end_goes_to_rest_and_its_old_buttons_say_so(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        await live(ladder)
        assert any("LIVE" in line for line in ladder.system.dump().tree().splitlines())
        await ladder.orders(MOD, "void", match=NUMBER)
        await trio.sleep(10)
        assert not any("match 1" in line for line in ladder.system.dump().tree().splitlines())
        assert notice(await ladder.presses(ALICE, Press.REPORT, NUMBER, values=("won",))) == "already-over"
        assert isinstance((await ladder.commands(ALICE, "queue")).screen, QueueSetup)


async def test_who_is_released_is_told_and_the_other_is_matched_anew(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        since = (await paired(ladder)).sides[1].member.joined_at
        await ladder.orders(MOD, "release", player=ALICE)
        await trio.sleep(2)
        assert ladder.sees(ALICE, StaffNotice).action.order.reason == "a test asks"
        assert ladder.sees(BOB, Searching).since == since
        assert ladder.sees(ALICE, FoundCard).match.blamed == (ALICE,)
        await ladder.queues(EVE, bw=Race.BW_TERRAN)
        await trio.sleep(5)
        assert ladder.sees(BOB, FoundCard).match.players == (EVE, BOB)
        assert isinstance((await ladder.commands(ALICE, "queue")).screen, QueueSetup)


async def test_who_is_banned_while_waiting_is_not_matched_any_more(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        await ladder.queues(ALICE, bw=Race.BW_ZERG)
        await ladder.orders(MOD, "ban", player=ALICE)
        await ladder.queues(BOB, sc2=Race.SC2_TERRAN)
        await trio.sleep(60)
        assert world.store.matches == {}
        assert notice(await ladder.commands(ALICE, "queue")) == "banned"
        await ladder.orders(MOD, "unban", player=ALICE)
        assert isinstance((await ladder.commands(ALICE, "queue")).screen, QueueSetup)


async def test_a_rating_and_a_time_out_count_at_the_next_click(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        await settled(ladder)
        await ladder.orders(MOD, "rating", player=ALICE, race="bw_zerg", rating=1700)
        assert await board(ladder) == [1700, 1480]
        await ladder.orders(MOD, "penalty", player=ALICE, minutes=10)
        assert notice(await ladder.commands(ALICE, "queue")) == "timed-out"
        await ladder.orders(MOD, "penalty", player=ALICE, minutes=0)
        assert isinstance((await ladder.commands(ALICE, "queue")).screen, QueueSetup)


async def test_a_stranger_is_refused_whatever_he_orders(autojump_clock: MockClock, world: World) -> None:
    async with open_ladder(world) as ladder:
        await settled(ladder)
        about_match = {"match": "1", "outcome": "second", "reason": "mine"}
        for name in ("match", "resolve", "void"):
            assert notice(await ladder.commands(BOB, f"admin {name}", **about_match)) == "not-staff"
        options = {"player": str(BOB), "race": "sc2_terran", "rating": "4000", "minutes": "0", "reason": "x"}
        for name in ("release", "ban", "unban", "rating", "penalty"):
            assert notice(await ladder.commands(BOB, f"admin {name}", **options)) == "not-staff"
        assert await board(ladder) == [1520, 1480]


async def test_staff_read_a_match_and_rule_it_by_its_buttons(autojump_clock: MockClock, world: World) -> None:
    async with open_ladder(world) as ladder:
        await settled(ladder)
        shown = await ladder.commands(MOD, "admin match", match="1")
        assert isinstance(shown.screen, StaffMatch)
        done = await ladder.rules(MOD, NUMBER, "draw")
        assert done.action.order.reason == "by the buttons of the match"
        assert notice(await ladder.commands(MOD, "admin match", match="99")) == "staff-no-match"


async def test_an_order_may_be_cancelled_and_is_confirmed_once(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        await settled(ladder)
        shown = await ladder.commands(MOD, "admin void", match="1", reason="no")
        assert isinstance(shown.screen, StaffPreview)
        number = int(shown.screen.action.id)
        assert notice(await ladder.presses(MOD, Press.STAFF_CANCEL, number)) == "staff-cancelled"
        await ladder.confirms(MOD, shown)
        again: Answer = await ladder.presses(MOD, Press.STAFF_CONFIRM, number)
        assert notice(again) == "staff-already-done"


async def test_what_changed_since_the_preview_is_shown_again(autojump_clock: MockClock, world: World) -> None:
    async with open_ladder(world) as ladder:
        await settled(ladder)
        old = await ladder.commands(MOD, "admin void", match="1", reason="no")
        await ladder.orders(MOD, "rating", player=BOB, race="sc2_terran", rating=1000)
        assert isinstance(old.screen, StaffPreview)
        again = await ladder.presses(MOD, Press.STAFF_CONFIRM, int(old.screen.action.id))
        assert isinstance(again.screen, StaffPreview)
        assert again.screen.again
        assert world.store.matches[NUMBER].phase is Phase.SETTLED


async def test_an_order_counts_although_the_store_is_away_when_it_is_told(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        await live(ladder)
        shown = await ladder.commands(MOD, "admin void", match="1", reason="no")
        world.store.troubles += [Trouble("match", Unavailable("away")), Trouble("match", Unavailable("away"))]
        await ladder.confirms(MOD, shown)
        await trio.sleep(20)
        assert not any("match 1" in line for line in ladder.system.dump().tree().splitlines())
        assert not isinstance(ladder.sees(ALICE, ResultCard), Notice)
