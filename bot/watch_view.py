"""The picture of `evoladder dump watch`, what an operator sees of a running bot: data in, text out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.text import Text

from bot.looking import Record
from bot.watch_tree import ALARM, CARE, HEAD, QUIET, alarms, clipped, last_names, tree
from supervision.words import many

WIDE = 140
"""From this width on, tables stand beside the tree."""
TREE_SHARE = 0.6
BETWEEN = 2
SLOW_S, STUCK_S = 0.05, 0.25
"""A loop that takes longer to answer is slow, or in trouble."""
SLOW_MS = 250.0
"""A flow of which one in a hundred takes longer is slow: Discord is told to wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What was seen last."""

    now: datetime
    """Aware UTC."""
    overview: Mapping[str, Any] | None
    """The bot's answer; None when there never was one."""
    stuck_at: str | None = None
    missing: str = ""
    """Why there is nothing to see now, in a sentence."""
    missing_s: float | None = None
    """How long that has been so; None when there is something to see."""


def picture(sight: Sight, width: int, height: int | None = None) -> Text:
    """All of it, at most `width` cells wide and `height` lines high; None is as high as it has to be."""
    lines = [*_banner(sight), *_head(sight, width)]
    if sight.overview is not None:
        room = None if height is None else height - len(lines)
        make = _wide if width >= WIDE and room is not None else _narrow
        lines += make(sight.overview, sight.now, width, room)
    if sight.missing_s is not None:
        for line in lines[1:]:
            line.stylize(QUIET)
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    return Text("\n").join(lines[:height])


def _banner(sight: Sight) -> list[Text]:
    if sight.missing_s is not None:
        return [Text(f"Waiting for {sight.missing_s:.0f} s. {sight.missing}", CARE)]
    if sight.stuck_at is not None:
        return [Text(f"The loop is stuck at {sight.stuck_at}; this was read beside it", ALARM)]
    return []


def _head(sight: Sight, width: int) -> list[Text]:
    if sight.overview is None:
        return []
    seen, gc = sight.overview["summary"], sight.overview["summary"]["gc"]
    up = timedelta(seconds=int(seen["uptime_s"]))
    states = ", ".join(f"{count} {status}" for status, count in seen["statuses"].items())
    dead = ", ".join(f"{count} {fate}" for fate, count in seen["dead"].items())
    parts = [
        Text("evoladder", HEAD),
        Text(f"{sight.now:%H:%M:%S} UTC"),
        Text(f"up {up}"),
        Text(f"{seen['memory_mb']:.0f} MB"),
        _lag(seen["lag_s"]),
        Text(f"{many(seen['actors'], 'actor')}: {states}"),
        Text(f"{many(seen['queued'], 'letter')} waiting"),
        Text(many(seen["restarts"], "restart"), CARE if seen["crashed"] else ""),
        *(Text(words, ALARM) for words in alarms(seen)),
        Text(f"dead letters: {dead or 'none'}"),
        Text(f"gc {many(gc['pauses'], 'pause')}, {gc['full']} full, longest {gc['longest_s'] * 1000:.0f} ms"),
    ]
    return _flowing(parts, width)


def _lag(lag_s: float | None) -> Text:
    if lag_s is None:
        return Text("loop stuck", ALARM)
    style = ALARM if lag_s > STUCK_S else CARE if lag_s > SLOW_S else ""
    return Text(f"loop lag {lag_s * 1000:.1f} ms", style)


def _flowing(parts: Sequence[Text], width: int) -> list[Text]:
    lines: list[Text] = []
    for part in parts:
        if lines and lines[-1].cell_len + 3 + part.cell_len <= width:
            lines[-1].append(" · ", QUIET).append_text(part)
        else:
            lines.append(part)
    return lines


