"""The dump's door: a Unix socket served by threads, so that it answers even when the loop is stuck.

One JSON object a line in, one JSON object a line out: `{"what": "tree"}` gets `{"ok": true, "answer": ...}`.
What is read is read by the loop between two of its steps, or beside a loop that is stuck (`onlooker.py`);
what is made of it is made in the visitor's own thread, in pieces. `trace` answers with a line for each event.
"""

import json
import os
import select
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias

from supervision.dump_json import pieces
from supervision.errors import DumpRefused, DumpUnavailable, NotRunning
from supervision.finding import find, quoted
from supervision.onlooker import Onlooker, Reading
from supervision.questions import Question, Questions, Request, wanted
from supervision.supervisor import answer_safely
from supervision.system import System
from supervision.trace import Tape
from supervision.vitals import counted

LONGEST_PATH = 107
"""Bytes that a Unix socket's address holds on Linux, the final zero not counted."""
CLIENT_S = 2.0
"""How long a visitor may take to send his request, or to take a piece of his answer."""
LONGEST_REQUEST = 65536
MOST_VISITORS = 16
WAITING = 64
"""Visitors whom the machine keeps at the door; the next one would hear that nobody is there."""
BREATH_S = 0.0005
"""How long a visitor's thread rests between two pieces."""
TAPE_S = 0.05
"""How often a tape is read while somebody follows an actor."""
QUIET_S = 1.0
"""How often he hears that nothing happened."""

Answer: TypeAlias = Callable[[], Any]
"""Gives a JSON value."""


@asynccontextmanager
async def serve_dump(
    path: str | Path, system: System, answers: Mapping[str, Answer] | None = None
) -> AsyncIterator[None]:
    """Serve the dump while the block runs. The socket file is readable and writable by its owner only.

    Answers to what `questions.py` lists, to `trace`, and to whatever the program adds. `kill` (with a `path`,
    and who asks in `by`) does what `System.kill` does: it says what the killed one was about, null when
    nobody lives there.

    Args:
        path: of the socket, at most 107 bytes. A dead socket at that place is replaced.
        system: what to show.
        answers: more of them, by name; called in the Trio thread.

    Raises:
        DumpUnavailable: the path is too long, or something that is no dead socket is there.
    """
    listener = _listen(Path(path))
    with counted() as vitals:
        onlooker = Onlooker()
        questions = Questions(system, onlooker, vitals)
        own = {name: Question(answer) for name, answer in (answers or {}).items()}
        door = _Door(listener, system, onlooker, questions.known() | own)
        threading.Thread(target=door.serve, name="dump", daemon=True).start()
        try:
            yield
        finally:
            door.close(Path(path))


