"""Laws of the pairing."""

import itertools
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.rules.ids import PlayerId, Race, Region
from actors.rules.pairing import Pair, Wave, best_pairs, meet, next_look, pair, window
from actors.rules.queue import Member
from actors.rules.settings import Settings
from tests.strategies import NOON, moments, queues

SETTINGS = Settings(
    window_base=100,
    window_growth=50.0,
    rematch_weight=30_000,
    rematch_handicap=0,
    rematch_s=3600.0,
    wait_weight=500,
    wait_cap_s=7200.0,
)
"""Written down, so that tuning the season leaves the examples alone."""
MILLISECOND = timedelta(milliseconds=1)

Met = Mapping[frozenset[PlayerId], datetime]
Costs = dict[tuple[int, int], int]


def member(player: int, bw: int | None, sc2: int | None, wait_s: float = 0.0) -> Member:
    return Member(
        player=PlayerId(player),
        bw=None if bw is None else Race.BW_ZERG,
        sc2=None if sc2 is None else Race.SC2_ZERG,
        bw_rating=bw,
        sc2_rating=sc2,
        region=Region.EUW,
        joined_at=NOON - timedelta(seconds=wait_s),
    )


def wave(
    queue: list[Member], met: Met | None = None, now: datetime = NOON, chosen: Settings = SETTINGS
) -> Wave:
    return pair(queue, now, met or {}, chosen)


def who(found: Wave) -> list[tuple[int, int]]:
    return [(each.bw.player, each.sc2.player) for each in found.pairs]


def gaps_between(one: Member, other: Member) -> list[int]:
    """The gap of each possible choice of sides, written down once more."""
    ways = [(one.bw_rating, other.sc2_rating), (other.bw_rating, one.sc2_rating)]
    return [abs(bw - sc2) for bw, sc2 in ways if bw is not None and sc2 is not None]


def price(one: Member, other: Member, met: Met) -> int | None:
    """The cost of an edge from its definition, None when neither window admits it."""
    waits = [min((NOON - each.joined_at).total_seconds(), 7200.0) for each in (one, other)]
    longest = (NOON - min(one.joined_at, other.joined_at)).total_seconds()
    gap = min(gaps_between(one, other), default=None)
    if gap is None or gap > 100 + int(50 * longest / 60):
        return None
    played_at = met.get(frozenset((one.player, other.player)))
    age_s = 3600.0 if played_at is None else (NOON - played_at).total_seconds()
    rematch = max(int(30_000 * (1 - age_s / 3600)), 0)
    return gap**2 + rematch - sum(int(500 * (wait / 60) ** 2) for wait in waits)


def prices(queue: list[Member], met: Met) -> Costs:
    found = {}
    for one, other in itertools.combinations(sorted(queue, key=lambda each: each.player), 2):
        cost = price(one, other, met)
        if cost is not None:
            found[one.player, other.player] = cost
    return {(int(a), int(b)): cost for (a, b), cost in found.items()}


def optimum(costs: Costs) -> tuple[int, int]:
    """(most pairs, least cost of so many) by trying every subset of the vertices."""
    vertices = sorted({vertex for edge in costs for vertex in edge})

    @cache
    def best(free: int) -> tuple[int, int]:
        if not free:
            return (0, 0)
        first = free.bit_length() - 1
        rest = free & ~(1 << first)
        found = best(rest)
        for place in range(first):
            cost = costs.get((vertices[place], vertices[first]))
            if rest >> place & 1 and cost is not None:
                pairs, total = best(rest & ~(1 << place))
                found = max(found, (pairs + 1, total - cost))
        return found

    pairs, negative = best((1 << len(vertices)) - 1)
    return pairs, -negative


def achieved(costs: Costs) -> tuple[int, int]:
    chosen = best_pairs(costs)
    used = [vertex for edge in chosen for vertex in edge]
    assert len(used) == len(set(used))
    return len(chosen), sum(costs[edge] for edge in chosen)


def encounters(queue: list[Member]) -> st.SearchStrategy[dict[frozenset[PlayerId], datetime]]:
    edges = [frozenset((a.player, b.player)) for a, b in itertools.combinations(queue, 2)]
    return st.dictionaries(st.sampled_from(edges), moments) if edges else st.just({})


