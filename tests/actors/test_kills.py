"""A killer is loose: whatever process dies between whatever two steps, the evening ends right."""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

import pytest
import trio
import trio._core._run as trio_run
import trio.testing

from actors.cards import QUEUE, screen_for
from actors.keys import MATCHES
from actors.messages import Answer
from actors.ports import CardRow, Place
from actors.rules.ids import MatchId, PlayerId, Race
from actors.rules.match import Cause, Match, Phase
from actors.rules.player import Preferences
from actors.rules.report import Claim, Outcome
from actors.rules.screens import (
    DisputeCard,
    FoundCard,
    Leaderboard,
    MatchCard,
    Notice,
    Press,
    QueueClosed,
    QueueSetup,
    ReplayCard,
    Screen,
    Searching,
    StaffPreview,
)
from bot.drawing import Drawing, draw
from bot.text import texts_of
from supervision import KernelError, Reject
from tests.actors.killer import Killer
from tests.actors.ladder import STAFF_CHANNEL, Ladder, World, open_ladder
from tests.actors.replays import facts_of
from tests.cast import MOD

S = TypeVar("S", FoundCard, MatchCard, ReplayCard, Searching)

NAMES = ("Anna", "Bert", "Cleo", "Dirk", "Edna", "Fritz")
MATCHES_AN_EVENING = 10
KILLS_EVERY = 100
"""Steps of the program."""
PATIENCE_S = 1800.0
"""How long an evening of a few short matches may take."""
CALM_S = 90.0
"""After the last kill everything is as it should be within this time."""


def outcome_of(match: Match) -> Outcome:
    """How the game of this match ends."""
    return (Outcome.FIRST, Outcome.SECOND, Outcome.DRAW)[match.id % 3]


@dataclass
class Evening:
    """What people know of each other."""

    ladder: Ladder
    luck: random.Random

    @property
    def over(self) -> bool:
        """Whether enough was played."""
        ended = [match for match in self.ladder.world.store.matches.values() if not match.phase.open]
        return len(ended) >= MATCHES_AN_EVENING

    async def pause(self) -> None:
        """What people take to read and click."""
        await trio.sleep(self.luck.uniform(1.0, 8.0))


