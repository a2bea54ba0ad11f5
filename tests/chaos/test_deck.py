"""Troubles follow from the seed, every boundary gets its turn, and a verdict sees what is wrong."""

import random

import pytest

from actors.boundaries import Boundary, FailAt, Fate
from actors.rules.ids import MatchId
from actors.rules.screens import QueueClosed
from benchmarks.chaos.deck import Deck, Script, fault, gateway
from benchmarks.chaos.verdict import drawn
from bot.simulator.faults import Faults
from bot.simulator.sight import Face, face


def dealt(seed: int, cards: int) -> list[FailAt]:
    deck = Deck(random.Random(seed), kills=cards)
    return [card for _ in range(cards) if (card := deck.deal()) is not None]


def test_the_same_seed_asks_for_the_same_deaths() -> None:
    assert dealt(7, 100) == dealt(7, 100) != dealt(8, 100)


def test_every_boundary_is_dealt_once_before_any_is_dealt_again() -> None:
    for first in (0, len(Boundary)):
        cards = dealt(3, 2 * len(Boundary))[first : first + len(Boundary)]
        assert {card.boundary for card in cards} == set(Boundary)


def test_a_deck_deals_no_more_than_it_may() -> None:
    deck = Deck(random.Random(1), kills=1)
    assert deck.deal() is not None
    assert deck.deal() is None


def test_where_nobody_came_the_next_try_is_sooner_and_at_an_earlier_passage() -> None:
    deck = Deck(random.Random(1), kills=500)
    late = FailAt(Boundary.STORE_WROTE, 40)
    for _ in range(8):
        deck.missed(late)
    soon = [deck.deal() for _ in range(12)]
    assert FailAt(Boundary.STORE_WROTE, 1) in [
        FailAt(card.boundary, card.passage) for card in soon if card is not None
    ]


def test_the_program_alone_is_killed_where_there_is_no_actor() -> None:
    fates = {card.fate for card in dealt(5, 2000) if card.boundary is Boundary.PROGRAM_MIGRATED}
    assert fates == {Fate.KILL}


def test_a_script_repeats_what_did_not_happen() -> None:
    one, other = FailAt(Boundary.DESK_KEPT, 1), FailAt(Boundary.DESK_TOLD, 1)
    script = Script([one, other])
    assert script.deal() == one
    script.missed(one)
    assert script.deal() == other
    script.played(other)
    assert script.deal() == one
    script.played(one)
    assert script.deal() is None


@pytest.mark.parametrize("seed", range(20))
def test_every_fault_is_one_that_the_simulator_knows(seed: int) -> None:
    faults = Faults()
    faults.add(fault(random.Random(seed)))
    assert faults.due("POST", "/channels/1/messages/2") or faults.due("POST", "/interactions/1/x/callback")
    assert sum(faults.struck.values()) == 1
    assert gateway(random.Random(seed))["kind"] in {"drop", "reconnect", "invalidate"}


def test_what_is_drawn_is_seen_as_people_see_it() -> None:
    assert face(drawn(QueueClosed(MatchId(7)))) == (Face.FOUND, 7)
