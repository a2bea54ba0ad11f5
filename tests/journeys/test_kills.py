"""Every process of a running bot is killed once: whoever was in the queue or in a match notices nothing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import trio

from bot.killing import kill_actor
from bot.looking import SOCKET
from supervision import DumpUnavailable, ask_dump
from tests.journeys.evening import START_S, STOP_S, Evening, Guest, open_evening, set_scene
from tests.journeys.test_power import since, they_play_on

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

BACK_S = 30.0
"""How long a process may take to come back."""
PAUSE_S = 0.05


async def actors_of(evening: Evening) -> dict[str, dict[str, Any]]:
    """What the dump says of each process that lives, by path."""

    def ask() -> Sequence[dict[str, Any]]:
        answer: Sequence[dict[str, Any]] = ask_dump(evening.folder / SOCKET, {"what": "actors"}, STOP_S)[
            "answer"
        ]
        return answer

    records = await trio.to_thread.run_sync(ask)
    return {record["path"]: record for record in records if record["status"] != "stopped"}


async def is_back(evening: Evening, path: str, restarts: int) -> None:
    """Wait until a process runs that was started anew since."""
    with trio.fail_after(BACK_S):
        while True:
            try:
                there = (await actors_of(evening)).get(path)
            except DumpUnavailable:
                there = None
            if there and there["status"] == "running" and there["restarts"] > restarts:
                return
            await trio.sleep(PAUSE_S)


async def each_is_killed(evening: Evening, witness: Guest) -> list[str]:
    """Kill each process but the root, leaves first, and have a click answered after each; their paths."""
    killed = sorted(list(await actors_of(evening))[1:], key=lambda path: -path.count("/"))
    for path in killed:
        before = (await actors_of(evening)).get(path)
        if before is None:
            continue  # it had said all that it had to say, and rests
        told = await trio.to_thread.run_sync(kill_actor, evening.folder / SOCKET, path)
        assert f"Killed {path}" in told
        await is_back(evening, path, before["restarts"])
        await evening.discord.bot_is_ready(START_S)
        clicked = await witness.person.slash("queue")
        assert not clicked.late, path
        assert "Already in the queue" in clicked.text, path
    return killed


async def test_whoever_is_killed_comes_back_and_nobody_at_the_cards_notices(folder: Path) -> None:
    async with open_evening(folder) as evening:
        scene = await set_scene(evening)

        told = await evening.asks("kill", "ladder/play/matchmaker")
        assert told.returncode == 0, told.stderr
        await is_back(evening, "ladder/play/matchmaker", restarts=0)
        assert "KilledByOperator" in (await evening.asks("dump")).stdout

        killed = await each_is_killed(evening, scene.waiting)
        assert {path.split("/")[1] for path in killed} == {"store", "desks", "play", "discord"}

        await scene.loser.reports("lost")
        await scene.winner.sees(f"Match #{scene.half}: result")
        await they_play_on(scene)
        assert since(await scene.waiting.sees("Searching for an opponent")) == since(scene.card)
        await scene.waiting.presses("Cancel queue")
        audit = await evening.asks("audit")
        assert audit.returncode == 0, audit.stdout
        assert (await evening.counters())["interactions"]["late"] == 0
