"""Every kind of game that the simulator can write says the same to the ladder's reader and to s2protocol."""

import html
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle, product
from typing import Any

import mpyq
import pytest

from actors.rules.ids import Gateway, MapKey
from actors.rules.maps import POOL
from actors.rules.replay import ReplayFacts, Result
from actors.rules.settings import Settings
from bot.simulator.replay_codec import published
from bot.simulator.replay_files import COPIED_MOD, TEST_MOD, game_files
from bot.simulator.replay_lobby import ATTRIBUTES, LOBBY_SCOPE, PERSON, SPEEDS, WATCHING
from bot.simulator.replay_spec import BUILD, GameSpec, Seat
from bot.simulator.replay_writer import write
from storage.replay_reader import open_replay_reader
from storage.replay_worker import SPEEDS as LOOPS

RACES = tuple(product(("BW Terran", "BW Zerg", "BW Protoss"), ("Terran", "Zerg", "Protoss")))
RESULTS = {0: Result.UNKNOWN, 1: Result.WON, 2: Result.LOST, 3: Result.DRAW}
SERVERS = {b"US": Gateway.AMERICAS, b"EU": Gateway.EUROPE, b"KR": Gateway.ASIA}
EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
GAME = GameSpec(
    players=(
        Seat(name="Alice", clan="Clan", race="BW Zerg", toon="2-S2-1-1001", result=Result.WON),
        Seat(name="Боб", race="Terran", toon="2-S2-1-2002", result=Result.LOST),
    ),
    map_name="[SC:Evo] Radeon (라데온)",
    handles=game_files(MapKey("radeon"), Gateway.EUROPE),
    gateway=Gateway.EUROPE,
    ended_at=datetime(2026, 5, 1, 20, 0, 7, 250_000, tzinfo=UTC),
    length_s=125.0,
    seed=77,
)


def _lobby(**changes: str) -> GameSpec:
    return replace(GAME, lobby=tuple({**dict(GAME.lobby), **changes}.items()))


def _every_kind() -> Iterator[GameSpec]:
    """Each map in each gateway, with each race pairing in turn, and every oddity once."""
    races = cycle(RACES)
    for played, gateway in product(POOL, Gateway):
        one, other = next(races)
        first, second = GAME.players
        yield replace(
            GAME,
            players=(replace(first, race=one), replace(second, race=other)),
            map_name=played.full_name,
            handles=game_files(played.key, gateway),
            gateway=gateway,
        )
    for results in ((Result.LOST, Result.WON), (Result.UNKNOWN,) * 2, (Result.DRAW,) * 2):
        pair = zip(GAME.players, results, strict=True)
        yield replace(GAME, players=tuple(replace(seat, result=result) for seat, result in pair))
    yield replace(GAME, observers=("Eve", "Mallory"))
    yield replace(GAME, players=(GAME.players[0], replace(GAME.players[1], human=False, toon="")))
    for copied in (COPIED_MOD, TEST_MOD):
        yield replace(GAME, handles=game_files(MapKey("radeon"), Gateway.EUROPE, copied))
    for name, (_, values) in ATTRIBUTES.items():
        yield from (_lobby(**{name: value}) for value in values)
    yield replace(GAME, players=(*GAME.players, replace(GAME.players[0], name="Third", toon="2-S2-1-3")))
    yield replace(GAME, players=GAME.players[:1])


KINDS = tuple(_every_kind())


def _by_s2protocol(content: bytes) -> dict[str, Any]:
    """The facts, as the game's publisher decodes them."""
    archive, protocol = mpyq.MPQArchive(io.BytesIO(content)), published(BUILD)
    header = protocol.decode_replay_header(archive.header["user_data_header"]["content"])
    details = protocol.decode_replay_details(archive.read_file("replay.details"))
    lobby = protocol.decode_replay_initdata(archive.read_file("replay.initData"))["m_syncLobbyState"]
    scopes = protocol.decode_replay_attributes_events(archive.read_file("replay.attributes.events"))["scopes"]
    users = lobby["m_userInitialData"]
    speed = SPEEDS[details["m_gameSpeed"]]
    handles = details["m_cacheHandles"]
    slots = lobby["m_lobbyState"]["m_slots"]
    return {
        "build": header["m_version"]["m_baseBuild"],
        "gateway": SERVERS[handles[0][4:8].strip(b"\0")],
        "map_name": details["m_title"].decode(),
        "handles": tuple(handle[8:].hex() for handle in handles),
        "ended_at": EPOCH + timedelta(microseconds=details["m_timeUTC"] // 10),
        "length_s": pytest.approx(header["m_elapsedGameLoops"] / 16 / LOOPS[SPEEDS.index(speed)]),
        "players": [_player(player) for player in details["m_playerList"]],
        "observers": tuple(
            users[slot["m_userId"]]["m_name"].decode()
            for slot in slots
            if slot["m_control"] == PERSON and slot["m_observe"] == WATCHING
        ),
        "settings": {name: _setting(scopes, number, values) for name, (number, values) in ATTRIBUTES.items()},
        "seed": lobby["m_gameDescription"]["m_randomValue"],
    }


def _player(player: dict[str, Any]) -> tuple[str, str, str, Result, bool, str]:
    clan, name = re.fullmatch(r"(?:<(.*)><sp/>)?(.*)", html.unescape(player["m_name"].decode())).groups()  # type: ignore[union-attr]
    human, toon = player["m_control"] == PERSON, player["m_toon"]
    account = f"{toon['m_region']}-S2-{toon['m_realm']}-{toon['m_id']}" if toon["m_id"] else ""
    return name, clan or "", player["m_race"].decode(), RESULTS[player["m_result"]], human, account


def _setting(scopes: dict[int, Any], number: int, values: dict[str, str]) -> str:
    (letters,) = {entry["value"].strip(b"\0").decode() for entry in scopes[LOBBY_SCOPE][number]}
    return next(name for name, short in values.items() if short == letters)


def _by_the_ladder(facts: ReplayFacts) -> dict[str, Any]:
    return {
        "build": facts.build,
        "gateway": facts.gateway,
        "map_name": facts.map_name,
        "handles": facts.handles,
        "ended_at": facts.ended_at,
        "length_s": facts.length_s,
        "players": [
            (each.name, each.clan, each.race, each.result, each.human, each.toon) for each in facts.players
        ],
        "observers": facts.observers,
        "settings": dict(facts.settings),
        "seed": facts.seed,
    }


def test_each_race_pairing_map_and_gateway_is_among_the_kinds() -> None:
    played = {tuple(seat.race for seat in spec.players) for spec in KINDS}
    assert set(RACES) <= played
    assert {(spec.map_name, spec.gateway) for spec in KINDS} >= {
        (played.full_name, gateway) for played, gateway in product(POOL, Gateway)
    }


async def test_both_readers_find_the_same_facts_in_every_kind_of_game() -> None:
    async with open_replay_reader(Settings()) as reader:
        for spec in KINDS:
            content = write(spec)
            facts = await reader.read(content)
            assert _by_the_ladder(facts) == _by_s2protocol(content), spec
            assert facts.contradictions == (), spec
