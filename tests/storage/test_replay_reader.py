"""The laws of reading: own files come back as facts, bad files as reasons, and nothing hurts the next one."""

import io
import os
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import product
from pathlib import Path
from random import Random

import mpyq
import pytest

from actors.rules.allowed import AllowList, Untaught, learn
from actors.rules.identity import Expected
from actors.rules.ids import Gateway, MapKey, MatchId, PlayerId, Race
from actors.rules.known_versions import shipped
from actors.rules.maps import POOL
from actors.rules.races import race_of
from actors.rules.replay import Check, Expectation, Grade, Reason, ReplayFacts, Result, Upload, Verdict
from actors.rules.report import Outcome
from actors.rules.settings import Settings
from actors.rules.verification import examine, verify
from bot.simulator import mpq
from bot.simulator.replay_codec import BitPacked, published
from bot.simulator.replay_files import game_files
from bot.simulator.replay_spec import BUILD, GameSpec, Seat
from bot.simulator.replay_writer import write
from storage.errors import ReplayUnreadable, Unreadability
from storage.replay_reader import ReplayReader, glance, open_replay_reader
from storage.replay_worker import clean

RADEON = "3436cfadc9bcdcc12fce91e2bbfbc8ad0c1604465d84e3029328d35448c06db8"
ENDED_AT = datetime(2026, 5, 1, 20, 0, 7, 250_000, tzinfo=UTC)
BW, SC2 = ("BW Terran", "BW Zerg", "BW Protoss"), ("Terran", "Zerg", "Protoss")
ALICE = Seat(name="Alice", clan="Clan", race="BW Zerg", toon="2-S2-1-1001", result=Result.WON)
BOB = Seat(name="Bob", race="Terran", toon="2-S2-1-2002", result=Result.LOST)
GAME = GameSpec(
    players=(ALICE, BOB),
    map_name="[SC:Evo] Radeon (라데온)",
    handles=game_files(MapKey("radeon"), Gateway.EUROPE),
    gateway=Gateway.EUROPE,
    ended_at=ENDED_AT,
    length_s=60.0,
)
GOOD = write(GAME)
MAX_BYTES = Settings().replay_max_bytes

SHARED = Path(os.environ.get("EVOLADDER_SHARED") or Path(__file__).parents[3] / "shared")
REAL_MOD, REAL_SC2 = (sorted((SHARED / "replays" / name).glob("*.SC2Replay")) for name in ("scevo", "sc2"))


@pytest.fixture
async def reader() -> AsyncIterator[ReplayReader]:
    async with open_replay_reader(Settings()) as reader:
        yield reader


def _expectation(first: Race, second: Race) -> Expectation:
    sides = (
        Expected(player=PlayerId(1), race=first, names=("Alice",)),
        Expected(player=PlayerId(2), race=second, names=("Bob",)),
    )
    return Expectation(
        match=MatchId(7),
        sides=sides,
        map=MapKey("radeon"),
        allowed=shipped(),
        assigned_at=ENDED_AT - timedelta(minutes=5),
    )


def _verdict(facts: ReplayFacts, first: Race = Race.BW_ZERG, second: Race = Race.SC2_TERRAN) -> Verdict:
    return verify(facts, _expectation(first, second), Upload(PlayerId(1)), ENDED_AT, Settings())


def _reason(content: bytes) -> Unreadability:
    with pytest.raises(ReplayUnreadable) as refusal:
        glance(content, MAX_BYTES)
    return refusal.value.reason


def _parts(content: bytes) -> tuple[dict[str, bytes], bytes]:
    """The files inside of a replay, and its header."""
    archive = mpyq.MPQArchive(io.BytesIO(content))
    parts = {name.decode(): archive.read_file(name.decode()) for name in archive.files}
    return parts, archive.header["user_data_header"]["content"]


# Files of our own making


