"""The laws of the store, for PostgreSQL and for the fake alike: what the actors may rely on."""

from dataclasses import replace
from datetime import timedelta

import pytest

from actors.ports import (
    DuplicateReplay,
    JoinRefusal,
    Reader,
    Record,
    Refused,
    ReplayRow,
    Stale,
    Store,
    Subject,
    Tally,
)
from actors.rules.allowed import AllowList, Version, VersionId
from actors.rules.ids import Gateway, MapKey, MatchId, PlayerId, Race, ReplayId
from actors.rules.match import (
    Abort,
    Cause,
    Confirm,
    Deadline,
    Delivered,
    Due,
    Match,
    Phase,
    RatingChange,
    ReplayVerified,
    Report,
    Rule,
    Save,
    Unreachable,
)
from actors.rules.player import Draft, Idle, InMatch, Player, Preferences, Queued, TimedOut
from actors.rules.queue import Crowd
from actors.rules.replay import Verdict
from actors.rules.report import Claim, Outcome
from storage.store import PostgresStore
from tests.fakes.store import FakeStore
from tests.storage.cast import (
    ACCEPTED,
    ALICE,
    BOB,
    BW,
    EVE,
    FINDINGS,
    HERE,
    JUDGED,
    MOD,
    NOON,
    SC2,
    SETTINGS,
    STAFF,
    THERE,
    aborted,
    both_wait,
    disputed,
    facts,
    later,
    live,
    paired,
    profile,
    proposal,
    queue,
    settle_in,
    settled,
    step,
)
from tests.storage.conftest import one_off

QUEUE = Subject("queue")


async def ban(store: Store, player: PlayerId) -> None:
    """What a moderator does."""
    if isinstance(store, FakeStore):
        store.ban(player)
    else:
        assert isinstance(store, PostgresStore)
        await store.pool.execute(one_off(f"UPDATE player SET banned = true WHERE id = {player}"))


# players


async def test_the_first_contact_makes_a_player(store: Store) -> None:
    assert await store.player(ALICE, "alice", NOON) == Player(id=ALICE, discord_name="alice")


async def test_a_new_discord_name_is_noted_and_nothing_else_is_lost(store: Store) -> None:
    await settle_in(store, ALICE, bw=BW)
    before = await store.player(ALICE, "alice", NOON)
    assert await store.player(ALICE, "alicia", NOON) == replace(before, discord_name="alicia")


async def test_what_a_player_set_up_comes_back(store: Store) -> None:
    await settle_in(store, ALICE, bw=BW, sc2=SC2)
    seen = await store.player(ALICE, "alice", NOON)
    assert seen.profile == profile(ALICE)
    assert seen.accepted_terms
    assert (seen.preferences.bw, seen.preferences.sc2, len(seen.preferences.vetoes)) == (BW, SC2, 2)


async def test_declined_terms_are_declined(store: Store) -> None:
    await settle_in(store, ALICE, bw=BW)
    await store.accept_terms(ALICE, False, later(1))
    assert not (await store.player(ALICE, "alice", NOON)).accepted_terms


async def test_a_draft_is_kept_as_typed_until_the_profile_is_confirmed(store: Store) -> None:
    await store.player(ALICE, "alice", NOON)
    draft = Draft(name="x!", battletag="none", alt_names="one, two", country="Nowhere")
    await store.save_draft(ALICE, draft)
    assert (await store.player(ALICE, "alice", NOON)).draft == draft
    assert await store.save_profile(ALICE, profile(ALICE), NOON)
    assert (await store.player(ALICE, "alice", NOON)).draft is None


async def test_a_draft_can_be_thrown_away(store: Store) -> None:
    await store.player(ALICE, "alice", NOON)
    await store.save_draft(ALICE, Draft(name="x"))
    await store.save_draft(ALICE, None)
    assert (await store.player(ALICE, "alice", NOON)).draft is None


async def test_a_name_is_taken_whatever_its_case(store: Store) -> None:
    await settle_in(store, ALICE)
    await store.player(BOB, "bob", NOON)
    assert not await store.save_profile(BOB, replace(profile(BOB), name="ALICE"), NOON)
    assert (await store.player(BOB, "bob", NOON)).profile is None


async def test_a_player_may_keep_the_own_name(store: Store) -> None:
    await settle_in(store, ALICE)
    changed = replace(profile(ALICE), name="ALICE", country="DE")
    assert await store.save_profile(ALICE, changed, later(1))
    assert (await store.player(ALICE, "alice", NOON)).profile == changed


async def test_staff_is_who_was_named(store: FakeStore | PostgresStore) -> None:
    await store.ensure_staff([MOD])
    await store.ensure_staff([MOD, EVE])
    assert await store.is_staff(MOD)
    assert not await store.is_staff(ALICE)


