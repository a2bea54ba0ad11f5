"""What a person does when a match is found: confirm, late or at once; abort; look away."""

from dataclasses import dataclass

from bot.simulator.evening import Stage
from bot.simulator.keyboard import Keyboard
from bot.simulator.model import Message
from bot.simulator.sight import ABORT, CONFIRM, ENDS, KEEP, SURE, Face, offers, report_menu, shows
from bot.simulator.tempers import Temper

CONFIRMATION_S = 170.0
"""Longer than any confirmation can stay open: delivery and window."""

REMINDER_S = 30.0
ANSWER_S = 5.0
TRIES = 4
"""How often somebody who means to abort tries to, when the question goes away by itself."""

ABORTS = 2
"""How often who aborts does; the last time not quite."""

_BACK = "You are back in the queue"


@dataclass(frozen=True, slots=True)
class Ended:
    """How the confirmation ended for this person."""

    back_in_queue: bool = False


@dataclass(slots=True)
class Meeting:
    """One person and the match-found cards."""

    keyboard: Keyboard
    oddities: int = 0
    """How often this person already behaved in the odd way of the temper."""

    async def answer(self, card: Message, match: int) -> Ended:
        """Deal with a match-found card until the match is live or called off."""
        match self.keyboard.character.temper:
            case Temper.NO_SHOW if not self.oddities:
                await self._look_away()
            case Temper.ABORTER if self.oddities < ABORTS:
                await self._abort(card)
            case Temper.LATE if not self.oddities:
                await self._wait_for_reminder(match)
                await self._confirm(card)
            case _:
                await self.keyboard.hesitate(0.3, 1.5)
                await self._confirm(card)
        return await self._end(match)

    async def _confirm(self, card: Message) -> None:
        """Press the button; it is gone when the match was called off meanwhile."""
        await self.keyboard.press(card, CONFIRM)

    async def _look_away(self) -> None:
        self._odd("missed a confirmation")

    async def _wait_for_reminder(self, match: int) -> None:
        self._odd("confirmed late")
        await self.keyboard.find(lambda message: shows(message, {Face.REMINDER}, match), REMINDER_S)

    async def _abort(self, card: Message) -> None:
        """Abort for good the first time; the next time think better of it."""
        for_good = self.oddities < ABORTS - 1
        self._odd("aborted" if for_good else "nearly aborted")
        button = SURE if for_good else KEEP
        for _ in range(TRIES):
            await self.keyboard.hesitate(0.3, 1.0)
            if await self.keyboard.press(card, ABORT) is None:
                break
            await self.keyboard.until(lambda: offers(card, button) or None, ANSWER_S)
            await self.keyboard.hesitate(0.2, 0.6)
            # The card may have been redrawn meanwhile, since the opponent confirmed: then ask anew.
            if await self.keyboard.press(card, button):
                break
        if not for_good:
            await self.keyboard.until(lambda: offers(card, CONFIRM) or None, ANSWER_S)
            await self._confirm(card)

    def _odd(self, deed: str) -> None:
        self.oddities += 1
        self.keyboard.evening.notebook.deeds[deed] += 1

    async def _end(self, match: int) -> Ended:
        """Wait for the match card, for the sentence that it was called off, or for what staff made of it."""

        def over(message: Message) -> bool:
            live = shows(message, {Face.MATCH}, match) and report_menu(message) is not None
            return live or shows(message, ENDS, match)

        card = await self.keyboard.find(over, CONFIRMATION_S)
        if card is None:
            self.keyboard.surprise(f"match #{match} neither began nor was called off")
            return Ended()
        if shows(card, {Face.MATCH}, match):
            return Ended()
        settled = shows(card, {Face.RESULT}, match)
        self.keyboard.evening.notebook.stage(match, Stage.SETTLED if settled else Stage.VOID)
        return Ended(back_in_queue=_BACK in card.text)
