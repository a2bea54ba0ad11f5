"""Laws of the ladder."""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.rules.ids import PlayerId, Race, Rank
from actors.rules.rank import SHARES, Filter, Placed, Standing, allocation, is_active, ladder, page, select
from actors.rules.settings import Settings
from tests.strategies import NOON, all_standings, races

SETTINGS = Settings()
LETTERS = [rank for rank, _ in SHARES]
rows_of = all_standings()
filters = st.builds(
    Filter,
    races=st.frozensets(races),
    country=st.sampled_from([None, "KR", "DE", "ZZ"]),
    ranks=st.none() | st.frozensets(st.sampled_from(Rank)),
    best_only=st.booleans(),
)


def standing(player: int, rating: int = 1500, race: Race = Race.BW_ZERG, **more: object) -> Standing:
    row = Standing(
        player=PlayerId(player),
        race=race,
        rating=rating,
        games=4,
        wins=2,
        losses=2,
        draws=0,
        last_played_at=NOON,
        name="Alice",
        country="KR",
    )
    return replace(row, **more)  # type: ignore[arg-type]


def placed(rows: list[Standing]) -> tuple[Placed, ...]:
    return ladder(rows, NOON, SETTINGS)


def order(*rows: Standing) -> list[int]:
    return [row.standing.player for row in placed(list(rows))]


@given(rows_of)
def test_everybody_is_on_the_ladder_once(rows: list[Standing]) -> None:
    found = [(row.standing.player, row.standing.race) for row in placed(rows)]
    assert sorted(found, key=str) == sorted(((row.player, row.race) for row in rows), key=str)


@given(rows_of, st.randoms(use_true_random=False))
def test_the_order_of_reading_does_not_matter(rows: list[Standing], dice: random.Random) -> None:
    shuffled = list(rows)
    dice.shuffle(shuffled)
    assert placed(shuffled) == placed(rows)


@given(rows_of)
def test_ratings_fall_and_places_rise_from_top_to_bottom(rows: list[Standing]) -> None:
    found = placed(rows)
    ratings = [row.standing.rating for row in found]
    places = [row.place for row in found if row.place is not None]
    assert ratings == sorted(ratings, reverse=True)
    assert places == sorted(places)
    assert all(place <= index for index, place in enumerate(places, start=1))


@given(rows_of)
def test_letters_fall_from_top_to_bottom_and_equals_share_theirs(rows: list[Standing]) -> None:
    active = [row for row in placed(rows) if row.place is not None]
    letters = [LETTERS.index(row.rank) for row in active]
    assert letters == sorted(letters)
    by_place = {row.place: row.rank for row in active}
    assert all(by_place[row.place] is row.rank for row in active)


@given(rows_of)
def test_only_the_active_have_a_place_and_a_letter(rows: list[Standing]) -> None:
    for row in placed(rows):
        active = row.standing.games > 0 and NOON - row.standing.last_played_at <= timedelta(days=30)
        assert is_active(row.standing, NOON, SETTINGS) == active
        assert (row.place is not None) == (row.rank is not Rank.U) == active


@given(st.integers(0, 60), st.integers(0, 10))
def test_the_active_get_as_many_of_each_letter_as_allocated(active: int, away: int) -> None:
    rows = [standing(player, 3000 - player) for player in range(active)]
    gone = [standing(100 + player, games=0) for player in range(away)]
    letters = Counter(row.rank for row in placed(rows + gone))
    assert letters == Counter({**dict(allocation(active)), Rank.U: away})


def test_activity_ends_after_thirty_days_to_the_second() -> None:
    last = standing(1, last_played_at=NOON - timedelta(days=30))
    assert is_active(last, NOON, SETTINGS)
    assert not is_active(last, NOON + timedelta(seconds=1), SETTINGS)


def test_the_inactive_stand_where_their_rating_puts_them_and_take_no_place() -> None:
    away = standing(2, 1600, last_played_at=NOON - timedelta(days=31))
    found = placed([standing(1, 1700), away, standing(3, 1500)])
    assert [(row.standing.player, row.place) for row in found] == [(1, 1), (2, None), (3, 2)]


def test_ties_of_rating_go_to_recent_play_then_wins_then_draws_then_games_then_name() -> None:
    earlier = NOON - timedelta(hours=1)
    assert order(standing(1, last_played_at=earlier), standing(2)) == [2, 1]
    assert order(standing(1, wins=1, losses=3), standing(2)) == [2, 1]
    assert order(standing(1, wins=2, losses=2), standing(2, losses=1, draws=1)) == [2, 1]
    assert order(standing(1), standing(2, games=8, wins=4, losses=4)) == [2, 1]
    assert order(standing(1, name="Bob"), standing(2, name="alice")) == [2, 1]
    assert order(standing(1, last_played_at=earlier, wins=4, losses=0), standing(2)) == [2, 1]