# queue


async def test_who_joins_waits_with_the_stored_choice_and_the_servers_rating(store: Store) -> None:
    await settle_in(store, ALICE, bw=BW, sc2=SC2)
    member = await queue(store, ALICE)
    assert (member.bw, member.sc2, member.bw_rating, member.sc2_rating) == (BW, SC2, 1500, 1500)
    assert (member.region, member.joined_at) == (profile(ALICE).region, NOON)
    assert await store.waiting() == (member,)
    assert (await store.player(ALICE, "alice", NOON)).situation == Queued(NOON)


async def test_the_clicked_card_is_the_searching_card(store: Store) -> None:
    await settle_in(store, ALICE, bw=BW)
    await queue(store, ALICE)
    card = await store.card(Reader(player=ALICE), QUEUE)
    assert card is not None
    assert (card.channel, card.message) == (HERE.channel, HERE.message)
    assert card.generation > card.shown


async def test_a_new_card_replaces_the_old_and_late_news_of_the_old_is_not_heard(store: Store) -> None:
    await settle_in(store, ALICE, bw=BW)
    await queue(store, ALICE)
    left = await store.leave(ALICE, later(1))
    assert left is not None
    await queue(store, ALICE, later(2), THERE)
    await store.card_shown(left.id, HERE, left.generation)
    card = await store.card(Reader(player=ALICE), QUEUE)
    assert card is not None
    assert card.id == left.id
    assert card.message == THERE.message
    assert card.generation > card.shown


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        ("terms", JoinRefusal.NO_TERMS),
        ("profile", JoinRefusal.NO_PROFILE),
        ("race", JoinRefusal.NO_RACE),
        ("everything", JoinRefusal.NO_TERMS),
    ],
)
async def test_who_lacks_something_does_not_enter(store: Store, missing: str, reason: JoinRefusal) -> None:
    if missing != "everything":
        await store.player(ALICE, "alice", NOON)
        await store.accept_terms(ALICE, missing != "terms", NOON)
        if missing != "profile":
            await store.save_profile(ALICE, profile(ALICE), NOON)
        if missing != "race":
            await store.save_preferences(ALICE, Preferences(bw=BW))
    assert await store.join(ALICE, HERE, NOON) == Refused(reason)
    assert await store.waiting() == ()
    assert await store.pending_cards() == ()


async def test_the_banned_do_not_enter(store: Store) -> None:
    await settle_in(store, ALICE, bw=BW)
    await ban(store, ALICE)
    assert (await store.player(ALICE, "alice", NOON)).banned
    assert await store.join(ALICE, HERE, NOON) == Refused(JoinRefusal.BANNED)


async def test_nobody_joins_twice(store: Store) -> None:
    await settle_in(store, ALICE, bw=BW)
    member = await queue(store, ALICE)
    assert await store.join(ALICE, THERE, later(1)) == Refused(JoinRefusal.ALREADY_QUEUED)
    assert await store.waiting() == (member,)


async def test_who_plays_does_not_queue(store: Store) -> None:
    match = (await paired(store)).match
    assert await store.join(ALICE, HERE, later(20)) == Refused(JoinRefusal.IN_MATCH, match=match.id)


async def test_the_queue_is_in_joining_order(store: Store) -> None:
    for seconds, player in ((30, ALICE), (10, BOB), (20, EVE)):
        await settle_in(store, player, bw=BW)
        await queue(store, player, later(seconds))
    assert [member.player for member in await store.waiting()] == [BOB, EVE, ALICE]


async def test_who_leaves_is_free_and_the_card_is_redrawn(store: Store) -> None:
    await settle_in(store, ALICE, bw=BW)
    await queue(store, ALICE)
    before = await store.card(Reader(player=ALICE), QUEUE)
    card = await store.leave(ALICE, later(1))
    assert card is not None
    assert before is not None
    assert (card.id, card.generation) == (before.id, before.generation + 1)
    assert await store.waiting() == ()
    assert (await store.player(ALICE, "alice", NOON)).situation == Idle()


async def test_who_is_not_there_cannot_leave(store: Store) -> None:
    await settle_in(store, ALICE, bw=BW)
    assert await store.leave(ALICE, NOON) is None


async def test_the_crowd_counts_each_once(store: Store) -> None:
    await both_wait(store)
    await settle_in(store, EVE, bw=BW, sc2=SC2)
    await queue(store, EVE)
    assert await store.crowd() == Crowd(bw_only=1, sc2_only=1, both=1, open_matches=0)


# pairing


