"""The one person of the staff: looks at disputes after a while, asks who saw the game, and rules."""

import asyncio
import random

from bot.simulator.evening import Evening
from bot.simulator.keyboard import SLACK_S
from bot.simulator.lobby import Lobby
from bot.simulator.model import Message
from bot.simulator.person import Person
from bot.simulator.sight import Face, face, offers

CONSIDERS_S = (3.0, 6.0)
"""How long a dispute is looked at, at speed 1."""


class Moderator:
    """Rules every dispute in the staff's channel, one after the other: a button, then Confirm."""

    def __init__(self, hands: Person, evening: Evening, lobby: Lobby) -> None:
        self._hands = hands
        self._evening = evening
        self._lobby = lobby
        self._dice = random.Random(f"moderator {evening.options.seed}")

    async def live(self) -> None:
        """Watch the channel until cancelled."""
        with self._hands.world.watch(self._hands.user) as changed:
            while True:
                changed.clear()
                for card in self._open_disputes():
                    await self._evening.hesitate(self._dice, *CONSIDERS_S)
                    await self._rule(card)
                await changed.wait()
                await asyncio.sleep(SLACK_S)

    def _open_disputes(self) -> list[Message]:
        return [card for card in self._hands.messages(self._hands.world.staff_channel) if _is_open(card)]

    async def _rule(self, card: Message) -> None:
        """The truth if there is a witness; else nobody won."""
        seen = face(card)
        if seen is None or not _is_open(card):
            return
        winner = self._lobby.winner(seen[1])
        label = f"{winner} won" if winner and offers(card, f"{winner} won") else "Void"
        shown = await self._hands.press(card, label)
        if shown.failure is None and shown.message is not None and offers(shown.message, "Confirm"):
            shown = await self._hands.press(shown.message, "Confirm")
        if shown.failure is not None:
            self._evening.surprise("Staff", f"{shown.action}: {shown.failure}")


def _is_open(card: Message) -> bool:
    seen = face(card)
    return seen is not None and seen[0] is Face.DISPUTE and offers(card, "Void")
