"""What a replay says, what the match expects, and where the two part."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from actors.rules.ids import Gateway, MatchId, PlayerId, Race, ReplayDigest
from actors.rules.report import Outcome
from actors.rules.settings import Settings


class Result(Enum):
    """How the game ended for one player of a replay; UNKNOWN is never guessed away (F-61)."""

    WON = "won"
    LOST = "lost"
    DRAW = "draw"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayPlayer:
    """One person or computer in a replay."""

    name: str
    clan: str = ""
    race: str
    """The play race as the file names it, in the language of the client."""
    result: Result
    human: bool
    """From the slot type, never from the name (F-64)."""
    toon: str
    """Account identity `region-S2-realm-id`, or empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayFacts:
    """What was read from one file. No opinion."""

    digest: ReplayDigest
    size: int
    build: int
    gateway: Gateway | None
    map_name: str
    map_hash: str
    """Last cache handle: the map file itself, the same in all gateways."""
    handles: tuple[str, ...]
    """All cache handle hashes in order, the map last."""
    players: tuple[ReplayPlayer, ...]
    observers: tuple[str, ...] = ()
    ended_at: datetime
    length_s: float
    """Real seconds, not game seconds."""
    settings: tuple[tuple[str, str], ...] = ()
    """Lobby attributes by name: Game Privacy, Game Speed, Game Duration, Locked Alliances."""
    from_events: bool = False
    """The winner was found by reading the events, since the details lacked it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One side of the match that the replay should show."""

    player: PlayerId
    race: Race
    names: tuple[str, ...]
    """Ladder name, BattleTag's name part, alternative names."""
    toons: frozenset[str] = frozenset()
    """Accounts learned from earlier verified games."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What the match expects of its replay. `sides` in the order of the match."""

    match: MatchId
    sides: tuple[Expected, Expected]
    map_names: frozenset[str]
    map_hashes: frozenset[str]
    """Empty when no published version of the map is known yet: then the name decides."""
    assigned_at: datetime


class Check(Enum):
    """What is looked at, in the order shown to players."""

    PLAYERS = "players"
    RACES = "races"
    MAP = "map"
    TIME = "time"
    WINNER = "winner"
    NAMES = "names"
    OBSERVERS = "observers"
    SETTINGS = "settings"


class Grade(Enum):
    """What a check found."""

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer of one check, with what was seen (short text from the file, may be hostile)."""

    check: Check
    grade: Grade
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification found, check by check, and the result if the replay proves one."""

    findings: tuple[Finding, ...]
    """One per `Check`, in that order."""
    outcome: Outcome | None
    """None as soon as one finding is FAILED."""

    @property
    def accepted(self) -> bool:
        """Whether the replay settles the match."""
        return self.outcome is not None


LADDER_LOBBY: Final = {
    "Game Privacy": "Normal",
    "Game Speed": "Faster",
    "Game Duration": "Infinite",
    "Locked Alliances": "Yes",
}
"""The lobby that the match card asks for (domain.md, 2.8)."""

SEATS: Final = 2
SEEN_LENGTH: Final = 200
_PEOPLES: Final = {
    "terran": ("terran", "terraner", "terrano", "terranie", "терраны", "терран", "테란", "人类", "人類"),
    "zerg": ("zerg", "zergi", "зерги", "зерг", "저그", "异虫", "蟲族"),
    "protoss": ("protoss", "protosi", "протоссы", "протосс", "토스", "프로토스", "星灵", "神族"),
}
"""Names of the three peoples in the languages of the client (domain.md, 6; constants of sc2reader)."""
_BW_MARKS: Final = ("bw", "스1", "sc1")
"""What the mod writes before a people of Brood War, by language (domain.md, 6)."""
_CLAN_TAG: Final = re.compile(r"\s*(<[^<>]{1,12}>|\[[^\[\]]{1,12}\])\s*")


def race_of(text: str) -> Race | None:
    """The race that a replay names, in any language that is known; None for any other text.

    >>> race_of("BW Zerg"), race_of("스1 토스"), race_of("Терраны"), race_of("Hybrid")
    (<Race.BW_ZERG: 'bw_zerg'>, <Race.BW_PROTOSS: 'bw_protoss'>, <Race.SC2_TERRAN: 'sc2_terran'>, None)
    """
    name = text.strip().casefold()
    mark = next((mark for mark in _BW_MARKS if name.startswith(mark)), "")
    name = name.removeprefix(mark).lstrip()
    people = next((people for people, names in _PEOPLES.items() if name in names), None)
    return Race(f"{'bw' if mark else 'sc2'}_{people}") if people else None


def verify(facts: ReplayFacts, expectation: Expectation, now: datetime, settings: Settings) -> Verdict:
    """Hold a replay against the match that it shall settle.

    Args:
        facts: what the file says; nothing of it is trusted but that it says so.
        expectation: the match, sides in its order.
        now: aware UTC.
        settings: for `replay_slack_s`.

    Returns:
        All findings, also after one has failed, for the player wants to know all of them. The outcome is
        given for the sides of the match: their races, of which one is of each game, say who is who.
    """
    findings = (
        _players(facts),
        _races(facts, expectation),
        _map(facts, expectation),
        _time(facts, expectation, now, settings.replay_slack_s),
        _winner(facts),
        _names(facts, expectation),
        _observers(facts),
        _settings(facts),
    )
    if any(finding.grade is Grade.FAILED for finding in findings):
        return Verdict(findings, None)
    return Verdict(findings, _outcome(_seats(facts, expectation)))


