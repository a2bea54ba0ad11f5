"""The versions of mod and maps that the ladder is shipped with: what was published in autumn 2025.

From the official test replays of that time. Of Death Valley, Sylphid and Vermeer only hash and theme are
known; their art is that of the other maps of the same author (replays.md, 7.2 and appendix B).
"""

import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from actors.rules.allowed import AllowList, Version
from actors.rules.ids import Gateway, MapKey


@cache
def shipped() -> AllowList:
    """The list of a ladder on which staff have not learned anything yet."""
    known = json.loads(files("actors.rules").joinpath("versions.json").read_text(encoding="utf-8"))
    return AllowList((*_mods(known), *_maps(known)))


@cache
def mod_files(gateway: Gateway) -> tuple[str, ...]:
    """The files of the mod in the order in which a replay names them."""
    known = json.loads(files("actors.rules").joinpath("versions.json").read_text(encoding="utf-8"))
    return tuple(known["mods"][gateway.value])


def _mods(known: Any) -> Iterable[Version]:
    return (
        Version(name=known["name"], gateway=Gateway(gateway), files=frozenset(needed))
        for gateway, needed in known["mods"].items()
    )


def _maps(known: Any) -> Iterable[Version]:
    return (
        Version(
            name=known["name"],
            gateway=Gateway(gateway),
            files=frozenset(brought),
            map=MapKey(key),
            map_hash=each["hash"],
        )
        for key, each in known["maps"].items()
        for gateway, brought in each["companions"].items()
    )
