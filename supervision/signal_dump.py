"""The dump's door for a signal: the whole of it in a file and on stderr, whatever the program is at.

A handler of Python's own would run in the main thread, and only between two of its instructions: never while
it is inside foreign code, and in the middle of whatever it was doing. `faulthandler` answers a signal in C,
at once, in whichever thread it arrives. Here it writes the stacks of all threads into a pipe, and a thread
that waits at the other end writes the dump. No signal is masked, and Trio keeps its wakeup descriptor.
"""

import faulthandler
import os
import select
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from supervision.dump import Dump, take_dump
from supervision.dump_report import report, stack_lines
from supervision.errors import DumpUnavailable
from supervision.onlooker import Onlooker, Reading
from supervision.system import System
from supervision.vitals import memory_mb

KEPT = 10
"""Files that are kept, the newest."""
SETTLED_S = 0.1
"""When the pipe has been quiet for this long, all stacks are told."""
CHUNK = 65536


class SignalDoor:
    """What is dumped, and where to. `system` is None until there is one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.system: System | None = None
        self._onlooker = Onlooker()

    def serve(self, pipe: int) -> None:
        """Dump whenever stacks come out of the pipe, until it is closed."""
        with open(pipe, "rb", buffering=0) as stacks:
            while told := stacks.read(CHUNK):
                while select.select([stacks], [], [], SETTLED_S)[0] and (more := stacks.read(CHUNK)):
                    told += more
                self._dump(told.decode(errors="replace"))

    def _dump(self, stacks: str) -> None:
        now = datetime.now(UTC)
        text = "\n".join([*self._lines(now), "", "== All threads", stacks])
        try:
            where = f"It is in {keep(self.folder, text, now)}."
        except OSError as error:
            where = f"It is in no file: {error}."
        with suppress(OSError, ValueError):  # nobody reads stderr any more
            sys.stderr.write(f"{text}\n{where}\n")
            sys.stderr.flush()

    def _lines(self, now: datetime) -> Iterator[str]:
        yield f"Dump of process {os.getpid()} at {now:%Y-%m-%d %H:%M:%S} UTC, {memory_mb():.0f} MB"
        stack = self._onlooker.stack()
        if self.system is None:
            yield "There are no actors yet."
        else:
            try:
                reading = self._onlooker.read(self._take)
            except DumpUnavailable as failure:
                yield f"The actors cannot be read: {failure}"
            else:
                stack = reading.stack or stack
                yield from report(Reading(reading.answer.in_order(), reading.lag_s, reading.stack), now)
        yield from ("", "== Main thread", *stack_lines(stack))

    def _take(self) -> Dump:
        assert self.system is not None
        return take_dump(self.system.tree)


def keep(folder: Path, text: str, now: datetime) -> Path:
    """Write a dump to a file of its own, its owner's alone, and remove all but the newest `KEPT`.

    Raises:
        OSError: it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"dump-{now:%Y%m%dT%H%M%S.%f}Z.txt"
    part = path.with_suffix(".part")
    part.touch(mode=0o600, exist_ok=False)
    part.write_text(text + "\n", encoding="utf-8")
    part.rename(path)  # whoever sees it, sees all of it
    for old in sorted(folder.glob("dump-*.txt"))[:-KEPT]:
        old.unlink(missing_ok=True)
    return path


@contextmanager
def dump_on_signal(folder: Path, number: int = signal.SIGUSR1) -> Iterator[SignalDoor]:
    """Dump at each signal while the block runs, which must be in the loop's thread.

    Args:
        folder: where files go, made if need be: `dump-<UTC time>.txt`, its owner's alone, the newest `KEPT`.
        number: of the signal.

    Yields:
        The door; set its `system` when there is one. Until then a dump has stacks only.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)  # a full pipe loses stacks; a signal handler must not wait
    door = SignalDoor(folder)
    threading.Thread(target=door.serve, args=(reading,), name="dump on signal", daemon=True).start()
    faulthandler.register(number, file=writing, all_threads=True, chain=False)
    try:
        yield door
    finally:
        faulthandler.unregister(number)
        os.close(writing)
