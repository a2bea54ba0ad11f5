"""A flow follows one human action through actors; its waits and its work are told apart."""

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import LogCapture

from supervision import (
    Flow,
    FlowStats,
    PoolSpec,
    begin,
    checkpoint,
    completion_line,
    current,
    log_flow,
    open_system,
)
from supervision.flow import MOST_STEPS, Step
from supervision.flow_stats import BUCKETS, MOST_NAMES, OTHERS, Histogram
from tests.supervision.stage import (
    FOREVER,
    BoomError,
    Crash,
    Do,
    Hooks,
    Puppet,
    Stage,
    every_schedule,
    settle,
    sleeper,
    top,
)


@every_schedule
async def test_a_flow_travels_with_letters_and_counts_waits_and_work_apart() -> None:
    stage = Stage()
    done: list[Flow] = []
    async with open_system(top(*map(stage.puppet, "ab")), flow_sink=done.append) as system:
        a, b = system.registry.ref("a"), system.registry.ref("b")
        a.cast(Do(sleeper(2)))

        async def work(_puppet: Puppet) -> None:
            checkpoint("began")
            await trio.sleep(1)
            checkpoint("worked")

        with begin("queue_command", player=7):
            await a.call(Do(lambda _: b.call(Do(work))))
        assert current() is None
    (flow,) = done
    assert [(step.name, step.elapsed_s) for step in flow.checkpoints] == [("began", 2), ("worked", 1)]
    assert [(step.name, step.elapsed_s) for step in flow.waits] == [("top/a", 2), ("top/b", 0)]
    assert (flow.waited_s, flow.served_s, flow.took_s) == (2, 2, 3)
    assert (flow.status, flow.fields) == ("success", {"player": 7})
    (summary,) = system.flows.summaries()
    assert (summary.name, summary.count, summary.max_s) == ("queue_command", 1, 3)


@every_schedule
async def test_a_letter_without_a_flow_is_not_counted_in_the_one_before() -> None:
    stage = Stage()
    seen: list[Flow | None] = []
    async with open_system(top(stage.puppet("a"))) as system:
        ref = system.registry.ref("a")
        with begin("one"):
            await ref.call(Do(lambda _: seen.append(current())))
        await ref.call(Do(lambda _: seen.append(current())))
        checkpoint("of nothing")
    assert [flow and flow.name for flow in seen] == ["one", None]


@every_schedule
async def test_an_actor_works_for_the_flow_of_the_letter_in_hand_and_not_of_whoever_started_it() -> None:
    stage = Stage()
    seen: list[Flow | None] = []

    def look(_puppet: Puppet) -> None:
        seen.append(current())

    async with open_system(top(PoolSpec("pool", "pool", 5, FOREVER))) as system:
        with begin("one"):
            await system.registry.pool("pool").start_child(stage.puppet("a", hooks=Hooks(init=look)))
        ref = system.registry.ref("a")
        await ref.call(Do(look))
        assert seen == [None, None]
        with begin("two"):
            ref.cast(Crash("boom"))
            await settle()
            await ref.call(Do(look))
        await ref.call(Do(look))
    assert [flow and flow.name for flow in seen[2:]] == [None, "two", None]


@every_schedule
async def test_a_flow_handed_over_is_completed_by_whoever_got_it() -> None:
    stage = Stage()
    done: list[Flow] = []

    async def finish(_puppet: Puppet) -> None:
        await trio.sleep(3)
        flow = current()
        assert flow is not None
        flow.complete("already_queued")

    async with open_system(top(stage.puppet("a")), flow_sink=done.append) as system:
        with begin("join") as flow:
            system.registry.ref("a").cast(Do(finish))
            flow.hand_over()
        assert done == []
    assert [(flow.name, flow.status, flow.took_s) for flow in done] == [("join", "already_queued", 3)]


