"""The laws of the replay writer: what was specified is what every reader of replays finds."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import mpyq
import pytest
import sc2reader
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.rules.ids import Gateway
from actors.rules.replay import Result
from bot.simulator.mpq import pack
from bot.simulator.replay_codec import BitPacked, Types, Value, Versioned, published
from bot.simulator.replay_spec import BUILD, STANDARD_HANDLES, GameSpec, Seat
from bot.simulator.replay_writer import write

RADEON = "3436cfadc9bcdcc12fce91e2bbfbc8ad0c1604465d84e3029328d35448c06db8"
GAME = GameSpec(
    players=(
        Seat(name="Alice", clan="Clan", race="BW Zerg", toon="2-S2-1-1001", result=Result.WON),
        Seat(name="Боб", race="Терраны", toon="2-S2-1-2002", result=Result.LOST),
    ),
    map_name="[SC:Evo] Radeon (라데온)",
    handles=(*STANDARD_HANDLES, RADEON),
    gateway=Gateway.EUROPE,
    ended_at=datetime(2026, 5, 1, 20, 0, 7, 250_000, tzinfo=UTC),
    length_s=125.0,
    observers=("Eve",),
)
RESULTS = {Result.UNKNOWN: 0, Result.WON: 1, Result.LOST: 2, Result.DRAW: 3}
SC2READER_CLOCK = timedelta(seconds=1)
"""sc2reader counts from 0.41 s after the Windows epoch and drops fractions."""

names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
races = st.sampled_from(
    ["BW Terran", "BW Zerg", "BW Protoss", "Terran", "Zerg", "Protoss", "스1 저그", "星灵"]
)


@st.composite
def seats(draw: st.DrawFn) -> Seat:
    human = draw(st.booleans())
    toon = f"{draw(st.integers(1, 3))}-S2-1-{draw(st.integers(1, 2**31))}" if human else ""
    return Seat(
        name=draw(names),
        race=draw(races),
        human=human,
        toon=toon,
        clan=draw(st.just("") | names) if human else "",
        result=draw(st.sampled_from(list(Result))),
    )


specs = st.builds(
    GameSpec,
    players=st.tuples(seats().map(lambda seat: replace(seat, human=True, toon="1-S2-1-5")), seats()),
    map_name=names,
    handles=st.lists(st.binary(min_size=32, max_size=32).map(bytes.hex), min_size=1, max_size=30).map(
        lambda hashes: (*STANDARD_HANDLES, *hashes)
    ),
    gateway=st.sampled_from(list(Gateway)),
    ended_at=st.datetimes(datetime(2011, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    length_s=st.floats(0, 300),
    observers=st.lists(names, max_size=5).map(tuple),
)


def _protocol_view(content: bytes) -> tuple[ModuleType, mpyq.MPQArchive, dict[str, Any]]:
    archive = mpyq.MPQArchive(io.BytesIO(content))
    protocol = published(BUILD)
    return protocol, archive, protocol.decode_replay_header(archive.header["user_data_header"]["content"])


@given(specs)
@settings(max_examples=40, deadline=None)
def test_s2protocol_finds_what_was_specified(spec: GameSpec) -> None:
    protocol, archive, header = _protocol_view(write(spec))
    details = protocol.decode_replay_details(archive.read_file("replay.details"))
    lobby = protocol.decode_replay_initdata(archive.read_file("replay.initData"))["m_syncLobbyState"]
    assert header["m_version"]["m_build"] == BUILD
    assert header["m_elapsedGameLoops"] == round(spec.length_s * 22.4)
    assert details["m_title"].decode() == spec.map_name
    assert [handle[8:].hex() for handle in details["m_cacheHandles"]] == list(spec.handles)
    assert lobby["m_gameDescription"]["m_cacheHandles"] == details["m_cacheHandles"]
    epoch = datetime(1601, 1, 1, tzinfo=UTC)
    assert epoch + timedelta(microseconds=details["m_timeUTC"] // 10) == spec.ended_at
    for seat, seen in zip(spec.players, details["m_playerList"], strict=True):
        assert seen["m_name"].decode().endswith(seat.name)
        assert (seen["m_race"].decode(), seen["m_result"]) == (seat.race, RESULTS[seat.result])
    people = [seat.name for seat in spec.players if seat.human] + list(spec.observers)
    users = [user["m_name"].decode() for user in lobby["m_userInitialData"]]
    assert users[: len(people)] == people


def test_s2protocol_reads_every_event_to_the_last_byte() -> None:
    protocol, archive, _ = _protocol_view(write(GAME))
    game = list(protocol.decode_replay_game_events(archive.read_file("replay.game.events")))
    told = list(protocol.decode_replay_message_events(archive.read_file("replay.message.events")))
    tracked = list(protocol.decode_replay_tracker_events(archive.read_file("replay.tracker.events")))
    leaves = [event for event in game if event["_event"].endswith("SGameUserLeaveEvent")]
    assert [event["_userid"]["m_userId"] for event in leaves] == [1, 0, 2]
    assert {event["_gameloop"] for event in leaves} == {2800}
    assert {event["m_progress"] for event in told} == {50, 100}
    assert [event["m_playerId"] for event in tracked] == [1, 2]


@pytest.mark.parametrize("level", [2, 4])
@given(spec=specs)
@settings(max_examples=25, deadline=None)
def test_sc2reader_finds_what_was_specified(level: int, spec: GameSpec) -> None:
    replay = sc2reader.load_replay(io.BytesIO(write(spec)), load_level=level)
    assert replay.map_name == spec.map_name
    assert replay.map_hash == spec.handles[-1]
    assert replay.region == {"am": "us", "eu": "eu", "as": "kr"}[spec.gateway.value]
    assert abs(replay.end_time - spec.ended_at) <= SC2READER_CLOCK
    assert replay.frames == round(spec.length_s * 22.4)
    assert [player.is_human for player in replay.players] == [seat.human for seat in spec.players]
    assert [player.detail_data["race"] for player in replay.players] == [seat.race for seat in spec.players]
    assert [player.toon_handle for player in replay.players] == [seat.toon for seat in spec.players]
    assert [(person.name, person.clan_tag) for person in replay.players if person.is_human] == [
        (seat.name, seat.clan) for seat in spec.players if seat.human
    ]
    assert [observer.name for observer in replay.observers] == list(spec.observers)
    lobby = replay.attributes[16]
    assert {name: lobby[name] for name, _ in spec.lobby} == dict(spec.lobby)


@pytest.mark.parametrize(
    ("name", "value"),
    [("Game Privacy", "No Match History"), ("Game Duration", "30 Minutes"), ("Locked Alliances", "No")],
)
def test_sc2reader_finds_an_unusual_lobby(name: str, value: str) -> None:
    odd = replace(GAME, lobby=tuple({**dict(GAME.lobby), name: value}.items()))
    assert sc2reader.load_replay(io.BytesIO(write(odd)), load_level=2).attributes[16][name] == value


def test_the_loser_leaves_first_and_the_recording_goes_on() -> None:
    protocol, archive, header = _protocol_view(write(replace(GAME, linger_s=10.0)))
    events = protocol.decode_replay_game_events(archive.read_file("replay.game.events"))
    leaves = [
        (event["_userid"]["m_userId"], event["_gameloop"]) for event in events if "Leave" in event["_event"]
    ]
    assert leaves == [(1, 2800), (0, 3024), (2, 3024)]
    assert header["m_elapsedGameLoops"] == 3024


def test_a_slower_game_has_fewer_loops_in_the_same_time() -> None:
    slow = replace(GAME, lobby=tuple({**dict(GAME.lobby), "Game Speed": "Normal"}.items()))
    assert _protocol_view(write(slow))[2]["m_elapsedGameLoops"] == 2000


def test_the_same_game_is_the_same_file_and_another_seed_is_not() -> None:
    assert write(GAME) == write(GAME)
    assert write(GAME) != write(replace(GAME, seed=1))


def test_an_archive_lists_its_files_and_gives_them_back() -> None:
    files = {f"part.{number}": bytes([number % 251]) * number**2 for number in range(1, 40)}
    archive = mpyq.MPQArchive(io.BytesIO(pack({**files, "empty": b""}, b"head")))
    assert archive.files == [name.encode() for name in files]
    assert {name: archive.read_file(name) for name in files} == files
    assert archive.read_file("empty") is None
    assert archive.header["user_data_header"]["content"] == b"head"


@given(st.integers(-(2**63), 2**63 - 1), st.binary(max_size=200), st.none() | st.booleans())
def test_both_encodings_are_read_back_by_the_published_decoders(
    number: int, blob: bytes, flag: bool | None
) -> None:
    protocol = published(BUILD)
    types: Types = [
        ("_int", [(-(2**63), 64)]),
        ("_blob", [(0, 8)]),
        ("_bool", []),
        ("_optional", [2]),
        ("_struct", [[("number", 0, 0), ("blob", 1, 1), ("flag", 3, 2)]]),
        ("_array", [(0, 5), 4]),
        ("_choice", [(0, 2), {0: ("many", 5), 2: ("none", 7), 3: ("one", 4)}]),
        ("_null", []),
    ]
    one = {"number": number, "blob": blob, "flag": flag}
    values: list[Value] = [{"one": one}, {"many": [one, one, one]}, {"many": []}, {"none": None}]
    for value in values:
        for encoder, decoder in ((BitPacked, "BitPackedDecoder"), (Versioned, "VersionedDecoder")):
            out = encoder(types)
            out.write(6, value)
            assert getattr(protocol, decoder)(bytes(out), types).instance(6) == value


def test_four_letters_are_four_bytes_in_both_encodings() -> None:
    for encoder, decoder in ((BitPacked, "BitPackedDecoder"), (Versioned, "VersionedDecoder")):
        out = encoder([("_fourcc", [])])
        out.write(0, b"S2ma")
        read = getattr(published(BUILD), decoder)(bytes(out), [("_fourcc", [])]).instance(0)
        assert read in {"S2ma", b"S2ma"}


def test_a_value_that_does_not_fit_is_not_written() -> None:
    for encoder in (BitPacked, Versioned):
        for type_id, value in ((0, 16), (0, -1), (1, b"12345678"), (2, [1] * 8)):
            with pytest.raises(AssertionError):
                encoder([("_int", [(0, 4)]), ("_blob", [(0, 3)]), ("_array", [(0, 3), 0])]).write(
                    type_id, value
                )
