"""An ordered stop, seen from Discord: who waits is answered, who comes hears why, nobody holds it up."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio
import trio_asyncio

from bot.commands import COMMANDS
from bot.config import load
from bot.gateway import open_discord
from bot.intake import spec
from bot.post import DiscordPost
from bot.simulator.remote import simulated_discord
from supervision import open_system
from tests.bot.test_gateway import CARD, PATIENCE_S, Bot, _until, drawn

STOP_S = 10.0
"""An ordered stop takes no longer."""


@asynccontextmanager
async def stopping() -> AsyncIterator[Bot]:
    """A bot that was told to stop while alice waits for an answer; leaving waits for its end."""
    with trio.fail_after(PATIENCE_S):
        async with simulated_discord() as remote, trio_asyncio.open_loop():
            config = load(token=remote.token, api_url=f"{remote.base_url}/api/v10", env_file=None)
            async with open_discord(config) as discord, trio.open_nursery() as people:
                bot = Bot(remote, discord, DiscordPost(discord, drawn), {"queue": CARD}, gate=trio.Event())
                begun = trio.Event()
                people.start_soon(_run, bot, begun)
                await begun.wait()
                people.start_soon(bot.alice.slash, "queue")
                await _until(lambda: len(bot.heard) == 1)
                bot.system.stop()
                await _until(lambda: bot.gateway()[1] != "running")
                yield bot


async def _run(bot: Bot, begun: trio.Event) -> None:
    async with open_system(spec(bot.discord, bot.inbox, COMMANDS)) as bot.system:
        await _until(lambda: bot.discord.synced)
        begun.set()
        await bot.system.wait()


async def test_who_comes_while_the_program_stops_hears_why_and_who_came_before_is_answered() -> None:
    async with stopping() as bot:
        late = await bot.remote.person("bob").slash("profile")
        assert "Back in a moment" in late.text
        await bot.remote.person("bob").uploads("game.SC2Replay", b"x" * 10)
        await bot.remote.person("bob").sees("Back in a moment")
        assert bot.gate is not None
        bot.gate.set()
        await bot.alice.sees(button="Join queue")
        assert len(bot.heard) == 1


async def test_an_answer_that_never_comes_does_not_hold_up_a_stop() -> None:
    async with stopping() as bot:
        begun = trio.current_time()
        await bot.system.wait()
        assert trio.current_time() - begun < STOP_S
