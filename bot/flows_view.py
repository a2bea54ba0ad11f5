"""What `evoladder flows` prints: how long each flow took, what is aimed at, and where the time went."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from actors.rules.aims import AIMS, STEP_AIMS, Aim, aim
from bot.looking import Record

SHOWN_SHARE = 0.005
"""Steps with less of a flow's time are left out."""
NARROWEST = 100
"""Cells; a table that is squeezed into less says nothing."""
_NUMBERS = ("count", "p50", "p95", "p99", "max", "own p99", "budget", "target", "share")
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
    console = Console()
    if not told:
        console.print("No flow has ended yet.")
        return
    console.print(table(told, steps=steps), width=max(NARROWEST, console.width), soft_wrap=True)
    console.print(Text(_FOOT, _QUIET))


def table(told: Sequence[Record], *, steps: bool = True) -> Table:
    """All of it."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    made.add_column("flow", no_wrap=True)
    for name in _NUMBERS:
        made.add_column(name, justify="right", no_wrap=True)
    for each in told:
        made.add_row(Text(each["name"], "bold"), *_flow(each))
        ends = _ends(each["statuses"])
        if ends:
            made.add_row(Text(f"  ends: {ends}", _QUIET))
        if steps:
            for step in each["steps"]:
                if step["share"] >= SHOWN_SHARE:
                    made.add_row(Text(f"  {step['name']}", _QUIET), *_step(step))
    return made


def _flow(each: Record) -> list[Text]:
    late = each["p99_s"] * 1000 > each["target_ms"]
    over = each["budget_ms"] is not None and each["own_p99_s"] * 1000 > each["budget_ms"]
    kept = _GOOD if each["budget_ms"] is not None else ""
    return [
        Text(str(each["count"])),
        _ms(each["p50_s"]),
        _ms(each["p95_s"]),
        _ms(each["p99_s"], _CARE if late else ""),
        _ms(each["max_s"]),
        _ms(each["own_p99_s"], _ALARM if over else kept),
        _aim(each["budget_ms"]),
        _aim(each["target_ms"]),
        Text(f"{each['outside_share']:.0%} away" if each["outside_share"] else "", _QUIET),
    ]


def _step(step: Record) -> list[Text]:
    late = step["target_ms"] is not None and step["p99_s"] * 1000 > step["target_ms"]
    nothing = Text()
    return [
        Text(str(step["count"]), _QUIET),
        _ms(step["p50_s"], _QUIET),
        nothing,
        _ms(step["p99_s"], _CARE if late else _QUIET),
        nothing,
        nothing,
        _aim(step["budget_ms"]),
        _aim(step["target_ms"]),
        Text(f"{step['share']:.0%}", _QUIET),
    ]


def _ends(statuses: Mapping[str, int]) -> str:
    """How they ended, unless all of them well."""
    if set(statuses) <= {"success"}:
        return ""
    return ", ".join(
        f"{times} {status}" for status, times in sorted(statuses.items(), key=lambda each: -each[1])
    )


def _ms(seconds: float, style: str = "") -> Text:
    return Text(f"{seconds * 1000:.1f}", style)


def _aim(wanted_ms: float | None) -> Text:
    return Text("" if wanted_ms is None else f"{wanted_ms:.0f}", _QUIET)
