"""A player as the ladder knows one: profile, preferences, ratings, situation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from actors.rules.ids import MapKey, MatchId, PlayerId, Race, Region


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a player told us in `/setup`. Validated by `rules.profile`."""

    name: str
    """Ladder name, 3 to 12 letters, unique without regard to case."""
    battletag: str
    alt_names: tuple[str, ...] = ()
    country: str
    """Two capitals, ISO 3166 with XX and ZZ."""
    region: Region


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a player typed into the set-up form, valid or not, kept until it is confirmed."""

    name: str = ""
    battletag: str = ""
    alt_names: str = ""
    country: str = ""
    region: Region | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """With what a player queues; the last choice is the next default."""

    bw: Race | None = None
    sc2: Race | None = None
    vetoes: frozenset[MapKey] = frozenset()


@dataclass(frozen=True, slots=True)
class Idle:
    """Free to queue."""


@dataclass(frozen=True, slots=True)
class Queued:
    """Waiting for an opponent."""

    since: datetime


@dataclass(frozen=True, slots=True)
class InMatch:
    """In an open match."""

    match: MatchId


@dataclass(frozen=True, slots=True)
class TimedOut:
    """May not queue yet."""

    until: datetime


Situation: TypeAlias = Idle | Queued | InMatch | TimedOut


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """One row of everything that a click of this player may need, read in one query."""

    id: PlayerId
    discord_name: str
    accepted_terms: bool = False
    banned: bool = False
    profile: Profile | None = None
    draft: Draft | None = None
    preferences: Preferences = field(default_factory=Preferences)
    ratings: Mapping[Race, int] = field(default_factory=dict)
    """Only races that were rated; others start at `Settings.rating_start`."""
    situation: Situation = field(default_factory=Idle)
    """`TimedOut` only when nothing else holds and the time lies ahead."""
    unreachable: bool = False
    """The last message to this player was refused because the DMs are closed; told at the next click."""
