"""Whoever makes trouble during a round: the killer with the service manager, the database, Discord."""

from collections import Counter
from dataclasses import dataclass, field

import structlog
import trio

from actors.boundaries import FailAt, Fate
from benchmarks.chaos.deck import Deck
from benchmarks.chaos.stage import Stage

log = structlog.get_logger()

AT_RANDOM = "at random"
DATABASE_EVERY_S = 9.0
CRASHED_S = 2.0
"""How long a bot goes on after one of its actors crashed before the next blow."""


@dataclass(slots=True)
class Done:
    """What was done to a round."""

    kills: Counter[str] = field(default_factory=Counter)
    """By boundary, or at random."""
    crashes: Counter[str] = field(default_factory=Counter)
    """Of single actors, by boundary."""
    databases: int = 0
    gateway: Counter[str] = field(default_factory=Counter)
    endings: int = 0
    """How often the bot ended by itself, since it could not start in this weather."""


@dataclass(slots=True, kw_only=True)
class Troubles:
    """All troubles of one round."""

    stage: Stage
    deck: Deck
    most_kills: int
    most_databases: int
    done: Done = field(default_factory=Done)

    async def rage(self) -> None:
        """Until the kills are spent or the people have gone home; then the bot is up and all is calm."""
        async with trio.open_nursery() as all_of_them:
            all_of_them.start_soon(self._database)
            all_of_them.start_soon(self._discord)
            await self._kill_all()
            all_of_them.cancel_scope.cancel(reason="the kills are spent")
        await self.stage.discord.fault("clear")
        if not self.stage.running:
            await self.stage.start()

    async def _kill_all(self) -> None:
        stage = self.stage
        while sum(self.done.kills.values()) < self.most_kills:
            card = self.deck.deal()
            await stage.start(card)
            if await stage.is_ready():
                if (await stage.evening())["evening"].get("finished"):
                    return
                await self._wait_for(card)
            if stage.running:
                await stage.kill()
                self.done.kills[AT_RANDOM] += 1
                self._unless_crashed(card)
            elif stage.was_killed:
                self.done.kills[card.boundary.value] += 1
            else:
                self.done.endings += 1

    async def _wait_for(self, card: FailAt) -> None:
        up_s = self.deck.up_s()
        if not await self.stage.ends(up_s) and card.fate is Fate.CRASH and self._happened(card):
            await self.stage.ends(CRASHED_S)

    def _unless_crashed(self, card: FailAt) -> None:
        if card.fate is Fate.CRASH and self._happened(card):
            self.done.crashes[card.boundary.value] += 1
        else:
            self.deck.return_unplayed(card)

    def _happened(self, card: FailAt) -> bool:
        """Whether the bot said so in this life of its."""
        life = self.stage.log.read_bytes()[self.stage.born_at :].decode(errors="replace")
        return '"boundary.reached"' in life and f'"{card.boundary.value}"' in life

    async def _database(self) -> None:
        dice = self.deck.dice
        for _ in range(self.most_databases):
            await trio.sleep(dice.uniform(0.5, 1.5) * DATABASE_EVERY_S)
            while not self.stage.crash_database():  # noqa: ASYNC110  # it starts in its own time
                await trio.sleep(0.1)
            self.done.databases += 1

    async def _discord(self) -> None:
        while True:
            await trio.sleep(self.deck.pause_s())
            if self.deck.dice.random() < 0.15:
                trouble = self.deck.gateway()
                if not self.stage.running:
                    continue
                with trio.move_on_after(10):
                    await self.stage.discord.fault(**trouble)
                self.done.gateway[trouble["kind"]] += 1
            else:
                await self.stage.discord.fault(**self.deck.fault())
