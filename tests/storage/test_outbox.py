"""What the store keeps of outgoing cards, of settings, and of the last word about a match."""

from dataclasses import replace

import pytest

from actors.ports import Reader, Store, Subject
from actors.rules.ids import MatchId, Region
from actors.rules.match import Card, Cause, Deadline, Due, Match, Phase, Report, Rule
from actors.rules.player import Preferences
from actors.rules.report import Claim, Outcome
from storage.errors import ConstraintBroken
from storage.pool import Pool
from storage.store import PostgresStore
from tests.fakes.store import FakeStore
from tests.storage.cast import (
    ALICE,
    BOB,
    BW,
    HERE,
    JUDGED,
    MOD,
    NOON,
    SETTINGS,
    STAFF,
    THERE,
    disputed,
    facts,
    later,
    live,
    paired,
    profile,
    settle_in,
    since,
    step,
)
from tests.storage.conftest import one_off

SUBJECT = Subject("staff", 1)
READER = Reader(player=ALICE)


async def a_card(store: Store) -> int:
    await settle_in(store, ALICE)
    return (await store.new_card(READER, SUBJECT, NOON)).id


# Cards


async def test_attempts_are_counted_until_the_card_arrives(store: Store) -> None:
    number = await a_card(store)
    for _ in range(3):
        await store.card_tried(number, "503 0")
    (card,) = await store.pending_cards()
    assert (card.attempts, card.behind_since) == (3, NOON)
    await store.card_shown(number, HERE, 1)
    card_after = await store.card(READER, SUBJECT)
    assert card_after is not None
    assert card_after.attempts == 0


async def test_who_tries_a_card_that_arrived_meanwhile_counts_nothing(store: Store) -> None:
    number = await a_card(store)
    await store.card_shown(number, HERE, 1)
    await store.card_tried(number, "late")
    card = await store.card(READER, SUBJECT)
    assert card is not None
    assert card.attempts == 0


async def test_the_last_fault_is_kept_beside_the_attempts(postgres: PostgresStore) -> None:
    number = await a_card(postgres)
    for fault in ("429", "503"):
        await postgres.card_tried(number, fault)
    row = await postgres.pool.fetchrow(one_off("SELECT attempts, fault FROM card"))
    assert row is not None
    assert dict(row) == {"attempts": 2, "fault": "503"}
    await postgres.card_lost(number, "expired", recipient_lost=False)
    row = await postgres.pool.fetchrow(one_off("SELECT attempts, fault, lost_reason FROM card"))
    assert row is not None
    assert dict(row) == {"attempts": 0, "fault": None, "lost_reason": "expired"}


async def test_a_deleted_card_has_no_place_and_another_nonce_and_waits_to_be_sent(store: Store) -> None:
    number = await a_card(store)
    await store.card_shown(number, HERE, 1)
    before = await store.card(READER, SUBJECT)
    assert before is not None
    for _ in range(2):  # told twice, it counts once
        await store.card_deleted(number, later(9))
    (card,) = await store.pending_cards()
    assert (card.channel, card.message, card.shown, card.deleted) == (None, None, 0, 1)
    assert card.behind_since == later(9)
    assert card.nonce != before.nonce
    await store.card_shown(number, THERE, 1)
    assert await store.pending_cards() == ()


# Settings


async def test_each_change_of_a_setting_is_kept_with_what_was_before(postgres: PostgresStore) -> None:
    await settle_in(postgres, ALICE, bw=BW)
    await postgres.save_profile(ALICE, replace(profile(ALICE), region=Region.EUW), later(1))
    await postgres.save_profile(ALICE, replace(profile(ALICE), region=Region.EUW), later(2))
    await postgres.save_preferences(ALICE, Preferences())
    await postgres.accept_terms(ALICE, accepted=False, now=later(3))
    rows = await postgres.pool.fetch(one_off("SELECT field, before, after FROM player_log ORDER BY id"))
    told = [tuple(row.values()) for row in rows]
    assert told[0] == ("accepted_terms", "false", "true")
    assert ("region", None, "KRJ") in told
    assert [row for row in told if row[0] == "region"] == [("region", None, "KRJ"), ("region", "KRJ", "EUW")]
    assert [row for row in told if row[0] == "bw"] == [("bw", None, "bw_zerg"), ("bw", "bw_zerg", None)]
    assert told[-1] == ("accepted_terms", "true", "false")


