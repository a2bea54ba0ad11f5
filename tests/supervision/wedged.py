"""A program in a process of its own whose loop sleeps on request."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.supervision import wedge_process

ROOT = Path(__file__).parents[2]
ASLEEP_AT = next(
    f"{wedge_process.__file__}:{number} handle"
    for number, line in enumerate(Path(wedge_process.__file__).read_text().splitlines(), 1)
    if "time.sleep(" in line
)


@dataclass(slots=True)
class Wedged:
    """A program that sleeps in the middle of a letter."""

    process: subprocess.Popen[str]
    socket: Path
    folder: Path

    def says(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def falls_asleep(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("sleep\n")
        self.process.stdin.flush()
        assert self.says() == "asleep"

    def tells(self) -> str:
        """What it writes on stderr, up to the line that names the file."""
        assert self.process.stderr is not None
        text = ""
        while (line := self.process.stderr.readline()) and not line.startswith("It is in "):
            text += line
        return text + line


@contextmanager
def open_wedged(folder: Path) -> Iterator[Wedged]:
    """The program, up; its socket is where the bot has its own, in its data folder."""
    socket = folder / "dump.sock"
    command = [sys.executable, "-m", "tests.supervision.wedge_process", str(socket), str(folder)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        program = Wedged(process, socket, folder)
        try:
            assert program.says() == "up"
            yield program
        finally:
            process.kill()
