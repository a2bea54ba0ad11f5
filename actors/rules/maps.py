"""The maps of the season and the mod they are played with."""

from collections.abc import Mapping
from dataclasses import dataclass

from actors.rules.ids import Game, Gateway, MapKey

_NUMBER: Mapping[Gateway, int] = {Gateway.AMERICAS: 1, Gateway.EUROPE: 2, Gateway.ASIA: 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """One map of the pool."""

    key: MapKey
    short_name: str
    full_name: str
    """As a replay made with an English client reports it."""
    author: str
    game: Game
    """Whose tradition the map comes from."""
    links: Mapping[Gateway, int]
    """Number of the published map in each gateway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mod:
    """The extension mod under which every map is hosted."""

    name: str
    author: str
    links: Mapping[Gateway, int]


def _links(americas: int, europe: int, asia: int) -> Mapping[Gateway, int]:
    return {Gateway.AMERICAS: americas, Gateway.EUROPE: europe, Gateway.ASIA: asia}


def _bw(key: str, name: str, korean: str, links: Mapping[Gateway, int]) -> Map:
    return Map(
        key=MapKey(key),
        short_name=name,
        full_name=f"[SC:Evo] {name} ({korean})",
        author="SCEvoLadder",
        game=Game.BW,
        links=links,
    )


def _sc2(key: str, name: str, author: str, links: Mapping[Gateway, int]) -> Map:
    return Map(
        key=MapKey(key),
        short_name=name,
        full_name=f"{name} SEL",
        author=author,
        game=Game.SC2,
        links=links,
    )


MOD = Mod(name="SC: Evo Complete", author="SCEvoDev", links=_links(349669, 246488, 162487))
"""Source: domain.md, 6."""

POOL: tuple[Map, ...] = (
    _bw("death_valley", "Death Valley", "데스밸리", _links(367495, 258890, 184685)),
    _sc2("golden_wall", "Golden Wall", "SCEvoLeague", _links(374671, 261404, 188794)),
    _bw("holy_world", "Holy World", "홀리월드", _links(367497, 258892, 184687)),
    _sc2("keres_passage", "Keres Passage", "HyperONE", _links(367550, 258950, 184790)),
    _sc2("mothership", "Mothership", "SCEvoLeague", _links(377211, 263960, 189313)),
    _bw("radeon", "Radeon", "라데온", _links(367506, 258902, 184696)),
    _sc2("ruby_rock", "Ruby Rock", "SCEvoLeague", _links(376705, 261405, 189816)),
    _bw("sylphid", "Sylphid", "실피드", _links(367510, 258906, 184701)),
    _bw("vermeer", "Vermeer", "버미어", _links(367512, 258908, 184704)),
)
"""The nine maps of the 1v1 season, by short name.

Source: domain.md, 6.
"""

_BY_KEY = {each.key: each for each in POOL}


def by_key(key: MapKey) -> Map:
    """The map with this key.

    Raises:
        KeyError: no map of the pool has it.

    >>> by_key(MapKey("radeon")).short_name
    'Radeon'
    """
    return _BY_KEY[key]


def link(what: Map | Mod, gateway: Gateway) -> str:
    """The address that opens a map or the mod in the client of this gateway.

    Source:
        domain.md, 2.8.

    >>> link(MOD, Gateway.EUROPE)
    'battlenet:://starcraft/map/2/246488'
    """
    return f"battlenet:://starcraft/map/{_NUMBER[gateway]}/{what.links[gateway]}"
