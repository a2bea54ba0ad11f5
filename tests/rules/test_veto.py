"""Laws of vetoes and of the drawn map."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.rules.ids import MapKey
from actors.rules.maps import POOL
from actors.rules.settings import Settings
from actors.rules.veto import VetoProblem, check_vetoes, draw_map

KEYS = [each.key for each in POOL]
keys = st.sampled_from(KEYS)
own_vetoes = st.frozensets(keys, max_size=Settings().max_vetoes)
luck = st.floats(0.0, 1.0, exclude_max=True)
recent = st.lists(keys, max_size=2 * Settings().recent_maps)
JUST_BELOW_ONE = 1.0 - 2**-53


@given(own_vetoes, own_vetoes, recent, luck)
def test_two_players_vetoes_always_leave_a_map_that_neither_vetoed(
    one: frozenset[MapKey], other: frozenset[MapKey], played: list[MapKey], drawn: float
) -> None:
    found = draw_map(POOL, one | other, played, drawn)
    assert found in POOL
    assert found.key not in one | other


@given(own_vetoes, recent, luck)
def test_the_same_number_draws_the_same_map(
    vetoes: frozenset[MapKey], played: list[MapKey], drawn: float
) -> None:
    assert draw_map(POOL, vetoes, played, drawn) == draw_map(POOL, vetoes, played[::-1], drawn)


@given(own_vetoes)
def test_without_history_every_open_map_is_equally_likely(vetoes: frozenset[MapKey]) -> None:
    openly = len(POOL) - len(vetoes)
    draws = Counter(
        draw_map(POOL, vetoes, (), (step + 0.5) / (openly * 10)).key for step in range(openly * 10)
    )
    assert set(draws) == set(KEYS) - vetoes
    assert set(draws.values()) == {10}


@given(keys, st.integers(1, 4))
def test_each_time_a_map_was_played_lately_halves_its_chance(key: MapKey, times: int) -> None:
    steps = 8 * 2**times + 1
    draws = Counter(
        draw_map(POOL, frozenset(), [key] * times, (step + 0.5) / steps).key for step in range(steps)
    )
    assert draws[key] == 1
    assert {count for other, count in draws.items() if other != key} == {2**times}


def test_a_map_played_ten_times_is_still_drawn_when_it_is_the_only_one() -> None:
    others = frozenset(KEYS[1:])
    assert draw_map(POOL, others, KEYS[:1] * 10, JUST_BELOW_ONE).key == KEYS[0]


@given(recent)
def test_the_highest_number_draws_the_last_map(played: list[MapKey]) -> None:
    assert draw_map(POOL, frozenset(), played, JUST_BELOW_ONE) == POOL[-1]
    assert draw_map(POOL, frozenset(), played, 0.0) == POOL[0]


def test_maps_of_an_earlier_season_do_not_disturb_the_draw() -> None:
    gone = MapKey("khione")
    assert draw_map(POOL, frozenset({gone}), (gone,), 0.0) == POOL[0]


def test_a_draw_without_an_open_map_says_so() -> None:
    with pytest.raises(ValueError, match="all 9 maps"):
        draw_map(POOL, frozenset(KEYS), (), 0.0)


@pytest.mark.parametrize("number", [-0.1, 1.0, float("nan")])
def test_a_number_outside_of_zero_to_one_says_so(number: float) -> None:
    with pytest.raises(ValueError, match="luck"):
        draw_map(POOL, frozenset(), (), number)


@given(st.frozensets(keys))
def test_four_vetoes_are_kept_and_a_fifth_is_not(vetoes: frozenset[MapKey]) -> None:
    expected = (VetoProblem.TOO_MANY,) if len(vetoes) > 4 else ()
    assert check_vetoes(vetoes, POOL, Settings()) == expected


def test_every_problem_of_a_choice_of_vetoes_is_told() -> None:
    strange = frozenset(MapKey(f"strange{number}") for number in range(5))
    assert check_vetoes(strange, POOL, Settings()) == (VetoProblem.TOO_MANY, VetoProblem.UNKNOWN_MAP)
    assert check_vetoes(frozenset({MapKey("khione")}), POOL, Settings()) == (VetoProblem.UNKNOWN_MAP,)
