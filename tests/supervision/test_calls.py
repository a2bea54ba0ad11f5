"""Laws 36 to 45: calls, casts and mailboxes."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
import trio

from supervision import (
    ActorDied,
    AskCycle,
    Backoff,
    CallTimeout,
    Down,
    Fate,
    HandlerFailed,
    Intensity,
    IntensityReached,
    MailboxFull,
    MailboxSpec,
    NoReply,
    NotRunning,
    Overflow,
    Query,
    Ref,
    Reject,
    ReplyTo,
    Restart,
    Restarting,
    Strategy,
    TooSlow,
    UnknownMessage,
    open_system,
)
from supervision.actor import TURN
from tests.supervision.stage import (
    BoomError,
    Crash,
    Do,
    Note,
    Parent,
    Puppet,
    Stage,
    every_schedule,
    settle,
    sleeper,
    top,
)


@dataclass(frozen=True, slots=True)
class Look(Query[str]):
    """A question without effect."""


class Picky(Puppet):
    """Understands notes and looks only; a note that says so keeps it busy."""

    understands = (Note, Look)

    async def handle(self, message: Any, /) -> object:
        if isinstance(message, Look):
            self.write("looked")
            return "seen"
        if message == Note("busy"):
            await trio.sleep(3)
        return await super().handle(message)


@every_schedule
async def test_an_answer_just_in_time_arrives_and_one_just_too_late_is_counted() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        ref = system.registry.ref("a")

        async def think(puppet: Puppet) -> str:
            await trio.sleep(4.99)
            return f"answer of {puppet.name}"

        assert await ref.call(Do(think), timeout_s=5) == "answer of a"
        with pytest.raises(
            CallTimeout, match=r"top/a did not answer Do within 5 s: busy 5.0 s in Do, queue 0"
        ) as late:
            await ref.call(Do(sleeper(5.01)), timeout_s=5)
        assert type(late.value) is CallTimeout
        assert trio.current_time() == pytest.approx(9.99)
        await trio.sleep(1)
        assert system.dead_letters.counts == {Fate.LATE: 1}
        assert await ref.call(Note("still here")) == "still here"
        assert await ref.call(Do(lambda puppet: puppet.context.generation)) == 1


@every_schedule
async def test_the_deadline_of_a_call_covers_the_time_in_the_mailbox() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        ref = system.registry.ref("a")
        ref.cast(Do(sleeper(60)))
        ref.cast(Note("waits"))
        await settle()
        with pytest.raises(TooSlow, match=r"busy 0.1 s in Do, queue 2"):
            await ref.call(Note("me too"), timeout_s=0.1)
        assert trio.current_time() == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("restart", "queued"), [(Restart.PERMANENT, Restarting), (Restart.TEMPORARY, ActorDied)]
)
@every_schedule
async def test_calls_to_an_actor_that_crashes_all_fail_at_once_and_say_whether_it_comes_back(
    restart: Restart, queued: type[ActorDied]
) -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a", restart=restart))) as system:
        ref = system.registry.ref("a")

        async def leave(_puppet: Puppet) -> None:
            await trio.sleep(1)
            raise BoomError

        async with trio.open_nursery() as nursery:
            nursery.start_soon(fails_at, 1, ref, Do(leave), HandlerFailed, "BoomError()")
            await settle()
            for at in range(3):
                nursery.start_soon(fails_at, 1, ref, Note(str(at)), queued, "crashed: BoomError()")
        await trio.sleep(1)
    assert stage.diary[1:] == (["a ready 2", "a closed"] if restart is Restart.PERMANENT else [])


async def fails_at(at: float, ref: Ref[Any], message: Any, kind: type[Exception], why: str) -> None:
    """Ask, and be told by exactly this error at exactly this time."""
    with pytest.raises(kind) as error:
        await ref.call(message)
    assert type(error.value) is kind
    assert why in str(error.value)
    assert trio.current_time() == pytest.approx(at)


@every_schedule
async def test_calls_to_an_actor_that_ends_itself_fail_at_once() -> None:
    stage = Stage()

    async def leave(puppet: Puppet) -> None:
        await trio.sleep(1)
        puppet.context.stop()

    async with open_system(top(stage.puppet("a", restart=Restart.TRANSIENT))) as system:
        ref = system.registry.ref("a")
        async with trio.open_nursery() as nursery:
            ref.cast(Do(leave))
            await settle()
            nursery.start_soon(fails_at, 1, ref, Note("queued"), ActorDied, "normal")
        with pytest.raises(NotRunning):
            await ref.call(Note("too late"))
    assert stage.diary == ["a ready 1", "a closed"]


@every_schedule
async def test_calls_to_an_actor_that_falls_with_another_fail_when_its_letter_in_hand_is_done() -> None:
    stage = Stage()
    async with open_system(top(*map(stage.puppet, "ab"), strategy=Strategy.ONE_FOR_ALL)) as system:
        a, b = system.registry.ref("a"), system.registry.ref("b")
        answers: list[Any] = []

        async def ask() -> None:
            answers.append(await b.call(Do(sleeper(2))))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask)
            await settle()
            nursery.start_soon(fails_at, 2, b, Note("queued"), Restarting, "shutdown")
            await trio.sleep(1)
            a.cast(Crash())
        assert answers == [None]
        assert await b.call(Do(lambda puppet: puppet.context.generation)) == 2
    assert "b queued" not in stage.diary


@pytest.mark.parametrize("restart", [Restart.PERMANENT, Restart.TEMPORARY])
@every_schedule
async def test_a_call_in_hand_when_its_actor_is_killed_fails_at_once(restart: Restart) -> None:
    stage = Stage()
    child = stage.puppet("b", restart=restart, shutdown_s=0)
    async with open_system(top(stage.puppet("a"), child, strategy=Strategy.ONE_FOR_ALL)) as system:
        a, b = system.registry.ref("a"), system.registry.ref("b")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(fails_at, 1, b, Do(sleeper(100)), ActorDied, "killed")
            await trio.sleep(1)
            a.cast(Crash())


@every_schedule
async def test_calls_that_wait_for_a_next_try_fail_at_once_when_it_is_called_off() -> None:
    stage = Stage()
    slow = Backoff(base_s=50, cap_s=50, jitter=0)
    async with open_system(top(stage.puppet("a", backoff=slow))) as system:
        ref = system.registry.ref("a")
        ref.cast(Crash())
        await settle()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(fails_at, 1, ref, Note("queued"), ActorDied, "shutdown")
            await trio.sleep(1)
            await system.children("top").stop_child("a")


@every_schedule
async def test_an_expired_query_is_not_carried_out_but_a_call_is_exactly_once() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a", kind=Picky))) as system:
        ref: Ref[Any] = system.registry.ref("a")

        async def leave(message: Any) -> None:
            with trio.move_on_after(1) as scope:
                await ref.call(message)
            assert scope.cancelled_caught

        async def give_up(message: Any) -> None:
            with pytest.raises(TooSlow):
                await ref.call(message, timeout_s=1)

        async with trio.open_nursery() as nursery:
            ref.cast(Note("busy"))
            await settle()
            nursery.start_soon(leave, Look())
            nursery.start_soon(give_up, Look())
            nursery.start_soon(leave, Note("command of one who left"))
            nursery.start_soon(give_up, Note("command of one who gave up"))
        await trio.sleep(10)
        assert stage.diary.count("a looked") == 0
        assert stage.diary.count("a command of one who left") == 1
        assert stage.diary.count("a command of one who gave up") == 1
        assert await ref.call(Look(), timeout_s=1) == "seen"
        record = system.dump().actor("top/a")
        assert record is not None
        assert (record.expired, record.handled) == (2, 4)
        assert system.dead_letters.counts == {Fate.EXPIRED: 2, Fate.LATE: 2}


@every_schedule
async def test_an_actor_that_asks_somebody_who_waits_for_it_is_told_at_once_whose_circle_it_is() -> None:
    stage = Stage()
    seen: list[AskCycle] = []
    async with open_system(top(*map(stage.puppet, "abc"))) as system:
        a, b, c = (system.registry.ref(name) for name in "abc")

        async def close_the_circle(_puppet: Puppet) -> None:
            with pytest.raises(AskCycle, match="top/c -> top/a -> top/b -> top/c") as cycle:
                await a.call(Note("never"))
            seen.append(cycle.value)

        await a.call(Do(lambda _: b.call(Do(lambda _: c.call(Do(close_the_circle))))))
        assert seen[0].chain == ("top/c", "top/a", "top/b", "top/c")
        assert trio.current_time() == 0
        assert system.dump().deadlocks == ()


@every_schedule
async def test_two_that_ask_each_other_cannot_both_wait_and_the_second_is_told_the_chain() -> None:
    stage = Stage()
    chains: list[tuple[str, ...]] = []
    async with open_system(top(*map(stage.puppet, "ab"))) as system:
        a, b = system.registry.ref("a"), system.registry.ref("b")

        async def ask_back(_puppet: Puppet) -> str:
            try:
                await a.call(Note("never"))
            except AskCycle as cycle:
                chains.append(cycle.chain)
            return "unharmed"

        assert await a.call(Do(lambda _: b.call(Do(ask_back)))) == "unharmed"
        assert chains == [("top/b", "top/a", "top/b")]
        assert trio.current_time() == 0
        # The circle is open again: the same call is fine once nobody waits for it.
        assert await b.call(Do(lambda _: a.call(Note("now")))) == "now"


@every_schedule
async def test_an_actor_that_asks_itself_is_told_at_once() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        ref = system.registry.ref("a")
        with pytest.raises(HandlerFailed) as failed:
            await ref.call(Do(lambda _: ref.call(Note("me"))))
        assert isinstance(failed.value.__cause__, AskCycle)
        assert failed.value.__cause__.chain == ("top/a", "top/a")
        assert trio.current_time() == 0
        with pytest.raises(HandlerFailed) as failed:
            await ref.call(Do(lambda _: ref.send(Note("me"))))
        assert isinstance(failed.value.__cause__, AskCycle)


@every_schedule
async def test_a_task_of_the_actors_own_may_ask_it() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a", kind=Parent))) as system:
        ref = system.registry.ref("a")
        await ref.call(Do(lambda puppet: puppet.context.tasks.start_soon(ref.call, Note("from within"))))
        await settle()
    assert "a from within" in stage.diary


@every_schedule
async def test_a_full_mailbox_rejects() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a", mailbox=MailboxSpec(4)))) as system:
        ref = system.registry.ref("a")
        await fill(ref, 4)
        with pytest.raises(MailboxFull, match=r"full mailbox \(4\)") as full:
            ref.cast(Note("5"))
        assert full.value.message == Note("5")
        with pytest.raises(MailboxFull):
            await ref.call(Note("5"))
        await trio.sleep(2)
        assert stage.diary[1:] == ["a 1", "a 2", "a 3", "a 4"]
        assert system.dead_letters.counts == {Fate.FULL: 2}


async def fill(ref: Ref[Any], count: int) -> None:
    ref.cast(Do(sleeper(1)))
    await settle()
    for at in range(1, count + 1):
        ref.cast(Note(str(at)))


@every_schedule
async def test_a_full_mailbox_may_drop_the_oldest_and_its_asker_hears_of_it() -> None:
    stage = Stage()
    spec = MailboxSpec(3, Overflow.DROP_OLDEST)
    async with open_system(top(stage.puppet("a", mailbox=spec))) as system:
        ref = system.registry.ref("a")
        ref.cast(Do(sleeper(1)))
        await settle()

        async def ask() -> None:
            with pytest.raises(MailboxFull):
                await ref.call(Note("asked"))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask)
            await settle()
            for at in range(4):
                ref.cast(Note(str(at)))
        await trio.sleep(2)
        assert stage.diary[1:] == ["a 1", "a 2", "a 3"]
        assert [dead.message for dead in system.dead_letters.recent] == [Note("asked"), Note("0")]
        record = system.dump().actor("top/a")
        assert record is not None
        assert record.mailbox is not None
        assert (record.mailbox.dropped, record.mailbox.peak) == (2, 3)


@every_schedule
async def test_a_letter_on_its_way_to_an_idle_reader_cannot_be_dropped_for_others() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a", mailbox=MailboxSpec(1, Overflow.DROP_OLDEST)))) as system:
        ref = system.registry.ref("a")
        box = ref.cell.mailbox
        assert box is not None
        await settle()
        for at in range(4):
            ref.cast(Note(str(at)))
        assert box.waiting == 2
        await settle()
        assert stage.diary == ["a ready 1", "a 0", "a 3"]
        assert [dead.message for dead in system.dead_letters.recent] == [Note("1"), Note("2")]
        assert box.waiting == 0


@every_schedule
async def test_a_full_mailbox_may_drop_the_newest() -> None:
    stage = Stage()
    spec = MailboxSpec(2, Overflow.DROP_NEWEST)
    async with open_system(top(stage.puppet("a", mailbox=spec))) as system:
        ref = system.registry.ref("a")
        await fill(ref, 3)
        await trio.sleep(2)
        assert stage.diary[1:] == ["a 1", "a 2"]
        assert [dead.message for dead in system.dead_letters.recent] == [Note("3")]


@pytest.mark.parametrize("overflow", [Overflow.DROP_OLDEST, Overflow.DROP_NEWEST])
@every_schedule
async def test_a_call_that_a_full_mailbox_drops_is_told_so_and_leaves_nothing_behind(
    overflow: Overflow,
) -> None:
    stage = Stage()

    async def arm_and_sleep(puppet: Puppet) -> None:
        puppet.context.timers.arm("fills the mailbox", 0.5, Note("timer"))
        await trio.sleep(5)

    async with open_system(top(stage.puppet("a", mailbox=MailboxSpec(1, overflow)))) as system:
        ref = system.registry.ref("a")
        ref.cast(Do(arm_and_sleep))
        await trio.sleep(1)
        await fails_at(1, ref, Note("asked"), MailboxFull, "full mailbox (1)")
        assert not ref.cell.pending
        assert system.dead_letters.counts == {Fate.FULL: 1}
        await trio.sleep(5)
    assert stage.diary == ["a ready 1", "a timer", "a closed"]


@pytest.mark.parametrize("overflow", list(Overflow))
@every_schedule
async def test_the_end_of_another_a_timer_and_a_stop_pass_a_full_mailbox(overflow: Overflow) -> None:
    stage = Stage()

    class Mourner(Puppet):
        async def handle(self, message: Any, /) -> object:
            if isinstance(message, Down):
                self.write(f"heard of {message.path}")
                return None
            return await super().handle(message)

    mourner = stage.puppet("a", kind=Mourner, mailbox=MailboxSpec(4, overflow))
    async with open_system(top(mourner, stage.puppet("b"))) as system:
        a, b = system.registry.ref("a"), system.registry.ref("b")

        async def watch_and_sleep(puppet: Puppet) -> None:
            puppet.context.watch(b)
            puppet.context.timers.arm("one", 1, Note("timer"))
            await trio.sleep(3)

        a.cast(Do(watch_and_sleep))
        await settle()
        for at in range(4):
            a.cast(Note(str(at)))
        await system.children("top").stop_child("b")
        await trio.sleep(2)
        await system.children("top").stop_child("a")
    own = [line for line in stage.diary if line.startswith("a ")]
    assert own == ["a ready 1", "a 0", "a 1", "a 2", "a 3", "a heard of top/b", "a timer", "a closed"]
    assert system.dead_letters.total == 0


@pytest.mark.parametrize("overflow", list(Overflow))
@every_schedule
async def test_a_letter_to_a_mailbox_that_is_drained_is_refused_however_full_it_is(
    overflow: Overflow,
) -> None:
    stage = Stage()

    async def arm_and_sleep(puppet: Puppet) -> None:
        for at in range(2):
            puppet.context.timers.arm(f"timer {at}", 1, Note(f"timer {at}"))
        await trio.sleep(3)

    async with open_system(top(stage.puppet("a", mailbox=MailboxSpec(1, overflow)))) as system:
        ref = system.registry.ref("a")
        ref.cast(Do(arm_and_sleep))
        await settle()
        ref.cast(Note("first"))
        await trio.sleep(2)
        system.stop()
        await settle()
        with pytest.raises(NotRunning):
            ref.cast(Note("too late"))
        with pytest.raises(NotRunning):
            await ref.call(Note("too late"))
    assert stage.diary == ["a ready 1", "a first", "a timer 0", "a timer 1", "a closed"]
    assert system.dead_letters.counts == {Fate.DEAD: 2}


@pytest.mark.parametrize("overflow", list(Overflow))
@every_schedule
async def test_timers_pass_a_full_mailbox_and_are_never_dropped_for_others(overflow: Overflow) -> None:
    stage = Stage()

    async def arm_and_sleep(puppet: Puppet) -> None:
        for at in range(3):
            puppet.context.timers.arm(f"t{at}", 0.1 * at, Note(f"timer {at}"))
        await trio.sleep(2)

    async with open_system(top(stage.puppet("a", mailbox=MailboxSpec(2, overflow)))) as system:
        ref = system.registry.ref("a")
        ref.cast(Do(arm_and_sleep))
        await settle()
        await trio.sleep(0.05)
        ref.cast(Note("1"))
        await trio.sleep(1)
        for at in range(2, 5):
            try:
                ref.cast(Note(str(at)))
            except MailboxFull:
                assert overflow is Overflow.REJECT
        await trio.sleep(3)
        told = [line.removeprefix("a ") for line in stage.diary[1:]]
        assert [line for line in told if line.startswith("timer")] == ["timer 0", "timer 1", "timer 2"]
        assert len(told) == 4


@every_schedule
async def test_letters_of_one_sender_arrive_in_the_order_they_were_sent() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a", mailbox=MailboxSpec(1000)))) as system:
        ref = system.registry.ref("a")

        async def send(name: str) -> None:
            for at in range(50):
                ref.cast(Note(f"{name}{at}"))
                if at % 7 == 0:
                    await trio.lowlevel.checkpoint()

        async with trio.open_nursery() as nursery:
            for name in "xyz":
                nursery.start_soon(send, name)
        await settle()
    for name in "xyz":
        own = [line for line in stage.diary if line.startswith(f"a {name}")]
        assert own == [f"a {name}{at}" for at in range(50)]


@every_schedule
async def test_a_cast_never_waits_for_its_reader() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        for at in range(100):
            system.registry.ref("a").cast(Note(str(at)))
        assert stage.diary == ["a ready 1"]


@every_schedule
async def test_an_actor_with_many_letters_gives_way_after_a_turn_of_them() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a", mailbox=MailboxSpec(1000)))) as system:
        for at in range(200):
            system.registry.ref("a").cast(Note(str(at)))
        read = [len(stage.diary)]
        while read[-1] < 201:
            await trio.lowlevel.checkpoint()
            read.append(len(stage.diary))
        # Two turns at most between two of this task: the last of one round and the first of the next.
        assert TURN <= max(later - before for before, later in pairwise(read)) <= 2 * TURN


@every_schedule
async def test_a_sender_that_is_no_actor_may_wait_for_room() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a", mailbox=MailboxSpec(1)))) as system:
        ref = system.registry.ref("a")
        await fill(ref, 1)
        with pytest.raises(MailboxFull):
            await ref.send(Note("impatient"), timeout_s=0.5)
        await ref.send(Note("patient"))
        assert trio.current_time() == 1
        await settle()
        assert stage.diary[1:] == ["a 1", "a patient"]
        await fill(ref, 1)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(refused, ref)
            await settle()
            nursery.start_soon(system.children("top").stop_child, "a")
    record = system.dump().actor("top/a")
    assert record is not None
    assert record.mailbox is not None
    assert record.mailbox.length == 0


async def refused(ref: Ref[Any]) -> None:
    with pytest.raises(NotRunning):
        await ref.send(Note("too late"))


@every_schedule
async def test_an_unknown_message_is_told_to_the_asker_or_dead_and_the_actor_lives() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"), stage.puppet("b", kind=Picky))) as system:
        for name in "ab":
            ref: Ref[Any] = system.registry.ref(name)
            with pytest.raises(UnknownMessage) as unknown:
                await ref.call(3)  # type: ignore[arg-type]
            assert unknown.value.path == f"top/{name}"
            ref.cast(3)
            await settle()
            assert [dead.fate for dead in system.dead_letters.recent] == [Fate.UNKNOWN]
            system.dead_letters.recent.clear()
            record = system.dump().actor(f"top/{name}")
            assert record is not None
            assert record.generation == 1


@every_schedule
async def test_not_being_understood_by_another_is_the_askers_own_mistake() -> None:
    stage = Stage()
    async with open_system(top(*map(stage.puppet, "ab"))) as system:
        a, b = system.registry.ref("a"), system.registry.ref("b")
        with pytest.raises(HandlerFailed) as failed:
            await a.call(Do(lambda _: b.call(3)))  # type: ignore[arg-type]
        assert isinstance(failed.value.__cause__, UnknownMessage)


class TakenError(Reject):
    """A refusal of a program's own."""


