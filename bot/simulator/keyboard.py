"""A person's hands with a temper: they hesitate before they act, and tell when Discord shows an error in red.

They act only on what is on the screen at the very moment, as a client would: what vanished while they
hesitated is not pressed.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from bot.simulator.evening import Evening
from bot.simulator.model import Message, Modal, Select, Shown
from bot.simulator.person import Person
from bot.simulator.sight import offers
from bot.simulator.tempers import Character

T = TypeVar("T")

APOLOGY = "Try again in a moment"
"""What the bot says when a click came to nothing."""

TRIES = 20
"""How often a person does in bad weather what nobody answers."""

AGAIN_S = (0.3, 1.0)

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

        async def enter() -> Shown:
            return await self.hands.slash(name, options)

        return await self._heard(enter) or await enter()

    async def press(self, message: Message, label: str) -> Shown | None:
        """Press a button at once; None when it is not there any more."""

        async def push() -> Shown | None:
            if message.deleted or not offers(message, label):
                return None
            return await self.hands.press(message, label)

        return await self._heard(push)

    async def choose(self, message: Message, menu: Select | None, values: Sequence[str]) -> Shown | None:
        """Choose in a menu at once; None when it is not there any more."""
        if menu is None:
            return None
        wanted = menu.custom_id

        async def pick() -> Shown | None:
            there = any(each.custom_id == wanted and not each.disabled for each in message.selects)
            return None if message.deleted or not there else await self.hands.select(message, wanted, values)

        return await self._heard(pick)

    async def submit(self, modal: Modal, entries: Mapping[str, str]) -> Shown:
        """Send a form."""

        async def send() -> Shown:
            return await self.hands.submit(modal, entries)

        return await self._heard(send) or await send()

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

    async def _heard(self, act: Callable[[], Awaitable[Shown | None]]) -> Shown | None:
        """Act; in bad weather again and again until somebody answers to the point.

        On a good evening an error in red is written down.
        """
        for _ in range(TRIES if self.evening.options.weather else 0):
            shown = await act()
            if shown is None or not in_vain(shown):
                return shown
            await asyncio.sleep(self.dice.uniform(*AGAIN_S))
        shown = await act()
        if shown is not None and shown.failure is not None:
            self.surprise(f"{shown.action}: {shown.failure}")
        return shown


def in_vain(shown: Shown) -> bool:
    """Whether there was no answer, or one that asks to try again."""
    return shown.failure is not None or APOLOGY in shown.text
