"""Laws of the life of a match."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.rules.ids import PlayerId, Race, ReplayId
from actors.rules.match import (
    Abort,
    AskWhetherSure,
    Card,
    Cause,
    Command,
    Confirm,
    Deadline,
    Delivered,
    Due,
    LetGo,
    Match,
    Phase,
    RatingChange,
    Refusal,
    Refuse,
    Remind,
    ReplayVerified,
    Report,
    Rule,
    Save,
    Unreachable,
    decide,
    may_be_contested,
    offences,
)
from actors.rules.penalty import Offence
from actors.rules.report import Claim, Outcome
from tests.cast import ALICE, BOB, DELIVERED, EVE, LIVE, MOD, NOW, PAIRED, SETTINGS, after, told

DISPUTED = told(LIVE, Report(ALICE, Claim.WON), Report(BOB, Claim.WON))
SETTLED = told(LIVE, Report(ALICE, Claim.WON), Report(BOB, Claim.LOST))
VOID = told(DELIVERED, Abort(ALICE, sure=True))


def refusal(match: Match, order: Command) -> Refusal | None:
    step = decide(match, order, NOW, SETTINGS)
    assert step.match is match
    reasons = [effect.reason for effect in step.effects if isinstance(effect, Refuse)]
    return reasons[0] if reasons else None


def saved(match: Match, order: Command, now: datetime = NOW) -> Save:
    effect = decide(match, order, now, SETTINGS).effects[0]
    assert isinstance(effect, Save)
    return effect


def test_the_confirmation_window_opens_when_both_cards_arrived() -> None:
    assert told(PAIRED, Delivered(ALICE)).due(Deadline.CONFIRMATION) is None
    assert DELIVERED.due(Deadline.CONFIRMATION) == after(SETTINGS.confirmation_s)
    assert DELIVERED.due(Deadline.DELIVERY) is None


def test_a_click_proves_the_delivery_that_nobody_reported() -> None:
    confirmed = told(PAIRED, Delivered(ALICE), Confirm(BOB))
    assert confirmed.due(Deadline.CONFIRMATION) == after(SETTINGS.confirmation_s)


def test_a_second_delivery_changes_nothing() -> None:
    assert told(DELIVERED, Delivered(ALICE)) is DELIVERED
    assert told(LIVE, Delivered(ALICE)) is LIVE


def test_the_second_confirmation_starts_the_match_for_both() -> None:
    save = saved(told(DELIVERED, Confirm(ALICE)), Confirm(BOB))
    assert save.match.phase is Phase.LIVE
    assert save.cards == (Card.FOUND, Card.MATCH)
    assert save.match.due(Deadline.LIVE) == after(SETTINGS.live_s)
    assert save.match.due(Deadline.CONFIRMATION) is None


def test_the_first_confirmation_shows_on_both_cards() -> None:
    assert saved(DELIVERED, Confirm(ALICE)).cards == (Card.FOUND,)


def test_who_confirms_has_the_card() -> None:
    assert told(PAIRED, Confirm(ALICE)).sides[0].delivered


def test_nobody_confirms_twice_or_late_or_for_others() -> None:
    assert refusal(told(DELIVERED, Confirm(ALICE)), Confirm(ALICE)) is Refusal.ALREADY_CONFIRMED
    assert refusal(LIVE, Confirm(ALICE)) is Refusal.TOO_LATE_TO_CONFIRM
    assert refusal(DELIVERED, Confirm(EVE)) is Refusal.NOT_YOUR_MATCH


def test_an_abort_asks_first() -> None:
    step = decide(DELIVERED, Abort(ALICE, sure=False), NOW, SETTINGS)
    assert step.match is DELIVERED
    assert step.effects == (AskWhetherSure(ALICE),)


def test_a_sure_abort_voids_the_match_and_only_the_other_returns_to_the_queue() -> None:
    save = saved(DELIVERED, Abort(ALICE, sure=True))
    assert (save.match.phase, save.match.cause) == (Phase.VOID, Cause.ABORTED)
    assert save.back_in_queue == (BOB,)
    assert offences(save.match) == ((ALICE, Offence.ABORT),)


def test_nobody_aborts_a_live_match() -> None:
    assert refusal(LIVE, Abort(BOB, sure=True)) is Refusal.TOO_LATE_TO_ABORT


def test_who_does_not_confirm_in_time_is_blamed_and_the_other_returns() -> None:
    waiting = told(DELIVERED, Confirm(BOB))
    save = saved(waiting, Due(Deadline.CONFIRMATION), after(60))
    assert save.match.cause is Cause.NO_SHOW
    assert save.back_in_queue == (BOB,)
    assert offences(save.match) == ((ALICE, Offence.NO_SHOW),)


def test_nobody_is_blamed_for_a_message_that_did_not_arrive() -> None:
    for save in (
        saved(PAIRED, Unreachable(ALICE)),
        saved(told(PAIRED, Delivered(BOB)), Due(Deadline.DELIVERY), after(90)),
    ):
        assert save.match.cause is Cause.UNREACHABLE
        assert offences(save.match) == ()
        assert save.back_in_queue == (BOB,)


def test_closed_messages_do_not_end_a_live_match() -> None:
    assert told(LIVE, Unreachable(ALICE)) is LIVE


def test_an_old_timer_does_nothing() -> None:
    assert decide(LIVE, Due(Deadline.CONFIRMATION), after(3600), SETTINGS).match is LIVE
    assert decide(DELIVERED, Due(Deadline.CONFIRMATION), after(59), SETTINGS).match is DELIVERED


def test_reminders_come_at_a_third_and_at_two_thirds_to_those_who_wait() -> None:
    waiting = told(DELIVERED, Confirm(ALICE))
    first = decide(waiting, Due(Deadline.REMINDER), after(20), SETTINGS)
    assert first.effects[1] == Remind((BOB,))
    assert first.match.due(Deadline.REMINDER) == after(40)
    second = decide(first.match, Due(Deadline.REMINDER), after(40), SETTINGS)
    assert second.match.due(Deadline.REMINDER) is None
    assert second.match.due(Deadline.CONFIRMATION) == after(60)


def test_two_like_reports_settle_the_match() -> None:
    assert (SETTLED.phase, SETTLED.cause, SETTLED.outcome) == (Phase.SETTLED, Cause.REPORTS, Outcome.FIRST)
    assert SETTLED.deadlines == ()


def test_two_unlike_reports_open_a_dispute_for_the_staff() -> None:
    save = saved(told(LIVE, Report(ALICE, Claim.WON)), Report(BOB, Claim.WON))
    assert save.match.phase is Phase.DISPUTED
    assert save.cards == (Card.MATCH, Card.DISPUTE)


def test_one_report_and_silence_stand() -> None:
    for player, claim, outcome in ((ALICE, Claim.WON, Outcome.FIRST), (BOB, Claim.WON, Outcome.SECOND)):
        reported = told(LIVE, Report(player, claim))
        save = saved(reported, Due(Deadline.SILENCE), after(SETTINGS.silence_s))
        assert (save.match.cause, save.match.outcome) == (Cause.ONE_REPORT, outcome)


def test_a_match_that_nobody_reports_ends_void_and_nobody_is_blamed() -> None:
    save = saved(LIVE, Due(Deadline.LIVE), after(SETTINGS.live_s))
    assert (save.match.phase, save.match.cause) == (Phase.VOID, Cause.UNREPORTED)
    assert save.back_in_queue == ()
    assert offences(save.match) == ()


def test_reports_are_taken_once_and_not_before_the_game() -> None:
    report = Report(ALICE, Claim.WON)
    assert refusal(DELIVERED, report) is Refusal.NOT_LIVE_YET
    assert refusal(told(LIVE, report), report) is Refusal.ALREADY_REPORTED
    assert refusal(DISPUTED, report) is Refusal.IN_DISPUTE
    assert refusal(SETTLED, report) is Refusal.ALREADY_OVER
    assert refusal(VOID, report) is Refusal.ALREADY_OVER


def test_a_verified_replay_settles_a_live_match_and_no_other() -> None:
    proof = ReplayVerified(ReplayId(3), Outcome.SECOND)
    save = saved(told(LIVE, Report(ALICE, Claim.WON)), proof)
    assert (save.match.cause, save.match.outcome, save.match.replay) == (Cause.REPLAY, Outcome.SECOND, 3)
    for match in (DELIVERED, DISPUTED, SETTLED, VOID):
        assert told(match, proof) is match


def test_a_ruling_ends_a_dispute() -> None:
    won = saved(DISPUTED, Rule(MOD, Outcome.DRAW))
    assert (won.match.phase, won.match.cause, won.match.ruled_by) == (Phase.SETTLED, Cause.RULING, MOD)
    assert Card.DISPUTE in won.cards
    void = saved(DISPUTED, Rule(MOD, None))
    assert (void.match.phase, void.match.cause) == (Phase.VOID, Cause.RULING)
    assert Card.DISPUTE in void.cards


def test_what_was_played_is_ruled_in_any_phase_and_ruled_again() -> None:
    won = saved(LIVE, Rule(MOD, Outcome.FIRST)).match
    assert (won.phase, won.cause, won.ruled_by) == (Phase.SETTLED, Cause.RULING, MOD)
    lost = saved(won, Rule(MOD, Outcome.SECOND), after(600))
    assert lost.cards == (Card.RESULT,)
    assert (lost.match.outcome, lost.match.ended_at) == (Outcome.SECOND, won.ended_at)
    void = saved(lost.match, Rule(MOD, None)).match
    assert (void.phase, void.outcome) == (Phase.VOID, None)
    assert saved(void, Rule(MOD, Outcome.DRAW)).match.phase is Phase.SETTLED


def test_a_new_ruling_of_a_dispute_is_shown_to_the_staff_too() -> None:
    ruled = saved(DISPUTED, Rule(MOD, Outcome.DRAW)).match
    assert saved(ruled, Rule(MOD, None)).cards == (Card.RESULT, Card.DISPUTE)


def test_the_same_ruling_twice_changes_nothing() -> None:
    ruled = saved(LIVE, Rule(MOD, Outcome.FIRST)).match
    assert refusal(ruled, Rule(MOD, Outcome.FIRST)) is Refusal.SAME_RULING
    void = saved(PAIRED, Rule(MOD, None)).match
    assert refusal(void, Rule(MOD, None)) is Refusal.SAME_RULING


def test_what_was_never_played_can_only_be_called_off_and_both_wait_again() -> None:
    assert refusal(PAIRED, Rule(MOD, Outcome.FIRST)) is Refusal.NOT_PLAYED
    off = saved(PAIRED, Rule(MOD, None))
    assert off.back_in_queue == PAIRED.players
    assert refusal(off.match, Rule(MOD, Outcome.FIRST)) is Refusal.NOT_PLAYED


@pytest.mark.parametrize("match", [PAIRED, LIVE, DISPUTED], ids=lambda match: match.phase.value)
def test_whoever_is_let_go_ends_the_match_without_a_penalty_and_the_other_may_wait_again(
    match: Match,
) -> None:
    off = saved(match, LetGo(MOD, ALICE))
    assert (off.match.phase, off.match.cause, off.match.blamed) == (Phase.VOID, Cause.RULING, (ALICE,))
    assert offences(off.match) == ()
    assert off.back_in_queue == ((BOB,) if match is PAIRED else ())
    assert refusal(off.match, LetGo(MOD, ALICE)) is Refusal.ALREADY_OVER
    assert refusal(match, LetGo(MOD, EVE)) is Refusal.NOT_YOUR_MATCH


def test_open_phases_are_those_in_which_something_must_still_happen() -> None:
    assert [phase for phase in Phase if phase.open] == [Phase.PAIRED, Phase.LIVE, Phase.DISPUTED]


def test_the_rating_after_is_the_one_before_and_the_change() -> None:
    assert RatingChange(player=ALICE, race=Race.BW_ZERG, before=1500, change=-20).after == 1480


players = st.sampled_from([ALICE, BOB, EVE])
commands = st.one_of(
    st.builds(Delivered, players),
    st.builds(Unreachable, players),
    st.builds(Confirm, players),
    st.builds(Abort, players, st.booleans()),
    st.builds(Report, players, st.sampled_from(Claim)),
    st.builds(ReplayVerified, st.just(ReplayId(1)), st.sampled_from(Outcome)),
    st.builds(Rule, st.just(PlayerId(MOD)), st.one_of(st.none(), st.sampled_from(Outcome))),
    st.builds(LetGo, st.just(PlayerId(MOD)), players),
    st.builds(Due, st.sampled_from(Deadline)),
)
histories = st.lists(st.tuples(st.floats(0, 4000), commands), max_size=25)


@given(histories)
def test_every_history_keeps_the_laws(history: list[tuple[float, Command]]) -> None:
    match, now = PAIRED, NOW
    for pause, order in history:
        now += timedelta(seconds=pause)
        step = decide(match, order, now, SETTINGS)
        saves = [effect for effect in step.effects if isinstance(effect, Save)]
        assert (step.match is match) == (not saves), "what changes is saved, and nothing else is"
        if saves:
            assert step.effects[0] is saves[0], "saved before anybody hears of it"
            assert saves[0].match is step.match
        assert match.phase.open or not step.match.phase.open, "what is over stays over"
        recounted = step.match.outcome is not match.outcome or step.match.phase is not match.phase
        assert match.phase.open or not recounted or isinstance(order, Rule), "only staff count anew"
        assert step.match.players == match.players
        match = step.match
        assert (match.outcome is None) == (match.phase is not Phase.SETTLED)
        assert (match.cause is None) == match.phase.open
        assert bool(match.deadlines) == match.phase.open, "an open match always ends"


@given(histories)
def test_a_match_ends_by_itself_if_its_deadlines_are_run(history: list[tuple[float, Command]]) -> None:
    match, now = PAIRED, NOW
    for pause, order in history:
        now += timedelta(seconds=pause)
        match = decide(match, order, now, SETTINGS).match
    for _ in range(10):
        if not match.deadlines:
            break
        kind, due_at = min(match.deadlines, key=lambda entry: entry[1])
        match = decide(match, Due(kind), max(now, due_at), SETTINGS).match
    assert not match.deadlines
    assert match.phase in {Phase.SETTLED, Phase.VOID}


BY_REPLAY = told(LIVE, ReplayVerified(ReplayId(1), Outcome.FIRST))
CONTESTED = told(BY_REPLAY, ReplayVerified(ReplayId(2), Outcome.SECOND))


def test_a_second_replay_that_agrees_confirms_the_first_and_ends_the_matter() -> None:
    save = saved(BY_REPLAY, ReplayVerified(ReplayId(2), Outcome.FIRST))
    assert (save.event, save.match.confirmation, save.match.outcome) == (
        "confirmed",
        ReplayId(2),
        Outcome.FIRST,
    )
    third = ReplayVerified(ReplayId(3), Outcome.SECOND)
    assert decide(save.match, third, NOW, SETTINGS).match is save.match


def test_a_second_replay_that_disagrees_calls_the_staff_and_moves_nothing() -> None:
    save = saved(BY_REPLAY, ReplayVerified(ReplayId(2), Outcome.SECOND))
    assert (save.event, save.cards) == ("contested", (Card.RESULT, Card.DISPUTE))
    assert (save.match.phase, save.match.outcome, save.match.objection) == (
        Phase.SETTLED,
        Outcome.FIRST,
        ReplayId(2),
    )
    assert save.match.contested
    assert not BY_REPLAY.contested


def test_the_same_replay_again_says_nothing_new() -> None:
    again = ReplayVerified(ReplayId(1), Outcome.FIRST)
    assert decide(BY_REPLAY, again, NOW, SETTINGS).effects == ()
    assert decide(CONTESTED, ReplayVerified(ReplayId(2), Outcome.SECOND), NOW, SETTINGS).effects == ()


def test_a_settled_match_can_be_contested_for_a_day_unless_both_agreed_or_staff_decided() -> None:
    late = after(SETTINGS.objection_s)
    assert may_be_contested(BY_REPLAY, late - timedelta(seconds=1), SETTINGS)
    assert not may_be_contested(BY_REPLAY, late, SETTINGS)
    ruled = told(DISPUTED, Rule(MOD, Outcome.FIRST))
    for match in (SETTLED, ruled, VOID, LIVE, CONTESTED):
        assert not may_be_contested(match, NOW, SETTINGS)
    one_report = told(LIVE, Report(ALICE, Claim.WON))
    silent = saved(one_report, Due(Deadline.SILENCE), after(SETTINGS.silence_s)).match
    assert may_be_contested(silent, after(SETTINGS.silence_s), SETTINGS)


def test_a_ruling_upholds_a_contested_match_or_counts_it_anew_and_it_ended_when_it_ended() -> None:
    upheld = saved(CONTESTED, Rule(MOD, Outcome.FIRST))
    assert (upheld.event, upheld.match.cause, upheld.match.outcome) == (
        "upheld",
        Cause.REPLAY,
        Outcome.FIRST,
    )
    other = saved(CONTESTED, Rule(MOD, Outcome.SECOND))
    assert (other.event, other.match.cause, other.match.outcome) == (
        "overruled",
        Cause.RULING,
        Outcome.SECOND,
    )
    void = saved(CONTESTED, Rule(MOD, None))
    assert (void.match.phase, void.match.cause, void.match.outcome) == (Phase.VOID, Cause.RULING, None)
    for save in (upheld, other, void):
        assert save.match.ruled_by == MOD
        assert save.match.ended_at == CONTESTED.ended_at
        assert save.cards == (Card.RESULT, Card.DISPUTE)
        assert refusal(save.match, Rule(MOD, save.match.outcome)) is Refusal.SAME_RULING
        assert offences(save.match) == ()


def test_a_replay_in_a_dispute_is_shown_to_the_staff_and_decides_nothing() -> None:
    save = saved(DISPUTED, ReplayVerified(ReplayId(2), Outcome.SECOND))
    assert (save.event, save.cards, save.match) == ("exhibited", (Card.DISPUTE,), DISPUTED)