async def test_a_pairing_moves_both_from_the_queue_into_the_match(store: Store) -> None:
    drawn = await both_wait(store)
    saved = await store.pair(drawn, later(10))
    assert saved is not None
    match = saved.match
    assert match.players == (ALICE, BOB)
    assert [side.member for side in match.sides] == [drawn.bw, drawn.sc2]
    assert [side.race for side in match.sides] == [BW, SC2]
    assert [side.rank for side in match.sides] == list(drawn.ranks)
    assert [side.profile for side in match.sides] == [profile(ALICE), profile(BOB)]
    assert [side.discord_name for side in match.sides] == ["Alice of Discord", "Bobby of Discord"]
    assert (match.map, match.server, match.paired_at) == (drawn.map, drawn.server, later(10))
    assert match.deadlines == ((Deadline.DELIVERY, later(10 + SETTINGS.delivery_s)),)
    assert await store.waiting() == ()
    assert (await store.player(BOB, "bob", NOON)).situation == InMatch(match.id)
    assert await store.match(match.id) == match
    assert await store.open_matches() == (match,)
    assert (await store.crowd()).open_matches == 1


async def test_a_pairing_closes_both_queue_cards_and_opens_both_found_cards(store: Store) -> None:
    saved = await paired(store)
    found = Subject("found", saved.match.id)
    assert [(card.reader.player, card.subject) for card in saved.cards] == [
        (ALICE, QUEUE),
        (BOB, QUEUE),
        (ALICE, found),
        (BOB, found),
    ]
    assert [card.message for card in saved.cards[2:]] == [None, None]
    assert set(await store.pending_cards()) == set(saved.cards)


async def test_who_left_meanwhile_is_not_matched_and_the_other_still_waits(store: Store) -> None:
    drawn = await both_wait(store)
    await store.leave(BOB, later(6))
    assert await store.pair(drawn, later(10)) is None
    assert await store.waiting() == (drawn.bw,)
    assert await store.open_matches() == ()


async def test_who_left_and_came_back_is_not_matched_on_the_old_entry(store: Store) -> None:
    drawn = await both_wait(store)
    await store.leave(BOB, later(6))
    again = await queue(store, BOB, later(7))
    assert await store.pair(drawn, later(10)) is None
    assert await store.waiting() == (drawn.bw, again)


async def test_a_pair_is_made_once(store: Store) -> None:
    drawn = await both_wait(store)
    assert await store.pair(drawn, later(10)) is not None
    assert await store.pair(drawn, later(11)) is None
    assert len(await store.open_matches()) == 1


async def test_an_unknown_match_is_none(store: Store) -> None:
    assert await store.match(MatchId(77)) is None


# transitions


async def test_a_save_raises_the_version_and_keeps_what_was_decided(store: Store) -> None:
    match = (await paired(store)).match
    saved = await step(store, match, Delivered(ALICE), later(11))
    assert saved.match.version == match.version + 1
    assert saved.match.sides[0].delivered
    assert not saved.match.sides[1].delivered
    assert await store.match(match.id) == saved.match


async def test_a_save_over_another_version_is_stale_and_changes_nothing(store: Store) -> None:
    match = (await paired(store)).match
    first = await step(store, match, Delivered(ALICE), later(11))
    with pytest.raises(Stale):
        await step(store, match, Abort(BOB, sure=True), later(12))
    assert await store.match(match.id) == first.match


async def test_the_deadlines_are_those_of_the_last_save(store: Store) -> None:
    match = await live(store)
    assert match.deadlines == ((Deadline.LIVE, later(12 + SETTINGS.live_s)),)
    saved = await step(store, match, Report(ALICE, Claim.WON), later(100))
    assert dict(saved.match.deadlines) == {
        Deadline.LIVE: later(12 + SETTINGS.live_s),
        Deadline.SILENCE: later(100 + SETTINGS.silence_s),
    }
    assert (await store.open_matches())[0].deadlines == saved.match.deadlines


async def test_a_live_match_redraws_the_cards_of_both_in_order(store: Store) -> None:
    match = (await paired(store)).match
    for player in match.players:
        match = (await step(store, match, Delivered(player), later(11))).match
    match = (await step(store, match, Confirm(ALICE), later(12))).match
    saved = await step(store, match, Confirm(BOB), later(13))
    assert [(card.reader.player, card.subject.kind) for card in saved.cards] == [
        (ALICE, "found"),
        (BOB, "found"),
        (ALICE, "match"),
        (BOB, "match"),
    ]
    assert (saved.match.phase, saved.match.live_at) == (Phase.LIVE, later(13))


