"""Laws of the board: whatever changes in whatever order, it says what the ladder says."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.rules.board import Board
from actors.rules.ids import PlayerId, Race, Rank
from actors.rules.rank import Filter, Standing, ladder, page, select
from actors.rules.settings import Settings
from tests.strategies import NOON, all_standings, standings

SETTINGS = Settings()
few = st.integers(1, 12).map(PlayerId)
changes = st.lists(
    st.lists(standings(few), max_size=3, unique_by=lambda row: (row.player, row.race)), max_size=12
)
EVERYBODY, KOREA = Filter(), Filter(country="KR", best_only=True)


def board_of(rows: list[Standing]) -> Board:
    board = Board(SETTINGS)
    board.change(rows, NOON)
    return board


def kept(rows: list[Standing], more: list[Standing]) -> list[Standing]:
    by_entry = {(row.player, row.race): row for row in [*rows, *more]}
    return [row for row in by_entry.values() if row.games]


@settings(max_examples=200)
@given(all_standings(), changes, st.lists(st.integers(0, 20), min_size=12, max_size=12))
def test_the_board_is_the_ladder_after_every_change(
    rows: list[Standing], later: list[list[Standing]], days: list[int]
) -> None:
    now, board, rows = NOON, board_of(rows), kept(rows, [])
    for changed, passed in zip(later, days, strict=False):
        now += timedelta(days=passed)
        rows = kept(rows, changed)
        board.change(changed, now)
        expected = ladder(rows, now, SETTINGS)
        assert board.select(EVERYBODY) == expected
        assert board.select(KOREA) == select(expected, KOREA)
        assert len(board) == len(expected)
        assert board.page(1, 3) == page(expected, 1, 3)


@given(all_standings(), few)
def test_a_players_places_and_letters_are_those_of_the_ladder(rows: list[Standing], player: PlayerId) -> None:
    board, rows = board_of(rows), kept(rows, [])
    expected = tuple(row for row in ladder(rows, NOON, SETTINGS) if row.standing.player == player)
    assert board.places_of(player) == expected
    letters = {row.standing.race: row.rank for row in expected}
    assert [board.rank(player, race) for race in Race] == [letters.get(race, Rank.U) for race in Race]


@given(standings(few).filter(lambda row: row.games))
def test_time_alone_moves_nobody_and_the_next_change_does(row: Standing) -> None:
    active = replace(row, last_played_at=NOON)
    board = board_of([active])
    assert [placed.place for placed in board.places_of(row.player)] == [1]
    board.change((), NOON + timedelta(days=31))
    assert [placed.place for placed in board.places_of(row.player)] == [None]
    assert len(board) == 1


def made_up(dice: random.Random, player: int, race: Race) -> Standing:
    """Few ratings and few days, so that merits and places are shared and lost."""
    games = dice.choice([0, 1, 2, 3])
    return Standing(
        player=PlayerId(player),
        race=race,
        rating=dice.choice([1480, 1500, 1520]),
        games=games,
        wins=games // 2,
        losses=games - games // 2,
        draws=0,
        last_played_at=NOON + timedelta(days=dice.randrange(3)),
        name="Alice",
        country="KR",
    )


@pytest.mark.parametrize("seed", range(10))
def test_a_few_changes_among_many_rows_leave_the_ladder(seed: int) -> None:
    dice, now = random.Random(seed), NOON
    rows = kept([made_up(dice, player, race) for player in range(1, 21) for race in Race], [])
    board = board_of(rows)
    for _ in range(40):
        now += timedelta(days=dice.choice([0, 0, 1, 9]))
        changed = [made_up(dice, dice.randrange(1, 21), dice.choice(list(Race)))]
        changed = [replace(row, last_played_at=now - timedelta(days=dice.randrange(3))) for row in changed]
        rows = kept(rows, changed)
        board.change(changed, now)
        assert board.select(EVERYBODY) == ladder(rows, now, SETTINGS)


def test_what_a_filter_found_is_kept_until_something_changes() -> None:
    dice = random.Random(1)
    board = board_of([made_up(dice, player, Race.BW_ZERG) for player in range(1, 30)])
    assert board.select(KOREA) is board.select(KOREA)
    before = board.select(KOREA)
    board.change((), NOON)
    assert board.select(KOREA) is not before
