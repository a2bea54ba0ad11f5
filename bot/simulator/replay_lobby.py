"""The parts of a replay that are known before the game starts: the lobby (`initData`) and its attributes."""

import struct
from typing import Final

from bot.simulator.replay_codec import Value
from bot.simulator.replay_spec import GameSpec, Seat

SLOTS = 16
CLOSED, PERSON, COMPUTER = 0, 2, 3
"""What holds a lobby slot."""
PLAYING, WATCHING = 0, 1
LOBBY_SCOPE = 16
"""The "player" to whom attributes of the whole game belong."""
STANDARD_NAMESPACE = 999
SPEEDS = ("Slower", "Slow", "Normal", "Fast", "Faster")

ATTRIBUTES: Final = {
    "Game Speed": (
        3000,
        {"Slower": "Slor", "Slow": "Slow", "Normal": "Norm", "Fast": "Fast", "Faster": "Fasr"},
    ),
    "Game Privacy": (4000, {"Normal": "Norm", "No Build Order": "NoBO", "No Match History": "NoMH"}),
    "Game Duration": (3015, {"Infinite": "0", "30 Minutes": "30", "60 Minutes": "60", "90 Minutes": "90"}),
    "Locked Alliances": (3010, {"Yes": "yes", "No": "no"}),
}
"""Number of each lobby setting, and the four letters of each of its values."""
EVERY_LOBBY = ((1000, "Dflt"), (1001, "yes"), (2000, "t2"), (2001, "1v1"), (3006, "10"), (3009, "Priv"))
CONTROLLER, RACE, COLOR, HANDICAP, DIFFICULTY, ROLE = 500, 3001, 3002, 3003, 3004, 3007
SERVERS = {"am": b"US", "eu": b"EU", "as": b"KR"}


def handle_blobs(spec: GameSpec) -> list[bytes]:
    """The cache handles as the game stores them: kind, server, hash; 40 bytes each."""
    server = SERVERS[spec.gateway.value].rjust(4, b"\0")
    return [b"s2ma" + server + bytes.fromhex(handle) for handle in spec.handles]


def lobby(spec: GameSpec) -> Value:
    """The value of `replay.initData`."""
    people = [seat for seat in spec.players if seat.human]
    users = [_user(seat.name, seat.clan, PLAYING) for seat in people]
    users += [_user(name, "", WATCHING) for name in spec.observers]
    users += [_user("", "", PLAYING)] * (SLOTS - len(users))
    return {
        "m_syncLobbyState": {
            "m_userInitialData": users,
            "m_gameDescription": _description(spec),
            "m_lobbyState": _lobby_state(spec),
        },
    }


def _user(name: str, clan: str, observe: int) -> Value:
    return {
        "m_name": name.encode(),
        "m_clanTag": clan.encode(),
        "m_clanLogo": None,
        "m_highestLeague": 0,
        "m_combinedRaceLevels": 0,
        "m_randomSeed": 0,
        "m_racePreference": {"m_race": None},
        "m_teamPreference": {"m_team": None},
        "m_testMap": False,
        "m_testAuto": False,
        "m_examine": False,
        "m_customInterface": False,
        "m_testType": 0,
        "m_observe": observe,
        "m_hero": b"",
        "m_skin": b"",
        "m_mount": b"",
        "m_toonHandle": b"",
        "m_scaledRating": None,
    }


def _description(spec: GameSpec) -> Value:
    anything = {
        "m_allowedColors": (16, 0xFFFF),
        "m_allowedRaces": (3, 0b111),
        "m_allowedDifficulty": (32, 0xFFFFFFFF),
        "m_allowedControls": (255, (1 << 255) - 1),
        "m_allowedObserveTypes": (3, 0b111),
        "m_allowedAIBuilds": (255, (1 << 255) - 1),
    }
    return {
        "m_randomValue": spec.seed,
        "m_gameCacheName": b"Dflt",
        "m_gameOptions": _options(),
        "m_gameSpeed": SPEEDS.index(dict(spec.lobby)["Game Speed"]),
        "m_gameType": 0,
        "m_maxUsers": SLOTS,
        "m_maxObservers": SLOTS - 2,
        "m_maxPlayers": 2,
        "m_maxTeams": 2,
        "m_maxColors": 16,
        "m_maxRaces": 3,
        "m_maxControls": 1,
        "m_mapSizeX": 200,
        "m_mapSizeY": 200,
        "m_mapFileSyncChecksum": 0,
        "m_mapFileName": b"",
        "m_mapAuthorName": b"1-S2-1-1",
        "m_modFileSyncChecksum": 0,
        "m_slotDescriptions": [anything] * SLOTS,
        "m_defaultDifficulty": 3,
        "m_defaultAIBuild": 0,
        "m_cacheHandles": handle_blobs(spec),
        "m_hasExtensionMod": True,
        "m_hasNonBlizzardExtensionMod": True,
        "m_isBlizzardMap": False,
        "m_isPremadeFFA": False,
        "m_isCoopMode": False,
        "m_isRealtimeMode": False,
    }


