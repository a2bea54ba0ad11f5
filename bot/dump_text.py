"""What `evoladder dump` prints: the bot's answers as lines for people. Times of day are UTC."""

import linecache
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.looking import Record, flows_by_name
from supervision.words import many

LONGEST = 160
"""Characters of an event's detail."""


def lines_of(what: str, answer: Any, now: datetime) -> list[str]:
    """An answer for reading; `none` where there is nothing.

    Args:
        what: was asked.
        answer: plain JSON values.
        now: when it was given, aware UTC.
    """
    if isinstance(answer, str):
        return answer.splitlines()
    return list(_WRITERS[what](answer, now)) or ["none"]


def _summary(answer: Record, now: datetime) -> Iterator[str]:
    up = timedelta(seconds=int(answer["uptime_s"]))
    lag = "" if answer["lag_s"] is None else f", loop lag {answer['lag_s'] * 1000:.1f} ms"
    yield f"process {answer['pid']}, up {up}, {answer['memory_mb']:.0f} MB{lag}, {_clock(now, 0.0)} UTC"
    yield f"{many(answer['actors'], 'actor')}: {_counts(answer['statuses'])}"
    queued, restarts = many(answer["queued"], "letter"), many(answer["restarts"], "restart")
    yield f"{queued} waiting, {restarts}, {answer['crashed']} crashed lately"
    yield f"stuck: {answer['stuck']}, full mailboxes: {answer['full']}, deadlocks: {answer['deadlocks']}"
    yield f"dead letters: {_counts(answer['dead']) or 'none'}"
    gc = answer["gc"]
    yield (
        f"garbage collection: {many(gc['pauses'], 'pause')}, the longest {gc['longest_s'] * 1000:.1f} ms, "
        f"{gc['full']} full ones, the longest {gc['longest_full_s'] * 1000:.1f} ms"
    )


def _actor(answer: Record, now: datetime) -> Iterator[str]:
    yield f"{answer['path']}  ({answer['kind']}{_named(answer)})"
    for name, value in _facts(answer):
        if value:
            yield f"  {name:<12} {value}"
    for name, each in (("stands at", answer["stack"]), ("timers", _timers(answer["timers"]))):
        if each:
            yield f"  {name}"
            yield from (f"    {line}" for line in each)
    for title, part in (("events", _events), ("dead_letters", _dead_letters)):
        if answer[title]:
            yield f"  {title.replace('_', ' ')}"
            yield from (f"    {line}" for line in part(answer[title], now))


def _named(answer: Record) -> str:
    return f", {answer['key']} in the registry" if answer["key"] else ""


def _facts(answer: Record) -> tuple[tuple[str, str], ...]:
    box = answer["mailbox"]
    letters = f"{answer['handled']} handled, {answer['failed']} failed, {answer['expired']} expired"
    place = f" at {answer['last_crash_at']}" if answer["last_crash_at"] else ""
    crash = f"{answer['last_crash']}{place}, {_ago(answer['last_crash_s'])}"
    return (
        ("about", answer["describe"]),
        ("status", f"{answer['status']} for {answer['since_s']:.1f} s, generation {answer['generation']}"),
        ("next try", _if(answer["next_try_s"], "in {:.1f} s")),
        ("in hand", _if(answer["handling_s"], f"{answer['handling']} for {{:.1f}} s")),
        ("waiting on", _if(answer["waiting_s"], f"{answer['waiting_on']} for {{:.1f}} s")),
        ("deadline", _if(answer["deadline_s"], "in {:.1f} s")),
        ("mailbox", "" if box is None else _mailbox(box)),
        ("letters", letters + (f", {answer['deferred']} answers deferred" if answer["deferred"] else "")),
        ("busy", f"{answer['busy_s'] + (answer['handling_s'] or 0.0):.3f} s in all"),
        ("restarts", str(answer["restarts"] or "")),
        ("last crash", crash if answer["last_crash"] else ""),
        ("watched by", str(answer["watchers"] or "")),
        ("ended", answer["reason"]),
    )