async def test_a_settled_match_moves_both_ratings_and_releases_both(store: Store) -> None:
    saved = await settled(store)
    match = saved.match
    assert (match.phase, match.cause, match.outcome) == (Phase.SETTLED, Cause.REPORTS, Outcome.FIRST)
    assert match.deadlines == ()
    assert match.changes == (
        RatingChange(player=ALICE, race=BW, before=1500, change=20),
        RatingChange(player=BOB, race=SC2, before=1500, change=-20),
    )
    alice, bob = [await store.player(player, "x", later(200)) for player in (ALICE, BOB)]
    assert (alice.ratings, bob.ratings) == ({BW: 1520}, {SC2: 1480})
    assert (alice.situation, bob.situation) == (Idle(), Idle())
    assert await store.open_matches() == ()
    assert await store.match(match.id) == match
    assert [card.subject.kind for card in saved.cards] == ["match", "match", "result", "result"]


async def test_the_next_match_starts_from_the_committed_ratings(store: Store) -> None:
    await settled(store)
    drawn = proposal(await queue(store, ALICE, later(200)), await queue(store, BOB, later(200)))
    assert (drawn.bw.bw_rating, drawn.sc2.sc2_rating) == (1520, 1480)
    second = await store.pair(drawn, later(210))
    assert second is not None
    again = await settled(store, await live(store, second.match))
    assert [change.before for change in again.match.changes] == [1520, 1480]
    assert sum(change.change for change in again.match.changes) == 0


async def test_an_over_match_cannot_be_settled_again(store: Store) -> None:
    match = await live(store)
    match = (await step(store, match, Report(ALICE, Claim.WON), later(100))).match
    await step(store, match, Report(BOB, Claim.LOST), later(110))
    with pytest.raises(Stale):
        await step(store, match, Report(BOB, Claim.DRAW), later(111))
    assert (await store.player(ALICE, "x", NOON)).ratings == {BW: 1520}


async def test_a_dispute_goes_to_the_staff_and_a_ruling_settles_it(store: Store) -> None:
    saved = await disputed(store)
    assert saved.match.phase is Phase.DISPUTED
    assert [(card.reader, card.subject.kind) for card in saved.cards][-1] == (
        Reader(channel=STAFF),
        "dispute",
    )
    ruled = await step(store, saved.match, Rule(MOD, Outcome.SECOND), later(500))
    assert (ruled.match.cause, ruled.match.ruled_by) == (Cause.RULING, MOD)
    assert [change.change for change in ruled.match.changes] == [-20, 20]
    assert ruled.cards[-1].reader == Reader(channel=STAFF)
    assert ruled.cards[-1].generation == 2


async def test_a_dispute_may_be_ruled_void(store: Store) -> None:
    saved = await disputed(store)
    ruled = await step(store, saved.match, Rule(MOD, None), later(500))
    assert (ruled.match.phase, ruled.match.outcome, ruled.match.changes) == (Phase.VOID, None, ())
    assert (await store.player(ALICE, "x", later(501))).situation == Idle()


async def test_without_a_staff_channel_a_dispute_has_no_post(store: FakeStore | PostgresStore) -> None:
    store.staff_channel = None
    saved = await disputed(store)
    assert {card.subject.kind for card in saved.cards} == {"match"}


# void matches


async def test_the_innocent_returns_with_the_old_joining_time_and_the_aborter_does_not(store: Store) -> None:
    match = (await paired(store)).match
    saved = await step(store, match, Abort(ALICE, sure=True), later(20))
    assert (saved.match.phase, saved.match.blamed) == (Phase.VOID, (ALICE,))
    assert saved.back == (match.sides[1].member,)
    assert await store.waiting() == saved.back
    assert (await store.player(ALICE, "x", later(21))).situation == Idle()
    assert (await store.player(BOB, "x", later(21))).situation == Queued(later(5))
    assert [(card.reader.player, card.subject.kind) for card in saved.cards] == [
        (ALICE, "found"),
        (BOB, "found"),
        (BOB, "queue"),
    ]


async def test_the_first_abort_is_a_warning_and_the_next_one_a_timeout(store: Store) -> None:
    await settle_in(store, ALICE, bw=BW)
    await settle_in(store, BOB, sc2=SC2)
    first = await aborted(store, ALICE, later(0))
    assert first.match.timeouts == ()
    second = await aborted(store, ALICE, later(10))
    until = later(10 + SETTINGS.abort_timeouts_s[1])
    assert second.match.timeouts == ((ALICE, until),)
    assert (await store.player(ALICE, "x", later(11))).situation == TimedOut(until)
    assert await store.join(ALICE, HERE, later(11)) == Refused(JoinRefusal.TIMED_OUT, until=until)
    assert await store.record(ALICE, later(11)) == Record(aborts=2, no_shows=0, timed_out_until=until)
    assert await store.match(second.match.id) == second.match


