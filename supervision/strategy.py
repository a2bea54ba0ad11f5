"""Which siblings fall with a child."""

from enum import Enum
from typing import assert_never


class Strategy(Enum):
    """What a supervisor restarts when one child fails.

    Source: OTP `supervisor`, supervision principles, `strategy`.
    """

    ONE_FOR_ONE = "one_for_one"
    ONE_FOR_ALL = "one_for_all"
    REST_FOR_ONE = "rest_for_one"


def fallen(strategy: Strategy, children: int, failed: int) -> range:
    """Say which children are stopped (from the right) and started again (from the left).

    Args:
        strategy: the supervisor's.
        children: how many there are, in start order.
        failed: position of the one that failed.

    Returns:
        Positions in start order, the failed one among them.

    >>> list(fallen(Strategy.REST_FOR_ONE, 4, 2))
    [2, 3]
    """
    match strategy:
        case Strategy.ONE_FOR_ONE:
            return range(failed, failed + 1)
        case Strategy.ONE_FOR_ALL:
            return range(children)
        case Strategy.REST_FOR_ONE:
            return range(failed, children)
        case _:
            assert_never(strategy)
