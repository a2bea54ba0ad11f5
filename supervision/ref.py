"""The typed address of an actor: how anybody talks to it.

A `Ref` lives as long as its child is specified: a restart changes the generation, not the address.
"""

from collections.abc import Hashable
from typing import Generic, TypeVar

import trio
from trio.lowlevel import checkpoint_if_cancelled, current_task, wait_task_rescheduled

from supervision.cell import CallLetter, Cell
from supervision.dead_letters import Fate
from supervision.errors import AskCycle, CallTimeout, MailboxFull, NotRunning, TooSlow
from supervision.flow import CURRENT
from supervision.mailbox import MailboxState
from supervision.messages import Call, Letter, Reply

BLANK = object.__new__
M = TypeVar("M", contravariant=True)

DEFAULT_TIMEOUT_S = 5.0


class ReplyTo:
    """The right to answer a call later. Unanswered when the actor ends, the caller gets `NoReply`."""

    __slots__ = ("_call", "_cell", "given")

    def __init__(self, cell: Cell, call: CallLetter) -> None:
        self._cell = cell
        self._call = call
        self.given = False
        cell.deferred += 1

    def answer(self, value: object) -> None:
        """Give the reply. A second one is ignored."""
        if not self.given:
            self._give()
            self._call.answer(value)

    def fail(self, error: Exception) -> None:
        """Give an error, raised where the call was made. A second one is ignored."""
        if not self.given:
            self._give()
            self._call.fail(error)

    def _give(self) -> None:
        self.given = True
        self._cell.deferred -= 1


class Ref(Generic[M]):
    """The address of an actor that understands `M`; it survives restarts of its actor."""

    __slots__ = ("cell",)

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        cell.ref = self

    @property
    def path(self) -> str:
        """Where the actor stands in the tree: `ladder/matches/1204`."""
        return self.cell.path

    @property
    def key(self) -> Hashable:
        """Its name in the registry, or None."""
        return self.cell.key

    @property
    def running(self) -> bool:
        """Whether a letter sent now would be taken in (a restarting actor takes letters in)."""
        mailbox = self.cell.mailbox
        return mailbox is not None and mailbox.state is MailboxState.OPEN

    def __repr__(self) -> str:
        return f"<ref {self.cell.path}>"

    def cast(self, message: M) -> None:
        """Send a message and do not wait, not even for room.

        Raises:
            NotRunning: the actor stopped or is draining.
            MailboxFull: it has no room and rejects.
        """
        cell = self.cell
        now = cell.post.now  # in two steps: a slot that is called through a dot is looked up the slow way
        # What `Letter` and `Mailbox.put` do, without their calls: this is done for every letter.
        letter = BLANK(Letter)
        letter.message = message
        letter.sent_at = now()
        letter.flow = CURRENT.get()
        mailbox = cell.mailbox
        assert mailbox is not None
        try:
            mailbox.send_end.send_nowait(letter)
        except (trio.WouldBlock, trio.ClosedResourceError):
            cell.refuse(letter)
        else:
            mailbox.waiting += 1

    async def send(self, message: M, timeout_s: float = DEFAULT_TIMEOUT_S) -> None:
        """Send a message, waiting for room. Not for actors: two that wait for each other's room never end.

        Raises:
            NotRunning: the actor stopped or is draining.
            MailboxFull: there was no room in time.
            AskCycle: an actor tried it.
        """
        cell = self.cell
        asker = cell.post.tasks.get(current_task())
        if asker is not None:
            raise AskCycle((asker.path, cell.path))
        assert cell.mailbox is not None
        letter = Letter(message, cell.post.now(), CURRENT.get())
        try:
            with trio.fail_after(timeout_s):
                await cell.mailbox.post_when_room(letter)
        except trio.TooSlowError:
            cell.bury(letter, Fate.FULL)
            raise MailboxFull(cell.path, message, cell.mailbox.spec.capacity) from None
        except trio.ClosedResourceError:
            cell.bury(letter, Fate.DEAD)
            raise NotRunning(cell.path, message) from None

    async def call(self, message: Call[Reply], timeout_s: float = DEFAULT_TIMEOUT_S) -> Reply:
        """Ask, and wait for the answer: queueing and handling together within `timeout_s`.

        Raises:
            CallTimeout: no answer in time; `TooSlow` if the letter was still in the mailbox.
            NotRunning, MailboxFull: the letter was not taken in.
            ActorDied: the actor ended first; `Restarting` if it comes back, `NoReply` if it kept the answer.
            HandlerFailed: it crashed over this message.
            AskCycle: it is, directly or by others, waiting for the caller.
            Reject: whatever `Reject` the actor raised; the same for an error given to `ReplyTo.fail`.
        """
        cell = self.cell
        task = current_task()
        asker = cell.post.tasks.get(task)
        if asker is not None:
            _refuse_cycle(asker, cell)
        await checkpoint_if_cancelled()
        now = cell.post.now()
        letter = CallLetter(message, now, CURRENT.get(), task, cell)
        assert cell.mailbox is not None
        if not cell.mailbox.put(letter):
            cell.refuse(letter)
        if cell.pending is None:
            cell.pending = set()
        cell.pending.add(letter)
        cell.post.alarms.at(now + timeout_s, letter)
        if asker is None:
            await wait_task_rescheduled(letter.abandon)
        else:
            asker.waiting_on, asker.waiting_since, asker.waiting_until = cell, now, now + timeout_s
            try:
                await wait_task_rescheduled(letter.abandon)
            finally:
                asker.waiting_on = None
        if letter.error is not None:
            _raise(letter, timeout_s)
        # Handlers are typed `-> object`; that each Call gets its Reply is a law of the actor's own tests.
        reply: Reply = letter.value
        return reply


def _raise(call: CallLetter, timeout_s: float) -> None:
    assert call.error is not None
    if type(call.error) is not TimeoutError:
        raise call.error
    cell = call.target
    late = CallTimeout if call.taken else TooSlow
    raise late(cell.path, call.message, timeout_s, cell.post.in_words(cell))


def _refuse_cycle(asker: Cell, target: Cell) -> None:
    """Raise if the target waits, directly or by others, for the asker.

    An actor handles one letter at a time, so each waits for at most one other: following the chain finds
    every cycle there can be.
    """
    chain = [asker.path]
    step: Cell | None = target
    while step is not None:
        chain.append(step.path)
        if step is asker:
            raise AskCycle(tuple(chain))
        step = step.waiting_on
