"""What the actors need of the world. The adapters in `storage` and `bot` implement these.

Every method of `Store` is one transaction. All may raise `Unavailable` after a bounded time
of retries; then nothing was done, except where the docstring says otherwise.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from actors.records import (
    CardRow,
    CarriedOut,
    DuplicateReplay,
    Gone,
    Invariant,
    Joined,
    JoinRefusal,
    NotDone,
    OutcomeUnknown,
    Place,
    Previewed,
    Priority,
    Proposal,
    Reader,
    Record,
    Refused,
    ReplayAnswer,
    ReplayRow,
    Saved,
    Stale,
    Subject,
    Tally,
    Unavailable,
    Unreadable,
)
from actors.rules.allowed import AllowList, Version, VersionId
from actors.rules.ids import ChannelId, MapKey, MatchId, MessageId, PlayerId, ReplayDigest, ReplayId
from actors.rules.match import Match, Save
from actors.rules.player import Draft, Player, Preferences, Profile
from actors.rules.queue import Crowd, Member
from actors.rules.rank import Standing
from actors.rules.replay import ReplayFacts, Verdict
from actors.rules.screens import Screen
from actors.rules.settings import Settings
from actors.rules.staff import Action, ActionId, History, Order
from actors.rules.waves import Plan

__all__ = [
    "CardRow",
    "CarriedOut",
    "Clock",
    "Downloads",
    "DuplicateReplay",
    "Gone",
    "Invariant",
    "JoinRefusal",
    "Joined",
    "Luck",
    "NotDone",
    "OutcomeUnknown",
    "Place",
    "Post",
    "Previewed",
    "Priority",
    "Proposal",
    "Reader",
    "Record",
    "Refused",
    "ReplayAnswer",
    "ReplayFiles",
    "ReplayReader",
    "ReplayRow",
    "Saved",
    "Solver",
    "Stale",
    "Store",
    "Subject",
    "Tally",
    "Unavailable",
    "Unreadable",
]


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
        verdict: Verdict,
        now: datetime,
        *,
        word: bool | None = None,
    ) -> ReplayAnswer:
        """Store an upload; the same file again in the same match is the same upload, judged anew.

        Only an accepted one reserves its file: `DuplicateReplay` when it was accepted for another match,
        whatever it says about this one.
        """
        ...

    async def judge_replay(
        self, replay: ReplayId, verdict: Verdict, word: bool | None = None
    ) -> ReplayAnswer:
        """A new verdict over a stored upload, and the word of the one who was asked."""
        ...

    async def replay(self, replay: ReplayId) -> ReplayRow | None:
        """One upload as stored."""
        ...

    async def replays_of(self, match: MatchId) -> tuple[ReplayRow, ...]:
        """The uploads for this match, oldest first."""
        ...

    async def contestable(self, player: PlayerId, since: datetime) -> MatchId | None:
        """The last match of this player, ended after `since`, that another replay can confirm or contest."""
        ...

    async def stale_files(self, before: datetime, most: int) -> tuple[ReplayDigest, ...]:
        """Files that were only sent for matches that ended before, none of them contested."""
        ...

    async def drop_files(self, digests: Sequence[ReplayDigest], now: datetime) -> None:
        """Their files are gone; what was read from them stays."""
        ...

    async def allowed(self) -> AllowList:
        """All versions of mod and maps, retired ones too."""
        ...

    async def learn_versions(self, versions: Sequence[Version], by: PlayerId, now: datetime) -> None:
        """These count from now on; what was retired counts again."""
        ...

    async def ensure_versions(self, versions: Sequence[Version], now: datetime) -> None:
        """Those that the ladder is shipped with; what staff retired stays retired."""
        ...

    async def retire_version(self, version: VersionId, by: PlayerId, now: datetime) -> bool:
        """It counts no more; False when there is none or it was retired before."""
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

    # staff
    async def preview(self, order: Order, by: PlayerId, now: datetime) -> Previewed | NotDone:
        """Try an order, undo it, and keep what it would change; that `by` is staff is checked inside."""
        ...

    async def carry_out(
        self, action: ActionId, by: PlayerId, now: datetime
    ) -> CarriedOut | Previewed | NotDone:
        """Do what was previewed, once, if what it changes is as it was; else preview it anew."""
        ...

    async def action(self, action: ActionId) -> Action | None:
        """An order as kept."""
        ...

    async def history(self, match: MatchId, by: PlayerId) -> History | NotDone:
        """All about one match, for staff."""
        ...

    # ladder
    async def standings(self, since: datetime | None = None) -> tuple[Standing, ...]:
        """What each player did with each race; with `since`, at least those that changed after it.

        Only among the changed there are some without a game: whose only match was called off by a ruling.
        """
        ...

    async def tally(self) -> Tally:
        """Matches by how they stand, all seen at one moment."""
        ...

    async def audit(self, now: datetime) -> tuple[Invariant, ...]:
        """Every invariant of the database."""
        ...


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

    async def get(self, digest: ReplayDigest) -> bytes | None:
        """The file with this digest, or None when there is none."""
        ...

    async def drop(self, digest: ReplayDigest) -> None:
        """Delete a file; one that is gone is gone."""
        ...


class Solver(Protocol):
    """Whoever plans a wave."""

    async def plan(
        self,
        members: Sequence[Member],
        now: datetime,
        met: Mapping[frozenset[PlayerId], datetime],
        settings: Settings,
    ) -> Plan:
        """`rules.waves.plan`, without holding up this process for long. Raises: Unavailable."""
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
