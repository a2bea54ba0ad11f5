"""Who the two in a replay are: by account where one is known, else by name.

An account that is known to be another's is a contradiction. A name that nobody knows is a doubt, for people
have other names in the game.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from actors.rules.ids import PlayerId, Race

_CLAN_TAG: Final = re.compile(r"\s*(<[^<>]{1,12}>|\[[^\[\]]{1,12}\])\s*")


class Identity(Enum):
    """What a replay says about who played."""

    KNOWN = "known"
    DOUBTED = "doubted"
    OTHERS = "others"
    """An account that is known to be somebody else's."""
    CROSSED = "crossed"
    """Each played the other's race."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One side of the match that the replay should show."""

    player: PlayerId
    race: Race
    names: tuple[str, ...]
    """Ladder name, BattleTag's name part, alternative names."""
    toons: frozenset[str] = frozenset()
    """Accounts learned from earlier verified games."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One seat of the replay."""

    name: str
    toon: str
    """Account identity `region-S2-realm-id`, or empty."""


def identity(seats: Sequence[Seen], sides: tuple[Expected, Expected]) -> Identity:
    """Who sits on the seats, of which the first played the race of the first side (F-60)."""
    if len(seats) != len(sides):
        return Identity.DOUBTED
    one, other = sides
    straight = {_sitting(seats[0], one, other), _sitting(seats[1], other, one)}
    if straight == {Identity.KNOWN}:
        return Identity.KNOWN
    if Identity.OTHERS in straight:
        return Identity.OTHERS
    crossed = {_sitting(seats[0], other, one), _sitting(seats[1], one, other)}
    return Identity.CROSSED if crossed == {Identity.KNOWN} else Identity.DOUBTED


def _sitting(seat: Seen, side: Expected, other: Expected) -> Identity:
    """By account where one of the same gateway was learned, since a player has one there; else by name."""
    if seat.toon in other.toons:
        return Identity.OTHERS
    gateway = seat.toon.partition("-")[0]
    learned = {toon for toon in side.toons if gateway and toon.partition("-")[0] == gateway}
    if learned:
        return Identity.KNOWN if seat.toon in learned else Identity.OTHERS
    known = {bare(name) for name in side.names}
    return Identity.KNOWN if seat.name and bare(seat.name) in known else Identity.DOUBTED


def bare(name: str) -> str:
    """A name without clan tag and case; a name that is nothing but a tag stays.

    >>> bare("<Clan> Alice") == bare("[ABC]ALICE") == bare("alice")
    True
    """
    return _CLAN_TAG.sub("", name, count=1).strip().casefold() or name.strip().casefold()
