"""One human action followed through actors: its id, its checkpoints, its waits and its service time.

A flow is begun where the action enters the program, travels in the envelope of every letter sent on its
behalf, and is completed once. Time in mailboxes (`waits`) and time in handlers (`served_s`) are kept apart.
"""

import math
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import structlog
import trio

log = structlog.get_logger()

STEP_SHOWN_MS = 0.1
"""Steps no longer than this are left out of the completion line."""
MOST_STEPS = 256
"""A flow keeps this many checkpoints and waits; a longer one only counts what it left out."""


@dataclass(frozen=True, slots=True)
class Step:
    """A named moment of a flow, or a wait in a mailbox."""

    name: str
    elapsed_s: float
    """Checkpoints: seconds since the one before. Waits: seconds spent in the mailbox."""


FlowSink: TypeAlias = Callable[["Flow"], None]


@dataclass(slots=True, eq=False)
class Flow:
    """One action on its way."""

    name: str
    started_at: float
    """Trio clock."""
    fields: dict[str, Any] = field(default_factory=dict)
    sink: FlowSink | None = None
    id: str = field(default_factory=lambda: secrets.token_hex(4))
    checkpoints: list[Step] = field(default_factory=list)
    waits: list[Step] = field(default_factory=list)
    served_s: float = 0.0
    """Seconds spent in handlers on behalf of this flow."""
    left_out: int = 0
    status: str = "success"
    took_s: float | None = None
    """None until completed."""
    handed_over: bool = False
    _last_at: float = math.nan

    @property
    def waited_s(self) -> float:
        """Seconds spent in mailboxes, all letters together."""
        return sum(wait.elapsed_s for wait in self.waits)

    def checkpoint(self, name: str) -> None:
        """Name this moment; its step is the time since the checkpoint before, or since the start."""
        now = trio.current_time()
        since = self.started_at if math.isnan(self._last_at) else self._last_at
        self._last_at = now
        self._keep(self.checkpoints, Step(name, now - since))

    def waited(self, where: str, seconds: float) -> None:
        """Count time in a mailbox; the kernel calls it."""
        self._keep(self.waits, Step(where, seconds))

    def hand_over(self) -> "Flow":
        """Leave the completion to whoever the flow is sent to: the end of `begin` will not do it."""
        self.handed_over = True
        return self

    def complete(self, status: str | None = None) -> None:
        """End the flow and give it to its sink; a second completion is only logged."""
        if self.took_s is not None:
            log.warning("flow.completed_twice", flow=self.id, name=self.name, status=status)
            return
        self.status = self.status if status is None else status
        self.took_s = trio.current_time() - self.started_at
        if self.sink is not None:
            self.sink(self)

    def _keep(self, steps: list[Step], step: Step) -> None:
        if len(steps) < MOST_STEPS:
            steps.append(step)
        else:
            self.left_out += 1


CURRENT: ContextVar[Flow | None] = ContextVar("flow", default=None)
SINK: ContextVar[FlowSink | None] = ContextVar("flow_sink", default=None)


def current() -> Flow | None:
    """The flow that this task works for at this moment."""
    return CURRENT.get()


def checkpoint(name: str) -> None:
    """Name this moment in the current flow, if there is one."""
    flow = CURRENT.get()
    if flow is not None:
        flow.checkpoint(name)


@contextmanager
def begin(name: str, *, sink: FlowSink | None = None, **fields: Any) -> Iterator[Flow]:
    """Follow an action from here on; it is completed at the end of the block.

    Args:
        name: what the action is called in the statistics, from a small set.
        sink: who gets the completed flow; by default the system this task runs in.
        fields: ids for the log line.

    An exception ends the flow with the status `error`; a cancellation with `cancelled`.
    """
    flow = Flow(name, trio.current_time(), fields, SINK.get() if sink is None else sink)
    token = CURRENT.set(flow)
    try:
        yield flow
    except trio.Cancelled:
        flow.status = "cancelled"
        raise
    except BaseException:
        flow.status = "error"
        flow.handed_over = False
        raise
    finally:
        CURRENT.reset(token)
        if not flow.handed_over:
            flow.complete()


# How slow is slow. Source: the thresholds of the earlier bot, in milliseconds.
LABELS: tuple[tuple[float, str, str, str], ...] = (
    (3000.0, "🔴", "CRITICAL", "error"),
    (1000.0, "🟡", "SLOW", "warning"),
    (500.0, "🟢", "OK", "info"),
    (-1.0, "⚡", "FAST", "info"),
)


