"""The people of an evening: everybody the simulated guild has, and one moderator."""

import argparse
import asyncio
import json

from bot.simulator.evening import Evening, Options
from bot.simulator.guest import Guest
from bot.simulator.keyboard import Keyboard
from bot.simulator.lobby import Lobby
from bot.simulator.moderator import Moderator
from bot.simulator.person import Person
from bot.simulator.tempers import cast
from bot.simulator.world import World

BOT_S = 120.0
"""How long people wait for a bot that answers."""

LOOK_S = 0.2


async def live(world: World, options: argparse.Namespace) -> None:
    """Let everybody in the guild spend an evening on the ladder; asyncio-flavored.

    Args:
        world: where. `world.evening` tells how it goes, also after the end.
        options: the simulator's; `seed`, and `people`: the fields of `Options` as a JSON object.
    """
    await spend(world, Options(seed=options.seed, **json.loads(options.people or "{}")))


async def spend(world: World, options: Options) -> Evening:
    """One evening, from the first person's arrival until everybody is at home."""
    world.evening = lambda: {"waiting": True}
    there = await _bot_is_there(world)
    evening = Evening(options)
    world.evening = evening.as_json
    if there:
        await _everybody(world, evening)
    else:
        evening.surprise("Everybody", "no bot came")
    evening.finished = True
    return evening


async def _everybody(world: World, evening: Evening) -> None:
    lobby = Lobby(evening)
    hands = [Person(world, user.id) for user in world.people]
    guests = [
        Guest(Keyboard(each, character, evening), lobby)
        for each, character in zip(
            hands, cast([each.name for each in hands], evening.options.seed), strict=True
        )
    ]
    moderator = Moderator(Person(world, world.staff.id), evening, lobby)
    async with asyncio.TaskGroup() as people:
        on_duty = people.create_task(moderator.live())
        async with asyncio.TaskGroup() as players:
            for guest in guests:
                players.create_task(guest.live())
        on_duty.cancel()


async def _bot_is_there(world: World) -> bool:
    """Wait until the bot is connected and its commands are on the list."""
    somebody = Person(world, world.people[0].id)
    for _ in range(int(BOT_S / LOOK_S)):
        if world.counters.identifies and {"setup", "queue"} <= set(somebody.commands()):
            return True
        await asyncio.sleep(LOOK_S)
    return False
