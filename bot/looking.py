"""Looking into a running bot through its dump socket: the actor tree, the flow timings, what happened last.

It works when the bot's loop is stuck, since a thread answers there; here it is synchronous.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, TypeAlias

from supervision import DumpUnavailable, ask_dump

DUMP_S = 5.0
"""How long the bot has to answer."""

Record: TypeAlias = Mapping[str, Any]


class NotRunning(Exception):
    """There is no bot to look into; the text is one sentence for the operator."""


class What(Enum):
    """What there is to look at."""

    TREE = "tree"
    SUMMARY = "summary"
    ACTORS = "actors"
    FLOWS = "flows"
    EVENTS = "events"
    DEADLOCKS = "deadlocks"
    DEAD_LETTERS = "dead_letters"
    STACK = "stack"


def ask_bot(socket: Path, what: What) -> dict[str, Any]:
    """A dict of plain JSON values: `answer`, and `stuck_at`, the place where the bot's loop is stuck or None.

    Raises:
        NotRunning: nobody answers at this socket.
    """
    try:
        reply: dict[str, Any] = ask_dump(socket, {"what": what.value}, DUMP_S)
    except DumpUnavailable as error:
        raise NotRunning(f"No bot answers at {socket}: is it running, and with this data folder?") from error
    return reply


def as_lines(answer: Any) -> list[str]:
    """An answer for reading: text as it is, each record of a list on a line of its own."""
    if isinstance(answer, str):
        return answer.splitlines()
    if isinstance(answer, Sequence):
        return [_line(each) for each in answer] or ["none"]
    return [_line(answer)]


def flows_by_name(summaries: Sequence[Record]) -> dict[str, dict[str, float]]:
    """Count and quantiles of each flow, in milliseconds."""
    return {
        str(each["name"]): {"count": each["count"]}
        | {quantile: each[f"{quantile}_s"] * 1000 for quantile in ("p50", "p95", "p99", "max")}
        for each in summaries
    }


def tree_line(actors: Sequence[Record]) -> str:
    """The tree in one line: who has stopped is left out, the children of a pool are only counted.

    >>> paths = {"a": "supervisor", "a/b": "pool", "a/b/1": "actor"}
    >>> tree_line([{"path": path, "kind": kind, "status": "running"} for path, kind in paths.items()])
    'a [b x1]'
    """
    living = [each for each in actors if each["status"] != "stopped"]
    pools = {each["path"] for each in living if each["kind"] == "pool"}
    pooled = Counter(_parent(each["path"]) for each in living)
    shown = [each["path"] for each in living if _parent(each["path"]) not in pools]
    text, depth = "", -1
    for path in shown:
        level = path.count("/")
        text += " [" * (level - depth) if depth >= 0 and level > depth else "]" * max(0, depth - level) + " "
        text += path.rpartition("/")[2] + (f" x{pooled[path]}" if path in pools else "")
        depth = level
    return (text + "]" * max(0, depth)).strip()


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _line(record: Any) -> str:
    if not isinstance(record, Mapping):
        return str(record)
    return "  ".join(
        f"{name}={_short(value)}" for name, value in record.items() if value not in (None, "", [], {})
    )


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
