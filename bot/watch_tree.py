"""The tree of `evoladder dump watch`: one line for each row that the bot found worth showing."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.text import Text

from bot.looking import Record
from supervision.words import many

ALARM, CARE, WORK, QUIET, HEAD = "bold red", "yellow", "cyan", "dim", "bold"

NAME, STATE = 26, 24
"""Widths of the first two columns, in cells; the third has the rest."""


def tree(rows: Sequence[Record], width: int, height: int | None) -> list[Text]:
    """The lines under a heading. Where they are too many, quiet supervisors go first, quiet actors next.

    Args:
        rows: of the bot's overview.
        width: of a line.
        height: most lines; None shows all.
    """
    heading = Text(f"{'actor':<{NAME}}{'state':<{STATE}}about", HEAD)
    room = len(rows) if height is None else height - 1
    shown = _most_telling(rows, room if room >= len(rows) else room - 1)
    lines = [heading, *(_line(row, name) for row, name in zip(shown, _names(shown), strict=True))]
    if len(shown) < len(rows):
        lines.append(Text(f"… {len(rows) - len(shown)} more", QUIET))
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    return lines


def _most_telling(rows: Sequence[Record], room: int) -> list[Record]:
    """The rows for which there is room; a pool's child never without the pool."""
    pools = {row["path"]: at for at, row in enumerate(rows) if row["kind"] == "pool"}
    shown: set[int] = set()
    above_of = [pools.get(row["path"].rpartition("/")[0], at) for at, row in enumerate(rows)]
    # Of those who are as telling, a pool's children come last: one of them stands for many.
    for at in sorted(range(len(rows)), key=lambda at: (_dullness(rows[at]), above_of[at] != at, at)):
        above = above_of[at]
        if len(shown | {at, above}) <= room:
            shown |= {at, above}
    return [rows[at] for at in sorted(shown)]


def _dullness(row: Record) -> int:
    if _style(row) in {ALARM, CARE}:
        return 0
    if row["kind"] == "supervisor":
        return 3
    return 1 if row["kind"] == "pool" or row["describe"] else 2


def _names(rows: Sequence[Record]) -> Iterator[str]:
    """Each under the nearest shown one above it, by its path from there; the root goes without saying."""
    above: list[str] = []
    for row in rows:
        while above and not row["path"].startswith(f"{above[-1]}/"):
            above.pop()
        nearest = above[-1] if above else row["path"].partition("/")[0]
        yield "  " * len(above) + row["path"].removeprefix(f"{nearest}/")
        above.append(row["path"])


def _line(row: Record, name: str) -> Text:
    style = _style(row)
    text = Text(clipped(name, NAME), "" if style == QUIET else style)
    return text.append(clipped(_state(row), STATE), style).append(_about(row), _softer(style))


def _softer(style: str) -> str:
    return style if style == ALARM else ""


def _style(row: Record) -> str:
    if row["status"] == "unkillable" or row["why"] in {"holds up the loop", "stuck", "full mailbox"}:
        return ALARM
    if row["status"] in {"restarting", "starting", "stopping", "stopped"} or row["why"] == "crashed lately":
        return CARE
    return WORK if row["status"] in {"busy", "asking"} else QUIET


def _state(row: Record) -> str:
    if row["inside"] is not None and row["status"] == "running":
        total = sum(row["inside"].values())
        return f"{total} inside" if total else "empty"
    if row["next_try_s"] is not None:
        return f"{row['status']}, in {row['next_try_s']:.1f} s"
    if row["handling_s"] is not None:
        return f"{row['status']} {row['handling_s']:.1f} s {row['handling']}"
    return str(row["status"])


def _about(row: Record) -> str:
    box = row["mailbox"]
    crash = row["last_crash"] if row["why"] == "crashed lately" or row["status"] == "restarting" else None
    parts = (
        _inside(row["inside"]),
        f"{many(row['queued'], 'letter')} waiting" if row["queued"] else "",
        f"{row['hidden']} more worth a look" if row["hidden"] else "",
        f"queue {box['length']}/{box['capacity']}" if box and box["length"] else "",
        "" if row["waiting_on"] is None else f"→ {last_names(row['waiting_on'])} {row['waiting_s']:.1f} s",
        f"holds up the loop at {last_names(row['parked_at'])}" if row["holding"] else "",
        f"at {last_names(row['parked_at'])}" if row["why"] == "stuck" and row["parked_at"] else "",
        "" if crash is None else f"crashed {row['last_crash_s']:.0f} s ago: {crash}",
        many(row["restarts"], "restart") if row["restarts"] else "",
        row["describe"],
    )
    return " · ".join(part for part in parts if part)


def alarms(seen: Record) -> list[str]:
    """What is wrong with a tree in numbers: `2 stuck`, `1 full mailbox`, `1 deadlock`."""
    full, rings = seen["full"], seen["deadlocks"]
    found = (
        f"{seen['stuck']} stuck" if seen["stuck"] else "",
        f"{full} full {'mailbox' if full == 1 else 'mailboxes'}" if full else "",
        many(rings, "deadlock") if rings else "",
    )
    return [words for words in found if words]


def last_names(path: str) -> str:
    """The end of a path in the tree, or of a file's: enough to know it by."""
    return "/".join(path.split("/")[-2:])


def clipped(name: str, width: int) -> str:
    """A name in a column that is `width` cells wide, with a gap after it."""
    return f"{name if len(name) < width else name[: width - 2] + '…':<{width}}"


def _inside(counts: Mapping[str, Any] | None) -> str:
    if counts is None or len(counts) < 2:  # noqa: PLR2004 - one status says nothing
        return ""
    return ", ".join(f"{count} {status}" for status, count in counts.items())
