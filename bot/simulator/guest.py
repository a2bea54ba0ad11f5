"""One person's evening: set up, queue, confirm, play, report, rest, again; each in the manner of a temper.

A person decides by what is on the screen, newest cards first, whatever brought a card there:

    a match card with a menu -> play        "Confirm match" -> answer        "Cancel queue" -> wait
    nothing -> queue again, or go home at closing time
"""

from collections.abc import Awaitable
from typing import TypeVar

from bot.simulator.evening import Situation, Stage
from bot.simulator.keyboard import Keyboard
from bot.simulator.lobby import Lobby
from bot.simulator.meeting import Meeting
from bot.simulator.model import Message
from bot.simulator.queueing import Queueing
from bot.simulator.refusals import SetupError
from bot.simulator.reporting import Reporter
from bot.simulator.setting_up import set_up
from bot.simulator.sight import CONFIRM, Face, face, offers, report_menu
from bot.simulator.tempers import Temper

T = TypeVar("T")

REST_S = (0.8, 3.0)


class Guest:
    """One person for one evening."""

    def __init__(self, keyboard: Keyboard, lobby: Lobby) -> None:
        self._keyboard = keyboard
        self._evening = keyboard.evening
        self._queueing = Queueing(keyboard)
        self._meeting = Meeting(keyboard)
        self._reporter = Reporter(keyboard, lobby)
        self._done: set[int] = set()
        """Matches that were found and dealt with."""
        self._played: set[int] = set()
        self._leaving = False

    async def live(self) -> None:
        """From the arrival to the way home. Whatever is open at closing time is finished first."""
        self._is(Situation.AWAY)
        await self._keyboard.hesitate(0.0, self._evening.options.arrival_s)
        self._is(Situation.SETTING_UP)
        if await self._try(set_up(self._keyboard)):
            await self._play_on()
        self._is(Situation.HOME)

    async def _play_on(self) -> None:
        if self._keyboard.character.temper is Temper.CLOSED_DMS:
            self._keyboard.hands.close_dms()
        while not self._leaving and not self._evening.over:
            await self._try(self._turn())
        if not self._leaving:
            self._keyboard.surprise("still busy when the overtime was over")
        await self._queueing.read()

    async def _try(self, doing: Awaitable[T]) -> T | None:
        """Do something; what no client offers is a mistake of the script, written down as one."""
        try:
            return await doing
        except SetupError as impossible:
            self._keyboard.surprise(f"tried the impossible: {impossible}")
            await self._keyboard.hesitate(*REST_S)
            return None

    async def _turn(self) -> None:
        """Do the most urgent thing."""
        if card := self._keyboard.seen(self._is_live):
            await self._play(card)
        elif card := self._keyboard.seen(self._is_found):
            await self._answer(card)
        elif self._queueing.queued:
            self._is(Situation.QUEUED)
            await self._queueing.wait(self._is_called)
        elif self._evening.closing:
            self._leaving = True
        else:
            await self._rest_and_queue()

    async def _play(self, card: Message) -> None:
        seen = face(card)
        assert seen is not None
        self._queueing.queued = False
        self._played.add(seen[1])
        self._done.add(seen[1])
        await self._reporter.play(card, seen[1])

    async def _answer(self, card: Message) -> None:
        seen = face(card)
        assert seen is not None
        self._is(Situation.FOUND)
        self._done.add(seen[1])
        self._queueing.queued = False
        self._evening.notebook.stage(seen[1], Stage.FOUND)
        end = await self._meeting.answer(card, seen[1])
        self._queueing.queued = end.back_in_queue

    async def _rest_and_queue(self) -> None:
        self._is(Situation.RESTING)
        await self._keyboard.hesitate(*REST_S)
        if self._evening.closing:
            return
        self._is(Situation.IDLE)
        await self._queueing.amuse()
        match await self._queueing.join():
            case None:
                pass
            case until if until > self._evening.ends_at:
                self._leaving = True
            case until:
                await self._keyboard.until(
                    lambda: None, max(0.0, until - self._keyboard.hands.world.clock.now())
                )

    def _is_live(self, message: Message) -> bool:
        seen = face(message)
        return (
            seen is not None
            and seen[0] is Face.MATCH
            and seen[1] not in self._played
            and report_menu(message) is not None
        )

    def _is_found(self, message: Message) -> bool:
        seen = face(message)
        return seen is not None and seen[1] not in self._done and offers(message, CONFIRM)

    def _is_called(self, message: Message) -> bool:
        return self._is_live(message) or self._is_found(message)

    def _is(self, situation: Situation) -> None:
        self._evening.notebook.situations[self._keyboard.character.name] = situation
