"""Registry keys: where each process of the ladder is found, whatever its generation."""

from typing import Final, TypeAlias

from actors.ports import Reader
from actors.rules.ids import MatchId, PlayerId

Key: TypeAlias = tuple[str, object]

MATCHMAKER: Final[Key] = ("matchmaker", "1v1")
RANKS: Final[Key] = ("desk", "ranks")
REPLAY_DESK: Final[Key] = ("desk", "replays")
STEWARD: Final[Key] = ("desk", "steward")

MATCHES: Final[Key] = ("pool", "matches")
SESSIONS: Final[Key] = ("pool", "sessions")
COURIERS: Final[Key] = ("pool", "couriers")


def match_key(match: MatchId) -> Key:
    """The process of an open match."""
    return ("match", match)


def session_key(player: PlayerId) -> Key:
    """The process of a player in action."""
    return ("session", player)


def courier_key(reader: Reader) -> Key:
    """The process that writes to this reader."""
    return ("courier", reader)
