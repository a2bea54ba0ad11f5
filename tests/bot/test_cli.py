"""The command line from outside: exit codes, and one sentence on stderr."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import IO

import pytest
import trio

from bot.__main__ import main as started
from bot.cli import main
from bot.config import Config
from supervision import Actor, ChildSpec, Strategy, SupervisorSpec, open_system

ROOT = Path(__file__).parents[2]
OURS = [name for name in os.environ if name.startswith(("DISCORD_", "EVOLADDER_", "DATABASE_URL"))]


def evoladder(
    *arguments: str, cwd: Path, stdout: IO[str] | int = subprocess.PIPE, **environment: str
) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name not in OURS}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
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
    for command in ("run", "demo", "migrate", "dump", "kill", "audit", "backup", "restore", "replay"):
        assert f"\n  {command} " in said


@pytest.mark.parametrize("command", ["demo", "run", "migrate"])
def test_a_data_folder_that_cannot_be_made_is_a_sentence(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISCORD_TOKEN", "x")
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "folder"
    assert main([command, "--data", str(folder)]) == 2
    assert (
        capsys.readouterr().err == f"evoladder: The data folder {folder} cannot be used: Not a directory.\n"
    )


async def _be_killed(_config: Config) -> None:
    spec = SupervisorSpec("ladder", Strategy.ONE_FOR_ONE, (ChildSpec("store", Actor, key="store"),))
    async with trio.open_nursery(), open_system(spec) as system:
        system.kill("ladder", "user 7")
        await system.wait()


def test_a_bot_whose_root_is_killed_says_so_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app.migrate", _be_killed)
    assert main(["migrate", "--data", str(tmp_path)]) == 1
    assert capsys.readouterr().err.endswith("evoladder: ladder was killed by user 7.\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("arguments", [["--version"], ["dump", "--help"], ["audit", "--help"]])
def test_an_output_without_room_is_a_sentence(arguments: list[str], tmp_path: Path) -> None:
    with Path("/dev/full").open("w", encoding="ascii") as full:
        ended = evoladder(*arguments, cwd=tmp_path, stdout=full)
    assert ended.stderr == "evoladder: Cannot write: No space left on device.\n"
    assert ended.returncode == 1


def test_an_interrupt_while_the_program_is_being_loaded_ends_it_without_a_word(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt", encoding="ascii")
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    ended = evoladder("dump", cwd=tmp_path, PYTHONPATH=path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


def test_the_command_is_the_one_that_heeds_an_interrupt_from_the_start() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"evoladder": f"{started.__module__}:{started.__name__}"}
