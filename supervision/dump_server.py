"""The dump's door: a Unix socket served by a thread, so that it answers even when the loop is stuck.

One JSON object a line in, one JSON object a line out: `{"what": "tree"}` gets `{"ok": true, "answer": ...}`.
The thread asks the Trio loop; a loop that does not answer within `LOOP_S` is read from the thread itself,
and the answer then says at which file and line it is stuck.
"""

import json
import os
import socket
import sys
import threading
import time
import traceback
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeAlias

import trio

from supervision.dump import Dump, take_dump
from supervision.errors import DumpUnavailable, NotRunning
from supervision.supervisor import answer_safely
from supervision.system import System

LONGEST_PATH = 107
"""Bytes that a Unix socket's address holds on Linux, the final zero not counted."""
LOOP_S = 0.5
"""How long the loop may take to answer before it counts as stuck."""
CLIENT_S = 2.0
"""How long a client may take to send its request."""
LONGEST_REQUEST = 65536
RETRIES = 3

Answer: TypeAlias = Callable[[], Any]
"""Gives a JSON value."""


@asynccontextmanager
async def serve_dump(
    path: str | Path, system: System, answers: Mapping[str, Answer] | None = None
) -> AsyncIterator[None]:
    """Serve the dump while the block runs. The socket file is readable and writable by its owner only.

    Answers to `summary`, `tree`, `actors`, `actor` (with a `path`), `deadlocks`, `events`, `dead_letters`,
    `flows`, `stack`, and whatever the program adds. `kill` (with a `path`, and who asks in `by`) does
    what `System.kill` does: it says what the killed one was about, null when nobody lives there.

    Args:
        path: of the socket, at most 107 bytes. A dead socket at that place is replaced.
        system: what to show.
        answers: more of them, by name; called in the Trio thread.

    Raises:
        DumpUnavailable: the path is too long, or something that is no dead socket is there.
    """
    listener = _listen(Path(path))
    door = _Door(listener, system, dict(answers or {}))
    thread = threading.Thread(target=door.serve, name="dump", daemon=True)
    thread.start()
    try:
        yield
    finally:
        door.close(Path(path))


def ask_dump(path: str | Path, request: Mapping[str, Any], timeout_s: float = 5.0) -> dict[str, Any]:
    """Ask a running program for part of its dump. Synchronous; for a command line.

    Returns:
        A dict with `answer`, and `stuck_at`: None, or `file:line function` where the program's loop is stuck
        (then `stack` has all frames, the innermost last).

    Raises:
        DumpUnavailable: nobody listens, no answer in time, or the request was refused.
    """
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(timeout_s)
            client.connect(str(path))
            client.sendall(json.dumps(dict(request)).encode() + b"\n")
            with client.makefile("rb") as lines:
                reply: dict[str, Any] = json.loads(lines.readline() or b"{}")
    except (OSError, ValueError) as error:
        raise DumpUnavailable(f"no dump from {path}: {error}") from error
    if not reply.get("ok"):
        raise DumpUnavailable(f"no dump from {path}: {reply.get('error', 'an empty answer')}")
    return reply


def _listen(path: Path) -> socket.socket:
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise DumpUnavailable(f"the socket's path is longer than {LONGEST_PATH} bytes: {path}")
    listener = socket.socket(socket.AF_UNIX)
    try:
        _clear(path)
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen(8)
    except OSError as error:
        listener.close()
        raise DumpUnavailable(f"cannot listen at {path}: {error}") from error
    return listener


def _clear(path: Path) -> None:
    """Remove the socket of a program that is gone; leave a living one's, and any other file, alone."""
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX) as visitor:
        try:
            visitor.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise FileExistsError(f"another program serves {path}")


