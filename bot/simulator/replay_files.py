"""Which files a game depends on, as a client of each gateway would name them in its replay.

Mod and maps are those that the ladder is shipped with. Of the other maps of the pool nobody outside of the
game knows a version: theirs are made up, with theme and art of a known map, and staff have to learn them.
"""

from hashlib import sha256

from actors.rules.allowed import AllowList
from actors.rules.ids import Game, Gateway, MapKey
from actors.rules.known_versions import mod_files, shipped
from actors.rules.maps import POOL, by_key

COPIED_MOD = sha256(b"a copied mod").hexdigest()
"""The one file that a copy of the mod brings along; it stands right behind the mod."""
TEST_MOD = sha256(b"a test version of the mod").hexdigest()
_LOOKS_LIKE = {Game.BW: MapKey("radeon"), Game.SC2: MapKey("keres_passage")}


def game_files(played: MapKey, gateway: Gateway, extra: str = "") -> tuple[str, ...]:
    """All files of a game, the map last.

    Args:
        played: a map of the pool.
        gateway: where it is played.
        extra: a file that does not belong there, such as `COPIED_MOD`.
    """
    known = shipped()
    like = played if known.hashes(played) else _LOOKS_LIKE[by_key(played).game]
    copied = (extra,) if extra else ()
    return (*mod_files(gateway), *copied, *_companions(known, like, gateway), map_file(played))


def map_file(played: MapKey) -> str:
    """The hash of the map's newest version."""
    made_up = sha256(by_key(played).full_name.encode()).hexdigest()
    return min(shipped().hashes(played), default=made_up)


def unknown_maps() -> tuple[MapKey, ...]:
    """Maps of the pool of which the ladder is shipped without a version."""
    return tuple(each.key for each in POOL if not shipped().hashes(each.key))


def _companions(known: AllowList, played: MapKey, gateway: Gateway) -> list[str]:
    return sorted(
        name
        for each in known.versions
        if each.map == played and each.gateway is gateway
        for name in each.files
    )
