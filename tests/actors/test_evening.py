"""An evening with the real tree and kernel, on a virtual clock."""

from dataclasses import replace

import pytest
import trio
from trio.testing import MockClock

from actors.messages import Redraw, Say
from actors.ports import OutcomeUnknown, Reader, Subject, Unavailable
from actors.rules.ids import MatchId, PlayerId, Race
from actors.rules.maps import POOL
from actors.rules.match import Cause, Match, Phase
from actors.rules.replay import Verdict
from actors.rules.report import Outcome
from actors.rules.screens import (
    DisputeCard,
    FoundCard,
    Leaderboard,
    MatchCard,
    Meaning,
    Notice,
    Press,
    ProfileCard,
    QueueClosed,
    QueueSetup,
    ReplayCard,
    Report,
    ResultCard,
    Screen,
    Searching,
    SetupDone,
    SetupForm,
    SetupIntro,
    SetupInvalid,
    SetupReview,
    Terms,
)
from tests.actors.ladder import STAFF_CHANNEL, Ladder, World, open_ladder
from tests.actors.replays import facts_of
from tests.cast import ALICE, BOB, EVE, MOD, NOW
from tests.fakes.tables import Trouble

NUMBER = MatchId(1)
"""The first match of an evening."""


@pytest.fixture
async def world() -> World:
    world = World()
    await world.enroll(ALICE, "Alice")
    await world.enroll(BOB, "Bob")
    await world.enroll(EVE, "Eve")
    await world.store.ensure_staff([MOD])
    return world


def screen(answer: Redraw | Say) -> Screen:
    return answer.screen


def notice(answer: Redraw | Say) -> str:
    assert isinstance(answer.screen, Notice), answer
    return answer.screen.key


async def paired(ladder: Ladder) -> Match:
    await ladder.queues(ALICE, bw=Race.BW_ZERG)
    await ladder.queues(BOB, sc2=Race.SC2_TERRAN)
    await trio.sleep(3)
    return ladder.sees(ALICE, FoundCard).match


async def test_who_waits_is_told_where_the_queue_card_is(autojump_clock: MockClock, world: World) -> None:
    """Asking Discord for the channel would double the way of a match-found card."""
    async with open_ladder(world) as ladder:
        await paired(ladder)
        ladder.sees(BOB, FoundCard)
        assert world.post.asked_for_dms == 0


async def live(ladder: Ladder) -> Match:
    await paired(ladder)
    await ladder.presses(ALICE, Press.CONFIRM, NUMBER)
    await ladder.presses(BOB, Press.CONFIRM, NUMBER)
    await trio.sleep(1)
    return ladder.sees(ALICE, MatchCard).match


async def stored(world: World) -> Match:
    match = await world.store.match(NUMBER)
    assert match is not None
    return match


