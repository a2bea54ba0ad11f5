"""What steps and ends of flows are called where the same code serves several of them.

The names are those of the earlier bot, so that figures can be compared; docs/performance.md lists them all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from actors.ports import JoinRefusal
from actors.rules import match as rules
from actors.rules.ids import PlayerId
from actors.rules.match import Cause, Match, Phase
from supervision import Flow

READING: Mapping[str, str] = {
    "queue": "load_preferences",
    "setup": "fetch_existing_data",
    "profile": "fetch_player_data",
}
"""By command: reading the player."""
READING_OTHERWISE = "get_user_info"

_FINDING: Mapping[type[object], str] = {
    rules.Abort: "check_confirmation_state",
    rules.Report: "update_confirmation_status",
}
_SAVING: Mapping[type[object], str] = {
    rules.Abort: "execute_abort",
    rules.Report: "record_player_report",
}
_REFUSED: Mapping[type[object], str] = {
    rules.Abort: "abort_failed",
    rules.Report: "validation_failed",
}

NOT_JOINED: Mapping[JoinRefusal, str] = {
    JoinRefusal.NO_RACE: "validation_failed_no_race",
    JoinRefusal.ALREADY_QUEUED: "already_queued",
    JoinRefusal.IN_MATCH: "already_in_match",
    JoinRefusal.TIMED_OUT: "timed_out",
}
"""How a flow ends that does not lead into the queue; else `guard_check_failed`."""
GUARD_FAILED = "guard_check_failed"

_ENDINGS: Mapping[Cause, str] = {
    Cause.ABORTED: "abort",
    Cause.NO_SHOW: "confirmation_timeout",
}


def finding(order: rules.Command | None) -> str:
    """Reading the match that a click is about."""
    return _FINDING.get(type(order), "read_match")


def saving(order: rules.Command) -> str:
    """Making durable what was decided, and telling whom it concerns."""
    return _SAVING.get(type(order), "save_match")


def refused(order: rules.Command | None) -> str:
    """How a flow ends that the rules refuse."""
    return _REFUSED.get(type(order), "refused")


def ending(before: Match, after: Match) -> str | None:
    """What a transition ends with, as `match_completion_notification_...` calls it; None: nothing."""
    if after.phase is before.phase and after.outcome is before.outcome:
        return None
    if after.phase is Phase.DISPUTED:
        return "conflict"
    if after.phase is Phase.SETTLED:
        return "complete"
    if after.phase is Phase.VOID:
        return "void" if after.cause is None else _ENDINGS.get(after.cause, "void")
    return None


@dataclass(slots=True)
class Announcing:
    """The flow from a pairing until both players see the card; over when the last card is shown.

    A match that is restarted has none: its flow is lost with the process that had it.
    """

    flow: Flow | None
    shown: set[PlayerId] = field(default_factory=set)

    def arrived(self, player: PlayerId, players: tuple[PlayerId, ...]) -> None:
        """A player sees the card."""
        if self.flow is None or player in self.shown:
            return
        self.shown.add(player)
        self.flow.checkpoint("match_found_embed_shown")
        if self.shown.issuperset(players):
            self._end("match_displayed_successfully")

    def failed(self) -> None:
        """It came to nothing."""
        self._end("error")

    def _end(self, status: str) -> None:
        if self.flow is not None:
            self.flow.complete(status)
            self.flow = None
