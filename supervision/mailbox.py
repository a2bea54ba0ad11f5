"""The queue an actor reads, one letter at a time: a bounded Trio memory channel that outlives its reader.

    OPEN --drain--> DRAINING --close--> CLOSED
      +-----------------close-------------^

The channel is the bound. Three small queues beside it exist only while they are needed: letters of the
kernel's own that came when it was full (`_past`: timers and `Down` are never refused), letters put back in
front (`_front`), and letters that the actor put aside (`_aside`). Whenever a letter leaves the channel the
first of `_past` takes its place, so arrival order holds and ordinary letters cannot overtake.
"""

from collections import deque
from enum import Enum
from typing import assert_never

import trio

from supervision.child import MailboxSpec, Overflow
from supervision.messages import Letter


class MailboxState(Enum):
    """Who may still put letters in."""

    OPEN = "open"
    DRAINING = "draining"
    CLOSED = "closed"


POKE = Letter(None, 0.0)
"""Wakes a waiting reader without being a letter."""


class Mailbox:
    """Belongs to the ref, not to the task: what is in it survives a restart of the reader."""

    __slots__ = ("_aside", "_front", "_past", "_receive", "_send", "dropped", "spec", "state", "waiting")

    def __init__(self, spec: MailboxSpec) -> None:
        self._send, self._receive = trio.open_memory_channel[Letter](spec.capacity)
        # A deque takes 0.7 KB: none is made before it is needed, since most actors are idle.
        self._front: deque[Letter] | None = None
        self._past: deque[Letter] | None = None
        self._aside: deque[Letter] | None = None
        self.spec = spec
        self.state = MailboxState.OPEN
        self.waiting = 0
        """Letters that a reader would get, those put aside not counted."""
        self.dropped = 0

    def post(self, letter: Letter) -> Letter | None:
        """Put a letter in; never waits.

        Returns:
            The letter that had to go for it (or itself), by the overflow rule; None if all fit.

        Raises:
            trio.WouldBlock: it is full and rejects.
            trio.ClosedResourceError: it is not open.
        """
        if not self._past:  # else the channel is full, and these come first
            try:
                self._send.send_nowait(letter)
            except trio.WouldBlock:
                pass
            else:
                self.waiting += 1
                return None
        return self._overflow(letter)

    def post_past(self, letter: Letter) -> None:
        """Put a letter of the kernel's own in, bound or not. Dropped in silence once it is not open."""
        if self.state is not MailboxState.OPEN:
            return
        self.waiting += 1
        if not self._past:
            try:
                self._send.send_nowait(letter)
            except trio.WouldBlock:
                self._past = deque()
            else:
                return
        assert self._past is not None
        self._past.append(letter)

    async def post_when_room(self, letter: Letter) -> None:
        """Put a letter in, waiting for room: for senders that are no actors, for two that wait may deadlock.

        Raises:
            trio.ClosedResourceError: it is not open, or was closed meanwhile.
        """
        self.waiting += 1
        try:
            await self._send.send(letter)
        except BaseException:
            self.waiting -= 1
            raise

    async def take(self) -> Letter | None:
        """The next letter; None when it was drained to the end, or poked."""
        if self._front:
            await trio.lowlevel.checkpoint()
            return self.take_nowait()
        try:
            letter = await self._receive.receive()
        except trio.EndOfChannel:
            return self.take_nowait()  # what came past the bound before it was drained
        if letter is POKE:
            return None
        self.waiting -= 1
        if self._past:
            self._refill()
        return letter

    def take_nowait(self) -> Letter | None:
        """The next letter if there is one."""
        if not self.waiting:
            return None
        self.waiting -= 1
        if self._front:
            return self._front.popleft()
        try:
            letter = self._receive.receive_nowait()
        except trio.EndOfChannel:
            assert self._past
            return self._past.popleft()
        if self._past:
            self._refill()
        return letter

    def put_back(self, letter: Letter) -> None:
        """Make a letter the next one again."""
        self._front = self._front or deque()
        self._front.appendleft(letter)
        self.waiting += 1

    def put_aside(self, letter: Letter) -> bool:
        """Keep a letter for later; False when as many as fit the mailbox are kept already."""
        self._aside = self._aside or deque()
        if len(self._aside) >= self.spec.capacity:
            return False
        self._aside.append(letter)
        return True

    def bring_back(self) -> None:
        """Make all letters put aside the next ones, oldest first."""
        while self._aside:
            self.put_back(self._aside.pop())

    def poke(self) -> None:
        """Make a reader that waits for a letter return from its wait."""
        if self._receive.statistics().tasks_waiting_receive:
            self._send.send_nowait(POKE)

    def drain(self) -> None:
        """Let no more letters in; the reader gets what is there, then None."""
        if self.state is MailboxState.OPEN:
            self.state = MailboxState.DRAINING
            self._send.close()

    def close(self) -> list[Letter]:
        """Close it for good.

        Returns:
            What nobody will read any more, in order. (A channel that is closed forgets its letters.)
        """
        self.drain()
        self.bring_back()
        left = []
        while (letter := self.take_nowait()) is not None:
            left.append(letter)
        self._receive.close()
        self.state = MailboxState.CLOSED
        return left

    @property
    def aside(self) -> int:
        """Letters put aside."""
        return len(self._aside) if self._aside else 0

    @property
    def peak(self) -> int:
        """The most letters that waited in the channel at once."""
        # `statistics()` would count everything else as well, for each of ten thousand mailboxes of a dump.
        return self._send._state.peak_buffer_used  # noqa: SLF001

    @property
    def oldest_at(self) -> float | None:
        """When the letter that comes next was sent; None if there is none. May be read from any thread."""
        if self._front:
            return self._front[0].sent_at
        # Trio shows how many letters a channel holds but not the first of them.
        channel = self._receive._state.data  # noqa: SLF001
        return channel[0].sent_at if channel else None

    def _refill(self) -> None:
        assert self._past
        try:
            self._send.send_nowait(self._past[0])
        except (trio.WouldBlock, trio.ClosedResourceError):
            return  # a sender that waited for room was quicker, or the end was near: `take` gets it there
        self._past.popleft()

    def _overflow(self, letter: Letter) -> Letter:
        match self.spec.overflow:
            case Overflow.REJECT:
                raise trio.WouldBlock
            case Overflow.DROP_NEWEST:
                self.dropped += 1
                return letter
            case Overflow.DROP_OLDEST:
                return self._replace_oldest(letter)
            case _:
                assert_never(self.spec.overflow)

    def _replace_oldest(self, letter: Letter) -> Letter:
        # Only ordinary letters may go: the kernel's own are set in front again, in order.
        letters = []
        while (oldest := self.take_nowait()) is not None:
            letters.append(oldest)
        first = next((at for at, kept in enumerate(letters) if kept.ticket is None), None)
        fallen = letter if first is None else letters.pop(first)
        for kept in letters if first is None else [*letters, letter]:
            self.post_past(kept)
        self.dropped += 1
        return fallen
