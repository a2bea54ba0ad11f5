"""The queue an actor reads, one letter at a time: a bounded Trio memory channel that outlives its reader.

    OPEN --drain--> DRAINING --close--> CLOSED
      +-----------------close-------------^

The channel is the bound. Three small queues beside it exist only while they are needed: letters of the
kernel's own that came when it was full (`past`: timers and `Down` are never refused), letters put back in
front (`front`), and letters that the actor put aside (`_aside`). Whenever a letter leaves the channel the
first of `past` takes its place, so arrival order holds and ordinary letters cannot overtake.
"""

from collections import deque
from collections.abc import Awaitable
from enum import Enum
from typing import TypeAlias, assert_never

import trio

from supervision.child import MailboxSpec, Overflow
from supervision.messages import KernelLetter, Letter


class MailboxState(Enum):
    """Who may still put letters in."""

    OPEN = "open"
    DRAINING = "draining"
    CLOSED = "closed"


Channel: TypeAlias = tuple[trio.MemorySendChannel[Letter], trio.MemoryReceiveChannel[Letter]]

MailboxLook: TypeAlias = tuple[int, int, int, float | None, int, int]
"""Letters waiting, capacity, the most that ever waited in the channel, when the next one was sent, letters
put aside, letters dropped."""

POKE = Letter(None, 0.0)
"""Wakes a waiting reader without being a letter."""


class Mailbox:
    """Belongs to the ref, not to the task: what is in it survives a restart of the reader.

    The fields are open to the two that touch it for every letter, `Ref.cast` and the actor's loop.
    """

    __slots__ = ("_aside", "dropped", "front", "past", "receive_end", "send_end", "spec", "state", "waiting")

    def __init__(self, spec: MailboxSpec) -> None:
        channel: Channel = trio.open_memory_channel(spec.capacity)
        self.send_end, self.receive_end = channel
        # A deque takes 0.7 KB: none is made before it is needed, since most actors are idle.
        self.front: deque[Letter] | None = None
        self.past: deque[Letter] | None = None
        self._aside: deque[Letter] | None = None
        self.spec = spec
        self.state = MailboxState.OPEN
        self.waiting = 0
        """Letters that a reader would get, those put aside not counted."""
        self.dropped = 0

    def put(self, letter: Letter) -> bool:
        """Put a letter in if there is room, which there is not while any is `past`: the way of nearly all.

        Returns:
            Whether it is in; if not, `refused` decides.
        """
        try:
            self.send_end.send_nowait(letter)
        except (trio.WouldBlock, trio.ClosedResourceError):
            return False
        self.waiting += 1
        return True

    def refused(self, letter: Letter) -> Letter:
        """Decide about a letter that `put` did not take.

        Returns:
            The letter that had to go for it, or itself, by the overflow rule.

        Raises:
            trio.WouldBlock: it is full and rejects.
            trio.ClosedResourceError: it is not open.
        """
        if self.state is not MailboxState.OPEN:
            raise trio.ClosedResourceError
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

    def post_past(self, letter: Letter) -> None:
        """Put a letter of the kernel's own in, bound or not. Dropped in silence once it is not open."""
        if self.state is not MailboxState.OPEN:
            return
        self.waiting += 1
        if not self.past:
            try:
                self.send_end.send_nowait(letter)
            except trio.WouldBlock:
                self.past = deque()
            else:
                return
        assert self.past is not None
        self.past.append(letter)

    async def post_when_room(self, letter: Letter) -> None:
        """Put a letter in, waiting for room: for senders that are no actors, for two that wait may deadlock.

        Raises:
            trio.ClosedResourceError: it is not open, or was closed meanwhile.
        """
        self.waiting += 1
        try:
            await self.send_end.send(letter)
        except BaseException:
            self.waiting -= 1
            raise

    def arrival(self) -> Awaitable[Letter]:
        """Wait for a letter, or give way to others if one is there; `taken` says what came of it.

        No coroutine of its own: every frame between the task and its wait costs memory and time a letter.

        Raises:
            trio.EndOfChannel: it was drained to the end.
        """
        return _given_way() if self.waiting else self.receive_end.receive()

    def taken(self, letter: Letter) -> Letter | None:
        """Count a letter that `arrival` gave; None if it was only a poke."""
        if letter is POKE:
            return None
        # Nothing of `past` fits in for it: it never was in the channel, which is full if there is a `past`.
        self.waiting -= 1
        return letter

    def take_nowait(self) -> Letter | None:
        """The next letter if there is one."""
        if not self.waiting:
            return None
        self.waiting -= 1
        if self.front:
            return self.front.popleft()
        try:
            letter = self.receive_end.receive_nowait()
        except (trio.WouldBlock, trio.EndOfChannel):
            if self.past:
                return self.past.popleft()
            self.waiting += 1
            return None  # the one that waits is on its way to the reader, or waited for room and is too late
        if self.past:
            self._refill()
        return letter

    def put_back(self, letter: Letter) -> None:
        """Make a letter the next one again."""
        self.front = self.front or deque()
        self.front.appendleft(letter)
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
        if self.receive_end.statistics().tasks_waiting_receive:
            self.send_end.send_nowait(POKE)

    def drain(self) -> None:
        """Let no more letters in; the reader gets what is there, then None."""
        if self.state is MailboxState.OPEN:
            self.state = MailboxState.DRAINING
            self.send_end.close()

    def close(self) -> list[Letter]:
        """Close it for good.

        Returns:
            What nobody will read any more, in order.
        """
        self.drain()
        self.bring_back()
        left = []
        while (letter := self.take_nowait()) is not None:
            left.append(letter)
        self.state = MailboxState.CLOSED
        return left

    def look(self) -> "MailboxLook":
        """Its numbers at this moment. Any thread may ask; ten thousand of them are asked for a dump."""
        return (
            self.waiting,
            self.spec.capacity,
            self.send_end._state.peak_buffer_used,  # noqa: SLF001 - `statistics()` counts everything else, too
            self.oldest_at if self.waiting else None,
            len(self._aside) if self._aside else 0,
            self.dropped,
        )

    @property
    def oldest_at(self) -> float | None:
        """When the letter that comes next was sent; None if there is none. May be read from any thread."""
        if self.front:
            return self.front[0].sent_at
        # Trio shows how many letters a channel holds but not the first of them.
        first = self.receive_end._state.data or self.past  # noqa: SLF001
        return first[0].sent_at if first else None

    def _refill(self) -> None:
        assert self.past
        try:
            self.send_end.send_nowait(self.past[0])
        except (trio.WouldBlock, trio.ClosedResourceError):
            return  # a sender that waited for room was quicker, or the end was near: `take` gets it there
        self.past.popleft()

    def _replace_oldest(self, letter: Letter) -> Letter:
        # Only ordinary letters may go: the kernel's own are set in front again, in order.
        letters = []
        while (oldest := self.take_nowait()) is not None:
            letters.append(oldest)
        first = next((at for at, kept in enumerate(letters) if not isinstance(kept, KernelLetter)), None)
        fallen = letter if first is None else letters.pop(first)
        for kept in letters if first is None else [*letters, letter]:
            self.post_past(kept)
        self.dropped += 1
        return fallen


async def _given_way() -> Letter:
    await trio.lowlevel.checkpoint()
    return POKE
