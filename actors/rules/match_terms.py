"""The words of a match: its phases and state, what can be asked of it, what it asks of the world."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TypeAlias

from actors.rules.ids import MapKey, MatchId, PlayerId, Race, Rank, ReplayId, Server
from actors.rules.player import Profile
from actors.rules.queue import Member
from actors.rules.report import Claim, Differ, Outcome, settle


class Phase(Enum):
    """Where a match stands. PAIRED, LIVE and DISPUTED are open."""

    PAIRED = "paired"
    LIVE = "live"
    DISPUTED = "disputed"
    SETTLED = "settled"
    VOID = "void"

    @property
    def open(self) -> bool:
        """Whether the match still needs something to happen."""
        return self in {Phase.PAIRED, Phase.LIVE, Phase.DISPUTED}


class Cause(Enum):
    """Why a match ended the way it did."""

    REPLAY = "replay"
    REPORTS = "reports"
    ONE_REPORT = "one_report"
    RULING = "ruling"
    ABORTED = "aborted"
    NO_SHOW = "no_show"
    UNREACHABLE = "unreachable"
    UNREPORTED = "unreported"
    UNRULED = "unruled"


class Deadline(Enum):
    """What may fall due; each is a row with `due_at`, armed in the match's timers."""

    DELIVERY = "delivery"
    """Both cards delivered, or void without blame."""
    REMINDER = "reminder"
    CONFIRMATION = "confirmation"
    SILENCE = "silence"
    """The one report there is stands."""
    LIVE = "live"
    """Nobody reported at all."""
    DISPUTE = "dispute"
    """Nobody ruled: both are let go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two players, as they were when paired."""

    member: Member
    """The queue entry; an innocent player returns with it."""
    race: Race
    rating: int
    """For display. Settlement uses what is committed then."""
    rank: Rank
    profile: Profile
    discord_name: str
    delivered: bool = False
    """The match-found card reached this player."""
    confirmed: bool = False
    claim: Claim | None = None
    toons: frozenset[str] = frozenset()
    """Battle.net accounts known from earlier verified replays."""

    @property
    def player(self) -> PlayerId:
        """Who plays this side."""
        return self.member.player


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingChange:
    """One row of the ledger as players see it."""

    player: PlayerId
    race: Race
    before: int
    change: int

    @property
    def after(self) -> int:
        """The rating from now on."""
        return self.before + self.change


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One match. Replaced, never changed. `sides[0]` plays Brood War, `sides[1]` StarCraft II."""

    id: MatchId
    sides: tuple[Side, Side]
    map: MapKey
    server: Server
    paired_at: datetime
    phase: Phase = Phase.PAIRED
    version: int = 1
    """Rises with each save; the store saves only over the version that was read."""
    deadlines: tuple[tuple[Deadline, datetime], ...] = ()
    """At most one of each kind, soonest first. Empty once the match is over."""
    live_at: datetime | None = None
    ended_at: datetime | None = None
    cause: Cause | None = None
    outcome: Outcome | None = None
    blamed: tuple[PlayerId, ...] = ()
    """Who aborted, did not confirm, could not be reached, or was let go by staff."""
    timeouts: tuple[tuple[PlayerId, datetime], ...] = ()
    """Until when each blamed player may not queue; filled by the store."""
    changes: tuple[RatingChange, ...] = ()
    """Filled by the store at settlement, in the order of `sides`."""
    replay: ReplayId | None = None
    """The replay that settled the match."""
    confirmation: ReplayId | None = None
    """Another replay, sent after the end, that shows the same."""
    objection: ReplayId | None = None
    """Another replay, sent after the end, that shows something else."""
    ruled_by: PlayerId | None = None

    @property
    def players(self) -> tuple[PlayerId, PlayerId]:
        """Both players in the order of `sides`."""
        return (self.sides[0].player, self.sides[1].player)

    @property
    def differ(self) -> bool:
        """Whether the two reports say different things."""
        return isinstance(settle(self.sides[0].claim, self.sides[1].claim), Differ)

    @property
    def contested(self) -> bool:
        """Settled, and staff must say which of two replays or of two reports is right."""
        quarrel = self.objection is not None or self.differ
        return self.phase is Phase.SETTLED and quarrel and self.ruled_by is None

    def side_of(self, player: PlayerId) -> int:
        """0 or 1.

        Raises:
            ValueError: the player is not in this match.
        """
        return self.players.index(player)

    def due(self, kind: Deadline) -> datetime | None:
        """When this deadline falls due, or None when it is not armed."""
        return dict(self.deadlines).get(kind)


# What can be asked of a match.


@dataclass(frozen=True, slots=True)
class Delivered:
    """The match-found card reached this player."""

    player: PlayerId


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Discord refuses messages to this player for good: DMs closed, or left."""

    player: PlayerId


