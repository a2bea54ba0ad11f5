"""Laws 41 and 42 of the mailbox by itself: whatever is done to it, it holds what a plain list would hold."""

from itertools import count

import pytest
import trio
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from supervision import MailboxSpec, Overflow
from supervision.mailbox import POKE, Mailbox, MailboxState
from supervision.messages import KernelLetter, Letter
from tests.supervision.stage import every_schedule, settle


class Wanted:
    """The ticket of a letter that nobody revokes."""

    def take(self) -> bool:
        return True

    def keep(self) -> None:
        pass


class AMailboxIsAList(RuleBasedStateMachine):
    """`front` was put back, and counts for no bound; `rest` came in the ordinary way."""

    @initialize(capacity=st.integers(1, 4), overflow=st.sampled_from(Overflow))
    def begin(self, capacity: int, overflow: Overflow) -> None:
        self.box = Mailbox(MailboxSpec(capacity, overflow))
        self.capacity, self.overflow = capacity, overflow
        self.front: list[Letter] = []
        self.rest: list[Letter] = []
        self.aside: list[Letter] = []
        self.hand: list[Letter] = []
        self.numbers = count()
        self.dropped = self.peak = 0
        self.state = MailboxState.OPEN

    def letter(self) -> Letter:
        number = next(self.numbers)
        return Letter(number, float(number))

    @rule()
    def a_letter_comes(self) -> None:
        letter = self.letter()
        if self.box.put(letter):
            assert self.state is MailboxState.OPEN
            assert len(self.rest) < self.capacity
            self.rest.append(letter)
        elif self.state is not MailboxState.OPEN:
            with pytest.raises(trio.ClosedResourceError):
                self.box.refused(letter)
        else:
            assert len(self.rest) >= self.capacity
            self.one_has_to_go(letter)

    def one_has_to_go(self, letter: Letter) -> None:
        if self.overflow is Overflow.REJECT:
            with pytest.raises(trio.WouldBlock):
                self.box.refused(letter)
            return
        fallen = letter
        if self.overflow is Overflow.DROP_OLDEST:
            everything = [*self.front, *self.rest, letter]
            fallen = next(each for each in everything if not isinstance(each, KernelLetter))
            everything.remove(fallen)
            self.front, self.rest = [], everything
        assert self.box.refused(letter) is fallen
        self.dropped += 1

    @rule()
    def a_letter_of_the_kernel_comes(self) -> None:
        number = next(self.numbers)
        letter = KernelLetter(number, float(number), Wanted())
        self.box.post_past(letter)
        if self.state is MailboxState.OPEN:
            self.rest.append(letter)

    @rule()
    def a_letter_is_taken(self) -> None:
        taken = self.box.take_nowait()
        source = self.front or self.rest
        assert taken is (source.pop(0) if source else None)
        if taken is not None:
            self.hand.append(taken)

    @precondition(lambda self: self.hand and self.state is not MailboxState.CLOSED)
    @rule()
    def it_is_put_back(self) -> None:
        letter = self.hand.pop()
        self.box.put_back(letter)
        self.front.insert(0, letter)

    @precondition(lambda self: self.hand and self.state is not MailboxState.CLOSED)
    @rule()
    def it_is_put_aside(self) -> None:
        letter = self.hand.pop()
        assert self.box.put_aside(letter) is (len(self.aside) < self.capacity)
        if len(self.aside) < self.capacity:
            self.aside.append(letter)

    @rule()
    def those_put_aside_come_back(self) -> None:
        self.box.bring_back()
        self.front[:0] = self.aside
        self.aside.clear()

    @rule()
    def it_is_poked_while_nobody_waits(self) -> None:
        self.box.poke()

    @rule(sure=st.integers(0, 9))
    def it_is_drained(self, sure: int) -> None:
        if sure == 0:
            self.box.drain()
            if self.state is MailboxState.OPEN:
                self.state = MailboxState.DRAINING

    @rule(sure=st.integers(0, 9))
    def it_is_closed(self, sure: int) -> None:
        if sure == 0:
            assert self.box.close() == [*self.aside, *self.front, *self.rest]
            self.aside, self.front, self.rest = [], [], []
            self.state = MailboxState.CLOSED

    @invariant()
    def they_agree(self) -> None:
        waiting = [*self.front, *self.rest]
        self.peak = max(self.peak, min(len(self.rest), self.capacity))
        assert self.box.state == self.state
        assert self.box.look() == (
            len(waiting),
            self.capacity,
            self.peak,
            waiting[0].sent_at if waiting else None,
            len(self.aside),
            self.dropped,
        )


TestAMailbox = AMailboxIsAList.TestCase


@every_schedule
async def test_a_reader_gets_what_is_there_then_waits_and_is_woken_by_a_letter_or_a_poke() -> None:
    box = Mailbox(MailboxSpec(2))
    read: list[object] = []

    async def reader() -> None:
        while True:
            try:
                letter = box.taken(await box.arrival())
            except trio.EndOfChannel:
                read.append("the end")
                return
            while letter := letter or box.take_nowait():
                read.append(letter.message)
                letter = None

    async with trio.open_nursery() as nursery:
        for message in "ab":
            assert box.put(Letter(message, 0.0))
        nursery.start_soon(reader)
        await settle()
        assert read == ["a", "b"]
        box.poke()
        await settle()
        assert (read, box.waiting) == (["a", "b"], 0)
        assert box.put(Letter("c", 0.0))
        await settle()
        box.drain()
    assert read == ["a", "b", "c", "the end"]
    assert box.taken(POKE) is None


@every_schedule
async def test_a_sender_that_waits_for_room_counts_as_waiting_until_it_gives_up() -> None:
    box = Mailbox(MailboxSpec(1))
    assert box.put(Letter("a", 0.0))
    with trio.move_on_after(1):
        await box.post_when_room(Letter("b", 0.0))
    assert box.waiting == 1
    async with trio.open_nursery() as nursery:
        nursery.start_soon(box.post_when_room, Letter("c", 0.0))
        await settle()
        assert box.waiting == 2
        assert box.take_nowait() is not None
        assert box.waiting == 1
        assert [letter.message for letter in box.close()] == ["c"]
    assert (box.waiting, box.state) == (0, MailboxState.CLOSED)


def aside_and_waiting(box: Mailbox) -> tuple[int, int]:
    waiting, _, _, _, aside, _ = box.look()
    return aside, waiting


def test_as_many_letters_as_fit_the_mailbox_can_be_put_aside_and_come_back_oldest_first() -> None:
    box = Mailbox(MailboxSpec(3))
    letters = [Letter(number, 0.0) for number in range(4)]
    assert [box.put_aside(letter) for letter in letters] == [True, True, True, False]
    assert aside_and_waiting(box) == (3, 0)
    box.bring_back()
    assert aside_and_waiting(box) == (0, 3)
    assert [box.take_nowait() for _ in letters] == [*letters[:3], None]


def test_a_mailbox_that_is_closed_stays_closed() -> None:
    box = Mailbox(MailboxSpec(1))
    assert box.put(Letter("a", 0.0))
    assert [letter.message for letter in box.close()] == ["a"]
    box.drain()
    assert (box.state, box.close()) == (MailboxState.CLOSED, [])
    assert not box.put(Letter("b", 0.0))
