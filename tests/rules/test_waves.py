"""Laws of a wave of any size."""

import random
from datetime import datetime, timedelta

import pytest
from hypothesis import given

from actors.rules.ids import PlayerId, Race, Region
from actors.rules.pairing import Pair, choose, meet, next_look, pair, window
from actors.rules.queue import Member
from actors.rules.settings import Settings
from actors.rules.waves import plan
from tests.strategies import NOON, queues

SETTINGS = Settings(window_base=100, window_growth=50.0)


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


def crowd(size: int, seed: int, games: str = "bbsss") -> list[Member]:
    """A queue in which some play one game, some the other, and some both."""
    dice = random.Random(seed)
    return [
        member(
            number,
            int(dice.gauss(1500, 200)) if plays in "b2" else None,
            int(dice.gauss(1500, 200)) if plays in "s2" else None,
            dice.uniform(0.0, 300.0),
        )
        for number, plays in enumerate(dice.choices(games, k=size), start=1)
    ]


def pairs(queue: list[Member], now: datetime = NOON) -> list[Pair]:
    """The plan with faces; nobody in it twice."""
    by_id = {each.player: each for each in queue}
    planned = plan(queue, now, {}, SETTINGS)
    found = [meet(by_id[PlayerId(a)], by_id[PlayerId(b)]) for a, b in planned.pairs]
    made = [each for each in found if each is not None]
    seen = [player for edge in planned.pairs for player in edge]
    assert len(seen) == len(set(seen)) == 2 * len(made)
    return made


@given(queues())
def test_a_short_queue_is_paired_as_a_whole(queue: list[Member]) -> None:
    wave = pair(queue, NOON, {}, SETTINGS)
    assert pairs(queue) == list(wave.pairs)
    assert plan(queue, NOON, {}, SETTINGS).look == next_look(wave.left, NOON, SETTINGS)


@pytest.mark.parametrize("games", ["bbss2", "bbsss", "b2", "bs", "222"])
def test_a_long_queue_is_paired_in_reach_and_almost_as_often_as_can_be(games: str) -> None:
    queue = crowd(600, 11, games)
    made = pairs(queue)
    for each in made:
        longest_s = (NOON - min(each.bw.joined_at, each.sc2.joined_at)).total_seconds()
        assert each.gap <= window(longest_s, SETTINGS)
    best = choose(queue, NOON, {}, SETTINGS, nearest=len(queue))
    assert len(made) >= 0.96 * len(best)


def test_a_long_queue_is_paired_the_same_whatever_its_order() -> None:
    queue = crowd(700, 5)
    shuffled = random.Random(6).sample(queue, len(queue))
    assert plan(queue, NOON, {}, SETTINGS) == plan(shuffled, NOON, {}, SETTINGS)


def test_in_a_long_queue_too_who_waited_longest_comes_first() -> None:
    made = pairs(crowd(600, 3))
    since = [min((each.bw.joined_at, each.bw.player), (each.sc2.joined_at, each.sc2.player)) for each in made]
    assert since == sorted(since)


def test_two_crowds_who_stand_apart_all_meet() -> None:
    """Whoever looks at the nearest only sees the same few of the others."""
    bw = [member(number, 1500, None) for number in range(1, 501)]
    sc2 = [member(number, None, 1580) for number in range(501, 1001)]
    assert len(pairs(bw + sc2)) == 500


def test_a_long_queue_of_one_game_is_left_waiting() -> None:
    queue = [member(number, 1500, None) for number in range(1, 401)]
    planned = plan(queue, NOON, {}, SETTINGS)
    assert planned.pairs == ()
    assert planned.look is None


def test_in_a_long_queue_too_a_rematch_is_avoided() -> None:
    queue = crowd(400, 9)
    before = plan(queue, NOON, {}, SETTINGS).pairs
    met = {frozenset((PlayerId(a), PlayerId(b))): NOON for a, b in before}
    after = plan(queue, NOON, met, SETTINGS).pairs
    assert len(set(before) & set(after)) < len(before) / 4
