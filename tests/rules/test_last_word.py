"""The word that is still missing when a match ends: the other report, and the ruling that nobody makes."""

from datetime import timedelta

import pytest

from actors.rules.ids import ReplayId
from actors.rules.match import (
    Card,
    Cause,
    Deadline,
    Due,
    Match,
    Phase,
    Refusal,
    ReplayVerified,
    Report,
    Rule,
    decide,
    is_silent,
    may_be_contested,
    offences,
)
from actors.rules.report import Claim, Outcome
from tests.cast import ALICE, BOB, LIVE, MOD, SETTINGS, after, told
from tests.rules.test_match import DISPUTED, refusal, saved

STANDS_AT = after(SETTINGS.silence_s)
ONE_REPORT = saved(told(LIVE, Report(ALICE, Claim.WON)), Due(Deadline.SILENCE), STANDS_AT).match
DENIED = saved(ONE_REPORT, Report(BOB, Claim.WON), STANDS_AT).match
UNRULED = saved(DISPUTED, Due(Deadline.DISPUTE), after(SETTINGS.dispute_s)).match


def test_who_was_silent_may_contest_the_one_report_for_a_day_and_it_moves_nothing() -> None:
    assert is_silent(ONE_REPORT, BOB)
    assert not is_silent(ONE_REPORT, ALICE)
    last = STANDS_AT + timedelta(seconds=SETTINGS.objection_s - 1)
    save = saved(ONE_REPORT, Report(BOB, Claim.WON), last)
    assert (save.event, save.cards) == ("contested", (Card.RESULT, Card.DISPUTE))
    assert (save.match.phase, save.match.outcome, save.match.ended_at) == (
        Phase.SETTLED,
        Outcome.FIRST,
        STANDS_AT,
    )
    assert save.match.contested


def test_a_day_later_the_one_report_is_final() -> None:
    late = STANDS_AT + timedelta(seconds=SETTINGS.objection_s)
    step = decide(ONE_REPORT, Report(BOB, Claim.WON), late, SETTINGS)
    assert step.match is ONE_REPORT
    assert [effect.reason for effect in step.effects] == [Refusal.ALREADY_OVER]  # type: ignore[union-attr]


def test_who_was_silent_and_says_the_same_ends_the_matter() -> None:
    save = saved(ONE_REPORT, Report(BOB, Claim.LOST), STANDS_AT)
    assert (save.event, save.cards, save.match.contested) == ("confirmed", (Card.RESULT,), False)
    assert not may_be_contested(save.match, STANDS_AT, SETTINGS)


def test_the_last_word_is_said_once_and_only_by_who_was_silent() -> None:
    assert refusal(ONE_REPORT, Report(ALICE, Claim.LOST)) is Refusal.ALREADY_OVER
    assert refusal(DENIED, Report(BOB, Claim.LOST)) is Refusal.ALREADY_OVER


@pytest.mark.parametrize("outcome", [Outcome.FIRST, Outcome.SECOND, None])
def test_staff_uphold_or_overrule_a_denied_report(outcome: Outcome | None) -> None:
    save = saved(DENIED, Rule(MOD, outcome))
    assert save.event == ("upheld" if outcome is Outcome.FIRST else "overruled")
    assert save.cards == (Card.RESULT, Card.DISPUTE)
    assert not save.match.contested
    assert save.match.outcome is outcome


def test_a_replay_about_a_denied_report_is_shown_to_the_staff() -> None:
    save = saved(DENIED, ReplayVerified(ReplayId(3), Outcome.SECOND))
    assert (save.event, save.cards, save.match) == ("exhibited", (Card.DISPUTE,), DENIED)


def test_a_dispute_that_nobody_rules_lets_both_go_and_blames_nobody() -> None:
    assert DISPUTED.due(Deadline.DISPUTE) == after(SETTINGS.dispute_s)
    assert (UNRULED.phase, UNRULED.cause) == (Phase.VOID, Cause.UNRULED)
    assert (UNRULED.deadlines, UNRULED.blamed, offences(UNRULED)) == ((), (), ())


@pytest.mark.parametrize("match", [UNRULED, DENIED])
def test_a_ruling_counts_however_late_it_comes(match: Match) -> None:
    save = saved(match, Rule(MOD, Outcome.SECOND), after(10**7))
    assert (save.match.phase, save.match.cause, save.match.outcome) == (
        Phase.SETTLED,
        Cause.RULING,
        Outcome.SECOND,
    )
    assert save.cards == (Card.RESULT, Card.DISPUTE)
