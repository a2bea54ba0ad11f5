"""Two at once: exactly one of them wins, in PostgreSQL and in the fake."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio

from actors.ports import DuplicateReplay, Joined, JoinRefusal, Refused, ReplayRow, Saved, Stale, Store
from actors.rules.match import Abort, Confirm, Report, decide
from actors.rules.report import Claim
from tests.storage.cast import (
    ACCEPTED,
    ALICE,
    BOB,
    BW,
    EVE,
    HERE,
    MOD,
    NOON,
    SC2,
    SETTINGS,
    both_wait,
    facts,
    later,
    live,
    paired,
    profile,
    proposal,
    queue,
    saves,
    settle_in,
    step,
)

T = TypeVar("T")


async def at_once(*works: Callable[[], Awaitable[T]]) -> list[T | Exception]:
    """What each answered or raised, in the order given."""
    answers: dict[int, T | Exception] = {}

    async def run(index: int, work: Callable[[], Awaitable[T]]) -> None:
        try:
            answers[index] = await work()
        except Stale as error:
            answers[index] = error

    async with trio.open_nursery() as contenders:
        for index, work in enumerate(works):
            contenders.start_soon(run, index, work)
    return [answers[index] for index in range(len(works))]


async def test_of_many_joins_at_once_one_enters(store: Store) -> None:
    await settle_in(store, ALICE, bw=BW)
    answers = await at_once(*[lambda: store.join(ALICE, HERE, NOON) for _ in range(6)])
    refused = Refused(JoinRefusal.ALREADY_QUEUED)
    assert [answer for answer in answers if isinstance(answer, Refused)] == [refused] * 5
    assert sum(isinstance(answer, Joined) for answer in answers) == 1
    assert len(await store.waiting()) == 1


async def test_of_two_pairings_of_one_player_one_is_made(store: Store) -> None:
    first = await both_wait(store)
    await settle_in(store, EVE, sc2=SC2)
    second = proposal(first.bw, await queue(store, EVE, later(6)))
    answers = await at_once(lambda: store.pair(first, later(10)), lambda: store.pair(second, later(10)))
    assert sum(isinstance(answer, Saved) for answer in answers) == 1
    assert len(await store.open_matches()) == 1
    assert len(await store.waiting()) == 1


async def test_who_leaves_while_being_paired_is_out_of_the_queue_or_in_the_match_never_both(
    store: Store,
) -> None:
    drawn = await both_wait(store)

    async def leave() -> bool:
        return await store.leave(BOB, later(9)) is not None

    async def pair() -> bool:
        return await store.pair(drawn, later(9)) is not None

    left, made = await at_once(leave, pair)
    assert left is not made
    assert BOB not in [member.player for member in await store.waiting()]
    assert len(await store.open_matches()) == int(bool(made))


async def test_of_two_settlements_one_counts(store: Store) -> None:
    match = await live(store)
    match = (await step(store, match, Report(ALICE, Claim.WON), later(100))).match
    save = saves(decide(match, Report(BOB, Claim.LOST), later(110), SETTINGS))
    answers = await at_once(
        lambda: store.save_match(save, later(110)), lambda: store.save_match(save, later(110))
    )
    assert sum(isinstance(answer, Saved) for answer in answers) == 1
    assert sum(isinstance(answer, Stale) for answer in answers) == 1
    assert (await store.player(ALICE, "x", NOON)).ratings == {BW: 1520}


async def test_an_abort_and_a_confirmation_at_once_leave_one_truth(store: Store) -> None:
    match = (await paired(store)).match
    abort = saves(decide(match, Abort(ALICE, sure=True), later(20), SETTINGS))
    confirm = saves(decide(match, Confirm(BOB), later(20), SETTINGS))
    answers = await at_once(
        lambda: store.save_match(abort, later(20)), lambda: store.save_match(confirm, later(20))
    )
    (winner,) = [answer for answer in answers if isinstance(answer, Saved)]
    assert await store.match(match.id) == winner.match


async def test_two_uploads_of_one_file_at_once_are_one_upload(store: Store) -> None:
    match = await live(store)
    answers = await at_once(
        lambda: store.save_replay(match.id, ALICE, facts(), ACCEPTED, later(95)),
        lambda: store.save_replay(match.id, BOB, facts(), ACCEPTED, later(95)),
    )
    first, second = answers
    assert isinstance(first, ReplayRow)
    assert isinstance(second, ReplayRow)
    assert await store.replays_of(match.id) == (second,) == (first,)


async def test_of_two_matches_that_one_file_would_settle_at_once_one_is_settled(
    store: Store,
) -> None:
    first = await live(store)
    await settle_in(store, MOD, bw=BW)
    await settle_in(store, EVE, sc2=SC2)
    saved = await store.pair(proposal(await queue(store, MOD), await queue(store, EVE)), later(20))
    assert saved is not None
    second = await live(store, saved.match)
    answers = await at_once(
        lambda: store.save_replay(first.id, ALICE, facts(), ACCEPTED, later(95)),
        lambda: store.save_replay(second.id, MOD, facts(), ACCEPTED, later(95)),
    )
    (row,) = [answer for answer in answers if isinstance(answer, ReplayRow)]
    assert DuplicateReplay(row.match) in answers


async def test_of_two_players_who_want_a_name_one_gets_it(store: Store) -> None:
    for player in (ALICE, BOB):
        await store.player(player, "x", NOON)
    wanted = profile(ALICE)
    answers = await at_once(
        lambda: store.save_profile(ALICE, wanted, NOON), lambda: store.save_profile(BOB, wanted, NOON)
    )
    assert sorted(map(bool, answers)) == [False, True]


async def test_a_first_contact_twice_at_once_is_one_player(store: Store) -> None:
    one, other = await at_once(
        lambda: store.player(ALICE, "alice", NOON), lambda: store.player(ALICE, "alice", NOON)
    )
    assert one == other
