"""A program whose loop gets stuck on request, for looking into from outside: `... SOCKET FOLDER`.

It says `up` once it can be asked; a line on its standard input makes an actor sleep without giving way.
"""

import sys
import time
from pathlib import Path

import trio

from supervision import (
    Actor,
    Call,
    ChildSpec,
    Strategy,
    SupervisorSpec,
    dump_on_signal,
    open_system,
    serve_dump,
)

WEDGED_S = 3.0


class Sleep(Call[None]):
    """Have the loop blocked."""


class Sleeper(Actor[Sleep]):
    """Blocks the loop over each letter."""

    async def handle(self, message: Sleep, /) -> None:
        sys.stdout.write("asleep\n")
        sys.stdout.flush()
        time.sleep(WEDGED_S)  # noqa: ASYNC251  # the fault that is to be seen
        sys.stdout.write("awake\n")
        sys.stdout.flush()

    def describe(self) -> str:
        return "nobody disturbs it"


async def main(socket: Path, folder: Path) -> None:
    """Run until the standard input ends."""
    spec = SupervisorSpec("top", Strategy.ONE_FOR_ONE, (ChildSpec("sleeper", Sleeper, key="sleeper"),))
    with dump_on_signal(folder) as signalled:
        async with open_system(spec, looking=lambda system: serve_dump(socket, system)) as system:
            signalled.system = system
            sys.stdout.write("up\n")
            sys.stdout.flush()
            while await trio.to_thread.run_sync(sys.stdin.readline):
                await system.registry.ref("sleeper").call(Sleep(), timeout_s=60.0)


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[1]), Path(sys.argv[2]))
