"""The same things with pykka: an actor is a thread."""

from typing import Any

import pykka

from benchmarks.contest import Run, cpu_s


class Echo(pykka.ThreadingActor):
    """Answers."""

    def on_receive(self, _: Any) -> int:
        """Say one."""
        return 1


def ask(times: int) -> float:
    """One answer after the other, each within five seconds."""
    ref = Echo.start()
    begun = cpu_s()
    for _ in range(times):
        ref.ask(0, timeout=5)
    seconds = cpu_s() - begun
    ref.stop()
    return seconds


def tell(times: int) -> float:
    """One sender, until the last message was handled. The mailbox has no bound."""
    ref = Echo.start()
    begun = cpu_s()
    for _ in range(times):
        ref.tell(0)
    ref.ask(0)
    seconds = cpu_s() - begun
    ref.stop()
    return seconds


def spawn_and_stop(times: int) -> float:
    """One thread after the other."""
    begun = cpu_s()
    for _ in range(times):
        Echo.start().stop()
    return cpu_s() - begun


RUNS: dict[str, dict[str, Run]] = {
    "ask": {"pykka": ask},
    "tell": {"pykka": tell},
    "spawn + stop": {"pykka": spawn_and_stop},
}
