"""`evoladder replay`: facts and verdict, one sentence for a bad file, nothing that a terminal obeys."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from actors.rules.ids import Gateway, MapKey
from actors.rules.replay import Check, Result
from actors.rules.settings import Settings
from bot.cli import main
from bot.reading import SENTENCES
from bot.simulator.replay_files import COPIED_MOD, game_files
from bot.simulator.replay_spec import GameSpec, Seat
from bot.simulator.replay_writer import write
from storage.errors import Unreadability

RADEON, RUBY = MapKey("radeon"), MapKey("ruby_rock")
GAME = GameSpec(
    players=(
        Seat(name="Alice", race="BW Zerg", toon="2-S2-1-1001", result=Result.WON),
        Seat(name="Bob", race="Terran", toon="2-S2-1-2002", result=Result.LOST),
    ),
    map_name="[SC:Evo] Radeon (라데온)",
    handles=game_files(RADEON, Gateway.EUROPE),
    gateway=Gateway.EUROPE,
    ended_at=datetime(2026, 5, 1, 20, 0, tzinfo=UTC),
    length_s=754.0,
)
RUBY_GAME = replace(GAME, map_name="Ruby Rock SEL", handles=game_files(RUBY, Gateway.EUROPE))


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """The command decides how this process logs; the next test finds it as it was."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)
    logging.basicConfig(force=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Some files, good and bad."""
    files = {
        "good": write(GAME),
        "copy": write(replace(GAME, handles=game_files(RADEON, Gateway.EUROPE, COPIED_MOD))),
        "ruby": write(RUBY_GAME),
        "elsewhere": write(replace(RUBY_GAME, map_name="Lost Temple")),
        "hostile": write(
            replace(GAME, players=(replace(GAME.players[0], name="\x1b[31m[red]\u202e"), GAME.players[1]))
        ),
        "text": b"gl hf" * 100,
        "large": bytes(Settings().replay_max_bytes + 1),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def test_a_good_file_is_told_in_words(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(folder / "good")]) == 0
    told = capsys.readouterr()
    for words in ("Alice · BW Zerg · won", "Bob · Terran · lost", "12:34", "It could settle a match."):
        assert words in told.out
    assert told.err == ""


def test_a_copied_mod_is_told_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "--json", str(folder / "copy")]) == 0
    (sheet,) = json.loads(capsys.readouterr().out)
    assert not sheet["fit"]
    assert sheet["facts"]["handles"][14] == COPIED_MOD
    failed = [(each["check"], each["reason"]) for each in sheet["findings"] if each["grade"] == "failed"]
    assert failed == [("mod", "mod-foreign")]
    assert {each["check"] for each in sheet["findings"]} < {check.value for check in Check}


def test_each_bad_file_gets_one_sentence_and_the_others_are_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = {"text": "It is no StarCraft II replay.", "large": "larger than", "nowhere": "No such file"}
    assert main(["replay", "--json", *(str(folder / name) for name in (*bad, "good"))]) == 1
    told = capsys.readouterr()
    assert told.err.count("\n") == len(bad)
    for line, (name, words) in zip(told.err.splitlines(), bad.items(), strict=True):
        assert line.startswith(f"evoladder: {folder / name}: ")
        assert words in line
    assert [("error" in sheet) for sheet in json.loads(told.out)] == [True, True, True, False]


def test_a_map_counts_as_soon_as_a_good_file_taught_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ruby, good = str(folder / "ruby"), str(folder / "good")
    assert main(["replay", "--json", ruby]) == 0
    assert not json.loads(capsys.readouterr().out)[0]["fit"]
    assert main(["replay", "--json", "--good", ruby, "--good", ruby, "--good", good, ruby]) == 0
    assert json.loads(capsys.readouterr().out)[0]["fit"]


def test_what_teaches_nothing_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taught = [argument for name in ("elsewhere", "text") for argument in ("--good", str(folder / name))]
    assert main(["replay", *taught, str(folder / "good")]) == 1
    assert "its map is none of the pool" in capsys.readouterr().err


def test_no_name_commands_the_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(folder / "hostile")]) == 0
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "[31m[red]" in told


def test_every_reason_has_its_sentence() -> None:
    assert set(SENTENCES) == {reason.value for reason in Unreadability}
