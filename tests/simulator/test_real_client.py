"""The real disnake against the simulator: what it sends is taken, what it gets is understood."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from bot.simulator.refusals import NotSeen, SetupError
from bot.simulator.remote import Remote, simulated_discord

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("EVOLADDER_SHARED", HERE.parents[1].parent / "shared"))
SPECCHECK = SHARED / "tools" / "speccheck" / "speccheck.py"


@asynccontextmanager
async def disnake_bot(discord: Remote) -> AsyncIterator[None]:
    """The bot in a process of its own, ready."""
    command = [sys.executable, str(HERE / "disnake_bot.py"), discord.base_url]
    process = await trio.lowlevel.open_process(command, stdin=subprocess.PIPE)
    assert process.stdin is not None
    try:
        await process.stdin.send_all(f"{discord.token}\n".encode())
        await discord.bot_is_ready()
        yield
    finally:
        with trio.CancelScope(shield=True):
            await process.stdin.aclose()
            with trio.move_on_after(10):
                await process.wait()
            process.kill()
            await process.wait()


async def test_a_conversation_with_the_real_client_breaks_no_rule(tmp_path: Path) -> None:
    record = tmp_path / "traffic.jsonl"
    async with simulated_discord("--traffic", str(record)) as discord, disnake_bot(discord):
        alice = discord.person("alice")
        assert (await alice.slash("card", title="Hello")).text.splitlines()[0] == "Hello"
        chose = await alice.selects("Race", "Terran")
        assert (chose.text, chose.ephemeral) == ("chose Terran", True)
        assert await alice.types("pick", "race", "er") == [["Zerg", "Zerg"], ["Terran", "Terran"]]
        form = await alice.presses("Form")
        assert form.text == "Who are you?"
        with pytest.raises(SetupError):
            await alice.submits({"Name": "longer than ten"})
        await alice.presses("Form")
        assert (await alice.submits({"Name": "Alice"})).text.splitlines()[0] == "hello Alice"
        more = await alice.presses("More")
        assert (more.deferred, more.text.splitlines()[0]) == (False, "more")
        slow = await alice.slash("slow", what="two")
        assert (slow.deferred, slow.ephemeral, slow.text) == (True, True, "slow two")
        await alice.sees("and one more thing")
        await alice.writes("hi")
        await alice.sees("heard: hi")
        await alice.uploads("game.bin", bytes(range(256)))
        back = await alice.sees("256 bytes")
        assert (back["attachments"][0]["filename"], back["attachments"][0]["size"]) == ("game.bin", 256)
        counters = (await discord.state())["counters"]
    assert (counters["refused"], counters["unimplemented"], counters["rate_limited"]) == ({}, {}, 0)
    assert counters["interactions"]["late"] == 0
    check_record(record)


def check_record(record: Path) -> None:
    """Every request was taken, every click answered once; and all is as Discord describes it, if at hand."""
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    assert {line["status"] for line in lines} <= {200, 204}
    acknowledged = [line["path"] for line in lines if line["path"].endswith("/callback")]
    assert len(acknowledged) == len(set(acknowledged)) == 8
    if SPECCHECK.exists():
        command = [sys.executable, str(SPECCHECK), str(record), "--strict-keys", "--protocol", "--responses"]
        checked = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert checked.returncode == 0, checked.stdout


async def test_a_bot_that_sends_too_fast_waits_and_loses_nothing() -> None:
    async with simulated_discord() as discord, disnake_bot(discord):
        alice = discord.person("alice")
        await discord.change(bucket="message.create", requests=3, seconds=0.5)
        await alice.slash("card")
        await alice.presses("Flood")
        await alice.sees("flood 6", within_s=10)
        flood = [m["text"] for m in await alice.messages() if m["text"].startswith("flood")]
        assert flood == [f"flood {n}" for n in range(7)]
        assert (await discord.state())["counters"]["refused"] == {}


async def test_a_dropped_connection_is_resumed_and_what_was_missed_is_heard() -> None:
    async with simulated_discord() as discord, disnake_bot(discord):
        alice = discord.person("alice")
        before = (await discord.state())["sessions"][0]["id"]
        await discord.fault("drop")
        await alice.writes("are you there?")
        await alice.sees("heard: are you there?", within_s=20)
        state = await discord.state()
        assert [session["id"] for session in state["sessions"]] == [before]
        assert state["counters"]["identifies"] == 1


async def test_the_world_stays_while_the_bot_restarts() -> None:
    async with simulated_discord("--identify-every-s", "0") as discord:
        alice = discord.person("alice")
        async with disnake_bot(discord):
            await alice.slash("card")
        await discord.bot_is_away()
        absent = await alice.presses("More")
        assert (absent.late, absent.failure) == (True, "This interaction failed")
        async with disnake_bot(discord):
            assert (await alice.presses("More")).text.splitlines()[0] == "more"
            puts = [line for line in await discord.transcript() if line.get("method") == "PUT"]
            assert len(puts) == 1


async def test_a_late_answer_is_a_failure_on_the_screen_and_10062_for_the_bot() -> None:
    async with simulated_discord() as discord, disnake_bot(discord):
        shown = await discord.person("alice").slash("late")
        assert (shown.late, shown.failure) == (True, "The application did not respond")
        with pytest.raises(NotSeen):
            await discord.person("alice").sees("too late", within_s=1.5)
        refused = (await discord.state())["counters"]["refused"]
        assert [key for key in refused if key.startswith("404 10062")] != []


async def test_a_failing_server_is_asked_again_by_the_client() -> None:
    async with simulated_discord() as discord, disnake_bot(discord):
        alice = discord.person("alice")
        await discord.fault("fail", route="POST /channels/", status=502)
        await alice.writes("hi")
        await alice.sees("heard: hi", within_s=10)
