"""What a flow says of itself when it is over, and what all of them say together."""

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import LogCapture

from supervision import (
    Flow,
    FlowStats,
    Histogram,
    begin,
    checkpoint,
    completion_line,
    conclude,
    current,
    follow,
    log_flow,
    outside,
    printable,
    step,
)
from supervision.flow import STEP_SLOW_S, Step
from supervision.flow_stats import ACKNOWLEDGEMENT, MOST_STATUSES, MOST_STEP_NAMES, OTHERS, SMALLEST_S
from tests.supervision.stage import BoomError


def flow_of(*steps: tuple[str, float], took_s: float = 1.0, status: str = "success") -> Flow:
    return Flow(
        "queue_command", 0.0, took_s=took_s, status=status, checkpoints=[Step(*each) for each in steps]
    )


def test_the_line_is_that_of_the_analysis_letter_by_letter() -> None:
    flow = flow_of(
        ("guard_checks_start", 0.00001),
        ("guard_checks_complete", 0.01245),
        ("load_preferences_start", 0.0),
        ("load_preferences_complete", 0.08923),
        ("send_response_start", 0.00001),
        ("send_response_complete", 0.123451),
        took_s=0.24532,
    )
    assert completion_line(flow) == (
        "⚡ FAST [queue_command] 245.32ms (success)\n"
        "  • guard_checks_start to guard_checks_complete: 12.45ms\n"
        "  • load_preferences_start to load_preferences_complete: 89.23ms\n"
        "  • send_response_start to send_response_complete: 123.45ms"
    )


def test_work_counts_from_its_beginning_whatever_was_named_in_between() -> None:
    flow = flow_of(("save_start", 1), ("locked", 2), ("save_complete", 3), ("pause_complete", 4))
    assert completion_line(flow).splitlines()[1:] == [
        "  • save_start: 1000.00ms",
        "  • locked: 2000.00ms",
        "  • save_start to save_complete: 5000.00ms",
        "  • pause_complete: 4000.00ms",
    ]


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", "🔴 CRITICAL 🟡 SLOW 🟢 OK ⚡ FAST •"),
        ("cp1252", "[!] CRITICAL [*] SLOW [+] OK [>] FAST •"),
        ("ascii", "[!] CRITICAL [*] SLOW [+] OK [>] FAST -"),
    ],
)
def test_a_console_without_these_signs_gets_others(encoding: str, said: str) -> None:
    line = printable("🔴 CRITICAL 🟡 SLOW 🟢 OK ⚡ FAST •", encoding)
    assert line == said
    assert line.encode(encoding)
    assert printable("nothing to replace", encoding) == "nothing to replace"


async def test_a_slow_step_is_warned_of_when_it_ends(autojump_clock: object, logs: LogCapture) -> None:
    with begin("queue_command"):
        await trio.sleep(STEP_SLOW_S)
        checkpoint("not_slow")
        with step("load_preferences", rows=3, name="reserved"):
            await trio.sleep(0.2)
    (entry,) = logs.entries
    assert (entry["event"], entry["log_level"]) == ("flow.checkpoint", "warning")
    assert (entry["name"], entry["step"], entry["took_ms"]) == ("queue_command", "load_preferences", 200)
    assert (entry["line"], entry["rows"]) == ("🟡 [queue_command.load_preferences] 200.00ms", 3)


async def test_checkpoints_keep_what_they_were_told(autojump_clock: object, logs: LogCapture) -> None:
    with begin("one") as flow:
        checkpoint("find_matches", waiting=7)
        flow.checkpoint("nothing")
    assert [dict(each.metadata) for each in flow.checkpoints] == [{"waiting": 7}, {}]
    log_flow(flow)
    assert logs.entries[-1]["metadata"] == {"find_matches": {"waiting": 7}}
    with begin("two") as other:
        pass
    log_flow(other)
    assert "metadata" not in logs.entries[-1]


async def test_time_with_somebody_outside_is_not_ours_and_overlaps_count_once(autojump_clock: object) -> None:
    async def ask(seconds: float) -> None:
        with outside():
            await trio.sleep(seconds)

    with begin("listen_for_match") as flow:
        await trio.sleep(1)
        async with trio.open_nursery() as asking:
            asking.start_soon(ask, 2)
            asking.start_soon(ask, 3)
        await ask(4)
    assert (flow.took_s, flow.outside_s, flow.own_s) == (8, 7, 1)
    await ask(1)  # for no flow
    assert flow.outside_s == 7


async def test_who_is_still_outside_at_the_end_was_so_until_the_end(autojump_clock: object) -> None:
    with begin("one") as flow, outside():
        await trio.sleep(2)
        flow.complete()
        flow.hand_over()
        await trio.sleep(3)
    assert (flow.took_s, flow.outside_s, flow.own_s) == (2, 2, 0)