async def test_every_pairing_and_result_comes_back_as_written(reader: ReplayReader) -> None:
    decided = {
        (Result.WON, Result.LOST): Outcome.FIRST,
        (Result.LOST, Result.WON): Outcome.SECOND,
        (Result.DRAW, Result.DRAW): Outcome.DRAW,
        (Result.UNKNOWN, Result.UNKNOWN): None,
    }
    for bw, sc2, (results, outcome) in product(BW, SC2, decided.items()):
        seats = replace(ALICE, race=bw, result=results[0]), replace(BOB, race=sc2, result=results[1])
        facts = await reader.read(write(replace(GAME, players=seats)))
        assert [(player.race, player.result) for player in facts.players] == list(
            zip((bw, sc2), results, strict=True)
        )
        races = race_of(bw), race_of(sc2)
        assert races[0] is not None
        assert races[1] is not None
        assert _verdict(facts, races[0], races[1]).outcome is outcome


async def test_each_fact_is_the_one_written(reader: ReplayReader) -> None:
    facts = await reader.read(GOOD)
    assert (facts.digest, facts.size, facts.build) == (sha256(GOOD).hexdigest(), len(GOOD), 95299)
    assert (facts.map_name, facts.map_hash, facts.handles) == (GAME.map_name, RADEON, GAME.handles)
    assert (facts.gateway, facts.ended_at) == (Gateway.EUROPE, ENDED_AT)
    assert facts.length_s == pytest.approx(60.0)
    assert dict(facts.settings) == dict(GAME.lobby)
    assert facts.observers == ()
    assert [(player.name, player.clan, player.toon, player.human) for player in facts.players] == [
        ("Alice", "Clan", "2-S2-1-1001", True),
        ("Bob", "", "2-S2-1-2002", True),
    ]
    assert not facts.from_events


async def test_the_gateway_is_that_of_the_files(reader: ReplayReader) -> None:
    for gateway in Gateway:
        assert (await reader.read(write(replace(GAME, gateway=gateway)))).gateway is gateway


async def test_observers_are_named_and_do_not_play(reader: ReplayReader) -> None:
    facts = await reader.read(write(replace(GAME, observers=("Eve", "Mallory"))))
    assert facts.observers == ("Eve", "Mallory")
    assert len(facts.players) == 2
    assert _verdict(facts).accepted


async def test_a_computer_is_known_by_its_slot_and_not_by_its_name(reader: ReplayReader) -> None:
    robotic = replace(ALICE, name="A.I. 1 (Elite)")
    computer = replace(BOB, name="Robert", human=False, toon="")
    facts = await reader.read(write(replace(GAME, players=(robotic, computer))))
    assert [(player.name, player.human) for player in facts.players] == [
        ("A.I. 1 (Elite)", True),
        ("Robert", False),
    ]


async def test_a_game_nobody_won_was_read_to_its_last_event_and_stays_unknown(reader: ReplayReader) -> None:
    undecided = tuple(replace(seat, result=Result.UNKNOWN) for seat in GAME.players)
    facts = await reader.read(write(replace(GAME, players=undecided, linger_s=15.0)))
    assert {player.result for player in facts.players} == {Result.UNKNOWN}
    assert not facts.from_events
    assert facts.length_s == pytest.approx(60.0)


async def test_a_game_with_a_winner_is_not_read_to_its_events(reader: ReplayReader) -> None:
    facts = await reader.read(write(replace(GAME, linger_s=15.0)))
    assert facts.length_s == pytest.approx(75.0)


async def test_events_that_make_no_sense_leave_the_facts_of_the_details(reader: ReplayReader) -> None:
    undecided = tuple(replace(seat, result=Result.UNKNOWN) for seat in GAME.players)
    parts, header = _parts(write(replace(GAME, players=undecided, linger_s=15.0)))
    facts = await reader.read(mpq.pack({**parts, "replay.game.events": b"\xff" * 64}, header))
    assert {player.result for player in facts.players} == {Result.UNKNOWN}
    assert facts.length_s == pytest.approx(75.0)


async def test_hostile_names_come_through_as_short_plain_text(reader: ReplayReader) -> None:
    hostile = replace(ALICE, name="\u202e@every\x00one\n`x`" + "\u200b" * 9 + "W" * 60, clan="\x1b[31m")
    facts = await reader.read(write(replace(GAME, players=(hostile, BOB), map_name="a\tb\u2066" + "m" * 300)))
    assert facts.players[0].name == "@everyone `x`" + "W" * 27
    assert facts.players[0].clan == "[31m"
    assert facts.map_name == "a b" + "m" * 117