def completion_line(flow: Flow) -> str:
    """The completed flow as people read it: a label, the time, and a bullet per step.

    >>> flow = Flow("queue_command", 0.0, took_s=0.0123, checkpoints=[Step("build_embed", 0.004)])
    >>> print(completion_line(flow))
    ⚡ FAST [queue_command] 12.30ms (success)
      • build_embed: 4.00ms
    """
    took_ms = (flow.took_s or 0.0) * 1000
    _, sign, label, _ = _label(took_ms)
    lines = [f"{sign} {label} [{flow.name}] {took_ms:.2f}ms ({flow.status})"]
    lines += [f"  • {step.name}: {step.elapsed_s * 1000:.2f}ms" for step in flow.checkpoints if _shown(step)]
    lines += [
        f"  • wait in {step.name}: {step.elapsed_s * 1000:.2f}ms" for step in flow.waits if _shown(step)
    ]
    return "\n".join(lines)


def log_flow(flow: Flow) -> None:
    """A sink: one structured line per completed flow, louder the slower it was."""
    took_ms = (flow.took_s or 0.0) * 1000
    log.log(
        LEVELS[_label(took_ms)[3]],
        "flow.completed",
        flow=flow.id,
        name=flow.name,
        status=flow.status,
        took_ms=round(took_ms, 2),
        waited_ms=round(flow.waited_s * 1000, 2),
        served_ms=round(flow.served_s * 1000, 2),
        steps={step.name: round(step.elapsed_s * 1000, 2) for step in flow.checkpoints},
        line=completion_line(flow),
        **{key: value for key, value in flow.fields.items() if key not in RESERVED},
    )


LEVELS = {"info": 20, "warning": 30, "error": 40}
RESERVED = frozenset(
    {"event", "level", "flow", "name", "status", "took_ms", "waited_ms", "served_ms", "steps", "line"}
)


def _label(took_ms: float) -> tuple[float, str, str, str]:
    return next(label for label in LABELS if took_ms > label[0])


def _shown(step: Step) -> bool:
    return step.elapsed_s * 1000 > STEP_SHOWN_MS


BUCKETS_PER_DOUBLING = 8
SMALLEST_S = 1e-6
BUCKETS = 31 * BUCKETS_PER_DOUBLING
"""From a microsecond to about 36 minutes; whatever is longer is counted in the last bucket."""


@dataclass(slots=True)
class Histogram:
    """Durations in logarithmic buckets: bounded memory, quantiles to within 9 %."""

    counts: list[int] = field(default_factory=lambda: [0] * BUCKETS)
    count: int = 0
    max_s: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one duration."""
        place = math.ceil(math.log2(max(seconds, SMALLEST_S) / SMALLEST_S) * BUCKETS_PER_DOUBLING)
        self.counts[min(place, BUCKETS - 1)] += 1
        self.count += 1
        self.max_s = max(self.max_s, seconds)

    def quantile(self, share: float) -> float:
        """Seconds within which this share (0 to 1) of the durations lay: the upper edge of its bucket."""
        left = math.ceil(share * self.count)
        for place, count in enumerate(self.counts):
            left -= count
            if left <= 0 and place < BUCKETS - 1:
                return min(self.max_s, SMALLEST_S * 2 ** (place / BUCKETS_PER_DOUBLING))
        return self.max_s


@dataclass(frozen=True, slots=True)
class FlowSummary:
    """What the statistics say of one flow name; seconds."""

    name: str
    count: int
    p50_s: float
    p95_s: float
    p99_s: float
    max_s: float
    waited_p99_s: float


MOST_NAMES = 256
OTHERS = "(others)"


@dataclass(slots=True)
class FlowStats:
    """Histograms of completed flows, one pair per name, at most `MOST_NAMES` names."""

    totals: dict[str, Histogram] = field(default_factory=dict)
    waits: dict[str, Histogram] = field(default_factory=dict)

    def add(self, flow: Flow) -> None:
        """Count a completed flow: a sink."""
        name = flow.name if flow.name in self.totals or len(self.totals) < MOST_NAMES else OTHERS
        self.totals.setdefault(name, Histogram()).add(flow.took_s or 0.0)
        self.waits.setdefault(name, Histogram()).add(flow.waited_s)

    def summaries(self) -> tuple[FlowSummary, ...]:
        """One line per name, by name."""
        return tuple(self._summary(name) for name in sorted(self.totals))

    def _summary(self, name: str) -> FlowSummary:
        total, waits = self.totals[name], self.waits[name]
        return FlowSummary(
            name, total.count, total.quantile(0.5), total.quantile(0.95), total.quantile(0.99), total.max_s,
            waits.quantile(0.99),
        )  # fmt: skip
