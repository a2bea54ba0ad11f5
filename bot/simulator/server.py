"""One simulated Discord, assembled and listening."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from bot.simulator import cdn
from bot.simulator.control import Control
from bot.simulator.faults import Faults
from bot.simulator.ratelimit import RateLimits
from bot.simulator.rest import BODY_LIMIT, Rest
from bot.simulator.socket import Gateway
from bot.simulator.traffic import Traffic
from bot.simulator.world import World


@dataclass(frozen=True, slots=True)
class Simulator:
    """Everything of one running Discord."""

    world: World
    gateway: Gateway
    limits: RateLimits
    faults: Faults
    traffic: Traffic


@asynccontextmanager
async def serve(
    world: World, traffic: Traffic, *, port: int = 0, privileged: int = 0
) -> AsyncIterator[Simulator]:
    """Listen on loopback until left; asyncio-flavored.

    Args:
        world: what is served; its `base_url` is set here.
        traffic: where requests and events are written.
        port: 0 takes a free one.
        privileged: the privileged intents that the bot was granted.
    """
    faults, limits = Faults(), RateLimits(world.clock)
    gateway = Gateway(world, traffic, privileged=privileged)
    simulator = Simulator(world, gateway, limits, faults, traffic)
    app = web.Application(client_max_size=BODY_LIMIT)
    app.add_routes(Rest(world, limits, faults, traffic).routes())
    app.add_routes(
        [
            *gateway.routes(),
            *cdn.routes(world, faults),
            *Control(world, gateway, limits, faults, traffic).routes(),
        ]
    )
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=1.0)
    async with AsyncExitStack() as running:
        await runner.setup()
        running.push_async_callback(runner.cleanup)
        running.callback(gateway.drop)  # first, or the cleanup waits for the open websockets
        await web.TCPSite(runner, "127.0.0.1", port).start()
        world.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield simulator
