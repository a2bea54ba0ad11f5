"""Laws of the rating."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.rules.rating import change, expected
from actors.rules.report import Claim, Outcome, outcome_of, score
from actors.rules.settings import Settings

SETTINGS = Settings()
ratings = st.one_of(st.integers(1000, 2000), st.integers(-(10**6), 10**6))
scores = st.sampled_from([0.0, 0.5, 1.0])


@given(ratings, ratings, scores)
def test_what_one_gains_the_other_loses(own: int, opponent: int, result: float) -> None:
    assert change(own, opponent, result, SETTINGS) + change(opponent, own, 1.0 - result, SETTINGS) == 0


def test_what_one_gains_the_other_loses_at_every_lead() -> None:
    for lead in range(2001):
        for result in (0.0, 0.5, 1.0):
            gained = change(1500 + lead, 1500, result, SETTINGS)
            assert gained == -change(1500, 1500 + lead, 1.0 - result, SETTINGS)


@given(ratings, ratings)
def test_the_two_expectations_share_one_point(own: int, opponent: int) -> None:
    assert expected(own, opponent, SETTINGS) + expected(opponent, own, SETTINGS) == 1.0


@given(ratings, ratings, ratings)
def test_more_is_expected_against_the_weaker(own: int, one: int, other: int) -> None:
    weaker, stronger = sorted((one, other))
    assert 0.0 <= expected(own, stronger, SETTINGS) <= expected(own, weaker, SETTINGS) <= 1.0


@given(ratings, ratings)
def test_a_better_result_is_worth_more(own: int, opponent: int) -> None:
    lost, drew, won = (change(own, opponent, result, SETTINGS) for result in (0.0, 0.5, 1.0))
    assert -SETTINGS.rating_k <= lost < drew < won <= SETTINGS.rating_k
    assert lost <= 0 <= won


@given(ratings, ratings, scores, st.integers(-1000, 1000))
def test_only_the_difference_counts(own: int, opponent: int, result: float, shift: int) -> None:
    assert change(own + shift, opponent + shift, result, SETTINGS) == change(own, opponent, result, SETTINGS)


@pytest.mark.parametrize(
    ("lead", "win", "loss", "draw"),
    [
        (0, 20, -20, 0),
        (50, 18, -22, -2),
        (100, 15, -25, -5),
        (200, 11, -29, -9),
        (300, 8, -32, -12),
        (500, 4, -36, -16),
    ],
)
def test_the_favourites_changes_are_the_published_ones(lead: int, win: int, loss: int, draw: int) -> None:
    changes = tuple(change(1500 + lead, 1500, result, SETTINGS) for result in (1.0, 0.0, 0.5))
    assert changes == (win, loss, draw)


def test_a_half_is_rounded_to_the_even_number() -> None:
    # Equal ratings and an odd K put the exact half on the table: 12.5 and 13.5.
    assert change(1500, 1500, 1.0, Settings(rating_k=25)) == 12
    assert change(1500, 1500, 1.0, Settings(rating_k=27)) == 14
    assert change(1500, 1500, 0.0, Settings(rating_k=27)) == -14


@given(st.sampled_from(Claim), st.sampled_from([0, 1]))
def test_a_claim_scores_for_the_claimant_what_it_says(claim: Claim, side: int) -> None:
    worth = {Claim.WON: 1.0, Claim.DRAW: 0.5, Claim.LOST: 0.0}[claim]
    assert score(outcome_of(claim, side), side) == worth


@given(st.sampled_from(Outcome))
def test_the_two_sides_of_a_match_share_one_point(outcome: Outcome) -> None:
    assert score(outcome, 0) + score(outcome, 1) == 1.0
