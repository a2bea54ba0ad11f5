"""What is made of a dump for people: words, one page, a text, the actor somebody means, rates."""

import dataclasses
import gc
import json
import os
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trio

from supervision import (
    Backoff,
    CallTimeout,
    DumpRefused,
    MailboxSpec,
    PoolSpec,
    Strategy,
    SupervisorSpec,
    System,
    open_system,
)
from supervision.child import Restart
from supervision.dump_json import Lines, pieces
from supervision.dump_report import report, stack_lines
from supervision.finding import find
from supervision.frames import Spot
from supervision.onlooker import Reading
from supervision.rollup import notable_events, page, rolled_up
from supervision.talkers import Talkers
from supervision.vitals import counted, memory_mb
from supervision.words import in_short, in_words
from tests.supervision.stage import (
    FOREVER,
    Crash,
    Do,
    Hooks,
    Note,
    Puppet,
    Stage,
    every_schedule,
    settle,
    sleeper,
    top,
)

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SLOW = Backoff(base_s=30, cap_s=30, jitter=0)


async def fill(system: System, stage: Stage, names: str, **how: Any) -> None:
    for name in names:
        await system.registry.pool("pool").start_child(stage.puppet(name, restart=Restart.TRANSIENT, **how))


def asks(system: System, name: str, seconds: float) -> Any:
    async def act(_puppet: Puppet) -> None:
        await system.registry.ref(name).call(Do(sleeper(seconds)), timeout_s=20)

    return act


@every_schedule
async def test_the_page_has_pools_as_numbers_and_of_their_children_the_most_urgent() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("z"), PoolSpec("pool", "pool", 20))) as system:
        await fill(system, stage, "abcdefgh")
        await fill(system, stage, "r", backoff=SLOW)
        await fill(system, stage, "m", mailbox=MailboxSpec(2))
        for name in "abc":
            system.registry.ref(name).cast(Do(sleeper(100)))
        system.registry.ref("d").cast(Crash("SECRET"))
        system.registry.ref("r").cast(Crash("SECRET"))
        await trio.sleep(6)
        system.registry.ref("e").cast(Do(sleeper(1)))
        for _ in range(3):
            system.registry.ref("m").cast(Do(sleeper(1)))
            await settle()
        rows = rolled_up(system.dump(), most=6)
        lines = list(page(system.dump()))
        assert [row.actor.path for row in rows[:2]] == ["top", "top/pool"]
        assert {row.why for row in rows if row.actor.path in {"top/pool/a", "top/pool/b", "top/pool/c"}} == {
            "stuck"
        }
        assert [(row.actor.path[-1], row.why) for row in rows[5:-1]] == [
            ("r", "restarting"), ("m", "full mailbox"), ("d", "crashed lately"),
        ]  # fmt: skip
        assert rows[-1].actor.path == "top/z"
        assert (rows[1].inside.total(), rows[1].queued, rows[1].hidden) == (10, 2, 0)
        hidden = rolled_up(system.dump(), most=1)[1]
        assert hidden.hidden == 5
        assert "5 more worth a look" in hidden.line()
        assert rows[1].plain()["inside"] == {"busy": 5, "running": 4, "restarting": 1}
        assert lines[0].startswith("13 actors: 7 running, 5 busy, 1 restarting; ")
        assert "10 inside, 5 busy, 4 running, 1 restarting, 2 letters waiting" in lines[2]
        assert "BoomError 6 s ago" in "\n".join(lines)
        assert "SECRET" not in "\n".join(lines)


@every_schedule
async def test_a_child_of_a_pool_that_crashed_and_is_gone_is_on_the_page_for_a_minute() -> None:
    stage = Stage()
    async with open_system(top(PoolSpec("pool", "pool", 20))) as system:
        child = stage.puppet("a", restart=Restart.TEMPORARY)
        await system.registry.pool("pool").start_child(child)
        await fill(system, stage, "b")
        system.registry.ref("a").cast(Crash())
        await settle()
        assert [row.why for row in rolled_up(system.dump())] == ["", "", "crashed lately"]
        assert rolled_up(system.dump())[1].inside == {"running": 1}
        assert "a, stopped, last crash" in system.dump().tree()
        await trio.sleep(61)
        assert [row.actor.path for row in rolled_up(system.dump())] == ["top", "top/pool"]


