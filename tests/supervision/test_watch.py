"""Laws 46 to 48, and timers: who hears of whose end, who has which name, what is due when."""

from typing import Any

import pytest
import trio

from supervision import (
    AlreadyRegistered,
    AlreadyStarted,
    Backoff,
    DeadLetter,
    Down,
    Fate,
    Intensity,
    NotRunning,
    PoolSpec,
    Ref,
    Registry,
    Restart,
    Started,
    StartFailed,
    System,
    open_system,
)
from supervision.dead_letters import KEPT, MOST_QUIET, DeadLetters
from supervision.timer import COMPACT_FROM, Alarm, Alarms
from tests.supervision.stage import (
    FOREVER,
    Crash,
    Do,
    Note,
    Puppet,
    Stage,
    every_schedule,
    settle,
    sleeper,
    top,
)


class Mourner(Puppet):
    """Writes down whose end it hears of."""

    async def handle(self, message: Any, /) -> object:
        if isinstance(message, Down):
            self.write(f"heard {message.path} {message.reason}")
            return None
        return await super().handle(message)


def watch(ref: Ref[Any]) -> Do:
    return Do(lambda puppet: puppet.context.watch(ref))


def unwatch(ref: Ref[Any]) -> Do:
    return Do(lambda puppet: puppet.context.unwatch(ref))


def heard(stage: Stage) -> list[str]:
    return [line for line in stage.diary if "heard" in line]


def stop_self(puppet: Puppet) -> None:
    puppet.context.stop()


@every_schedule
async def test_the_end_for_good_is_heard_of_once_and_a_restart_never() -> None:
    stage = Stage()
    mourned = stage.puppet("b", restart=Restart.TRANSIENT)
    async with open_system(top(stage.puppet("a", kind=Mourner), mourned)) as system:
        a, b = system.registry.ref("a"), system.registry.ref("b")
        await a.call(watch(b))
        await a.call(watch(b))
        b.cast(Crash())
        await settle()
        assert heard(stage) == []
        b.cast(Do(stop_self))
        await trio.sleep(100)
        assert heard(stage) == ["a heard top/b normal"]


ENDS = {
    "normal": (Do(stop_self), Restart.TEMPORARY),
    "passivated": (Do(lambda puppet: puppet.context.passivate()), Restart.TRANSIENT),
    "crashed: BoomError('boom')": (Crash(), Restart.TEMPORARY),
    "killed": (Do(sleeper(100)), Restart.PERMANENT),
    "shutdown": (None, Restart.PERMANENT),
}


@pytest.mark.parametrize("reason", ENDS)
@every_schedule
async def test_the_notice_says_how_it_ended_and_comes_once_to_each_who_watches(reason: str) -> None:
    stage = Stage()
    last, restart = ENDS[reason]
    mourners = (stage.puppet("a", kind=Mourner), stage.puppet("c", kind=Mourner))
    async with open_system(top(*mourners, stage.puppet("b", restart=restart, shutdown_s=1))) as system:
        b = system.registry.ref("b")
        for name in "ac":
            await system.registry.ref(name).call(watch(b))
        if last is not None:
            b.cast(last)
            await settle()
        if restart is Restart.PERMANENT:
            await system.children("top").stop_child("b")
        await trio.sleep(100)
        # Too late for the first notice, in time for one of its own.
        await system.registry.ref("c").call(watch(b))
        await settle()
        assert sorted(heard(stage)) == [f"{name} heard top/b {reason}" for name in "acc"]


@every_schedule
async def test_the_end_of_a_child_whose_pool_gave_up_is_heard_of_too() -> None:
    stage = Stage()
    spec = top(
        PoolSpec("pool", "pool", 9, Intensity(0, 5.0)), stage.puppet("a", kind=Mourner), intensity=FOREVER
    )
    async with open_system(spec) as system:
        ref = await system.registry.pool("pool").whereis_or_start(stage.puppet("x"))
        await system.registry.ref("a").call(watch(ref))
        ref.cast(Crash())
        await settle()
        assert heard(stage) == ["a heard top/pool/x its supervisor stops"]


@every_schedule
async def test_who_watches_the_dead_hears_of_it_at_once() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a", kind=Mourner), stage.puppet("b"))) as system:
        a, b = system.registry.ref("a"), system.registry.ref("b")
        await system.children("top").stop_child("b")
        a.cast(watch(b))
        await settle()
        assert heard(stage) == ["a heard top/b shutdown"]


@every_schedule
async def test_a_notice_that_is_not_wanted_any_more_is_not_read() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a", kind=Mourner), stage.puppet("b"))) as system:
        a, b = system.registry.ref("a"), system.registry.ref("b")
        await a.call(watch(b))
        a.cast(Do(sleeper(1)))
        await settle()
        a.cast(unwatch(b))
        await system.children("top").stop_child("b")
        await trio.sleep(2)
        await a.call(unwatch(b))
        assert heard(stage) == []
        assert system.dead_letters.total == 0


