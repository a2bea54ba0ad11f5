"""The laws of verification: a right replay passes, and each lie is found where it was told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.rules.ids import Game, Gateway, MatchId, PlayerId, Race, ReplayDigest
from actors.rules.replay import (
    LADDER_LOBBY,
    Check,
    Expectation,
    Expected,
    Grade,
    ReplayFacts,
    ReplayPlayer,
    Result,
    Verdict,
    learned_toons,
    race_of,
    verify,
)
from actors.rules.report import Outcome
from actors.rules.settings import Settings

SETTINGS = Settings()
NOW = datetime(2026, 5, 1, 20, 0, tzinfo=UTC)
RADEON, VERMEER = "3436cfad" * 8, "bfcb44bf" * 8
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
    map_names=frozenset({"[SC:Evo] Radeon (라데온)"}),
    map_hashes=frozenset({RADEON}),
    assigned_at=NOW - timedelta(minutes=30),
)
FACTS = ReplayFacts(
    digest=ReplayDigest("ab" * 32),
    size=30_000,
    build=95299,
    gateway=Gateway.EUROPE,
    map_name="[SC:Evo] Radeon (라데온)",
    map_hash=RADEON,
    handles=("cd" * 32, RADEON),
    players=(
        ReplayPlayer(name="Alice", race="BW Zerg", result=Result.WON, human=True, toon=ALICE_TOON),
        ReplayPlayer(name="Bob", race="Terran", result=Result.LOST, human=True, toon=BOB_TOON),
    ),
    ended_at=NOW - timedelta(minutes=1),
    length_s=1200.0,
    settings=tuple(LADDER_LOBBY.items()),
)


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
    hashes = draw(st.sampled_from([frozenset[str](), frozenset({RADEON}), frozenset({RADEON, VERMEER})]))
    swapped = draw(st.booleans())
    facts = replace(FACTS, players=players[::-1] if swapped else players, ended_at=NOW, length_s=length_s)
    return facts, replace(EXPECTATION, sides=(sides[0], sides[1]), map_hashes=hashes, assigned_at=assigned_at)


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
    return replace(facts, map_hash="00" * 32, map_name="[SC:Evo] Sylphid (실피드)")


LIES: dict[Check, list[Callable[[ReplayFacts], ReplayFacts]]] = {
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
    verdict = verify(facts, expectation, NOW, SETTINGS)
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
    verdict = verify(lie(facts), expectation, NOW, SETTINGS)
    failed = {finding.check for finding in verdict.findings if finding.grade is not Grade.PASSED}
    assert failed == {check}
    assert _grades(verdict)[check] is Grade.FAILED
    assert verdict.outcome is None
    assert not verdict.accepted


@given(right_cases())
def test_every_check_is_answered_once_in_the_order_shown(case: Case) -> None:
    verdict = verify(*case, NOW, SETTINGS)
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
    assert _grades(verify(mirror, EXPECTATION, NOW, SETTINGS))[Check.RACES] is Grade.FAILED


def test_one_person_alone_is_no_match() -> None:
    alone = replace(FACTS, players=FACTS.players[:1])
    assert _grades(verify(alone, EXPECTATION, NOW, SETTINGS))[Check.PLAYERS] is Grade.FAILED


def test_a_third_player_is_one_too_many_even_with_the_right_races() -> None:
    third = replace(FACTS.players[1], name="Eve", toon=EVE_TOON)
    verdict = verify(replace(FACTS, players=(*FACTS.players, third)), EXPECTATION, NOW, SETTINGS)
    assert _grades(verdict)[Check.PLAYERS] is Grade.FAILED


def test_a_map_with_a_known_hash_is_not_recognised_by_its_name() -> None:
    copied = replace(FACTS, map_hash="00" * 32)
    assert _grades(verify(copied, EXPECTATION, NOW, SETTINGS))[Check.MAP] is Grade.FAILED


def test_a_map_with_the_right_hash_may_have_its_name_in_any_language() -> None:
    korean = replace(FACTS, map_name="라데온")
    assert verify(korean, EXPECTATION, NOW, SETTINGS).accepted


def test_a_long_game_is_not_refused_for_its_length() -> None:
    long = replace(FACTS, length_s=3 * 3600.0)
    early = replace(EXPECTATION, assigned_at=long.ended_at - timedelta(seconds=long.length_s))
    assert verify(long, early, NOW, SETTINGS).accepted


def test_the_slack_forgives_a_wrong_clock_and_no_more() -> None:
    edge = EXPECTATION.assigned_at - timedelta(seconds=SETTINGS.replay_slack_s)
    begun_at_edge = replace(FACTS, ended_at=edge + timedelta(seconds=FACTS.length_s))
    a_little_before = replace(begun_at_edge, ended_at=begun_at_edge.ended_at - timedelta(seconds=1))
    assert verify(begun_at_edge, EXPECTATION, NOW, SETTINGS).accepted
    assert not verify(a_little_before, EXPECTATION, NOW, SETTINGS).accepted


def test_an_unknown_winner_is_never_a_draw() -> None:
    undecided = _with_player(_with_player(FACTS, 0, result=Result.UNKNOWN), 1, result=Result.UNKNOWN)
    verdict = verify(undecided, EXPECTATION, NOW, SETTINGS)
    assert _grades(verdict)[Check.WINNER] is Grade.FAILED
    assert verdict.outcome is None


@pytest.mark.parametrize("name", ["ALICE", "<Clan>alice", "[Clan] Alice", "aliceTAG"])
def test_case_and_clan_tags_do_not_make_another_person(name: str) -> None:
    verdict = verify(_with_player(FACTS, 0, name=name), EXPECTATION, NOW, SETTINGS)
    assert _grades(verdict)[Check.NAMES] is Grade.PASSED


def test_strange_names_are_a_warning_and_the_match_is_settled() -> None:
    strangers = _with_player(_with_player(FACTS, 0, name="Carol"), 1, name="Dan")
    verdict = verify(strangers, EXPECTATION, NOW, SETTINGS)
    assert _grades(verdict)[Check.NAMES] is Grade.WARNED
    assert verdict.outcome is Outcome.FIRST


def test_players_who_played_each_others_race_do_not_win_for_each_other() -> None:
    crossed = _with_player(_with_player(FACTS, 0, name="Bob"), 1, name="Alice")
    verdict = verify(crossed, EXPECTATION, NOW, SETTINGS)
    assert _grades(verdict)[Check.NAMES] is Grade.FAILED
    assert verdict.outcome is None


def _knowing(*toons: str) -> Expectation:
    alice, bob = EXPECTATION.sides
    return replace(EXPECTATION, sides=(replace(alice, toons=frozenset(toons)), bob))


def test_a_learned_account_says_more_than_a_name() -> None:
    renamed = _with_player(FACTS, 0, name="Carol")
    assert _grades(verify(renamed, _knowing(ALICE_TOON), NOW, SETTINGS))[Check.NAMES] is Grade.PASSED
    impostor = _with_player(FACTS, 0, toon=EVE_TOON)
    verdict = verify(impostor, _knowing(ALICE_TOON), NOW, SETTINGS)
    assert _grades(verdict)[Check.NAMES] is Grade.FAILED
    assert not verdict.accepted


def test_an_account_of_another_gateway_contradicts_nobody() -> None:
    assert verify(FACTS, _knowing("1-S2-1-1001"), NOW, SETTINGS).accepted
    assert verify(FACTS, _knowing("1-S2-1-1001", ALICE_TOON), NOW, SETTINGS).accepted


def test_the_account_of_the_other_side_is_a_contradiction_whatever_the_name() -> None:
    played_by_bob = _with_player(_with_player(FACTS, 1, toon=EVE_TOON), 0, toon=BOB_TOON)
    alice, bob = EXPECTATION.sides
    expectation = replace(EXPECTATION, sides=(alice, replace(bob, toons=frozenset({BOB_TOON, EVE_TOON}))))
    assert _grades(verify(played_by_bob, expectation, NOW, SETTINGS))[Check.NAMES] is Grade.FAILED


def test_a_file_without_names_and_accounts_is_only_warned_of() -> None:
    anonymous = _with_player(_with_player(FACTS, 0, name="", toon=""), 1, name="", toon="")
    verdict = verify(anonymous, _knowing(ALICE_TOON), NOW, SETTINGS)
    assert _grades(verdict)[Check.NAMES] is Grade.WARNED
    assert verdict.accepted


def test_observers_and_lobby_settings_are_warned_of_and_nothing_more() -> None:
    private = tuple(
        (name, "No Match History" if name == "Game Privacy" else value) for name, value in FACTS.settings
    )
    watched = replace(FACTS, observers=("Eve",), settings=private)
    verdict = verify(watched, EXPECTATION, NOW, SETTINGS)
    grades = _grades(verdict)
    assert (grades[Check.OBSERVERS], grades[Check.SETTINGS]) == (Grade.WARNED, Grade.WARNED)
    assert verdict.accepted
    seen = {finding.check: finding.seen for finding in verdict.findings}
    assert seen[Check.OBSERVERS] == "Eve"
    assert seen[Check.SETTINGS] == "Game Privacy: No Match History"


def test_a_setting_that_the_file_does_not_name_is_warned_of() -> None:
    verdict = verify(replace(FACTS, settings=()), EXPECTATION, NOW, SETTINGS)
    assert _grades(verdict)[Check.SETTINGS] is Grade.WARNED


@given(right_cases())
def test_accounts_are_learned_in_the_order_of_the_match(case: Case) -> None:
    assert learned_toons(*case) == (ALICE_TOON, BOB_TOON)


@pytest.mark.parametrize(
    "doubtful",
    [
        _with_player(FACTS, 0, name="Carol"),
        _with_player(FACTS, 0, toon=""),
        _with_player(FACTS, 0, toon=BOB_TOON),
        _with_player(FACTS, 0, race="BW Terran"),
        replace(FACTS, players=FACTS.players[:1]),
    ],
)
def test_a_doubtful_replay_teaches_no_account(doubtful: ReplayFacts) -> None:
    assert learned_toons(doubtful, EXPECTATION) is None
