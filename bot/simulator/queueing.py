"""How a person queues: choose races and vetoes, join, wait, change one's mind; and what boredom does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from actors.rules import maps
from actors.rules.ids import Race
from bot.simulator.keyboard import Keyboard
from bot.simulator.model import Message, Shown
from bot.simulator.sight import JOIN, LEAVE, Face, face, menu, moment, offers, title
from bot.simulator.tempers import Temper

PATIENCE_S = 8.0
"""How long a person waits for a card."""

LOOK_S = 1.0
"""How often somebody who waits looks at the hour."""

DOUBT_S = 10.0
"""After how long in the queue somebody with closed DMs asks again."""

QUITS = 2
TRICKS = 3


@dataclass(slots=True)
class Queueing:
    """One person and the queue."""

    keyboard: Keyboard
    queued: bool = False
    quits: int = 0
    tricks: int = 0
    chosen: bool = False
    """Races and vetoes were chosen this evening."""

    async def join(self) -> float | None:
        """Enter the queue; when refused for a time, until when, in seconds since 1970."""
        shown = await self.keyboard.command("queue")
        if until := _time_out(shown):
            return until
        card = await self.keyboard.find(_is_queue_card, PATIENCE_S)
        if card is None:
            await self._explain(shown)
            return None
        await self._open_dms_if_told(card)
        await self._choose(card)
        await self.keyboard.hesitate(0.2, 0.8)
        answer = await self.keyboard.press(card, JOIN)
        self.queued = await self.keyboard.until(lambda: _joined(card), PATIENCE_S) is not None
        if not self.queued:
            seen = "no button" if answer is None else answer.text
            self.keyboard.surprise(f"wanted to press {JOIN} and saw {seen!r}")
        await self._after_joining()
        return None

    async def wait(self, is_called: Callable[[Message], bool]) -> None:
        """Wait for a match, until closing time at the latest."""
        began_s = self.keyboard.evening.elapsed_s
        while not self.keyboard.seen(is_called):
            if self.keyboard.evening.closing:
                await self.leave()
                return
            if await self.keyboard.find(is_called, LOOK_S):
                return
            if self._doubts(began_s):
                self.queued = False
                return

    async def leave(self) -> None:
        """Press Cancel queue on the newest card that has it; it may have become a match meanwhile."""
        card = self.keyboard.seen(lambda message: offers(message, LEAVE))
        self.queued = False
        if card is not None:
            await self.keyboard.press(card, LEAVE)
            await self.keyboard.hesitate(1.0, 1.5)

    async def is_held(self) -> bool:
        """Ask whether one is in the queue or in a match, whatever the cards say."""
        shown = await self.keyboard.command("queue")
        self.queued = shown.message is not None and _says_held(shown.message)
        return self.queued

    async def amuse(self) -> None:
        """What some do between two matches."""
        match self.keyboard.character.temper:
            case Temper.CURIOUS:
                await self.read()
            case Temper.WRONG_FILES if not self.tricks:
                self._trick("uploaded outside a match")
                await self.keyboard.upload("no match", "old game.SC2Replay", b"MPQ\x1b")
            case Temper.OLD_CARDS if self.tricks < TRICKS:
                await self._press_an_old_card(LEAVE)
                await self.keyboard.command("queue")
            case _:
                pass

    async def read(self) -> None:
        """Look at the leaderboard and at one's own page."""
        self.keyboard.evening.notebook.deeds["read the leaderboard"] += 1
        await self.keyboard.command("leaderboard")
        await self.keyboard.hesitate(0.3, 1.0)
        await self.keyboard.command("profile")

    def _doubts(self, began_s: float) -> bool:
        """Whether to ask again: no word for long with closed DMs, or the card says that a match was found."""
        waited_s = self.keyboard.evening.elapsed_s - began_s
        if self.keyboard.hands.user.dms_open:
            return (
                self.keyboard.seen(lambda message: offers(message, LEAVE)) is None and waited_s > DOUBT_S * 2
            )
        return waited_s > DOUBT_S

    async def _choose(self, card: Message) -> None:
        """Races the first time and now and then; vetoes once."""
        who, dice = self.keyboard.character, self.keyboard.dice
        if not self.chosen:
            self.chosen = True
            for race in (who.bw, who.sc2):
                await self._pick(card, [race.value] if race else [])
            pool = [each.key for each in maps.POOL]
            await self._pick(card, dice.sample(pool, who.vetoes))
            await self.keyboard.until(lambda: offers(card, JOIN) or None, PATIENCE_S)
        elif dice.random() < 0.15:
            bw = who.bw and dice.choice([race for race in Race if race.game is who.bw.game])
            await self._pick(card, [bw.value] if bw else [])

    async def _pick(self, card: Message, values: Sequence[str]) -> None:
        if values:
            await self.keyboard.hesitate(0.1, 0.5)
            await self.keyboard.choose(card, menu(card, *values), values)

    async def _after_joining(self) -> None:
        match self.keyboard.character.temper:
            case Temper.QUITTER if self.quits < QUITS and self.queued:
                self.quits += 1
                self.keyboard.evening.notebook.deeds["quit the queue"] += 1
                await self.leave()
            case Temper.OLD_CARDS if self.tricks < TRICKS:
                await self._press_an_old_card(JOIN)
            case _:
                pass

    async def _press_an_old_card(self, label: str) -> None:
        """Join a second time by a card left behind, or leave the queue by one when not in it."""
        old = self.keyboard.seen(lambda message: offers(message, label))
        if old is not None:
            self._trick("pressed an old card")
            await self.keyboard.press(old, label)

    def _trick(self, deed: str) -> None:
        self.tricks += 1
        self.keyboard.evening.notebook.deeds[deed] += 1

    async def _open_dms_if_told(self, card: Message) -> None:
        if not self.keyboard.hands.user.dms_open and "could not reach you" in card.text:
            self.keyboard.evening.notebook.deeds["opened the DMs"] += 1
            await self.keyboard.hesitate(0.5, 1.5)
            self.keyboard.hands.open_dms()

    async def _explain(self, shown: Shown) -> None:
        """No queue card came: being queued or in a match explains it, anything else does not."""
        if shown.message and _says_held(shown.message):
            self.queued = True
        elif shown.failure is None:
            self.keyboard.surprise(f"/queue showed no queue card but {shown.text!r}")


def _says_held(message: Message) -> bool:
    """Whether the answer to /queue is that one is in the queue or in a match already."""
    seen = face(message)
    return title(message) == "Already in the queue" or (seen is not None and seen[0] is Face.IN_MATCH)


def _time_out(shown: Shown) -> float | None:
    message = shown.message
    if message is None or title(message) != "Time-out":
        return None
    until = moment(message)
    return None if until is None else float(until)


def _is_queue_card(message: Message) -> bool:
    return menu(message, *(race.value for race in Race)) is not None and title(message) != "Leaderboard"


def _joined(card: Message) -> bool | None:
    """Whether the card shows the search, or already that a match was found."""
    return offers(card, LEAVE) or face(card) is not None or None
