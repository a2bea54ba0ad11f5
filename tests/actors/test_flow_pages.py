"""Staff look at how long things take; and what becomes of the flow of a pairing that goes wrong."""

from dataclasses import replace

import pytest
from trio.testing import MockClock

from actors.rules.aims import AIMS
from actors.rules.ids import PlayerId
from actors.rules.match import Cause, Phase
from actors.rules.report import Outcome
from actors.rules.screens import Notice, Press, Timings
from actors.session_pages import FLOWS
from actors.steps import Announcing, ending
from supervision import Flow, FlowStats
from supervision.flow import Step
from tests.actors.ladder import Ladder, World, open_ladder
from tests.cast import ALICE, BOB, EVE, LIVE, MOD, PAIRED


@pytest.fixture
async def world() -> World:
    world = World()
    await world.enroll(ALICE, "Alice")
    await world.store.ensure_staff([MOD])
    return world


def measured() -> FlowStats:
    stats = FlowStats()
    for at in range(FLOWS):
        stats.add(Flow(f"interaction.{at}", 0.0, took_s=1.0))
    steps = [Step("load_start", 0.0), Step("load_complete", 0.01), Step("sent", 0.03)]
    for status in ("success", "already_queued", "already_queued", "guard_check_failed"):
        stats.add(Flow("queue_command", 0.0, took_s=0.04, status=status, checkpoints=steps))
    return stats


async def page(ladder: Ladder, player: PlayerId, number: str) -> Timings | Notice:
    screen = (await ladder.commands(player, "flows", page=number)).screen
    assert isinstance(screen, Timings | Notice)
    return screen


async def test_staff_alone_see_how_long_things_take_page_by_page(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        assert isinstance(await page(ladder, ALICE, "1"), Notice)
        empty = await page(ladder, MOD, "1")
        assert empty == Timings((), 1, 1)
        object.__setattr__(ladder.doors, "measured", measured().summaries)
        first = await page(ladder, MOD, "0")
        assert isinstance(first, Timings)
        assert (len(first.timings), first.page, first.pages) == (FLOWS, 1, 2)
        queue = first.timings[0]
        assert (queue.name, queue.count, queue.aim) == ("queue_command", 4, AIMS["queue_command"])
        assert queue.ends == (("already_queued", 2), ("guard_check_failed", 1))
        assert queue.steps == (("sent", 0.75), ("load", 0.25))
        last = (await ladder.presses(MOD, Press.FLOWS_PAGE, 99)).screen
        assert isinstance(last, Timings)
        assert [each.name for each in last.timings] == [f"interaction.{FLOWS - 1}"]


def test_a_match_ends_under_the_name_that_its_players_would_give() -> None:
    assert ending(PAIRED, PAIRED) is None
    assert ending(PAIRED, LIVE) is None
    assert ending(LIVE, replace(LIVE, phase=Phase.DISPUTED)) == "conflict"
    settled = replace(LIVE, phase=Phase.SETTLED, outcome=Outcome.FIRST)
    assert ending(LIVE, settled) == "complete"
    assert ending(settled, replace(settled, outcome=Outcome.SECOND)) == "complete"
    for cause, word in ((Cause.ABORTED, "abort"), (Cause.NO_SHOW, "confirmation_timeout"), (None, "void")):
        assert ending(PAIRED, replace(PAIRED, phase=Phase.VOID, cause=cause)) == word


async def test_the_flow_of_a_pairing_ends_once_when_both_have_seen_it_or_when_they_never_will(
    autojump_clock: MockClock,
) -> None:
    ended: list[Flow] = []
    both = Announcing(Flow("listen_for_match", 0.0, sink=ended.append))
    for player in (ALICE, ALICE, BOB, EVE):
        both.arrived(player, (ALICE, BOB))
    both.failed()
    one = Announcing(Flow("listen_for_match", 0.0, sink=ended.append))
    one.arrived(ALICE, (ALICE, BOB))
    one.failed()
    one.arrived(BOB, (ALICE, BOB))
    Announcing(None).arrived(ALICE, (ALICE, BOB))
    assert [(flow.status, len(flow.checkpoints)) for flow in ended] == [
        ("match_displayed_successfully", 2),
        ("error", 1),
    ]
