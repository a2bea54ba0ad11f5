"""Laws of two claims."""

from hypothesis import given
from hypothesis import strategies as st

from actors.rules.report import Agreed, Claim, Differ, Open, Outcome, outcome_of, settle

claims = st.sampled_from(Claim)
MIRROR = {Claim.WON: Claim.LOST, Claim.LOST: Claim.WON, Claim.DRAW: Claim.DRAW}
SWAPPED = {Outcome.FIRST: Outcome.SECOND, Outcome.SECOND: Outcome.FIRST, Outcome.DRAW: Outcome.DRAW}


@given(claims)
def test_two_players_agree_when_one_says_the_mirror_image_of_the_other(claim: Claim) -> None:
    assert settle(claim, MIRROR[claim]) == Agreed(outcome_of(claim, 0))


@given(claims, claims)
def test_any_two_other_claims_differ(first: Claim, second: Claim) -> None:
    assert (settle(first, second) == Differ()) == (second is not MIRROR[first])


@given(claims)
def test_nothing_is_settled_by_one_claim(claim: Claim) -> None:
    assert settle(claim, None) == settle(None, claim) == settle(None, None) == Open()


@given(claims)
def test_the_same_claim_from_the_other_chair_is_the_other_outcome(claim: Claim) -> None:
    assert outcome_of(claim, 1) is SWAPPED[outcome_of(claim, 0)]


@given(claims, claims)
def test_exchanging_the_chairs_exchanges_the_outcome(first: Claim, second: Claim) -> None:
    straight, turned = settle(first, second), settle(second, first)
    if isinstance(straight, Agreed):
        assert turned == Agreed(SWAPPED[straight.outcome])
    else:
        assert turned == straight


def test_the_winner_is_who_says_so_unopposed() -> None:
    assert settle(Claim.WON, Claim.LOST) == Agreed(Outcome.FIRST)
    assert settle(Claim.LOST, Claim.WON) == Agreed(Outcome.SECOND)
    assert settle(Claim.DRAW, Claim.DRAW) == Agreed(Outcome.DRAW)
