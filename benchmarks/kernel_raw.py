"""The same things with nothing but Trio: no deadline unless named, nobody is told of a death."""

from collections.abc import Awaitable, Callable
from typing import Any

import trio

from benchmarks.contest import Run, cpu_s, together

CALLERS = 100
SENDERS = 1000
STARTERS = 32

Asked = tuple[trio.Event, list[int]]


def ask(times: int) -> float:
    """A channel there, an `Event` back."""
    return trio.run(_ask, times, 1, None)


def ask_in_time(times: int) -> float:
    """The same, each within `fail_after`."""
    return trio.run(_ask, times, 1, 5.0)


def ask_together(times: int) -> float:
    """A hundred askers at once."""
    return trio.run(_ask, times, CALLERS, None)


async def _ask(times: int, askers: int, timeout_s: float | None) -> float:
    send, receive = trio.open_memory_channel[Asked](64)

    async def server() -> None:
        async for event, answer in receive:
            answer.append(1)
            event.set()

    async def once() -> None:
        event = trio.Event()
        answer: list[int] = []
        await send.send((event, answer))
        await event.wait()

    async def asker() -> None:
        for _ in range(times // askers):
            if timeout_s is None:
                await once()
            else:
                with trio.fail_after(timeout_s):
                    await once()

    return await _timed(server, asker, askers)


def tell(times: int) -> float:
    """A channel without a buffer: each message is handed over."""
    return trio.run(_tell, times, 1, 0)


def fan_in(times: int) -> float:
    """A thousand senders into a channel of 64."""
    return trio.run(_tell, times, SENDERS, 64)


async def _tell(times: int, senders: int, buffer: int) -> float:
    send, receive = trio.open_memory_channel[int](buffer)

    async def server() -> None:
        async for _ in receive:
            pass

    async def sender() -> None:
        for _ in range(times // senders):
            await send.send(0)

    return await _timed(server, sender, senders)


def spawn_and_stop(times: int) -> float:
    """`start_soon`, an `Event` when it runs, a cancelled scope, an `Event` when it is gone."""

    async def main() -> float:
        async def child(scope: trio.CancelScope, ready: trio.Event, gone: trio.Event) -> None:
            with scope:
                ready.set()
                await trio.sleep_forever()
            gone.set()

        async def starter() -> None:
            for _ in turns:
                scope, ready, gone = trio.CancelScope(), trio.Event(), trio.Event()
                children.start_soon(child, scope, ready, gone)
                await ready.wait()
                scope.cancel()
                await gone.wait()

        turns = iter(range(times))
        async with trio.open_nursery() as children:
            begun = cpu_s()
            await together(starter, STARTERS)
            begun -= cpu_s()
        return -begun

    return trio.run(main)


def crash_and_restart(times: int) -> float:
    """A supervisor's task that hears of each crash by a channel, and starts the task anew."""

    async def main() -> float:
        crashes, crashed = trio.open_memory_channel[Exception](1)

        async def child() -> None:
            raise ValueError(times)

        async def watched() -> None:
            try:
                await child()
            except ValueError as crash:
                crashes.send_nowait(crash)

        async with trio.open_nursery() as children:
            begun = cpu_s()
            for _ in range(times):
                children.start_soon(watched)
                await crashed.receive()
            begun -= cpu_s()
        return -begun

    return trio.run(main)


RUNS: dict[str, dict[str, Run]] = {
    "ask": {"Trio: Event": ask, "Trio: Event + fail_after": ask_in_time},
    "100 asks at once": {"Trio: Event": ask_together},
    "tell": {"Trio: channel(0)": tell},
    "fan-in 1000 -> 1": {"Trio: channel(64)": fan_in},
    "spawn + stop": {"Trio: start_soon": spawn_and_stop},
    "crash + restart": {"Trio: a task a restart": crash_and_restart},
}


async def _timed(server: Callable[[], Awaitable[Any]], client: Callable[[], Awaitable[Any]], n: int) -> float:
    async with trio.open_nursery() as servers:
        servers.start_soon(server)
        begun = cpu_s()
        await together(client, n)
        seconds = cpu_s() - begun
        servers.cancel_scope.cancel(reason="measured")
    return seconds