def _listen(path: Path) -> socket.socket:
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise DumpUnavailable(f"the socket's path is longer than {LONGEST_PATH} bytes: {path}")
    listener = socket.socket(socket.AF_UNIX)
    try:
        _clear(path)
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen(WAITING)
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
    """The serving threads' side."""

    def __init__(
        self, listener: socket.socket, system: System, onlooker: Onlooker, known: dict[str, Question]
    ) -> None:
        self.listener = listener
        self.system = system
        self.onlooker = onlooker
        self.known = known
        self.closing = threading.Event()
        self.room = threading.Semaphore(MOST_VISITORS)

    def serve(self) -> None:
        """Let visitors in until told to close, each in a thread of his own."""
        with self.listener:
            while not self.closing.is_set():
                client, _ = self.listener.accept()
                if self.room.acquire(blocking=False):
                    threading.Thread(
                        target=self._welcome, args=(client,), name="dump visitor", daemon=True
                    ).start()
                else:
                    with suppress(OSError), client:
                        client.sendall(_refusal(f"{MOST_VISITORS} look already."))

    def close(self, path: Path) -> None:
        """Have the threads end, and remove the socket file."""
        self.closing.set()
        # Closing a socket does not wake the thread that accepts on it; a visitor does.
        with suppress(OSError), socket.socket(socket.AF_UNIX) as visitor:
            visitor.connect(str(path))
        path.unlink(missing_ok=True)

    def _welcome(self, client: socket.socket) -> None:
        try:
            # A visitor who leaves early or sends nonsense is his own problem.
            with suppress(OSError), client:
                client.settimeout(CLIENT_S)
                self._attend(client)
        finally:
            self.room.release()

    def _attend(self, client: socket.socket) -> None:
        with client.makefile("rb") as lines:
            line = lines.readline(LONGEST_REQUEST)
        try:
            request = _understood(line)
            what = request["what"]
            if what == "trace":
                self._trace(client, request)
            elif what == "kill":
                self._kill(client, request)
            else:
                self._answer(client, what, request)
        except DumpUnavailable as refused:
            client.sendall(_refusal(str(refused)))

    def _answer(self, client: socket.socket, what: str, request: Request) -> None:
        question = self.known.get(what)
        if question is None:
            raise DumpRefused(
                f"unknown: {quoted(what)}; known: {', '.join(sorted([*self.known, 'kill', 'trace']))}"
            )
        reading = self.onlooker.read(question.read)
        answer, error = answer_safely(lambda: question.tell(reading, request))
        if error is not None:
            raise error if isinstance(error, DumpUnavailable) else DumpUnavailable(repr(error))
        _send(client, pieces(_head(reading), answer))

    def _trace(self, client: socket.socket, request: Request) -> None:
        """A line for each thing that an actor does, until it stops, the visitor leaves or the door closes."""
        reading = self.onlooker.read(self.known["actor"].read)
        actor = find(reading.answer, wanted(request, "path"))
        with self._followed(actor.path) as tape:
            _send(client, pieces(_head(reading), actor.plain()))
            for line in self._told(tape):
                client.sendall(json.dumps(line).encode() + b"\n")
                if select.select([client], [], [], 0)[0]:
                    return  # he has nothing to say but that he leaves

    def _kill(self, client: socket.socket, request: Request) -> None:
        path, by = wanted(request, "path"), wanted(request, "by")

        def kill() -> str | None:
            with suppress(NotRunning):
                return self.system.kill(path, by)
            return None

        reading = self.onlooker.order(kill)
        _send(client, pieces(_head(reading), reading.answer))

    @contextmanager
    def _followed(self, path: str) -> Iterator[Tape]:
        tape = Tape()
        try:
            leave = self.onlooker.read(lambda: self.system.trace(path, tape)).answer
        except DumpUnavailable as gone:
            raise DumpRefused(f"{path} has stopped.") from gone
        try:
            yield tape
        finally:
            self.onlooker.order(leave)

    def _told(self, tape: Tape) -> Iterator[dict[str, Any]]:
        quiet_s = 0.0
        while True:
            closing, over = self.closing.wait(TAPE_S), tape.over
            events, lost = tape.read()
            yield from ({"at": each.at, "what": each.what, "detail": each.detail} for each in events)
            if lost:
                yield {"lost": lost}
            if over or closing:
                yield {"end": "it stopped" if over else "the program stops"}
                return
            quiet_s = 0.0 if events else quiet_s + TAPE_S
            if quiet_s >= QUIET_S:
                quiet_s = 0.0
                yield {}


def _understood(line: bytes) -> Request:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):  # the latter: brackets within brackets, thousands of them
        request = None
    if not isinstance(request, dict) or not isinstance(request.get("what"), str):
        raise DumpRefused('a request is a JSON line: {"what": "tree"}')
    return request


def _send(client: socket.socket, pieces_of_it: Iterable[bytes]) -> None:
    """Send an answer. A thread that only lets go of the interpreter and takes it back would starve the loop.

    The loop claims it once nobody has let go of it for 5 ms, and sending lets go of it more often than that.
    """
    for piece in pieces_of_it:
        client.sendall(piece)
        time.sleep(BREATH_S)


def _head(reading: Reading[Any]) -> dict[str, Any]:
    stack = {"stack": [str(spot) for spot in reading.stack]} if reading.stack else {}
    return {"ok": True, "lag_s": reading.lag_s, "stuck_at": reading.stuck_at} | stack


def _refusal(sentence: str) -> bytes:
    return json.dumps({"ok": False, "error": sentence}).encode() + b"\n"
