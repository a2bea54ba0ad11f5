"""Looking into a running bot through its dump socket: the actor tree, the flow timings, what happened last.

It works when the bot's loop is stuck, since a thread answers there; here it is synchronous.
"""

from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from supervision import DumpRefused, DumpSilent, DumpUnavailable, ask_dump, follow_actor

SOCKET = "dump.sock"
"""Where the bot is asked, in its data folder."""
DUMP_S = 5.0
"""How long the bot has to answer."""

Record: TypeAlias = Mapping[str, Any]


class NoAnswer(Exception):
    """There is nothing to see; the text is one sentence for the operator."""


class NotRunning(NoAnswer):
    """There is no bot to look into."""


class Silent(NoAnswer):
    """There is a bot, but it did not answer in time: what it was asked to do may still be done."""


class Refused(NoAnswer):
    """The bot has no answer to this, and says why."""


def ask_bot(socket: Path, what: str, **more: Any) -> dict[str, Any]:
    """A dict of plain JSON values: `answer`, and `stuck_at`, the place where the bot's loop is stuck or None.

    Args:
        socket: in the bot's data folder.
        what: one of `supervision.questions`.
        more: what that takes, such as `path`.

    Raises:
        NotRunning: nobody listens at this socket. `Silent`: no answer in time. `Refused`: an answer, but no.
    """
    with _in_sentences(socket):
        return ask_dump(socket, {"what": what} | more, DUMP_S)


def follow_bot(socket: Path, actor: str) -> Generator[dict[str, Any], None, None]:
    """What one actor does from now on (`supervision.follow_actor`).

    Raises:
        NotRunning: nobody listens, or not any more. `Silent`: no answer in time. `Refused`: no such actor.
    """
    with _in_sentences(socket):
        yield from follow_actor(socket, actor, DUMP_S)


@contextmanager
def _in_sentences(socket: Path) -> Iterator[None]:
    try:
        yield
    except DumpRefused as refused:
        raise Refused(str(refused)) from refused
    except DumpSilent as silent:
        raise Silent(
            f"The bot at {socket} is there but has not answered for {DUMP_S:g} s: has somebody halted it?"
        ) from silent
    except DumpUnavailable as error:
        raise NotRunning(f"No bot answers at {socket}: is it running, and with this data folder?") from error


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
