"""What a replay says, and what holding it against a match finds."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from actors.rules.allowed import AllowList
from actors.rules.identity import Expected
from actors.rules.ids import Gateway, MapKey, MatchId, PlayerId, ReplayDigest
from actors.rules.report import Outcome


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


class Part(Enum):
    """What a file says in two places, and should say alike."""

    SUMMARY = "summary"
    """The summary that the game adds is not there at all."""
    RESULT = "result"
    LENGTH = "length"
    FILES = "files"
    SPEED = "speed"
    ACCOUNTS = "accounts"
    NAMES = "names"
    SEATS = "seats"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayFacts:
    """What was read from one file. No opinion."""

    digest: ReplayDigest
    size: int
    build: int
    gateway: Gateway | None
    """None for a gateway that the ladder does not play on, or for files of several."""
    map_name: str
    """For display only: it depends on the client's language."""
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
    seed: int = 0
    """The random seed of the game: the same in all recordings of it."""
    contradictions: tuple[Part, ...] = ()
    """In what the file contradicts itself, which the game's own never do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What the match expects of its replay. `sides` in the order of the match."""

    match: MatchId
    sides: tuple[Expected, Expected]
    map: MapKey
    allowed: AllowList
    assigned_at: datetime


@dataclass(frozen=True, slots=True)
class Upload:
    """Who brought the file, and what the other said to it."""

    uploader: PlayerId
    word: bool | None = None
    """The answer of the player who was asked whether this was their game."""


class Check(Enum):
    """What is looked at, in the order shown to players."""

    FILE = "file"
    PLAYERS = "players"
    RACES = "races"
    MAP = "map"
    MOD = "mod"
    TIME = "time"
    WINNER = "winner"
    NAMES = "names"
    OBSERVERS = "observers"
    SPEED = "speed"
    SETTINGS = "settings"


class Grade(Enum):
    """What a check found."""

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"


class Reason(Enum):
    """Why exactly, where the check and its grade do not say it; each has a sentence of its own."""

    ALONE = "alone"
    COMPUTER = "computer"
    CROWD = "crowd"
    MAP_UNKNOWN = "map-unknown"
    """No version of the assigned map is known yet."""
    MOD_UNKNOWN = "mod-unknown"
    """No version of the mod is known in this gateway yet."""
    MOD_MISSING = "mod-missing"
    MOD_FOREIGN = "mod-foreign"
    EARLY = "early"
    LATE = "late"
    ACCOUNT = "account"
    """An account that is known to be another's."""
    CROSSED = "crossed"
    """Each played the other's race."""
    VOUCHED = "vouched"
    """Names that nobody knows, and a yes of the one whom it costs."""
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer of one check, with what was seen (short text from the file, may be hostile)."""

    check: Check
    grade: Grade
    seen: str = ""
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification found, check by check, and the result if the replay proves one."""

    findings: tuple[Finding, ...]
    """One per `Check`, in that order."""
    outcome: Outcome | None = None
    """None as soon as one finding is FAILED, and while somebody is asked."""
    asked: PlayerId | None = None
    """Who must say whether this was their game, before it counts."""
    claimed: Outcome | None = None
    """What it would prove; for whoever is asked."""

    @property
    def accepted(self) -> bool:
        """Whether the replay settles the match."""
        return self.outcome is not None
