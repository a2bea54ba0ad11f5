"""What runs in a worker process: one replay in, its facts out. Nothing else of the program is imported here.

The file is hostile until proven otherwise. So the process has limits on memory and, per file, on processor
time; it may die of them without harm. sc2reader raises whatever its own code stumbles over: the families of
`STUMBLES` are answers ("unreadable"). Anything else is a bug, and travels to the caller as one.
"""

import logging
import re
import resource
import struct
import time
import unicodedata
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from math import ceil
from typing import Any, Final

from sc2reader.engine.engine import GameEngine
from sc2reader.engine.plugins.gameheart import GameHeartNormalizer
from sc2reader.events.game import PlayerLeaveEvent
from sc2reader.exceptions import SC2ReaderError
from sc2reader.resources import Replay

from actors.rules.ids import Gateway, ReplayDigest
from actors.rules.replay import ReplayFacts, ReplayPlayer, Result
from storage.replay_doubts import contradictions

MEMORY_BYTES = 512 << 20
"""Address space of a worker. The largest real replay at hand needs 93 MB, libraries included."""
STUMBLES: Final = (
    SC2ReaderError,
    struct.error,
    zlib.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    BufferError,
    EOFError,
    LookupError,
    MemoryError,
    NameError,
    OSError,
    RuntimeError,
    StopIteration,
    SystemError,
    TypeError,
    ValueError,
)
"""What sc2reader and mpyq raise over a damaged file, with all subclasses, such as bad UTF-8 or recursion."""

HUMAN: Final = 2
"""Slot control of a person; 3 is the computer."""
RESULTS: Final = {1: Result.WON, 2: Result.LOST, 3: Result.DRAW}
SPEEDS: Final = dict(enumerate((0.6, 0.8, 1.0, 1.2, 1.4)))
"""Game seconds per real second, slowest speed first (domain.md, 2.8: Faster is 1.4)."""
LOOPS_PER_SECOND: Final = 16
GATEWAYS: Final = {"us": Gateway.AMERICAS, "eu": Gateway.EUROPE, "kr": Gateway.ASIA}
SHOWN_SETTINGS: Final = ("Game Privacy", "Game Speed", "Game Duration", "Locked Alliances")
LOBBY_SCOPE: Final = 16
"""The "player" to whom sc2reader gives the attributes of the whole game."""
WINDOWS_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)
FIRST_WITH_FIXED_SEATS: Final = 34784
"""From this build on nobody lobbies inside of a map (GameHeart), so players are who the lobby says."""
FIRST_SALE, LAST_YEAR = datetime(2010, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
LONGEST_S, LAST_BUILD = 7 * 86400.0, 2**31 - 1
"""Bounds that no real file passes. What is beyond them was made to break whoever calculates with it."""
TOON: Final = re.compile(r"[1-9]\d{0,2}-S2-\d{1,3}-[1-9]\d{0,18}", re.ASCII)
HASH: Final = re.compile(r"[0-9a-f]{64}")
WORD: Final = 0xFFFFFFFF
NAME_LENGTH, TITLE_LENGTH, MOST_HANDLES, MOST_PEOPLE = 40, 120, 64, 16


@dataclass(frozen=True, slots=True)
class Stumbled:
    """The file could not be read. `over` names what the reader tripped on; it may quote the file."""

    over: str


def prepare() -> None:
    """Set the limits of the process once, when it starts."""
    logging.disable()
    with suppress(ValueError):  # macOS knows this limit and refuses to set it
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def ready() -> bool:
    """Answer, so that a worker is started and warm before the first file comes."""
    return True


def read(content: bytes, events: bool, cpu_s: float) -> ReplayFacts | Stumbled:
    """Read one file.

    Args:
        content: the file.
        events: read the game's events too; slow, and only for what the details do not say.
        cpu_s: processor seconds for this file, after which the system kills the process (SIGXCPU).
    """
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (ceil(time.process_time() + cpu_s), hard))
    try:
        return _facts(_load(content, events=events), content, events=events)
    except STUMBLES as stumble:
        return Stumbled(clean(repr(stumble), TITLE_LENGTH))