@dataclass
class Person:
    """Somebody who does what their messages ask for, and tries again when told that it did not work."""

    evening: Evening
    player: PlayerId
    bw: Race | None = None
    sc2: Race | None = None
    searching: bool = False
    told: Counter[str] = field(default_factory=Counter)
    """Sentences instead of an answer."""

    async def lives(self) -> None:
        """Play until the evening is over and no match is open."""
        while not self.evening.over or self.searching or self.is_awaited():
            await self.evening.pause()
            await self.looks()

    def is_awaited(self) -> bool:
        """Whether they are in the queue or in a match, though the card that says so may not be here yet."""
        store = self.evening.ladder.world.store
        open_matches = [match for match in store.matches.values() if match.phase.open]
        return self.player in store.queue or any(self.player in match.players for match in open_matches)

    def newest(self, kind: type[S]) -> S | None:
        """The newest message of this kind."""
        shown = [each for each in self.evening.ladder.world.post.sees(self.player) if isinstance(each, kind)]
        return shown[-1] if shown else None

    def has(self, kind: type[FoundCard | MatchCard], match: MatchId) -> bool:
        """Whether such a card of this match is among the messages, to be clicked."""
        seen = self.evening.ladder.world.post.sees(self.player)
        return any(isinstance(each, kind) and each.match.id == match for each in seen)

    def open_match(self) -> Match | None:
        """The match that the newest card shows as open."""
        cards: list[FoundCard | MatchCard | None] = [self.newest(FoundCard), self.newest(MatchCard)]
        shown = [card.match for card in cards if card is not None]
        newest = max(shown, key=lambda match: (match.id, match.version), default=None)
        return newest if newest is not None and newest.phase.open else None

    async def looks(self) -> None:
        """One look at the messages, and one click."""
        match = self.open_match()
        self.searching = self.searching or self.newest(Searching) is not None
        if match is not None:
            self.searching = False
            await self.plays(match)
        elif not self.searching and not self.evening.over:
            await self.joins()
        elif self.searching and self.evening.over:
            left = await self.clicks(Press.QUEUE_LEAVE)
            self.searching = left is None
        elif self.evening.luck.random() < 0.05:
            await self.joins()  # impatient

    async def joins(self) -> None:
        await self.evening.ladder.world.store.save_preferences(
            self.player, Preferences(bw=self.bw, sc2=self.sc2)
        )
        answer = await self.clicks(Press.QUEUE_JOIN)
        if answer is not None:
            busy = isinstance(answer.screen, Notice) and answer.screen.key in {"already-queued", "in-match"}
            self.searching = busy or isinstance(answer.screen, Searching)

    async def plays(self, match: Match) -> None:
        me = match.sides[match.side_of(self.player)]
        if match.phase is Phase.PAIRED and not me.confirmed and self.has(FoundCard, match.id):
            if match.id == 5 and match.side_of(self.player) == 0:
                await self.clicks(Press.ABORT, match.id)
                await self.clicks(Press.ABORT_SURE, match.id)
            else:
                await self.clicks(Press.CONFIRM, match.id)
        elif match.phase is Phase.LIVE and me.claim is None and self.has(MatchCard, match.id):
            if match.id % 4 == 1:
                await self.uploads(match)
            else:
                await self.clicks(Press.REPORT, match.id, values=(self.claim(match).value,))

    def claim(self, match: Match) -> Claim:
        if match.id % 4 == 2:
            return Claim.WON  # both say so
        outcome = outcome_of(match)
        if outcome is Outcome.DRAW:
            return Claim.DRAW
        won = (outcome is Outcome.FIRST) == (match.side_of(self.player) == 0)
        return Claim.WON if won else Claim.LOST

    async def uploads(self, match: Match) -> None:
        world = self.evening.ladder.world
        if isinstance(card := self.newest(ReplayCard), ReplayCard) and card.match == match.id:
            return
        if match.side_of(self.player) == 0:
            facts = facts_of(match, outcome_of(match), match.live_at or match.paired_at, 1.0)
            world.files.facts[f"replay {match.id}"] = facts
            try:
                await self.evening.ladder.uploads(self.player, f"replay {match.id}")
            except (KernelError, Reject) as sentence:
                self.told[type(sentence).__name__] += 1
            await trio.sleep(5)

    async def clicks(self, press: Press, subject: int = 0, values: tuple[str, ...] = ()) -> Answer | None:
        """The answer, or None for a sentence that says that it did not work."""
        try:
            return await self.evening.ladder.presses(self.player, press, subject, values=values)
        except (KernelError, Reject) as sentence:
            self.told[type(sentence).__name__] += 1
            return None


async def rules(evening: Evening) -> None:
    """A moderator, until cancelled."""
    ladder = evening.ladder
    while True:
        await evening.pause()
        posts = [card for card in ladder.world.post.shows(STAFF_CHANNEL) if isinstance(card, DisputeCard)]
        for match in [card.match for card in posts if card.match.phase is Phase.DISPUTED]:
            try:
                shown = await ladder.presses(MOD, Press.RULE, match.id, state=outcome_of(match).value)
                if isinstance(shown.screen, StaffPreview):
                    await ladder.presses(MOD, Press.STAFF_CONFIRM, shown.screen.action.id)
            except (KernelError, Reject):
                continue