def test_cleaning_keeps_every_script_and_no_control() -> None:
    assert clean("  라데온  Боб\u00a0星灵 ", 40) == "라데온 Боб 星灵"
    assert clean("".join(map(chr, range(32))) + "\x7f\u2028", 40) == ""


async def test_what_is_no_account_is_no_account(reader: ReplayReader) -> None:
    for toon in ("0-S2-0-0", "2-S2-1-0", "2-S2-1-12-7", "2-S2-1-\u0663"):
        facts = await reader.read(_with_toon(GOOD, ALICE.toon, toon))
        assert facts.players[0].toon == "", toon


def _with_toon(content: bytes, old: str, new: str) -> bytes:
    parts, header = _parts(content)
    protocol = published(BUILD)
    lobby = protocol.decode_replay_initdata(parts["replay.initData"])
    for slot in lobby["m_syncLobbyState"]["m_lobbyState"]["m_slots"]:
        slot["m_toonHandle"] = slot["m_toonHandle"].replace(old.encode(), new.encode())
    out = BitPacked(protocol.typeinfos)
    out.write(protocol.replay_initdata_typeid, lobby)
    return mpq.pack({**parts, "replay.initData": bytes(out)}, header)


# Files that are no good


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("game.SC2Replay", GOOD)
    return out.getvalue()


@pytest.mark.parametrize("content", [b"", b"gg wp", b"MPQ", _zip(), GOOD[1:], GOOD[1024:]])
def test_what_is_no_replay_bothers_no_worker(content: bytes) -> None:
    assert _reason(content) is Unreadability.NOT_A_REPLAY


def test_too_many_bytes_are_refused_unseen() -> None:
    assert _reason(bytes(MAX_BYTES + 1)) is Unreadability.TOO_LARGE
    glance(GOOD + bytes(MAX_BYTES - len(GOOD)), MAX_BYTES)


def test_the_replay_of_another_game_is_named_so() -> None:
    assert _reason(GOOD.replace(b"StarCraft II replay", b"Heroes of the Storm")) is Unreadability.OTHER_GAME


