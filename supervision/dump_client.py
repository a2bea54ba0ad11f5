"""Asking a running program for its dump, from another process. Synchronous: for a command line."""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from supervision.errors import DumpRefused, DumpSilent, DumpUnavailable

BEAT_S = 1.0
"""How often `follow_actor` gives the caller a turn when nothing happens."""


def ask_dump(path: str | Path, request: Mapping[str, Any], timeout_s: float = 5.0) -> dict[str, Any]:
    """Ask for one thing.

    Args:
        path: of the program's socket.
        request: `{"what": "tree"}`, and what that takes.
        timeout_s: for each step of the conversation.

    Returns:
        A dict with `answer`; `lag_s`, how long the program's loop took to get to it; and `stuck_at`: None, or
        `file:line function` where the loop is stuck (then `stack` has all frames, the innermost last).

    Raises:
        DumpUnavailable: nobody listens. `DumpSilent`: somebody does, but there was no answer in time.
        `DumpRefused`: a sentence about the request.
    """
    with _talk(path, request, timeout_s) as lines:
        return _checked(path, _read(lines))


def follow_actor(path: str | Path, actor: str, timeout_s: float = 5.0) -> Iterator[dict[str, Any]]:
    """What one actor does from now on, until it stops for good or the generator is closed.

    Args:
        path: of the program's socket.
        actor: a path, its end, or a name in the registry.
        timeout_s: for the first answer.

    Yields:
        The record of the actor first; then events with `at`, `what` (`in`, `out`, `state`) and `detail`;
        `{"lost": n}` where the reader was too slow for n of them; `{}` when nothing has happened for a while;
        `{"end": why}` last.

    Raises:
        DumpUnavailable: nobody listens any more. `DumpRefused`: no such actor, or too many look already.
    """
    with _talk(path, {"what": "trace", "path": actor}, timeout_s) as lines:
        yield _checked(path, _read(lines))["answer"]
        while True:
            line = _read(lines)
            yield line
            if "end" in line:
                return


@contextmanager
def _talk(path: str | Path, request: Mapping[str, Any], timeout_s: float) -> Iterator[BinaryIO]:
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(timeout_s)
            client.connect(str(path))
            with suppress(BrokenPipeError):  # who has no room for another visitor says so before he listens
                client.sendall(json.dumps(dict(request)).encode() + b"\n")
            with client.makefile("rb") as lines:
                yield lines
    except (TimeoutError, BlockingIOError) as error:  # the latter: so many wait there that nobody may join
        raise DumpSilent(f"no answer from {path} within {timeout_s:g} s") from error
    except (OSError, ValueError) as error:
        raise DumpUnavailable(f"no dump from {path}: {error}") from error


def _read(lines: BinaryIO) -> dict[str, Any]:
    line = lines.readline()
    if not line:
        raise ConnectionResetError("the program went away")
    read: dict[str, Any] = json.loads(line)
    return read


def _checked(path: str | Path, reply: dict[str, Any]) -> dict[str, Any]:
    if not reply.get("ok"):
        raise DumpRefused(str(reply.get("error", f"no dump from {path}: an empty answer")))
    return reply