async def play(seed: int) -> None:
    luck = random.Random(seed)
    world = World()
    await world.store.ensure_staff([MOD])
    players = [PlayerId(101 + at) for at in range(len(NAMES))]
    for player, name in zip(players, NAMES, strict=True):
        await world.enroll(player, name)
    async with open_ladder(world) as ladder:
        evening = Evening(ladder, luck)
        people = [
            Person(
                evening, player, bw=Race.BW_ZERG if at % 2 else None, sc2=None if at % 2 else Race.SC2_ZERG
            )
            for at, player in enumerate(players)
        ]
        killer = Killer(ladder.system, luck, KILLS_EVERY)
        trio.lowlevel.add_instrument(killer)
        try:
            with trio.fail_after(PATIENCE_S):
                async with trio.open_nursery() as room:
                    room.start_soon(rules, evening)
                    async with trio.open_nursery() as guests:
                        for person in people:
                            guests.start_soon(person.lives)
                    room.cancel_scope.cancel(reason="the evening is over")
        finally:
            trio.lowlevel.remove_instrument(killer)
        await trio.sleep(CALM_S)
        assert killer.killed
        await check(ladder, people)


async def check(ladder: Ladder, people: Iterable[Person]) -> None:
    """Every promise, after the evening."""
    store, post = ladder.world.store, ladder.world.post
    broken = [each for each in await store.audit(ladder.doors.clock.now()) if not each.ok]
    assert broken == []
    assert store.queue == {}
    for match in store.matches.values():
        assert not match.phase.open, match
        if match.id == 5 and match.phase is Phase.VOID:
            assert match.cause is Cause.ABORTED
        else:
            assert match.phase is Phase.SETTLED, match
            assert match.outcome is outcome_of(match), match
    assert await store.pending_cards() == ()
    for card in store.box.rows.values():
        await shows_the_truth(ladder, card)
    for person in people:
        seen = Counter(_name(screen) for screen in post.sees(person.player) if not isinstance(screen, Notice))
        assert {name: times for name, times in seen.items() if times > 1} == {}
        again = await ladder.commands(person.player, "queue")
        assert isinstance(again.screen, QueueSetup) or (
            isinstance(again.screen, Notice) and again.screen.key == "timed-out"
        ), again
    board = (await ladder.commands(MOD, "leaderboard")).screen
    assert isinstance(board, Leaderboard)
    assert {(row.standing.player, row.standing.rating) for row in board.rows} == {
        (standing.player, standing.rating) for standing in await store.standings()
    }
    assert ladder.system.registry.pool(MATCHES).children() == ()


async def shows_the_truth(ladder: Ladder, card: CardRow) -> None:
    assert card.channel is not None, card
    assert card.message is not None, card
    shown = dict(ladder.world.post.placed(card.channel))[Place(card.channel, card.message)]
    if card.subject == QUEUE:
        assert isinstance(shown, QueueSetup | QueueClosed)
        return
    wanted = await screen_for(card, ladder.doors)
    assert wanted is not None
    if not isinstance(shown, ReplayCard):
        assert look(shown) == look(wanted), card


def look(screen: Screen) -> list[object]:
    drawing = draw(screen, texts_of())
    assert isinstance(drawing, Drawing)
    return [each.to_dict() for each in drawing.embeds] + [row.to_component_dict() for row in drawing.rows]


def _name(screen: Screen) -> tuple[str, int]:
    match = getattr(screen, "match", 0)
    return type(screen).__name__, match.id if isinstance(match, Match) else match


@pytest.mark.parametrize(
    "seeds",
    [range(20), pytest.param(range(20, 220), marks=pytest.mark.deep)],
    ids=["20 evenings", "200 evenings"],
)
def test_an_evening_with_a_killer_ends_right(seeds: range) -> None:
    for seed in seeds:
        trio_run._ALLOW_DETERMINISTIC_SCHEDULING = True  # type: ignore[misc]
        trio_run._r.seed(seed)
        try:
            trio.run(play, seed, clock=trio.testing.MockClock(autojump_threshold=0))
        except BaseException as error:
            error.add_note(f"evening seed {seed}")
            raise
        finally:
            trio_run._ALLOW_DETERMINISTIC_SCHEDULING = False  # type: ignore[misc]