@given(queues(), st.data())
def test_a_wave_makes_the_most_pairs_and_so_many_at_the_least_cost(
    queue: list[Member], data: st.DataObject
) -> None:
    met = data.draw(encounters(queue))
    costs = prices(queue, met)
    found = wave(queue, met)
    edges = [(min(each), max(each)) for each in who(found)]
    assert (len(edges), sum(costs[edge] for edge in edges)) == optimum(costs)


def test_a_matching_is_optimal_on_a_thousand_random_graphs() -> None:
    dice = random.Random(1965)
    for _ in range(1000):
        size, density = dice.randint(2, 10), dice.random()
        edges = [edge for edge in itertools.combinations(range(size), 2) if dice.random() < density]
        costs = {edge: dice.choice([dice.randint(-9, 9), dice.randint(-(10**9), 10**9)]) for edge in edges}
        assert achieved(costs) == optimum(costs)


@given(queues(max_size=30))
def test_everybody_who_waits_is_paired_once_or_left(queue: list[Member]) -> None:
    found = wave(queue)
    seen = [each for two in found.pairs for each in (two.bw, two.sc2)] + list(found.left)
    assert sorted(each.player for each in seen) == sorted(each.player for each in queue)
    assert len(queue) == 2 * len(found.pairs) + len(found.left)


@given(queues(max_size=30))
def test_a_pair_is_one_of_each_game_inside_the_window_of_either(queue: list[Member]) -> None:
    for each in wave(queue).pairs:
        assert each.bw.player != each.sc2.player
        assert each.bw.bw_rating is not None
        assert each.sc2.sc2_rating is not None
        assert each.gap == abs(each.bw.bw_rating - each.sc2.sc2_rating)
        waits = [(NOON - side.joined_at).total_seconds() for side in (each.bw, each.sc2)]
        assert any(each.gap <= window(wait, SETTINGS) for wait in waits)


@given(queues(max_size=30))
def test_the_sides_are_the_choice_that_brings_the_two_closest(queue: list[Member]) -> None:
    for each in wave(queue).pairs:
        assert each.gap == min(gaps_between(each.bw, each.sc2))


@given(queues(max_size=30))
def test_nobody_who_could_be_paired_is_left_with_a_possible_opponent(queue: list[Member]) -> None:
    left = wave(queue).left
    assert not prices(list(left), {})


