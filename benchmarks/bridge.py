"""What a request costs through the bridge: asyncio inside Trio, and asyncio alone.

    python -m benchmarks.bridge                 # half a minute

A server in another process answers at once; what is counted is the CPU time of this one. asyncio alone is
what Trio as a guest of asyncio would come to at best.
"""

import argparse
import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import aiohttp
import trio
import trio_asyncio
from aiohttp import web
from rich.console import Console

from benchmarks.contest import Contest, cpu_s, play, table_of, together
from storage.bridge import open_bridge

AT_ONCE = (1, 32)


async def _serve() -> None:
    """Asyncio-flavored: the other process. Says its port, then answers until its stdin closes."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=204)

    application = web.Application()
    application.add_routes([web.post("/", answer)])
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


@contextlib.contextmanager
def _server() -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.bridge", "--serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        yield f"http://127.0.0.1:{other.stdout.readline().strip()}/"
        other.communicate("")


async def _ask(session: aiohttp.ClientSession, url: str) -> None:
    """Asyncio-flavored: what disnake does with an answer."""
    async with session.post(url, json={"type": 4}) as answer:
        await answer.read()


async def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))


def _through(bridge: Callable[[], Any], url: str, workers: int) -> Callable[[int], float]:
    async def main(times: int) -> float:
        async with bridge():
            session = await trio_asyncio.aio_as_trio(_session)()

            async def work() -> None:
                for _ in range(times // workers):
                    await trio_asyncio.aio_as_trio(_ask)(session, url)

            await work() if workers == 1 else await together(work, workers)
            before = cpu_s()
            await together(work, workers)
            taken = cpu_s() - before
            await trio_asyncio.aio_as_trio(session.close)()
        return taken

    return lambda times: trio.run(main, times)


def _alone(url: str, workers: int) -> Callable[[int], float]:
    async def main(times: int) -> float:
        async def work() -> None:
            for _ in range(times // workers):
                await _ask(session, url)

        async def all_of_it() -> None:
            works: list[Awaitable[None]] = [work() for _ in range(workers)]
            await asyncio.gather(*works)

        async with await _session() as session:
            await all_of_it()
            before = cpu_s()
            await all_of_it()
            return cpu_s() - before

    return lambda times: asyncio.run(main(times))


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bridge", description=__doc__)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--times", type=int, default=320)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(_serve())
        return 0
    with _server() as url:
        contests = [
            Contest(
                f"request, {workers} at once",
                options.times,
                {
                    "ours: many callbacks a turn": _through(open_bridge, url, workers),
                    "trio-asyncio as it is": _through(trio_asyncio.open_loop, url, workers),
                    "asyncio alone": _alone(url, workers),
                },
            )
            for workers in AT_ONCE
        ]
        play(contests, options.rounds)
    Console().print(table_of(contests))
    return 0


if __name__ == "__main__":
    sys.exit(main())