def _options() -> Value:
    return {
        "m_lockTeams": True,
        "m_teamsTogether": False,
        "m_advancedSharedControl": False,
        "m_randomRaces": False,
        "m_battleNet": True,
        "m_amm": False,
        "m_competitive": False,
        "m_practice": False,
        "m_cooperative": False,
        "m_noVictoryOrDefeat": False,
        "m_heroDuplicatesAllowed": True,
        "m_fog": 0,
        "m_observers": 0,
        "m_userDifficulty": 0,
        "m_clientDebugFlags": 265,
        "m_buildCoachEnabled": False,
    }


def _lobby_state(spec: GameSpec) -> Value:
    slots: list[Value] = []
    user = 0
    for team, seat in enumerate(spec.players):
        control, user_id = (PERSON, user) if seat.human else (COMPUTER, None)
        user += seat.human
        slots.append(_slot(len(slots), control, user_id, team=team, toon=seat.toon))
    for watcher in range(user, user + len(spec.observers)):
        slots.append(_slot(len(slots), PERSON, watcher, observe=WATCHING))
    slots += [_slot(number, CLOSED, None, observe=WATCHING) for number in range(len(slots), SLOTS)]
    return {
        "m_phase": 0,
        "m_maxUsers": SLOTS,
        "m_maxObservers": SLOTS - 2,
        "m_slots": slots,
        "m_randomSeed": spec.seed,
        "m_hostUserId": 0,
        "m_isSinglePlayer": False,
        "m_pickedMapTag": 0,
        "m_gameDuration": 0,
        "m_defaultDifficulty": 3,
        "m_defaultAIBuild": 0,
    }


def _slot(
    number: int, control: int, user_id: int | None, *, team: int = 0, toon: str = "", observe: int = PLAYING
) -> Value:
    return {
        "m_control": control,
        "m_userId": user_id,
        "m_teamId": team,
        "m_colorPref": {"m_color": number},
        "m_racePref": {"m_race": None},
        "m_difficulty": 3,
        "m_aiBuild": 0,
        "m_handicap": 100,
        "m_observe": observe,
        "m_logoIndex": 0,
        "m_hero": b"",
        "m_skin": b"",
        "m_mount": b"",
        "m_artifacts": [b"", b"", b""],
        "m_workingSetSlotId": number,
        "m_rewards": [],
        "m_toonHandle": toon.encode(),
        "m_licenses": [],
        "m_tandemLeaderId": None,
        "m_commander": b"",
        "m_commanderLevel": 1,
        "m_hasSilencePenalty": False,
        "m_tandemId": None,
        "m_commanderMasteryLevel": 0,
        "m_commanderMasteryTalents": [0] * 6,
        "m_trophyId": 0,
        "m_rewardOverrides": [],
        "m_brutalPlusDifficulty": 0,
        "m_retryMutationIndexes": [0] * 4,
        "m_aCEnemyRace": 0,
        "m_aCEnemyWaveType": 0,
        "m_selectedCommanderPrestige": 0,
    }


def attributes(spec: GameSpec) -> bytes:
    """The content of `replay.attributes.events`, which is neither of the two encodings."""
    rows = [(LOBBY_SCOPE, number, letters) for number, letters in EVERY_LOBBY]
    rows += [(LOBBY_SCOPE, *_setting(name, value)) for name, value in spec.lobby]
    for scope, seat in enumerate(spec.players, start=1):
        rows += [(scope, number, letters) for number, letters in _seat_attributes(scope, seat)]
    return struct.pack("<BII", 0, 0, len(rows)) + b"".join(
        struct.pack("<IIB4s", STANDARD_NAMESPACE, number, scope, letters.encode()[::-1])
        for scope, number, letters in rows
    )


def _setting(name: str, value: str) -> tuple[int, str]:
    number, letters = ATTRIBUTES[name]
    return number, letters[value]


def _seat_attributes(scope: int, seat: Seat) -> tuple[tuple[int, str], ...]:
    race = next((race for race in ("Terran", "Protoss") if race in seat.race), "Zerg")
    return (
        (CONTROLLER, "Humn" if seat.human else "Comp"),
        (RACE, race[:4]),
        (COLOR, f"tc{scope:02}"),
        (HANDICAP, " 100"),
        (DIFFICULTY, "Medi"),
        (ROLE, "Part"),
    )
