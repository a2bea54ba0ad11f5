"""A match in one line, as its process tells it: who plays, what it waits for, and how long at most."""

from datetime import datetime
from typing import assert_never

from actors.rules.match import Deadline, Match, Phase
from actors.spans import span


def line(match: Match, now: datetime) -> str:
    """`match 4711 LIVE alice v bob, waiting for bob's report, 4:31 left`."""
    names = " v ".join(side.profile.name for side in match.sides)
    return f"match {match.id} {match.phase.name} {names}{_waiting_for(match)}{_left(match, now)}"


def _waiting_for(match: Match) -> str:
    match match.phase:
        case Phase.PAIRED if not all(side.delivered for side in match.sides):
            unaware = [side.profile.name for side in match.sides if not side.delivered]
            return f", waiting for {' and '.join(unaware)} to get the card"
        case Phase.PAIRED:
            absent = [side.profile.name for side in match.sides if not side.confirmed]
            return f", waiting for {' and '.join(absent)} to confirm"
        case Phase.LIVE:
            silent = [side.profile.name for side in match.sides if side.claim is None]
            return ", waiting for " + (f"{silent[0]}'s report" if len(silent) == 1 else "a replay or reports")
        case Phase.DISPUTED:
            return ", waiting for a ruling"
        case Phase.SETTLED | Phase.VOID:
            return ""
        case _:
            assert_never(match.phase)


def _left(match: Match, now: datetime) -> str:
    """Until the first deadline that ends the wait; a reminder ends none."""
    ends = [at for kind, at in match.deadlines if kind is not Deadline.REMINDER]
    return f", {span((min(ends) - now).total_seconds())} left" if ends else ""