@every_schedule
async def test_a_crash_over_a_call_reaches_the_caller_and_the_supervisor() -> None:
    stage = Stage()

    def explode(_puppet: Puppet) -> None:
        raise BoomError("over this")

    async with open_system(top(stage.puppet("a"), intensity=Intensity(0, 5.0))) as system:
        ref = system.registry.ref("a")
        with pytest.raises(HandlerFailed) as failed:
            await ref.call(Do(explode))
        with pytest.raises(IntensityReached) as reached:
            await system.wait()
        assert failed.value.__cause__ is reached.value.__cause__
        assert isinstance(failed.value.__cause__, BoomError)


@every_schedule
async def test_a_rejection_reaches_the_caller_only() -> None:
    stage = Stage()

    def reject(_puppet: Puppet) -> None:
        raise TakenError("somebody was first")

    async with open_system(top(stage.puppet("a"))) as system:
        ref = system.registry.ref("a")
        with pytest.raises(TakenError, match="somebody was first"):
            await ref.call(Do(reject))
        ref.cast(Do(reject))
        assert await ref.call(Do(lambda puppet: puppet.context.generation)) == 1
        assert [dead.fate for dead in system.dead_letters.recent] == [Fate.REJECTED]


def keep(puppet: Puppet) -> None:
    puppet.memory.append(puppet.context.defer())


