"""The two programs of a demo as child processes: started, talked to, and stopped in every case."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import trio

GREETING_S = 30.0
"""How long the simulated Discord may take to listen."""

STOP_S = 20.0
"""How long a child may take to stop by itself before it is killed."""

HTTP_S = 5.0
TAIL_LINES = 20
_LINE_LIMIT = 65_536


class ChildFailed(Exception):
    """A program of the demo ended, or did not answer; the text is for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Child:
    """A running program of ours."""

    name: str
    process: trio.Process
    log: Path

    def check(self) -> None:
        """Raises: ChildFailed: it ended; the text shows the end of its log."""
        if self.process.poll() is not None:
            raise ChildFailed(
                f"The {self.name} ended with exit code {self.process.returncode}.\n{tail(self.log)}"
            )

    def peak_mb(self) -> float:
        """Most memory it ever had resident, in MB; 0 where the system does not tell."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        except OSError:
            return 0.0
        return next(
            (int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM:")), 0.0
        )


@asynccontextmanager
async def open_child(
    name: str, arguments: Sequence[str], *, folder: Path, environment: Mapping[str, str], talks: bool = False
) -> AsyncIterator[Child]:
    """Run `python -m ...` until left, then SIGTERM, and SIGKILL when that was not enough.

    Args:
        name: for people.
        arguments: after `python -m`.
        folder: where its log goes and where it runs, so that no `.env` of the caller is read.
        environment: all of it.
        talks: its stdout is read by us, instead of going to its log.
    """
    log = folder / f"{name.replace(' ', '-')}.log"
    with log.open("ab") as sink:
        process = await trio.lowlevel.open_process(
            [sys.executable, "-m", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if talks else sink,
            stderr=sink,
            cwd=folder,
            env=environment,
            # A Ctrl-C is for the demo, which then stops its children in order.
            start_new_session=True,
        )
    try:
        yield Child(name, process, log)
    finally:
        with trio.CancelScope(shield=True):
            await _stop(process)


async def _stop(process: trio.Process) -> None:
    process.terminate()
    with trio.move_on_after(STOP_S):
        await process.wait()
    if process.poll() is None:
        _kill(process)
        await process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            await pipe.aclose()


def _kill(process: trio.Process) -> None:
    """With all of its own children, such as replay readers."""
    os.killpg(process.pid, signal.SIGKILL)


def environment(**ours: str) -> dict[str, str]:
    """The caller's environment without settings of a real ladder, with `ours` added."""
    kept = {name: value for name, value in os.environ.items() if not _is_setting(name)}
    root = str(Path(__file__).parents[1])
    path = os.pathsep.join([root, *filter(None, [kept.get("PYTHONPATH")])])
    return kept | {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1"} | ours


def _is_setting(name: str) -> bool:
    return name.startswith(("EVOLADDER_", "DISCORD_")) or name == "DATABASE_URL"


async def greeting(child: Child) -> dict[str, str]:
    """The first line that the simulator prints, as JSON.

    Raises:
        ChildFailed: it did not come.
    """
    assert child.process.stdout is not None
    line = b""
    with trio.move_on_after(GREETING_S):
        while not line.endswith(b"\n") and (part := await child.process.stdout.receive_some(_LINE_LIMIT)):
            line += part
    if not line.endswith(b"\n"):
        raise ChildFailed(f"The {child.name} did not start.\n{tail(child.log)}")
    told: dict[str, str] = json.loads(line)
    return told


async def ask(base_url: str, path: str) -> dict[str, Any]:
    """GET a JSON object from the simulator.

    Raises:
        ChildFailed: no answer.
    """
    try:
        return await trio.to_thread.run_sync(_get, base_url, path, abandon_on_cancel=True)
    except (OSError, HTTPException, ValueError) as error:
        raise ChildFailed(f"The simulated Discord does not answer: {error}") from error


def _get(base_url: str, path: str) -> dict[str, Any]:
    place = urlsplit(base_url)
    connection = HTTPConnection(place.hostname or "127.0.0.1", place.port, timeout=HTTP_S)
    try:
        connection.request("GET", path)
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return answer


def tail(log: Path) -> str:
    """The last lines of a log."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "(no log)"
    return "\n".join([f"The end of {log}:", *lines[-TAIL_LINES:]])
