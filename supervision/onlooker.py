"""Looking at a tree from a thread of one's own, whatever state its loop is in.

onlooker --question--> loop --answer--> onlooker       a loop that runs answers between two of its steps
    +----reads it himself, with the stack              a loop that does not answer within `LOOP_S` is stuck
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import trio

from supervision.errors import DumpUnavailable
from supervision.frames import Spot, stack_of
from supervision.supervisor import answer_safely

T = TypeVar("T")

LOOP_S = 0.2
"""How long the loop may take to answer before it counts as stuck."""
ANSWER_S = 2.0
"""How long an answer that the loop has begun may take."""
RETRIES = 3


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """An answer, and how the loop was when it was given."""

    answer: T
    lag_s: float | None
    """How long the loop took to get to it; None when it did not get to it."""
    stack: tuple[Spot, ...] = ()
    """Where the loop is stuck, the innermost frame last; empty if it is not."""

    @property
    def stuck_at(self) -> str | None:
        """`file:line function` where the loop is stuck; None if it is not."""
        return str(self.stack[-1]) if self.stack else None


class Onlooker:
    """Made in the loop's thread, asked from others."""

    def __init__(self) -> None:
        self.loop = threading.get_ident()
        self._token = trio.lowlevel.current_trio_token()

    def read(self, question: Callable[[], T]) -> Reading[T]:
        """Have a question answered, by the loop if it can, else here; and here, too, if the loop does not get
        to the end of it.

        Raises:
            DumpUnavailable: the question raised; the text says what.
        """
        visit = _Visit(question)
        asked_at = time.monotonic()
        try:
            self._token.run_sync_soon(visit.make)
        except trio.RunFinishedError:
            return Reading(self._here(question), None)
        visit.begun.wait(LOOP_S)
        if not visit.turn.acquire(blocking=False) and visit.done.wait(ANSWER_S):
            return Reading(_checked(visit.answer), visit.began_at - asked_at)
        return Reading(self._here(question), None, self.stack())

    def order(self, deed: Callable[[], T]) -> Reading[T | None]:
        """Have something done by the loop alone. One that is stuck does it once it moves again; then None.

        Raises:
            DumpUnavailable: it raised; the text says what.
        """
        visit = _Visit(deed)
        asked_at = time.monotonic()
        try:
            self._token.run_sync_soon(visit.make)
        except trio.RunFinishedError:
            return Reading(None, None)
        if visit.done.wait(LOOP_S):
            return Reading(_checked(visit.answer), visit.began_at - asked_at)
        return Reading(None, None, self.stack())

    def stack(self) -> tuple[Spot, ...]:
        """Every frame of the loop's thread, the innermost last."""
        return stack_of(self.loop)

    def _here(self, question: Callable[[], T]) -> T:
        """Answer beside the loop. What is read may change if it was only slow: then it is read again."""
        answer: tuple[T, Exception | None] = answer_safely(question)
        for _ in range(RETRIES):
            if answer[1] is None:
                break
            answer = answer_safely(question)
        return _checked(answer)


class _Visit(Generic[T]):
    """One question on its way through the loop."""

    def __init__(self, question: Callable[[], T]) -> None:
        self.question = question
        self.turn = threading.Lock()
        """Taken by whoever answers: the loop, or the onlooker when he is tired of waiting."""
        self.begun, self.done = threading.Event(), threading.Event()
        self.began_at = 0.0
        self.answer: tuple[T, Exception | None]

    def make(self) -> None:
        """Answer, in the loop, unless it comes too late."""
        if self.turn.acquire(blocking=False):
            self.began_at = time.monotonic()
            self.begun.set()
            self.answer = answer_safely(self.question)
            self.done.set()


def _checked(answer: tuple[T, Exception | None]) -> T:
    if answer[1] is not None:
        raise DumpUnavailable(repr(answer[1]))
    return answer[0]
