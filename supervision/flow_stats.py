"""What all completed flows together say: histograms per flow and per step, in bounded memory."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from supervision.flow import Flow
from supervision.flow_text import steps_of

BUCKETS_PER_DOUBLING = 8
SMALLEST_S = 1e-6
BUCKETS = 31 * BUCKETS_PER_DOUBLING
"""From a microsecond to about 36 minutes; whatever is longer is counted in the last bucket."""
MOST_NAMES = 256
MOST_STEP_NAMES = 32
MOST_STATUSES = 32
OTHERS = "(others)"
"""Under which names beyond these are counted."""
ACKNOWLEDGEMENT = "acknowledgement"
"""The first answer to whatever somebody did, as if it were a flow of its own."""


@dataclass(slots=True)
class Histogram:
    """Durations in logarithmic buckets: bounded memory, quantiles to within 9 %."""

    counts: list[int] = field(default_factory=lambda: [0] * BUCKETS)
    count: int = 0
    max_s: float = 0.0
    total_s: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one duration."""
        place = math.ceil(math.log2(max(seconds, SMALLEST_S) / SMALLEST_S) * BUCKETS_PER_DOUBLING)
        self.counts[min(place, BUCKETS - 1)] += 1
        self.count += 1
        self.max_s = max(self.max_s, seconds)
        self.total_s += seconds

    def copy(self) -> "Histogram":
        """The same, for somebody who reads it elsewhere while this one goes on."""
        return replace(self, counts=self.counts.copy())

    def quantile(self, share: float) -> float:
        """Seconds within which this share (0 to 1) of the durations lay: the upper edge of its bucket."""
        left = math.ceil(share * self.count)
        for place, count in enumerate(self.counts):
            left -= count
            if left <= 0 and place < BUCKETS - 1:
                return min(self.max_s, SMALLEST_S * 2 ** (place / BUCKETS_PER_DOUBLING))
        return self.max_s

    def within(self, doublings: int) -> int:
        """How many lasted at most `SMALLEST_S * 2 ** doublings`: exactly, since that is an edge."""
        return sum(self.counts[: doublings * BUCKETS_PER_DOUBLING + 1])


@dataclass(frozen=True, slots=True)
class StepSummary:
    """What the statistics say of one step of a flow; seconds."""

    name: str
    count: int
    p50_s: float
    p99_s: float
    share: float
    """Of the time that all these flows took together."""


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
    """In mailboxes."""
    own_p99_s: float
    """Without the time in which somebody outside the program had it."""
    total_s: float
    outside_share: float
    """Of the time that all these flows took together."""
    statuses: dict[str, int]
    steps: tuple[StepSummary, ...]
    """In the order in which they were first seen."""


@dataclass(slots=True)
class FlowRecord:
    """All that is kept of the flows of one name."""

    total: Histogram = field(default_factory=Histogram)
    own: Histogram = field(default_factory=Histogram)
    waits: Histogram = field(default_factory=Histogram)
    steps: dict[str, Histogram] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)

    def add(self, flow: Flow) -> None:
        """Count a completed flow."""
        self.total.add(flow.took_s or 0.0)
        self.own.add(flow.own_s)
        self.waits.add(flow.waited_s)
        self.statuses[_bounded(flow.status, self.statuses, MOST_STATUSES)] += 1
        for name, seconds in steps_of(flow).items():
            self.steps.setdefault(_bounded(name, self.steps, MOST_STEP_NAMES), Histogram()).add(seconds)

    def copy(self) -> "FlowRecord":
        """The same, for somebody who reads it elsewhere while this one goes on."""
        steps = {name: each.copy() for name, each in self.steps.items()}
        return FlowRecord(self.total.copy(), self.own.copy(), self.waits.copy(), steps, self.statuses.copy())

    def summary(self, name: str) -> FlowSummary:
        """The figures that people look at."""
        total, whole_s = self.total, self.total.total_s or 1.0
        return FlowSummary(
            name=name,
            count=total.count,
            p50_s=total.quantile(0.5),
            p95_s=total.quantile(0.95),
            p99_s=total.quantile(0.99),
            max_s=total.max_s,
            waited_p99_s=self.waits.quantile(0.99),
            own_p99_s=self.own.quantile(0.99),
            total_s=total.total_s,
            outside_share=1.0 - self.own.total_s / whole_s if total.total_s else 0.0,
            statuses=dict(self.statuses),
            steps=tuple(_step(name, each, whole_s) for name, each in self.steps.items()),
        )


@dataclass(slots=True)
class FlowStats:
    """One record per name, at most `MOST_NAMES` names."""

    records: dict[str, FlowRecord] = field(default_factory=dict)

    def add(self, flow: Flow) -> None:
        """Count a completed flow: a sink."""
        self._of(_bounded(flow.name, self.records, MOST_NAMES)).add(flow)
        if flow.acknowledged_s is not None:
            record = self._of(ACKNOWLEDGEMENT)
            record.total.add(flow.acknowledged_s)
            record.own.add(flow.acknowledged_own_s)

    def summaries(self) -> tuple[FlowSummary, ...]:
        """One line per name, by name."""
        return tuple(self.records[name].summary(name) for name in sorted(self.records))

    def _of(self, name: str) -> FlowRecord:
        record = self.records.get(name)
        if record is None:
            record = self.records[name] = FlowRecord()
        return record


def _bounded(name: str, names: Mapping[str, object], most: int) -> str:
    return name if name in names or len(names) < most else OTHERS


def _step(name: str, each: Histogram, whole_s: float) -> StepSummary:
    return StepSummary(name, each.count, each.quantile(0.5), each.quantile(0.99), each.total_s / whole_s)