class _Door:
    """The serving thread's side."""

    def __init__(self, listener: socket.socket, system: System, answers: dict[str, Answer]) -> None:
        self.listener = listener
        self.system = system
        self.answers = answers
        self.token = trio.lowlevel.current_trio_token()
        self.loop_thread = threading.get_ident()
        # A clock may be read from any thread by reckoning on from a moment known here.
        self.closing = False
        self.last_seen = (time.monotonic(), trio.current_time())

    def serve(self) -> None:
        """Answer one client after the other until told to close."""
        with self.listener:
            while not self.closing:
                client, _ = self.listener.accept()
                # A client that leaves early or sends nonsense is its own problem.
                with suppress(OSError), client:
                    client.settimeout(CLIENT_S)
                    self._attend(client)

    def close(self, path: Path) -> None:
        """Have the thread end, and remove the socket file."""
        self.closing = True
        # Closing a socket does not wake the thread that accepts on it; a visitor does.
        with suppress(OSError), socket.socket(socket.AF_UNIX) as visitor:
            visitor.connect(str(path))
        path.unlink(missing_ok=True)

    def _attend(self, client: socket.socket) -> None:
        with client.makefile("rb") as lines:
            line = lines.readline(LONGEST_REQUEST)
        try:
            request = json.loads(line)
            what = request["what"]
        except (ValueError, KeyError, TypeError):
            reply: dict[str, Any] = {"ok": False, "error": 'a request is a JSON line: {"what": "tree"}'}
        else:
            reply = self._reply(what, request)
        client.sendall(json.dumps(reply, default=repr).encode() + b"\n")

    def _reply(self, what: str, request: dict[str, Any]) -> dict[str, Any]:
        if what == "kill":
            return self._kill(str(request.get("path")), str(request.get("by")))
        known = self._known(request)
        answer = known.get(what)
        if answer is None:
            return {"ok": False, "error": f"unknown: {what!r}; known: {', '.join(sorted(known))}"}
        return self._from_loop(answer) or self._from_here(answer)

    def _kill(self, path: str, by: str) -> dict[str, Any]:
        """Only the loop may end what it runs: one that is stuck does so as soon as it moves again."""

        def kill() -> str | None:
            with suppress(NotRunning):
                return self.system.kill(path, by)
            return None

        return self._from_loop(kill) or self._from_here(lambda: None)

    def _known(self, request: dict[str, Any]) -> dict[str, Answer]:
        return {
            "summary": lambda: self._dump().summary(),
            "tree": lambda: self._dump().tree(),
            "actors": lambda: self._dump().plain()["actors"],
            "actor": lambda: self._actor(str(request.get("path"))),
            "deadlocks": lambda: self._dump().deadlocks,
            "events": lambda: self._dump().plain()["events"],
            "dead_letters": lambda: self._dump().plain()["dead_letters"],
            "flows": lambda: [asdict(summary) for summary in self.system.flows.summaries()],
            "stack": self._stack,
            **self.answers,
        }

    def _actor(self, path: str) -> dict[str, Any] | None:
        found = self._dump().actor(path)
        return None if found is None else asdict(found)

    def _dump(self) -> Dump:
        if threading.get_ident() == self.loop_thread:
            self.last_seen = (time.monotonic(), trio.current_time())
            return self.system.dump()
        seen_at, clock = self.last_seen
        return take_dump(self.system.tree, clock + time.monotonic() - seen_at)

    def _from_loop(self, answer: Answer) -> dict[str, Any] | None:
        """The answer made between two steps of the loop; None if the loop has no time for it."""
        replies: list[dict[str, Any]] = []
        ready = threading.Event()

        def make() -> None:
            replies.append(_reply_of(answer))
            ready.set()

        with suppress(trio.RunFinishedError):
            self.token.run_sync_soon(make)
            ready.wait(LOOP_S)
        return {**replies[0], "stuck_at": None} if replies else None

    def _from_here(self, answer: Answer) -> dict[str, Any]:
        """The answer made beside a stuck loop, with the place where it is stuck.

        What is read may change meanwhile if the loop was only slow: then it is read again.
        """
        reply = _reply_of(answer)
        for _ in range(RETRIES):
            if reply["ok"]:
                break
            reply = _reply_of(answer)
        stack = self._stack()
        return {**reply, "stuck_at": stack[-1] if stack else None, "stack": stack}

    def _stack(self) -> list[str]:
        """`file:line function` of every frame of the Trio thread, the innermost last."""
        frame = sys._current_frames().get(self.loop_thread)  # noqa: SLF001 - the documented way in
        frames = [] if frame is None else traceback.extract_stack(frame)
        return [f"{step.filename}:{step.lineno} {step.name}" for step in frames]


def _reply_of(answer: Answer) -> dict[str, Any]:
    value, error = answer_safely(answer)
    return {"ok": True, "answer": value} if error is None else {"ok": False, "error": repr(error)}