async def test_a_flow_ends_as_its_block_ends(autojump_clock: object, logs: LogCapture) -> None:
    done: list[Flow] = []
    with pytest.raises(BoomError), begin("one", sink=done.append) as flow:  # noqa: PT012 - the block is the law
        flow.hand_over()
        raise BoomError
    with trio.move_on_after(1), begin("two", sink=done.append):
        await trio.sleep(5)
    with begin("three", sink=done.append) as flow:
        flow.complete("early")
    with begin("four"):
        pass
    assert [(flow.name, flow.status) for flow in done] == [
        ("one", "error"),
        ("two", "cancelled"),
        ("three", "early"),
    ]
    assert [entry["event"] for entry in logs.entries] == ["flow.completed_twice"]


async def test_a_flow_keeps_a_bounded_number_of_steps(autojump_clock: object) -> None:
    with begin("long") as flow:
        for at in range(MOST_STEPS + 5):
            flow.checkpoint(str(at))
        await trio.sleep(1)
    assert flow.took_s == 1
    assert len(flow.checkpoints) == MOST_STEPS
    assert flow.left_out == 5


@pytest.mark.parametrize(
    ("took_s", "label", "level"),
    [
        (0.0, "⚡ FAST", "info"),
        (0.5, "⚡ FAST", "info"),
        (0.5001, "🟢 OK", "info"),
        (1.5, "🟡 SLOW", "warning"),
        (3.0, "🟡 SLOW", "warning"),
        (3.0001, "🔴 CRITICAL", "error"),
    ],
)
def test_the_line_says_how_slow_it_was_and_shows_steps_worth_showing(
    took_s: float, label: str, level: str, logs: LogCapture
) -> None:
    flow = Flow("queue_command", 0.0, {"player": 7, "line": "reserved"}, took_s=took_s)
    flow.checkpoints += [Step("guard_checks", 0.0001), Step("build_embed", 0.01234)]
    flow.waits.append(Step("top/a", 0.002))
    line = completion_line(flow)
    assert line.splitlines() == [
        f"{label} [queue_command] {took_s * 1000:.2f}ms (success)",
        "  • build_embed: 12.34ms",
        "  • wait in top/a: 2.00ms",
    ]
    log_flow(flow)
    (entry,) = logs.entries
    assert (entry["log_level"], entry["line"], entry["player"], entry["waited_ms"]) == (level, line, 7, 2)
    assert entry["steps"] == {"guard_checks": 0.1, "build_embed": 12.34}


@given(st.lists(st.floats(1e-6, 1900), min_size=1, max_size=200), st.floats(0.01, 1))
def test_a_quantile_is_at_most_nine_percent_above_the_true_one(durations: list[float], share: float) -> None:
    histogram = Histogram()
    for seconds in durations:
        histogram.add(seconds)
    rank = next(at for at in range(1, len(durations) + 1) if at >= share * len(durations))
    true = sorted(durations)[rank - 1]
    assert true * (1 - 1e-9) <= histogram.quantile(share) <= true * 2 ** (1 / 8) * (1 + 1e-9)
    assert histogram.max_s == max(durations)


def test_durations_beyond_all_buckets_are_counted_in_the_last() -> None:
    histogram = Histogram()
    histogram.add(1e9)
    histogram.add(0.0)
    assert len(histogram.counts) == BUCKETS
    assert histogram.count == 2
    assert histogram.quantile(0.5) == 1e-6
    assert histogram.quantile(1.0) == 1e9
    assert Histogram().quantile(0.99) == 0.0


def test_statistics_keep_a_bounded_number_of_names() -> None:
    stats = FlowStats()
    for at in range(MOST_NAMES + 10):
        stats.add(Flow(f"flow {at}", 0.0, took_s=1.0))
    stats.add(Flow("flow 0", 0.0, took_s=1.0))
    counts = {summary.name: summary.count for summary in stats.summaries()}
    assert len(counts) == MOST_NAMES + 1
    assert (counts[OTHERS], counts["flow 0"]) == (10, 2)
