"""The allow-list: which files a game of the ladder may depend on, and must.

A replay names the files that its game depended on, the map last. A copied mod brings all official files along
and one of its own, so it is found only by "nothing unknown" (decision 0020).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import NewType, TypeAlias

from actors.rules.ids import Gateway, MapKey

VersionId = NewType("VersionId", int)
Files: TypeAlias = frozenset[str]
"""SHA-256 of each file, in hex."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One publish of the mod or of a map, as it looks in one gateway."""

    id: VersionId = VersionId(0)
    """0 until it is stored."""
    name: str
    """For staff: when or from what it was learned."""
    gateway: Gateway
    files: Files
    """Of the mod: all must be there. Of a map: theme and art that it may bring along."""
    map: MapKey | None = None
    """None: this is the mod."""
    map_hash: str = ""
    """Of the map file itself; the same in all gateways."""
    retired: bool = False

    @property
    def same(self) -> tuple[Gateway, MapKey | None, str, Files]:
        """What makes it another version, whatever it is called."""
        return (self.gateway, self.map, self.map_hash, self.files)


class Fault(Enum):
    """How the files of a replay are not those of the ladder."""

    NO_VERSION = "no-version"
    """No version of the mod is known in this gateway."""
    MISSING = "missing"
    """No known version of the mod is wholly there."""
    FOREIGN = "foreign"
    """A known version is there, and something that belongs to nothing known."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """What is wrong with the files, and which."""

    fault: Fault
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AllowList:
    """All versions, retired ones too."""

    versions: tuple[Version, ...] = ()

    def hashes(self, played: MapKey) -> Files:
        """The map file of each version of this map."""
        return frozenset(each.map_hash for each in self._maps() if each.map == played)

    def map_of(self, map_hash: str) -> MapKey | None:
        """Which map this file is a version of."""
        return next((each.map for each in self._maps() if each.map_hash == map_hash), None)

    def companions(self, gateway: Gateway | None) -> Files:
        """What some map may bring along in this gateway."""
        return frozenset().union(*(each.files for each in self._maps() if each.gateway is gateway))

    def mods(self, gateway: Gateway | None) -> tuple[Version, ...]:
        """The versions of the mod in this gateway."""
        return tuple(each for each in self._active() if each.map is None and each.gateway is gateway)

    def misfit(self, gateway: Gateway | None, dependencies: Files) -> Misfit | None:
        """Hold the files of a replay, without the map itself, against the list; None when they fit."""
        mods = self.mods(gateway)
        if not mods:
            return Misfit(Fault.NO_VERSION)
        whole = [mod for mod in mods if mod.files <= dependencies]
        if not whole:
            nearest = min((mod.files - dependencies for mod in mods), key=len)
            return Misfit(Fault.MISSING, tuple(sorted(nearest)))
        known = self.companions(gateway)
        foreign = min((dependencies - mod.files - known for mod in whole), key=len)
        return Misfit(Fault.FOREIGN, tuple(sorted(foreign))) if foreign else None

    def seen_in(self, gateway: Gateway) -> Files:
        """The map files of which it is known what they bring along in this gateway."""
        return frozenset(each.map_hash for each in self._maps() if each.gateway is gateway)

    def has(self, version: Version) -> bool:
        """Whether this very version counts already."""
        return any(each.same == version.same for each in self._active())

    def with_versions(self, versions: Iterable[Version]) -> "AllowList":
        """The list with these added; what counts already stays as it is."""
        return AllowList((*self.versions, *(each for each in versions if not self.has(each))))

    def _active(self) -> Iterable[Version]:
        return (each for each in self.versions if not each.retired)

    def _maps(self) -> Iterable[Version]:
        return (each for each in self._active() if each.map is not None)


class Untaught(Enum):
    """Why a replay teaches nothing."""

    NO_GATEWAY = "learn-no-gateway"
    """Its files are of no gateway of ours, or of several."""
    KNOWN = "learn-known"
    """All of it is known."""
    OTHER_MAP = "learn-other-map"
    """The map file is known as another map."""
    COPY = "learn-copy"
    """A known game and something more: what a copied mod looks like."""


def learn(
    known: AllowList,
    *,
    gateway: Gateway | None,
    handles: tuple[str, ...],
    played: MapKey,
    name: str,
    sure: bool = False,
) -> tuple[Version, ...] | Untaught:
    """What a replay teaches that staff know to be good.

    Args:
        known: the list so far.
        gateway: of the replay's files.
        handles: all its files, the map last.
        played: which map it is.
        name: for the new versions.
        sure: a known game and something more is a new publish of the mod, not a copy.

    Returns:
        One or two new versions: what is left after a known mod are the companions of the map, what is left
        after the known companions is a new mod.
    """
    *before, map_hash = handles
    dependencies = frozenset(before)
    if gateway is None:
        return Untaught.NO_GATEWAY
    if known.map_of(map_hash) not in {None, played}:
        return Untaught.OTHER_MAP
    companions = known.companions(gateway)
    mod = _whole(known, gateway, dependencies)
    if mod and map_hash in known.seen_in(gateway) and dependencies - mod - companions:
        if not sure:
            return Untaught.COPY
        mod = frozenset()
    brought = dependencies - mod if mod else dependencies & companions
    found = [Version(name=name, gateway=gateway, files=brought, map=played, map_hash=map_hash)]
    if not mod:
        found.insert(0, Version(name=name, gateway=gateway, files=dependencies - companions))
    new = tuple(each for each in found if not known.has(each))
    return new or Untaught.KNOWN


def _whole(known: AllowList, gateway: Gateway, dependencies: Files) -> Files:
    """The largest known version of the mod that is wholly there; nothing if there is none."""
    whole = [mod.files for mod in known.mods(gateway) if mod.files <= dependencies]
    return max(whole, key=len, default=frozenset())
