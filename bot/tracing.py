"""`evoladder dump trace`: what one actor does, printed while it does it."""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.looking import follow_bot


def trace(socket: Path, actor: str, *, seconds: float | None, as_json: bool) -> None:
    """Print a line for each letter in and out and each change of state, until the actor stops.

    Args:
        socket: in the bot's data folder.
        actor: a path, its end, or a name in the registry.
        seconds: end after this; None goes on until somebody interrupts.
        as_json: print each as JSON.

    Raises:
        NoAnswer: nobody listens, or not any more; or the bot says why not.
    """
    until = None if seconds is None else time.monotonic() + seconds
    with closing(follow_bot(socket, actor)) as lines:
        record = next(lines)
        words = _in_json(lines) if as_json else _in_words(record, lines, datetime.now(UTC))
        for line in words:
            if line:
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
            if until is not None and time.monotonic() >= until:
                return


def _in_json(lines: Iterator[dict[str, Any]]) -> Iterator[str]:
    return (json.dumps(line) if line else "" for line in lines)


def _in_words(record: Mapping[str, Any], lines: Iterator[dict[str, Any]], now: datetime) -> Iterator[str]:
    """Args: `now` is when the record was read, aware UTC."""
    began = now - timedelta(seconds=record["at"])
    yield f"following {record['path']} ({record['status']}); times are UTC"
    taken_at: float | None = None
    for line in lines:
        if "at" not in line:
            yield _about_the_tape(line)
            continue
        clock = f"{began + timedelta(seconds=line['at']):%H:%M:%S.%f}"[:-3]
        took = f"  {(line['at'] - taken_at) * 1000:.1f} ms" if line["what"] == "out" and taken_at else ""
        taken_at = line["at"] if line["what"] == "in" else None
        yield f"{clock}  {line['what']:<5}  {line['detail']}{took}"


def _about_the_tape(line: Mapping[str, Any]) -> str:
    if "lost" in line:
        return f"({line['lost']} events lost: more came than could be told)"
    return f"(the end: {line['end']})" if "end" in line else ""