def learned_toons(facts: ReplayFacts, expectation: Expectation) -> tuple[str, str] | None:
    """The accounts of the two sides, if this replay proves whose they are.

    Args:
        facts: of a replay that `verify` accepted.
        expectation: the match.

    Returns:
        One account per side, in the order of the match; None when a name or an account did not fit, or the
        file does not name both: an account once learned decides later matches, so a doubt teaches nothing.
    """
    if _races(facts, expectation).grade is not Grade.PASSED or len(facts.players) != len(expectation.sides):
        return None
    first, second = (seat.toon for seat in _seats(facts, expectation))
    known = _names(facts, expectation).grade is Grade.PASSED
    return (first, second) if known and first and second and first != second else None


def _found(check: Check, grade: Grade, *seen: str) -> Finding:
    return Finding(check, grade, ", ".join(seen)[:SEEN_LENGTH])


def _graded(check: Check, passed: bool, *seen: str) -> Finding:
    return _found(check, Grade.PASSED if passed else Grade.FAILED, *seen)


def _players(facts: ReplayFacts) -> Finding:
    people = [player.name for player in facts.players if player.human]
    computers = [f"{player.name} (AI)" for player in facts.players if not player.human]
    return _graded(Check.PLAYERS, len(people) == len(facts.players) == SEATS, *people, *computers)


def _races(facts: ReplayFacts, expectation: Expectation) -> Finding:
    played = {race_of(player.race) for player in facts.players}
    wanted = {side.race for side in expectation.sides}
    return _graded(Check.RACES, played == wanted, *(player.race for player in facts.players))


def _map(facts: ReplayFacts, expectation: Expectation) -> Finding:
    """By hash, for names depend on the language of the client; by name only while no hash is known (F-58)."""
    if expectation.map_hashes:
        return _graded(Check.MAP, facts.map_hash in expectation.map_hashes, facts.map_name)
    return _graded(Check.MAP, facts.map_name in expectation.map_names, facts.map_name)


def _time(facts: ReplayFacts, expectation: Expectation, now: datetime, slack_s: float) -> Finding:
    """Begun after the pairing and over by now, however long it took (F-66)."""
    slack = timedelta(seconds=slack_s)
    started_at = facts.ended_at - timedelta(seconds=facts.length_s)
    fits = started_at >= expectation.assigned_at - slack and facts.ended_at <= now + slack
    return _graded(Check.TIME, fits, f"{started_at:%Y-%m-%d %H:%M}", f"{facts.ended_at:%Y-%m-%d %H:%M}")


def _winner(facts: ReplayFacts) -> Finding:
    results = [player.result for player in facts.players]
    drawn = len(results) > 1 and set(results) == {Result.DRAW}
    won = results.count(Result.WON) == 1 and results.count(Result.LOST) == len(results) - 1
    return _graded(Check.WINNER, drawn or won, *(result.value for result in results))


def _observers(facts: ReplayFacts) -> Finding:
    return _found(Check.OBSERVERS, Grade.WARNED if facts.observers else Grade.PASSED, *facts.observers)


def _settings(facts: ReplayFacts) -> Finding:
    seen = dict(facts.settings)
    odd = [
        f"{name}: {seen.get(name, '?')}" for name, value in LADDER_LOBBY.items() if seen.get(name) != value
    ]
    return _found(Check.SETTINGS, Grade.WARNED if odd else Grade.PASSED, *odd)


def _seats(facts: ReplayFacts, expectation: Expectation) -> tuple[ReplayPlayer, ...]:
    """The players in the order of the match's sides, of which one is of each game; else as they sit."""
    first = race_of(facts.players[0].race) if facts.players else None
    if first is not None and first.game is not expectation.sides[0].race.game:
        return facts.players[::-1]
    return facts.players


def _outcome(seats: tuple[ReplayPlayer, ...]) -> Outcome:
    if seats[0].result is Result.DRAW:
        return Outcome.DRAW
    return Outcome.FIRST if seats[0].result is Result.WON else Outcome.SECOND


def _names(facts: ReplayFacts, expectation: Expectation) -> Finding:
    """Whether the two are who they should be (F-60).

    A strange name is a warning only: people have other names in the game. An account that is known to be
    another's fails, and so do two names that fit crosswise, for then each played the other's race.
    """
    names = [player.name for player in facts.players]
    seats = _seats(facts, expectation)
    if len(seats) != len(expectation.sides):
        return _found(Check.NAMES, Grade.WARNED, *names)
    one, other = expectation.sides
    straight = {_identity(seats[0], one, other), _identity(seats[1], other, one)}
    crossed = {_identity(seats[0], other, one), _identity(seats[1], one, other)}
    if straight == {Grade.PASSED}:
        return _found(Check.NAMES, Grade.PASSED, *names)
    wrong = Grade.FAILED in straight or crossed == {Grade.PASSED}
    return _found(Check.NAMES, Grade.FAILED if wrong else Grade.WARNED, *names)


def _identity(seat: ReplayPlayer, side: Expected, other: Expected) -> Grade:
    """By account where one of the same gateway was learned, since a player has one there; else by name."""
    if seat.toon in other.toons:
        return Grade.FAILED
    gateway = seat.toon.partition("-")[0]
    learned = {toon for toon in side.toons if gateway and toon.partition("-")[0] == gateway}
    if learned:
        return Grade.PASSED if seat.toon in learned else Grade.FAILED
    known = {_bare(name) for name in side.names}
    return Grade.PASSED if seat.name and _bare(seat.name) in known else Grade.WARNED


def _bare(name: str) -> str:
    """A name without clan tag and case; a name that is nothing but a tag stays.

    >>> _bare("<Clan> Alice") == _bare("[ABC]ALICE") == _bare("alice")
    True
    """
    return _CLAN_TAG.sub("", name, count=1).strip().casefold() or name.strip().casefold()
