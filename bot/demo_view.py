"""The demo's screen: a live picture while the evening lasts, a page of tables after it. Data in, text out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from actors.ports import Invariant
from actors.rules.aims import AIMS
from actors.rules.ids import Race
from actors.rules.rank import Placed
from bot.demo_report import QUANTILES, Verdict, refused, troubles

WIDTH = 100
SHOWN_RESULTS = 5
SHOWN_PLACES = 10

BUDGET_MS: Mapping[str, float] = {
    name: aim.budget_ms for name, aim in AIMS.items() if aim.budget_ms is not None
}
"""What 99 of 100 flows may take; others have no budget, and are shown at the end only."""

_STAGES = ("found", "live", "disputed", "settled", "void")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What there is to show at one moment."""

    step: str
    """What the demo is doing."""
    evening: Mapping[str, Any] = field(default_factory=dict)
    """The people's notebook; empty before they come."""
    counters: Mapping[str, Any] = field(default_factory=dict)
    flows: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    tree: str = ""
    """The actor tree in one line."""


def live(picture: Picture) -> RenderableType:
    """The picture while the evening lasts, for a terminal."""
    evening = picture.evening
    side_by_side = Table.grid(expand=True, padding=(0, 2))
    side_by_side.add_row(
        _counts("People", evening.get("situations", {})),
        _counts("Matches", _stages(evening)),
        _discord(picture.counters),
    )
    parts: list[RenderableType] = [_progress(picture), side_by_side]
    if results := evening.get("results"):
        parts.append(_lines("Last results", results[-SHOWN_RESULTS:]))
    if flows := {name: flow for name, flow in picture.flows.items() if name in BUDGET_MS}:
        parts.append(flow_table(flows, WIDTH - 4))
    if picture.tree:
        parts.append(Text(picture.tree, style="dim", no_wrap=True, overflow="ellipsis"))
    if surprises := evening.get("surprises"):
        parts.append(_lines("Surprises", surprises[-3:], style="red"))
    return Panel(Group(*parts), title="An evening on the ladder", width=WIDTH)


def line(picture: Picture) -> str:
    """The same in one line, for a log file."""
    evening = picture.evening
    if "elapsed_s" not in evening:
        return picture.step
    stages = ", ".join(f"{number} {name}" for name, number in _stages(evening).items() if number)
    people = ", ".join(f"{number} {name}" for name, number in evening["situations"].items())
    clicks = picture.counters["interactions"]
    return (
        f"{evening['elapsed_s']:5.0f} s of {evening['length_s']:.0f} | {people}"
        f" | matches: {stages or 'none yet'} | {clicks['total']} clicks, {clicks['late']} late"
    )


def closing(verdict: Verdict) -> RenderableType:
    """The page after the evening: leaderboard, summary, timings, audit, and whether all was well."""
    wrong = troubles(verdict)
    end = Text("All is well.", style="bold green")
    if wrong:
        end = Text("\n".join(["Not all is well:", *(f"- {each}" for each in wrong)]), style="bold red")
    parts: list[RenderableType] = [
        leaderboard(verdict.ladder[:SHOWN_PLACES]),
        _summary(verdict),
        *([flow_table(verdict.flows)] if verdict.flows else []),
        audit_table(verdict.audit),
        end,
    ]
    return Group(*parts)


def leaderboard(placed: Sequence[Placed]) -> Table:
    """The best of the ladder."""
    table = _table("Leaderboard")
    for heading in ("place", "rank", "player", "race", "country"):
        table.add_column(heading, justify="right" if heading == "place" else "left")
    for heading in ("rating", "won", "lost", "drawn"):
        table.add_column(heading, justify="right")
    for each in placed:
        row = each.standing
        counts = (row.rating, row.wins, row.losses, row.draws)
        place = "" if each.place is None else str(each.place)
        table.add_row(place, each.rank.value, row.name, _race(row.race), row.country, *map(str, counts))
    return table


def audit_table(checked: Sequence[Invariant]) -> Table:
    """Each invariant with its result."""
    holding = sum(each.ok for each in checked)
    table = _table(f"Audit: {holding} of {len(checked)} invariants hold")
    table.add_column("invariant")
    table.add_column("")
    table.add_column("detail")
    for each in checked:
        table.add_row(each.name, Text("ok", "green") if each.ok else Text("broken", "bold red"), each.detail)
    return table


