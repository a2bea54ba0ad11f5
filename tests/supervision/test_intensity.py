"""Laws 19 to 27: budgets, delays, and giving up."""

import math
from itertools import pairwise

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from supervision import (
    Backoff,
    Event,
    Intensity,
    IntensityReached,
    Pool,
    PoolSpec,
    Restart,
    Strategy,
    SupervisorSpec,
    System,
    open_system,
)
from supervision.intensity import Budget
from supervision.strategy import fallen
from tests.supervision.stage import (
    FOREVER,
    BoomError,
    Crash,
    Do,
    Hooks,
    Note,
    Puppet,
    Stage,
    every_schedule,
    fail_from,
    settle,
    sleeper,
    top,
)

THREE = Intensity(3, 5.0)


async def crash(system: System, name: str, times: int = 1) -> None:
    for _ in range(times):
        system.registry.ref(name).cast(Crash(f"{name} at {trio.current_time()}"))
        await settle()


@every_schedule
async def test_the_fourth_crash_in_five_seconds_stops_the_children_from_the_right_and_the_supervisor() -> (
    None
):
    stage = Stage()
    with pytest.raises(IntensityReached, match="top gave up: top/b") as reached:  # noqa: PT012 - the block is the law
        async with open_system(top(*map(stage.puppet, "abc"), intensity=THREE)) as system:
            for _ in range(3):
                await crash(system, "b")
                await trio.sleep(1)
            assert stage.diary[-1] == "b ready 4"
            stage.diary.clear()
            await trio.sleep(2)  # the first crash is five seconds old: still inside the window
            await crash(system, "b")
            assert stage.diary == ["c closed", "a closed"]
            await system.wait()
    assert isinstance(reached.value.__cause__, BoomError)
    assert str(reached.value.__cause__) == "b at 5.0"
    assert (reached.value.offender, reached.value.reason) == ("top/b", "BoomError('b at 5.0')")


@every_schedule
async def test_a_tree_that_gave_up_unseen_is_told_at_the_end_of_the_block() -> None:
    stage = Stage()
    with pytest.raises(IntensityReached):
        async with open_system(top(stage.puppet("a"), intensity=Intensity(0, 1.0))) as system:
            await crash(system, "a")


@every_schedule
async def test_a_fourth_crash_when_the_first_has_just_left_the_window_is_forgiven() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"), intensity=THREE)) as system:
        await crash(system, "a", 3)
        await trio.sleep(5.01)
        await crash(system, "a", 3)
        assert stage.diary[-1] == "a ready 7"


@every_schedule
async def test_crashes_two_seconds_apart_are_forgiven_for_ever() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"), intensity=THREE)) as system:
        for _ in range(50):
            await crash(system, "a")
            await trio.sleep(2)
        assert stage.diary[-1] == "a ready 51"


@every_schedule
async def test_the_budget_is_the_supervisors_whichever_child_it_was() -> None:
    stage = Stage()
    names = "abcdefghij"
    async with open_system(top(*map(stage.puppet, names), intensity=THREE)) as system:
        for name in "bdf":
            await crash(system, name)
            await trio.sleep(1)
        assert stage.diary[-1] == "f ready 2"
        with pytest.raises(IntensityReached, match="top/h"):  # noqa: PT012 - the block is the law
            system.registry.ref("h").cast(Crash())
            await system.wait()


@every_schedule
async def test_a_permanent_child_that_keeps_returning_spends_the_budget_too() -> None:
    stage = Stage()
    leave = Hooks(init=lambda puppet: puppet.context.stop())
    with pytest.raises(IntensityReached, match="normal"):
        async with open_system(top(stage.puppet("a", hooks=leave), intensity=THREE)) as system:
            await system.wait()
    assert stage.diary == [
        "a ready 1",
        "a closed",
        "a ready 2",
        "a closed",
        "a ready 3",
        "a closed",
        "a ready 4",
        "a closed",
    ]


@every_schedule
async def test_a_child_with_a_budget_of_its_own_does_not_spend_its_pools() -> None:
    stage = Stage()
    async with open_system(top(PoolSpec("pool", "pool", 5, Intensity(0, 5.0)))) as system:
        pool: Pool = system.registry.pool("pool")
        await pool.start_child(stage.puppet("x", intensity=Intensity(1, 5.0)))
        await pool.start_child(stage.puppet("y"))
        await crash(system, "x", 2)
        assert system.registry.whereis("x") is None
        assert system.registry.whereis("y") is not None
        assert [ref.path for ref in pool.children()] == ["top/pool/y"]


