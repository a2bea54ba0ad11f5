"""What a supervisor says of its children: each crash, and a child that heeds no cancellation."""

import math
import traceback

import structlog

from supervision.cell import Cell, Crash
from supervision.child import Exit
from supervision.errors import IntensityReached
from supervision.frames import place

log = structlog.get_logger()

REPEAT_S = 1.0
"""A crash at the same place as the one before is told again this much later; others are only counted."""


class Reports:
    """The reports of one supervisor."""

    __slots__ = ("_last_at", "_last_place", "_repeated", "supervisor")

    def __init__(self, supervisor: str) -> None:
        self.supervisor = supervisor
        self._last_place = ""
        self._last_at = -math.inf
        self._repeated = 0

    def crashed(self, cell: Cell, context: str, error: BaseException, reason: str) -> None:
        """Write a crash on the child's record, and tell it.

        Args:
            cell: the child's record.
            context: what it was doing: starting, running or stopping.
            error: what ended it.
            reason: the same as text; rendering it, let alone its traceback, is what a crash costs most.
        """
        at, where = cell.post.now(), place(error)
        cell.failed += 1
        cell.last_crash = Crash(at, reason, type(error).__name__, where, cell.generation)
        cell.post.journal.remember(at, cell.path, "crashed", reason)
        if where == self._last_place and at - self._last_at < REPEAT_S:
            self._repeated += 1
            return
        log.error(
            "actor.crashed",
            actor=cell.path,
            supervisor=self.supervisor,
            context=context,
            reason=reason,
            where=where,
            restarts=cell.restarts,
            repeated=self._repeated,
            exc_info=error,
        )
        self._last_place, self._last_at, self._repeated = where, at, 0

    def gave_up(self, offender: Cell, error: BaseException | None, ending: Exit | None) -> IntensityReached:
        """Tell that a budget is spent: by whom, and how it ended last. The error that says so."""
        reason = repr(error) if error is not None else str(ending and ending.value)
        failure = IntensityReached(self.supervisor, offender.path, reason)
        failure.__cause__ = error
        log.critical("supervisor.gave_up", actor=self.supervisor, offender=offender.path, reason=reason)
        return failure

    def unkillable(self, cell: Cell) -> None:
        """Tell of a child that was cancelled and goes on, with its stack."""
        cell.unkillable = True
        frames = () if cell.task is None else cell.task.iter_await_frames()
        stack = "".join(traceback.StackSummary.extract(frames).format())
        at = cell.post.now()
        cell.post.journal.add(at, cell.path, "unkillable", stack)
        cell.post.journal.remember(at, cell.path, "unkillable", stack)
        log.critical("actor.unkillable", actor=cell.path, supervisor=self.supervisor, stack=stack)