@every_schedule
async def test_who_stopped_watching_in_time_hears_nothing() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a", kind=Mourner), stage.puppet("b"))) as system:
        a, b = system.registry.ref("a"), system.registry.ref("b")
        await a.call(watch(b))
        record = system.dump().actor("top/b")
        assert record is not None
        assert record.watchers == 1
        await a.call(unwatch(b))
        await system.children("top").stop_child("b")
        await settle()
        assert heard(stage) == []


@every_schedule
async def test_a_new_generation_watches_nobody() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a", kind=Mourner), stage.puppet("b"))) as system:
        a, b = system.registry.ref("a"), system.registry.ref("b")
        await a.call(watch(b))
        a.cast(Crash())
        await settle()
        await system.children("top").stop_child("b")
        await settle()
        assert heard(stage) == []


@every_schedule
async def test_the_notice_comes_after_the_last_letter_of_the_dead() -> None:
    stage = Stage()
    dying = stage.puppet("b", restart=Restart.TEMPORARY)
    async with open_system(top(stage.puppet("a", kind=Mourner), dying)) as system:
        a, b = system.registry.ref("a"), system.registry.ref("b")
        await a.call(watch(b))

        def last_words(puppet: Puppet) -> None:
            a.cast(Note("last words"))
            puppet.context.stop()

        b.cast(Do(last_words))
        await settle()
        assert stage.diary[-2:] == ["a last words", "a heard top/b normal"]


@every_schedule
async def test_a_name_is_free_in_the_step_in_which_its_owner_ends() -> None:
    stage = Stage()
    async with open_system(top(PoolSpec("pool", "pool", 9))) as system:
        pool = system.registry.pool("pool")
        started = await pool.start_child(stage.puppet("x", key=("match", 7), restart=Restart.TRANSIENT))
        assert isinstance(started, Started)
        assert system.registry.ref(("match", 7)) is started.ref
        assert started.ref.key == ("match", 7)
        started.ref.cast(Do(stop_self))
        while started.ref.running:  # noqa: ASYNC110  # each step of the scheduler is looked at
            assert system.registry.whereis(("match", 7)) is started.ref
            assert started.ref.path in system.tree.cells
            await trio.lowlevel.checkpoint()
        assert system.registry.whereis(("match", 7)) is None
        assert started.ref.path not in system.tree.cells
        with pytest.raises(NotRunning):
            system.registry.ref(("match", 7))


@every_schedule
async def test_of_two_who_want_a_name_at_once_one_gets_it() -> None:
    stage = Stage()
    outcomes: list[Any] = []
    async with open_system(top(PoolSpec("one", "one", 9), PoolSpec("two", "two", 9))) as system:

        async def claim(pool: str) -> None:
            outcomes.append(
                await system.registry.pool(pool).start_child(stage.puppet(f"in {pool}", key="name"))
            )

        async with trio.open_nursery() as nursery:
            nursery.start_soon(claim, "one")
            nursery.start_soon(claim, "two")
        assert system.registry.keys() == ("name",)
    (failed,) = [outcome for outcome in outcomes if isinstance(outcome, StartFailed)]
    (won,) = [outcome for outcome in outcomes if isinstance(outcome, Started)]
    assert isinstance(failed.error, AlreadyRegistered)
    assert failed.error.path == won.ref.path


@every_schedule
async def test_two_pools_cannot_have_one_name() -> None:
    async with open_system(top(PoolSpec("one", "name", 9))) as system:
        outcome = await system.children("top").start_child(PoolSpec("two", "name", 9))
        assert isinstance(outcome, StartFailed)
        assert isinstance(outcome.error, AlreadyRegistered)
        assert system.registry.pool("name").path == "top/one"


@every_schedule
async def test_a_registry_forgets_only_whom_it_knows() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"), stage.puppet("b"))) as system:
        registry = Registry()
        a, b = system.registry.ref("a"), system.registry.ref("b")
        registry.register("name", a)
        registry.register("name", a)
        registry.unregister("name", b)
        assert registry.whereis("name") is a
        registry.unregister("name", a)
        assert registry.whereis("name") is None


def armed(system: System) -> dict[str, float]:
    record = system.dump().actor("top/a")
    assert record is not None
    return record.timers


@every_schedule
async def test_a_timer_is_a_letter_to_oneself() -> None:
    stage = Stage()

    def arm(puppet: Puppet) -> None:
        timers = puppet.context.timers
        timers.arm("one", 5, Note("one"))
        timers.arm("two", 3, Note("two"))
        assert timers.due("one") == trio.current_time() + 5
        assert timers.due("nothing") is None

    async with open_system(top(stage.puppet("a"))) as system:
        await system.registry.ref("a").call(Do(arm))
        assert armed(system) == {"one": 5, "two": 3}
        await trio.sleep(4)
        assert stage.diary == ["a ready 1", "a two"]
        assert armed(system) == {"one": 1}
        await trio.sleep(4)
        assert stage.diary == ["a ready 1", "a two", "a one"]


