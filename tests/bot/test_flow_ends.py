"""How the flow of an interaction ends when something is wrong on the way, and when its first answer left."""

from collections.abc import Awaitable

import pytest
import trio
from trio.testing import MockClock

from actors.ports import Gone, Unavailable
from actors.rules.screens import Press
from bot import custom_ids
from bot.errors import TooLate
from bot.flows import TURNED_AWAY, answering
from bot.inbox import ACK_DEADLINE_S
from supervision import Flow, NotRunning
from supervision.flow import SINK
from tests.bot.inbox_desk import Desk


@pytest.fixture
def flows() -> list[Flow]:
    """Those that were completed."""
    return []


async def answers(flows: list[Flow], desk: Desk) -> Flow:
    return (await keeps(flows, desk.inbox.answer(desk.command())))[-1]


async def keeps(flows: list[Flow], work: Awaitable[None]) -> list[Flow]:
    """What is completed while this is done."""
    token = SINK.set(flows.append)
    await work
    SINK.reset(token)
    return flows


async def test_a_flow_begins_when_the_interaction_came_and_tells_when_it_was_answered(
    autojump_clock: MockClock, flows: list[Flow]
) -> None:
    desk = Desk(takes_s=0.1)
    desk.diary.slow_s = 0.05
    used = desk.command()
    await trio.sleep(0.02)
    (flow,) = await keeps(flows, desk.inbox.answer(used))
    assert flow.checkpoints[0].name == "interaction_start"
    assert flow.checkpoints[0].elapsed_s == pytest.approx(0.02)
    assert flow.acknowledged_s == pytest.approx(0.17)
    assert (flow.name, flow.status) == ("queue_command", "success")


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        (TooLate("gone"), "too_late"),
        (Gone("no", recipient_lost=True), "answer_lost"),
        (Unavailable(), "answer_lost"),
    ],
)
async def test_an_answer_that_did_not_arrive_is_said_to_be_lost(
    autojump_clock: MockClock, flows: list[Flow], wrong: Exception, status: str
) -> None:
    desk = Desk()
    desk.diary.trouble = [wrong, wrong]
    flow = await answers(flows, desk)
    assert (flow.status, flow.acknowledged_s) == (status, None)


async def test_a_session_that_does_not_answer_is_a_failure(
    autojump_clock: MockClock, flows: list[Flow]
) -> None:
    flow = await answers(flows, Desk(answer=NotRunning("sessions", None)))
    assert flow.status == "failed"
    assert flow.acknowledged_s is not None


async def test_who_has_to_wait_is_acknowledged_before_the_end(
    autojump_clock: MockClock, flows: list[Flow]
) -> None:
    flow = await answers(flows, Desk(takes_s=4 * ACK_DEADLINE_S))
    assert flow.acknowledged_s == pytest.approx(ACK_DEADLINE_S)
    assert flow.took_s == pytest.approx(4 * ACK_DEADLINE_S)
    assert "defer_interaction_complete" in [each.name for each in flow.checkpoints]


async def test_who_is_turned_away_is_counted_too(autojump_clock: MockClock, flows: list[Flow]) -> None:
    desk = Desk()
    await keeps(flows, desk.inbox.turn_away(desk.command()))
    assert [flow.name for flow in flows] == [TURNED_AWAY]


async def test_what_has_no_name_of_its_own_is_named_after_its_button(
    autojump_clock: MockClock, flows: list[Flow]
) -> None:
    desk = Desk()
    for event in (
        desk.click(custom_ids.write(Press.CONFIRM, 7)),
        desk.click("nonsense"),
        desk.command("admin release"),
    ):
        await keeps(flows, desk.inbox.answer(event))
    assert [flow.name for flow in flows] == [
        "interaction.confirm",
        "interaction.refused",
        "interaction.admin-release",
    ]
    assert answering("interaction.confirm") == answering("queue_command")
