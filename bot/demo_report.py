"""What came of a demo evening, as the JSON of `--report`, and what speaks against it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from actors.ports import Invariant, Tally
from actors.rules.rank import Placed

QUANTILES = ("p50", "p95", "p99", "max")

_DMS_CLOSED = "403 50007 "
"""How the simulator writes down that somebody's direct messages are closed: weather, not a refusal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The evening that was asked for."""

    players: int
    minutes: float
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """An evening after its end."""

    plan: Plan
    tally: Tally
    counters: Mapping[str, Any]
    """The simulator's: requests, rate_limited, refused ("status code route": times), interactions, ..."""
    flows: Mapping[str, Mapping[str, float]]
    """By name: count, and quantiles in milliseconds."""
    audit: Sequence[Invariant]
    ladder: Sequence[Placed]
    evening: Mapping[str, Any]
    """The notebook of the people (`bot.simulator.evening`)."""
    rss_mb: float
    """Most memory that the bot's process had resident."""


def report(verdict: Verdict) -> dict[str, Any]:
    """The JSON of `--report`; times in milliseconds, memory in MB."""
    tally, counters = verdict.tally, verdict.counters
    return {
        "players": verdict.plan.players,
        "minutes": verdict.plan.minutes,
        "seed": verdict.plan.seed,
        "matches": {
            "settled": tally.settled,
            "void": tally.void,
            "disputed": tally.disputed,
            "open": tally.open,
        },
        "interactions": counters["interactions"] | {"ack_ms": _acknowledged(counters)},
        "flows": {name: _rounded(flow) for name, flow in sorted(verdict.flows.items())},
        "audit": [{"name": each.name, "ok": each.ok, "detail": each.detail} for each in verdict.audit],
        "discord": {
            "requests": counters["requests"],
            "rate_limited": counters["rate_limited"],
            "refused": refused(counters),
        },
        "rss_mb": round(verdict.rss_mb, 1),
    }


def refused(counters: Mapping[str, Any]) -> int:
    """Requests that Discord refused or did not know, but for messages to people whose DMs are closed."""
    wrong: int = sum(times for what, times in counters["refused"].items() if not what.startswith(_DMS_CLOSED))
    unknown: int = sum(counters["unimplemented"].values())
    return wrong + unknown


def troubles(verdict: Verdict) -> list[str]:
    """Why this evening is not a good one, in sentences; empty for a good one."""
    counters = verdict.counters
    late = counters["interactions"]["late"]
    counted = {
        f"{late} interactions were not acknowledged in time": late,
        f"{refused(counters)} requests were refused: {_refusals(counters)}": refused(counters),
        f"{verdict.tally.open} matches are still open": verdict.tally.open,
    }
    return [
        *(f"{each.name} does not hold: {each.detail}" for each in verdict.audit if not each.ok),
        *(sentence for sentence, count in counted.items() if count),
        *(f"after {surprise}" for surprise in verdict.evening.get("surprises", ())),
    ]


def _refusals(counters: Mapping[str, Any]) -> str:
    wrong = [what for what in counters["refused"] if not what.startswith(_DMS_CLOSED)]
    return "; ".join([*wrong, *counters["unimplemented"]])


def _acknowledged(counters: Mapping[str, Any]) -> dict[str, float | None]:
    acks = counters["interactions"]["ack_ms"]
    return {name: value if value is None else round(value, 2) for name, value in acks.items()}


def _rounded(flow: Mapping[str, float]) -> dict[str, float]:
    return {"count": flow["count"]} | {name: round(flow[name], 2) for name in QUANTILES}