@given(queues(max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_the_queue_does_not_matter(queue: list[Member], dice: random.Random) -> None:
    shuffled = list(queue)
    dice.shuffle(shuffled)
    assert wave(shuffled) == wave(queue)


@given(st.permutations(range(12)), st.randoms(use_true_random=False))
def test_equal_costs_are_decided_the_same_way_whoever_is_named_first(
    order: list[int], dice: random.Random
) -> None:
    # Everybody may meet everybody at the same cost: 10,395 waves are equally good.
    named = dict.fromkeys(itertools.combinations(range(12), 2), 7)
    turned = {dice.choice([edge, edge[::-1]]): 7 for edge in itertools.combinations(order, 2)}
    assert {frozenset(edge) for edge in best_pairs(turned)} == {frozenset(edge) for edge in best_pairs(named)}


@given(queues(max_size=30))
def test_pairs_come_longest_wait_first_and_the_left_in_joining_order(queue: list[Member]) -> None:
    found = wave(queue)
    firsts = [min(each.bw.joined_at, each.sc2.joined_at) for each in found.pairs]
    assert firsts == sorted(firsts)
    assert [each.joined_at for each in found.left] == sorted(each.joined_at for each in found.left)


def test_a_player_with_both_races_never_meets_himself() -> None:
    assert who(wave([member(1, 1500, 1500)])) == []
    assert meet(member(1, 1500, 1500), member(1, 1500, 1500)) is None


def test_a_player_twice_in_the_queue_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="waits once"):
        wave([member(1, 1500, None), member(1, None, 1500)])


def test_a_player_with_both_races_takes_the_side_that_another_leaves() -> None:
    assert who(wave([member(1, 1500, 1500), member(2, 1510, None)])) == [(2, 1)]
    assert who(wave([member(1, 1500, 1500), member(2, None, 1510)])) == [(1, 2)]


def test_a_player_with_both_races_does_not_cost_a_pair() -> None:
    # Putting both-players on two axes and dropping the conflict finds one pair here (matching.md).
    queue = [member(1, 1480, 1440, 60), member(2, 1580, 1450), member(3, None, 1410), member(4, 1540, 1510)]
    assert who(wave(queue)) == [(1, 3), (2, 4)]
    assert [each.gap for each in wave(queue).pairs] == [70, 70]


def test_more_matches_beat_a_closer_one() -> None:
    queue = [member(1, 1400, None), member(2, None, 1500), member(3, 1510, None), member(4, None, 1610)]
    assert sorted(who(wave(queue))) == [(1, 2), (3, 4)]


def test_the_closest_opponent_is_chosen_among_equals_in_waiting() -> None:
    assert who(wave([member(1, 1500, None), member(2, None, 1540), member(3, None, 1470)])) == [(1, 3)]


def test_who_waited_longer_is_chosen_over_who_is_closer() -> None:
    queue = [member(1, 1500, None), member(2, None, 1500), member(3, None, 1520, wait_s=120)]
    assert who(wave(queue)) == [(1, 3)]


def test_of_two_equal_opponents_the_one_not_just_met_is_chosen() -> None:
    alice, bob, eve = member(1, 1500, None), member(2, None, 1500), member(3, None, 1540)
    just_met = {frozenset((alice.player, bob.player)): NOON - timedelta(minutes=5)}
    assert who(wave([alice, bob, eve])) == [(1, 2)]
    assert who(wave([alice, bob, eve], just_met)) == [(1, 3)]
    assert who(wave([alice, bob, eve], just_met, NOON + timedelta(hours=1))) == [(1, 2)]


def test_a_rematch_is_played_when_there_is_nobody_else() -> None:
    assert who(
        wave([member(1, 1500, None), member(2, None, 1500)], {frozenset((PlayerId(1), PlayerId(2))): NOON})
    )


def test_a_meeting_with_somebody_who_does_not_wait_changes_nothing() -> None:
    queue = [member(1, 1500, None), member(2, None, 1500)]
    assert wave(queue, {frozenset((PlayerId(1), PlayerId(9))): NOON}) == wave(queue)


@given(st.floats(0.0, 1e6), st.floats(0.0, 1e6))
def test_a_window_never_shrinks_while_waiting(one: float, other: float) -> None:
    shorter, longer = sorted((one, other))
    assert SETTINGS.window_base <= window(shorter, SETTINGS) <= window(longer, SETTINGS)


def test_a_clock_set_back_leaves_the_first_window() -> None:
    assert window(-30.0, SETTINGS) == SETTINGS.window_base
    assert who(wave([member(1, 1500, None, wait_s=-30), member(2, None, 1600, wait_s=-30)])) == [(1, 2)]


def test_a_clock_set_back_gives_nobody_an_advantage() -> None:
    alice, bob, eve = member(1, 1500, None), member(2, None, 1500), member(3, None, 1510, wait_s=-3600)
    assert who(wave([alice, bob, eve])) == [(1, 2)]
    soon = {frozenset((PlayerId(1), PlayerId(2))): NOON + timedelta(hours=1)}
    assert who(wave([alice, bob, replace(eve, sc2_rating=1600)], soon)) == [(1, 3)]


@given(queues(min_size=2, max_size=8), st.floats(0.0, 7200.0))
def test_waiting_longer_never_makes_fewer_matches(queue: list[Member], more_s: float) -> None:
    later = wave(queue, now=NOON + timedelta(seconds=more_s))
    assert len(later.pairs) >= len(wave(queue).pairs)


@given(queues(min_size=3, max_size=8), st.integers(0, 7))
def test_waiting_longer_than_before_never_costs_anybody_the_match(queue: list[Member], pick: int) -> None:
    found = wave(queue)
    matched = [each for two in found.pairs for each in (two.bw, two.sc2)]
    if matched:
        lucky = matched[pick % len(matched)]
        earlier = replace(lucky, joined_at=lucky.joined_at - timedelta(minutes=1))
        again = wave([earlier if each is lucky else each for each in queue])
        assert lucky.player not in {each.player for each in again.left} or len(again.pairs) > len(found.pairs)


@given(st.integers(0, 4000), st.integers(0, 4000))
def test_any_two_of_different_games_are_paired_in_finite_time(bw: int, sc2: int) -> None:
    queue = [member(1, bw, None), member(2, None, sc2)]
    look = next_look(queue, NOON, SETTINGS)
    assert look is not None
    assert who(wave(queue, now=look)) == [(1, 2)]


def test_the_worth_of_waiting_is_bounded() -> None:
    # After two hours a day more does not outweigh thirty points of rating any further (F-54).
    alice = member(1, 1500, None)
    day, week = member(2, None, 1530, wait_s=86_400), member(3, None, 1500, wait_s=7 * 86_400)
    assert who(wave([alice, day, week])) == [(1, 3)]
    day, week = replace(day, sc2_rating=1500), replace(week, sc2_rating=1530)
    assert who(wave([alice, day, week])) == [(1, 2)]


@given(queues())
def test_the_next_look_is_the_first_moment_that_makes_a_pair(queue: list[Member]) -> None:
    left = list(wave(queue).left)
    look = next_look(left, NOON, SETTINGS)
    if look is None:
        assert not any(gaps_between(*two) for two in itertools.combinations(left, 2))
        return
    assert look > NOON
    assert wave(left, now=look).pairs
    assert not wave(left, now=max(look - 2 * MILLISECOND, NOON)).pairs


@given(queues(min_size=1))
def test_the_next_look_is_never_in_the_past(queue: list[Member]) -> None:
    look = next_look(queue, NOON, SETTINGS)
    assert look is None or look >= NOON
    if wave(queue).pairs:
        assert look == NOON


def test_there_is_no_next_look_for_one_player_or_for_one_game() -> None:
    assert next_look([member(1, 1500, 1500)], NOON, SETTINGS) is None
    assert next_look([member(1, 1500, None), member(2, 1500, None)], NOON, SETTINGS) is None


def test_windows_that_do_not_grow_promise_no_next_look() -> None:
    fixed = Settings(window_base=100, window_growth=0.0)
    assert next_look([member(1, 1500, None), member(2, None, 1700)], NOON, fixed) is None
    assert next_look([member(1, 1500, None), member(2, None, 1600)], NOON, fixed) == NOON


@settings(max_examples=25)
@given(queues(min_size=10, max_size=16))
def test_a_large_queue_is_thinned_out_without_loss_while_each_sees_sixteen(queue: list[Member]) -> None:
    assert pair(queue, NOON, {}, SETTINGS, whole=0) == wave(queue)


def test_a_hundred_newcomers_of_one_rating_are_all_paired_when_thinned_out() -> None:
    queue = [member(each, 1500, None) if each % 2 else member(each, None, 1500) for each in range(100)]
    assert pair(queue, NOON, {}, SETTINGS, whole=0).left == ()


def test_a_large_queue_thinned_out_still_pairs_nobody_twice_nor_out_of_reach() -> None:
    dice = random.Random(7)
    queue = [
        member(
            each,
            *dice.choice([(rating, None), (None, rating), (rating, 3000 - rating)]),
            dice.uniform(0, 300),
        )
        for each, rating in ((each, int(dice.gauss(1500, 200))) for each in range(400))
    ]
    found = pair(queue, NOON, {}, SETTINGS)
    seen = [each.player for two in found.pairs for each in (two.bw, two.sc2)] + [
        each.player for each in found.left
    ]
    assert sorted(seen) == list(range(400))
    assert all(price(each.bw, each.sc2, {}) is not None for each in found.pairs)
    assert len(found.pairs) > 190


def test_a_pair_is_a_value() -> None:
    one, other = member(1, 1500, None), member(2, None, 1600)
    assert meet(one, other) == meet(other, one) == Pair(one, other, 100)
