"""Writes well-formed `.SC2Replay` files of games that only simulated players played.

The files are of build 95299, the build of the mod's own test replays, and carry what every reader of
replays looks at: header, details, lobby, attributes, messages, game events, tracker events.
"""

from datetime import UTC, datetime, timedelta
from types import ModuleType

from actors.rules.replay import Result
from bot.simulator.mpq import pack
from bot.simulator.replay_codec import BitPacked, Value, Versioned, published
from bot.simulator.replay_events import game_events, messages, recorded_loops, tracker_events
from bot.simulator.replay_lobby import COMPUTER, PERSON, PLAYING, SPEEDS, attributes, handle_blobs, lobby
from bot.simulator.replay_spec import BUILD, GameSpec, Seat
from bot.simulator.replay_summary import summary

VERSION = {"m_flags": 1, "m_major": 5, "m_minor": 0, "m_revision": 15, "m_build": BUILD, "m_baseBuild": BUILD}
SIGNATURE = b"StarCraft II replay\x1b11"
WINDOWS_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
RESULTS = {Result.UNKNOWN: 0, Result.WON: 1, Result.LOST: 2, Result.DRAW: 3}


def write(spec: GameSpec) -> bytes:
    """Write the replay of a game.

    Args:
        spec: what it shall show. The same spec gives the same bytes.

    Returns:
        The whole file, some 4 KB and 0.5 KB per minute played.
    """
    return _bound(spec, _parts(spec))


def forge(played: GameSpec, claimed: GameSpec) -> bytes:
    """Write the replay of a game, with the details of another: what a forger with an editor does."""
    return _bound(played, _parts(played) | {"replay.details": _parts(claimed)["replay.details"]})


def _bound(spec: GameSpec, parts: dict[str, bytes]) -> bytes:
    return pack(parts, _header(spec, published(BUILD)))


def _parts(spec: GameSpec) -> dict[str, bytes]:
    protocol = published(BUILD)
    details = Versioned(protocol.typeinfos)
    details.write(protocol.game_details_typeid, _details(spec))
    init = BitPacked(protocol.typeinfos)
    init.write(protocol.replay_initdata_typeid, lobby(spec))
    return {
        "replay.attributes.events": attributes(spec),
        "replay.details": bytes(details),
        "replay.game.events": game_events(spec, protocol),
        "replay.gamemetadata.json": summary(spec),
        "replay.initData": bytes(init),
        "replay.message.events": messages(spec, protocol),
        "replay.tracker.events": tracker_events(spec, protocol),
    }


def _header(spec: GameSpec, protocol: ModuleType) -> bytes:
    header = Versioned(protocol.typeinfos)
    value = {
        "m_signature": SIGNATURE,
        "m_version": VERSION,
        "m_type": 2,
        "m_elapsedGameLoops": recorded_loops(spec),
        "m_useScaledTime": True,
        "m_ngdpRootKey": {"m_data": bytes(16)},
        "m_dataBuildNum": BUILD,
        "m_replayCompatibilityHash": {"m_data": bytes(16)},
        "m_ngdpRootKeyIsDevData": False,
    }
    header.write(protocol.replay_header_typeid, value)
    return bytes(header)


def _details(spec: GameSpec) -> Value:
    return {
        "m_playerList": [_player(slot, seat) for slot, seat in enumerate(spec.players)],
        "m_title": spec.map_name.encode(),
        "m_difficulty": b"",
        "m_thumbnail": {"m_file": b"Minimap.tga"},
        "m_isBlizzardMap": False,
        "m_timeUTC": (spec.ended_at - WINDOWS_EPOCH) // timedelta(microseconds=1) * 10,
        "m_timeLocalOffset": 0,
        "m_restartAsTransitionMap": False,
        "m_disableRecoverGame": False,
        "m_description": b"",
        "m_imageFilePath": b"",
        "m_campaignIndex": 0,
        "m_mapFileName": b"",
        "m_cacheHandles": handle_blobs(spec),
        "m_miniSave": False,
        "m_gameSpeed": SPEEDS.index(dict(spec.lobby)["Game Speed"]),
        "m_defaultDifficulty": 3,
        "m_modPaths": None,
    }


def _player(slot: int, seat: Seat) -> Value:
    region, realm, number = _account(seat.toon)
    clan = f"&lt;{seat.clan}&gt;<sp/>" if seat.clan else ""
    return {
        "m_name": (clan + seat.name).encode(),
        "m_toon": {"m_region": region, "m_programId": b"\0\0S2", "m_realm": realm, "m_id": number},
        "m_race": seat.race.encode(),
        "m_color": {"m_a": 255, "m_r": 180 * (slot == 0), "m_g": 66 * (slot > 0), "m_b": 255 * (slot > 0)},
        "m_control": PERSON if seat.human else COMPUTER,
        "m_teamId": slot,
        "m_handicap": 100,
        "m_observe": PLAYING,
        "m_result": RESULTS[seat.result],
        "m_workingSetSlotId": slot,
        "m_hero": b"",
    }


def _account(toon: str) -> tuple[int, int, int]:
    if not toon:
        return 0, 0, 0
    region, program, realm, number = toon.split("-")
    assert program == "S2"
    return int(region), int(realm), int(number)
