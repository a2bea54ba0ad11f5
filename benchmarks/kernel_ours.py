"""What the kernel does with everything on: supervision, deadlines, death notices, cycle check, accounts."""

from collections.abc import Awaitable, Callable
from typing import Any

import trio
from trio.lowlevel import checkpoint

from benchmarks.contest import Run, cpu_s, together
from supervision import (
    Actor,
    Call,
    ChildSpec,
    Intensity,
    MailboxSpec,
    PlainClock,
    Pool,
    PoolSpec,
    Ref,
    Strategy,
    SupervisorSpec,
    System,
    open_system,
)

ENDLESS = Intensity(float("inf"), 1.0)
BURST = 32
CALLERS = 100
SENDERS = 1000
STARTERS = 32


class Ping(Call[int]):
    """Asks for a number."""


class Echo(Actor[Any]):
    """Answers."""

    async def handle(self, _: Any, /) -> object:
        """Say one."""
        return 1


class Fragile(Actor[Any]):
    """Crashes over every letter but the last."""

    async def handle(self, message: Any, /) -> object:
        """Crash, or say that it was the last."""
        if isinstance(message, trio.Event):
            return message.set()
        raise ValueError(message)


def ask(times: int) -> float:
    """One asker, one answer after the other."""

    async def go(system: System) -> None:
        ref: Ref[Any] = system.registry.ref("echo")
        ping = Ping()
        for _ in range(times):
            await ref.call(ping)

    return _timed(_one(Echo, 64), go)


def ask_together(times: int) -> float:
    """A hundred askers at once."""

    async def go(system: System) -> None:
        ref: Ref[Any] = system.registry.ref("echo")
        ping = Ping()

        async def asker() -> None:
            for _ in range(times // CALLERS):
                await ref.call(ping)

        await together(asker, CALLERS)

    return _timed(_one(Echo, 2 * CALLERS), go)


def tell(times: int) -> float:
    """One sender that gives way after a burst, until the last letter was handled."""

    async def go(system: System) -> None:
        ref: Ref[Any] = system.registry.ref("echo")
        for _ in range(times // BURST):
            for _ in range(BURST):
                ref.cast(0)
            await checkpoint()
        await ref.call(Ping())

    return _timed(_one(Echo, 4 * BURST), go)


def fan_in(times: int) -> float:
    """A thousand senders; none of them waits, for nothing makes a `cast` wait."""

    async def go(system: System) -> None:
        ref: Ref[Any] = system.registry.ref("echo")

        async def sender() -> None:
            for _ in range(times // SENDERS):
                ref.cast(0)

        await together(sender, SENDERS)
        await ref.call(Ping(), timeout_s=60)

    return _timed(_one(Echo, times + 1), go)


def spawn_and_stop(times: int) -> float:
    """A few tasks that have a pool start children, each ready, and stop them, each gone."""
    specs = [ChildSpec(str(at), Echo) for at in range(times)]

    async def go(system: System) -> None:
        pool: Pool = system.registry.pool("pool")
        turns = iter(specs)

        async def starter() -> None:
            for spec in turns:
                await pool.start_child(spec)
                await pool.stop_child(spec.id)

        await together(starter, STARTERS)

    return _timed(PoolSpec("pool", "pool", times, ENDLESS), go)


def crash_and_restart(times: int) -> float:
    """An actor that crashes over each letter of a full mailbox."""

    async def go(system: System) -> None:
        ref: Ref[Any] = system.registry.ref("echo")
        last = trio.Event()
        for at in range(times):
            ref.cast(at)
        ref.cast(last)
        await last.wait()

    return _timed(_one(Fragile, times + 1), go)


RUNS: dict[str, Run] = {
    "ask": ask,
    "100 asks at once": ask_together,
    "tell": tell,
    "fan-in 1000 -> 1": fan_in,
    "spawn + stop": spawn_and_stop,
    "crash + restart": crash_and_restart,
}


def _one(start: Callable[[], Actor[Any]], capacity: int) -> ChildSpec:
    return ChildSpec("echo", start, key="echo", mailbox=MailboxSpec(capacity))


def _timed(child: ChildSpec | PoolSpec, go: Callable[[System], Awaitable[None]]) -> float:
    async def main() -> float:
        tree = SupervisorSpec("top", Strategy.ONE_FOR_ONE, (child,), ENDLESS)
        async with open_system(tree) as system:
            begun = cpu_s()
            await go(system)
            return cpu_s() - begun

    return trio.run(main, clock=PlainClock())
