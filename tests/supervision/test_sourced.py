"""Law 52 and its kin: state and log never part, whatever is cut, lost, late or away."""

import doctest
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from supervision import (
    Backoff,
    Call,
    EventSourced,
    Folded,
    HandlerFailed,
    Intensity,
    KernelError,
    LogConflict,
    LogFailed,
    MemoryLog,
    PoolSpec,
    Record,
    Reject,
    StartError,
    StartTimeout,
    open_system,
    sourced,
)
from tests.supervision.accounts import (
    Account,
    Balance,
    Deposit,
    Log,
    Moved,
    Reply,
    Short,
    StormyLog,
    Trouble,
    Withdraw,
    account,
    calm,
    crash,
    insist,
    opened,
    recovered,
)
from tests.supervision.stage import FOREVER, BoomError, every_schedule, settle, top


async def failure_of(ref: Any, command: Call[Reply]) -> BaseException | None:
    """What crashed the actor over this command."""
    with pytest.raises(HandlerFailed) as failed:
        await ref.call(command)
    return failed.value.__cause__


@every_schedule
async def test_the_answer_comes_once_the_log_has_said_that_it_is_written() -> None:
    log, said, answers = StormyLog(), trio.Event(), list[Reply]()

    async def ask(ref: Any) -> None:
        answers.append(await ref.call(Deposit(5)))

    async with opened(log) as ref, trio.open_nursery() as nursery:
        log.after = said.wait
        nursery.start_soon(ask, ref)
        await settle()
        assert (log.moved, answers) == ([5], [])
        said.set()
        await settle()
        assert answers == [5]


@every_schedule
async def test_what_was_written_before_a_crash_and_not_answered_counts_and_its_repetition_does_not() -> None:
    log = StormyLog()
    async with opened(log) as ref:
        log.after = crash
        assert isinstance(await failure_of(ref, Deposit(5, "a")), BoomError)
        assert await ref.call(Balance()) == 5
        assert await ref.call(Deposit(5, "a")) == 5
        assert await ref.call(Balance()) == 5
    assert log.moved == [5]


@every_schedule
async def test_a_log_that_fails_stops_the_actor_which_comes_back_with_what_the_log_has() -> None:
    log, born = StormyLog(), list[Account]()
    async with opened(log, born=born) as ref:
        await ref.call(Deposit(1))
        log.before = crash
        began_at = trio.current_time()
        assert isinstance(await failure_of(ref, Deposit(5, "a")), BoomError)
        assert await ref.call(Balance()) == 1
        assert trio.current_time() - began_at >= 0.4, "a restart waits its backoff"
        assert await ref.call(Deposit(5, "a")) == 6
        assert [actor.describe() for actor in born] == ["record 1", "record 2"]


@every_schedule
async def test_a_refusal_by_the_log_is_a_failure_and_not_an_answer() -> None:
    log = StormyLog()

    async def refuse() -> None:
        raise Reject("read only")

    async with opened(log) as ref:
        log.before = refuse
        failure = await failure_of(ref, Deposit(5))
        assert isinstance(failure, LogFailed)
        assert isinstance(failure.__cause__, Reject)
        assert await ref.call(Balance()) == 0


class Impatient(Account):
    """Gives up a part of its own work when told, and lives on."""

    patience = trio.CancelScope()

    async def handle(self, command: Any, /) -> Any:
        with trio.CancelScope() as self.patience:
            return await super().handle(command)


@every_schedule
async def test_an_actor_that_cancels_its_own_work_at_any_checkpoint_still_remembers_what_the_log_has() -> (
    None
):
    for steps in range(10):
        log, born = StormyLog(), list[Account]()
        async with opened(log, born=born, kind=Impatient) as ref:
            ref.cast(Deposit(5, "a"))
            for _ in range(steps):
                await trio.lowlevel.checkpoint()
            (actor,) = born
            assert isinstance(actor, Impatient)
            actor.patience.cancel(reason="a law")
            assert await ref.call(Balance()) == sum(log.moved)
            assert actor.memory == await recovered(log)


