"""The figures as Prometheus reads them, and the dashboard that shows them."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import trio
from prometheus_client.parser import text_string_to_metric_families
from trio.testing import MockClock

from actors.rules.aims import AIMS
from bot import figures, metrics_page
from bot.inbox import InboxStats
from bot.metrics import Figures, PoolFigures, text
from bot.metrics_page import AGAIN_S, MOST_READERS, Metrics
from bot.windows import Windows
from storage.gauges import Gauges
from storage.pool import Limits
from supervision import Flow, FlowRecord, Histogram, Strategy, SupervisorSpec, System, open_system
from supervision.flow import Step
from supervision.signal_dump import SignalDoor

DASHBOARD = Path(__file__).parents[2] / "docs" / "grafana-dashboard.json"


def histogram(*seconds: float) -> Histogram:
    made = Histogram()
    for each in seconds:
        made.add(each)
    return made


def some_figures() -> Figures:
    record = FlowRecord()
    steps = [Step("load_start", 0.0), Step("load_complete", 0.25)]
    record.add(Flow("queue_command", 0.0, took_s=0.5, outside_s=0.125, checkpoints=steps))
    record.add(Flow("queue_command", 0.0, took_s=60.0, status='hostile "\n\\'))
    pool = PoolFigures(
        open=3,
        in_use=2,
        most=8,
        waiting=1,
        acquired=histogram(0.001),
        refused=4,
        queries={"read_player": histogram(0.002, 0.002)},
        slow=5,
    )
    return Figures(
        flows={"queue_command": record},
        answers={"late": 6},
        pool=pool,
        actors=7,
        dead_letters={"expired": 8},
        memory_bytes=9.0,
    )


def samples(page: bytes) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    families = text_string_to_metric_families(page.decode())
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def test_every_figure_is_told_as_prometheus_reads_it() -> None:
    told = samples(text(some_figures()))

    def value(name: str, **labels: str) -> float:
        return told[name, frozenset(labels.items())]

    assert value("evoladder_flow_seconds_count", flow="queue_command") == 2
    assert value("evoladder_flow_seconds_sum", flow="queue_command") == 60.5
    assert value("evoladder_flow_seconds_bucket", flow="queue_command", le="0.524288") == 1
    assert value("evoladder_flow_seconds_bucket", flow="queue_command", le="0.262144") == 0
    assert value("evoladder_flow_seconds_bucket", flow="queue_command", le="+Inf") == 2
    assert value("evoladder_flow_own_seconds_sum", flow="queue_command") == 60.375
    assert value("evoladder_flow_ends_total", flow="queue_command", status='hostile "\n\\') == 1
    assert value("evoladder_flow_step_seconds_sum", flow="queue_command", step="load") == 0.25
    assert value("evoladder_flow_budget_seconds", flow="queue_command", step="") == 0.015
    assert value("evoladder_pool_connections", state="in_use") == 2
    assert value("evoladder_query_seconds_count", query="read_player") == 2
    assert value("evoladder_answers_total", fate="late") == 6
    assert value("evoladder_dead_letters_total", fate="expired") == 8
    assert (value("evoladder_actors"), value("evoladder_memory_bytes")) == (7, 9)
    budgets = {name for (name, _), _ in told.items() if name == "evoladder_flow_budget_seconds"}
    assert budgets
    assert all(value("evoladder_flow_target_seconds", flow=name, step="") for name in AIMS)


def expressions(part: Any) -> list[str]:
    """Every query of the dashboard, panels and variables alike."""
    if isinstance(part, dict):
        own = [part[name] for name in ("expr", "query") if isinstance(part.get(name), str)]
        return own + [each for value in part.values() for each in expressions(value)]
    return [each for value in part for each in expressions(value)] if isinstance(part, list) else []


def test_the_dashboard_names_only_figures_that_there_are_and_all_of_them() -> None:
    there = {name for name, _ in samples(text(some_figures()))}
    named = set(re.findall(r"evoladder_\w+", " ".join(expressions(json.loads(DASHBOARD.read_text())))))
    assert named - there == set()
    families = {re.sub(r"_(bucket|count|sum|total|created)$", "", name) for name in there}
    assert families - {re.sub(r"_(bucket|count|sum|total)$", "", name) for name in named} == set()


def test_the_dashboards_labels_are_ones_that_the_figures_have() -> None:
    there = {label for _, labels in samples(text(some_figures())) for label, _ in labels}
    written = json.dumps(json.loads(DASHBOARD.read_text()))
    assert set(re.findall(r"\{\{(\w+)\}\}", written)) <= there
    assert set(re.findall(r"by \(([\w, ]+)\)", written)) <= {
        "le", "le, flow", "flow", "flow, step", "flow, status", "fate", "query",
    }  # fmt: skip


@dataclass(slots=True)
class FewConnections:
    """A pool, by what is counted of it."""

    size: int = 5
    gauges: Gauges = field(default_factory=lambda: Gauges(waiting=1, in_use=2, slow=4))
    limits: Limits = field(default_factory=Limits)


async def test_figures_are_gathered_from_a_running_system(tmp_path: Path) -> None:
    async with served(0) as (system, _):
        windows = Windows(tmp_path, SignalDoor(tmp_path))
        windows.signalled.system = system
        system.flows.add(Flow("queue_command", 0.0, took_s=1.0))
        read = figures.read(windows, FewConnections(), InboxStats(late=3))
        system.flows.add(Flow("queue_command", 0.0, took_s=1.0))
        assert (read.flows["queue_command"].total.count, read.answers["late"]) == (1, 3)
        assert (read.pool.open, read.pool.most, read.pool.slow) == (5, 8, 4)
        assert (read.actors, read.dead_letters) == (2, {})
        assert read.memory_bytes > 1e6
    nobody = figures.read(Windows(tmp_path, SignalDoor(tmp_path)), FewConnections(), InboxStats())
    assert (nobody.flows, nobody.actors, nobody.dead_letters) == ({}, 0, {})


@asynccontextmanager
async def served(port: int) -> AsyncIterator[tuple[System, Metrics]]:
    """A tree with the metrics alone."""
    made: list[Metrics] = []

    def start() -> Metrics:
        made.append(Metrics("127.0.0.1", port, some_figures))
        return made[-1]

    child = metrics_page.spec("127.0.0.1", port, some_figures)
    spec = SupervisorSpec("desks", Strategy.ONE_FOR_ONE, (replace(child, start=start),))
    async with open_system(spec) as system:
        await trio.testing.wait_all_tasks_blocked(0.01)
        yield system, made[-1]


async def ask(port: int, request: bytes) -> bytes:
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        await stream.send_all(request)
        answer = bytearray()
        async for chunk in stream:
            answer += chunk
    return bytes(answer)


@pytest.mark.parametrize(
    ("request_", "status", "body"),
    [
        (b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", b"200 OK", b"evoladder_actors 7.0"),
        (b"GET /metrics?x=1 HTTP/1.1\r\n\r\n", b"200 OK", b"evoladder_actors 7.0"),
        (b"GET / HTTP/1.1\r\n\r\n", b"404 Not Found", b"/metrics"),
        (b"POST /metrics HTTP/1.1\r\n\r\n", b"405 Method Not Allowed", b"Only GET."),
        (b"x" * 8192, b"405 Method Not Allowed", b"Only GET."),
    ],
)
async def test_only_the_page_is_served(request_: bytes, status: bytes, body: bytes) -> None:
    async with served(0) as (_, metrics):
        assert metrics.listening_at is not None
        head, _, rest = (await ask(metrics.listening_at, request_)).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 " + status)
        assert body in rest
        assert f"Content-Length: {len(rest)}".encode() in head
        assert str(metrics.listening_at) in metrics.describe()


async def test_so_many_readers_at_a_time_and_whoever_says_nothing_is_left_alone() -> None:
    async with served(0) as (_, metrics):
        assert metrics.listening_at is not None
        silent = [await trio.open_tcp_stream("127.0.0.1", metrics.listening_at) for _ in range(MOST_READERS)]
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert await ask(metrics.listening_at, b"") == b""
        for stream in silent:
            await stream.aclose()
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert b"200 OK" in await ask(metrics.listening_at, b"GET /metrics HTTP/1.1\r\n\r\n")


async def test_a_port_that_is_taken_is_tried_again(autojump_clock: MockClock) -> None:
    (taken,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = taken.socket.getsockname()[1]
    async with served(port) as (_, metrics):
        assert "not ours yet" in metrics.describe()
        await taken.aclose()
        await trio.sleep(AGAIN_S + 1)
        assert metrics.listening_at == port