async def test_two_who_fit_meet_within_seconds_and_do_not_see_whom(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        joined = await ladder.queues(ALICE, bw=Race.BW_ZERG)
        assert isinstance(joined.screen, Searching)
        match = await paired(ladder)
        assert match.players == (ALICE, BOB)
        assert ladder.sees(BOB, FoundCard).viewer == BOB
        assert ladder.sees(ALICE, QueueClosed).match == NUMBER


async def test_a_match_goes_from_queue_to_result_and_both_may_queue_again(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        assert (await live(ladder)).phase is Phase.LIVE
        await ladder.presses(ALICE, Press.REPORT, NUMBER, values=("won",))
        await trio.sleep(1)
        assert ladder.sees(BOB, MatchCard).match.sides[0].claim is not None
        await ladder.presses(BOB, Press.REPORT, NUMBER, values=("lost",))
        await trio.sleep(2)
        result = ladder.sees(ALICE, ResultCard).match
        assert [change.change for change in result.changes] == [20, -20]
        board = await ladder.commands(EVE, "leaderboard")
        assert isinstance(board.screen, Leaderboard)
        assert [row.standing.rating for row in board.screen.rows] == [1520, 1480]
        assert isinstance((await ladder.commands(ALICE, "queue")).screen, QueueSetup)
        assert isinstance((await ladder.commands(ALICE, "profile")).screen, ProfileCard)


async def test_a_replay_settles_the_match(autojump_clock: MockClock, world: World) -> None:
    async with open_ladder(world) as ladder:
        match = await live(ladder)
        await trio.sleep(300)
        world.files.facts["good"] = facts_of(match, Outcome.SECOND, ladder.doors.clock.now(), 240)
        await ladder.uploads(ALICE, "good")
        await trio.sleep(5)
        assert ladder.sees(ALICE, ReplayCard).meaning is Meaning.SETTLED
        result = ladder.sees(BOB, ResultCard).match
        assert (result.cause, result.outcome) == (Cause.REPLAY, Outcome.SECOND)


async def test_a_replay_of_another_map_changes_nothing_and_says_why(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        match = await live(ladder)
        facts = facts_of(match, Outcome.FIRST, ladder.doors.clock.now(), 60)
        world.files.facts["wrong"] = replace(facts, map_name="Lost Temple", map_hash="00")
        await ladder.uploads(ALICE, "wrong")
        await trio.sleep(5)
        assert ladder.sees(ALICE, ReplayCard).meaning is Meaning.LIVE
        assert (await stored(world)).phase is Phase.LIVE


async def test_an_upload_outside_a_match_or_too_large_or_expired_is_told_why(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        await ladder.uploads(EVE, "any")
        await live(ladder)
        await ladder.uploads(ALICE, "any", size=world.settings.replay_max_bytes + 1)
        await ladder.uploads(BOB, "gone")
        await trio.sleep(5)
        assert ladder.sees(EVE, Notice).key == "upload-no-match"
        assert ladder.sees(ALICE, Notice).key == "upload-too-large"
        assert ladder.sees(BOB, Notice).key == "upload-expired"


async def test_unlike_reports_go_to_the_staff_who_rule(autojump_clock: MockClock, world: World) -> None:
    async with open_ladder(world) as ladder:
        await live(ladder)
        for player in (ALICE, BOB):
            await ladder.presses(player, Press.REPORT, NUMBER, values=("won",))
        await trio.sleep(2)
        assert isinstance(world.post.shows(STAFF_CHANNEL)[-1], DisputeCard)
        assert notice(await ladder.presses(ALICE, Press.RULE, NUMBER, state="first")) == "not-staff"
        ruled = await ladder.rules(MOD, NUMBER, "first")
        assert ruled.match is not None
        await trio.sleep(2)
        assert ladder.sees(BOB, ResultCard).match.outcome is Outcome.FIRST
        assert isinstance(world.post.shows(STAFF_CHANNEL)[-1], DisputeCard)
        assert notice(await ladder.presses(MOD, Press.RULE, NUMBER, state="first")) == "staff-nothing-to-do"


async def test_who_does_not_confirm_is_timed_out_and_the_other_waits_again_since_before(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        await paired(ladder)
        since = world.store.matches[NUMBER].sides[0].member.joined_at
        await ladder.presses(ALICE, Press.CONFIRM, NUMBER)
        await trio.sleep(25)
        assert ladder.sees(BOB, Notice).key == "confirm-reminder"
        await trio.sleep(60)
        assert (await stored(world)).cause is Cause.NO_SHOW
        assert ladder.sees(ALICE, Searching).since == since
        refused = await ladder.commands(BOB, "queue")
        assert notice(refused) == "timed-out"
        waiting = await world.store.waiting()
        assert [(member.player, member.joined_at) for member in waiting] == [(ALICE, since)]


async def test_an_abort_asks_first_and_can_be_taken_back(autojump_clock: MockClock, world: World) -> None:
    async with open_ladder(world) as ladder:
        await paired(ladder)
        asked = await ladder.presses(ALICE, Press.ABORT, NUMBER)
        assert isinstance(asked.screen, FoundCard)
        assert asked.screen.asking
        kept = await ladder.presses(ALICE, Press.ABORT_KEEP, NUMBER)
        assert isinstance(kept.screen, FoundCard)
        assert not kept.screen.asking
        await ladder.presses(ALICE, Press.ABORT, NUMBER)
        await ladder.presses(BOB, Press.CONFIRM, NUMBER)
        await trio.sleep(1)
        assert ladder.sees(ALICE, FoundCard).asking, "the opponent's click does not take the question away"
        await ladder.presses(ALICE, Press.ABORT_SURE, NUMBER)
        await trio.sleep(2)
        assert (await stored(world)).cause is Cause.ABORTED
        assert ladder.sees(BOB, FoundCard).match.phase is Phase.VOID


async def test_closed_messages_blame_nobody_and_are_explained_at_the_next_click(
    autojump_clock: MockClock, world: World
) -> None:
    world.post.close_dms(ALICE)
    async with open_ladder(world) as ladder:
        await ladder.queues(ALICE, bw=Race.BW_ZERG)
        await ladder.queues(BOB, sc2=Race.SC2_TERRAN)
        await trio.sleep(5)
        assert (await stored(world)).cause is Cause.UNREACHABLE
        assert ladder.sees(BOB, FoundCard).match.timeouts == ()
        assert [member.player for member in await world.store.waiting()] == [BOB]
        setup = await ladder.commands(ALICE, "queue")
        assert isinstance(setup.screen, QueueSetup)
        assert setup.screen.unreachable
        again = await ladder.commands(ALICE, "queue")
        assert isinstance(again.screen, QueueSetup)
        assert not again.screen.unreachable


async def test_a_steady_stream_of_joins_does_not_put_a_wave_off(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        for number in range(10):
            player = PlayerId(2000 + number)
            await world.enroll(player, f"Stream{'abcdefghij'[number]}")
            await ladder.queues(player, bw=Race.BW_ZERG, sc2=Race.SC2_ZERG)
            await trio.sleep(0.6)
        assert world.store.matches, "somebody was paired while others still came"


async def test_cancel_takes_a_player_out_and_a_second_cancel_is_told(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        await ladder.queues(ALICE, bw=Race.BW_ZERG)
        left = await ladder.presses(ALICE, Press.QUEUE_LEAVE)
        assert isinstance(left.screen, QueueSetup)
        assert notice(await ladder.presses(ALICE, Press.QUEUE_LEAVE)) == "not-queued"
        await ladder.queues(BOB, sc2=Race.SC2_TERRAN)
        await trio.sleep(5)
        assert world.store.matches == {}


async def test_nobody_queues_twice_or_without_a_race_or_before_set_up(
    autojump_clock: MockClock, world: World
) -> None:
    stranger = PlayerId(555)
    async with open_ladder(world) as ladder:
        assert notice(await ladder.commands(stranger, "queue")) == "no-terms"
        await world.store.accept_terms(stranger, accepted=True, now=NOW)
        assert notice(await ladder.commands(stranger, "queue")) == "no-profile"
        assert notice(await ladder.presses(EVE, Press.QUEUE_JOIN)) == "no-race"
        await ladder.queues(ALICE, bw=Race.BW_ZERG)
        assert notice(await ladder.presses(ALICE, Press.QUEUE_JOIN)) == "already-queued"
        assert notice(await ladder.commands(ALICE, "queue")) == "already-queued"
        assert notice(await ladder.presses(ALICE, Press.QUEUE_BW, values=("bw_zerg",))) == "already-queued"
        assert notice(await ladder.presses(ALICE, Press.QUEUE_CLOSE)) == "already-queued"


async def test_preferences_are_saved_at_each_change(autojump_clock: MockClock, world: World) -> None:
    async with open_ladder(world) as ladder:
        await ladder.presses(ALICE, Press.QUEUE_BW, values=("bw_protoss",))
        await ladder.presses(ALICE, Press.QUEUE_SC2, values=("sc2_zerg",))
        await ladder.presses(ALICE, Press.QUEUE_VETO, values=("radeon", "sylphid"))
        kept = (await world.store.player(ALICE, "", NOW)).preferences
        assert (kept.bw, kept.sc2, len(kept.vetoes)) == (Race.BW_PROTOSS, Race.SC2_ZERG, 2)
        many = tuple(played.key for played in POOL[:5])
        assert notice(await ladder.presses(ALICE, Press.QUEUE_VETO, values=many)) == "too-many-vetoes"
        await ladder.presses(ALICE, Press.QUEUE_CLEAR)
        cleared = (await world.store.player(ALICE, "", NOW)).preferences
        assert (cleared.bw, cleared.sc2, cleared.vetoes) == (None, None, frozenset())
        assert notice(await ladder.presses(ALICE, Press.QUEUE_CLOSE)) == "queue-closed"


FORM = {"name": "Stranger", "battletag": "Stranger#1234", "alt_names": "", "country": "Germany"}


async def test_set_up_goes_from_terms_to_a_stored_profile(autojump_clock: MockClock, world: World) -> None:
    new = PlayerId(555)
    async with open_ladder(world) as ladder:
        assert isinstance((await ladder.commands(new, "setup")).screen, Terms)
        assert isinstance((await ladder.presses(new, Press.SETUP_CONFIRM)).screen, Terms)
        assert notice(await ladder.presses(new, Press.TERMS_DECLINE)) == "terms-declined"
        assert isinstance((await ladder.presses(new, Press.TERMS_ACCEPT)).screen, SetupIntro)
        assert isinstance((await ladder.presses(new, Press.SETUP_BEGIN)).screen, SetupForm)
        assert notice(await ladder.presses(new, Press.SETUP_CONFIRM)) == "old-card"
        assert isinstance((await ladder.presses(new, Press.SETUP_FORM, fields=FORM)).screen, SetupReview)
        assert isinstance((await ladder.presses(new, Press.SETUP_CONFIRM)).screen, SetupInvalid)
        reviewed = await ladder.presses(new, Press.SETUP_REGION, values=("EUW",))
        assert isinstance(reviewed.screen, SetupReview)
        assert isinstance((await ladder.presses(new, Press.SETUP_CONFIRM)).screen, SetupDone)
        form = (await ladder.commands(new, "setup")).screen
        assert isinstance(form, SetupForm)
        assert form.draft.name == "Stranger"


async def test_wrong_entries_are_named_and_kept(autojump_clock: MockClock, world: World) -> None:
    async with open_ladder(world) as ladder:
        wrong = FORM | {"name": "x", "country": "Atlantis"}
        invalid = (await ladder.presses(ALICE, Press.SETUP_FORM, fields=wrong)).screen
        assert isinstance(invalid, SetupInvalid)
        assert len(invalid.problems) == 2
        form = (await ladder.presses(ALICE, Press.SETUP_BEGIN)).screen
        assert isinstance(form, SetupForm)
        assert (form.draft.name, form.draft.country) == ("x", "Atlantis")
        assert notice(await ladder.presses(ALICE, Press.SETUP_CANCEL)) == "setup-cancelled"


async def test_a_name_that_is_taken_is_refused_whatever_its_case(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        await ladder.presses(ALICE, Press.SETUP_FORM, fields=FORM | {"name": "bOB"})
        invalid = (await ladder.presses(ALICE, Press.SETUP_CONFIRM)).screen
        assert isinstance(invalid, SetupInvalid)
        assert invalid.problems[0].rule.value.replace("_", "-") == "name-taken"


async def test_old_and_foreign_cards_say_what_is_and_change_nothing(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        assert notice(await ladder.presses(ALICE, Press.CONFIRM, 4711)) == "old-card"
        await live(ladder)
        assert notice(await ladder.presses(EVE, Press.CONFIRM, NUMBER)) == "not-your-match"
        assert notice(await ladder.presses(ALICE, Press.CONFIRM, NUMBER)) == "too-late-to-confirm"
        await ladder.presses(ALICE, Press.REPORT, NUMBER, values=("won",))
        await ladder.presses(BOB, Press.REPORT, NUMBER, values=("lost",))
        assert notice(await ladder.presses(BOB, Press.REPORT, NUMBER, values=("won",))) == "already-over"
        assert notice(await ladder.presses(BOB, Press.ABORT_KEEP, NUMBER)) == "already-over"


async def test_a_banned_player_is_told_so_everywhere(autojump_clock: MockClock, world: World) -> None:
    world.store.ban(ALICE)
    async with open_ladder(world) as ladder:
        assert notice(await ladder.commands(ALICE, "queue")) == "banned"
        assert notice(await ladder.presses(ALICE, Press.QUEUE_JOIN)) == "banned"


async def test_pages_turn_and_filter(autojump_clock: MockClock, world: World) -> None:
    async with open_ladder(world) as ladder:
        for press, values in (
            (Press.BOARD_PAGE, ()),
            (Press.BOARD_RACES, ("bw_zerg",)),
            (Press.BOARD_BEST, ()),
        ):
            page = await ladder.presses(ALICE, press, 9, values=values)
            assert isinstance(page.screen, Leaderboard)
            assert page.screen.page == 1
        assert notice(await ladder.commands(ALICE, "actors")) == "not-staff"
        assert isinstance((await ladder.commands(MOD, "actors", page="3")).screen, Report)
        assert isinstance((await ladder.presses(MOD, Press.ACTORS_PAGE, 1)).screen, Report)
        assert notice(await ladder.commands(ALICE, "dance")) == "unknown-press"


# Crashes.


async def test_a_stop_and_a_start_lose_nothing(autojump_clock: MockClock, world: World) -> None:
    async with open_ladder(world) as ladder:
        await ladder.queues(EVE, bw=Race.BW_TERRAN)
        await ladder.presses(EVE, Press.QUEUE_LEAVE)
        await paired(ladder)
        await ladder.queues(EVE, bw=Race.BW_TERRAN)
    async with open_ladder(world) as ladder:
        assert [member.player for member in await world.store.waiting()] == [EVE]
        await ladder.presses(ALICE, Press.CONFIRM, NUMBER)
        await ladder.presses(BOB, Press.CONFIRM, NUMBER)
        await trio.sleep(1)
        assert ladder.sees(ALICE, MatchCard).match.phase is Phase.LIVE


async def test_a_card_that_was_not_delivered_before_a_crash_is_delivered_after_it(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        world.post.down = True
        await ladder.queues(ALICE, bw=Race.BW_ZERG)
        await ladder.queues(BOB, sc2=Race.SC2_TERRAN)
        await trio.sleep(3)
    world.post.down = False
    async with open_ladder(world) as ladder:
        await trio.sleep(5)
        assert (await stored(world)).sides[0].delivered
        assert ladder.sees(BOB, FoundCard).match.id == NUMBER


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("error", [RuntimeError("boom"), OutcomeUnknown("lost"), Unavailable("away")])
@pytest.mark.parametrize("at", ["confirm", "report"])
async def test_a_match_survives_whatever_happens_at_its_save(
    autojump_clock: MockClock, world: World, at: str, error: Exception, after: bool
) -> None:
    """The click may be lost, the decision is not: the same click again ends right."""
    async with open_ladder(world) as ladder:
        await (paired if at == "confirm" else live)(ladder)
        press, values = (Press.CONFIRM, ()) if at == "confirm" else (Press.REPORT, ("won",))
        world.store.troubles.append(Trouble("save_match", error, after=after))
        with pytest.raises(Exception):  # noqa: B017, PT011  # whatever the kernel makes of it
            await ladder.presses(ALICE, press, NUMBER, values=values)
        await trio.sleep(10)
        await ladder.presses(ALICE, press, NUMBER, values=values)
        match = await stored(world)
        assert match.sides[0].confirmed
        assert at == "confirm" or match.sides[0].claim is not None


async def test_a_verified_replay_that_the_match_did_not_hear_of_settles_it_at_the_next_start(
    autojump_clock: MockClock,
    world: World,
) -> None:
    async with open_ladder(world) as ladder:
        match = await live(ladder)
        now = ladder.doors.clock.now()
        facts = facts_of(match, Outcome.FIRST, now, 30)
        await world.store.save_replay(match.id, ALICE, facts, Verdict(()), now)
    async with open_ladder(world) as ladder:
        await trio.sleep(5)
        assert (await stored(world)).cause is Cause.REPLAY


async def test_the_queue_survives_a_store_that_is_away_for_a_while(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        world.store.troubles.append(Trouble("pair", Unavailable("away")))
        await ladder.queues(ALICE, bw=Race.BW_ZERG)
        await ladder.queues(BOB, sc2=Race.SC2_TERRAN)
        await trio.sleep(20)
        assert ladder.sees(ALICE, FoundCard).match.id == NUMBER


async def test_a_join_while_the_store_is_away_is_refused_and_nothing_dies(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        world.store.troubles.append(Trouble("join", Unavailable("away")))
        with pytest.raises(Unavailable):
            await ladder.queues(ALICE, bw=Race.BW_ZERG)
        assert isinstance((await ladder.queues(ALICE, bw=Race.BW_ZERG)).screen, Searching)


async def test_an_absent_store_is_seen_in_the_dump_and_comes_back(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        world.store.troubles.append(Trouble("crowd", Unavailable("away")))
        await trio.sleep(20)
        assert "away for" in ladder.system.dump().tree()
        await trio.sleep(20)
        assert "answers in" in ladder.system.dump().tree()


async def test_searching_cards_are_brought_up_to_date_when_the_figures_change(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        await ladder.queues(ALICE, bw=Race.BW_ZERG)
        await ladder.queues(EVE, bw=Race.BW_TERRAN)
        await trio.sleep(40)
        assert ladder.sees(ALICE, Searching).crowd.bw_only == 2


async def test_every_card_is_up_to_date_after_an_evening(autojump_clock: MockClock, world: World) -> None:
    async with open_ladder(world) as ladder:
        await live(ladder)
        await ladder.presses(ALICE, Press.REPORT, NUMBER, values=("won",))
        await ladder.presses(BOB, Press.REPORT, NUMBER, values=("lost",))
        await trio.sleep(5)
        assert await world.store.pending_cards() == ()
        result = await world.store.card(Reader(player=ALICE), Subject("result", NUMBER))
        assert result is not None
        assert result.message is not None
