"""How a person plays a match and reports it: by replay, by the menu, wrongly first, or against the truth."""

import asyncio
from dataclasses import dataclass, field

from bot.simulator import rubbish
from bot.simulator.evening import Situation, Stage
from bot.simulator.keyboard import Keyboard
from bot.simulator.lobby import Lobby, NobodyCame, Played, Wish
from bot.simulator.model import Message
from bot.simulator.replay_writer import write
from bot.simulator.rubbish import Rubbish
from bot.simulator.sight import ENDS, Face, assignment, face, report_menu, shows
from bot.simulator.tempers import Temper

ANSWER_S = 12.0
"""How long the answer to an upload may take before a person wonders."""

PARTNER_S = 30.0
"""How long one leaves the report to the other."""

RULING_S = 60.0
"""How long a dispute may take."""


@dataclass(slots=True)
class Reporter:
    """One person's way of reporting."""

    keyboard: Keyboard
    lobby: Lobby
    quarrels_left: int = 2
    rubbish_left: list[Rubbish] = field(default_factory=lambda: list(Rubbish))

    async def play(self, card: Message, match: int) -> None:
        """From the match card to the result card."""
        evening, who = self.keyboard.evening, self.keyboard.character
        evening.notebook.situations[who.name] = Situation.PLAYING
        evening.notebook.stage(match, Stage.LIVE)
        told = assignment(card)
        if told is None or who.name not in told.names:
            self.keyboard.surprise(f"the card of match #{match} does not say what to play: {card.text!r}")
            return
        try:
            played = await self.lobby.play(who, told, self._wish())
        except NobodyCame as alone:
            self.keyboard.surprise(str(alone))
            return
        evening.notebook.situations[who.name] = Situation.REPORTING
        await self._report(card, played)
        await self._result(played)

    def _wish(self) -> Wish:
        temper = self.keyboard.character.temper
        if temper is Temper.QUARRELSOME and self.quarrels_left:
            return Wish.MENU
        return Wish.UPLOAD if temper is Temper.WRONG_FILES and self.rubbish_left else Wish.ANY

    async def _report(self, card: Message, played: Played) -> None:
        match = played.assignment.match
        if played.uploader is None:
            await self.keyboard.hesitate(0.4, 2.0)
            await self._claim(card, played)
        elif played.uploader == self.keyboard.character.name:
            await self._upload(played)
            if await self._ended(match, ANSWER_S) is None:
                await self._upload_again(played)
            if await self._ended(match, 0.0) is None:
                self.keyboard.surprise(f"the honest replay of match #{match} did not settle it")
                await self._claim(card, played)
        elif await self._ended(match, PARTNER_S) is None:
            await self._claim(card, played)

    async def _claim(self, card: Message, played: Played) -> None:
        """Choose in the menu; nothing to do when it is gone, since then the match is decided."""
        won = played.winner == self.keyboard.character.name
        if not won and self.keyboard.character.temper is Temper.QUARRELSOME and self.quarrels_left:
            self.quarrels_left -= 1
            self.keyboard.evening.notebook.deeds["claimed a lost game"] += 1
            won = True
        await self.keyboard.choose(card, report_menu(card), ["won" if won else "lost"])

    async def _upload(self, played: Played) -> None:
        if self.keyboard.character.temper is Temper.WRONG_FILES:
            for _ in range(2):
                await self._wrong(played)
        await self.keyboard.hesitate(0.4, 1.5)
        content = await asyncio.to_thread(write, played.spec())
        name = f"{played.assignment.names[0]} vs {played.assignment.names[1]}.SC2Replay"
        await self.keyboard.upload("right", name, content)

    async def _upload_again(self, played: Played) -> None:
        """In bad weather the first file may have met nobody."""
        if self.keyboard.evening.options.weather:
            await self._upload(played)
            await self._ended(played.assignment.match, ANSWER_S)

    async def _wrong(self, played: Played) -> None:
        """Send something else and read what the bot says to it; it must not decide the match."""
        if not self.rubbish_left:
            return
        kind = self.rubbish_left.pop(0)
        await self.keyboard.hesitate(0.3, 1.0)
        name, content = await asyncio.to_thread(rubbish.make, kind, played, self._settled_games())
        newest = max((message.id for message in self.keyboard.screen), default=0)
        await self.keyboard.upload(kind.value, name, content)
        answer = await self.keyboard.find(lambda message: message.id > newest, ANSWER_S)
        match = played.assignment.match
        if answer is None:
            self.keyboard.surprise(f"no answer to a wrong file ({kind.value})")
        elif face(answer) == (Face.RESULT, match):
            self.keyboard.surprise(f"a wrong file ({kind.value}) decided match #{match}")

    def _settled_games(self) -> list[Played]:
        """Games whose replays were uploaded already: those of others are not spoiled by it."""
        stages = self.keyboard.evening.notebook.stages
        return [
            game
            for game in self.lobby.games
            if game.uploader is not None and stages.get(game.assignment.match) is Stage.SETTLED
        ]

    async def _ended(self, match: int, within_s: float) -> Message | None:
        return await self.keyboard.find(lambda message: shows(message, ENDS, match), within_s)

    async def _result(self, played: Played) -> None:
        """Wait for the result card, through a dispute if it must be."""
        match = played.assignment.match
        notebook, patience = self.keyboard.evening.notebook, self.keyboard.evening.patience
        card = await self.keyboard.until(lambda: self._end_or_dispute(match), PARTNER_S * patience)
        if card is not None and not shows(card, ENDS, match):
            notebook.stage(match, Stage.DISPUTED)
            notebook.situations[self.keyboard.character.name] = Situation.DISPUTED
            card = await self._ended(match, RULING_S * patience)
        if card is None:
            self.keyboard.surprise(f"match #{match} has no result")
            return
        settled = shows(card, {Face.RESULT}, match)
        if notebook.stage(match, Stage.SETTLED if settled else Stage.VOID):
            notebook.results.append(_line(played, card))
            notebook.by_replay += "The replay shows it" in card.text
        self._check(card, played, settled=settled)

    def _end_or_dispute(self, match: int) -> Message | None:
        for message in self.keyboard.screen:
            if shows(message, ENDS, match):
                return message
            if shows(message, {Face.MATCH}, match) and "staff will decide" in message.text:
                return message
        return None

    def _check(self, card: Message, played: Played, *, settled: bool) -> None:
        """The card must name the true winner: even quarrels are ruled by what happened."""
        won = played.winner == self.keyboard.character.name
        if settled and ("You won" in card.text) is not won:
            self.keyboard.surprise(
                f"match #{played.assignment.match} went to the wrong player: {card.text!r}"
            )


def _line(played: Played, card: Message) -> str:
    game = played.assignment
    loser = game.names[1] if played.winner == game.names[0] else game.names[0]
    how = next((how for words, how in _HOW if words in card.text), "void")
    return f"#{game.match} {played.winner} beat {loser} on {game.map.replace('_', ' ').title()} ({how})"


_HOW = (
    ("The replay shows it", "replay"),
    ("You both reported it", "reports"),
    ("Staff decided it", "ruling"),
    ("One of you reported it", "one report"),
)