def test_a_file_cut_anywhere_is_truncated() -> None:
    for length in (100, 1024, 1030, 1056, len(GOOD) // 2, len(GOOD) - 1):
        assert _reason(GOOD[:length]) is Unreadability.TRUNCATED


async def test_two_hundred_damaged_files_are_facts_or_refusals_and_nothing_else(reader: ReplayReader) -> None:
    dice, read_well = Random(20260501), 0
    for _ in range(200):
        damaged = bytearray(GOOD)
        for _ in range(dice.choice((1, 1, 2, 8, 64))):
            damaged[dice.randrange(len(damaged))] ^= 1 << dice.randrange(8)
        try:
            facts = await reader.read(bytes(damaged))
        except ReplayUnreadable:
            continue
        read_well += 1
        _verdict(facts)
    assert 0 < read_well < 200


async def test_damage_inside_of_the_parts_is_facts_or_refusals_too(reader: ReplayReader) -> None:
    """The container's checksums hide most damage from the parsers; here it is done before packing."""
    dice, (parts, header) = Random(7), _parts(GOOD)
    for _ in range(100):
        name = dice.choice(
            ["replay.details", "replay.initData", "replay.attributes.events", "replay.message.events"]
        )
        damaged = bytearray(parts[name])
        damaged[dice.randrange(len(damaged))] ^= 1 << dice.randrange(8)
        content = mpq.pack({**parts, name: bytes(damaged)}, header)
        try:
            _verdict(await reader.read(content))
        except ReplayUnreadable as refusal:
            assert refusal.reason is Unreadability.UNREADABLE  # noqa: PT017 - the other way out is a pass


async def test_what_no_game_can_be_is_unreadable(reader: ReplayReader) -> None:
    """Such numbers would break whoever calculates with them, and the database that keeps them."""
    impossible = (
        replace(GAME, ended_at=datetime(1700, 1, 1, tzinfo=UTC)),
        replace(GAME, ended_at=datetime(9999, 1, 1, tzinfo=UTC)),
        replace(GAME, linger_s=8 * 86400.0),
    )
    for spec in impossible:
        with pytest.raises(ReplayUnreadable, match="no game of build 95299 ended at"):
            await reader.read(write(spec))


def test_a_refusal_says_its_reason_and_what_was_tripped_on() -> None:
    assert str(ReplayUnreadable(Unreadability.UNREADABLE, "KeyError(7)")) == "unreadable: KeyError(7)"
    assert str(ReplayUnreadable(Unreadability.OTHER_GAME)) == "other-game"


# Files of real games, where they are at hand; the laws above hold without them


async def test_a_real_game_of_the_mod_alone_is_read_and_is_no_match(reader: ReplayReader) -> None:
    for path in REAL_MOD:
        facts = await reader.read(path.read_bytes())
        (player,) = facts.players
        assert (race_of(player.race), player.human, player.result) == (Race.BW_ZERG, True, Result.WON), (
            path.name
        )
        assert path.name.startswith(facts.map_name.replace(":", "")), path.name
        gateway = {"NA": Gateway.AMERICAS, "EU": Gateway.EUROPE, "KR": Gateway.ASIA}[path.stem[-3:-1]]
        assert facts.gateway is gateway, path.name
        assert facts.map_hash == facts.handles[-1]
        assert len(facts.handles) == _handle_count(path.name)
        assert 1 <= facts.length_s <= 9
        findings = {finding.check: finding.grade for finding in _verdict(facts).findings}
        assert findings[Check.PLAYERS] is Grade.FAILED, path.name


async def test_a_list_learned_from_one_official_file_a_gateway_and_map_knows_every_copy(
    reader: ReplayReader,
) -> None:
    read = {path.name: await reader.read(path.read_bytes()) for path in REAL_MOD}
    named = {each.full_name: each.key for each in POOL}
    known = AllowList()
    for name, facts in read.items():
        if "Official" in name:
            taught = learn(
                known,
                gateway=facts.gateway,
                handles=facts.handles,
                played=named[facts.map_name],
                name=name,
                sure=True,
            )
            known = known.with_versions(() if isinstance(taught, Untaught) else taught)
    for name, facts in read.items():
        findings = {finding.check: finding for finding in examine(facts, known)}
        assert findings[Check.MAP].grade is Grade.PASSED, name
        assert findings[Check.MOD].reason is (None if "Official" in name else Reason.MOD_FOREIGN), name
        assert findings[Check.PLAYERS].reason is Reason.ALONE, name


def _handle_count(name: str) -> int:
    """Replays.md, 7.2: the copied mod has exactly one more."""
    official = {("SEL", False): 16, ("SEL", True): 23, ("[SC", False): 18, ("[SC", True): 30}
    kind = "[SC" if name.startswith("[SC") else "SEL"
    return official[kind, "KR)" in name] + ("Fake" in name)


REAL_FACTS = {
    "1v1_Shakuras Plateau_2881": (["Zerg", "Terran"], ["won", "lost"], 7, 1775),
    "AbyssalReef": (["Zerg", "Protoss"], ["won", "lost"], 5, 297),
    "bad_unit_ids_1": (["Protoss", "Zerg"], ["lost", "won"], 0, 398),
    "empty_names": (["테란", "프로토스"], ["lost", "won"], 0, 1072),
    "gameheart": (["Terran", "Protoss"], ["lost", "won"], 5, 451),
    "ggtracker_3621322": (["Zerg", "Terran"], ["lost", "won"], 0, 737),
    "lotv1": (["Terran", "Zerg"], ["lost", "won"], 0, 1002),
    "third": (["Protoss", "Protoss"], ["won", "lost"], 0, 406),
    "trophy_id_13": (["Protoss", "Protoss"], ["won", "lost"], 0, 468),
}
"""Replays.md, 7.3: races, results, watchers, and real seconds."""


async def test_a_real_game_of_any_age_is_read(reader: ReplayReader) -> None:
    for path in REAL_SC2:
        facts = await reader.read(path.read_bytes())
        races, results, watchers, length_s = REAL_FACTS[path.stem]
        assert [player.race for player in facts.players] == races, path.name
        assert [player.result.value for player in facts.players] == results, path.name
        assert (len(facts.observers), round(facts.length_s)) == (watchers, length_s), path.name
        assert facts.from_events == (path.stem == "gameheart")
        assert [player.human for player in facts.players] == [True, path.stem != "third"]