def _narrow(seen: Record, now: datetime, width: int, room: int | None) -> list[Text]:
    """The tree, flows beside talkers under it, the last events at the foot."""
    half = (width - BETWEEN) // 2
    rest, few = (None, None) if room is None else (max(4, room // 6), max(3, room // 6))
    tables = _beside(_flows(seen, half, rest), _talkers(seen, width - half - BETWEEN, rest), half)
    events = _events(seen, now, few)
    left = None if room is None else room - len(tables) - len(events)
    rows = tree(seen["rows"], width, left)
    spare = 0 if left is None else left - len(rows)
    return [*rows, *[Text()] * spare, *tables, *events]


def _wide(seen: Record, now: datetime, width: int, room: int | None) -> list[Text]:
    """The tree at the left, flows and talkers at the right, the last events at the foot."""
    assert room is not None
    left = int(width * TREE_SHARE)
    events = _beside(_events(seen, now, room // 5), _dead_letters(seen, now, room // 5), left)
    high = room - len(events)
    flows = _flows(seen, width - left - BETWEEN, high * 2 // 3)
    talkers = _talkers(seen, width - left - BETWEEN, high - len(flows))
    body = _beside(tree(seen["rows"], left, high), [*flows, *talkers], left)
    return [*body, *[Text()] * (high - len(body)), *events]


def _beside(left: Sequence[Text], right: Sequence[Text], width: int) -> list[Text]:
    """Two columns, the left one `width` cells wide."""
    lines = []
    for at in range(max(len(left), len(right))):
        line = left[at].copy() if at < len(left) else Text()
        line.truncate(width, overflow="ellipsis", pad=True)
        line.append(" " * BETWEEN)
        lines.append(line.append_text(right[at]) if at < len(right) else line)
    return lines


def _flows(seen: Record, width: int, height: int | None) -> list[Text]:
    """How long each flow took, the most frequent first."""
    flows = sorted(seen["flows"], key=lambda flow: -flow["count"])[: None if height is None else height - 1]
    name = max(8, width - 24)
    lines = [Text(f"{'flow':<{name}}{'count':>7}{'p50 ms':>8}{'p99 ms':>9}", HEAD)]
    for flow in flows:
        p50, p99 = flow["p50_s"] * 1000, flow["p99_s"] * 1000
        called = flow["name"] if len(flow["name"]) < name else flow["name"].rpartition(".")[2]
        line = Text(f"{clipped(called, name)}{flow['count']:>7}{p50:>8.1f}")
        lines.append(line.append(f"{p99:>9.1f}", CARE if p99 > SLOW_MS else ""))
    return lines if flows else [*lines, Text("none yet", QUIET)]


def _talkers(seen: Record, width: int, height: int | None) -> list[Text]:
    """Who handles the most letters at the moment."""
    talkers = seen["talkers"][: None if height is None else height - 1]
    name = max(8, width - 17)
    lines = [Text(f"{'top talkers':<{name}}{'letters/s':>10}{'busy':>7}", HEAD)]
    for each in talkers:
        rates = f"{each['per_s']:>10.1f}{each['busy'] * 100:>6.1f}%"
        lines.append(Text(clipped(last_names(each["path"]), name) + rates))
    return lines if talkers else [*lines, Text("nobody", QUIET)]


def _events(seen: Record, now: datetime, height: int | None) -> list[Text]:
    """The last lifecycle events, the newest last."""
    lines = [Text("last events, without the coming and going in pools", HEAD)]
    for event in seen["events"][0 if height is None else 1 - height :]:
        detail = " ".join(event["detail"].split())
        bad = event["what"] in {"crashed", "unkillable"} or detail.startswith("killed")
        style = CARE if bad else ""
        line = Text(f"{_clock(now, event['ago_s'])} ", QUIET)
        lines.append(line.append(f"{last_names(event['path'])} {event['what']} {detail}", style))
    return lines if len(lines) > 1 else [*lines, Text("none", QUIET)]


def _dead_letters(seen: Record, now: datetime, height: int | None) -> list[Text]:
    lines = [Text("last dead letters", HEAD)]
    for letter in seen["dead_letters"][0 if height is None else 1 - height :]:
        line = Text(f"{_clock(now, letter['ago_s'])} ", QUIET)
        lines.append(line.append(f"{letter['fate']} {letter['message']} of {last_names(letter['path'])}"))
    return lines if len(lines) > 1 else [*lines, Text("none", QUIET)]


def _clock(now: datetime, ago_s: float) -> str:
    return f"{(now - timedelta(seconds=ago_s)).astimezone(UTC):%H:%M:%S}"