async def test_a_timeout_ends_and_the_window_forgets(store: Store) -> None:
    await settle_in(store, ALICE, bw=BW)
    await settle_in(store, BOB, sc2=SC2)
    await aborted(store, ALICE, later(0))
    second = await aborted(store, ALICE, later(10))
    after = second.match.timeouts[0][1]
    assert (await store.player(ALICE, "x", after)).situation == Idle()
    long_after = later(20 + SETTINGS.penalty_window_s)
    assert await store.record(ALICE, long_after) == Record(aborts=0, no_shows=0, timed_out_until=None)
    third = await aborted(store, ALICE, long_after)
    assert third.match.timeouts == ()


async def test_both_absent_are_both_blamed_and_nobody_returns(store: Store) -> None:
    match = (await paired(store)).match
    for player in match.players:
        match = (await step(store, match, Delivered(player), later(11))).match
    end = later(11 + SETTINGS.confirmation_s)
    saved = await step(store, match, Due(Deadline.CONFIRMATION), end)
    until = end + timedelta(seconds=SETTINGS.no_show_timeouts_s[0])
    assert saved.match.timeouts == ((ALICE, until), (BOB, until))
    assert saved.back == ()
    assert (await store.record(BOB, end)).no_shows == 1


async def test_an_undelivered_card_costs_nobody_anything(store: Store) -> None:
    match = (await paired(store)).match
    saved = await step(store, match, Unreachable(BOB), later(20))
    assert (saved.match.cause, saved.match.timeouts) == (Cause.UNREACHABLE, ())
    assert [member.player for member in saved.back] == [ALICE]
    assert await store.record(BOB, later(21)) == Record(aborts=0, no_shows=0, timed_out_until=None)


async def test_the_banned_do_not_return_to_the_queue(store: Store) -> None:
    match = (await paired(store)).match
    await ban(store, BOB)
    saved = await step(store, match, Abort(ALICE, sure=True), later(20))
    assert saved.back == ()
    assert await store.waiting() == ()
    assert {card.subject.kind for card in saved.cards} == {"found"}


async def test_a_void_match_touches_no_rating(store: Store) -> None:
    match = (await paired(store)).match
    await step(store, match, Abort(ALICE, sure=True), later(20))
    assert (await store.player(ALICE, "x", NOON)).ratings == {}
    assert await store.standings() == ()


# the past


async def test_pairs_that_met_are_remembered_void_matches_aside(store: Store) -> None:
    match = (await paired(store)).match
    both = frozenset({ALICE, BOB})
    assert await store.met([ALICE, BOB, EVE], NOON) == {both: later(10)}
    assert await store.met([ALICE, EVE], NOON) == {}
    assert await store.met([ALICE, BOB], later(11)) == {}
    await step(store, match, Abort(ALICE, sure=True), later(20))
    assert await store.met([ALICE, BOB], NOON) == {}


async def test_recent_maps_are_the_newest_first_and_a_common_match_counts_once(store: Store) -> None:
    await settle_in(store, ALICE, bw=BW)
    await settle_in(store, BOB, sc2=SC2)
    await settle_in(store, EVE, sc2=SC2)
    for hour, (opponent, chosen) in enumerate([(BOB, "one"), (EVE, "two"), (BOB, "three")]):
        now = later(hour * 3600)
        drawn = proposal(await queue(store, ALICE, now), await queue(store, opponent, now), chosen)
        saved = await store.pair(drawn, now)
        assert saved is not None
        await settled(store, await live(store, saved.match))
    assert await store.recent_maps([ALICE, BOB], 2) == ("three", "two", "one")
    assert await store.recent_maps([EVE], 5) == ("two",)
    assert await store.recent_maps([], 5) == ()


async def test_a_wave_is_kept(store: Store) -> None:
    drawn = await both_wait(store)
    await store.save_wave([drawn.bw, drawn.sc2], [], later(9))
    if isinstance(store, FakeStore):
        assert store.waves == [((drawn.bw, drawn.sc2), (), later(9))]
    else:
        assert isinstance(store, PostgresStore)
        members = await store.pool.fetchval(one_off("SELECT members FROM wave"))
        assert [member["player"] for member in members] == [ALICE, BOB]


# replays


async def test_a_replay_comes_back_as_it_was_read(store: Store) -> None:
    match = await live(store)
    row = await store.save_replay(match.id, ALICE, facts(), JUDGED, later(95))
    assert isinstance(row, ReplayRow)
    assert row == ReplayRow(row.id, match.id, ALICE, facts(), FINDINGS)
    assert await store.replay(row.id) == row
    assert await store.replays_of(match.id) == (row,)
    assert await store.replay(ReplayId(99)) is None


