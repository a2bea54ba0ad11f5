"""The courier: one process for each Discord channel with something to say.

It owns the messages that the ladder keeps up to date for one reader: their
places, which generation Discord has, and who may draw right now. It decides
nothing. A newer screen replaces an older one that has not left yet; a card that
the inbox is redrawing as its answer is lent, and not touched until it is back.

Restart: permanent until idle. Cards whose newest generation did not arrive are
rows in the store, so a crash costs an edit sent twice, never a message lost.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

import structlog

from actors.boundaries import Boundary, passed
from actors.cards import priority_of, screen_for
from actors.doors import Doors
from actors.keys import COURIERS, courier_key, match_key
from actors.messages import Drawn, Lend, Show, Tell
from actors.ports import CardRow, Gone, Place, Priority, Reader, Subject, Unavailable
from actors.rules.ids import ChannelId, MatchId
from actors.rules.match import Card, Delivered, Unreachable
from actors.shelf import Shelf
from actors.spans import span
from supervision import Actor, ChildSpec, Flow, KernelError, MailboxFull, NotRunning, Ref, Registry, Restart
from supervision.flow import current, follow

log = structlog.get_logger()

LENT_S = 20.0
"""A loan ends after this, whatever became of the inbox's task."""
RETRY_S = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Pauses while Discord or the store is away; the last repeats."""
RECOVER_S = 5.0
"""Pause when a courier that crashed finds the store away."""
IDLE_S = 300.0
TOLD_AT_MOST = 16
"""Sentences kept while Discord is away; the oldest goes first."""


@dataclass(frozen=True, slots=True)
class _Returned:
    """A loan ran out."""

    subject: Subject


class _Quiet:
    """Nothing was said for a while."""


class _Recover:
    """Look again for what did not arrive before a crash."""


class _Again:
    """The weather may be better by now."""


@dataclass(frozen=True, slots=True)
class _Carried:
    """What became of the one thing that was on its way."""

    order: Show | Tell
    place: Place | None = None
    """Where a card is now."""
    fault: Gone | Unavailable | None = None


Order: TypeAlias = Show | Tell | Lend | Drawn | _Returned | _Quiet | _Recover | _Again | _Carried


def spec(reader: Reader, doors: Doors) -> ChildSpec:
    """How the courier of a reader is started."""
    name = f"dm-{reader.player}" if reader.player else f"channel-{reader.channel}"
    return ChildSpec(
        id=name, key=courier_key(reader), start=lambda: Courier(reader, doors), restart=Restart.TRANSIENT
    )


async def tell(registry: Registry, doors: Doors, reader: Reader, order: Show | Tell | Lend | Drawn) -> None:
    """Hand this to the reader's courier, woken if need be.

    What the kernel refuses is logged, not raised: every card is a row, and the steward shows it again.
    """
    key = courier_key(reader)
    try:
        ref = registry.whereis(key) or await registry.pool(COURIERS).whereis_or_start(spec(reader, doors))
        ref.cast(order)
    except KernelError as refused:
        log.warning("courier.refused", reader=str(reader), reason=type(refused).__name__)


class Courier(Actor[Order]):
    """Writes to one reader, one request at a time."""

    tasks = True

    def __init__(self, reader: Reader, doors: Doors) -> None:
        self._reader = reader
        self._doors = doors
        self._wanted: dict[Subject, Show] = {}
        self._flows: dict[Subject, Flow | None] = {}
        """On whose behalf a card is shown."""
        self._told: dict[int, Tell] = {}
        """By nonce, oldest first."""
        self._lent: dict[Subject, int] = {}
        """How many answers draw a card at this moment."""
        self._leaving: Show | Tell | None = None
        """What is on its way. So a card has one writer."""
        self._overtaken: set[Subject] = set()
        """Lent while something else was on its way, or too late: what arrives last may be the older."""
        self._shelf = Shelf(channel=reader.channel)
        self._failures = 0

    def describe(self) -> str:
        """To whom it writes, how much is waiting to leave, and what it waits for."""
        whom = f"player {self._reader.player}" if self._reader.player else f"channel {self._reader.channel}"
        due = self.context.timers.due("again")
        paused = "" if due is None else f", next attempt in {span(due - self.context.now())}"
        to_send = len(self._wanted) + len(self._told)
        return f"{to_send} to send to {whom}, {len(self._lent)} lent{_in_words(self._leaving)}{paused}"

    async def resume(self) -> None:
        """After a crash, take up again what did not arrive."""
        if self.context.generation > 1:
            await self._recover()
            self._go_on()

    async def _recover(self) -> None:
        try:
            for card in await self._doors.store.pending_cards():
                if card.reader == self._reader and (screen := await screen_for(card, self._doors)):
                    self._want(Show(card, screen))
        except Unavailable:
            self.context.timers.arm("recover", RECOVER_S, _Recover())

    async def handle(self, order: Order) -> None:
        """Note what is wanted and what became of it; then let the next leave."""
        self.context.timers.arm("quiet", IDLE_S, _Quiet())
        match order:
            case Show():
                self._want(order)
            case Tell():
                self._note_down(order)
            case Lend() | Drawn() | _Returned():
                await self._loan(order)
            case _Carried():
                await self._heard(order)
            case _Recover():
                await self._recover()
            case _Again() | _Quiet():
                self._rest()
        self._go_on()

    def _rest(self) -> None:
        if not (self._wanted or self._told or self._lent):
            self.context.passivate()

    def _note_down(self, tell: Tell) -> None:
        self._told[tell.nonce] = tell
        for nonce in tuple(self._told)[:-TOLD_AT_MOST]:
            del self._told[nonce]

    def _want(self, show: Show) -> None:
        subject, card = show.card.subject, show.card
        self._shelf.know(card)
        self._shelf.channel = self._shelf.channel or show.channel
        waiting = self._wanted.get(subject)
        known = max(self._shelf.shown(subject), waiting.card.generation if waiting else 0)
        if card.generation < known or (card.generation == known and not show.refresh):
            return
        self._wanted[subject], self._flows[subject] = show, current()

    # Cards that the inbox draws as its answer.

    async def _loan(self, order: Lend | Drawn | _Returned) -> None:
        match order:
            case Lend(card):
                await self._lend(card)
            case Drawn(card, place):
                await self._returned(card, place)
            case _Returned(subject):
                self._lent.pop(subject, None)
                self._overtaken.discard(subject)

    async def _lend(self, card: CardRow) -> None:
        """Hold edits. An answer that meets another writer, or comes too late, may cover what is newer."""
        subject = card.subject
        late = card.generation < self._shelf.shown(subject)
        meets = late or self._is_leaving(subject) or subject in self._lent
        self._lent[subject] = self._lent.get(subject, 0) + 1
        self.context.timers.arm(f"lent {subject}", LENT_S, _Returned(subject))
        if meets:
            self._overtaken.add(subject)
            with suppress(Unavailable):  # behind from now on: whoever dies meanwhile leaves it to the next
                await self._doors.store.new_card(self._reader, subject, self._doors.clock.now())

    def _take_back(self, subject: Subject) -> bool:
        """Whether nobody draws this card any more."""
        left = self._lent.pop(subject, 1) - 1
        if left:
            self._lent[subject] = left
        else:
            self.context.timers.cancel(f"lent {subject}")
        return not left

    async def _returned(self, card: CardRow, place: Place | None) -> None:
        """The inbox gives the card back: drawn at `place`, or not drawn at all."""
        overtook = self._take_back(card.subject) and self._overtook(card.subject)
        try:
            if overtook:  # what arrives last may cover the newest
                await self._show_anew(card.subject)
            if place is not None:
                await self._drawn(card, place)
            elif not overtook and (screen := await screen_for(card, self._doors)):
                self._want(Show(card, screen))
        except Unavailable as away:
            # The row is still behind: the steward shows it again.
            log.warning("card.unnoted", reader=str(self._reader), subject=str(card.subject), reason=str(away))

    async def _drawn(self, card: CardRow, place: Place) -> None:
        waiting = self._wanted.get(card.subject)
        if waiting and waiting.card.generation <= card.generation:
            del self._wanted[card.subject]
        await self._note(card, place)

    def _overtook(self, subject: Subject) -> bool:
        marked = subject in self._overtaken
        self._overtaken.discard(subject)
        return marked or self._is_leaving(subject)

    async def _show_anew(self, subject: Subject) -> None:
        """What the store has now, as a generation of its own: whoever dies meanwhile leaves it behind."""
        card = await self._doors.store.new_card(self._reader, subject, self._doors.clock.now())
        if screen := await screen_for(card, self._doors):
            self._want(Show(card, screen))

    def _is_leaving(self, subject: Subject) -> bool:
        return isinstance(self._leaving, Show) and self._leaving.card.subject == subject

    async def _note(self, card: CardRow, place: Place) -> None:
        """Where it is, at once; that it is shown, only when the store knows it too."""
        self._shelf.place(card.subject, place, 0)
        await self._doors.store.card_shown(card.id, place, card.generation)
        self._shelf.place(card.subject, place, card.generation)

    # To Discord, one thing at a time.

    def _go_on(self) -> None:
        """Let the most urgent thing leave, unless something is on its way or the weather is bad."""
        if self._leaving is not None or self.context.timers.due("again") is not None:
            return
        self._drop_late()
        free = [show for subject, show in self._wanted.items() if subject not in self._lent]
        if free:
            self._leaving = min(free, key=lambda show: priority_of(show.card.subject).value)
        else:
            self._leaving = next(iter(self._told.values()), None)
        if self._leaving is not None:
            self.context.tasks.start_soon(self._carry, self._leaving)

    def _drop_late(self) -> None:
        """A sentence whose time is over is not said any more."""
        now = self._doors.clock.now()
        for nonce in [nonce for nonce, tell in self._told.items() if tell.until <= now]:
            del self._told[nonce]
            log.info("notice.expired", reader=str(self._reader))

    async def _carry(self, order: Show | Tell) -> None:
        """One request, in a task of its own, so that newer orders are heard meanwhile."""
        flow = self._flows.pop(order.card.subject, None) if isinstance(order, Show) else None
        try:
            with follow(flow):
                carried = _Carried(order, await self._deliver(order))
        except (Gone, Unavailable) as fault:
            carried = _Carried(order, fault=fault)
        # A timer's letter, since those are let in whatever waits in the mailbox.
        self.context.timers.arm("carried", 0.0, carried)

    async def _deliver(self, order: Show | Tell) -> Place:
        post = self._doors.post
        if isinstance(order, Tell):
            channel = await self._channel()
            return Place(channel, await post.send(channel, order.screen, order.nonce, Priority.RESULT))
        card, priority = order.card, priority_of(order.card.subject)
        place = self._shelf.where(card.subject)
        if place is None:
            channel = await self._channel()
            passed(Boundary.COURIER_SENDS)
            place = Place(channel, await post.send(channel, order.screen, card.nonce, priority))
            passed(Boundary.COURIER_SENT)
            if card.generation == 1:
                return place
            # Its nonce may have found an older generation, sent by somebody who did not live to note it.
        await post.edit(place, order.screen, priority)
        passed(Boundary.COURIER_EDITED)
        return place

    async def _channel(self) -> ChannelId:
        if self._shelf.channel is None:
            assert self._reader.player is not None
            self._shelf.channel = await self._doors.post.open_dm(self._reader.player)
        return self._shelf.channel

    async def _heard(self, carried: _Carried) -> None:
        self._leaving = None
        order, fault = carried.order, carried.fault
        try:
            if isinstance(fault, Unavailable):
                await self._put_off(order, fault)
            elif isinstance(order, Tell):
                self._said(order, fault)
            elif fault is not None:
                await self._lost(order, fault)
            elif carried.place is not None:
                await self._arrived(order, carried.place)
        except Unavailable as away:
            pause = RETRY_S[min(self._failures, len(RETRY_S) - 1)]
            self._failures += 1
            log.warning("courier.paused", reader=str(self._reader), pause_s=pause, reason=str(away))
            self.context.timers.arm("again", pause, _Again())
        else:
            self._failures = 0

    async def _put_off(self, order: Show | Tell, fault: Unavailable) -> None:
        """It did not arrive: noted and tried again, until it is too old."""
        if isinstance(order, Show) and order.card.generation > self._shelf.shown(order.card.subject):
            keep = timedelta(seconds=self._doors.settings.card_keep_s)
            if self._doors.clock.now() > order.card.behind_since + keep:
                await self._lost(order, Gone(f"expired: {fault}", recipient_lost=False))
                return
            await self._doors.store.card_tried(order.card.id, str(fault))
        raise fault

    def _said(self, tell: Tell, fault: Gone | None) -> None:
        self._told.pop(tell.nonce, None)
        if fault is not None:
            log.info("notice.lost", reader=str(self._reader), reason=fault.reason)

    async def _lost(self, show: Show, gone: Gone) -> None:
        card = show.card
        if gone.deleted and self._reader.channel is not None:
            await self._send_anew(card)
            return
        log.info("card.lost", reader=str(self._reader), subject=str(card.subject), reason=gone.reason)
        if card.subject.kind == Card.FOUND.value and gone.recipient_lost and self._reader.player:
            self._report(card.subject, Unreachable(self._reader.player))
        await self._doors.store.card_lost(card.id, gone.reason, gone.recipient_lost)
        self._done(show)

    async def _send_anew(self, card: CardRow) -> None:
        """Somebody deleted a post in a channel that others read too."""
        log.info("card.deleted", reader=str(self._reader), subject=str(card.subject))
        await self._doors.store.card_deleted(card.id, self._doors.clock.now())
        self._shelf.forget(card.subject)
        self._wanted.pop(card.subject, None)
        await self._show_anew(card.subject)

    async def _arrived(self, show: Show, place: Place) -> None:
        """The match first: what is not noted yet is sent again after a crash, what is, is not."""
        card = show.card
        first = self._shelf.shown(card.subject) == 0
        if first and card.subject.kind == Card.FOUND.value and self._reader.player:
            self._report(card.subject, Delivered(self._reader.player))
            passed(Boundary.COURIER_REPORTED)
        await self._note(card, place)
        passed(Boundary.COURIER_NOTED)
        self._done(show)

    def _done(self, show: Show) -> None:
        if self._wanted.get(show.card.subject) is show:
            del self._wanted[show.card.subject]

    def _report(self, subject: Subject, news: Delivered | Unreachable) -> None:
        """Tell the match; one that is not running reads the card's row when it starts."""
        ref: Ref[Delivered | Unreachable] | None = self.context.registry.whereis(
            match_key(MatchId(subject.number))
        )
        if ref is None:
            return
        try:
            ref.cast(news)
        except (NotRunning, MailboxFull) as refused:
            log.warning("match.unheard", match=subject.number, reason=type(refused).__name__)


def _in_words(leaving: Show | Tell | None) -> str:
    if isinstance(leaving, Show):
        return f", writing {leaving.card.subject.kind} {leaving.card.subject.number}"
    return "" if leaving is None else ", writing a notice"
