"""What the actors need of the world. The adapters in `storage` and `bot` implement these.

Every method of `Store` is one transaction. All may raise `Unavailable` after a bounded time
of retries; then nothing was done, except where the docstring says otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol, TypeAlias

from actors.rules.ids import (
    ChannelId,
    MapKey,
    MatchId,
    MessageId,
    PlayerId,
    Rank,
    ReplayDigest,
    ReplayId,
    Server,
)
from actors.rules.match import Match, Save
from actors.rules.player import Draft, Player, Preferences, Profile
from actors.rules.queue import Crowd, Member
from actors.rules.rank import Standing
from actors.rules.replay import Finding, ReplayFacts
from actors.rules.screens import Screen
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

    def __init__(self, reason: str, *, recipient_lost: bool) -> None:
        """Args: `recipient_lost` is True when no other message would arrive either."""
        super().__init__(reason)
        self.reason = reason
        self.recipient_lost = recipient_lost


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
    """What a card shows. Unique for a reader. `number` is a match, a replay, or 0."""

    kind: str
    """`queue`, `found`, `match`, `result`, `dispute`, `replay`."""
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRow:
    """A message that the ladder keeps up to date."""

    id: int
    """Also the nonce of its first sending."""
    reader: Reader
    subject: Subject
    channel: ChannelId | None
    message: MessageId | None
    generation: int
    """Rises with each change of what it must show."""
    shown: int
    """The generation that Discord has; below `generation` the card is out of date."""


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


@dataclass(frozen=True, slots=True)
class DuplicateReplay:
    """The same file was uploaded before, in this match (by the partner or oneself) or in another."""

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


class Store(Protocol):
    """Durable memory. The only truth."""

    # players
    async def player(self, player: PlayerId, discord_name: str, now: datetime) -> Player:
        """Everything a click may need, in one query; a first contact creates the row."""
        ...

    async def accept_terms(self, player: PlayerId, accepted: bool, now: datetime) -> None:
        """Terms accepted, or declined; each change is logged."""
        ...

    async def save_draft(self, player: PlayerId, draft: Draft | None) -> None:
        """What was typed into set-up; None forgets it."""
        ...

    async def save_profile(self, player: PlayerId, profile: Profile, now: datetime) -> bool:
        """Store the profile, drop the draft, log each changed field; False when the name is taken."""
        ...

    async def save_preferences(self, player: PlayerId, preferences: Preferences) -> None:
        """With what this player queues."""
        ...

    async def reached(self, player: PlayerId) -> None:
        """The player was told why the last match was called off: forget `unreachable`."""
        ...

    async def is_staff(self, player: PlayerId) -> bool:
        """Whether this player may rule and look into the actors."""
        ...

    async def record(self, player: PlayerId, now: datetime) -> Record:
        """Offences in the rolling window, and the time-out that runs."""
        ...

    # queue
    async def join(self, player: PlayerId, place: Place, now: datetime) -> Joined | Refused:
        """Enter the queue with the stored preferences and ratings; `place` is the clicked card."""
        ...

    async def leave(self, player: PlayerId, now: datetime) -> CardRow | None:
        """Leave the queue; None when not in it. The card's generation rises."""
        ...

    async def waiting(self) -> tuple[Member, ...]:
        """The whole queue in joining order."""
        ...

    async def met(
        self, players: Sequence[PlayerId], since: datetime
    ) -> Mapping[frozenset[PlayerId], datetime]:
        """When pairs of these players last met in a match that was not void."""
        ...

    async def recent_maps(self, players: Sequence[PlayerId], count: int) -> tuple[MapKey, ...]:
        """The last maps of these players, `count` each, newest first."""
        ...

    async def crowd(self) -> Crowd:
        """How many wait and play."""
        ...

    # matches
    async def pair(self, proposal: Proposal, now: datetime) -> Saved | None:
        """Both leave the queue and the match appears, or neither; None when one of them had left.

        `cards`: both queue cards (closed now) and both match-found cards.
        """
        ...

    async def save_wave(self, members: Sequence[Member], matches: Sequence[MatchId], now: datetime) -> None:
        """Keep the queue that a wave saw, so that every pairing can be repeated."""
        ...

    async def match(self, match: MatchId) -> Match | None:
        """One match, open or over; None when there is none."""
        ...

    async def open_matches(self) -> tuple[Match, ...]:
        """All matches that still need something to happen."""
        ...

    async def save_match(self, save: Save, now: datetime) -> Saved:
        """One transition in one transaction (see `rules.match.Save`).

        Raises:
            Stale: `save.match.version` is not the stored version; nothing was done.
            OutcomeUnknown: the answer to the commit was lost.
        """
        ...

    # replays
    async def save_replay(
        self,
        match: MatchId,
        uploader: PlayerId,
        facts: ReplayFacts,
        findings: Sequence[Finding],
        now: datetime,
    ) -> ReplayAnswer:
        """Store an upload, or say for which match the same file came before."""
        ...

    async def replay(self, replay: ReplayId) -> ReplayRow | None:
        """One upload as stored."""
        ...

    async def replays_of(self, match: MatchId) -> tuple[ReplayRow, ...]:
        """The uploads for this match, oldest first."""
        ...

    async def learn_toons(self, toons: Mapping[PlayerId, str]) -> None:
        """Remember the Battle.net accounts that a verified replay showed."""
        ...

    # cards
    async def pending_cards(self) -> tuple[CardRow, ...]:
        """All cards that are out of date, oldest first."""
        ...

    async def card(self, reader: Reader, subject: Subject) -> CardRow | None:
        """The one card of this reader about this subject."""
        ...

    async def new_card(self, reader: Reader, subject: Subject, now: datetime) -> CardRow:
        """A card outside of a match's transaction (a replay's); the same again raises its generation."""
        ...

    async def card_shown(self, card: int, place: Place, generation: int) -> None:
        """Discord has this generation now. Never lowers `shown`."""
        ...

    async def card_lost(self, card: int, reason: str, recipient_lost: bool) -> None:
        """It cannot be delivered: counts as shown; a lost player is marked unreachable."""
        ...

    # ladder
    async def standings(self) -> tuple[Standing, ...]:
        """What each player did with each race, counted from the matches."""
        ...

    async def tally(self) -> Tally:
        """Matches by how they stand, all seen at one moment."""
        ...

    async def audit(self, now: datetime) -> tuple[Invariant, ...]:
        """Every invariant of the database."""
        ...


