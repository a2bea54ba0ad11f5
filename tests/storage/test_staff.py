"""Orders of the staff, in PostgreSQL and in the fake: previewed, confirmed, once, by staff."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from actors.ports import CarriedOut, NotDone, Previewed, Reader, Refused, ReplayRow, Store, Subject
from actors.rules.ids import MatchId, PlayerId, Race
from actors.rules.match import Abort, Cause, Confirm, Delivered, Match, Phase, ReplayVerified
from actors.rules.player import Idle, InMatch, Queued, TimedOut
from actors.rules.report import Outcome
from actors.rules.staff import PREVIEW_S, ActionId, Deed, History, Order, StaffRefusal, What
from storage.connection import Connection
from storage.store import PostgresStore
from tests.fakes.store import FakeStore
from tests.storage.cast import (
    ACCEPTED,
    ALICE,
    BOB,
    BW,
    EVE,
    HERE,
    MOD,
    SC2,
    both_wait,
    disputed,
    facts,
    later,
    live,
    paired,
    proposal,
    queue,
    settle_in,
    settled,
    step,
)
from tests.storage.conftest import one_off
from tests.storage.test_races import at_once

AnyStore = FakeStore | PostgresStore
WHY = "a test asks"
THEN = later(1000)


@pytest.fixture
async def store(store: AnyStore) -> AnyStore:
    """With one member of staff."""
    await store.ensure_staff([MOD])
    return store


def resolve(outcome: Outcome, match: int = 1) -> Order:
    return Order(deed=Deed.RESOLVE, match=MatchId(match), outcome=outcome, reason=WHY)


VOID = Order(deed=Deed.VOID, match=MatchId(1), reason=WHY)


def about(player: PlayerId, deed: Deed, **more: int | Race) -> Order:
    return Order(deed=deed, player=player, reason=WHY, **more)  # type: ignore[arg-type]  # by name, below


async def previewed(store: Store, order: Order, now: datetime = THEN) -> Previewed:
    answer = await store.preview(order, MOD, now)
    assert isinstance(answer, Previewed), answer
    return answer


async def obeyed(store: Store, order: Order, now: datetime = THEN) -> CarriedOut:
    answer = await store.carry_out((await previewed(store, order, now)).action.id, MOD, now)
    assert isinstance(answer, CarriedOut), answer
    return answer


async def refusal(store: Store, order: Order, by: PlayerId = MOD) -> StaffRefusal:
    answer = await store.preview(order, by, later(1000))
    assert isinstance(answer, NotDone), answer
    return answer.reason


async def ratings(store: Store) -> list[int | None]:
    players = [await store.player(player, "x", later(2000)) for player in (ALICE, BOB)]
    return [player.ratings.get(race) for player, race in zip(players, (BW, SC2), strict=True)]


def lines(done: Previewed | CarriedOut) -> set[tuple[What, PlayerId | None, object, object]]:
    return {(each.what, each.player, each.before, each.after) for each in done.action.changes}


async def test_a_preview_says_what_will_happen_and_does_nothing(store: AnyStore) -> None:
    before = (await disputed(store)).match
    shown = await previewed(store, resolve(Outcome.SECOND))
    assert shown.match == before
    assert lines(shown) == {
        (What.MATCH, None, "disputed", f"won:{BOB}"),
        (What.PLAYS, ALICE, 1, None),
        (What.PLAYS, BOB, 1, None),
        (What.RATING, ALICE, None, 1480),
        (What.RATING, BOB, None, 1520),
    }
    assert await store.match(MatchId(1)) == before
    assert await ratings(store) == [None, None]


async def test_what_is_confirmed_is_what_was_previewed_with_cards_and_a_row(store: AnyStore) -> None:
    await disputed(store)
    shown = await previewed(store, resolve(Outcome.SECOND))
    done = await store.carry_out(shown.action.id, MOD, later(1001))
    assert isinstance(done, CarriedOut)
    assert lines(done) == lines(shown)
    assert [card.subject.kind for card in done.cards] == ["match", "match", "result", "result", "dispute"]
    assert done.match is not None
    assert (done.match.cause, done.match.ruled_by) == (Cause.RULING, MOD)
    kept = await store.action(shown.action.id)
    assert kept is not None
    assert (kept.by, kept.order.reason, kept.done_at) == (MOD, WHY, later(1001))
    assert await ratings(store) == [1480, 1520]


async def test_ruling_twice_compensates_and_later_games_stay(store: AnyStore) -> None:
    await settled(store)
    drawn = proposal(await queue(store, ALICE, later(200)), await queue(store, BOB, later(200)))
    second = await store.pair(drawn, later(201))
    assert second is not None
    await settled(store, await live(store, second.match))
    both_won = await ratings(store)

    async def moved() -> list[int]:
        return [(now or 0) - (then or 0) for now, then in zip(await ratings(store), both_won, strict=True)]

    await obeyed(store, resolve(Outcome.SECOND))
    assert await moved() == [-40, 40]
    await obeyed(store, resolve(Outcome.DRAW))
    assert await moved() == [-20, 20]
    await obeyed(store, VOID)
    assert await moved() == [-20, 20]
    assert {row.player: row.games for row in await store.standings()} == {ALICE: 1, BOB: 1}
    done = await obeyed(store, resolve(Outcome.FIRST))
    assert await moved() == [0, 0]
    assert done.match is not None
    assert [change.change for change in done.match.changes] == [20, -20]
    assert {row.player: row.games for row in await store.standings()} == {ALICE: 2, BOB: 2}


async def test_a_contested_match_is_upheld_by_an_order_that_moves_nothing(store: AnyStore) -> None:
    match = await live(store)
    for name, by, outcome in (("one", ALICE, Outcome.FIRST), ("two", BOB, Outcome.SECOND)):
        row = await store.save_replay(match.id, by, facts(name), ACCEPTED, later(95))
        assert isinstance(row, ReplayRow)
        match = (await step(store, match, ReplayVerified(row.id, outcome), later(96))).match
    assert match.contested
    done = await obeyed(store, resolve(Outcome.FIRST), later(150))
    assert lines(done) == {(What.OBJECTION, None, match.objection, None)}
    assert [card.subject.kind for card in done.cards] == ["result", "result", "dispute"]
    assert await ratings(store) == [1520, 1480]
    assert await refusal(store, resolve(Outcome.FIRST)) is StaffRefusal.NOTHING_TO_DO
    assert [row.name for row in await store.audit(later(160)) if not row.ok] == []


async def test_a_void_match_that_was_played_is_settled_late_and_counts_once(store: AnyStore) -> None:
    await live(store)
    await obeyed(store, VOID)
    assert await store.standings() == ()
    await obeyed(store, resolve(Outcome.FIRST))
    assert await ratings(store) == [1520, 1480]
    await obeyed(store, VOID)
    assert await store.standings() == ()
    assert {row.games for row in await store.standings(later(0))} <= {0}
    assert await ratings(store) == [1500, 1500]


async def test_the_ledger_is_never_edited_and_every_row_is_compensated_once(
    store: AnyStore, postgres: PostgresStore
) -> None:
    if store is not postgres:
        pytest.skip("the fake keeps no such rows")
    await settled(store)
    for order in (resolve(Outcome.SECOND), VOID, resolve(Outcome.DRAW)):
        await obeyed(store, order)
    rows = await postgres.pool.fetch(
        one_off("SELECT id, change, cause, compensates FROM rating_ledger WHERE player = 11 ORDER BY id")
    )
    assert [row["change"] for row in rows] == [20, -40, 20, 0]
    assert [row["cause"] for row in rows] == ["settlement", *["compensation"] * 3]
    assert [row["compensates"] for row in rows] == [None, *[row["id"] for row in rows[:-1]]]
    assert [broken for broken in await postgres.audit(later(120)) if not broken.ok] == []


async def test_only_staff_order_and_only_who_previewed_confirms(store: AnyStore) -> None:
    await disputed(store)
    assert await refusal(store, VOID, ALICE) is StaffRefusal.NOT_STAFF
    assert await store.history(MatchId(1), ALICE) == NotDone(StaffRefusal.NOT_STAFF)
    shown = await previewed(store, VOID)
    assert await store.carry_out(shown.action.id, ALICE, later(1001)) == NotDone(StaffRefusal.NOT_STAFF)
    await store.ensure_staff([EVE])
    assert await store.carry_out(shown.action.id, EVE, later(1001)) == NotDone(StaffRefusal.NOT_YOURS)
    assert (await store.open_matches())[0].phase is Phase.DISPUTED


async def test_an_order_counts_once_and_not_for_ever(store: AnyStore) -> None:
    await disputed(store)
    shown = (await previewed(store, VOID)).action.id
    assert await store.carry_out(ActionId(99), MOD, later(1000)) == NotDone(StaffRefusal.EXPIRED)
    late = later(1001 + PREVIEW_S)
    assert await store.carry_out(shown, MOD, late) == NotDone(StaffRefusal.EXPIRED)
    answers = await at_once(*[lambda: store.carry_out(shown, MOD, later(1001)) for _ in range(4)])
    assert sum(isinstance(answer, CarriedOut) for answer in answers) == 1
    assert answers.count(NotDone(StaffRefusal.ALREADY_DONE)) == 3


async def test_what_changed_since_the_preview_is_previewed_again_and_not_done(store: AnyStore) -> None:
    match = await live(store)
    shown = await previewed(store, VOID)
    await obeyed(store, resolve(Outcome.FIRST, match.id))
    answer = await store.carry_out(shown.action.id, MOD, later(1002))
    assert isinstance(answer, Previewed)
    assert answer.again
    assert (What.RATING, ALICE, 1520, 1500) in lines(answer)
    assert await ratings(store) == [1520, 1480]
    assert isinstance(await store.carry_out(answer.action.id, MOD, later(1003)), CarriedOut)
    assert await ratings(store) == [1500, 1500]


async def test_an_order_that_changes_nothing_or_concerns_nobody_is_refused(store: AnyStore) -> None:
    await settled(store)
    await settle_in(store, EVE, bw=BW)
    assert await refusal(store, resolve(Outcome.FIRST)) is StaffRefusal.NOTHING_TO_DO
    assert await refusal(store, resolve(Outcome.FIRST, 7)) is StaffRefusal.NO_SUCH_MATCH
    for deed in (Deed.RELEASE, Deed.UNBAN):
        assert await refusal(store, about(EVE, deed)) is StaffRefusal.NOTHING_TO_DO
    assert await refusal(store, about(EVE, Deed.PENALTY, minutes=0)) is StaffRefusal.NOTHING_TO_DO
    assert await refusal(store, about(PlayerId(99), Deed.BAN)) is StaffRefusal.NO_SUCH_PLAYER


async def test_what_was_never_played_cannot_be_won(store: AnyStore) -> None:
    await paired(store)
    assert await refusal(store, resolve(Outcome.FIRST)) is StaffRefusal.NEVER_PLAYED
    done = await obeyed(store, VOID)
    assert [member.player for member in done.back] == [ALICE, BOB]
    assert await refusal(store, VOID) is StaffRefusal.NOTHING_TO_DO


async def situation(store: Store, player: PlayerId) -> object:
    return (await store.player(player, "x", later(1001))).situation


async def test_whoever_is_released_is_free_wherever_he_was(store: AnyStore) -> None:
    await both_wait(store)
    waiting = await obeyed(store, about(ALICE, Deed.RELEASE))
    assert (waiting.left, waiting.match) == ((ALICE,), None)
    assert await situation(store, ALICE) == Idle()
    assert isinstance(await situation(store, BOB), Queued)


async def matched(store: Store) -> Match:
    return (await paired(store)).match


async def quarrelling(store: Store) -> Match:
    return (await disputed(store)).match


@pytest.mark.parametrize("begin", [matched, live, quarrelling], ids=["paired", "live", "disputed"])
async def test_a_player_is_released_from_a_match_in_any_phase(store: AnyStore, begin: object) -> None:
    match = await begin(store)  # type: ignore[operator]  # one of three coroutine functions
    done = await obeyed(store, about(ALICE, Deed.RELEASE))
    assert done.match is not None
    assert (done.match.phase, done.match.blamed, done.match.timeouts) == (Phase.VOID, (ALICE,), ())
    assert await situation(store, ALICE) == Idle()
    if match.phase is Phase.PAIRED:
        assert done.back == (match.sides[1].member,)
        assert await situation(store, BOB) == Queued(match.sides[1].member.joined_at)
    else:
        assert await situation(store, BOB) == Idle()
    assert done.cards[-1].reader == Reader(player=ALICE)
    assert done.cards[-1].subject == Subject("staff", int(done.action.id))


async def test_a_release_and_a_pardon_end_a_time_out_and_forgive_the_offence(store: AnyStore) -> None:
    for number, order in enumerate((about(ALICE, Deed.RELEASE), about(ALICE, Deed.PENALTY, minutes=0))):
        match = await again(store, later(299)) if number else (await paired(store)).match
        for player in match.players:
            match = (await step(store, match, Delivered(player), later(300))).match
        match = (await step(store, match, Confirm(BOB), later(301))).match
        await step(store, match, Abort(ALICE, sure=True), later(302))
        await obeyed(store, about(ALICE, Deed.PENALTY, minutes=30), later(303))
        assert isinstance(await situation(store, ALICE), TimedOut)
        await obeyed(store, order)
        assert await situation(store, ALICE) == Idle()


async def test_what_is_forgiven_is_not_counted_when_the_next_time_out_is_graded(store: AnyStore) -> None:
    await paired(store)
    ends = []
    for number in range(4):
        moment = later(10_000 * (number + 1))
        match = (await store.open_matches() or (await again(store, moment - timedelta(seconds=9)),))[0]
        saved = await step(store, match, Abort(ALICE, sure=True), moment)
        ends.append([until - moment for _, until in saved.match.timeouts])
        if number == 1:
            await obeyed(store, about(ALICE, Deed.PENALTY, minutes=0), moment)
    assert ends == [[], [timedelta(minutes=5)], [timedelta(minutes=5)], [timedelta(minutes=15)]]


async def again(store: Store, moment: datetime) -> Match:
    await queue(store, ALICE, moment)
    bw, sc2 = sorted(await store.waiting(), key=lambda member: member.player)
    saved = await store.pair(proposal(bw, sc2), moment)
    assert saved is not None
    return saved.match


async def test_a_time_out_by_staff_keeps_out_and_takes_out_of_the_queue(store: AnyStore) -> None:
    await both_wait(store)
    done = await obeyed(store, about(ALICE, Deed.PENALTY, minutes=30))
    assert done.left == (ALICE,)
    assert await situation(store, ALICE) == TimedOut(later(1000 + 30 * 60))
    assert isinstance(await store.join(ALICE, HERE, later(1002)), Refused)
    assert (await store.record(ALICE, later(1002))).timed_out_until == later(2800)


@pytest.mark.parametrize("begin", [both_wait, matched, live], ids=["queued", "paired", "live"])
async def test_who_is_banned_leaves_the_queue_and_the_unconfirmed_match_but_not_a_live_one(
    store: AnyStore, begin: object
) -> None:
    await begin(store)  # type: ignore[operator]  # one of three coroutine functions
    await obeyed(store, about(ALICE, Deed.BAN))
    playing = begin is live
    assert await situation(store, ALICE) == (InMatch(MatchId(1)) if playing else Idle())
    assert isinstance(await situation(store, BOB), InMatch if playing else Queued)
    assert (await store.player(ALICE, "x", later(1001))).banned
    assert ALICE not in [member.player for member in await store.waiting()]
    await obeyed(store, about(ALICE, Deed.UNBAN))
    assert not (await store.player(ALICE, "x", later(1001))).banned


async def test_a_rating_is_set_by_a_row_of_the_ledger_also_of_who_waits(store: AnyStore) -> None:
    await both_wait(store)
    order = about(ALICE, Deed.RATING, race=BW, rating=1777)
    assert lines(await previewed(store, order)) == {(What.RATING, ALICE, None, 1777)}
    await obeyed(store, order)
    assert await ratings(store) == [1777, None]
    assert {member.player: member.bw_rating for member in await store.waiting()}[ALICE] == 1777
    assert await store.standings() == ()
    assert await refusal(store, order) is StaffRefusal.NOTHING_TO_DO


async def test_staff_read_the_whole_history_of_a_match(store: AnyStore) -> None:
    await disputed(store)
    done = await obeyed(store, resolve(Outcome.FIRST))
    await previewed(store, VOID)
    found = await store.history(MatchId(1), MOD)
    assert isinstance(found, History)
    assert [event.name for event in found.events][-2:] == ["disputed", "settled"]
    assert found.actions == (done.action,)
    assert await store.history(MatchId(9), MOD) == NotDone(StaffRefusal.NO_SUCH_MATCH)


async def test_a_match_that_is_over_but_holds_a_player_lets_go(postgres: PostgresStore) -> None:
    await postgres.ensure_staff([MOD])
    await settled(postgres)

    async def hold(connection: Connection) -> None:
        await connection.script("UPDATE match_player SET open = true WHERE player = 11")

    await postgres.pool.run(hold)
    assert await situation(postgres, ALICE) == InMatch(MatchId(1))
    await obeyed(postgres, about(ALICE, Deed.RELEASE))
    assert await situation(postgres, ALICE) == Idle()


async def test_a_lost_answer_to_an_order_is_found_out_and_nothing_is_done_twice(store: AnyStore) -> None:
    await settled(store)
    shown = await previewed(store, resolve(Outcome.SECOND))
    await store.carry_out(shown.action.id, MOD, later(1001))
    assert await store.carry_out(shown.action.id, MOD, later(1002)) == NotDone(StaffRefusal.ALREADY_DONE)
    assert await ratings(store) == [1480, 1520]
    assert replace(shown.action, done_at=later(1001)) == await store.action(shown.action.id)
