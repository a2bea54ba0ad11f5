"""Whoever dies between two effects: for each actor, at each of its boundaries, and the evening ends right."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
import trio

from actors.boundaries import Boundary, FailAt, Fate
from benchmarks.chaos.deck import Script
from benchmarks.chaos.stage import Stage, open_stage
from benchmarks.chaos.troubles import Troubles
from benchmarks.chaos.verdict import Verdict, open_judge
from tests.journeys.evening import Evening

pytestmark = [pytest.mark.journey, pytest.mark.timeout(900)]

EVENING_S = 420.0
"""How long people may take to end their evening."""
PLAYERS, SPEED = 12, 4.0

BY_ACTOR = {
    actor: [boundary for boundary in Boundary if boundary.value.split(".")[0] in actor.split()]
    for actor in ("program store", "session", "matchmaker", "match", "courier", "steward", "desk")
} | {
    "staff ranks answer": [
        Boundary.STAFF_DONE,
        Boundary.RANKS_READ,
        Boundary.ANSWER_LEAVES,
        Boundary.ANSWER_TAKEN,
    ]
}


AFTER_THE_START = {Boundary.RANKS_READ: 2, Boundary.STORE_WROTE: 20, Boundary.STORE_COMMITTED: 20}
"""Passages at which an actor crashes that the program passes as it starts: then it would not start."""


PREPARED_BY = {Boundary.STEWARD_SHOWED: [FailAt(Boundary.COURIER_SENDS, 1)]}
"""Who must die before, so that somebody gets there: the steward shows what a courier did not live to send."""


def _comes_later(boundary: Boundary) -> bool:
    """Everybody sets up once, when the evening begins."""
    return boundary is not Boundary.SESSION_SET_UP


async def spend(folder: Path, deaths: Sequence[FailAt], minutes: float) -> tuple[Troubles, Verdict]:
    """An evening on which somebody dies at each of these, one after the other."""
    async with open_stage(folder, users=PLAYERS, seed=5, minutes=minutes, speed=SPEED) as stage:
        troubles = Troubles(stage=stage, cards=Script(list(deaths)), dice=random.Random(5), discord=False)
        await troubles.rage()
        await all_go_home(stage)
        async with open_judge(stage) as judge:
            verdict = await judge.judge()
        await stage.stop()
        return troubles, verdict


async def all_go_home(stage: Stage) -> None:
    with trio.fail_after(EVENING_S):
        while not (await stage.evening())["evening"].get("finished"):
            assert stage.running
            await trio.sleep(0.5)


def ended_right(verdict: Verdict) -> bool:
    return not any(verdict.wrong.values()) and verdict.cards > 0


@pytest.mark.deep
@pytest.mark.parametrize("actor", BY_ACTOR)
async def test_the_program_is_killed_at_each_boundary_of(actor: str, folder: Path) -> None:
    deaths = [
        death
        for boundary in sorted(BY_ACTOR[actor], key=_comes_later)
        for death in (*PREPARED_BY.get(boundary, ()), FailAt(boundary, 1))
    ]
    troubles, verdict = await spend(folder, deaths, minutes=1.5)
    assert {FailAt(Boundary(name), 1) for name in troubles.done.kills if name != "at random"} == set(deaths)
    assert ended_right(verdict), verdict.wrong


@pytest.mark.deep
@pytest.mark.parametrize("actor", BY_ACTOR)
async def test_the_actor_alone_crashes_at_each_boundary_of(actor: str, folder: Path) -> None:
    deaths = [
        death
        for boundary in sorted(BY_ACTOR[actor], key=_comes_later)
        if boundary is not Boundary.PROGRAM_MIGRATED  # no actor is there
        for death in (
            *PREPARED_BY.get(boundary, ()),
            FailAt(boundary, AFTER_THE_START.get(boundary, 1), Fate.CRASH),
        )
    ]
    troubles, verdict = await spend(folder, deaths, minutes=1.5)
    assert set(troubles.done.crashes) == {each.boundary.value for each in deaths if each.fate is Fate.CRASH}
    assert ended_right(verdict), verdict.wrong


@pytest.mark.deep
async def test_no_boundary_is_dead_each_is_passed_in_an_evening(folder: Path) -> None:
    """Also that of the steward, who finds cards behind since their courier did not live to send them."""
    async with open_stage(folder, users=PLAYERS, seed=5, minutes=1.5, speed=SPEED) as stage:
        await stage.start(FailAt(Boundary.COURIER_SENDS, 1))
        assert await stage.ends(EVENING_S)
        await stage.start(None, counting=True)
        assert await stage.is_ready()
        newcomer = await Evening(stage.discord, folder).guest("walter")  # all others set up before the kill
        await newcomer.sets_up()
        await all_go_home(stage)
        async with open_judge(stage) as judge:
            verdict = await judge.judge()
        await stage.stop()
        assert ended_right(verdict), verdict.wrong
        lines = [
            json.loads(line) for line in stage.log.read_text().splitlines() if "boundaries.passed" in line
        ]
        assert [name for name, times in lines[-1]["boundaries"].items() if not times] == []