@every_schedule
async def test_an_answer_can_be_given_later_and_only_once() -> None:
    stage = Stage()
    answers: dict[float, Any] = {}

    def answer_all(puppet: Puppet) -> None:
        first, second = puppet.memory
        first.answer("late")
        first.answer("ignored")
        first.fail(BoomError())
        second.fail(TakenError())
        second.fail(BoomError())

    async with open_system(top(stage.puppet("a"))) as system:
        ref = system.registry.ref("a")

        async def ask(delay_s: float) -> None:
            await trio.sleep(delay_s)
            try:
                answers[delay_s] = await ref.call(Do(keep))
            except TakenError as error:
                answers[delay_s] = error

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask, 0)
            nursery.start_soon(ask, 1)
            await trio.sleep(2)
            record = system.dump().actor("top/a")
            assert record is not None
            assert record.deferred == 2
            await ref.call(Do(answer_all))
    assert answers[0] == "late"
    assert isinstance(answers[1], TakenError)


@every_schedule
async def test_an_answer_that_is_never_given_is_no_reply_when_the_actor_ends() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        ref = system.registry.ref("a")

        async def ask(kind: type[Exception]) -> None:
            with pytest.raises(kind):
                await ref.call(Do(keep))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask, ActorDied)
            await settle()
            ref.cast(Crash())
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask, NoReply)
            await settle()
            system.stop()


