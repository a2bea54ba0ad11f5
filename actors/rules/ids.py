"""The names of things: players, matches, races, regions, servers."""

from enum import Enum
from typing import NewType

PlayerId = NewType("PlayerId", int)
"""A Discord user id."""
MatchId = NewType("MatchId", int)
"""The number players see: Match #7."""
ChannelId = NewType("ChannelId", int)
MessageId = NewType("MessageId", int)
MapKey = NewType("MapKey", str)
"""Short stable key of a map, such as `radeon`."""
ReplayId = NewType("ReplayId", int)
ReplayDigest = NewType("ReplayDigest", str)
"""SHA-256 of the file, in hex."""


class Game(Enum):
    """The two games that meet in this mod."""

    BW = "bw"
    SC2 = "sc2"


class Race(Enum):
    """The six races. A ladder match is one of each game."""

    BW_TERRAN = "bw_terran"
    BW_ZERG = "bw_zerg"
    BW_PROTOSS = "bw_protoss"
    SC2_TERRAN = "sc2_terran"
    SC2_ZERG = "sc2_zerg"
    SC2_PROTOSS = "sc2_protoss"

    @property
    def game(self) -> Game:
        """Which game the race comes from."""
        return Game.BW if self.value.startswith("bw_") else Game.SC2


class Region(Enum):
    """Where a player lives (domain.md, 4.7)."""

    NAW = "NAW"
    NAC = "NAC"
    NAE = "NAE"
    CAM = "CAM"
    SAM = "SAM"
    EUW = "EUW"
    EUE = "EUE"
    AFR = "AFR"
    MEA = "MEA"
    SEA = "SEA"
    KRJ = "KRJ"
    CHN = "CHN"
    THM = "THM"
    OCE = "OCE"
    USB = "USB"
    FER = "FER"


class Gateway(Enum):
    """A Battle.net region; it decides the map link."""

    AMERICAS = "am"
    EUROPE = "eu"
    ASIA = "as"


class Server(Enum):
    """A Blizzard game server."""

    USW = "USW"
    USC = "USC"
    USE = "USE"
    BRZ = "BRZ"
    EUC = "EUC"
    SNG = "SNG"
    AUS = "AUS"
    KOR = "KOR"
    TWN = "TWN"

    @property
    def gateway(self) -> Gateway:
        """Singapore and Australia are reached through the Americas (domain.md, 6)."""
        match self:
            case Server.EUC:
                return Gateway.EUROPE
            case Server.KOR | Server.TWN:
                return Gateway.ASIA
            case _:
                return Gateway.AMERICAS


class Rank(Enum):
    """The letter of a place on the ladder; U without one."""

    S = "S"
    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"
    U = "U"