def flow_table(flows: Mapping[str, Mapping[str, float]], width: int = WIDTH) -> Table:
    """Times of each flow in milliseconds, beside what it may take."""
    table = _table("Flow timings (ms)", width)
    table.add_column("flow")
    for heading in ("count", *QUANTILES, "budget p99"):
        table.add_column(heading, justify="right")
    for name, flow in sorted(flows.items()):
        budget = BUDGET_MS.get(name)
        numbers = [Text(f"{flow[quantile]:.1f}") for quantile in QUANTILES]
        if budget is not None:
            numbers[QUANTILES.index("p99")].stylize("green" if flow["p99"] <= budget else "yellow")
        table.add_row(name, f"{flow['count']:.0f}", *numbers, "" if budget is None else f"{budget:.0f}")
    return table


def _summary(verdict: Verdict) -> Table:
    tally, counters, evening = verdict.tally, verdict.counters, verdict.evening
    interactions, acks = counters["interactions"], counters["interactions"]["ack_ms"]
    causes = ", ".join(
        f"{number} {cause.replace('_', ' ')}" for cause, number in sorted(tally.by_cause.items())
    )
    table = _table("Summary", show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    table.add_row(
        "matches",
        f"{tally.settled} settled, {tally.void} void, {tally.open} open, {tally.disputed} were disputed",
    )
    table.add_row("ended by", causes or "nothing ended")
    table.add_row("people", _listed(evening.get("deeds", {})))
    table.add_row("files", _listed(evening.get("uploads", {})))
    table.add_row(
        "clicks",
        f"{interactions['total']}, {interactions['late']} late; acknowledged in {_milliseconds(acks)}",
    )
    table.add_row(
        "Discord",
        f"{counters['requests']} requests, {counters['rate_limited']} limited, {refused(counters)} refused",
    )
    table.add_row("memory", f"{verdict.rss_mb:.0f} MB at most in the bot's process")
    return table


def _table(title: str, width: int = WIDTH, *, show_header: bool = True) -> Table:
    return Table(
        title=title,
        width=width,
        title_justify="left",
        title_style="bold",
        show_header=show_header,
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )


def _milliseconds(acks: Mapping[str, float | None]) -> str:
    return (
        ", ".join(f"{name} {value:.0f} ms" for name, value in acks.items() if value is not None) or "no time"
    )


def _listed(counts: Mapping[str, int]) -> str:
    return (
        ", ".join(f"{what} {times}x" for what, times in sorted(counts.items()))
        or "nothing out of the ordinary"
    )


def _race(race: Race) -> str:
    game, name = race.value.split("_")
    return f"{game.upper()} {name.title()}"


def _stages(evening: Mapping[str, Any]) -> dict[str, int]:
    matches = evening.get("matches", {})
    return {name: matches.get(name, 0) for name in _STAGES}


def _progress(picture: Picture) -> Table:
    evening = picture.evening
    total, done = evening.get("length_s", 1.0), evening.get("elapsed_s", 0.0)
    table = Table.grid(expand=True, padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    table.add_column(no_wrap=True)
    table.add_row(
        picture.step, ProgressBar(total=total, completed=min(done, total)), f"{done:.0f} / {total:.0f} s"
    )
    return table


def _counts(title: str, counts: Mapping[str, int]) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", show_header=False, box=None, padding=(0, 1)
    )
    table.add_column()
    table.add_column(justify="right")
    for name, number in counts.items():
        table.add_row(name, str(number))
    return table


def _discord(counters: Mapping[str, Any]) -> Table:
    if not counters:
        return _counts("Discord", {})
    interactions = counters["interactions"]
    return _counts(
        "Discord",
        {
            "clicks": interactions["total"],
            "late": interactions["late"],
            "requests": counters["requests"],
            "rate limited": counters["rate_limited"],
            "refused": refused(counters),
        },
    )


def _lines(title: str, lines: Sequence[str], style: str = "") -> Text:
    return Text.assemble((f"{title}\n", "bold"), ("\n".join(lines), style))