@every_schedule
async def test_a_pool_that_spends_its_budget_stops_its_children() -> None:
    stage = Stage()
    spec = top(PoolSpec("pool", "pool", 5, Intensity(1, 5.0)), intensity=Intensity(1, 5.0))
    async with open_system(spec) as system:
        pool: Pool = system.registry.pool("pool")
        await pool.start_child(stage.puppet("x"))
        await pool.start_child(stage.puppet("y"))
        await crash(system, "x", 2)
        assert system.registry.whereis("y") is None
        assert "y closed" in stage.diary
        # The pool is back, empty: children on demand are not resurrected. Its old handle works.
        assert pool.children() == ()
        assert system.registry.pool("pool") is pool
        await pool.start_child(stage.puppet("y"))


@given(
    st.integers(0, 2000),
    st.floats(0, 1, exclude_max=True),
    st.floats(0, 1),
    st.floats(0.01, 5),
    st.floats(5, 60),
)
def test_a_delay_lies_between_the_jitter_and_the_doubling_and_never_above_the_cap(
    attempt: int, luck: float, jitter: float, base_s: float, cap_s: float
) -> None:
    delay_s = Backoff(base_s, cap_s, jitter).delay(attempt, luck)
    doubled = cap_s if attempt > 64 else min(cap_s, base_s * 2.0**attempt)
    assert doubled * (1 - jitter) <= delay_s <= doubled + 1e-12
    assert delay_s <= cap_s


def test_a_quiet_period_makes_the_next_delay_the_first_again() -> None:
    backoff = Backoff(reset_s=30.0)
    assert backoff.attempts_after(7, 29.9) == 7
    assert backoff.attempts_after(7, 30.0) == 0


@every_schedule
async def test_delays_double_between_crashes_and_begin_anew_after_a_quiet_time() -> None:
    stage = Stage()
    born: list[float] = []
    hooks = Hooks(init=lambda _: born.append(trio.current_time()))
    backoff = Backoff(base_s=1, cap_s=4, jitter=0, reset_s=100)
    async with open_system(top(stage.puppet("a", hooks=hooks, backoff=backoff), intensity=FOREVER)) as system:
        for _ in range(4):
            await crash(system, "a")
            await trio.sleep(10)
        await trio.sleep(100)
        await crash(system, "a")
        await trio.sleep(10)
    # Crashes at 0, 10, 20, 30 and 140.
    assert born == [0, 1, 12, 24, 34, 141]


@every_schedule
async def test_luck_shortens_each_delay_by_no_more_than_the_jitter_and_by_another_part_each_time() -> None:
    stage = Stage()
    born: list[float] = []
    hooks = Hooks(init=lambda _: born.append(trio.current_time()))
    backoff = Backoff(base_s=1, cap_s=8, jitter=0.5)
    async with open_system(top(stage.puppet("a", hooks=hooks, backoff=backoff), intensity=FOREVER)) as system:
        died: list[float] = []
        for _ in range(6):
            died.append(trio.current_time())
            await crash(system, "a")
            await trio.sleep(8)
    shares = [
        (at - before) / longest
        for before, at, longest in zip(died, born[1:], (1, 2, 4, 8, 8, 8), strict=True)
    ]
    assert all(0.5 <= share <= 1 for share in shares)
    assert len(set(shares)) == 6


@every_schedule
async def test_others_are_served_while_a_child_waits_for_its_next_try() -> None:
    stage = Stage()
    slow = Backoff(base_s=3.2, cap_s=10, jitter=0)
    async with open_system(top(stage.puppet("a", backoff=slow), stage.puppet("b"))) as system:
        await crash(system, "a")
        assert system.children("top").which_children()[0].doing == "restarting, next try in 3.2 s, queue 0"
        await crash(system, "b")
        assert stage.diary[-1] == "b ready 2"
        assert trio.current_time() == 0
        assert "restarting, next try in 3.2 s" in system.dump().tree()
        system.stop()
        await system.wait()
        assert trio.current_time() == 0


