"""Every flow of the ladder is driven here, against the table that docs/performance.md promises."""

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from actors.ports import Unreadable
from actors.rules.aims import AIMS, STEP_AIMS, Aim
from actors.rules.ids import PlayerId
from actors.rules.report import Claim, Outcome
from actors.rules.screens import Press
from storage.connection import Connection
from storage.pool import Pool
from storage.store import PostgresStore
from supervision import Flow
from tests.storage.crowd import MATCHES, PLAYERS
from tests.storage.flow_stage import BW, HURRY, FlowStage, open_stage

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
FIRST = 900_000
"""Of the players here; a crowd has smaller numbers."""
QUERIES = {
    "confirm_match_result": 6,
    "interaction.actors": 2,
    "interaction.confirm": 7,
    "interaction.queue-leave": 4,
    "join_queue_button": 2,
    "leaderboard_command": 1,
    "listen_for_match": 0,
    "match_abort": 4,
    "match_completion_notification_abort": 13,
    "match_completion_notification_complete": 11,
    "match_completion_notification_confirmation_timeout": 10,
    "match_completion_notification_conflict": 6,
    "match_completion_notification_void": 11,
    "matchmaker.add_player": 5,
    "matchmaker.attempt_match": 12,
    "profile_command": 2,
    "queue_command": 1,
    "replay_upload": 8,
    "setup_command": 1,
}
"""The most that one flow asks the database, with what its cards need after it; a wave of one pairing."""
ALICE, BOB, CARL, DORA, EVE, FINN, GINA, NEW, OUTCAST = (PlayerId(FIRST + at) for at in range(9))


async def evening(stage: FlowStage) -> None:
    """Everything that can be timed, in every way it can end."""
    await stage.enroll(
        (FINN, "Finnn"),
        (GINA, "Ginaa"),
        (ALICE, "Alice"),
        (BOB, "Bobby"),
        (CARL, "Carlo"),
        (DORA, "Doraa"),
        (EVE, "Evelyn"),
        (OUTCAST, "Outcast"),
    )
    await stage.store.player(NEW, "new", stage.clock.now())
    await banned(stage, OUTCAST)
    async with open_stage(stage):
        await reading(stage)
        await queueing(stage)
        await aborting(stage)
        await reporting(stage)
        await proving(stage)
    async with open_stage(stage, replace(HURRY, confirmation_s=0.2)):
        await stage.are_matched(DORA, EVE)
        await stage.until("match_completion_notification_confirmation_timeout", "success")
    async with open_stage(stage, replace(HURRY, live_s=0.2)):
        await stage.play(FINN, GINA)
        await stage.until("match_completion_notification_void", "success", 2)


async def banned(stage: FlowStage, player: PlayerId) -> None:
    async with stage.store.pool.connection() as connection:
        await connection.script(f"UPDATE player SET banned = true WHERE id = {player}")


async def reading(stage: FlowStage) -> None:
    for name in ("setup", "queue", "leaderboard", "profile"):
        await stage.commands(ALICE, name)
        await stage.commands(OUTCAST, name)
    await stage.commands(NEW, "queue")
    await stage.commands(NEW, "profile")
    await stage.commands(ALICE, "actors")


async def queueing(stage: FlowStage) -> None:
    await stage.joins(CARL)
    await stage.joins(CARL, bw=BW)
    await stage.until("matchmaker.attempt_match", "not_enough_players")
    await stage.presses(CARL, Press.QUEUE_JOIN)
    await stage.commands(CARL, "queue")
    stage.slow_s = 0.3
    await stage.presses(CARL, Press.QUEUE_LEAVE)
    stage.slow_s = 0.0
    stage.post.close_dms(DORA)
    await stage.are_matched(CARL, DORA)
    await stage.until("match_completion_notification_void", "success")
    await stage.presses(CARL, Press.QUEUE_LEAVE)
    stage.post.open_dms(DORA)


async def aborting(stage: FlowStage) -> None:
    match = await stage.are_matched(ALICE, BOB)
    await stage.presses(ALICE, Press.ABORT, match.id)
    await stage.presses(ALICE, Press.ABORT_SURE, match.id)
    await stage.presses(BOB, Press.ABORT_SURE, match.id)
    await stage.presses(BOB, Press.QUEUE_LEAVE)


