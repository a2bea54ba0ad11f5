"""`python -m bot.simulator`: a Discord on loopback that serves until SIGTERM or until its stdin closes.

When it listens it prints one line of JSON: where it is, the bot's token, and the ids a bot needs to know.
"""

import argparse
import asyncio
import contextlib
import importlib
import json
import os
import signal
import stat
import sys
from pathlib import Path
from typing import TextIO

from bot.simulator.server import Simulator, serve
from bot.simulator.socket import PRIVILEGED
from bot.simulator.traffic import Traffic
from bot.simulator.world import World


def main() -> None:
    """Run the program."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run(_arguments()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bot.simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument(
        "--users", type=int, default=4, help="people in the guild; the first two are alice and bob"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of names and of scripted people")
    parser.add_argument(
        "--traffic", type=Path, help="write requests here and events to *.events.jsonl beside it"
    )
    parser.add_argument("--token", help="the bot's token; a random one otherwise")
    parser.add_argument("--heartbeat-ms", type=int, default=41_250, help="heartbeat interval of the gateway")
    parser.add_argument("--identify-every-s", type=float, default=5.0, help="seconds between two IDENTIFYs")
    parser.add_argument(
        "--privileged", action="store_true", help="grant members, presences and message content"
    )
    parser.add_argument("--people", help="options of the scripted people, as JSON; they play until the end")
    return parser.parse_args()


async def run(options: argparse.Namespace) -> None:
    """Serve until told to stop; with `--people`, let them live meanwhile."""
    world = World(users=options.users, seed=options.seed)
    world.token = options.token or world.token
    granted = PRIVILEGED if options.privileged else 0
    stop = await _end_of_the_program()
    with Traffic(options.traffic) as traffic:
        async with serve(world, traffic, port=options.port, privileged=granted) as simulator:
            simulator.gateway.heartbeat_s = options.heartbeat_ms / 1000
            simulator.gateway.identify_every_s = options.identify_every_s
            print(json.dumps(greeting(simulator)), flush=True)  # noqa: T201 (the parent process reads this line)
            await _live_until(stop, world, options)


async def _live_until(stop: asyncio.Event, world: World, options: argparse.Namespace) -> None:
    async with asyncio.TaskGroup() as tasks:
        people = []
        if options.people is not None:
            live = importlib.import_module("bot.simulator.people").live
            people.append(tasks.create_task(live(world, options)))
        await stop.wait()
        for task in people:
            task.cancel()


def greeting(simulator: Simulator) -> dict[str, str]:
    """What a bot or a test needs to know of a running simulator."""
    world = simulator.world
    return {
        "base_url": world.base_url,
        "token": world.token,
        "application_id": str(world.application_id),
        "guild_id": str(world.guild_id),
        "staff_channel_id": str(world.staff_channel.id),
        "public_channel_id": str(world.public_channel.id),
        "staff_user_id": str(world.staff.id),
    }


async def _end_of_the_program() -> asyncio.Event:
    """An event that SIGTERM, SIGINT or the end of stdin (if that is a pipe) sets, from now on."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if _is_pipe(sys.stdin):
        await loop.connect_read_pipe(lambda: _StopAtEnd(asyncio.StreamReader(), stop), sys.stdin)
    return stop


def _is_pipe(stream: TextIO | None) -> bool:
    """Whether a parent process holds the other end; not so for a terminal, a file or nothing."""
    if stream is None or stream.closed:
        return False
    mode = os.fstat(stream.fileno()).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


class _StopAtEnd(asyncio.StreamReaderProtocol):
    """Reads stdin and says when it closes."""

    def __init__(self, reader: asyncio.StreamReader, stop: asyncio.Event) -> None:
        super().__init__(reader)
        self._stop = stop

    def connection_lost(self, exc: Exception | None) -> None:
        """Stdin closed: the parent is gone."""
        super().connection_lost(exc)
        self._stop.set()


if __name__ == "__main__":
    main()
