"""The checks of a replay, one function each; none of them knows the others."""

from datetime import datetime, timedelta
from typing import Final

from actors.rules.allowed import AllowList, Fault
from actors.rules.identity import Expected, Identity, Seen, identity
from actors.rules.ids import MapKey, Race
from actors.rules.races import race_of
from actors.rules.replay import Check, Finding, Grade, Reason, ReplayFacts, ReplayPlayer, Result

LADDER_SPEED: Final = ("Game Speed", "Faster")
LADDER_LOBBY: Final = {"Game Privacy": "Normal", "Game Duration": "Infinite", "Locked Alliances": "Yes"}
"""The lobby that the match card asks for (domain.md, 2.8)."""

SEATS: Final = 2
SEEN_LENGTH: Final = 200
SHORT: Final = 8
"""Digits of a file's hash that are shown."""

_FAULTS: Final = {
    Fault.NO_VERSION: Reason.MOD_UNKNOWN,
    Fault.MISSING: Reason.MOD_MISSING,
    Fault.FOREIGN: Reason.MOD_FOREIGN,
}
_DOUBTS: Final = {Identity.OTHERS: Reason.ACCOUNT, Identity.CROSSED: Reason.CROSSED}


def of_file(facts: ReplayFacts) -> Finding:
    """Whether the file says the same wherever it says it."""
    return _graded(Check.FILE, not facts.contradictions, *(part.value for part in facts.contradictions))


def of_players(facts: ReplayFacts) -> Finding:
    """Two people, by the type of their slots and never by their names (F-64)."""
    people = [player.name for player in facts.players if player.human]
    computers = [f"{player.name} (AI)" for player in facts.players if not player.human]
    reason = None
    if computers:
        reason = Reason.COMPUTER
    elif len(people) != SEATS:
        reason = Reason.ALONE if len(people) < SEATS else Reason.CROWD
    return _refused(Check.PLAYERS, reason, *people, *computers)


def of_races(facts: ReplayFacts, wanted: frozenset[Race]) -> Finding:
    """The races as a set: who sits where is the lobby's business."""
    played = {race_of(player.race) for player in facts.players}
    return _graded(Check.RACES, played == wanted, *(player.race for player in facts.players))


def of_map(facts: ReplayFacts, played: MapKey, allowed: AllowList) -> Finding:
    """By the hash of the map file; its name depends on the language of the client (F-58)."""
    versions = allowed.hashes(played)
    if not versions:
        return _refused(Check.MAP, Reason.MAP_UNKNOWN, facts.map_name)
    return _graded(Check.MAP, facts.map_hash in versions, facts.map_name)


def of_mod(facts: ReplayFacts, allowed: AllowList) -> Finding:
    """Nothing unknown, and everything required (F-59)."""
    misfit = allowed.misfit(facts.gateway, frozenset(facts.handles[:-1]))
    if misfit is None:
        return _found(Check.MOD, Grade.PASSED)
    return _refused(Check.MOD, _FAULTS[misfit.fault], *(name[:SHORT] for name in misfit.files))


def of_time(facts: ReplayFacts, assigned_at: datetime, now: datetime, slack_s: float) -> Finding:
    """Begun after the pairing and over by now, however long it took (F-66)."""
    slack = timedelta(seconds=slack_s)
    started_at = facts.ended_at - timedelta(seconds=facts.length_s)
    seen = f"{started_at:%Y-%m-%d %H:%M}", f"{facts.ended_at:%Y-%m-%d %H:%M} UTC"
    reason = None
    if started_at < assigned_at - slack:
        reason = Reason.EARLY
    elif facts.ended_at > now + slack:
        reason = Reason.LATE
    return _refused(Check.TIME, reason, " – ".join(seen))


def of_winner(facts: ReplayFacts) -> Finding:
    """One who won and one who lost, or a draw of both; anything else is unknown, and never guessed."""
    results = [player.result for player in facts.players]
    drawn = len(results) > 1 and set(results) == {Result.DRAW}
    won = results.count(Result.WON) == 1 and results.count(Result.LOST) == len(results) - 1
    return _graded(Check.WINNER, drawn or won, *(result.value for result in results))


def of_names(facts: ReplayFacts, sides: tuple[Expected, Expected]) -> Finding:
    """Whether the two are who they should be (F-60)."""
    names = [player.name for player in facts.players]
    seats = [Seen(seat.name, seat.toon) for seat in seated(facts, sides[0].race)]
    found = identity(seats, sides)
    if found in _DOUBTS:
        return _refused(Check.NAMES, _DOUBTS[found], *names)
    return _found(Check.NAMES, Grade.PASSED if found is Identity.KNOWN else Grade.WARNED, *names)


def of_observers(facts: ReplayFacts) -> Finding:
    """Nobody should have watched."""
    return _found(Check.OBSERVERS, Grade.WARNED if facts.observers else Grade.PASSED, *facts.observers)


def of_speed(facts: ReplayFacts) -> Finding:
    """The ladder plays on Faster."""
    name, wanted = LADDER_SPEED
    speed = dict(facts.settings).get(name, "?")
    return _found(Check.SPEED, Grade.PASSED if speed == wanted else Grade.WARNED, speed)


def of_settings(facts: ReplayFacts) -> Finding:
    """The rest of the lobby."""
    seen = dict(facts.settings)
    odd = [
        f"{name}: {seen.get(name, '?')}" for name, value in LADDER_LOBBY.items() if seen.get(name) != value
    ]
    return _found(Check.SETTINGS, Grade.WARNED if odd else Grade.PASSED, *odd)


def seated(facts: ReplayFacts, first: Race) -> tuple[ReplayPlayer, ...]:
    """The players in the order of the match's sides, of which one is of each game; else as they sit."""
    sitting = race_of(facts.players[0].race) if facts.players else None
    if sitting is not None and sitting.game is not first.game:
        return facts.players[::-1]
    return facts.players


def _found(check: Check, grade: Grade, *seen: str) -> Finding:
    return Finding(check, grade, ", ".join(seen)[:SEEN_LENGTH])


def _graded(check: Check, passed: bool, *seen: str) -> Finding:
    return _found(check, Grade.PASSED if passed else Grade.FAILED, *seen)


def _refused(check: Check, reason: Reason | None, *seen: str) -> Finding:
    """Failed for a reason; passed without one."""
    grade = Grade.PASSED if reason is None else Grade.FAILED
    return Finding(check, grade, ", ".join(seen)[:SEEN_LENGTH], reason)