class Priority(Enum):
    """Who goes first when Discord's 50 requests a second are short."""

    FOUND = 0
    MATCH = 1
    RESULT = 2
    QUEUE = 3
    STAFF = 4


class Post(Protocol):
    """The post office: what leaves for Discord through the bot's token."""

    async def open_dm(self, player: PlayerId) -> ChannelId:
        """Raises: Gone, Unavailable."""
        ...

    async def send(self, channel: ChannelId, screen: Screen, nonce: int, priority: Priority) -> MessageId:
        """A new message. The same nonce within minutes posts once. Raises: Gone, Unavailable."""
        ...

    async def edit(self, place: Place, screen: Screen, priority: Priority) -> None:
        """Raises: Gone, Unavailable."""
        ...


class Downloads(Protocol):
    """Files that players attached."""

    async def fetch(self, url: str, limit: int) -> bytes:
        """At most `limit` bytes. Raises: Gone (expired or larger), Unavailable."""
        ...


class ReplayReader(Protocol):
    """Bytes to facts, in a worker with limits."""

    async def read(self, content: bytes) -> ReplayFacts:
        """Raises: Unreadable."""
        ...


class ReplayFiles(Protocol):
    """Replay files by digest."""

    async def put(self, content: bytes) -> ReplayDigest:
        """Keep a file; the same again costs a look."""
        ...


class Clock(Protocol):
    """Aware UTC, moving with Trio's clock."""

    def now(self) -> datetime:
        """The time of day."""
        ...


class Luck(Protocol):
    """Numbers in [0, 1)."""

    def draw(self) -> float:
        """One number."""
        ...
