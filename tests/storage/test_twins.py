"""Random evenings, told to the fake and to PostgreSQL: both must answer the same, word for word."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from actors.ports import CardRow, DuplicateReplay, Joined, Place, ReplayRow, Saved, Stale, Store
from actors.rules.ids import ChannelId, MessageId, PlayerId, Race, ReplayId
from actors.rules.match import (
    Abort,
    Command,
    Confirm,
    Delivered,
    Due,
    Match,
    ReplayVerified,
    Report,
    Rule,
    Save,
    Unreachable,
    decide,
)
from actors.rules.player import Preferences
from actors.rules.report import Claim, Outcome
from storage.store import PostgresStore
from tests.fakes.store import FakeStore
from tests.storage.cast import (
    ACCEPTED,
    ALICE,
    BOB,
    EVE,
    MOD,
    SETTINGS,
    STAFF,
    facts,
    later,
    proposal,
    settle_in,
)

PEOPLE = (ALICE, BOB, EVE, MOD)
STEPS = 60
RACES: Sequence[Preferences] = (
    Preferences(bw=Race.BW_ZERG),
    Preferences(sc2=Race.SC2_ZERG),
    Preferences(bw=Race.BW_TERRAN, sc2=Race.SC2_PROTOSS),
)


def without_numbers(answer: Any) -> Any:
    """PostgreSQL leaves gaps in the numbers of cards and replays; nothing depends on them."""
    match answer:
        case CardRow():
            return replace(answer, id=0)
        case ReplayRow():
            return replace(answer, id=ReplayId(0))
        case Joined(member, card):
            return Joined(member, without_numbers(card))
        case Saved(match, cards, back):
            return Saved(without_numbers(match), without_numbers(cards), back)
        case Match():
            return replace(answer, replay=answer.replay and ReplayId(0))
        case tuple():
            return tuple(without_numbers(part) for part in answer)
        case _:
            return answer


class Evening:
    """One random history, the same for the same seed as long as the answers are the same."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store = store
        self.dice = Random(seed)
        self.clock = 0.0
        self.diary: list[Any] = []
        often = (self.joins, self.joins, self.pairs, self.pairs, self.pairs, *[self.commands] * 8)
        rarely = (
            self.leaves,
            self.saves_over_another_version,
            self.cards,
            self.cards,
            self.uploads,
            self.looks,
        )
        self.moves: tuple[Callable[[], Any], ...] = (*often, *rarely)

    async def run(self) -> list[Any]:
        """Everything that the store answered."""
        for player in PEOPLE:
            await settle_in(self.store, player)
        for _ in range(STEPS):
            self.clock += self.dice.choice((0.5, 5.0, 61.0, 1900.0))
            self.diary.append(without_numbers(await self.dice.choice(self.moves)()))
        self.diary += [without_numbers(await look) for look in self.everything()]
        return self.diary

    def everything(self) -> list[Any]:
        """The whole state, through the port."""
        store, now = self.store, later(self.clock)
        looks: list[Any] = [store.waiting(), store.open_matches(), store.crowd(), store.tally()]
        looks += [store.pending_cards(), store.met(PEOPLE, later(0)), store.recent_maps(PEOPLE, 3)]
        looks += [store.player(player, "x", now) for player in PEOPLE]
        looks += [store.record(player, now) for player in PEOPLE]
        return looks

    async def joins(self) -> Any:
        player = self.dice.choice(PEOPLE)
        await self.store.save_preferences(player, self.dice.choice(RACES))
        place = Place(ChannelId(player), MessageId(self.dice.randrange(1, 3)))
        return await self.store.join(player, place, later(self.clock))

    async def leaves(self) -> Any:
        return await self.store.leave(self.dice.choice(PEOPLE), later(self.clock))

    async def pairs(self) -> Any:
        waiting = await self.store.waiting()
        bw = next((member for member in waiting if member.bw), None)
        sc2 = next((member for member in waiting if member.sc2 and member is not bw), None)
        if bw is None or sc2 is None:
            return None
        if self.dice.random() < 0.1:
            await self.store.leave(sc2.player, later(self.clock))
        drawn = proposal(bw, sc2, self.dice.choice(("radeon", "eclipse", "polypoid")))
        return await self.store.pair(drawn, later(self.clock))

    async def commands(self) -> Any:
        matches = await self.store.open_matches()
        if not matches:
            return None
        match = self.dice.choice(matches)
        step = decide(match, self.command(match), later(self.clock), SETTINGS)
        saves = [effect for effect in step.effects if isinstance(effect, Save)]
        return [without_numbers(await self.store.save_match(save, later(self.clock))) for save in saves]

    def command(self, match: Match) -> Command:
        player: PlayerId = self.dice.choice(match.players)
        claim = self.dice.choice(tuple(Claim))
        likely: tuple[Command, ...] = (Delivered(player), Confirm(player), Report(player, claim))
        rare: tuple[Command, ...] = (Abort(player, sure=True), Unreachable(player), Rule(MOD, Outcome.FIRST))
        due = tuple(Due(kind) for kind, _ in match.deadlines)
        return self.dice.choice(likely * 3 + rare + due)

    async def saves_over_another_version(self) -> Any:
        matches = await self.store.open_matches()
        if not matches:
            return None
        old = replace(matches[0], version=matches[0].version + self.dice.choice((-1, 1)))
        with pytest.raises(Stale):
            await self.store.save_match(Save(old, "stale"), later(self.clock))
        return "stale"

    async def uploads(self) -> Any:
        matches = await self.store.open_matches()
        if not matches:
            return None
        match = self.dice.choice(matches)
        digest = f"d{self.dice.randrange(6)}"
        row = await self.store.save_replay(
            match.id, match.players[0], facts(digest), ACCEPTED, later(self.clock)
        )
        if isinstance(row, DuplicateReplay):
            return row
        step = decide(match, ReplayVerified(row.id, Outcome.SECOND), later(self.clock), SETTINGS)
        for effect in step.effects:
            assert isinstance(effect, Save)
            return without_numbers(await self.store.save_match(effect, later(self.clock)))
        return row

    async def cards(self) -> Any:
        cards = await self.store.pending_cards()
        for card in cards[: self.dice.randrange(4)]:
            generation = self.dice.randrange(1, card.generation + 1)
            if self.dice.random() < 0.1:
                await self.store.card_lost(card.id, "gone", recipient_lost=self.dice.random() < 0.5)
            else:
                await self.store.card_shown(card.id, Place(ChannelId(1), MessageId(7)), generation)
        return cards

    async def looks(self) -> Any:
        return [without_numbers(await look) for look in self.everything()]


@pytest.mark.parametrize("seed", range(8))
async def test_the_fake_answers_as_postgresql_does(postgres: PostgresStore, seed: int) -> None:
    fake = FakeStore(SETTINGS, STAFF)
    told = await Evening(fake, seed).run()
    assert await Evening(postgres, seed).run() == told
    now = later(10**7)
    broken = [row.name for row in await postgres.audit(now) if not row.ok]
    assert set(broken) <= {
        "no card is long out of date",
        "no deadline is long overdue",
        "ruling was made by an order of its author",  # here the rules are asked without one
    }
    assert {row.rating for row in await postgres.standings()} == {
        row.rating for row in await fake.standings()
    }
