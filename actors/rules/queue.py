"""Who waits, with what, since when."""

from dataclasses import dataclass
from datetime import datetime

from actors.rules.ids import MapKey, PlayerId, Race, Region


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One player in the queue. At least one race; ratings are the server's own (F-43)."""

    player: PlayerId
    bw: Race | None = None
    sc2: Race | None = None
    bw_rating: int | None = None
    sc2_rating: int | None = None
    vetoes: frozenset[MapKey] = frozenset()
    region: Region
    joined_at: datetime
    """Kept when an innocent player returns to the queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """How many wait and play: what a searching card shows."""

    bw_only: int = 0
    sc2_only: int = 0
    both: int = 0
    open_matches: int = 0
