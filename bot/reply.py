"""How the answer to one interaction reaches Discord: as its acknowledgement, or after a deferral.

    answer         as the first answer          after a deferral
    Redraw         the clicked message          the clicked message, through @original
      (command)    a new message                the placeholder
    Say            a new message                a follow-up (command: the placeholder)
    with a form    the form                     a card with a button that opens it

A kept card is borrowed from its courier while it is drawn here, so that it has one writer.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias, assert_never

import trio

from actors.boundaries import Boundary, passed
from actors.messages import Answer, Drawn, Lend, Redraw, Say
from actors.ports import CardRow, Place, Reader
from actors.rules.screens import Notice, Screen, SetupIntro
from bot.discord_events import CommandUsed, Deferral, Interaction, Submitted
from bot.drawing import Drawing, Form
from bot.flows import PLAIN, Answering
from supervision.flow import step

Draw: TypeAlias = Callable[[Screen], Drawing | Form]
TellCourier: TypeAlias = Callable[[Reader, Lend | Drawn], Awaitable[None]]

COURIER_S = 0.1
"""A courier that cannot be told within this does not hold up an answer: its loans run out by themselves."""
_BUTTON_FOR_THE_FORM = Say(SetupIntro())
_SORRY = Say(Notice("unexpected"))


class _Heard(Enum):
    """What Discord has of a reply."""

    NOTHING = "nothing, as far as we know"
    DEFERRING = "a placeholder, perhaps"
    PLACEHOLDER = "a placeholder"
    ANSWER = "the answer"


@dataclass(slots=True)
class Reply:
    """Answers one interaction: `first`, or `defer` and then `later`. All raise what `Answerer` raises."""

    event: Interaction
    draw: Draw
    courier: TellCourier
    steps: Answering = PLAIN
    """What drawing and sending are called in the flow."""
    _heard: _Heard = _Heard.NOTHING

    async def first(self, answer: Answer) -> None:
        """Acknowledge with the answer itself."""
        await self._acknowledge(answer)
        self._heard = _Heard.ANSWER

    async def defer(self) -> None:
        """Acknowledge without an answer."""
        self._heard = _Heard.DEFERRING
        await self._defer()
        self._heard = _Heard.PLACEHOLDER

    async def later(self, answer: Answer) -> None:
        """Answer after `defer`."""
        self._heard = _Heard.ANSWER
        drawing = self._drawn(answer)
        if isinstance(drawing, Drawing):
            with step(self.steps.send):
                await self._later(answer, drawing)
        else:
            await self.later(_BUTTON_FOR_THE_FORM)

    async def excuse(self) -> None:
        """Say that it went wrong, if nothing was said yet. A first answer may be repeated: one is taken."""
        match self._heard:
            case _Heard.NOTHING:
                await self.first(_SORRY)
            case _Heard.DEFERRING:
                await self.defer()
                await self.later(_SORRY)
            case _Heard.PLACEHOLDER:
                await self.later(_SORRY)
            case _Heard.ANSWER:
                pass
            case _:
                assert_never(self._heard)

    async def _acknowledge(self, answer: Answer) -> None:
        drawing = self._drawn(answer)
        if isinstance(drawing, Form) and isinstance(self.event, Submitted):
            await self._acknowledge(_BUTTON_FOR_THE_FORM)  # Discord shows no form in answer to a form
            return
        with step(self.steps.send):
            if isinstance(drawing, Form):
                await self.event.answerer.open(drawing)
            else:
                await self._first(answer, drawing)

    def _drawn(self, answer: Answer) -> Drawing | Form:
        with step(self.steps.draw):
            return self.draw(answer.screen)

    async def _defer(self) -> None:
        if self._place is not None:
            await self.event.answerer.defer(Deferral.UNCHANGED)
        else:
            await self.event.answerer.defer(Deferral.PRIVATE if self.event.in_guild else Deferral.SHOWN)

    async def _first(self, answer: Answer, drawing: Drawing) -> None:
        match answer:
            case Redraw(_, card) if self._place is not None:
                await self._keeping(card, lambda: self._redraw(drawing))
            case Redraw(_, card):
                await self._keeping(card, lambda: self._say(drawing, kept=card is not None))
            case Say(_, private):
                await self.event.answerer.say(drawing, private=private)
            case _:
                assert_never(answer)

    async def _later(self, answer: Answer, drawing: Drawing) -> None:
        match answer:
            case Redraw(_, card):
                await self._keeping(card, lambda: self._complete(drawing))
            case Say(_, private) if self._place is not None:
                await self.event.answerer.follow(drawing, private=private)
            case Say():
                await self.event.answerer.complete(drawing)
            case _:
                assert_never(answer)

    async def _redraw(self, drawing: Drawing) -> Place | None:
        await self.event.answerer.redraw(drawing)
        return self._kept(self._place)

    async def _say(self, drawing: Drawing, *, kept: bool) -> Place | None:
        # A private message cannot be edited through the bot's token, so a kept card never is one.
        await self.event.answerer.say(drawing, private=self.event.in_guild and not kept)
        return await self.event.answerer.original() if kept else None

    async def _complete(self, drawing: Drawing) -> Place | None:
        return self._kept(await self.event.answerer.complete(drawing))

    async def _keeping(self, card: CardRow | None, draw: Callable[[], Awaitable[Place | None]]) -> None:
        """Draw a card that its courier lent, and give it back whatever happened."""
        if card is None:
            await draw()
            return
        place: Place | None = None
        try:
            await self._tell(card.reader, Lend(card))
            place = await draw()
            passed(Boundary.ANSWER_TAKEN)
        finally:
            await self._tell(card.reader, Drawn(card, place))  # noqa: ASYNC102  # shielded and bounded inside

    async def _tell(self, reader: Reader, message: Lend | Drawn) -> None:
        # Shielded: a card whose return is cancelled would stay lent until the loan runs out.
        with trio.move_on_after(COURIER_S, shield=True):
            await self.courier(reader, message)

    @property
    def _place(self) -> Place | None:
        return None if isinstance(self.event, CommandUsed) else self.event.place

    def _kept(self, place: Place | None) -> Place | None:
        """Where the bot's token can edit it from now on; None when only the interaction's can."""
        if isinstance(self.event, CommandUsed) or self.event.place is None:
            return None if self.event.in_guild else place
        return None if self.event.private else place
