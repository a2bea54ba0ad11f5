"""The parts of a replay that happen during the game: messages, game events, tracker events.

A game lasts until the first player leaves. Until then each player looks around, once per game second or
more often: then the file of a long game is as large, and as slow to read to the end, as a real one.
"""

from collections.abc import Iterable, Iterator
from random import Random
from types import ModuleType
from typing import TypeAlias

from actors.rules.replay import Result
from bot.simulator.replay_codec import BitPacked, Value, Versioned
from bot.simulator.replay_lobby import SPEEDS
from bot.simulator.replay_spec import BUILD, GameSpec

LOOPS_PER_SECOND = 16
"""Game loops in a game second; how many game seconds a real one has is the speed's."""
FACTORS = (0.6, 0.8, 1.0, 1.2, 1.4)
"""Game seconds per real second, by speed, slowest first."""
EVERYBODY = 16
"""The user id of events that belong to no user."""
FINISHED_LOADING, USER_OPTIONS, CAMERA_UPDATE, USER_LEAVE = 5, 7, 49, 101
LOADING_PROGRESS = 2
PLAYER_STATS, PLAYER_SETUP = 0, 9
TRACKER_HUMAN, TRACKER_COMPUTER = 1, 2
VOLUMES = ((6, "m_uint6"), (14, "m_uint14"), (22, "m_uint22"), (32, "m_uint32"))

Event: TypeAlias = tuple[int, int | None, int, Value]
"""Game loop, user id (None where the stream has none), event id, and the event's own value."""


def recorded_loops(spec: GameSpec) -> int:
    """The length of the recording in game loops."""
    return _loops(spec, spec.length_s + spec.linger_s)


def _loops(spec: GameSpec, length_s: float) -> int:
    factor = FACTORS[SPEEDS.index(dict(spec.lobby)["Game Speed"])]
    return round(length_s * factor * LOOPS_PER_SECOND)


def messages(spec: GameSpec, protocol: ModuleType) -> bytes:
    """The content of `replay.message.events`: everybody loads."""
    told = ((0, user, LOADING_PROGRESS, {"m_progress": done}) for done in (50, 100) for user in _users(spec))
    return _stream(protocol, told, BitPacked(protocol.typeinfos), protocol.message_eventid_typeid)


def game_events(spec: GameSpec, protocol: ModuleType) -> bytes:
    """The content of `replay.game.events`: load, look around, leave; the loser leaves first."""
    out = BitPacked(protocol.typeinfos)
    return _stream(protocol, _played(spec), out, protocol.game_eventid_typeid)


def tracker_events(spec: GameSpec, protocol: ModuleType) -> bytes:
    """The content of `replay.tracker.events`: who plays in which slot."""
    user, events = 0, []
    for slot, seat in enumerate(spec.players):
        setup = {
            "m_playerId": slot + 1,
            "m_type": TRACKER_HUMAN if seat.human else TRACKER_COMPUTER,
            "m_userId": user if seat.human else None,
            "m_slotId": slot,
        }
        user += seat.human
        events.append((0, None, PLAYER_SETUP, setup))
    return _stream(protocol, events, Versioned(protocol.typeinfos), protocol.tracker_eventid_typeid)


def _users(spec: GameSpec) -> range:
    return range(sum(seat.human for seat in spec.players) + len(spec.observers))


def _played(spec: GameSpec) -> Iterator[Event]:
    people, end = range(sum(seat.human for seat in spec.players)), _loops(spec, spec.length_s)
    eyes = Random(spec.seed)
    for user in _users(spec):
        yield 0, user, USER_OPTIONS, _user_options()
    yield 0, EVERYBODY, FINISHED_LOADING, {}
    step = LOOPS_PER_SECOND // spec.glances
    for loop in range(step, end, step):
        for user in people:
            yield loop, user, CAMERA_UPDATE, _glance(eyes)
    first, *others = sorted(_users(spec), key=lambda user: user not in _losers(spec))
    yield end, first, USER_LEAVE, {"m_leaveReason": 0}
    for user in others:
        yield recorded_loops(spec), user, USER_LEAVE, {"m_leaveReason": 0}


def _losers(spec: GameSpec) -> set[int]:
    people = (seat for seat in spec.players if seat.human)
    return {user for user, seat in enumerate(people) if seat.result is Result.LOST}


def _user_options() -> Value:
    return {
        "m_gameFullyDownloaded": True,
        "m_developmentCheatsEnabled": False,
        "m_testCheatsEnabled": False,
        "m_multiplayerCheatsEnabled": False,
        "m_syncChecksummingEnabled": False,
        "m_isMapToMapTransition": False,
        "m_debugPauseEnabled": False,
        "m_useGalaxyAsserts": False,
        "m_platformMac": False,
        "m_cameraFollow": False,
        "m_baseBuildNum": BUILD,
        "m_buildNum": BUILD,
        "m_versionFlags": 0,
        "m_hotkeyProfile": b"",
    }


def _glance(eyes: Random) -> Value:
    point = {"x": eyes.randrange(1 << 15), "y": eyes.randrange(1 << 15)}
    return {
        "m_target": point,
        "m_distance": None,
        "m_pitch": None,
        "m_yaw": None,
        "m_reason": None,
        "m_follow": False,
    }


def _stream(
    protocol: ModuleType, events: Iterable[Event], out: BitPacked | Versioned, eventid_type: int
) -> bytes:
    kinds = {
        protocol.game_eventid_typeid: protocol.game_event_types,
        protocol.message_eventid_typeid: protocol.message_event_types,
        protocol.tracker_eventid_typeid: protocol.tracker_event_types,
    }[eventid_type]
    now = 0
    for loop, user, event_id, value in events:
        out.write(protocol.svaruint32_typeid, _delay(loop - now))
        if user is not None:
            out.write(protocol.replay_userid_typeid, {"m_userId": user})
        out.write(eventid_type, event_id)
        out.write(kinds[event_id][0], value)
        out.align()
        now = loop
    return bytes(out)


def _delay(wait: int) -> Value:
    name = next(name for bits, name in VOLUMES if wait < 1 << bits)
    return {name: wait}