@every_schedule
async def test_a_pool_that_was_killed_holds_its_new_children_though_the_old_one_is_still_buried() -> None:
    stage = Stage()
    spec = top(
        SupervisorSpec("desks", Strategy.ONE_FOR_ONE, (PoolSpec("pool", "pool", 20),)), intensity=FOREVER
    )
    async with open_system(spec) as system:
        for path in ("top/desks/pool", "top/desks"):
            await fill(system, stage, "ab")
            system.kill(path, "somebody")
            await trio.sleep(1)
        await fill(system, stage, "abc")
        buried = [actor.path for actor in system.dump().actors if actor.status == "stopped"]
        assert "top/desks/pool" in buried
        rows = rolled_up(system.dump())
        assert [row.actor.path for row in rows] == ["top", "top/desks", "top/desks/pool"]
        assert rows[-1].inside == {"running": 3}


@every_schedule
async def test_what_happened_is_told_without_the_coming_and_going_in_pools() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("z"), PoolSpec("pool", "pool", 20))) as system:
        await fill(system, stage, "ab")
        await system.registry.pool("pool").stop_child("a")
        await trio.sleep(1)
        system.registry.ref("b").cast(Crash())
        await settle()
        told = [(event["path"], event["what"]) for event in notable_events(system.dump())]
        assert told == [
            ("top/z", "started"), ("top/pool", "started"), ("top", "started"),
            ("top/pool/b", "crashed"), ("top/pool/b", "started"),
        ]  # fmt: skip


@every_schedule
async def test_the_text_of_a_dump_has_every_part_and_no_message() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a", key=("match", 4711)), stage.puppet("b"))) as system:
        ref = system.registry.ref(("match", 4711))
        empty = "\n".join(report(Reading(system.dump(), 0.0021), NOW))
        assert empty.startswith("The loop answered within 2.1 ms.\n3 actors: 3 running")
        for title in ("Stuck", "Deadlocks", "Dead letters", "Last crashes"):
            assert f"\n== {title}\nnone\n" in empty
        ref.cast(Crash("why"))
        system.registry.ref("b").cast(Note("SECRET"))
        await settle()
        ref.cast(Do(asks(system, "b", 10)))
        await trio.sleep(6)
        dump = dataclasses.replace(system.dump(), deadlocks=(("top/a", "top/b"),))
        text = "\n".join(report(Reading(dump, None, (Spot(__file__, 1, "f"),)), NOW))
        assert text.startswith(f"The loop is stuck at {__file__}:1 f.\n")
        assert "top/a: asking 6.0 s in Do, queue 0 of" in text
        assert "waiting on top/b for 6.0 s, 14.0 s left" in text
        assert "await system.registry.ref(name).call(" in text
        assert "top/a -> top/b -> top/a" in text
        assert "1 crashed\n03:03:59.000 top/a: Crash crashed (BoomError)" in text
        assert "03:03:59.000 top/a crashed BoomError('why')" in text
        assert "SECRET" not in text


async def test_a_text_of_nowhere_says_nothing_of_the_loop(autojump_clock: object) -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        assert next(report(Reading(system.dump(), None), NOW)).startswith("2 actors")


@every_schedule
async def test_the_text_of_a_time_out_says_what_the_other_was_about() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a", mailbox=MailboxSpec(3)), stage.puppet("b"))) as system:
        system.registry.ref("a").cast(Do(asks(system, "b", 15)))
        await settle()
        system.registry.ref("a").cast(Note("waits"))
        with pytest.raises(CallTimeout) as caught:
            await system.registry.ref("a").call(Note("late"), timeout_s=2)
        text = caught.value.doing
        assert text.startswith(
            "asking 2.0 s in Do, queue 2 of 3, the oldest 2.0 s, waiting on top/b for 2.0 s"
        )
        assert text.endswith(" [0 remembered]")
        assert f"at {__file__}:" in text