async def test_a_click_that_changes_no_setting_writes_no_history(postgres: PostgresStore) -> None:
    await settle_in(postgres, ALICE, bw=BW)
    count = one_off("SELECT count(*) FROM player_log")
    before = await postgres.pool.fetchval(count)
    await postgres.player(ALICE, "another name on Discord", later(1))
    await postgres.reached(ALICE)
    await postgres.save_draft(ALICE, None)
    assert await postgres.pool.fetchval(count) == before


# The last word


async def stands(store: Store) -> Match:
    """Alice reported, Bob was silent."""
    match = await live(store)
    match = (await step(store, match, Report(ALICE, Claim.WON), since(match, 90))).match
    due = match.due(Deadline.SILENCE)
    assert due is not None
    return (await step(store, match, Due(Deadline.SILENCE), due)).match


async def test_a_denied_report_is_contested_for_the_staff_and_moves_nothing(
    store: FakeStore | PostgresStore,
) -> None:
    match = await stands(store)
    at = since(match, 4000)
    saved = await step(store, match, Report(BOB, Claim.WON), at)
    assert saved.match.contested
    assert saved.match.changes == match.changes
    assert [card.subject.kind for card in saved.cards] == ["result", "result", "dispute"]
    assert (await store.tally()).disputed == 1
    assert await store.contestable(BOB, NOON) == match.id  # a replay is still wanted
    upheld = await step(store, saved.match, Rule(MOD, Outcome.FIRST), at)
    assert (upheld.match.cause, upheld.match.contested) == (Cause.ONE_REPORT, False)
    assert await store.contestable(BOB, NOON) is None


async def test_a_late_yes_ends_the_matter(store: FakeStore | PostgresStore) -> None:
    match = await stands(store)
    assert await store.contestable(BOB, NOON) == match.id
    saved = await step(store, match, Report(BOB, Claim.LOST), since(match, 4000))
    assert not saved.match.contested
    assert (await store.tally()).disputed == 0
    assert await store.contestable(BOB, NOON) is None


async def test_files_of_a_denied_report_are_kept_until_a_ruling(store: FakeStore | PostgresStore) -> None:
    match = await stands(store)
    denied = (await step(store, match, Report(BOB, Claim.WON), since(match, 4000))).match
    await store.save_replay(match.id, BOB, facts("proof"), JUDGED, since(match, 4010))
    assert await store.stale_files(later(10**8), 10) == ()
    await step(store, denied, Rule(MOD, Outcome.FIRST), since(match, 5000))
    assert await store.stale_files(later(10**8), 10) == (facts("proof").digest,)


async def test_a_dispute_that_nobody_rules_is_void_and_a_late_ruling_settles_it(
    store: FakeStore | PostgresStore,
) -> None:
    match = (await disputed(store)).match
    due = match.due(Deadline.DISPUTE)
    assert due is not None
    void = await step(store, match, Due(Deadline.DISPUTE), due)
    assert (void.match.phase, void.match.cause, void.match.changes) == (Phase.VOID, Cause.UNRULED, ())
    broken = [invariant.name for invariant in await store.audit(due) if not invariant.ok]
    assert [name for name in broken if not name.endswith("long out of date")] == []  # nobody draws here
    ruled = await step(store, void.match, Rule(MOD, Outcome.SECOND), due)
    assert [change.change for change in ruled.match.changes] == [-20, 20]
    assert {card.subject.kind for card in ruled.cards} == {Card.RESULT.value, Card.DISPUTE.value}


async def test_the_database_refuses_a_dispute_without_an_end(pool: Pool) -> None:
    store = PostgresStore(pool, SETTINGS, STAFF)
    match = (await disputed(store)).match
    with pytest.raises(ConstraintBroken, match="open_is_armed_over_is_not"):
        await pool.repeat(
            lambda connection: connection.script(
                f"DELETE FROM deadline WHERE match = {match.id}; UPDATE match SET seed = 0.5"
            )
        )


async def test_the_audit_of_a_pairing_is_sound_while_its_card_is_tried_again(postgres: PostgresStore) -> None:
    saved = await paired(postgres)
    for card in saved.cards:
        await postgres.card_tried(card.id, "503")
    assert saved.match.id == MatchId(1)
    assert [row.name for row in await postgres.audit(later(20)) if not row.ok] == []
