"""What staff may order, and what an order changes: before and after, in plain values.

An order is previewed, confirmed and kept. How it is carried out is the store's matter.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import NewType, TypeAlias

from actors.rules.ids import MatchId, PlayerId, Race
from actors.rules.match_terms import Match, Phase
from actors.rules.report import Outcome

ActionId = NewType("ActionId", int)
"""Number of an order as kept."""

PREVIEW_S = 900.0
"""How long a preview may be confirmed; after this Discord lets nobody answer under it."""


class Deed(Enum):
    """What an order does."""

    RESOLVE = "resolve"
    VOID = "void"
    RELEASE = "release"
    BAN = "ban"
    UNBAN = "unban"
    RATING = "rating"
    PENALTY = "penalty"

    @property
    def of_match(self) -> bool:
        """Whether it is about a match; all others are about a player."""
        return self in {Deed.RESOLVE, Deed.VOID}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order of a member of staff."""

    deed: Deed
    reason: str
    match: MatchId | None = None
    player: PlayerId | None = None
    outcome: Outcome | None = None
    """Of `RESOLVE`."""
    race: Race | None = None
    """Of `RATING`."""
    rating: int | None = None
    """The rating from now on."""
    minutes: int | None = None
    """Of `PENALTY`: how long from now; 0 forgives what runs."""


class What(Enum):
    """What changes. The values of `QUEUE` and `TIMEOUT` are seconds since 1970."""

    MATCH = "match"
    OBJECTION = "objection"
    """The replay that contests the match, until a ruling."""
    DENIED = "denied"
    """Whether the other player says something else than the report that counts, until a ruling."""
    RATING = "rating"
    QUEUE = "queue"
    PLAYS = "plays"
    """The open match that holds a player."""
    TIMEOUT = "timeout"
    BANNED = "banned"


Value: TypeAlias = int | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing before and after."""

    what: What
    player: PlayerId | None = None
    race: Race | None = None
    before: Value
    after: Value

    @property
    def found(self) -> tuple[What, PlayerId | None, Race | None, Value]:
        """What the order found; what it makes of it may depend on the hour."""
        return (self.what, self.player, self.race, self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An order as kept: previewed, and carried out or not."""

    id: ActionId
    by: PlayerId
    order: Order
    changes: tuple[Change, ...]
    previewed_at: datetime
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One transition of a match."""

    name: str
    phase: Phase
    at: datetime


@dataclass(frozen=True, slots=True)
class History:
    """All that staff may want to know of a match."""

    match: Match
    events: tuple[Event, ...]
    actions: tuple[Action, ...]
    """What staff did about it, oldest first."""


class StaffRefusal(Enum):
    """Why an order is not carried out; the catalogue has a sentence for each."""

    NOT_STAFF = "not-staff"
    NO_SUCH_MATCH = "staff-no-match"
    NO_SUCH_PLAYER = "staff-no-player"
    NEVER_PLAYED = "staff-never-played"
    NOTHING_TO_DO = "staff-nothing-to-do"
    NOT_YOURS = "staff-not-yours"
    EXPIRED = "staff-expired"
    ALREADY_DONE = "staff-already-done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """How a player stands with the ladder."""

    player: PlayerId
    banned: bool = False
    plays: MatchId | None = None
    queued_since: datetime | None = None
    timed_out_until: datetime | None = None
    ratings: Mapping[Race, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scene:
    """All that an order may touch, at one moment."""

    players: tuple[Stand, ...]
    match: Match | None = None


def compare(before: Scene, after: Scene) -> tuple[Change, ...]:
    """What is different afterwards, the match first."""
    old, new = dict(_entries(before)), dict(_entries(after))
    return tuple(
        Change(what=key[0], player=key[1], race=key[2], before=old.get(key), after=value)
        for key, value in new.items()
        if old.get(key) != value
    )


def state_of(match: Match) -> str:
    """A match in one word: its phase, or how it ended; the winner by number.

    The words are keys of the catalogue: `paired`, `live`, `disputed`, `void`, `draw`, `won:11`.
    """
    if match.phase is not Phase.SETTLED:
        return str(match.phase.value)
    if match.outcome is Outcome.DRAW:
        return "draw"
    return f"won:{match.players[0 if match.outcome is Outcome.FIRST else 1]}"


_Key: TypeAlias = tuple[What, PlayerId | None, Race | None]


def _entries(scene: Scene) -> Iterator[tuple[_Key, Value]]:
    if scene.match is not None:
        yield (What.MATCH, None, None), state_of(scene.match)
        contested = scene.match.contested
        yield (What.OBJECTION, None, None), scene.match.objection if contested else None
        yield (What.DENIED, None, None), "yes" if contested and scene.match.differ else "no"
    for player in scene.players:
        yield from _of_player(player)


def _of_player(stand: Stand) -> Iterator[tuple[_Key, Value]]:
    who = stand.player
    yield (What.BANNED, who, None), "yes" if stand.banned else "no"
    yield (What.PLAYS, who, None), stand.plays
    yield (What.QUEUE, who, None), _seconds(stand.queued_since)
    yield (What.TIMEOUT, who, None), _seconds(stand.timed_out_until)
    for race in Race:
        yield (What.RATING, who, race), stand.ratings.get(race)


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())
