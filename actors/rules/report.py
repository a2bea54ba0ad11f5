"""What the two players say about the result, and whether it is the same."""

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias


class Claim(Enum):
    """How one player says the match ended, seen from that player's chair."""

    WON = "won"
    LOST = "lost"
    DRAW = "draw"


class Outcome(Enum):
    """How a match ended, for its two sides in order: Brood War first."""

    FIRST = "first"
    SECOND = "second"
    DRAW = "draw"


@dataclass(frozen=True, slots=True)
class Agreed:
    """Both say the same."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Differ:
    """Both spoke, and not of the same result."""


@dataclass(frozen=True, slots=True)
class Open:
    """At least one has not said anything."""


Agreement: TypeAlias = Agreed | Differ | Open


def outcome_of(claim: Claim, side: int) -> Outcome:
    """Turn a claim into the outcome that it asserts.

    Args:
        claim: what the player says.
        side: 0 or 1, the player's place in the match.

    >>> outcome_of(Claim.LOST, 0)
    <Outcome.SECOND: 'second'>
    """
    assert side in (0, 1)
    if claim is Claim.DRAW:
        return Outcome.DRAW
    return Outcome.FIRST if (claim is Claim.WON) == (side == 0) else Outcome.SECOND


def settle(first: Claim | None, second: Claim | None) -> Agreement:
    """Lay the two claims side by side; None is a player who has not reported.

    >>> settle(Claim.WON, Claim.LOST)
    Agreed(outcome=<Outcome.FIRST: 'first'>)
    >>> settle(Claim.WON, Claim.WON)
    Differ()
    >>> settle(None, Claim.DRAW)
    Open()
    """
    if first is None or second is None:
        return Open()
    outcome = outcome_of(first, 0)
    return Agreed(outcome) if outcome is outcome_of(second, 1) else Differ()


def score(outcome: Outcome, side: int) -> float:
    """What the outcome is worth to a side: 1 for a win, 0.5 for a draw, 0 for a loss.

    Args:
        outcome: how the match ended.
        side: 0 or 1.

    Source:
        domain.md, 4.1.

    >>> score(Outcome.SECOND, 1)
    1.0
    """
    assert side in (0, 1)
    if outcome is Outcome.DRAW:
        return 0.5
    return 1.0 if (outcome is Outcome.FIRST) == (side == 0) else 0.0