@every_schedule
async def test_an_answer_kept_before_a_rejection_is_still_owed() -> None:
    stage = Stage()

    def keep_and_reject(puppet: Puppet) -> None:
        keep(puppet)
        raise TakenError

    def pay(puppet: Puppet) -> None:
        reply: ReplyTo = puppet.memory[0]
        reply.answer("paid")

    async with open_system(top(stage.puppet("a"))) as system:
        ref = system.registry.ref("a")
        answers: list[Any] = []

        async def ask() -> None:
            answers.append(await ref.call(Do(keep_and_reject)))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask)
            await settle()
            await ref.call(Do(pay))
    assert answers == ["paid"]


@every_schedule
async def test_a_cancelled_call_is_no_call_if_it_was_cancelled_before() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        with trio.CancelScope() as scope:
            scope.cancel(reason="the test says so")
            await system.registry.ref("a").call(Note("never sent"))
        await settle()
    assert stage.diary == ["a ready 1", "a closed"]


@every_schedule
async def test_thousands_of_calls_leave_no_deadlines_behind() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        ref = system.registry.ref("a")
        for at in range(1500):
            await ref.call(Note(str(at)), timeout_s=1000)
        assert len(system.tree.post.alarms) < 1100


@every_schedule
async def test_who_is_waited_for_shows_in_the_error_of_a_call_that_came_too_late() -> None:
    stage = Stage()
    async with open_system(top(*map(stage.puppet, "ab"))) as system:
        a, b = system.registry.ref("a"), system.registry.ref("b")
        with pytest.raises(
            CallTimeout,
            match=r"asking 2\.0 s in Do, queue 0 of 256, "
            r"waiting on top/b for 2\.0 s, 3\.0 s left, at .*\.py:\d+ \[",
        ):
            await a.call(Do(lambda _: b.call(Do(sleeper(3)))), timeout_s=2)
        assert "waiting on top/b" in system.dump().tree()
