"""Laws of the global pace: never too many, the urgent first, nobody forgotten."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from actors.ports import Priority, Unavailable
from bot.pace import APART_S, REQUESTS, WINDOW_S, Pace
from supervision import Flow
from supervision.flow import follow

senders = st.lists(
    st.tuples(st.sampled_from(Priority), st.floats(0.0, 5.0, allow_nan=False)), min_size=1, max_size=40
)


async def _send_all(pace: Pace, wishes: Sequence[tuple[Priority, float]]) -> list[tuple[float, Priority]]:
    left: list[tuple[float, Priority]] = []

    async def send(priority: Priority, after_s: float) -> None:
        await trio.sleep(after_s)
        await pace.turn(priority)
        left.append((trio.current_time(), priority))

    async with trio.open_nursery() as people:
        for priority, after_s in wishes:
            people.start_soon(send, priority, after_s)
    return left


@given(senders)
@settings(max_examples=60, deadline=None)
def test_no_window_ever_holds_more_than_its_requests(wishes: list[tuple[Priority, float]]) -> None:
    async def scenario() -> None:
        left = [at for at, _ in await _send_all(Pace(requests=3, window_s=1.0), wishes)]
        assert len(left) == len(wishes)
        for at in left:
            assert sum(at <= other < at + 1.0 - 1e-9 for other in left) <= 3

    trio.run(scenario, clock=MockClock(autojump_threshold=0))


@given(st.lists(st.sampled_from(Priority), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_those_who_wait_leave_by_urgency(priorities: list[Priority]) -> None:
    async def scenario() -> None:
        pace = Pace(requests=1, window_s=1.0)
        await pace.turn(Priority.STAFF)  # from here on everybody waits
        left = await _send_all(pace, [(priority, 0.0) for priority in priorities])
        order = [priority.value for _, priority in left]
        assert order == sorted(order)

    trio.run(scenario, clock=MockClock(autojump_threshold=0))


async def test_of_equal_urgency_the_first_to_come_leaves_first(autojump_clock: MockClock) -> None:
    pace = Pace(requests=1, window_s=1.0)
    left: list[int] = []

    async def send(number: int) -> None:
        await trio.sleep(number / 1000)
        await pace.turn(Priority.MATCH)
        left.append(number)

    async with trio.open_nursery() as people:
        for number in (4, 2, 0, 3, 1):
            people.start_soon(send, number)
    assert left == [0, 1, 2, 3, 4]


async def test_a_quiet_post_office_sends_at_once(autojump_clock: MockClock) -> None:
    pace = Pace()
    began = trio.current_time()
    await pace.turn(Priority.QUEUE)
    assert trio.current_time() == began


async def test_a_heap_leaves_one_after_the_other_and_within_the_limit(autojump_clock: MockClock) -> None:
    pace, began = Pace(), trio.current_time()
    left = [at for at, _ in await _send_all(pace, [(Priority.QUEUE, 0.0)] * REQUESTS)]
    assert min(after - before for before, after in pairwise(left)) >= APART_S - 1e-9
    assert left[-1] - began < WINDOW_S / 2
    await pace.turn(Priority.QUEUE)
    assert trio.current_time() >= began + WINDOW_S


async def test_only_a_wait_for_the_limit_is_not_ours(autojump_clock: MockClock) -> None:
    pace = Pace(requests=3, window_s=1.0, apart_s=0.1)

    async def send(flow: Flow) -> None:
        with follow(flow):
            await pace.turn(Priority.QUEUE)
        flow.complete()

    flows = [Flow(f"request {number}", trio.current_time()) for number in range(5)]
    async with trio.open_nursery() as people:
        for flow in flows:
            people.start_soon(send, flow)
            await trio.testing.wait_all_tasks_blocked()
    assert [round(flow.own_s, 6) for flow in flows] == [0.0, 0.1, 0.2, 0.0, 0.0]
    assert [round(flow.took_s or 0.0, 6) for flow in flows] == [0.0, 0.1, 0.2, 1.0, 1.1]


async def test_an_urgent_request_overtakes_one_that_already_counts_down(autojump_clock: MockClock) -> None:
    pace = Pace(requests=1, window_s=1.0)
    await pace.turn(Priority.STAFF)
    left = await _send_all(pace, [(Priority.STAFF, 0.0), (Priority.FOUND, 0.9)])
    assert [priority for _, priority in left] == [Priority.FOUND, Priority.STAFF]


async def test_who_gives_up_leaves_no_hole_in_the_line(autojump_clock: MockClock) -> None:
    pace = Pace(requests=1, window_s=1.0)
    await pace.turn(Priority.STAFF)
    async with trio.open_nursery() as people:
        with trio.move_on_after(0.5):
            people.start_soon(_send_all, pace, [(Priority.MATCH, 0.1)])
            await pace.turn(Priority.FOUND)
            pytest.fail("the turn came too early")
        with trio.fail_after(1.0):
            await trio.testing.wait_all_tasks_blocked()
    assert pace.waiting == 0
    assert trio.current_time() >= 1.0


async def test_a_line_that_is_too_long_is_said_at_once(autojump_clock: MockClock) -> None:
    pace = Pace(requests=1, window_s=1.0, most_waiting=2)
    await pace.turn(Priority.FOUND)
    async with trio.open_nursery() as people:
        people.start_soon(pace.turn, Priority.MATCH)
        people.start_soon(pace.turn, Priority.MATCH)
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(Unavailable):
            await pace.turn(Priority.FOUND)
