"""How a result moves two ratings: Elo as the league plays it."""

from actors.rules.settings import Settings

_SCORES = (0.0, 0.5, 1.0)


def expected(own: int, opponent: int, settings: Settings) -> float:
    """How much of a point a player is expected to take off this opponent, 0 to 1.

    The two expectations of a match sum to exactly 1.

    Source:
        Elo, *The Rating of Chessplayers*, 1978, with the league's divisor of 500 (domain.md, 4.2).

    >>> round(expected(1600, 1500, Settings()), 3)
    0.613
    """
    if own < opponent:
        # From the favourite's side the power cannot overflow, and the two sum to 1 without rounding.
        return 1.0 - expected(opponent, own, settings)
    exponent = (opponent - own) / settings.rating_divisor
    return float(1.0 / (1.0 + 10.0**exponent))


def change(own: int, opponent: int, score: float, settings: Settings) -> int:
    """How many points a player gains; negative for a loss. The opponent gains exactly the negative.

    Args:
        own: the player's rating with the race played, as committed at settlement.
        opponent: the other's rating, read at the same moment.
        score: 1, 0.5 or 0.
        settings: the season's numbers.

    Returns:
        Rating points, rounded half to even so that neither side is favoured.

    Source:
        domain.md, 4.2.

    >>> change(1600, 1500, 1.0, Settings()), change(1500, 1600, 0.0, Settings())
    (15, -15)
    """
    assert score in _SCORES
    return round(settings.rating_k * (score - expected(own, opponent, settings)))