async def test_the_same_file_in_the_same_match_is_the_same_upload_judged_anew(store: Store) -> None:
    match = await live(store)
    first = await store.save_replay(match.id, ALICE, facts(), JUDGED, later(95))
    again = await store.save_replay(match.id, BOB, facts(), ACCEPTED, later(96))
    assert isinstance(first, ReplayRow)
    assert again == replace(first, accepted=True)
    vouched = await store.save_replay(match.id, ALICE, facts(), JUDGED, later(97), word=True)
    assert vouched == replace(again, word=True)
    assert await store.save_replay(match.id, ALICE, facts(), JUDGED, later(98)) == vouched
    other = await store.save_replay(match.id, BOB, facts("d2"), JUDGED, later(97))
    assert isinstance(other, ReplayRow)
    assert await store.replays_of(match.id) == (vouched, other)


async def test_only_an_accepted_upload_reserves_its_file(store: Store) -> None:
    first = await live(store)
    failed = await store.save_replay(first.id, ALICE, facts("failed"), JUDGED, later(95))
    assert isinstance(failed, ReplayRow)
    await store.save_replay(first.id, ALICE, facts("proof"), ACCEPTED, later(95))
    await settled(store, first)
    for player, place in ((ALICE, HERE), (BOB, THERE)):
        await queue(store, player, later(120), place)
    bw, sc2 = sorted(await store.waiting(), key=lambda member: member.player)
    saved = await store.pair(proposal(bw, sc2), later(130))
    assert saved is not None
    second = await live(store, saved.match)
    rightful = await store.save_replay(second.id, BOB, facts("failed"), ACCEPTED, later(140))
    assert isinstance(rightful, ReplayRow)
    for verdict in (ACCEPTED, JUDGED):
        again = await store.save_replay(second.id, BOB, facts("proof"), verdict, later(141))
        assert again == DuplicateReplay(first.id)
    assert await store.judge_replay(failed.id, ACCEPTED) == DuplicateReplay(second.id)


async def test_a_word_is_kept_and_a_new_verdict_replaces_the_old(store: Store) -> None:
    match = await live(store)
    row = await store.save_replay(match.id, ALICE, facts(), JUDGED, later(95))
    assert isinstance(row, ReplayRow)
    said = await store.judge_replay(row.id, Verdict(()), word=False)
    assert said == replace(row, findings=(), word=False)
    assert await store.judge_replay(row.id, ACCEPTED) == replace(row, word=False, accepted=True)
    kept = await store.judge_replay(row.id, JUDGED)
    assert isinstance(kept, ReplayRow)
    assert kept.accepted


async def test_a_verified_replay_settles_its_match(store: Store) -> None:
    match = await live(store)
    row = await store.save_replay(match.id, ALICE, facts(), JUDGED, later(95))
    assert isinstance(row, ReplayRow)
    saved = await step(store, match, ReplayVerified(row.id, Outcome.DRAW), later(96))
    assert (saved.match.cause, saved.match.replay, saved.match.outcome) == (
        Cause.REPLAY,
        row.id,
        Outcome.DRAW,
    )
    assert [change.change for change in saved.match.changes] == [0, 0]


async def _by_replay(store: Store, match: Match | None = None) -> Match:
    """Alice beat Bob, by replay "one"."""
    match = match or await live(store)
    row = await store.save_replay(match.id, ALICE, facts("one"), ACCEPTED, later(95))
    assert isinstance(row, ReplayRow)
    return (await step(store, match, ReplayVerified(row.id, Outcome.FIRST), later(96))).match


async def _contested(store: Store) -> Match:
    """Bob's replay "two" shows something else."""
    match = await _by_replay(store)
    row = await store.save_replay(match.id, BOB, facts("two"), ACCEPTED, later(97))
    assert isinstance(row, ReplayRow)
    return (await step(store, match, ReplayVerified(row.id, Outcome.SECOND), later(98))).match


async def test_a_match_settled_by_replay_can_be_contested_until_another_replay_spoke(store: Store) -> None:
    match = await _by_replay(store)
    for player in (ALICE, BOB):
        assert await store.contestable(player, later(0)) == match.id
        assert await store.contestable(player, later(96)) is None
    row = await store.save_replay(match.id, BOB, facts("two"), ACCEPTED, later(97))
    assert isinstance(row, ReplayRow)
    saved = await step(store, match, ReplayVerified(row.id, Outcome.FIRST), later(98))
    assert (saved.match.confirmation, saved.match.objection) == (row.id, None)
    assert await store.contestable(BOB, later(0)) is None
    assert await store.contestable(EVE, later(0)) is None


