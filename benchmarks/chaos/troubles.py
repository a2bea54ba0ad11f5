"""Whoever makes trouble during a round: the killer with the service manager, the database, Discord."""

import random
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field

import trio

from actors.boundaries import FailAt, Fate
from benchmarks.chaos import deck
from benchmarks.chaos.deck import Cards
from benchmarks.chaos.stage import Stage

AT_RANDOM = "at random"
DATABASE_EVERY_S = 9.0
LOOK_S = 0.3
AWAY_S = 3.0
"""How long a database stays away that died before a commit: longer than the bot tries again."""


@dataclass(slots=True)
class Done:
    """What was done to a round."""

    kills: Counter[str] = field(default_factory=Counter)
    """By boundary, or at random."""
    crashes: Counter[str] = field(default_factory=Counter)
    """Of single actors, by boundary."""
    databases: int = 0
    gateway: Counter[str] = field(default_factory=Counter)
    endings: list[str] = field(default_factory=list)
    """The last words of a bot that ended by itself, since it could not start in this weather."""


@dataclass(slots=True, kw_only=True)
class Troubles:
    """All troubles of one round."""

    stage: Stage
    cards: Cards
    dice: random.Random
    databases: int = 0
    """How often PostgreSQL crashes."""
    discord: bool = True
    """Whether Discord is moody."""
    done: Done = field(default_factory=Done)

    async def rage(self) -> None:
        """Until the kills are spent or the people have gone home; then the bot is up and all is calm."""
        async with trio.open_nursery() as all_of_them:
            all_of_them.start_soon(self._database)
            if self.discord:
                all_of_them.start_soon(self._discord)
            await self._kill_all()
            all_of_them.cancel_scope.cancel(reason="the kills are spent")
        await self.stage.discord.fault("clear")
        if not self.stage.running:
            await self.stage.start()
        await self.stage.is_ready()

    async def _kill_all(self) -> None:
        stage = self.stage
        while (card := self.cards.deal()) is not None:
            await stage.start(card)
            if await stage.is_ready():
                if (await stage.evening())["evening"].get("finished"):
                    return
                with self.stage.database_kept_down() if card.fate is Fate.DATABASE else nullcontext():
                    happened = await self._wait_for(card)
                if happened:
                    await stage.ends(self.cards.watch_s())
            if stage.running:
                await stage.kill()
                self.done.kills[AT_RANDOM] += 1
                self._unless_crashed(card)
            elif stage.was_killed:
                self.done.kills[card.boundary.value] += 1
                self.cards.played(card)
            else:
                self.done.endings.append(stage.last_words())
                self.cards.missed(card)

    async def _wait_for(self, card: FailAt) -> bool:
        """Until somebody got there, or for as long as the cards say; whether the bot goes on after it."""
        with trio.move_on_after(self.cards.up_s()) as up:
            while self.stage.running and not self._survived(card):  # noqa: ASYNC110  # of another program
                await trio.sleep(LOOK_S)
        if not up.cancelled_caught and card.fate is Fate.DATABASE:
            await self.stage.ends(AWAY_S)
        return not up.cancelled_caught

    def _unless_crashed(self, card: FailAt) -> None:
        if self._survived(card):
            self.done.crashes[card.boundary.value] += card.fate is Fate.CRASH
            self.done.databases += card.fate is Fate.DATABASE
            self.cards.played(card)
        else:
            self.cards.missed(card)

    def _survived(self, card: FailAt) -> bool:
        """Whether it happened in this life of the bot, to an actor or to the database."""
        if card.fate is Fate.KILL:
            return False
        life = self.stage.log.read_bytes()[self.stage.born_at :].decode(errors="replace")
        return '"boundary.reached"' in life and f'"{card.boundary.value}"' in life

    async def _database(self) -> None:
        for _ in range(self.databases):
            await trio.sleep(self.dice.uniform(0.5, 1.5) * DATABASE_EVERY_S)
            while not self.stage.crash_database():  # noqa: ASYNC110  # it starts in its own time
                await trio.sleep(0.1)
            self.done.databases += 1

    async def _discord(self) -> None:
        while True:
            await trio.sleep(deck.pause_s(self.dice))
            if self.dice.random() < 0.15:
                trouble = deck.gateway(self.dice)
                if not self.stage.running:
                    continue
                with trio.move_on_after(10):
                    await self.stage.discord.fault(**trouble)
                self.done.gateway[trouble["kind"]] += 1
            else:
                await self.stage.discord.fault(**deck.fault(self.dice))
