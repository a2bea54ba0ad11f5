"""The ladder's figures as Prometheus reads them. Data in, text out.

Figures are copied in the loop and turned into text in a thread: a page of them takes longer than a click may.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from actors.rules.aims import AIMS, STEP_AIMS
from supervision import FlowRecord, Histogram
from supervision.flow_stats import SMALLEST_S

EDGES = range(8, 25)
"""Buckets end at a quarter of a millisecond and at each doubling of it, up to 17 seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolFigures:
    """The door to the database at one moment."""

    open: int
    in_use: int
    most: int
    waiting: int
    acquired: Histogram
    refused: int
    queries: Mapping[str, Histogram]
    slow: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything at one moment; nobody changes it any more."""

    flows: Mapping[str, FlowRecord]
    answers: Mapping[str, int]
    """First answers that were not as they should be, by what was wrong."""
    pool: PoolFigures
    actors: int
    dead_letters: Mapping[str, int]
    """By fate."""
    memory_bytes: float


def text(figures: Figures) -> bytes:
    """The page, in Prometheus's text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(figures))
    return generate_latest(registry)


class _Figures(Collector):
    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterable[Any]:
        """Every family, as the registry wants them."""
        yield from _flows(self._figures.flows)
        yield from _aims()
        yield from _pool(self._figures.pool)
        yield _counter("evoladder_answers", "First answers by what was wrong", "fate", self._figures.answers)
        fates = self._figures.dead_letters
        yield _counter("evoladder_dead_letters", "Letters that nobody handled", "fate", fates)
        yield GaugeMetricFamily("evoladder_actors", "Actors in the tree", self._figures.actors)
        yield GaugeMetricFamily(
            "evoladder_memory_bytes", "What the process weighs", self._figures.memory_bytes
        )


def _flows(flows: Mapping[str, FlowRecord]) -> Iterator[Any]:
    took = HistogramMetricFamily("evoladder_flow_seconds", "From begin to end", labels=["flow"])
    own = HistogramMetricFamily("evoladder_flow_own_seconds", "Without Discord's time", labels=["flow"])
    waits = HistogramMetricFamily("evoladder_flow_waited_seconds", "In mailboxes", labels=["flow"])
    ends = CounterMetricFamily("evoladder_flow_ends", "Flows by how they ended", labels=["flow", "status"])
    steps = SummaryMetricFamily("evoladder_flow_step_seconds", "Steps of flows", labels=["flow", "step"])
    for name, record in flows.items():
        for family, histogram in ((took, record.total), (own, record.own), (waits, record.waits)):
            family.add_metric([name], _buckets(histogram), histogram.total_s)
        for status, times in record.statuses.items():
            ends.add_metric([name, status], times)
        for step, histogram in record.steps.items():
            steps.add_metric([name, step], histogram.count, histogram.total_s)
    yield from (took, own, waits, ends, steps)


def _aims() -> Iterator[Any]:
    target = GaugeMetricFamily("evoladder_flow_target_seconds", "Aimed at", labels=["flow", "step"])
    budget = GaugeMetricFamily("evoladder_flow_budget_seconds", "Promised", labels=["flow", "step"])
    aims = {(name, ""): each for name, each in AIMS.items()} | dict(STEP_AIMS)
    for names, aim in aims.items():
        target.add_metric(list(names), aim.target_ms / 1000)
        if aim.budget_ms is not None:
            budget.add_metric(list(names), aim.budget_ms / 1000)
    yield from (target, budget)


def _pool(pool: PoolFigures) -> Iterator[Any]:
    states = {"open": pool.open, "in_use": pool.in_use, "most": pool.most}
    connections = GaugeMetricFamily("evoladder_pool_connections", "Database connections", labels=["state"])
    for state, count in states.items():
        connections.add_metric([state], count)
    yield connections
    yield GaugeMetricFamily("evoladder_pool_waiting", "Who waits for a connection", pool.waiting)
    acquired = HistogramMetricFamily("evoladder_pool_acquire_seconds", "Waits for a connection")
    acquired.add_metric([], _buckets(pool.acquired), pool.acquired.total_s)
    yield acquired
    yield CounterMetricFamily("evoladder_pool_refused", "Waits for a connection in vain", pool.refused)
    queries = SummaryMetricFamily("evoladder_query_seconds", "Queries by name", labels=["query"])
    for name, histogram in pool.queries.items():
        queries.add_metric([name], histogram.count, histogram.total_s)
    yield queries
    yield CounterMetricFamily("evoladder_slow_queries", "Queries over 100 ms", pool.slow)


def _counter(name: str, about: str, label: str, counts: Mapping[str, int]) -> Any:
    family = CounterMetricFamily(name, about, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family


def _buckets(histogram: Histogram) -> list[tuple[str, float]]:
    edges = [(str(SMALLEST_S * 2**each), float(histogram.within(each))) for each in EDGES]
    return [*edges, ("+Inf", float(histogram.count))]