@every_schedule
async def test_an_actor_killed_at_any_checkpoint_has_answered_what_it_wrote_and_nothing_else() -> None:
    for steps in range(10):
        log, born, answers = StormyLog(), list[Account](), list[Reply]()

        async def ask(ref: Any, answers: list[Reply] = answers) -> None:
            try:
                answers.append(await ref.call(Deposit(5, "a")))
            except KernelError:
                return

        tree = top(account(log, born=born, shutdown_s=0))
        async with open_system(tree) as system, trio.open_nursery() as nursery:
            nursery.start_soon(ask, system.registry.ref("account"))
            for _ in range(steps):
                await trio.lowlevel.checkpoint()
            await system.children("top").stop_child("account")
        assert answers == log.moved
        assert born[0].memory == await recovered(log)


@every_schedule
async def test_what_is_sent_during_recovery_is_handled_after_it_in_order() -> None:
    log, read, read_again = StormyLog(), trio.Event(), trio.Event()
    log.records = [Record((Moved(100),))]
    log.reading = read.wait
    async with (
        open_system(top(PoolSpec("pool", "pool", 1))) as system,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(system.registry.pool("pool").start_child, account(log))
        await settle()
        ref = system.registry.ref("account")
        for amount in (1, 2, 3):
            ref.cast(Withdraw(amount))
        read.set()
        assert await ref.call(Balance()) == 94
        log.before, log.reading = crash, read_again.wait
        ref.cast(Deposit(1))
        await trio.sleep(1)
        for amount in (4, 5, 6):
            ref.cast(Withdraw(amount))
        read_again.set()
        assert await ref.call(Balance()) == 79
    assert log.moved == [100, -1, -2, -3, -4, -5, -6]


@every_schedule
async def test_of_two_writers_the_stale_one_fails_and_learns_what_the_other_wrote() -> None:
    log, failures = StormyLog(), list[BaseException | None]()

    async def deposit(ref: Any, command: Deposit) -> None:
        try:
            await ref.call(command)
        except HandlerFailed as failed:
            failures.append(failed.__cause__)
            assert await insist(ref, Balance()) == sum(log.moved)
            await insist(ref, command)

    async with open_system(top(account(log, "a"), account(log, "b"))) as system:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(deposit, system.registry.ref("a"), Deposit(1, "one"))
            nursery.start_soon(deposit, system.registry.ref("b"), Deposit(2, "two"))
        assert [type(failure) for failure in failures] == [LogConflict]
    assert sorted(log.moved) == [1, 2]


@every_schedule
async def test_a_stale_writer_answers_questions_from_what_it_remembers_until_it_writes() -> None:
    log = StormyLog()
    async with open_system(top(account(log, "a"), account(log, "b"))) as system:
        stale = system.registry.ref("b")
        await system.registry.ref("a").call(Deposit(1))
        assert await stale.call(Balance()) == 0
        assert isinstance(await failure_of(stale, Deposit(1)), LogConflict)
        assert await stale.call(Balance()) == 1


@every_schedule
async def test_an_append_that_takes_too_long_is_looked_up_before_anything_else_is_done() -> None:
    log = StormyLog()
    async with opened(log) as ref:
        log.before = trio.sleep_forever
        failure = await failure_of(ref, Deposit(1, "never written"))
        assert isinstance(failure, LogFailed)
        assert isinstance(failure.__cause__, trio.TooSlowError)
        assert await ref.call(Balance()) == 0
        log.after = trio.sleep_forever
        assert isinstance(await failure_of(ref, Deposit(2, "written")), LogFailed)
        assert await ref.call(Balance()) == 2
        assert await ref.call(Deposit(1, "never written")) == 3
        assert await ref.call(Deposit(2, "written")) == 2
    assert log.moved == [2, 1]


@every_schedule
async def test_a_stop_waits_for_an_append_that_hangs_no_longer_than_an_append_may_take() -> None:
    log = StormyLog()
    log.before = trio.sleep_forever
    async with open_system(top(account(log, shutdown_s=0))) as system:
        system.registry.ref("account").cast(Deposit(1))
        await settle()
        await system.children("top").stop_child("account")
        assert trio.current_time() == Account.append_s
    assert "unkillable" not in {event.what for event in system.dump().events}


@every_schedule
async def test_an_append_that_lands_after_all_is_not_doubled_by_the_repetition_of_its_command() -> None:
    log = StormyLog()
    async with opened(log) as ref:
        log.before = trio.sleep_forever
        failure = await failure_of(ref, Deposit(5, "a"))
        assert isinstance(failure, LogFailed)
        assert await ref.call(Balance()) == 0
        assert isinstance(failure.record, Record)
        await MemoryLog.append(log, 0, failure.record)
        assert isinstance(await failure_of(ref, Deposit(5, "a")), LogConflict)
        assert await ref.call(Deposit(5, "a")) == 5
    assert log.moved == [5]


@every_schedule
async def test_a_log_that_cannot_be_read_in_time_is_a_start_that_failed() -> None:
    log = StormyLog()
    log.reading = trio.sleep_forever
    with pytest.raises(StartError) as failed:
        async with opened(log, start_timeout_s=3):
            pytest.fail("it cannot have started")
    assert isinstance(failed.value.__cause__, StartTimeout)
    assert trio.current_time() == 3


@every_schedule
async def test_a_log_that_is_away_for_ten_minutes_is_tried_now_and_then_until_it_is_back() -> None:
    for away in (crash, trio.sleep_forever):
        log = StormyLog()
        async with opened(log, backoff=Backoff(base_s=1.0), intensity=Intensity()) as ref:
            log.before, log.reading = crash, away
            ref.cast(Deposit(1))
            await trio.sleep(600)
            ref.cast(Deposit(2))
            log.reading = calm
            await trio.sleep(60)
            assert await ref.call(Balance()) == 2
            assert ref.cell.restarts < 600 / 20 + 5


@every_schedule
async def test_a_repetition_gets_the_first_answer_even_if_it_would_be_decided_otherwise_by_now() -> None:
    log = StormyLog()
    async with opened(log) as ref:
        assert await ref.call(Withdraw(5, "a")) == Short(5)
        assert await ref.call(Deposit(9)) == 9
        assert await ref.call(Deposit(9, "a")) == Short(5), "the key says which command it is"
        assert await ref.call(Withdraw(5, "a")) == Short(5)
        log.after = crash
        await failure_of(ref, Deposit(1))
        assert await ref.call(Withdraw(5, "a")) == Short(5)
        assert await ref.call(Withdraw(5, "b")) == 5


@every_schedule
async def test_what_was_rejected_or_changes_nothing_leaves_no_record() -> None:
    log = StormyLog()
    async with opened(log) as ref:
        with pytest.raises(Reject):
            await ref.call(Withdraw(0, "a"))
        await ref.call(Withdraw(5))
        await ref.call(Balance())
        assert log.records == []
        await ref.call(Deposit(5))
        assert log.records == [Record((Moved(5),))]


class Keyless(Account):
    def key(self, command: Any) -> str | None:
        return EventSourced.key(self, command)


@every_schedule
async def test_without_keys_every_command_is_a_new_one() -> None:
    async with opened(StormyLog(), kind=Keyless) as ref:
        assert [await ref.call(Deposit(1, "a")) for _ in range(3)] == [1, 2, 3]


class Forgetful(Account):
    keys_kept = 2


@every_schedule
async def test_a_command_is_safe_to_repeat_until_as_many_others_came_as_keys_are_kept() -> None:
    log = StormyLog()
    async with opened(log, kind=Forgetful) as ref:
        for key in "abc":
            await ref.call(Deposit(1, key))
        assert [await ref.call(Deposit(1, key)) for key in "bc"] == [2, 3]
        log.before = crash
        await failure_of(ref, Deposit(1))
        assert [await ref.call(Deposit(1, key)) for key in "bca"] == [2, 3, 4]
        assert [await ref.call(Deposit(1, key)) for key in "ca"] == [3, 4]


class Superstitious(Account):
    def evolve(self, balance: int, moved: Moved) -> int:
        if moved.amount == 13:
            raise BoomError("not that one")
        return super().evolve(balance, moved)


@every_schedule
async def test_an_event_that_cannot_be_folded_is_never_written() -> None:
    log = StormyLog()
    async with opened(log, kind=Superstitious) as ref:
        assert isinstance(await failure_of(ref, Deposit(13)), BoomError)
        assert await ref.call(Deposit(1)) == 1
    assert log.moved == [1]


class EagerLog(StormyLog):
    """Lets nobody else have a turn while it is read."""

    async def read(self, after: int, most: int) -> Sequence[Record[Moved, Reply]]:
        return self.records[after : after + most]


async def test_recovery_of_a_hundred_thousand_records_lets_others_have_their_turn(
    autojump_clock: trio.testing.MockClock,
) -> None:
    log, born, seen = EagerLog(), list[Account](), list[int]()
    log.records = [Record((Moved(1),))] * 100_000

    async def neighbour() -> None:
        while not seen or seen[-1] < 100_000:
            seen.append(born[0].memory.number if born else 0)
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(neighbour)
        async with opened(log, born=born) as ref:
            assert await ref.call(Balance()) == 100_000
    assert max(late - early for early, late in pairwise(seen)) <= 2 * sourced.PAGE


KEYS = st.one_of(st.none(), st.sampled_from("abcd"))
AMOUNTS = st.integers(1, 5)
COMMANDS = st.one_of(st.builds(Deposit, AMOUNTS, KEYS), st.builds(Withdraw, AMOUNTS, KEYS))


def played(log: Log, commands: Sequence[Call[Reply]], kind: type[Account]) -> Folded[int, Reply]:
    """What an account remembers after all of it."""

    async def play() -> Folded[int, Reply]:
        born: list[Account] = []
        async with opened(log, born=born, kind=kind) as ref:
            for command in commands:
                await ref.call(command)
        return born[-1].memory

    return trio.run(play, clock=trio.testing.MockClock(autojump_threshold=0))


@given(st.lists(COMMANDS, max_size=20), st.integers(1, 5), st.integers(0, 3))
def test_a_snapshot_and_the_records_after_it_come_to_the_same_as_all_records(
    commands: Sequence[Call[Reply]], every: int, kept: int
) -> None:
    kind = type("Kind", (Account,), {"snapshot_every": every, "keys_kept": kept})
    log, plain = StormyLog(), StormyLog()
    lived = played(log, commands, kind)
    plain.records = log.records
    latest = log.snapshot.number if log.snapshot else 0
    assert latest == len(log.records) // every * every
    for again in (played(log, (), kind), played(plain, (), kind)):
        assert again == lived
        assert list(again.replies.items()) == list(lived.replies.items()), "which is forgotten next"


TROUBLES = st.sampled_from([calm, crash, trio.sleep_forever])


@given(st.lists(st.tuples(COMMANDS, TROUBLES, TROUBLES), max_size=12))
def test_whatever_goes_wrong_a_command_repeated_until_it_is_answered_counts_once(
    story: Sequence[tuple[Deposit | Withdraw, Trouble, Trouble]],
) -> None:
    async def play() -> None:
        log, balance, answers = StormyLog(), 0, dict[str, Reply]()
        async with opened(log, intensity=FOREVER) as ref:
            for at, (command, before, after) in enumerate(story):
                key = command.key or f"only {at}"
                if key not in answers:
                    answers[key] = reply = carried_out(balance, command)
                    balance = balance if isinstance(reply, Short) else reply
                log.before, log.after = before, after
                assert await insist(ref, replace(command, key=key)) == answers[key]
            log.before = log.after = calm
            assert await ref.call(Balance()) == balance == sum(log.moved)

    trio.run(play, clock=trio.testing.MockClock(autojump_threshold=0))


def carried_out(balance: int, command: Deposit | Withdraw) -> Reply:
    """The reply in words of its own, for one who never crashes."""
    after = balance + command.amount if isinstance(command, Deposit) else balance - command.amount
    return after if after >= 0 else Short(-after)


def test_the_example_runs() -> None:
    outcome = doctest.testmod(sourced)
    assert outcome.attempted
    assert not outcome.failed
