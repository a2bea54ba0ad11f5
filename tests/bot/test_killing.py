"""Ending an actor from the command line: what the operator reads."""

import re
import threading
from pathlib import Path

import pytest
import trio
from structlog.testing import capture_logs

from bot.cli import main
from bot.killing import kill_actor
from bot.looking import NoAnswer
from supervision import (
    Actor,
    ChildSpec,
    KilledByOperator,
    Strategy,
    SupervisorSpec,
    System,
    open_system,
    serve_dump,
)

LADDER = SupervisorSpec("ladder", Strategy.ONE_FOR_ONE, (ChildSpec("store", Actor, key="store"),))


async def kills(socket: Path, path: str) -> str:
    return await trio.to_thread.run_sync(kill_actor, socket, path)


async def restarted(system: System) -> None:
    with trio.fail_after(5):
        while system.registry.ref("store").cell.generation == 1:  # noqa: ASYNC110 - a thread's wish: nothing tells us
            await trio.sleep(0.01)


async def test_the_operator_reads_who_was_killed_and_the_log_says_by_whom(tmp_path: Path) -> None:
    socket = tmp_path / "dump.sock"
    with capture_logs() as said:
        async with open_system(LADDER) as system, serve_dump(socket, system):
            told = await kills(socket, "/ladder/store/")
            assert told.startswith("Killed ladder/store (running, queue 0). Its supervisor")
            await restarted(system)
    (killed,) = [line for line in said if line["event"] == "actor.killed"]
    assert re.fullmatch(r"user \d+ \(process \d+\)", killed["by"])


async def test_a_path_where_nobody_lives_is_a_sentence(tmp_path: Path) -> None:
    socket = tmp_path / "dump.sock"
    async with open_system(LADDER) as system, serve_dump(socket, system):
        with pytest.raises(NoAnswer, match="Nobody lives at ladder/shop: `evoladder dump` shows who does"):
            await kills(socket, "ladder/shop")


async def test_the_end_of_a_path_kills_nobody_but_tells_the_whole_path(tmp_path: Path) -> None:
    socket = tmp_path / "dump.sock"
    async with open_system(LADDER) as system, serve_dump(socket, system):
        with pytest.raises(NoAnswer, match=r"^kill wants the whole path: ladder/store$"):
            await kills(socket, "store")
        assert system.registry.ref("store").cell.generation == 1


async def test_where_several_paths_end_so_nobody_is_named(tmp_path: Path) -> None:
    socket = tmp_path / "dump.sock"
    rooms = [
        SupervisorSpec(name, Strategy.ONE_FOR_ONE, (ChildSpec("desk", Actor, key=name),)) for name in "ab"
    ]
    spec = SupervisorSpec("ladder", Strategy.ONE_FOR_ONE, tuple(rooms))
    async with open_system(spec) as system, serve_dump(socket, system):
        with pytest.raises(NoAnswer, match="Nobody lives at desk"):
            await kills(socket, "desk")


def test_a_kill_without_a_path_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in ("", "/"):
        assert main(["kill", path, "--data", str(tmp_path)]) == 2
        assert capsys.readouterr().err == "evoladder: kill wants a path: `evoladder dump` shows them.\n"


async def test_a_stuck_loop_is_a_sentence_and_the_kill_follows(tmp_path: Path) -> None:
    socket = tmp_path / "dump.sock"
    answers: list[str] = []
    answered = threading.Event()

    def from_outside() -> None:
        try:
            answers.append(kill_actor(socket, "ladder/store"))
        except NoAnswer as sentence:
            answers.append(str(sentence))
        answered.set()

    class Wedged(Actor[str]):
        async def handle(self, message: str) -> None:
            threading.Thread(target=from_outside).start()
            answered.wait(10)

    spec = SupervisorSpec("ladder", Strategy.ONE_FOR_ONE, (ChildSpec("store", Wedged, key="store"),))
    async with open_system(spec) as system, serve_dump(socket, system):
        system.registry.ref("store").cast("get stuck")
        await trio.to_thread.run_sync(answered.wait, 10)
        (said,) = answers
        assert re.search(r"The bot's loop is stuck at .*: ladder/store is ended once it moves again", said)
        await restarted(system)


async def test_the_root_takes_the_bot_along(tmp_path: Path) -> None:
    socket = tmp_path / "dump.sock"
    with pytest.raises(KilledByOperator, match="ladder was killed by user"):  # noqa: PT012 - the block is the law
        async with open_system(LADDER) as system, serve_dump(socket, system):
            assert (await kills(socket, "ladder")).endswith("The bot ends.")
            await system.wait()
