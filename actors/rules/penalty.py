"""What it costs to abort a match or not to show up: a pause, longer each time."""

from enum import Enum
from typing import assert_never

from actors.rules.settings import Settings


class Offence(Enum):
    """What a player may be blamed for."""

    ABORT = "abort"
    NO_SHOW = "no_show"


def timeout_s(offence: Offence, earlier: int, settings: Settings) -> float:
    """How long this player may not queue, in seconds.

    Args:
        offence: what happened now.
        earlier: how often the same player did the same within `settings.penalty_window_s` before.
        settings: the season's numbers; the last step of a table repeats.

    Returns:
        Seconds, never less than for fewer earlier offences. 0 is a warning only.

    Source:
        Flat in the earlier bot (domain.md, 2.7); graded after F-88.

    >>> [timeout_s(Offence.ABORT, earlier, Settings()) for earlier in range(5)]
    [0.0, 300.0, 900.0, 3600.0, 3600.0]
    """
    assert earlier >= 0
    steps = _steps(offence, settings)
    return steps[min(earlier, len(steps) - 1)]


def _steps(offence: Offence, settings: Settings) -> tuple[float, ...]:
    match offence:
        case Offence.ABORT:
            return settings.abort_timeouts_s
        case Offence.NO_SHOW:
            return settings.no_show_timeouts_s
        case _:
            assert_never(offence)
