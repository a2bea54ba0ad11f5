"""A person's hands with a temper: they hesitate before they act, and tell when Discord shows an error in red.

They act only on what is on the screen at the very moment, as a client would: what vanished while they
hesitated is not pressed.
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from bot.simulator.evening import Evening
from bot.simulator.model import Message, Modal, Select, Shown
from bot.simulator.person import Person
from bot.simulator.sight import offers
from bot.simulator.tempers import Character

T = TypeVar("T")

SLACK_S = 0.02
"""Looks at least this far apart, so that a storm of edits does not keep a person looking."""


class Keyboard:
    """One person at a client, with the nerves of a character."""

    def __init__(self, hands: Person, character: Character, evening: Evening) -> None:
        self.hands = hands
        self.character = character
        self.evening = evening
        self.dice = random.Random(character.seed)

    @property
    def screen(self) -> list[Message]:
        """What the bot has in the direct messages now, newest first."""
        return [each for each in reversed(self.hands.messages()) if each.author.bot and not each.loading]

    async def hesitate(self, least_s: float, most_s: float) -> None:
        """Think, as long as this character does."""
        pace = self.character.pace
        await self.evening.hesitate(self.dice, least_s * pace, most_s * pace)

    async def command(self, name: str, **options: str | int) -> Shown:
        """Enter a slash command."""
        return self._judged(await self.hands.slash(name, options))

    async def press(self, message: Message, label: str) -> Shown | None:
        """Press a button at once; None when it is not there any more."""
        if message.deleted or not offers(message, label):
            return None
        return self._judged(await self.hands.press(message, label))

    async def choose(self, message: Message, menu: Select | None, values: Sequence[str]) -> Shown | None:
        """Choose in a menu at once; None when it is not there any more."""
        if menu is None or message.deleted or menu.disabled:
            return None
        return self._judged(await self.hands.select(message, menu.custom_id, values))

    async def submit(self, modal: Modal, entries: Mapping[str, str]) -> Shown:
        """Send a form."""
        return self._judged(await self.hands.submit(modal, entries))

    async def upload(self, kind: str, name: str, content: bytes) -> None:
        """Send a file to the bot."""
        self.evening.notebook.uploads[kind] += 1
        await self.hands.send_dm(attachments=[(name, content)])

    async def until(self, look: Callable[[], T | None], within_s: float) -> T | None:
        """Watch the screen until `look` has an answer; None when it had none in time."""
        with self.hands.world.watch(self.hands.user) as changed:
            try:
                async with asyncio.timeout(within_s):
                    while (seen := look()) is None:
                        changed.clear()
                        await changed.wait()
                        await asyncio.sleep(SLACK_S)
            except TimeoutError:
                return None
        return seen

    async def find(self, question: Callable[[Message], bool], within_s: float) -> Message | None:
        """The newest message of which this is true, as soon as there is one; None: none in time."""
        return await self.until(lambda: self.seen(question), within_s)

    async def offered(self, label: str, within_s: float) -> Message | None:
        """The newest message with this button, as soon as there is one."""
        return await self.find(lambda message: offers(message, label), within_s)

    def seen(self, question: Callable[[Message], bool]) -> Message | None:
        """The newest message of which this is true now."""
        return next((message for message in self.screen if question(message)), None)

    def surprise(self, what: str) -> None:
        """Write down what should not have happened."""
        self.evening.surprise(self.character.name, what)

    def _judged(self, shown: Shown) -> Shown:
        if shown.failure is not None:
            self.surprise(f"{shown.action}: {shown.failure}")
        return shown