@pytest.mark.parametrize("outcome", [Outcome.SECOND, Outcome.DRAW, None])
async def test_an_overruled_match_moves_the_ratings_to_where_the_ruling_would_have(
    store: Store, outcome: Outcome | None
) -> None:
    match = await _contested(store)
    before = {change.player: change.before for change in match.changes}
    saved = await step(store, match, Rule(MOD, outcome), later(200))
    assert (saved.match.outcome, saved.match.cause, saved.match.ruled_by) == (outcome, Cause.RULING, MOD)
    due = {Outcome.SECOND: -20, Outcome.DRAW: 0, None: 0}[outcome]
    assert [change.change for change in saved.match.changes] == [due, -due]
    assert await store.match(match.id) == saved.match
    for index, player in enumerate(match.players):
        rated = (await store.player(player, "x", later(201))).ratings[match.sides[index].race]
        assert rated == before[player] + (due, -due)[index]
    with pytest.raises(Stale):
        await store.save_match(Save(match, "again"), later(202))


async def test_an_upheld_match_moves_nothing(store: Store) -> None:
    match = await _contested(store)
    saved = await step(store, match, Rule(MOD, Outcome.FIRST), later(200))
    assert (saved.match.changes, saved.match.cause) == (match.changes, Cause.REPLAY)


async def test_files_are_stale_when_all_their_matches_ended_long_ago_and_none_is_contested(
    store: Store,
) -> None:
    match = await _by_replay(store)
    digest = facts("one").digest
    assert await store.stale_files(later(96), 10) == ()
    assert await store.stale_files(later(97), 10) == (digest,)
    await store.drop_files([digest], later(97))
    assert await store.stale_files(later(97), 10) == ()
    assert [row.kept for row in await store.replays_of(match.id)] == [False]
    back = await store.save_replay(match.id, BOB, facts("one"), ACCEPTED, later(98))
    assert isinstance(back, ReplayRow)
    assert back.kept
    await _contest(store, match)
    assert await store.stale_files(later(10_000), 10) == ()


async def _contest(store: Store, match: Match) -> None:
    row = await store.save_replay(match.id, BOB, facts("two"), ACCEPTED, later(99))
    assert isinstance(row, ReplayRow)
    await step(store, match, ReplayVerified(row.id, Outcome.SECOND), later(100))


# the allow-list

MOD_VERSION = Version(name="autumn", gateway=Gateway.EUROPE, files=frozenset({"b", "a"}))
MAP_VERSION = Version(
    name="autumn", gateway=Gateway.ASIA, files=frozenset(), map=MapKey("radeon"), map_hash="ff"
)


async def test_versions_come_back_as_they_were_learned(store: Store) -> None:
    assert await store.allowed() == AllowList()
    await store.learn_versions([MOD_VERSION, MAP_VERSION], MOD, NOON)
    known = (await store.allowed()).versions
    assert [replace(each, id=VersionId(0)) for each in known] == [MOD_VERSION, MAP_VERSION]
    await store.learn_versions([replace(MOD_VERSION, name="winter")], MOD, later(1))
    again = (await store.allowed()).versions
    assert [(each.id, each.name) for each in again] == [(known[0].id, "winter"), (known[1].id, "autumn")]


async def test_what_was_retired_stays_so_through_each_start_and_counts_again_when_it_is_learned(
    store: Store,
) -> None:
    await store.ensure_versions([MOD_VERSION, MAP_VERSION], NOON)
    number = (await store.allowed()).versions[0].id
    assert await store.retire_version(number, MOD, later(1))
    assert not await store.retire_version(number, MOD, later(2))
    assert not await store.retire_version(VersionId(999), MOD, later(2))
    await store.ensure_versions([MOD_VERSION, MAP_VERSION], later(3))
    assert [each.retired for each in (await store.allowed()).versions] == [True, False]
    await store.learn_versions([MOD_VERSION], MOD, later(4))
    assert [each.retired for each in (await store.allowed()).versions] == [False, False]


async def test_learned_accounts_are_known_at_the_next_pairing(store: Store) -> None:
    drawn = await both_wait(store)
    await store.learn_toons({ALICE: "3-S2-1-1", BOB: "3-S2-1-2"})
    await store.learn_toons({ALICE: "3-S2-1-9"})
    await store.learn_toons({ALICE: "3-S2-1-1"})
    saved = await store.pair(drawn, later(10))
    assert saved is not None
    assert [side.toons for side in saved.match.sides] == [{"3-S2-1-1", "3-S2-1-9"}, {"3-S2-1-2"}]


# cards