@every_schedule
async def test_letters_wait_for_a_child_that_waits_for_its_next_try() -> None:
    stage = Stage()
    slow = Backoff(base_s=2, cap_s=10, jitter=0)
    async with open_system(top(stage.puppet("a", backoff=slow))) as system:
        await crash(system, "a")
        system.registry.ref("a").cast(Note("patience"))
        await trio.sleep(1)
        assert stage.diary == ["a ready 1"]
        await trio.sleep(2)
        assert stage.diary == ["a ready 1", "a ready 2", "a patience"]


@pytest.mark.parametrize("pooled", [True, False])
@every_schedule
async def test_a_child_stopped_while_it_waits_never_comes_back(pooled: bool) -> None:
    stage = Stage()
    child = stage.puppet("a", backoff=Backoff(base_s=2, cap_s=10, jitter=0))
    pool = PoolSpec("pool", "pool", 5)
    async with open_system(top(pool) if pooled else top(child)) as system:
        children = system.children("top/pool" if pooled else "top")
        await children.start_child(child)
        await crash(system, "a")
        waiting = system.tree.cells[f"{children.path}/a"]
        assert waiting.try_again_at == 2
        await children.stop_child("a")
        await children.stop_child("nobody")
        assert waiting.try_again_at is None
        assert system.registry.whereis("a") is None
        await trio.sleep(20)
        assert len(system.tree.post.alarms) == 0
    assert stage.diary == ["a ready 1"]


@every_schedule
async def test_a_sibling_crash_overtakes_the_next_try_of_a_group() -> None:
    stage = Stage()
    slow = Backoff(base_s=5, cap_s=10, jitter=0)
    children = (stage.puppet("a", backoff=slow), stage.puppet("b"))
    async with open_system(top(*children, strategy=Strategy.ONE_FOR_ALL)) as system:
        await crash(system, "a")
        await crash(system, "b")
        assert stage.diary == ["a ready 1", "b ready 1", "a ready 2", "b ready 2"]
        await trio.sleep(20)
        assert stage.diary == ["a ready 1", "b ready 1", "a ready 2", "b ready 2"]


@every_schedule
async def test_an_inner_supervisor_that_gives_up_is_one_failed_child_of_the_outer() -> None:
    stage = Stage()
    inner = SupervisorSpec(
        "inner", Strategy.ONE_FOR_ONE, (stage.puppet("b"), PoolSpec("pool", "pool", 5)), Intensity(0, 5.0)
    )
    spec = top(stage.puppet("a"), inner, stage.puppet("c"), strategy=Strategy.REST_FOR_ONE)
    async with open_system(spec) as system:
        await system.registry.pool("pool").start_child(stage.puppet("x"))
        stage.diary.clear()
        await crash(system, "b")
        assert stage.diary == ["x closed", "c closed", "b ready 1", "c ready 2"]
        assert system.registry.whereis("x") is None
        assert system.registry.pool("pool").children() == ()
        crashed = system.dump().actor("top/inner")
        assert crashed is not None
        assert (crashed.generation, str(crashed.last_crash)[:16]) == (2, "IntensityReached")


@every_schedule
async def test_giving_up_through_five_levels_is_still_one_error() -> None:
    stage = Stage()
    once = Intensity(0, 5.0)
    spec = top(stage.puppet("a"), intensity=once)
    for level in range(4):
        spec = SupervisorSpec(f"s{level}", Strategy.ONE_FOR_ONE, (spec,), once)
    with pytest.raises(IntensityReached) as reached:  # noqa: PT012 - the block is the law
        async with open_system(spec) as system:
            await crash(system, "a")
            await system.wait()
    chain: list[BaseException] = [reached.value]
    while chain[-1].__cause__ is not None:
        chain.append(chain[-1].__cause__)
    assert [type(error) for error in chain] == [IntensityReached] * 5 + [BoomError]


@every_schedule
async def test_a_start_that_always_fails_is_tried_at_most_once_a_step_even_with_endless_restarts() -> None:
    stage = Stage()
    tries: list[float] = []

    def broken(puppet: Puppet) -> None:
        tries.append(trio.current_time())
        fail_from(2)(puppet)

    async with open_system(top(stage.puppet("a", hooks=Hooks(init=broken)), intensity=FOREVER)) as system:
        await crash(system, "a")
        await trio.sleep(60)
    gaps = [later - before for before, later in pairwise(tries[1:])]
    steps = [min(10, 0.1 * 2**at) for at in range(len(gaps))]
    assert all(0.8 * step <= gap <= step for gap, step in zip(gaps, steps, strict=True))
    assert len(tries) > 10


