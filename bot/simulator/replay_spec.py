"""What a written replay shall show: the game as the simulated players played it."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from actors.rules.ids import Gateway
from actors.rules.replay import Result

BUILD = 95299
"""The client build that the files claim to be of: that of the mod's own test replays."""

STANDARD_HANDLES = tuple(
    sha256(f"Standard Data: {campaign}.SC2Mod".encode()).hexdigest()
    for campaign in ("Liberty", "Swarm", "Void")
)
"""Files that every game depends on, named by the hash of their name; sc2reader reads no replay without."""

LADDER_LOBBY = (
    ("Game Privacy", "Normal"),
    ("Game Speed", "Faster"),
    ("Game Duration", "Infinite"),
    ("Locked Alliances", "Yes"),
)
"""The lobby settings that the ladder asks for (domain.md, 2.8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One who plays: a person, or with `human=False` the computer."""

    name: str
    race: str
    """As the game names it: "BW Zerg", "Terran", or in another language."""
    toon: str = ""
    """Account identity `region-S2-realm-id`; empty for the computer."""
    result: Result = Result.UNKNOWN
    clan: str = ""
    human: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GameSpec:
    """One finished game, as seen by the client that recorded it."""

    players: tuple[Seat, ...]
    """In the order of the lobby; a ladder game has two."""
    map_name: str
    handles: tuple[str, ...]
    """SHA-256 of each file that the game depends on: `STANDARD_HANDLES`, the mod's own, the map last."""
    gateway: Gateway
    ended_at: datetime
    """Aware UTC."""
    length_s: float
    """Real seconds until the first player left."""
    linger_s: float = 0.0
    """How long the others, and the recording, stayed after that."""
    observers: tuple[str, ...] = ()
    lobby: tuple[tuple[str, str], ...] = LADDER_LOBBY
    glances: int = 1
    """How often each player looks around in a game second; four make as many events as a real game has."""
    seed: int = 0
    """For what the players look at during the game; the same seed writes the same file."""