async def test_a_card_is_pending_until_discord_has_its_last_generation(store: Store) -> None:
    reader = Reader(player=ALICE)
    await store.player(ALICE, "alice", NOON)
    first = await store.new_card(reader, Subject("replay", 4), NOON)
    again = await store.new_card(reader, Subject("replay", 4), later(1))
    assert (again.id, first.generation, again.generation, again.shown) == (first.id, 1, 2, 0)
    await store.card_shown(first.id, HERE, 1)
    behind = await store.card(reader, first.subject)
    assert behind is not None
    assert await store.pending_cards() == (behind,)
    assert (behind.shown, behind.message) == (1, HERE.message)
    await store.card_shown(first.id, HERE, 2)
    assert await store.pending_cards() == ()


async def test_what_is_shown_never_goes_back(store: Store) -> None:
    await store.player(ALICE, "alice", NOON)
    card = await store.new_card(Reader(player=ALICE), Subject("replay", 4), NOON)
    await store.new_card(Reader(player=ALICE), Subject("replay", 4), NOON)
    await store.card_shown(card.id, HERE, 2)
    await store.card_shown(card.id, THERE, 1)
    after = await store.card(Reader(player=ALICE), card.subject)
    assert after is not None
    assert (after.shown, after.message) == (2, HERE.message)


async def test_pending_cards_come_oldest_first(store: Store) -> None:
    for player in (ALICE, BOB):
        await store.player(player, "x", NOON)
    first = await store.new_card(Reader(player=ALICE), Subject("replay", 1), later(5))
    second = await store.new_card(Reader(player=BOB), Subject("replay", 1), later(3))
    assert [card.id for card in await store.pending_cards()] == [second.id, first.id]
    await store.new_card(Reader(player=BOB), Subject("replay", 1), later(9))
    assert [card.id for card in await store.pending_cards()] == [second.id, first.id]
    await store.card_shown(second.id, HERE, 2)
    await store.new_card(Reader(player=BOB), Subject("replay", 1), later(9))
    assert [card.id for card in await store.pending_cards()] == [first.id, second.id]


async def test_a_lost_card_counts_as_shown_and_a_lost_player_is_told_at_the_next_click(store: Store) -> None:
    saved = await paired(store)
    lost = saved.cards[3]
    await store.card_lost(lost.id, "dms closed", recipient_lost=True)
    assert lost.id not in [card.id for card in await store.pending_cards()]
    assert (await store.player(BOB, "x", NOON)).unreachable
    assert not (await store.player(ALICE, "x", NOON)).unreachable
    await store.reached(BOB)
    assert not (await store.player(BOB, "x", NOON)).unreachable


async def test_a_lost_message_alone_does_not_make_its_reader_unreachable(store: Store) -> None:
    saved = await paired(store)
    await store.card_lost(saved.cards[2].id, "unknown message", recipient_lost=False)
    assert not (await store.player(ALICE, "x", NOON)).unreachable


async def test_an_unknown_card_is_none(store: Store) -> None:
    assert await store.card(Reader(channel=STAFF), Subject("dispute", 1)) is None


# the ladder


async def test_standings_are_counted_from_settled_matches(store: Store) -> None:
    await settled(store)
    rows = {row.player: row for row in await store.standings()}
    alice, bob = rows[ALICE], rows[BOB]
    assert (alice.race, alice.rating, alice.games, alice.wins, alice.losses, alice.draws) == (
        BW,
        1520,
        1,
        1,
        0,
        0,
    )
    assert (bob.race, bob.rating, bob.games, bob.wins, bob.losses, bob.draws) == (SC2, 1480, 1, 0, 1, 0)
    assert (alice.last_played_at, alice.name, alice.country) == (later(110), "Alice", "KR")


async def test_the_tally_counts_each_match_where_it_stands(store: Store) -> None:
    saved = await disputed(store)
    assert await store.tally() == Tally(settled=0, void=0, disputed=1, open=1, by_cause={})
    await step(store, saved.match, Rule(MOD, Outcome.DRAW), later(500))
    await aborted(store, ALICE, later(600))
    assert await store.tally() == Tally(
        settled=1, void=1, disputed=1, open=0, by_cause={"ruling": 1, "aborted": 1}
    )


async def test_every_state_of_an_evening_is_sound(store: Store) -> None:
    await disputed(store)
    await settle_in(store, EVE, bw=Race.BW_PROTOSS, sc2=SC2)
    await queue(store, EVE, later(111))
    broken = [row for row in await store.audit(later(112)) if not row.ok]
    assert broken == []


async def test_a_card_that_stays_behind_is_noticed(store: Store) -> None:
    await paired(store)
    assert any(not row.ok and "out of date" in row.name for row in await store.audit(later(1000)))
