"""The laws of verification: a right replay passes, and each lie is found where it was told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.rules.allowed import AllowList, Version
from actors.rules.identity import Expected
from actors.rules.ids import Game, Gateway, MapKey, MatchId, PlayerId, Race, ReplayDigest
from actors.rules.races import race_of
from actors.rules.replay import (
    Check,
    Expectation,
    Finding,
    Grade,
    Part,
    Reason,
    ReplayFacts,
    ReplayPlayer,
    Result,
    Upload,
    Verdict,
)
from actors.rules.replay_checks import LADDER_LOBBY, LADDER_SPEED
from actors.rules.report import Outcome
from actors.rules.settings import Settings
from actors.rules.verification import examine, learned_toons, shown, verify

SETTINGS = Settings()
NOW = datetime(2026, 5, 1, 20, 0, tzinfo=UTC)
RADEON, VERMEER = "3436cfad" * 8, "bfcb44bf" * 8
BASE, MOD, THEME, ART, COPY = ("b5" * 32, "0d" * 32, "7e" * 32, "a7" * 32, "fa" * 32)
ALLOWED = AllowList(
    (
        Version(name="mod", gateway=Gateway.EUROPE, files=frozenset({BASE, MOD})),
        Version(
            name="map",
            gateway=Gateway.EUROPE,
            files=frozenset({THEME, ART}),
            map=MapKey("radeon"),
            map_hash=RADEON,
        ),
        Version(
            name="map",
            gateway=Gateway.EUROPE,
            files=frozenset({THEME}),
            map=MapKey("vermeer"),
            map_hash=VERMEER,
        ),
    )
)
ALICE_TOON, BOB_TOON, EVE_TOON = "2-S2-1-1001", "2-S2-1-2002", "2-S2-1-6666"
NAMES = {
    Race.BW_TERRAN: ("BW Terran", "스1 테란", "SC1人类"),
    Race.BW_ZERG: ("BW Zerg", "스1 저그", "SC1异虫"),
    Race.BW_PROTOSS: ("BW Protoss", "스1 토스", "SC1星灵"),
    Race.SC2_TERRAN: ("Terran", "테란", "人类", "Терраны", "Терран", "人類", "Terraner", "Terranie"),
    Race.SC2_ZERG: ("Zerg", "저그", "异虫", "Зерги", "Зерг", "蟲族", "Zergi"),
    Race.SC2_PROTOSS: ("Protoss", "토스", "프로토스", "星灵", "Протоссы", "Протосс", "神族", "Protosi"),
}
"""Every name of each race that is documented (domain.md, 6, and the constants of sc2reader)."""

Case: TypeAlias = tuple[ReplayFacts, Expectation]

EXPECTATION = Expectation(
    match=MatchId(7),
    sides=(
        Expected(player=PlayerId(1), race=Race.BW_ZERG, names=("Alice", "AliceTag")),
        Expected(player=PlayerId(2), race=Race.SC2_TERRAN, names=("Bob",)),
    ),
    map=MapKey("radeon"),
    allowed=ALLOWED,
    assigned_at=NOW - timedelta(minutes=30),
)
FACTS = ReplayFacts(
    digest=ReplayDigest("ab" * 32),
    size=30_000,
    build=95299,
    gateway=Gateway.EUROPE,
    map_name="[SC:Evo] Radeon (라데온)",
    map_hash=RADEON,
    handles=(BASE, MOD, THEME, ART, RADEON),
    players=(
        ReplayPlayer(name="Alice", race="BW Zerg", result=Result.WON, human=True, toon=ALICE_TOON),
        ReplayPlayer(name="Bob", race="Terran", result=Result.LOST, human=True, toon=BOB_TOON),
    ),
    ended_at=NOW - timedelta(minutes=1),
    length_s=1200.0,
    settings=(LADDER_SPEED, *LADDER_LOBBY.items()),
)
BY_ALICE, BY_BOB = Upload(PlayerId(1)), Upload(PlayerId(2))


@st.composite
def right_cases(draw: st.DrawFn) -> Case:
    """A match, and a replay that proves it."""
    first = draw(st.sampled_from([race for race in Race if race.game is Game.BW]))
    second = draw(st.sampled_from([race for race in Race if race.game is Game.SC2]))
    results = draw(
        st.sampled_from([(Result.WON, Result.LOST), (Result.LOST, Result.WON), (Result.DRAW, Result.DRAW)])
    )
    sides = tuple(
        replace(side, race=race, toons=frozenset({toon} if draw(st.booleans()) else ()))
        for side, race, toon in zip(EXPECTATION.sides, (first, second), (ALICE_TOON, BOB_TOON), strict=True)
    )
    players = tuple(
        replace(player, race=draw(st.sampled_from(NAMES[race])), result=result)
        for player, race, result in zip(FACTS.players, (first, second), results, strict=True)
    )
    length_s = draw(st.floats(1, 6 * 3600))
    begun_late = timedelta(seconds=draw(st.floats(-SETTINGS.replay_slack_s + 1, 3600)))
    assigned_at = NOW - begun_late - timedelta(seconds=length_s)
    swapped = draw(st.booleans())
    facts = replace(FACTS, players=players[::-1] if swapped else players, ended_at=NOW, length_s=length_s)
    return facts, replace(EXPECTATION, sides=(sides[0], sides[1]), assigned_at=assigned_at)


def _judged(facts: ReplayFacts, expectation: Expectation, upload: Upload = BY_ALICE) -> Verdict:
    return verify(facts, expectation, upload, NOW, SETTINGS)


def _finding(verdict: Verdict, check: Check) -> Finding:
    return next(finding for finding in verdict.findings if finding.check is check)


def _grades(verdict: Verdict) -> dict[Check, Grade]:
    return {finding.check: finding.grade for finding in verdict.findings}


def _with_player(facts: ReplayFacts, place: int, **changes: object) -> ReplayFacts:
    players = list(facts.players)
    players[place] = replace(players[place], **changes)  # type: ignore[arg-type]
    return replace(facts, players=tuple(players))


def _other_race(facts: ReplayFacts) -> ReplayFacts:
    same_game = {"BW Zerg": "BW Terran", "BW Terran": "BW Protoss", "BW Protoss": "BW Zerg"}
    race = race_of(facts.players[0].race)
    assert race is not None
    wrong = same_game["BW " + race.value.partition("_")[2].capitalize()]
    return _with_player(facts, 0, race=wrong if race.game is Game.BW else wrong.removeprefix("BW "))


def _other_map(facts: ReplayFacts) -> ReplayFacts:
    return replace(facts, map_hash=VERMEER, handles=(*facts.handles[:-1], VERMEER))


LIES: dict[Check, list[Callable[[ReplayFacts], ReplayFacts]]] = {
    Check.FILE: [
        lambda facts: replace(facts, contradictions=(Part.RESULT,)),
        lambda facts: replace(facts, contradictions=tuple(Part)),
    ],
    Check.MOD: [
        lambda facts: replace(facts, handles=(BASE, MOD, COPY, THEME, ART, RADEON)),
        lambda facts: replace(facts, handles=(BASE, THEME, ART, RADEON)),
        lambda facts: replace(facts, gateway=Gateway.ASIA),
        lambda facts: replace(facts, gateway=None),
    ],
    Check.PLAYERS: [
        lambda facts: _with_player(facts, 0, human=False),
        lambda facts: _with_player(facts, 1, human=False),
    ],
    Check.RACES: [_other_race],
    Check.MAP: [_other_map],
    Check.TIME: [
        lambda facts: replace(facts, ended_at=NOW + timedelta(seconds=SETTINGS.replay_slack_s + 1)),
        lambda facts: replace(facts, ended_at=facts.ended_at - timedelta(hours=2)),
    ],
    Check.WINNER: [
        lambda facts: _with_player(facts, 0, result=Result.UNKNOWN),
        lambda facts: _with_player(_with_player(facts, 0, result=Result.WON), 1, result=Result.WON),
        lambda facts: _with_player(_with_player(facts, 0, result=Result.LOST), 1, result=Result.LOST),
        lambda facts: _with_player(_with_player(facts, 0, result=Result.DRAW), 1, result=Result.WON),
    ],
}


@given(right_cases())
def test_a_right_replay_settles_the_match_for_the_side_that_won(case: Case) -> None:
    facts, expectation = case
    verdict = _judged(facts, expectation)
    assert set(_grades(verdict).values()) == {Grade.PASSED}
    by_race = {race_of(player.race): player.result for player in facts.players}
    wanted = {Result.WON: Outcome.FIRST, Result.LOST: Outcome.SECOND, Result.DRAW: Outcome.DRAW}
    assert verdict.outcome is wanted[by_race[expectation.sides[0].race]]
    assert verdict.accepted


@given(right_cases(), st.data())
@pytest.mark.parametrize("check", LIES)
def test_a_single_lie_fails_its_check_and_no_other(check: Check, case: Case, data: st.DataObject) -> None:
    facts, expectation = case
    lie = data.draw(st.sampled_from(LIES[check]))
    verdict = _judged(lie(facts), expectation)
    failed = {finding.check for finding in verdict.findings if finding.grade is not Grade.PASSED}
    assert failed == {check}
    assert _grades(verdict)[check] is Grade.FAILED
    assert verdict.outcome is None
    assert not verdict.accepted


@given(right_cases())
def test_every_check_is_answered_once_in_the_order_shown(case: Case) -> None:
    verdict = _judged(*case)
    assert [finding.check for finding in verdict.findings] == list(Check)


@pytest.mark.parametrize(("race", "name"), [(race, name) for race in Race for name in NAMES[race]])
def test_a_race_is_known_in_every_documented_language(race: Race, name: str) -> None:
    assert race_of(name) is race
    assert race_of(f" {name.upper()} ") is race


@pytest.mark.parametrize("name", ["", "BW", "Random", "BW Hybrid", "Zerg BW", "Infested Terran", "스1"])
def test_any_other_text_is_no_race(name: str) -> None:
    assert race_of(name) is None


def test_two_players_of_the_same_race_are_not_a_ladder_game() -> None:
    mirror = _with_player(FACTS, 1, race="BW Zerg")
    assert _grades(_judged(mirror, EXPECTATION))[Check.RACES] is Grade.FAILED


def test_one_person_alone_is_no_match() -> None:
    alone = replace(FACTS, players=FACTS.players[:1])
    assert _grades(_judged(alone, EXPECTATION))[Check.PLAYERS] is Grade.FAILED


def test_a_third_player_is_one_too_many_even_with_the_right_races() -> None:
    third = replace(FACTS.players[1], name="Eve", toon=EVE_TOON)
    verdict = _judged(replace(FACTS, players=(*FACTS.players, third)), EXPECTATION)
    assert _grades(verdict)[Check.PLAYERS] is Grade.FAILED


def test_a_map_is_not_recognised_by_its_name() -> None:
    copied = replace(FACTS, map_hash="00" * 32)
    assert _grades(_judged(copied, EXPECTATION))[Check.MAP] is Grade.FAILED


def test_a_map_of_which_no_version_is_known_proves_nothing_and_says_so() -> None:
    unknown = replace(EXPECTATION, map=MapKey("ruby_rock"))
    finding = _finding(_judged(FACTS, unknown), Check.MAP)
    assert (finding.grade, finding.reason) == (Grade.FAILED, Reason.MAP_UNKNOWN)


def test_a_map_with_the_right_hash_may_have_its_name_in_any_language() -> None:
    korean = replace(FACTS, map_name="라데온")
    assert _judged(korean, EXPECTATION).accepted


def test_a_long_game_is_not_refused_for_its_length() -> None:
    long = replace(FACTS, length_s=3 * 3600.0)
    early = replace(EXPECTATION, assigned_at=long.ended_at - timedelta(seconds=long.length_s))
    assert _judged(long, early).accepted


def test_the_slack_forgives_a_wrong_clock_and_no_more() -> None:
    edge = EXPECTATION.assigned_at - timedelta(seconds=SETTINGS.replay_slack_s)
    begun_at_edge = replace(FACTS, ended_at=edge + timedelta(seconds=FACTS.length_s))
    a_little_before = replace(begun_at_edge, ended_at=begun_at_edge.ended_at - timedelta(seconds=1))
    assert _judged(begun_at_edge, EXPECTATION).accepted
    assert not _judged(a_little_before, EXPECTATION).accepted


def test_an_unknown_winner_is_never_a_draw() -> None:
    undecided = _with_player(_with_player(FACTS, 0, result=Result.UNKNOWN), 1, result=Result.UNKNOWN)
    verdict = _judged(undecided, EXPECTATION)
    assert _grades(verdict)[Check.WINNER] is Grade.FAILED
    assert verdict.outcome is None
    assert shown(undecided, Race.BW_ZERG) is None


@given(right_cases())
def test_what_a_file_shows_is_what_its_verdict_says(case: Case) -> None:
    facts, expectation = case
    assert shown(facts, expectation.sides[0].race) is _judged(*case).outcome
    assert shown(replace(facts, players=facts.players[:1]), expectation.sides[0].race) is None


@pytest.mark.parametrize("name", ["ALICE", "<Clan>alice", "[Clan] Alice", "aliceTAG"])
def test_case_and_clan_tags_do_not_make_another_person(name: str) -> None:
    verdict = _judged(_with_player(FACTS, 0, name=name), EXPECTATION)
    assert _grades(verdict)[Check.NAMES] is Grade.PASSED


STRANGERS = _with_player(
    _with_player(FACTS, 0, name="Carol", toon="2-S2-1-31"), 1, name="Dan", toon="2-S2-1-32"
)


def test_names_that_nobody_knows_are_asked_of_the_one_who_loses_by_them() -> None:
    verdict = _judged(STRANGERS, EXPECTATION, BY_ALICE)
    assert _grades(verdict)[Check.NAMES] is Grade.WARNED
    assert (verdict.outcome, verdict.asked, verdict.claimed) == (None, PlayerId(2), Outcome.FIRST)
    other = _with_player(_with_player(STRANGERS, 0, result=Result.LOST), 1, result=Result.WON)
    assert _judged(other, EXPECTATION, BY_BOB).asked == PlayerId(1)


def test_who_uploads_his_own_defeat_has_answered() -> None:
    verdict = _judged(STRANGERS, EXPECTATION, BY_BOB)
    assert (verdict.outcome, verdict.asked) == (Outcome.FIRST, None)


@pytest.mark.parametrize(("upload", "other"), [(BY_ALICE, PlayerId(2)), (BY_BOB, PlayerId(1))])
def test_of_a_draw_the_one_is_asked_who_did_not_bring_it(upload: Upload, other: PlayerId) -> None:
    drawn = _with_player(_with_player(STRANGERS, 0, result=Result.DRAW), 1, result=Result.DRAW)
    assert _judged(drawn, EXPECTATION, upload).asked == other


def test_a_yes_settles_and_teaches_the_accounts() -> None:
    verdict = _judged(STRANGERS, EXPECTATION, replace(BY_ALICE, word=True))
    assert (verdict.outcome, verdict.asked) == (Outcome.FIRST, None)
    assert _finding(verdict, Check.NAMES).reason is Reason.VOUCHED
    assert learned_toons(STRANGERS, EXPECTATION, verdict) == ("2-S2-1-31", "2-S2-1-32")


def test_a_no_settles_nothing_and_asks_nobody_again() -> None:
    verdict = _judged(STRANGERS, EXPECTATION, replace(BY_ALICE, word=False))
    assert (verdict.outcome, verdict.asked, verdict.accepted) == (None, None, False)
    finding = _finding(verdict, Check.NAMES)
    assert (finding.grade, finding.reason) == (Grade.FAILED, Reason.DENIED)


def test_no_word_helps_against_another_fault() -> None:
    wrong = replace(STRANGERS, contradictions=(Part.RESULT,))
    verdict = _judged(wrong, EXPECTATION, replace(BY_ALICE, word=True))
    assert (verdict.outcome, verdict.asked) == (None, None)


def test_players_who_played_each_others_race_do_not_win_for_each_other() -> None:
    crossed = _with_player(_with_player(FACTS, 0, name="Bob"), 1, name="Alice")
    verdict = _judged(crossed, EXPECTATION)
    assert _grades(verdict)[Check.NAMES] is Grade.FAILED
    assert verdict.outcome is None


def _knowing(*toons: str) -> Expectation:
    alice, bob = EXPECTATION.sides
    return replace(EXPECTATION, sides=(replace(alice, toons=frozenset(toons)), bob))


def test_a_learned_account_says_more_than_a_name() -> None:
    renamed = _with_player(FACTS, 0, name="Carol")
    assert _grades(_judged(renamed, _knowing(ALICE_TOON)))[Check.NAMES] is Grade.PASSED
    impostor = _with_player(FACTS, 0, toon=EVE_TOON)
    verdict = _judged(impostor, _knowing(ALICE_TOON))
    assert _grades(verdict)[Check.NAMES] is Grade.FAILED
    assert not verdict.accepted


def test_an_account_of_another_gateway_contradicts_nobody() -> None:
    assert _judged(FACTS, _knowing("1-S2-1-1001")).accepted
    assert _judged(FACTS, _knowing("1-S2-1-1001", ALICE_TOON)).accepted


def test_the_account_of_the_other_side_is_a_contradiction_whatever_the_name() -> None:
    played_by_bob = _with_player(_with_player(FACTS, 1, toon=EVE_TOON), 0, toon=BOB_TOON)
    alice, bob = EXPECTATION.sides
    expectation = replace(EXPECTATION, sides=(alice, replace(bob, toons=frozenset({BOB_TOON, EVE_TOON}))))
    assert _grades(_judged(played_by_bob, expectation))[Check.NAMES] is Grade.FAILED


def test_a_file_without_names_and_accounts_is_asked_about() -> None:
    anonymous = _with_player(_with_player(FACTS, 0, name="", toon=""), 1, name="", toon="")
    verdict = _judged(anonymous, _knowing(ALICE_TOON))
    assert _grades(verdict)[Check.NAMES] is Grade.WARNED
    assert verdict.asked == PlayerId(2)


def test_observers_and_lobby_settings_are_warned_of_and_nothing_more() -> None:
    private = tuple(
        (name, "No Match History" if name == "Game Privacy" else value) for name, value in FACTS.settings
    )
    watched = replace(FACTS, observers=("Eve",), settings=private)
    verdict = _judged(watched, EXPECTATION)
    grades = _grades(verdict)
    assert (grades[Check.OBSERVERS], grades[Check.SETTINGS]) == (Grade.WARNED, Grade.WARNED)
    assert verdict.accepted
    seen = {finding.check: finding.seen for finding in verdict.findings}
    assert seen[Check.OBSERVERS] == "Eve"
    assert seen[Check.SETTINGS] == "Game Privacy: No Match History"


def test_a_setting_that_the_file_does_not_name_is_warned_of() -> None:
    verdict = _judged(replace(FACTS, settings=()), EXPECTATION)
    assert _grades(verdict)[Check.SETTINGS] is Grade.WARNED
    assert _grades(verdict)[Check.SPEED] is Grade.WARNED
    assert verdict.accepted


@given(right_cases())
def test_accounts_are_learned_in_the_order_of_the_match(case: Case) -> None:
    assert learned_toons(*case, _judged(*case)) == (ALICE_TOON, BOB_TOON)


@pytest.mark.parametrize(
    "doubtful",
    [
        _with_player(FACTS, 0, name="Carol"),
        _with_player(FACTS, 0, toon=""),
        _with_player(FACTS, 0, toon=BOB_TOON),
        _with_player(FACTS, 0, race="BW Terran"),
        replace(FACTS, players=FACTS.players[:1]),
        replace(FACTS, players=()),
    ],
)
def test_a_doubtful_replay_teaches_no_account(doubtful: ReplayFacts) -> None:
    for upload in (BY_ALICE, BY_BOB):
        assert learned_toons(doubtful, EXPECTATION, _judged(doubtful, EXPECTATION, upload)) is None


REASONS: list[tuple[Check, Reason, ReplayFacts]] = [
    (Check.PLAYERS, Reason.ALONE, replace(FACTS, players=FACTS.players[:1])),
    (Check.PLAYERS, Reason.COMPUTER, _with_player(FACTS, 1, human=False)),
    (Check.PLAYERS, Reason.CROWD, replace(FACTS, players=FACTS.players * 2)),
    (Check.MOD, Reason.MOD_UNKNOWN, replace(FACTS, gateway=None)),
    (Check.MOD, Reason.MOD_MISSING, replace(FACTS, handles=(BASE, RADEON))),
    (Check.MOD, Reason.MOD_FOREIGN, replace(FACTS, handles=(COPY, *FACTS.handles))),
    (Check.TIME, Reason.EARLY, replace(FACTS, ended_at=NOW - timedelta(days=3))),
    (Check.TIME, Reason.LATE, replace(FACTS, ended_at=NOW + timedelta(days=3))),
    (Check.NAMES, Reason.CROSSED, _with_player(_with_player(FACTS, 0, name="Bob"), 1, name="Alice")),
    (Check.NAMES, Reason.ACCOUNT, _with_player(FACTS, 0, toon=EVE_TOON)),
]


@pytest.mark.parametrize(("check", "reason", "facts"), REASONS, ids=lambda value: getattr(value, "name", ""))
def test_every_refusal_has_its_reason(check: Check, reason: Reason, facts: ReplayFacts) -> None:
    finding = _finding(_judged(facts, _knowing(ALICE_TOON)), check)
    assert (finding.grade, finding.reason) == (Grade.FAILED, reason) or reason is Reason.CROSSED
    if reason is Reason.CROSSED:
        assert _finding(_judged(facts, EXPECTATION), check).reason is reason


def test_a_fault_of_the_mod_names_the_files() -> None:
    foreign = replace(FACTS, handles=(COPY, *FACTS.handles))
    assert _finding(_judged(foreign, EXPECTATION), Check.MOD).seen == COPY[:8]


@given(right_cases())
def test_a_right_replay_is_fit_for_some_match(case: Case) -> None:
    assert {finding.grade for finding in examine(case[0], ALLOWED)} == {Grade.PASSED}


def test_without_a_match_mirrors_strange_maps_and_solo_games_are_unfit() -> None:
    mirror = _with_player(FACTS, 1, race="BW Zerg")
    alone = replace(FACTS, players=FACTS.players[:1], map_hash="00" * 32)
    failed = [
        {finding.check for finding in examine(facts, ALLOWED) if finding.grade is Grade.FAILED}
        for facts in (mirror, alone)
    ]
    assert failed == [{Check.RACES}, {Check.PLAYERS, Check.RACES, Check.MAP}]
