"""What `evoladder flows` prints: how long each flow took, what is aimed at, and where the time went."""

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

from rich.console import Console
from rich.text import Text

from actors.rules.aims import AIMS, STEP_AIMS, Aim, aim
from bot.looking import Record

SHOWN_SHARE = 0.005
"""Steps with less of a flow's time are left out."""
NARROWEST, WIDEST = 100, 130
"""Cells; a table that is squeezed into less says nothing, and one that is drawn out is hard to follow."""
_WIDTHS = {
    "count": 7, "p50": 7, "p95": 7, "p99": 7, "max": 7, "own p99": 9, "budget": 8, "target": 8, "share": 10,
}  # fmt: skip
_WHOLE_FROM = 1000.0
_GOOD, _CARE, _ALARM, _QUIET = "green", "yellow", "bold red", "dim"
_FOOT = (
    "Milliseconds. own: without the time in which Discord has it. The budget is for the own p99 (red: over "
    "it), the target for the p99 (yellow: over it). share: of the flow's time; away: with Discord."
)


def aimed(summaries: Sequence[Record]) -> list[dict[str, Any]]:
    """The bot's answer with what is aimed at, the flows with a promise first."""
    told = [dict(each) | _fields(aim(each["name"])) for each in summaries]
    for each in told:
        steps = each.get("steps", ())
        each["steps"] = [dict(step) | _fields(STEP_AIMS.get((each["name"], step["name"]))) for step in steps]
    places = {name: place for place, name in enumerate(AIMS)}
    return sorted(told, key=lambda each: (places.get(each["name"], len(places)), each["name"]))


def _fields(wanted: Aim | None) -> dict[str, float | None]:
    if wanted is None:
        return {"target_ms": None, "budget_ms": None}
    return {"target_ms": wanted.target_ms, "budget_ms": wanted.budget_ms}


def show(told: Sequence[Record], *, steps: bool = True) -> None:
    """Print it."""
    console = Console(highlight=False)
    width = max(NARROWEST, min(console.width, WIDEST))
    console.print(Text("\n").join(lines(told, width, steps=steps)), soft_wrap=True)


def lines(told: Sequence[Record], width: int, *, steps: bool = True) -> list[Text]:
    """All of it, at most `width` cells wide."""
    if not told:
        return [Text("No flow has ended yet.")]
    name = width - sum(_WIDTHS.values())
    heading = Text("flow".ljust(name), "bold")
    for column, cells in _WIDTHS.items():
        heading.append(column.rjust(cells))
    shown = [heading]
    for each in told:
        shown.append(_row(_clipped(each["name"], name), "bold", _flow(each)))
        shown += [Text(f"  {line}", _QUIET) for line in _ends(each["statuses"], width - 4)]
        if steps:
            shown += [
                _row(_clipped(f"  {step['name']}", name), _QUIET, _step(step))
                for step in each["steps"]
                if step["share"] >= SHOWN_SHARE
            ]
    return [*shown, *(Text(line, _QUIET) for line in wrap(_FOOT, width))]


def _row(name: str, style: str, numbers: Sequence[tuple[str, str]]) -> Text:
    line = Text(name, style)
    for (number, colour), cells in zip(numbers, _WIDTHS.values(), strict=True):
        line.append(number.rjust(cells), colour or "not bold")
    return line


def _flow(each: Record) -> list[tuple[str, str]]:
    late = each["p99_s"] * 1000 > each["target_ms"]
    over = each["budget_ms"] is not None and each["own_p99_s"] * 1000 > each["budget_ms"]
    kept = _GOOD if each["budget_ms"] is not None else ""
    away = f"{each['outside_share']:.0%} away" if each["outside_share"] >= SHOWN_SHARE else ""
    return [
        (str(each["count"]), ""),
        (_ms(each["p50_s"]), ""),
        (_ms(each["p95_s"]), ""),
        (_ms(each["p99_s"]), _CARE if late else ""),
        (_ms(each["max_s"]), ""),
        (_ms(each["own_p99_s"]), _ALARM if over else kept),
        (_aim(each["budget_ms"]), _QUIET),
        (_aim(each["target_ms"]), _QUIET),
        (away, _QUIET),
    ]


def _step(step: Record) -> list[tuple[str, str]]:
    late = step["target_ms"] is not None and step["p99_s"] * 1000 > step["target_ms"]
    return [
        (str(step["count"]), _QUIET),
        (_ms(step["p50_s"]), _QUIET),
        ("", ""),
        (_ms(step["p99_s"]), _CARE if late else _QUIET),
        ("", ""),
        ("", ""),
        (_aim(step["budget_ms"]), _QUIET),
        (_aim(step["target_ms"]), _QUIET),
        (f"{step['share']:.0%}", _QUIET),
    ]


def _ends(statuses: Mapping[str, int], width: int) -> list[str]:
    """How they ended, unless all of them well."""
    if set(statuses) <= {"success"}:
        return []
    often = sorted(statuses.items(), key=lambda each: -each[1])
    return wrap("ended: " + ", ".join(f"{times} {status}" for status, times in often), width)


def _clipped(name: str, width: int) -> str:
    """The end of a name that is too long: it tells more than the beginning."""
    most = width - 1
    return (name if len(name) <= most else f"…{name[1 - most :]}").ljust(width)


def _ms(seconds: float) -> str:
    milliseconds = seconds * 1000
    return f"{milliseconds:.1f}" if milliseconds < _WHOLE_FROM else f"{milliseconds:.0f}"


def _aim(wanted_ms: float | None) -> str:
    return "" if wanted_ms is None else f"{wanted_ms:.0f}"
