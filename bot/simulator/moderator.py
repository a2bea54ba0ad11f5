"""The one person of the staff: teaches the ladder its maps, then rules disputes, asking who saw the game."""

import asyncio
import contextlib
import random
from datetime import UTC, datetime

from bot.simulator.evening import Evening, Stage
from bot.simulator.keyboard import SLACK_S, in_vain
from bot.simulator.lessons import lessons
from bot.simulator.lobby import Lobby
from bot.simulator.model import Message
from bot.simulator.person import Person
from bot.simulator.sight import Face, face, offers

CONSIDERS_S = (3.0, 6.0)
"""How long a dispute is looked at, at speed 1."""

MEDDLES = 0.25
"""In bad weather, how likely staff call off a match at a look."""

LOOK_S = 2.0
"""In bad weather the channel is looked at this often, whatever is new there."""


class Moderator:
    """Has every map learned, then rules every dispute in the staff's channel: a button, then Confirm."""

    def __init__(self, hands: Person, evening: Evening, lobby: Lobby) -> None:
        self._hands = hands
        self._evening = evening
        self._lobby = lobby
        self._dice = random.Random(f"moderator {evening.options.seed}")

    async def live(self) -> None:
        """Teach, then watch the channel until cancelled."""
        await self._teach()
        with self._hands.world.watch(self._hands.user) as changed:
            while True:
                changed.clear()
                for card in self._open_disputes():
                    await self._evening.hesitate(self._dice, *CONSIDERS_S)
                    await self._rule(card)
                if self._evening.options.weather and self._dice.random() < MEDDLES:
                    await self._meddle()
                with contextlib.suppress(TimeoutError):  # a ruling that nobody heard is said again
                    await asyncio.wait_for(changed.wait(), LOOK_S if self._evening.options.weather else None)
                await asyncio.sleep(SLACK_S)

    async def _teach(self) -> None:
        """The maps of which the ladder is shipped without a version."""
        for lesson in lessons(datetime.now(UTC)):
            shown = await self._hands.slash("replays learn", file=("good.SC2Replay", lesson))
            while in_vain(shown) and self._evening.options.weather and not self._evening.over:
                await asyncio.sleep(LOOK_S)
                shown = await self._hands.slash("replays learn", file=("good.SC2Replay", lesson))
            if shown.failure is not None:
                self._evening.surprise("Staff", f"{shown.action}: {shown.failure}")

    async def _meddle(self) -> None:
        """In bad weather staff call off a match that is being played, while both are about to report it."""
        stages = self._evening.notebook.stages
        played = [match for match, stage in stages.items() if stage is Stage.LIVE]
        if played:
            match = self._dice.choice(played)
            shown = await self._hands.slash("admin void", match=match, reason="the weather")
            if shown.message is not None and offers(shown.message, "Confirm"):
                self._evening.notebook.deeds["called a match off"] += 1
                await self._hands.press(shown.message, "Confirm")

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