def test_a_place_whose_source_is_not_here_is_told_without_it() -> None:
    assert list(stack_lines([Spot("/nowhere.py", 7, "f")])) == ["  /nowhere.py:7 f"]


@every_schedule
async def test_an_actor_says_of_itself_how_long_it_has_been_at_something() -> None:
    stage = Stage()

    class Clocked(Puppet):
        def describe(self) -> str:
            return f"{self.context.now() - self.born:.0f} s old"

        async def init(self) -> None:
            self.born = self.context.now()

    async with open_system(top(stage.puppet("a", kind=Clocked))) as system:
        await trio.sleep(7)
        assert system.dump().tree().endswith("7 s old")


@every_schedule
async def test_an_actor_that_looks_at_the_tree_sees_itself_at_work() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        dump = await system.registry.ref("a").call(Do(lambda _: system.dump()))
        record = dump.actor("top/a")
        assert (record.status, record.handling, record.parked_at) == ("busy", "Do", None)
        assert not record.stuck


@every_schedule
async def test_an_actor_is_found_by_its_path_the_end_of_it_or_its_name() -> None:
    stage = Stage()
    match, other = stage.puppet("4711", key=("match", 4711)), stage.puppet("4712", key=None)
    async with open_system(top(stage.puppet("clerk"), PoolSpec("pool", "pool", 30))) as system:
        for child in (match, other):
            await system.registry.pool("pool").start_child(child)
        await fill(system, stage, "xy")
        dump = system.dump()
        for words in ("top/pool/4711", "/top/pool/4711/", "pool/4711", "4711", "match/4711"):
            assert find(dump, words).path == "top/pool/4711"
        assert find(dump, "clerk").address == "clerk"
        assert find(dump, "4712").address is None
        assert find(dump, "4711").key == "('match', 4711)"
        with pytest.raises(DumpRefused, match=r"no actor 'clork': did you mean top/clerk\?"):
            find(dump, "clork")
        with pytest.raises(DumpRefused, match=r"did you mean top/pool/4711 or top/pool/4712\?"):
            find(dump, "47")
        with pytest.raises(DumpRefused, match=r"no actor 'qqq': `dump tree` lists all\."):
            find(dump, "qqq")
        with pytest.raises(DumpRefused, match=rf"no actor '{'q' * 59}…': `dump tree`"):
            find(dump, "q" * 100)


@every_schedule
async def test_where_many_are_near_only_their_number_is_told() -> None:
    stage = Stage()
    async with open_system(top(PoolSpec("pool", "pool", 30))) as system:
        for number in range(10, 20):
            await system.registry.pool("pool").start_child(stage.puppet(str(number), key=None))
        with pytest.raises(DumpRefused, match=r"^There is no actor '1': 10 have it in their names\.$"):
            find(system.dump(), "1")


@every_schedule
async def test_an_actor_whose_words_fit_several_is_asked_for_more_exactly() -> None:
    stage = Stage()
    pools = [PoolSpec(f"pool{number}", f"pool{number}", 5) for number in range(7)]
    async with open_system(top(*pools)) as system:
        for pool in pools:
            child = stage.puppet("x", key=None, restart=Restart.TEMPORARY)
            await system.registry.pool(pool.key).start_child(child)
        with pytest.raises(DumpRefused, match=r"'x' may be any of 7\."):
            find(system.dump(), "x")
        for pool in pools[1:]:
            await system.registry.pool(pool.key).stop_child("x")
        assert find(system.dump(), "x").path == "top/pool0/x"
        await system.registry.pool("pool0").stop_child("x")
        with pytest.raises(DumpRefused, match="may be"):
            find(system.dump(), "x")


class _Secret(Do):
    """Only its reader knows this kind of message."""


@every_schedule
async def test_a_private_message_is_told_without_the_mark_and_one_restart_is_one() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        system.registry.ref("a").cast(Crash())
        await settle()
        system.registry.ref("a").cast(_Secret(sleeper(5)))
        await trio.sleep(1)
        dump = system.dump()
        record = dump.actor("top/a")
        assert record is not None
        assert record.handling == "Secret"
        assert "1 restart," in in_words(record)
        assert "1 restart," in in_short(record)
        assert "0 letters waiting, 1 restart, 1 dead letter, 0 deadlocks" in dump.summary()