def test_rows_equal_in_everything_that_counts_share_a_place() -> None:
    found = placed([standing(1), standing(2), standing(3, 1400)])
    assert [row.place for row in found] == [1, 1, 3]
    assert found[0].rank is found[1].rank


@given(st.integers(0, 3000))
def test_every_active_entry_gets_one_letter(active: int) -> None:
    counts = dict(allocation(active))
    assert list(counts) == LETTERS
    assert sum(counts.values()) == active
    assert min(counts.values()) >= (1 if active >= 7 else 0)


@given(st.integers(7, 3000))
def test_a_letter_is_never_two_entries_away_from_its_share_of_the_others(active: int) -> None:
    for rank, count in allocation(active):
        share = 1 + (active - 7) * dict(SHARES)[rank] / 100
        assert share - 1 < count <= share + 1


@pytest.mark.parametrize(
    ("active", "counts"),
    [
        (0, (0, 0, 0, 0, 0, 0, 0)),
        (1, (0, 0, 0, 0, 1, 0, 0)),
        (4, (0, 0, 1, 1, 1, 1, 0)),
        (5, (0, 0, 1, 1, 1, 1, 1)),
        (6, (0, 1, 1, 1, 1, 1, 1)),
        (7, (1, 1, 1, 1, 1, 1, 1)),
        (8, (1, 1, 1, 1, 2, 1, 1)),
        (12, (1, 1, 2, 2, 3, 2, 1)),
        (100, (1, 7, 21, 21, 21, 21, 8)),
        (107, (2, 8, 22, 22, 22, 22, 9)),
    ],
)
def test_letters_are_given_out_as_the_league_does(active: int, counts: tuple[int, ...]) -> None:
    assert tuple(count for _, count in allocation(active)) == counts


@given(st.integers(7, 3000))
def test_the_bottom_never_outnumbers_the_top_before_the_remainder(active: int) -> None:
    # The league's other order of the remainder would need it.
    top_s, top_a, bottom = (1 + (active - 7) * dict(SHARES)[rank] // 100 for rank in (Rank.S, Rank.A, Rank.F))
    assert bottom <= top_s + top_a


@given(rows_of, filters)
def test_a_filter_keeps_the_order_and_lets_through_only_what_is_wanted(
    rows: list[Standing], wanted: Filter
) -> None:
    found = placed(rows)
    chosen = select(found, wanted)
    assert [row for row in found if row in chosen] == list(chosen)
    for row in chosen:
        assert not wanted.races or row.standing.race in wanted.races
        assert wanted.ranks is None or row.rank in wanted.ranks
        if wanted.country is not None:
            others = {"ZZ", "XX", "AQ"} if wanted.country == "ZZ" else {wanted.country}
            assert row.standing.country in others


@given(rows_of, filters)
def test_the_best_row_is_the_first_of_what_the_filter_leaves(rows: list[Standing], wanted: Filter) -> None:
    everything = select(placed(rows), replace(wanted, best_only=False))
    best = select(placed(rows), replace(wanted, best_only=True))
    players = [row.standing.player for row in best]
    assert len(players) == len(set(players))
    assert set(players) == {row.standing.player for row in everything}
    for row in best:
        assert row == next(each for each in everything if each.standing.player == row.standing.player)


def test_a_player_whose_best_race_is_filtered_out_stays_with_the_next() -> None:
    rows = placed([standing(1, 1700, Race.BW_ZERG), standing(1, 1500, Race.SC2_ZERG)])
    found = select(rows, Filter(races=frozenset({Race.SC2_ZERG}), best_only=True))
    assert [row.standing.rating for row in found] == [1500]


def test_no_filter_shows_the_whole_ladder() -> None:
    rows = placed([standing(1), standing(1, race=Race.SC2_ZERG), standing(2, games=0)])
    assert select(rows, Filter()) == rows


@given(rows_of, st.integers(1, 50))
def test_the_pages_together_are_the_ladder(rows: list[Standing], size: int) -> None:
    found = placed(rows)
    pages = [page(found, number, size) for number in range(1, len(found) + 2)]
    assert tuple(row for leaf in pages for row in leaf) == found
    assert all(len(leaf) <= size for leaf in pages)


def test_a_page_has_forty_rows() -> None:
    rows = placed([standing(player, 2000 - player) for player in range(1, 100)])
    assert [row.standing.player for row in page(rows, 2)] == list(range(41, 81))
    assert len(page(rows, 3)) == 19
