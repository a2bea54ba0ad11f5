"""How quick each flow is to be: what the earlier bot aimed at, and what this one promises. Milliseconds.

Sources of the targets: the performance analysis of the earlier bot, and the limits of its monitor. A budget
is the 99th percentile with a hundred players at once, without the time in which Discord has it.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Aim:
    """What one flow, or one step of it, shall keep."""

    target_ms: float
    budget_ms: float | None = None
    """None: nothing is promised."""


OTHERWISE = Aim(1000.0)
AIMS: Mapping[str, Aim] = {
    "acknowledgement": Aim(3000.0, 50.0),
    "queue_command": Aim(150.0, 15.0),
    "join_queue_button": Aim(500.0, 30.0),
    "listen_for_match": Aim(200.0, 20.0),
    "confirm_match_result": Aim(200.0, 20.0),
    "replay_upload": Aim(800.0, 150.0),
    "profile_command": Aim(300.0),
    "leaderboard_command": Aim(500.0),
}
STEP_AIMS: Mapping[tuple[str, str], Aim] = {("listen_for_match", "publish_match_found"): Aim(10.0, 1.0)}
"""By flow and step."""


def aim(flow: str) -> Aim:
    """What a flow shall keep.

    >>> aim("queue_command").budget_ms
    15.0
    >>> aim("setup_command").target_ms
    1000.0
    """
    return AIMS.get(flow, OTHERWISE)


def over_percent(took_ms: float, limit_ms: float) -> int:
    """By how many percent a time is over its limit; nothing when it is not.

    >>> over_percent(180.0, 150.0)
    20
    """
    return max(0, round((took_ms / limit_ms - 1.0) * 100))
