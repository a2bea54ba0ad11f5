"""Which game server two homes meet on, and what places are called."""

from collections.abc import Mapping

from actors.rules.ids import Gateway, Region, Server

REGION_NAMES: Mapping[Region, str] = {
    Region.NAW: "Western North America",
    Region.NAC: "Central North America",
    Region.NAE: "Eastern North America",
    Region.CAM: "Central America and Caribbean",
    Region.SAM: "South America",
    Region.EUW: "Western Europe",
    Region.EUE: "Northern and Eastern Europe",
    Region.AFR: "Africa",
    Region.MEA: "Middle East and Central Asia",
    Region.SEA: "South and Southeast Asia",
    Region.KRJ: "Korea and Japan",
    Region.CHN: "China",
    Region.THM: "Taiwan, Hong Kong, Macau",
    Region.OCE: "Oceania",
    Region.USB: "Urals and Siberia",
    Region.FER: "Far East Russia",
}
"""Where a player lives, in English."""

SERVER_NAMES: Mapping[Server, str] = {
    Server.USW: "Western United States",
    Server.USC: "Central United States",
    Server.USE: "Eastern United States",
    Server.BRZ: "Brazil",
    Server.EUC: "Central Europe",
    Server.SNG: "Singapore",
    Server.AUS: "Australia",
    Server.KOR: "South Korea",
    Server.TWN: "Taiwan",
}
"""Game servers, in English."""

GATEWAY_NAMES: Mapping[Gateway, str] = {
    Gateway.AMERICAS: "Americas",
    Gateway.EUROPE: "Europe",
    Gateway.ASIA: "Asia",
}
"""Battle.net regions as the client's globe lists them."""

_CROSS_TABLE = """
NAW USW USC USC USE USE USE USE USE KOR KOR USW USW USW USW KOR KOR
NAC     USC USC USE USE USE USE EUC EUC USW USW USW USW USW EUC EUC
NAE         USE USE USE USE EUC EUC EUC USW USW USW USW USW EUC EUC
CAM             USE USE USE USE USE USE USW USW USW USW USW EUC EUC
SAM                 USE USE USE USE USE USW USW USW USW USW USW USW
EUW                     EUC EUC EUC EUC USW USW USW USW USW EUC EUC
EUE                         EUC EUC EUC USW USC USW USW USW EUC EUC
AFR                             EUC EUC SNG SNG SNG SNG SNG EUC EUC
MEA                                 EUC SNG SNG SNG SNG SNG EUC EUC
SEA                                     SNG TWN TWN SNG SNG SNG KOR
KRJ                                         KOR KOR KOR SNG TWN KOR
CHN                                             KOR KOR SNG KOR KOR
THM                                                 TWN SNG KOR KOR
OCE                                                     AUS SNG SNG
USB                                                         EUC EUC
FER                                                             KOR
"""


def _cross_table() -> Mapping[frozenset[Region], Server]:
    table: dict[frozenset[Region], Server] = {}
    for line in _CROSS_TABLE.split("\n")[1:-1]:
        home, *servers = line.split()
        columns = list(Region)[-len(servers) :]
        for other, code in zip(columns, servers, strict=True):
            table[frozenset((Region(home), other))] = Server(code)
    return table


_SERVERS = _cross_table()


def server(home: Region, other: Region) -> Server:
    """The server on which players from these two homes meet, whoever is named first.

    Source:
        The cross table of the league, 136 pairs (domain.md, appendix A).

    >>> server(Region.EUW, Region.KRJ) is server(Region.KRJ, Region.EUW) is Server.USW
    True
    """
    return _SERVERS[frozenset((home, other))]