@dataclass(frozen=True, slots=True)
class Confirm:
    """A player is at the keyboard."""

    player: PlayerId


@dataclass(frozen=True, slots=True)
class Abort:
    """A player will not play. Counts only when `sure`; the first click asks."""

    player: PlayerId
    sure: bool


@dataclass(frozen=True, slots=True)
class Report:
    """A player says how it ended."""

    player: PlayerId
    claim: Claim


@dataclass(frozen=True, slots=True)
class ReplayVerified:
    """A replay passed every check that decides, and shows this outcome."""

    replay: ReplayId
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Rule:
    """A moderator decides, whatever was decided before; None voids the match."""

    moderator: PlayerId
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class LetGo:
    """A moderator takes a player out of an open match, which is void then."""

    moderator: PlayerId
    player: PlayerId


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline passed."""

    kind: Deadline


Command: TypeAlias = Delivered | Unreachable | Confirm | Abort | Report | ReplayVerified | Rule | LetGo | Due


class Refusal(Enum):
    """Why nothing happened. The catalogue has a sentence for each: what is, and what to do."""

    NOT_YOUR_MATCH = "not-your-match"
    TOO_LATE_TO_CONFIRM = "too-late-to-confirm"
    ALREADY_CONFIRMED = "already-confirmed"
    TOO_LATE_TO_ABORT = "too-late-to-abort"
    NOT_LIVE_YET = "not-live-yet"
    ALREADY_OVER = "already-over"
    ALREADY_REPORTED = "already-reported"
    IN_DISPUTE = "in-dispute"
    NOT_PLAYED = "not-played"
    SAME_RULING = "same-ruling"


# What the match asks of the world.


class Card(Enum):
    """The messages that a match keeps up to date, one of each kind for a reader."""

    FOUND = "found"
    MATCH = "match"
    RESULT = "result"
    DISPUTE = "dispute"


@dataclass(frozen=True, slots=True)
class Save:
    """Make the match durable, with its deadlines and with the cards that must show it.

    A match that is SETTLED or VOID now, and was not before, is settled or voided
    in the same transaction: ledger, penalties, release, return to the queue.
    """

    match: Match
    event: str
    """Name of the row in `match_event`."""
    cards: tuple[Card, ...] = ()
    """Cards of both players (or the staff's) to be redrawn, in order."""
    back_in_queue: tuple[PlayerId, ...] = ()


@dataclass(frozen=True, slots=True)
class Remind:
    """Nudge those who have not confirmed."""

    players: tuple[PlayerId, ...]


@dataclass(frozen=True, slots=True)
class Refuse:
    """Tell this player why nothing happened."""

    to: PlayerId
    reason: Refusal


@dataclass(frozen=True, slots=True)
class AskWhetherSure:
    """An abort costs something: ask before it counts."""

    to: PlayerId


Effect: TypeAlias = Save | Remind | Refuse | AskWhetherSure


@dataclass(frozen=True, slots=True)
class Step:
    """A match after a command, and what to do about it, in order."""

    match: Match
    effects: tuple[Effect, ...] = ()
