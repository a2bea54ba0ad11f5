"""The command line from outside: exit codes, and one sentence on stderr."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import main

ROOT = Path(__file__).parents[2]
OURS = [name for name in os.environ if name.startswith(("DISCORD_", "EVOLADDER_", "DATABASE_URL"))]


def evoladder(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name not in OURS}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=clean | {"PYTHONPATH": str(ROOT)} | environment,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        (["run"], {}, "DISCORD_TOKEN is not set"),
        (["run"], {"DISCORD_TOKEN": "two words"}, "DISCORD_TOKEN is malformed"),
        (["run"], {"DISCORD_TOKEN": "x", "DATABASE_URL": "nonsense"}, "DATABASE_URL is malformed"),
        (["migrate"], {"DATABASE_URL": "mysql://somewhere"}, "DATABASE_URL is malformed"),
        (["audit"], {"EVOLADDER_TOKEN": "x"}, "EVOLADDER_TOKEN is not a setting"),
        (["run", "--hurry"], {}, "No such option: --hurry"),
        (["play"], {}, "No such command 'play'"),
        (["demo", "--players", "1"], {}, "'--players'"),
        (["demo", "--minutes", "soon"], {}, "'--minutes'"),
        (["demo", "--speed", "0"], {}, "'--speed'"),
        (["dump", "everything"], {}, "No such command 'everything'"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence_with_exit_code_2(
    arguments: list[str],
    environment: dict[str, str],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert said.err.startswith("evoladder: ")
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_the_process_ends_with_that_code_and_repeats_no_secret(tmp_path: Path) -> None:
    ended = evoladder("run", cwd=tmp_path, DISCORD_TOKEN="hunter2 hunter2")
    assert ended.returncode == 2
    assert re.fullmatch(r"evoladder: DISCORD_TOKEN is malformed: .*\n", ended.stderr)
    assert "hunter2" not in ended.stderr


def test_a_bot_that_does_not_run_cannot_be_dumped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dump", "--data", str(tmp_path)]) == 1
    assert re.fullmatch(r"evoladder: No bot answers at .*dump\.sock.*\n", capsys.readouterr().err)


def test_in_a_bot_that_does_not_run_nobody_can_be_killed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["kill", "ladder/store", "--data", str(tmp_path)]) == 1
    assert re.fullmatch(r"evoladder: No bot answers at .*dump\.sock.*\n", capsys.readouterr().err)


def test_the_version_is_told(tmp_path: Path) -> None:
    ended = evoladder("--version", cwd=tmp_path)
    assert ended.returncode == 0
    assert re.fullmatch(r"evoladder \d+\.\d+\.\d+\n", ended.stdout)


@pytest.mark.parametrize("arguments", [["--help"], []])
def test_the_help_lists_every_command(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    said = capsys.readouterr().out
    for command in ("run", "demo", "migrate", "dump", "kill", "audit"):
        assert f"\n  {command} " in said