async def reporting(stage: FlowStage) -> None:
    match = await stage.play(ALICE, BOB)
    await stage.presses(ALICE, Press.REPORT, match.id, values=(Claim.WON.value,))
    await stage.presses(ALICE, Press.REPORT, match.id, values=(Claim.WON.value,))
    await stage.presses(BOB, Press.REPORT, match.id, values=(Claim.LOST.value,))
    match = await stage.play(ALICE, BOB)
    for player in (ALICE, BOB):
        await stage.presses(player, Press.REPORT, match.id, values=(Claim.WON.value,))


async def proving(stage: FlowStage) -> None:
    match = await stage.play(CARL, EVE)
    await stage.uploads(CARL, "broken", Unreadable("not-a-replay"))
    await stage.uploads(CARL, "right", stage.plays(match, Outcome.FIRST))
    await stage.uploads(OUTCAST, "nobody's", Unreadable("not-a-replay"))


async def driven(store: PostgresStore) -> list[Flow]:
    stage = FlowStage(store)
    await evening(stage)
    return stage.flows


@dataclass(frozen=True, slots=True)
class Promise:
    """One row of the table."""

    checkpoints: tuple[str, ...]
    statuses: frozenset[str]


def promises() -> dict[str, Promise]:
    """The table; `.name` is a moment, any other name a piece of work with a beginning and an end."""
    section = PAGE.read_text(encoding="utf-8").partition("### Which there are")[2].partition("\n### ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    found = {}
    for name, steps, ends, *_ in rows:
        checkpoints = []
        for each in re.findall(r"`([^`]+)`", steps):
            checkpoints += [each[1:]] if each.startswith(".") else [f"{each}_start", f"{each}_complete"]
        found[name.strip(" `")] = Promise(tuple(checkpoints), frozenset(re.findall(r"`([^`]+)`", ends)))
    return found


async def _long_ago(connection: Connection) -> None:
    """Two thousand players who once played, and whose cards have all arrived."""
    await connection.script("SET LOCAL session_replication_role = replica")
    for part in (PLAYERS, MATCHES):
        await connection.script(part.format(players=2000, matches=5000))
    await connection.script("DELETE FROM card")


def row_of(flow: str) -> str:
    """The row that speaks of a flow: those without one of their own share `interaction.*`."""
    return "interaction.*" if flow.startswith("interaction.") else flow


async def test_the_page_says_which_flows_there_are_their_steps_and_their_ends(
    postgres: PostgresStore,
) -> None:
    promised, steps, ends = promises(), defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    for flow in await driven(postgres):
        row = row_of(flow.name)
        names = [step.name for step in flow.checkpoints]
        steps[row].update(names)
        ends[row].add(flow.status)
        places = [
            promised[row].checkpoints.index(name) for name in names if name in promised[row].checkpoints
        ]
        assert places == sorted(places), (flow.name, names)
    assert dict(ends) == {name: set(row.statuses) for name, row in promised.items()}
    assert dict(steps) == {name: set(row.checkpoints) for name, row in promised.items()}


async def test_the_page_says_what_is_aimed_at() -> None:
    section = PAGE.read_text(encoding="utf-8").partition("### What is aimed at")[2].partition("\n### ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    said = {
        name.strip(" `"): Aim(float(target), float(budget) if budget.strip() != "-" else None)
        for name, target, budget in rows
    }
    assert said == {**AIMS, **{".".join(names): aim for names, aim in STEP_AIMS.items()}}


@pytest.mark.parametrize("crowded", [False, True], ids=["empty", "crowded"])
async def test_the_number_of_queries_does_not_grow_with_the_ladder(
    postgres: PostgresStore, pool: Pool, crowded: bool
) -> None:
    if crowded:
        await pool.repeat(_long_ago)
    most = defaultdict[str, int](int)
    for flow in await driven(postgres):
        most[flow.name] = max(most[flow.name], flow.counts.get("queries", 0))
    assert dict(most) == dict(QUERIES)
