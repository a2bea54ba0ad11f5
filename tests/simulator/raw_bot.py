"""A bot that is nothing but a websocket: JSON commands on stdin, what it receives on stdout. A script."""

import asyncio
import json
import sys
import zlib
from typing import Any

import aiohttp


def tell(**line: Any) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


class RawBot:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session
        self.socket: aiohttp.ClientWebSocketResponse | None = None
        self.inflate = zlib.decompressobj()

    async def connect(self, url: str) -> None:
        self.socket = await self.session.ws_connect(url, autoclose=False)
        self.inflate = zlib.decompressobj()

    async def read(self) -> None:
        assert self.socket is not None
        async for frame in self.socket:
            if frame.type is aiohttp.WSMsgType.BINARY:
                tell(frame=json.loads(self.inflate.decompress(frame.data)), binary=True)
            elif frame.type is aiohttp.WSMsgType.TEXT:
                tell(frame=json.loads(frame.data), binary=False)
        tell(closed=self.socket.close_code)

    async def obey(self, command: dict[str, Any]) -> None:
        if "connect" in command:
            await self.connect(command["connect"])
            tell(connected=True)
            return
        assert self.socket is not None
        if "close" in command:
            await self.socket.close(code=command["close"])
        elif "text" in command:
            await self.socket.send_str(command["text"])
        else:
            await self.socket.send_str(json.dumps(command["send"]))


async def main() -> None:
    lines: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as tasks:
        bot = RawBot(session)
        stdin = tasks.create_task(asyncio.to_thread(forward, lines, loop))
        while line := await lines.get():
            command = json.loads(line)
            await bot.obey(command)
            if "connect" in command:
                tasks.create_task(bot.read())
        await stdin
        if bot.socket is not None:
            await bot.socket.close()


def forward(lines: asyncio.Queue[str], loop: asyncio.AbstractEventLoop) -> None:
    for line in sys.stdin:
        loop.call_soon_threadsafe(lines.put_nowait, line)
    loop.call_soon_threadsafe(lines.put_nowait, "")


if __name__ == "__main__":
    asyncio.run(main())