async def test_what_happens_after_the_end_is_no_step(autojump_clock: object) -> None:
    with begin("one") as flow:
        checkpoint("during")
    with follow(flow):
        checkpoint("after")
        conclude("too late to matter")
    assert [each.name for each in flow.checkpoints] == ["during"]
    assert current() is None


async def test_an_actor_says_how_a_flow_will_have_ended(autojump_clock: object) -> None:
    with begin("join_queue_button") as flow:
        conclude("already_queued")
    conclude("nobody's")
    assert flow.status == "already_queued"


async def test_work_that_raises_has_no_end(autojump_clock: object) -> None:
    with pytest.raises(BoomError), begin("one") as flow, step("save"):
        raise BoomError
    assert [each.name for each in flow.checkpoints] == ["save_start"]


async def test_the_age_at_the_first_answer_is_kept_and_counted(
    autojump_clock: object, logs: LogCapture
) -> None:
    stats = FlowStats()
    await trio.sleep(5)
    with begin("interaction.setup", sink=stats.add, since=4.0) as flow:
        with outside():
            await trio.sleep(2)
        flow.acknowledged()
        await trio.sleep(1)
        flow.acknowledged()
    assert (flow.took_s, flow.acknowledged_s, flow.acknowledged_own_s) == (4, 3, 1)
    first, other = stats.summaries()
    assert (first.name, first.count, first.max_s, first.own_p99_s) == (ACKNOWLEDGEMENT, 1, 3, 1)
    assert (first.waited_p99_s, first.statuses, first.steps) == (0, {}, ())
    assert other.name == "interaction.setup"
    log_flow(flow)
    entry = logs.entries[-1]
    assert (entry["acknowledged_ms"], entry["acknowledged_own_ms"], entry["outside_ms"]) == (3000, 1000, 2000)
    assert entry["counts"] == {}


async def test_what_is_done_on_behalf_of_a_flow_is_counted(autojump_clock: object) -> None:
    with begin("one") as flow:
        flow.count("queries")
        flow.count("queries")
    assert flow.counts == {"queries": 2}


def test_statistics_tell_each_step_and_its_share() -> None:
    stats = FlowStats()
    work = (("load_start", 1), ("load_complete", 4), ("sent", 2))
    for status in ("success", "success", "already_queued"):
        stats.add(flow_of(*work, took_s=10.0, status=status))
    (summary,) = stats.summaries()
    assert summary.statuses == {"success": 2, "already_queued": 1}
    assert [(each.name, each.count, each.share) for each in summary.steps] == [
        ("load", 3, 0.4),
        ("sent", 3, 0.2),
    ]
    assert (summary.total_s, summary.own_p99_s, summary.outside_share) == (30, 10, 0)


def test_a_copy_goes_on_saying_what_was_so_when_it_was_made() -> None:
    stats = FlowStats()
    stats.add(flow_of(("sent", 1.0)))
    copy = stats.records["queue_command"].copy()
    before = copy.summary("queue_command")
    stats.add(flow_of(("sent", 3.0), took_s=5.0, status="already_queued"))
    assert copy.summary("queue_command") == before
    assert stats.records["queue_command"].summary("queue_command").count == 2


def test_flows_that_took_no_time_at_all_have_no_shares() -> None:
    stats = FlowStats()
    stats.add(flow_of(("sent", 0), took_s=0.0))
    (summary,) = stats.summaries()
    assert (summary.outside_share, summary.steps[0].share) == (0, 0)


def test_steps_and_statuses_are_bounded_too() -> None:
    stats = FlowStats()
    for at in range(2 * MOST_STEP_NAMES):
        stats.add(flow_of((f"step {at}", 1.0), status=f"status {at}"))
    (summary,) = stats.summaries()
    assert len(summary.steps) == MOST_STEP_NAMES + 1
    assert len(summary.statuses) == MOST_STATUSES + 1
    assert summary.statuses[OTHERS] == 2 * MOST_STEP_NAMES - MOST_STATUSES


@given(st.lists(st.floats(0, 1000)), st.integers(0, 30))
def test_a_histogram_says_exactly_how_many_lay_within_a_doubling(
    durations: list[float], doublings: int
) -> None:
    histogram = Histogram()
    for seconds in durations:
        histogram.add(seconds)
    edge = SMALLEST_S * 2**doublings
    near = [each for each in durations if abs(each - edge) > edge * 1e-9]
    unsure = len(durations) - len(near)
    sure = sum(each <= edge for each in near)
    assert sure <= histogram.within(doublings) <= sure + unsure
    assert histogram.total_s == pytest.approx(sum(durations))