def clean(text: str, length: int) -> str:
    r"""Text from a file, as plain text: one line, no control or direction characters, at most `length` long.

    >>> clean("Al\u202eice\x00\n  Bob", 40)
    'Alice Bob'
    """
    visible = "".join(
        " " if letter.isspace() else letter
        for letter in text[: 4 * length]
        if letter.isspace() or unicodedata.category(letter)[0] != "C"
    )
    return " ".join(visible.split())[:length].rstrip()


def _load(content: bytes, *, events: bool) -> Any:
    """sc2reader's view of the file. Its own engine, which follows every unit, stays out."""
    if not events:
        return Replay(BytesIO(content), load_level=2, engine=None, debug=False)
    old = Replay(BytesIO(content), load_level=0, engine=None, debug=False).build < FIRST_WITH_FIXED_SEATS
    engine = GameEngine([GameHeartNormalizer()]) if old else None
    return Replay(BytesIO(content), load_level=4, engine=engine, do_tracker_events=old, debug=False)


def _facts(replay: Any, content: bytes, *, events: bool) -> ReplayFacts:
    details = replay.raw_data.get("replay.details") or replay.raw_data["replay.details.backup"]
    handles = _handles(details)
    loops = (_first_leave(replay) if events else None) or replay.frames
    length_s = loops / LOOPS_PER_SECOND / SPEEDS[details["game_speed"]]
    ended_at = WINDOWS_EPOCH + timedelta(microseconds=details["file_time"] // 10)
    plausible = (
        0 <= length_s <= LONGEST_S and FIRST_SALE <= ended_at <= LAST_YEAR and 0 < replay.build <= LAST_BUILD
    )
    if not plausible:
        raise ValueError(f"no game of build {replay.build} ended at {ended_at} after {length_s} s")
    players = tuple(_player(player) for player in replay.players[:MOST_PEOPLE])
    return ReplayFacts(
        digest=ReplayDigest(sha256(content).hexdigest()),
        size=len(content),
        build=replay.build,
        gateway=_gateway(details),
        map_name=clean(details["map_name"], TITLE_LENGTH),
        map_hash=handles[-1],
        handles=handles,
        players=players,
        observers=tuple(clean(observer.name, NAME_LENGTH) for observer in replay.observers[:MOST_PEOPLE]),
        ended_at=ended_at,
        length_s=length_s,
        settings=tuple(_settings(replay.attributes[LOBBY_SCOPE])),
        from_events=events and all(player.result is not Result.UNKNOWN for player in players),
        seed=_lobby(replay)["lobby_state"]["random_seed"] & WORD,
        contradictions=contradictions(replay, details, _lobby(replay)),
    )


def _lobby(replay: Any) -> Any:
    return replay.raw_data.get("replay.initData") or replay.raw_data["replay.initData.backup"]


def _gateway(details: Any) -> Gateway | None:
    """The one that all files come from."""
    servers = {handle.server for handle in details["cache_handles"]}
    return GATEWAYS.get(servers.pop()) if len(servers) == 1 else None


def _handles(details: Any) -> tuple[str, ...]:
    handles = tuple(handle.hash for handle in details["cache_handles"])
    if not 0 < len(handles) <= MOST_HANDLES or not all(HASH.fullmatch(handle) for handle in handles):
        raise ValueError("cache handles are no list of hashes")
    return handles


def _player(player: Any) -> ReplayPlayer:
    toon = player.toon_handle or "{region}-S2-{subregion}-{uid}".format(**player.detail_data["bnet"])
    return ReplayPlayer(
        name=clean(player.name, NAME_LENGTH),
        clan=clean(getattr(player, "clan_tag", None) or "", NAME_LENGTH),
        race=clean(player.detail_data["race"], NAME_LENGTH),
        result=RESULTS.get(player.detail_data["result"], Result.UNKNOWN),
        human=player.slot_data["control"] == HUMAN,
        toon=toon if TOON.fullmatch(toon) else "",
    )


def _settings(lobby: Any) -> Iterable[tuple[str, str]]:
    return ((name, clean(str(lobby[name]), NAME_LENGTH)) for name in SHOWN_SETTINGS if lobby.get(name))


def _first_leave(replay: Any) -> int | None:
    """The loop at which the first player left; watchers come and go."""
    people = {player.uid for player in replay.players if player.slot_data["control"] == HUMAN}
    leaves = (event for event in replay.game_events if isinstance(event, PlayerLeaveEvent))
    return next((leave.frame for leave in leaves if leave.pid in people), None)
