"""People in bad weather: whoever was not heard says it again, and does not wonder."""

import asyncio

import pytest

from actors.rules import screens
from bot.simulator import keyboard
from bot.simulator.evening import Evening, Options
from bot.simulator.keyboard import Keyboard, in_vain
from bot.simulator.model import Message, Shown
from bot.simulator.person import Person
from bot.simulator.sight import CONFIRM
from bot.simulator.world import World
from tests.cast import ALICE, PAIRED
from tests.simulator.test_people import character, plainly, shown


def at(world: World, *, weather: bool) -> Keyboard:
    world.deadline_s = 0.01
    return Keyboard(
        Person(world, "alice"), character("Alice"), Evening(Options(speed=1000.0, weather=weather))
    )


def card_of(keyboard: Keyboard) -> Message:
    card = shown(screens.FoundCard(PAIRED, ALICE))
    card.channel = keyboard.hands.dm
    return card


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyboard, "AGAIN_S", (0.0, 0.01))


def test_a_click_that_nobody_answers_is_repeated_until_the_button_is_gone() -> None:
    async def evening() -> tuple[Shown | None, int, Evening]:
        world = World()
        hands = at(world, weather=True)
        card = card_of(hands)
        asyncio.get_running_loop().call_later(0.1, card.components.clear)
        answer = await hands.press(card, CONFIRM)
        return answer, world.counters.interactions, hands.evening

    answer, clicks, night = plainly(evening())
    assert answer is None
    assert clicks > 1
    assert not night.notebook.surprises


def test_after_many_tries_even_bad_weather_is_a_surprise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyboard, "TRIES", 3)

    async def evening() -> tuple[int, Evening]:
        world = World()
        hands = at(world, weather=True)
        await hands.press(card_of(hands), CONFIRM)
        return world.counters.interactions, hands.evening

    clicks, night = plainly(evening())
    assert clicks == 4
    assert "failed" in night.notebook.surprises[0]


def test_on_a_good_evening_nothing_is_repeated() -> None:
    async def evening() -> int:
        world = World()
        hands = at(world, weather=False)
        await hands.press(card_of(hands), CONFIRM)
        return world.counters.interactions

    assert plainly(evening()) == 1


@pytest.mark.parametrize("key", ["storage-away", "busy", "unexpected"])
def test_an_apology_of_the_bot_is_no_answer(key: str) -> None:
    told = shown(screens.Notice(key))
    assert in_vain(Shown("press", 1.0, late=False, deferred=False, message=told))


@pytest.mark.parametrize("key", ["queue-left", "old-card", "not-queued"])
def test_any_other_sentence_is_one(key: str) -> None:
    told = shown(screens.Notice(key))
    assert not in_vain(Shown("press", 1.0, late=False, deferred=False, message=told))


def test_people_wait_longer_for_each_other() -> None:
    good, bad = Evening(Options()), Evening(Options(weather=True))
    assert bad.patience > good.patience == 1.0