@every_schedule
async def test_who_talks_most_is_told_by_rates_between_two_looks() -> None:
    stage, talkers = Stage(), Talkers()
    async with open_system(top(*map(stage.puppet, "abc"))) as system:
        assert talkers.rates(system.dump(), 5) == []
        for _ in range(4):
            await system.registry.ref("a").call(Note("hello"))
        system.registry.ref("b").cast(Do(sleeper(100)))
        await trio.sleep(0.5)
        assert talkers.rates(system.dump(), 5) == []
        await trio.sleep(1.5)
        first, second = talkers.rates(system.dump(), 5)
        assert (first["path"], first["handled"], first["per_s"], first["busy"]) == ("top/a", 4, 2.0, 0.0)
        assert (second["path"], second["per_s"], second["busy"]) == ("top/b", 0.0, 1.0)
        assert len(talkers.rates(system.dump(), 1)) == 1


@pytest.mark.parametrize(
    "given",
    [42, "text", None, [], {"a": [1]}, ["x"] * 120, range(120), ('say "', "é", "\n")],
    ids=repr,
)
def test_json_in_pieces_is_the_same_json(given: Any) -> None:
    plain = list(given) if isinstance(given, range | tuple) else given
    answer = iter(given) if isinstance(given, range | tuple | list) else given
    assert json.loads(b"".join(pieces({"ok": True}, answer))) == {"ok": True, "answer": plain}


def test_a_text_in_pieces_is_the_same_text() -> None:
    lines = [f'line {number} "é"' for number in range(120)]
    for some in (lines, lines[:1], []):
        told = json.loads(b"".join(pieces({"ok": True}, Lines(iter(some)))))
        assert told["answer"] == "\n".join(some)


def test_pauses_of_the_collector_are_counted_while_somebody_may_look() -> None:
    with counted() as vitals:
        gc.collect()
        told = vitals.plain()
    assert told["gc"]["full"] >= 1
    assert told["gc"]["pauses"] >= told["gc"]["full"]
    assert told["gc"]["total_s"] >= told["gc"]["longest_s"] >= told["gc"]["longest_full_s"] > 0
    assert told["pid"] == os.getpid()
    assert told["uptime_s"] > 0
    assert vitals.heard not in gc.callbacks


def test_the_weight_of_a_process_is_known_without_linux_too(tmp_path: Path) -> None:
    assert 1 < memory_mb() < 10_000
    assert 1 < memory_mb(tmp_path / "nothing") < 10_000


@every_schedule
async def test_a_dump_in_the_middle_of_any_step_of_a_start_a_storm_or_a_stop_is_whole() -> None:
    """The hooks hear of a change amid the kernel's own work: a dump there sees every state in between."""
    stage = Stage()
    systems: list[System] = []
    taken: list[tuple[Any, int]] = []
    told: list[int] = []

    def look(_event: Any) -> None:
        told.append(1)
        taken.append((systems[0].dump(), len(systems[0].tree.cells)))

    def door(system: System) -> AbstractAsyncContextManager[object]:
        systems.append(system)
        return nullcontext()

    children = [stage.puppet(name, hooks=Hooks(init=sleeper(0.1), close=sleeper(0.1))) for name in "abcd"]
    spec = top(*children, PoolSpec("pool", "pool", 20))
    async with open_system(spec, hooks=[look], looking=door) as system:
        await fill(system, stage, "wxyz", hooks=Hooks(init=sleeper(0.1)))
        for name in "awbxwa":
            system.registry.ref(name).cast(Crash())
            await trio.sleep(0.05)
    assert len(taken) == len(told) > 40
    for dump, living in taken:
        shown = [actor for actor in dump.actors if actor.status != "stopped"]
        assert len(shown) <= living <= len(dump.actors)
        assert dump.tree()
        assert json.loads(dump.to_json())["actors"]
        assert list(page(dump))
        assert "\n".join(report(Reading(dump, None), NOW))
    statuses = {actor.status for dump, _ in taken for actor in dump.actors}
    assert statuses >= {"starting", "running", "restarting", "stopping", "stopped"}
