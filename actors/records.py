"""What passes through the ports: faults, cards, and the answers of the store."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TypeAlias

from actors.rules.ids import ChannelId, MapKey, MatchId, MessageId, PlayerId, Rank, ReplayId, Server
from actors.rules.match import Match
from actors.rules.queue import Member
from actors.rules.replay import Finding, ReplayFacts, Upload
from actors.rules.staff import Action, StaffRefusal
from supervision import Reject


class Unavailable(Reject):
    """A door is shut for now: nothing was counted, try again in a moment.

    A refusal to the caller, not a crash of the actor: weather (architecture.md).
    """


class OutcomeUnknown(Unavailable):
    """The answer to a commit was lost: reload before going on."""


class Stale(Exception):
    """Somebody else saved this match since it was read: reload and decide again."""


class Gone(Exception):
    """Discord will never deliver this: DMs closed, unknown message or channel, no access."""

    def __init__(self, reason: str, *, recipient_lost: bool, deleted: bool = False) -> None:
        """Args: `recipient_lost`: no other message would arrive either; `deleted`: it was there."""
        super().__init__(reason)
        self.reason = reason
        self.recipient_lost = recipient_lost
        self.deleted = deleted


class Unreadable(Exception):
    """A replay that cannot be read; `reason` is a key of the catalogue."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


# Who reads a card, and which card it is


@dataclass(frozen=True, slots=True)
class Reader:
    """To whom a card is addressed: a player's DM, or a channel of the guild."""

    player: PlayerId | None = None
    channel: ChannelId | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What a card shows. Unique for a reader. `number` is a match, a replay, an order of staff, or 0."""

    kind: str
    """`queue`, `found`, `match`, `result`, `dispute`, `replay`, `staff`."""
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRow:
    """A message that the ladder keeps up to date."""

    id: int
    reader: Reader
    subject: Subject
    channel: ChannelId | None
    message: MessageId | None
    generation: int
    """Rises with each change of what it must show."""
    shown: int
    """The generation that Discord has; below `generation` the card is out of date."""
    behind_since: datetime
    """Since when it is out of date; without meaning when it is not."""
    attempts: int = 0
    """How often in a row it did not arrive."""
    deleted: int = 0
    """How often somebody deleted it, so that it was sent anew."""

    @property
    def nonce(self) -> int:
        """Of its next sending: the same for each try, another after somebody deleted it."""
        return self.id + (self.deleted << 40)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message is."""

    channel: ChannelId
    message: MessageId


# Answers of the store


class JoinRefusal(Enum):
    """Why the queue did not take a player; checked inside the transaction."""

    BANNED = "banned"
    NO_TERMS = "no-terms"
    NO_PROFILE = "no-profile"
    NO_RACE = "no-race"
    ALREADY_QUEUED = "already-queued"
    IN_MATCH = "in-match"
    TIMED_OUT = "timed-out"


@dataclass(frozen=True, slots=True)
class Joined:
    """In the queue, and the row of the card that shows it."""

    member: Member
    card: CardRow


@dataclass(frozen=True, slots=True)
class Refused:
    """Not in the queue; `until` for a time-out, `match` when in one."""

    reason: JoinRefusal
    until: datetime | None = None
    match: MatchId | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save made true: the match as stored, and the cards that must be redrawn, in order."""

    match: Match
    cards: tuple[CardRow, ...] = ()
    back: tuple[Member, ...] = ()
    """Who returned to the queue, with the old joining time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Two members that shall play, with what was drawn for them."""

    bw: Member
    sc2: Member
    ranks: tuple[Rank, Rank]
    map: MapKey
    server: Server
    seed: float
    """The drawn number that chose the map, stored so that the draw can be repeated."""


@dataclass(frozen=True, slots=True)
class ReplayRow:
    """An upload as stored."""

    id: ReplayId
    match: MatchId
    uploader: PlayerId
    facts: ReplayFacts
    findings: tuple[Finding, ...]
    accepted: bool = False
    """It settles its match, or would; the file counts for no other."""
    word: bool | None = None
    """What the player said who was asked whether this was their game."""
    kept: bool = True
    """The file itself is still there."""

    @property
    def upload(self) -> Upload:
        """In the words of the rules."""
        return Upload(self.uploader, self.word)


@dataclass(frozen=True, slots=True)
class DuplicateReplay:
    """The same file was accepted for another match."""

    match: MatchId


ReplayAnswer: TypeAlias = ReplayRow | DuplicateReplay


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a profile shows beside the standings."""

    aborts: int
    no_shows: int
    timed_out_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Matches by how they stand."""

    settled: int
    void: int
    disputed: int
    """Ever disputed, ruled since or not."""
    open: int
    by_cause: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Invariant:
    """One invariant of the database and whether it holds."""

    name: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Previewed:
    """An order that was tried and undone: what it would change."""

    action: Action
    match: Match | None = None
    """As it stands."""
    again: bool = False
    """Something changed since the preview before, so nothing was done."""


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """An order that counts now, and what must be redrawn."""

    action: Action
    match: Match | None = None
    """As it stands now."""
    cards: tuple[CardRow, ...] = ()
    back: tuple[Member, ...] = ()
    left: tuple[PlayerId, ...] = ()
    """Who does not wait any more."""


@dataclass(frozen=True, slots=True)
class NotDone:
    """An order that is refused."""

    reason: StaffRefusal


class Priority(Enum):
    """Who goes first when Discord's 50 requests a second are short."""

    FOUND = 0
    MATCH = 1
    RESULT = 2
    QUEUE = 3
    STAFF = 4
