"""A completed flow in words: the line for people, and the log line with the same as fields."""

from collections.abc import Iterator, Sequence
from typing import Any

import structlog

from supervision.flow import END, START, Flow, Step

log = structlog.get_logger()

STEP_SHOWN_MS = 0.1
"""Steps no longer than this are left out of the completion line."""

# How slow is slow. Source: the thresholds of the earlier bot, in milliseconds.
LABELS: tuple[tuple[float, str, str, str], ...] = (
    (3000.0, "🔴", "CRITICAL", "error"),
    (1000.0, "🟡", "SLOW", "warning"),
    (500.0, "🟢", "OK", "info"),
    (-1.0, "⚡", "FAST", "info"),
)
BULLET = "•"
PLAIN = {"🔴": "[!]", "🟡": "[*]", "🟢": "[+]", "⚡": "[>]", BULLET: "-"}
"""For consoles that have no such characters."""
LEVELS = {"info": 20, "warning": 30, "error": 40}
RESERVED = frozenset({
    "event", "level", "flow", "name", "status", "took_ms", "waited_ms", "served_ms", "outside_ms",
    "acknowledged_ms", "acknowledged_own_ms", "counts", "steps", "line", "metadata",
})  # fmt: skip


def completion_line(flow: Flow) -> str:
    """The completed flow as people read it: a label, the time, and a bullet per step.

    >>> steps = [Step("build_embed_start", 0.0), Step("build_embed_complete", 0.004)]
    >>> print(completion_line(Flow("queue_command", 0.0, took_s=0.0123, checkpoints=steps)))
    ⚡ FAST [queue_command] 12.30ms (success)
      • build_embed_start to build_embed_complete: 4.00ms
    """
    took_ms = (flow.took_s or 0.0) * 1000
    _, sign, label, _ = _label(took_ms)
    lines = [f"{sign} {label} [{flow.name}] {took_ms:.2f}ms ({flow.status})"]
    shown = [(_title(name, whole), seconds) for name, seconds, whole in stretches(flow.checkpoints)]
    shown += [(f"wait in {wait.name}", wait.elapsed_s) for wait in flow.waits]
    lines += [
        f"  {BULLET} {title}: {seconds * 1000:.2f}ms"
        for title, seconds in shown
        if seconds * 1000 > STEP_SHOWN_MS
    ]
    return "\n".join(lines)


def printable(line: str, encoding: str) -> str:
    """The line in characters that such a console has.

    >>> printable("⚡ FAST [queue_command] 12.30ms (success)", "cp1252")
    '[>] FAST [queue_command] 12.30ms (success)'
    """
    for sign, plain in PLAIN.items():
        if sign in line and not _can_say(sign, encoding):
            line = line.replace(sign, plain)
    return line


def _can_say(sign: str, encoding: str) -> bool:
    try:
        sign.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def log_flow(flow: Flow) -> None:
    """A sink: one structured line per completed flow, louder the slower it was."""
    took_ms = (flow.took_s or 0.0) * 1000
    more: dict[str, Any] = {}
    if flow.acknowledged_s is not None:
        more["acknowledged_ms"] = _ms(flow.acknowledged_s)
        more["acknowledged_own_ms"] = _ms(flow.acknowledged_own_s)
    if metadata := {each.name: dict(each.metadata) for each in flow.checkpoints if each.metadata}:
        more["metadata"] = metadata
    log.log(
        LEVELS[_label(took_ms)[3]],
        "flow.completed",
        flow=flow.id,
        name=flow.name,
        status=flow.status,
        took_ms=round(took_ms, 2),
        waited_ms=_ms(flow.waited_s),
        served_ms=_ms(flow.served_s),
        outside_ms=_ms(flow.outside_s),
        counts=flow.counts,
        steps={name: _ms(seconds) for name, seconds in steps_of(flow).items()},
        line=completion_line(flow),
        **more,
        **{key: value for key, value in flow.fields.items() if key not in RESERVED},
    )


def stretches(checkpoints: Sequence[Step]) -> Iterator[tuple[str, float, bool]]:
    """The steps of a flow: name, seconds, and whether it is a piece of work, counted from its beginning.

    The time until a piece of work began is named after that beginning.
    """
    at, begun = 0.0, dict[str, float]()
    for name, elapsed_s, _ in checkpoints:
        at += elapsed_s
        if name.endswith(START):
            begun[name[: -len(START)]] = at
        elif name.endswith(END) and (work := name[: -len(END)]) in begun:
            yield work, at - begun.pop(work), True
            continue
        yield name, elapsed_s, False


def steps_of(flow: Flow) -> dict[str, float]:
    """Seconds by step; what happened twice is added up, and what lies between two of them left out."""
    steps: dict[str, float] = {}
    for name, seconds, whole in stretches(flow.checkpoints):
        if whole or not name.endswith(START):
            steps[name] = steps.get(name, 0.0) + seconds
    return steps


def _title(name: str, whole: bool) -> str:
    return f"{name}{START} to {name}{END}" if whole else name


def _label(took_ms: float) -> tuple[float, str, str, str]:
    return next(label for label in LABELS if took_ms > label[0])


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