@every_schedule
async def test_a_timer_armed_again_is_replaced_and_a_cancelled_one_is_silent() -> None:
    stage = Stage()

    def arm(puppet: Puppet) -> None:
        timers = puppet.context.timers
        timers.arm("one", 5, Note("early"))
        timers.arm("one", 9, Note("late"))
        timers.arm("two", 5, Note("never"))
        timers.cancel("two")
        timers.cancel("nothing")

    async with open_system(top(stage.puppet("a"))) as system:
        await system.registry.ref("a").call(Do(arm))
        await trio.sleep(20)
    assert stage.diary == ["a ready 1", "a late", "a closed"]


@every_schedule
async def test_a_timer_cancelled_when_its_letter_is_in_the_mailbox_is_silent_too() -> None:
    stage = Stage()

    async def late(puppet: Puppet) -> None:
        puppet.context.timers.arm("one", 1, Note("never"))
        await trio.sleep(2)
        assert puppet.context.timers.due("one") is None
        puppet.context.timers.cancel("one")

    async with open_system(top(stage.puppet("a"))) as system:
        await system.registry.ref("a").call(Do(late))
        await settle()
        assert system.dead_letters.total == 0
    assert stage.diary == ["a ready 1", "a closed"]


async def test_alarms_fire_in_order_of_time_then_of_arming(autojump_clock: object) -> None:
    fired: list[str] = []
    alarms = Alarms()
    alarms.at(2.0, Alarm(lambda: fired.append("b")))
    alarms.at(2.0, Alarm(lambda: fired.append("c")))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(alarms.run)
        await settle()
        alarms.at(1.0, Alarm(lambda: fired.append("a")))
        alarms.call_off(off := Alarm(lambda: fired.append("never")))
        alarms.at(1.5, off)
        await trio.sleep(5)
        nursery.cancel_scope.cancel(reason="seen enough")
    assert fired == ["a", "b", "c"]
    assert len(alarms) == 0


def test_alarms_called_off_by_the_thousand_do_not_pile_up() -> None:
    alarms = Alarms()
    kept = Alarm(lambda: None)
    alarms.at(5.0, kept)
    for _ in range(COMPACT_FROM * 4):
        alarms.at(9.0, alarm := Alarm(lambda: None))
        alarms.call_off(alarm)
    assert len(alarms) <= COMPACT_FROM + 2
    assert kept.live


def test_dead_letters_are_bounded_counted_and_logged_without_a_flood(logs: Any) -> None:
    dead = DeadLetters()
    for at in range(KEPT * 2):
        dead.add("top/a", at, Fate.DEAD, at=at / 1000)
    assert len(dead.recent) == KEPT
    assert dead.total == dead.counts[Fate.DEAD] == KEPT * 2
    assert [entry["event"] for entry in logs.entries] == ["letter.died"]
    dead.add("top/a", "answer", Fate.LATE, at=9.0)
    assert len(logs.entries) == 1
    for at in range(MOST_QUIET + 1):
        dead.add(f"top/{at}", at, Fate.DEAD, at=10.0)
    assert len(logs.entries) == 2 + MOST_QUIET


@every_schedule
async def test_a_reader_of_dead_letters_whose_own_letter_dies_is_not_told_of_that_one() -> None:
    stage = Stage()
    told: list[DeadLetter] = []
    async with open_system(top(stage.puppet("a"))) as system:
        ref = system.registry.ref("a")

        def reader(letter: DeadLetter) -> None:
            told.append(letter)
            with pytest.raises(NotRunning):
                ref.cast(Note("about the dead"))

        leave = system.dead_letters.subscribe(reader)
        await system.children("top").stop_child("a")
        with pytest.raises(NotRunning):
            ref.cast(Note("one"))
        assert [letter.message for letter in told] == [Note("one")]
        leave()
        with pytest.raises(NotRunning):
            ref.cast(Note("two"))
        assert len(told) == 1
        assert system.dead_letters.total == 3


@every_schedule
async def test_a_child_that_waits_for_its_next_try_is_already_started() -> None:
    stage = Stage()
    slow = Backoff(base_s=5, cap_s=5, jitter=0)
    async with open_system(top(PoolSpec("pool", "pool", 9, Intensity(3, 5.0)))) as system:
        pool = system.registry.pool("pool")
        ref = await pool.whereis_or_start(stage.puppet("x", backoff=slow))
        ref.cast(Crash())
        await settle()
        assert await pool.start_child(stage.puppet("x")) == AlreadyStarted(ref)
        assert await pool.whereis_or_start(stage.puppet("x")) is ref
        assert repr(ref) == "<ref top/pool/x>"