@pytest.mark.parametrize("pooled", [True, False])
@every_schedule
async def test_a_start_that_always_fails_is_tried_exactly_at_the_steps_of_its_own_backoff(
    pooled: bool,
) -> None:
    stage = Stage()
    tries: list[float] = []

    def broken(puppet: Puppet) -> None:
        tries.append(trio.current_time())
        fail_from(2)(puppet)

    child = stage.puppet("a", hooks=Hooks(init=broken), backoff=Backoff(base_s=1, cap_s=8, jitter=0))
    async with open_system(top(PoolSpec("pool", "pool", 5, FOREVER), intensity=FOREVER)) as system:
        await system.children("top/pool" if pooled else "top").start_child(child)
        await crash(system, "a")
        await trio.sleep(32)
    assert tries == [0, 1, 3, 7, 15, 23, 31]


@every_schedule
async def test_a_restart_that_hangs_in_init_is_cut_off_and_tried_again() -> None:
    stage = Stage()

    async def hang_once(puppet: Puppet) -> None:
        if puppet.context.generation == 2:
            await trio.sleep(1000)

    child = stage.puppet("a", hooks=Hooks(init=hang_once), start_timeout_s=2, restart=Restart.TRANSIENT)
    async with open_system(top(child)) as system:
        await crash(system, "a")
        await trio.sleep(5)
    assert stage.diary == ["a ready 1", "a ready 3", "a closed"]


@every_schedule
async def test_the_journal_and_its_hooks_tell_what_happened() -> None:
    stage = Stage()
    heard: list[Event] = []
    async with open_system(top(stage.puppet("a")), hooks=[heard.append]) as system:
        await crash(system, "a")
        assert [event.what for event in system.journal.events if event.path == "top/a"] == [
            "starting", "started", "ended", "starting", "started",
        ]  # fmt: skip
    assert [event.what for event in heard][-3:] == ["stopping", "stopped", "stopped"]


def test_an_endless_budget_remembers_nothing() -> None:
    budget = Budget(Intensity(math.inf, 5.0))
    assert all(budget.spend(0.0) for _ in range(1000))
    assert not budget.spent_at


@given(st.lists(st.floats(0, 100), max_size=50), st.integers(0, 5), st.floats(0.1, 10))
def test_a_budget_holds_exactly_while_the_window_holds_no_more_than_it(
    moments: list[float], most: int, period_s: float
) -> None:
    budget = Budget(Intensity(most, period_s))
    past: list[float] = []
    for now in sorted(moments):
        past.append(now)
        inside = sum(1 for moment in past if now - moment <= period_s)
        assert budget.spend(now) is (inside <= most)


@given(st.sampled_from(Strategy), st.integers(1, 9), st.data())
def test_who_falls_is_decided_by_the_place_of_the_failed_one(
    strategy: Strategy, children: int, data: st.DataObject
) -> None:
    failed = data.draw(st.integers(0, children - 1))
    group = list(fallen(strategy, children, failed))
    assert failed in group
    assert group == sorted(group)
    expected = {
        Strategy.ONE_FOR_ONE: 1,
        Strategy.ONE_FOR_ALL: children,
        Strategy.REST_FOR_ONE: children - failed,
    }
    assert len(group) == expected[strategy]


@every_schedule
async def test_a_stop_is_heeded_while_a_group_is_being_restarted() -> None:
    stage = Stage()
    slow = Hooks(init=lambda puppet: sleeper(50 if puppet.context.generation > 1 else 0)(puppet))
    children = (stage.puppet("a"), stage.puppet("b", hooks=slow, start_timeout_s=100), stage.puppet("c"))
    async with open_system(top(*children, strategy=Strategy.ONE_FOR_ALL)) as system:
        await crash(system, "a")
        await trio.sleep(1)
    assert trio.current_time() == pytest.approx(1)
    assert stage.diary[-2:] == ["a ready 2", "a closed"]


@every_schedule
async def test_a_crash_while_a_sibling_is_being_stopped_is_handled_afterwards() -> None:
    stage = Stage()
    slow = Hooks(close=sleeper(2))
    async with open_system(top(stage.puppet("a"), stage.puppet("b", hooks=slow))) as system:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(system.children("top").stop_child, "b")
            await settle()
            await crash(system, "a")
        await settle()
        assert await system.registry.ref("a").call(Do(lambda puppet: puppet.context.generation)) == 2
