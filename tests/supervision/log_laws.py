"""What a log promises to an event-sourced actor: laws for any log, each played with two handles of it."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import pytest
import trio

from supervision import Folded, LogConflict, Receipt, Record
from tests.supervision.accounts import Account, Balance, Deposit, Log, Moved, Reply, Short, insist, opened

Law: TypeAlias = Callable[[Log, Log], Awaitable[None]]

DEPOSIT: Record[Moved, Reply] = Record((Moved(5), Moved(-1)), Receipt("a", 4))
REFUSAL: Record[Moved, Reply] = Record((), Receipt("b", Short(2)))
TWO: Folded[int, Reply] = Folded(2, 4, {"a": 4, "b": Short(2)})


async def fill(log: Log, most: int) -> list[Record[Moved, Reply]]:
    """Append some records and say which."""
    records: list[Record[Moved, Reply]] = [Record((Moved(at),)) for at in range(most)]
    for at, record in enumerate(records):
        await log.append(at, record)
    return records


async def write(log: Log, record: Record[Moved, Reply], snapshot: Folded[int, Reply] | None = None) -> bool:
    """Append the first record; False if there is one."""
    try:
        await log.append(0, record, snapshot)
    except LogConflict:
        return False
    return True


async def an_empty_log_has_no_snapshot_and_no_record(log: Log, other: Log) -> None:
    assert await log.latest() is None
    assert list(await log.read(0, 9)) == []


async def what_one_handle_wrote_another_reads_as_it_was(log: Log, other: Log) -> None:
    await log.append(0, DEPOSIT)
    await log.append(1, REFUSAL, TWO)
    assert list(await other.read(0, 9)) == [DEPOSIT, REFUSAL]
    latest = await other.latest()
    assert latest == TWO
    assert list(latest.replies) == list(TWO.replies)


async def records_are_read_in_order_from_any_number_and_in_pages(log: Log, other: Log) -> None:
    records = await fill(log, 7)
    for after in range(9):
        for most in (1, 3, 9):
            assert list(await other.read(after, most)) == records[after : after + most]


async def the_newest_snapshot_is_the_one_that_is_found(log: Log, other: Log) -> None:
    await fill(log, 1)
    await log.append(1, REFUSAL, TWO)
    await log.append(2, DEPOSIT)
    assert await other.latest() == TWO
    newer: Folded[int, Reply] = Folded(4, 8, {})
    await log.append(3, DEPOSIT, newer)
    assert await other.latest() == newer


async def an_append_that_does_not_follow_the_last_record_is_refused_and_leaves_nothing(
    log: Log, other: Log
) -> None:
    records = await fill(log, 3)
    for after in (0, 2, 4):
        with pytest.raises(LogConflict):
            await other.append(after, DEPOSIT, Folded(after + 1, 0, {}))
    assert list(await log.read(0, 9)) == records
    assert await log.latest() is None
    await other.append(3, DEPOSIT)


async def of_many_who_append_at_once_one_gets_the_number(log: Log, other: Log) -> None:
    won: list[Record[Moved, Reply]] = []

    async def compete(handle: Log, record: Record[Moved, Reply]) -> None:
        if await write(handle, record):
            won.append(record)

    async with trio.open_nursery() as writers:
        for amount in range(10):
            writers.start_soon(compete, (log, other)[amount % 2], Record((Moved(amount),)))
    assert len(won) == 1
    assert list(await log.read(0, 9)) == won


async def an_append_given_up_is_written_whole_or_not_at_all(log: Log, other: Log) -> None:
    snapshot: Folded[int, Reply] = Folded(1, 4, {})
    for steps in range(5):
        async with trio.open_nursery() as writers:
            writers.start_soon(write, log, DEPOSIT, snapshot)
            for _ in range(steps):
                await trio.lowlevel.checkpoint()
            writers.cancel_scope.cancel(reason="a law")
    await write(other, DEPOSIT, snapshot)
    assert list(await other.read(0, 9)) == [DEPOSIT]
    assert await other.latest() == snapshot


class Snapping(Account):
    append_s = 30.0  # a busy machine is no fault of the log's
    snapshot_every = 3


async def an_account_kept_in_it_survives_its_actor_with_money_and_answers(log: Log, other: Log) -> None:
    async with opened(log, kind=Snapping) as ref:
        for at in range(1, 6):
            assert await insist(ref, Deposit(1, str(at))) == at
    async with opened(other, kind=Snapping, backoff=None) as ref:
        assert [await insist(ref, Deposit(1, str(at))) for at in range(1, 7)] == [1, 2, 3, 4, 5, 6]
        await log.append(6, Record((Moved(100),)))
        assert await insist(ref, Deposit(1, "7")) == 107
        assert await insist(ref, Balance()) == 107


LAWS: tuple[Law, ...] = (
    an_empty_log_has_no_snapshot_and_no_record,
    what_one_handle_wrote_another_reads_as_it_was,
    records_are_read_in_order_from_any_number_and_in_pages,
    the_newest_snapshot_is_the_one_that_is_found,
    an_append_that_does_not_follow_the_last_record_is_refused_and_leaves_nothing,
    of_many_who_append_at_once_one_gets_the_number,
    an_append_given_up_is_written_whole_or_not_at_all,
    an_account_kept_in_it_survives_its_actor_with_money_and_answers,
)