def _mailbox(box: Record) -> str:
    extra = "".join(f", {box[name]} {name}" for name in ("aside", "dropped") if box[name])
    oldest = "" if box["oldest_s"] is None else f", the oldest {box['oldest_s']:.1f} s"
    return f"{box['length']} of {box['capacity']}{oldest}, {box['peak']} at most so far{extra}"


def _if(value: float | None, words: str) -> str:
    return "" if value is None else words.format(value)


def _ago(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.1f} s ago"


def _timers(timers: Mapping[str, float]) -> list[str]:
    return [f"{name} in {left:.1f} s" for name, left in sorted(timers.items(), key=lambda each: each[1])]


def _stuck(answer: Sequence[Record], _now: datetime) -> Iterator[str]:
    for actor in answer:
        hand = "" if actor["handling"] is None else f", {actor['handling']} for {actor['handling_s']:.1f} s"
        asked = "" if actor["waiting_on"] is None else f", waiting on {actor['waiting_on']}"
        box = actor["mailbox"]
        queue = f", queue {box['length']} of {box['capacity']}" if box else ""
        holds = ", holds up the loop" if actor["holding"] else ""
        yield f"{actor['path']}: {actor['status']}{hand}{asked}{queue}{holds}"
        for place in actor["stack"]:
            yield f"    {place}"
            yield from _source(place)


def _source(place: str) -> Iterator[str]:
    """The line of a `file:line function`, if its file is here."""
    file, _, line = place.rpartition(" ")[0].rpartition(":")
    text = linecache.getline(file, int(line)).strip() if line.isdecimal() else ""
    if text:
        yield f"        {text}"


def _deadlocks(answer: Sequence[Sequence[str]], _now: datetime) -> Iterator[str]:
    return (" -> ".join((*chain, chain[0])) for chain in answer)


def _events(answer: Sequence[Record], now: datetime) -> Iterator[str]:
    for event in answer:
        detail = " ".join(event["detail"].split())
        yield f"{_clock(now, event['ago_s'])} {event['path']} {event['what']} {detail[:LONGEST]}".rstrip()


def _dead(answer: Record, now: datetime) -> Iterator[str]:
    if answer["counts"]:
        yield _counts(answer["counts"])
    yield from _dead_letters(answer["last"], now)


def _dead_letters(answer: Sequence[Record], now: datetime) -> Iterator[str]:
    for letter in answer:
        cause = f" ({letter['cause']})" if letter["cause"] else ""
        yield f"{_clock(now, letter['ago_s'])} {letter['path']} {letter['message']} {letter['fate']}{cause}"


def _flows(answer: Sequence[Record], _now: datetime) -> Iterator[str]:
    flows = flows_by_name(answer)
    if flows:
        width = max(map(len, flows))
        quantiles = ("p50", "p95", "p99", "max")
        yield f"{'ms':<{width}} {'count':>8}" + "".join(f" {name:>9}" for name in quantiles)
        for name, flow in flows.items():
            numbers = "".join(f" {flow[quantile]:>9.1f}" for quantile in quantiles)
            yield f"{name:<{width}} {flow['count']:>8.0f}{numbers}"


def _stack(answer: Sequence[str], _now: datetime) -> Iterator[str]:
    for place in answer:
        yield place
        yield from _source(place)


def _table(answer: Any, _now: datetime) -> Iterator[str]:
    """Each record of a list on a line of its own, what is empty left out."""
    for each in answer if isinstance(answer, list) else [answer]:
        facts = each.items() if isinstance(each, Mapping) else [("", each)]
        yield "  ".join(f"{name}={_short(value)}" for name, value in facts if value not in (None, "", [], {}))


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _clock(now: datetime, ago_s: float) -> str:
    return f"{(now - timedelta(seconds=ago_s)).astimezone(UTC):%H:%M:%S.%f}"[:-3]


_WRITERS: Mapping[str, Callable[[Any, datetime], Iterator[str]]] = {
    "summary": _summary,
    "actors": _table,
    "actor": _actor,
    "stuck": _stuck,
    "deadlocks": _deadlocks,
    "events": _events,
    "crashes": _events,
    "dead_letters": _dead,
    "flows": _flows,
    "stack": _stack,
    "inbox": _table,
    "pool": _table,
}
