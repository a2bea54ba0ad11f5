"""How a person goes through `/setup`: terms, form, region, confirm; the clumsy ones in several attempts."""

from collections.abc import Mapping

from bot.simulator.keyboard import Keyboard
from bot.simulator.model import Message, Modal
from bot.simulator.sight import menu, offers, title
from bot.simulator.tempers import Temper

PATIENCE_S = 10.0
"""How long a person waits for the next step."""

_MISTAKES: tuple[Mapping[str, str], ...] = (
    {"name": "Al3x!", "battletag": "NoNumber", "country": "Atlantis"},
    {"battletag": "Two#Marks#12", "country": "Narnia"},
    {"alt_names": "no/slash ab"},
)
"""What the clumsy type first, attempt by attempt; the rest of the form is right."""


async def set_up(keyboard: Keyboard) -> bool:
    """Introduce oneself to the ladder; whether it worked. What went wrong is in the notebook."""
    await keyboard.command("setup")
    terms = await keyboard.offered("Accept", PATIENCE_S)
    if terms is None:
        return _lost(keyboard, "no terms of service after /setup")
    await keyboard.hesitate(0.3, 1.0)
    await keyboard.press(terms, "Accept")
    form = await _form(keyboard, "Begin set-up")
    if keyboard.character.temper is Temper.CLUMSY and form is not None:
        form = await _mistype(keyboard, form)
    if form is None:
        return _lost(keyboard, "no form after Begin set-up")
    await keyboard.hesitate(0.5, 1.5)
    await keyboard.submit(form, entries(keyboard))
    return await _confirm(keyboard)


def entries(keyboard: Keyboard) -> dict[str, str]:
    """What this person fills in."""
    who = keyboard.character
    return {
        "name": who.name,
        "battletag": who.battletag,
        "alt_names": " ".join(who.alt_names),
        "country": who.country,
    }


async def _form(keyboard: Keyboard, button: str) -> Modal | None:
    """Open the form. If it could not open in time there is a card with the button again."""
    for _ in range(3):
        card = await keyboard.offered(button, PATIENCE_S)
        if card is None:
            return None
        await keyboard.hesitate(0.2, 0.8)
        shown = await keyboard.press(card, button)
        if shown is not None and shown.modal is not None:
            return shown.modal
    return None


async def _mistype(keyboard: Keyboard, form: Modal) -> Modal | None:
    """Send wrong entries; each time the card must name the rule and the form must keep what was typed."""
    opened: Modal | None = form
    for mistakes in _MISTAKES:
        if opened is None:
            return None
        typed = entries(keyboard) | dict(mistakes)
        await keyboard.hesitate(0.3, 0.8)
        await keyboard.submit(opened, typed)
        keyboard.evening.notebook.deeds["mistyped set-up"] += 1
        opened = await _form(keyboard, "Try again")
        kept = {entry.custom_id: entry.value for entry in opened.fields} if opened else typed
        if kept != typed:
            keyboard.surprise(f"the form kept {kept} of {typed}")
    return opened


async def _confirm(keyboard: Keyboard) -> bool:
    region = keyboard.character.region.value
    review = await keyboard.find(lambda message: menu(message, region) is not None, PATIENCE_S)
    if review is None:
        return _lost(keyboard, "no region to choose after the form")
    await keyboard.hesitate(0.3, 0.8)
    await keyboard.choose(review, menu(review, region), [region])
    ready = await keyboard.offered("Confirm", PATIENCE_S)
    if ready is None:
        return _lost(keyboard, "no Confirm after choosing a region")
    await keyboard.hesitate(0.2, 0.6)
    await keyboard.press(ready, "Confirm")
    if await keyboard.find(_done, PATIENCE_S) is None:
        return _lost(keyboard, "set-up did not end")
    return True


def _done(message: Message) -> bool:
    return title(message) == "Set-up complete" and not offers(message, "Confirm")


def _lost(keyboard: Keyboard, what: str) -> bool:
    keyboard.surprise(what)
    return False
