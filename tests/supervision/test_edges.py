"""The corners of mailboxes, orders and ends, each of which has lost a letter in some kernel or other."""

from collections import Counter
from typing import Any

import pytest
import trio

from supervision import (
    Actor,
    Backoff,
    Fate,
    MailboxSpec,
    NotRunning,
    Pool,
    PoolSpec,
    Registry,
    Restart,
    Started,
    StartFailed,
    Strategy,
    SupervisorSpec,
    open_system,
)
from supervision.actor import Context
from supervision.cell import CallLetter, Cell, Post
from supervision.child import ChildSpec
from supervision.dynamic import Children
from supervision.flow import CURRENT
from supervision.mailbox import Mailbox, MailboxState
from supervision.messages import KernelLetter, Letter
from supervision.ref import Ref
from tests.supervision.stage import (
    BoomError,
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


def arm(puppet: Puppet, *delays_s: float) -> None:
    for delay_s in delays_s:
        puppet.context.timers.arm(f"after {delay_s}", delay_s, Note(f"timer {delay_s}"))


@every_schedule
async def test_timers_past_the_bound_are_still_read_when_the_mailbox_is_drained() -> None:
    stage = Stage()

    async def arm_and_sleep(puppet: Puppet) -> None:
        arm(puppet, 0.1, 0.2, 0.3)
        await trio.sleep(1)

    async with open_system(top(stage.puppet("a", mailbox=MailboxSpec(1)))) as system:
        system.registry.ref("a").cast(Do(arm_and_sleep))
        await trio.sleep(0.5)
    assert stage.diary == ["a ready 1", "a timer 0.1", "a timer 0.2", "a timer 0.3", "a closed"]


@every_schedule
async def test_forty_timers_past_a_bound_of_one_come_in_order() -> None:
    stage = Stage()

    async def arm_and_sleep(puppet: Puppet) -> None:
        arm(puppet, *(at / 100 for at in range(1, 41)))
        await trio.sleep(1)

    async with open_system(top(stage.puppet("a", mailbox=MailboxSpec(1)))) as system:
        system.registry.ref("a").cast(Do(arm_and_sleep))
        await trio.sleep(2)
    assert stage.diary[1:-1] == [f"a timer {at / 100}" for at in range(1, 41)]


@every_schedule
async def test_more_letters_than_a_turn_come_back_in_order() -> None:
    stage = Stage()

    def wait_for_thirty_nine(puppet: Puppet) -> None:
        puppet.memory.append("met")
        if len(puppet.memory) < 40:
            puppet.context.stash()
        elif len(puppet.memory) == 40:
            puppet.context.unstash()
        puppet.write(str(len(puppet.memory)))

    async with open_system(top(stage.puppet("a"))) as system:
        for _ in range(40):
            system.registry.ref("a").cast(Do(wait_for_thirty_nine))
        await settle()
    assert stage.diary[1:-1] == [f"a {at}" for at in range(1, 80)]


@every_schedule
async def test_a_timer_due_while_the_mailbox_is_drained_is_silent() -> None:
    stage = Stage()

    async def arm_and_sleep(puppet: Puppet) -> None:
        arm(puppet, 1)
        await trio.sleep(2)

    async with open_system(top(stage.puppet("a"))) as system:
        system.registry.ref("a").cast(Do(arm_and_sleep))
        await settle()
    assert stage.diary == ["a ready 1", "a closed"]
    assert system.dead_letters.total == 0


@every_schedule
async def test_a_timers_letter_that_nobody_reads_any_more_is_no_dead_letter() -> None:
    stage = Stage()

    async def arm_and_sleep(puppet: Puppet) -> None:
        arm(puppet, 0.5)
        await trio.sleep(20)

    async with open_system(top(stage.puppet("a", shutdown_s=1))) as system:
        system.registry.ref("a").cast(Do(arm_and_sleep))
        await trio.sleep(1)
    assert [dead.fate for dead in system.dead_letters.recent] == [Fate.CRASHED]


@every_schedule
async def test_a_sender_that_waits_for_room_and_a_timer_past_the_bound_both_get_in() -> None:
    stage = Stage()

    async def arm_and_sleep(puppet: Puppet) -> None:
        arm(puppet, 0.1)
        await trio.sleep(1)

    async with open_system(top(stage.puppet("a", mailbox=MailboxSpec(1)))) as system:
        ref = system.registry.ref("a")
        ref.cast(Do(arm_and_sleep))
        await settle()
        ref.cast(Note("first"))
        await ref.send(Note("waited"))
        await settle()
    assert sorted(stage.diary[1:]) == ["a closed", "a first", "a timer 0.1", "a waited"]


def test_a_mailbox_keeps_order_across_put_back_and_put_aside() -> None:
    box = Mailbox(MailboxSpec(3))
    letters = [Letter(at, float(at)) for at in range(3)]
    for letter in letters:
        assert box.put(letter)
    assert box.oldest_at == 0.0
    first = box.take_nowait()
    assert first is letters[0]
    box.put_back(first)
    assert (box.oldest_at, box.waiting) == (0.0, 3)
    assert box.take_nowait() is first
    assert box.put_aside(first)
    assert (box.look()[4], box.waiting) == (1, 2)
    assert box.close() == letters
    assert (box.state, box.waiting, box.take_nowait()) == (MailboxState.CLOSED, 0, None)
    assert box.close() == []


@every_schedule
async def test_a_child_wanted_while_it_stops_is_not_started_by_a_pool_that_stops_too() -> None:
    stage = Stage()
    outcomes: list[Any] = []
    async with trio.open_nursery() as nursery, open_system(top(PoolSpec("pool", "pool", 9))) as system:
        pool: Pool = system.registry.pool("pool")
        await pool.start_child(stage.puppet("x", hooks=Hooks(close=sleeper(2))))
        nursery.start_soon(pool.stop_child, "x")
        await settle()

        async def want() -> None:
            outcomes.append(await pool.start_child(stage.puppet("x")))

        nursery.start_soon(want)
        await settle()
        system.stop()
    (outcome,) = outcomes
    assert isinstance(outcome, StartFailed)
    assert isinstance(outcome.error, NotRunning)


@every_schedule
async def test_orders_that_a_supervisor_never_read_are_answered_when_it_ends() -> None:
    stage = Stage()
    outcomes: list[Any] = []
    spec = top(stage.puppet("a", hooks=Hooks(close=sleeper(1))))
    async with trio.open_nursery() as nursery, open_system(spec) as system:
        children = system.children("top")
        system.stop()
        await trio.lowlevel.checkpoint()

        async def want() -> None:
            outcomes.append(await children.start_child(stage.puppet("b")))

        nursery.start_soon(want)
        await settle()
    assert [type(outcome) for outcome in outcomes] == [StartFailed]


@every_schedule
async def test_an_order_to_a_pool_for_nobody_is_refused() -> None:
    async with open_system(top(PoolSpec("pool", "pool", 9))) as system:
        with pytest.raises(NotRunning):
            await system.registry.pool("pool").restart_child("nobody")


@every_schedule
async def test_a_stop_asked_in_the_moment_of_the_next_try_wins() -> None:
    stage = Stage()
    slow = Backoff(base_s=2, cap_s=2, jitter=0)
    children = (stage.puppet("a", backoff=slow), PoolSpec("pool", "pool", 9))
    async with open_system(top(*children)) as system:
        await system.registry.pool("pool").start_child(stage.puppet("x", backoff=slow))
        system.registry.ref("a").cast(Crash())
        system.registry.ref("x").cast(Crash())
        await settle()

        async def stop_at_two(children: Children, name: str) -> None:
            await trio.sleep_until(2)
            await children.stop_child(name)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(stop_at_two, system.children("top"), "a")
            nursery.start_soon(stop_at_two, system.registry.pool("pool"), "x")
        await trio.sleep(10)
        assert system.registry.keys() == ()
        # Whatever came first, nobody is left that was to be stopped.
        assert {actor.status for actor in system.dump().actors if actor.kind == "actor"} == {"stopped"}


@every_schedule
async def test_a_stop_asked_in_the_moment_of_a_crash_wins() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"), PoolSpec("pool", "pool", 9))) as system:
        pool: Pool = system.registry.pool("pool")
        ref = await pool.whereis_or_start(stage.puppet("x"))
        assert await pool.whereis_or_start(stage.puppet("x")) is ref

        async def crash_and_stop(children: Children, name: str) -> None:
            system.registry.ref(name).cast(Crash())
            await trio.lowlevel.checkpoint()
            await children.stop_child(name)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(crash_and_stop, pool, "x")
            nursery.start_soon(crash_and_stop, system.children("top"), "a")
        await settle()
        assert system.registry.keys() == ()


@every_schedule
async def test_a_pool_can_have_supervisors_as_children() -> None:
    stage = Stage()
    async with open_system(top(PoolSpec("pool", "pool", 9))) as system:
        pool: Pool = system.registry.pool("pool")
        team = SupervisorSpec("team", Strategy.ONE_FOR_ONE, (stage.puppet("a"), stage.puppet("b")))
        assert isinstance(await pool.start_child(team), Started)
        assert isinstance(await pool.start_child(PoolSpec("inner", "inner", 3)), Started)
        assert system.registry.ref("a").path == "top/pool/team/a"
        await pool.stop_child("team")
        assert system.registry.whereis("a") is None
    assert stage.diary == ["a ready 1", "b ready 1", "b closed", "a closed"]


@every_schedule
async def test_an_actor_knows_its_own_address_and_does_nothing_it_was_not_told() -> None:
    seen: list[Any] = []

    class Plain(Actor[Any]):
        async def init(self) -> None:
            await super().init()
            seen.extend([self.context.path, self.context.key, self.context.generation, self.context.ref])

    async with open_system(top(ChildSpec("a", Plain, "name"))) as system:
        ref = system.registry.ref("name")
        assert seen == ["top/a", "name", 1, ref]
        assert system.dump().tree().splitlines()[1] == "  a, running"


async def test_a_context_outside_of_a_letter_has_nothing_to_defer() -> None:
    cell = Cell("a", None, "actor", Post())
    Ref(cell)
    context: Context[Any] = Context(cell, Registry())
    await settle()
    with pytest.raises(AssertionError, match="no letter"):
        context.defer()
    with pytest.raises(AssertionError, match="tasks = True"):
        context.tasks.start_soon(settle)


@every_schedule
async def test_a_pools_name_is_only_freed_by_the_pool_that_has_it() -> None:
    registry = Registry()
    ours, theirs = (Pool(Cell(path, None, "pool", Post())) for path in ("ours", "theirs"))
    await settle()
    registry.register_pool("name", ours)
    registry.unregister_pool("name", theirs)
    assert registry.pool("name") is ours
    registry.unregister_pool("name", ours)
    with pytest.raises(NotRunning):
        registry.pool("name")
    assert isinstance(ours, Children)


@every_schedule
async def test_a_temporary_child_that_is_stopped_during_a_group_restart_is_not_missed() -> None:
    stage = Stage()
    children = (stage.puppet("a"), stage.puppet("b", restart=Restart.TEMPORARY))
    async with open_system(top(*children, strategy=Strategy.ONE_FOR_ALL)) as system:
        system.registry.ref("b").cast(Do(lambda puppet: puppet.context.stop()))
        await settle()
        assert [view.id for view in system.children("top").which_children()] == ["a"]
    assert CURRENT.get() is None


@every_schedule
async def test_a_letter_in_the_moment_in_which_its_reader_falls_with_another_is_read_once() -> None:
    stage = Stage()
    async with open_system(top(*map(stage.puppet, "abc"), strategy=Strategy.ONE_FOR_ALL)) as system:
        others = [system.registry.ref(name) for name in "bc"]

        def write_and_crash(_puppet: Puppet) -> None:
            for other in others:
                other.cast(Note("read"))
            raise BoomError

        system.registry.ref("a").cast(Do(write_and_crash))
        await settle()
    assert Counter(line for line in stage.diary if "read" in line.split()) == {"b read": 1, "c read": 1}


def test_only_a_plain_letter_is_wanted_whatever_comes() -> None:
    letter = Letter("anything", 0.0)
    assert letter.plain
    assert letter.take()
    assert not CallLetter.plain
    assert not KernelLetter.plain
