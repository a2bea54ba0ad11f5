"""From a replay and the match that it shall settle to a verdict, in words and without a guess."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from actors.rules import replay_checks as checks
from actors.rules.allowed import AllowList
from actors.rules.ids import Game, PlayerId, Race
from actors.rules.races import race_of
from actors.rules.replay import (
    Check,
    Expectation,
    Finding,
    Grade,
    Reason,
    ReplayFacts,
    Result,
    Upload,
    Verdict,
)
from actors.rules.report import Outcome
from actors.rules.settings import Settings


def verify(
    facts: ReplayFacts, expectation: Expectation, upload: Upload, now: datetime, settings: Settings
) -> Verdict:
    """Hold a replay against the match that it shall settle.

    Args:
        facts: what the file says; nothing of it is trusted but that it says so.
        expectation: the match, sides in its order.
        upload: who brought it, and the word of the one who was asked.
        now: aware UTC.
        settings: for `replay_slack_s`.

    Returns:
        All findings, also after one has failed, for the player wants to know all of them. The outcome is
        given for the sides of the match: their races, of which one is of each game, say who is who. Where
        names and accounts leave a doubt, it takes a word of the one whom the replay costs something.
    """
    sides = expectation.sides
    names = checks.of_names(facts, sides)
    findings = (
        checks.of_file(facts),
        checks.of_players(facts),
        checks.of_races(facts, frozenset(side.race for side in sides)),
        checks.of_map(facts, expectation.map, expectation.allowed),
        checks.of_mod(facts, expectation.allowed),
        checks.of_time(facts, expectation.assigned_at, now, settings.replay_slack_s),
        checks.of_winner(facts),
        names,
        checks.of_observers(facts),
        checks.of_speed(facts),
        checks.of_settings(facts),
    )
    if any(finding.grade is Grade.FAILED for finding in findings):
        return Verdict(findings)
    outcome = shown(facts, sides[0].race)
    assert outcome is not None, "the winner was looked for"
    if names.grade is Grade.PASSED:
        return Verdict(findings, outcome, claimed=outcome)
    return _on_a_word(findings, outcome, _whom_it_costs(outcome, expectation, upload), upload)


def examine(facts: ReplayFacts, allowed: AllowList) -> tuple[Finding, ...]:
    """What can be said of a replay without a match: whether it could settle some match of the ladder."""
    played = frozenset(race for player in facts.players if (race := race_of(player.race)) is not None)
    pair = {race.game for race in played} == set(Game) and len(played) == len(Game)
    known = allowed.map_of(facts.map_hash)
    mapped = (
        checks.of_map(facts, known, allowed) if known else Finding(Check.MAP, Grade.FAILED, facts.map_name)
    )
    return (
        checks.of_file(facts),
        checks.of_players(facts),
        checks.of_races(facts, played if pair else frozenset()),
        mapped,
        checks.of_mod(facts, allowed),
        checks.of_winner(facts),
        checks.of_observers(facts),
        checks.of_speed(facts),
        checks.of_settings(facts),
    )


def learned_toons(facts: ReplayFacts, expectation: Expectation, verdict: Verdict) -> tuple[str, str] | None:
    """The accounts of the two sides, if this replay proves whose they are.

    Returns:
        One account per side, in the order of the match; None when the replay was not accepted, or rests on
        the word of its uploader alone, or does not name both: an account once learned decides later
        matches, so a doubt teaches nothing.
    """
    names = next(finding for finding in verdict.findings if finding.check is Check.NAMES)
    sure = names.grade is Grade.PASSED or names.reason is Reason.VOUCHED
    if not verdict.accepted or not sure:
        return None
    first, second = (seat.toon for seat in checks.seated(facts, expectation.sides[0].race))
    return (first, second) if first and second and first != second else None


def shown(facts: ReplayFacts, first: Race) -> Outcome | None:
    """Who won, for the sides of a match of which the first plays `first`; None when the file does not say."""
    if checks.of_winner(facts).grade is not Grade.PASSED or len(facts.players) != checks.SEATS:
        return None
    result = checks.seated(facts, first)[0].result
    if result is Result.DRAW:
        return Outcome.DRAW
    return Outcome.FIRST if result is Result.WON else Outcome.SECOND


def _whom_it_costs(outcome: Outcome, expectation: Expectation, upload: Upload) -> PlayerId:
    """The loser; of a draw, whoever did not bring the file."""
    first, second = (side.player for side in expectation.sides)
    match outcome:
        case Outcome.FIRST:
            return second
        case Outcome.SECOND:
            return first
        case Outcome.DRAW:
            return second if upload.uploader == first else first
        case _:
            assert_never(outcome)


def _on_a_word(findings: tuple[Finding, ...], outcome: Outcome, costs: PlayerId, upload: Upload) -> Verdict:
    """The names are in doubt: whoever uploads his own defeat has answered, anybody else is asked."""
    if costs == upload.uploader:
        return Verdict(findings, outcome, claimed=outcome)
    if upload.word is None:
        return Verdict(findings, None, asked=costs, claimed=outcome)
    if upload.word:
        return Verdict(_with_names(findings, Grade.WARNED, Reason.VOUCHED), outcome, claimed=outcome)
    return Verdict(_with_names(findings, Grade.FAILED, Reason.DENIED), claimed=outcome)


def _with_names(findings: tuple[Finding, ...], grade: Grade, reason: Reason) -> tuple[Finding, ...]:
    return tuple(
        replace(each, grade=grade, reason=reason) if each.check is Check.NAMES else each for each in findings
    )
