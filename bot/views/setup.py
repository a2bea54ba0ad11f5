"""Buttons and inputs of the terms and of set-up."""

from disnake.ui import Button, TextInput

from actors.rules.ids import Region
from actors.rules.player import Draft
from actors.rules.region import REGION_NAMES
from actors.rules.screens import Press, SetupForm, SetupReview, Terms
from bot import custom_ids
from bot.escape import clip
from bot.text import Texts
from bot.views.rows import BLUE, GREEN, RED, Rows, button, choice, row, select

_ENTRIES = (("name", 32), ("battletag", 64), ("alt_names", 200), ("country", 64))
"""Custom ids of the inputs, which are the fields of a draft, and the most characters of each.

Wider than the rules allow, so that a mistake is explained in words and not swallowed by the form.
"""


def terms(screen: Terms, texts: Texts) -> Rows:
    """Accept, Decline; once accepted, Begin set-up."""
    decline = button(texts.say("button-terms-decline"), Press.TERMS_DECLINE, style=RED)
    if screen.accepted:
        return (row(_begin(texts), decline),)
    accept = button(texts.say("button-terms-accept"), Press.TERMS_ACCEPT, style=GREEN)
    return (row(accept, decline),)


def intro(texts: Texts) -> Rows:
    """Begin set-up, Cancel."""
    return (row(_begin(texts), _cancel(texts)),)


def invalid(texts: Texts) -> Rows:
    """Try again, Cancel."""
    again = button(texts.say("button-setup-again"), Press.SETUP_BEGIN, style=BLUE)
    return (row(again, _cancel(texts)),)


def review(screen: SetupReview, texts: Texts) -> Rows:
    """The region; Confirm once it is chosen, Edit, Cancel."""
    chosen = screen.draft.region
    regions = (choice(REGION_NAMES[region], region.value, chosen=region is chosen) for region in Region)
    confirm = button(
        texts.say("button-setup-confirm"), Press.SETUP_CONFIRM, style=GREEN, disabled=chosen is None
    )
    return (
        select(texts.say("select-region"), custom_ids.write(Press.SETUP_REGION, 0), regions, least=1),
        row(confirm, _edit(texts), _cancel(texts)),
    )


def done(texts: Texts) -> Rows:
    """Edit."""
    return (row(_edit(texts)),)


def inputs(screen: SetupForm, texts: Texts) -> tuple[TextInput, ...]:
    """The entries of the form, in order, filled in with what is known."""
    return tuple(_input(name, most, screen.draft, texts) for name, most in _ENTRIES)


def _input(name: str, most: int, draft: Draft, texts: Texts) -> TextInput:
    key = name.replace("_", "-")
    known: str = getattr(draft, name)
    return TextInput(
        label=texts.say(f"field-{key}"),
        custom_id=name,
        placeholder=texts.say(f"hint-{key}"),
        value=clip(known, most) or None,
        required=name != "alt_names",
        max_length=most,
    )


def _begin(texts: Texts) -> Button[None]:
    return button(texts.say("button-setup-begin"), Press.SETUP_BEGIN, style=BLUE)


def _edit(texts: Texts) -> Button[None]:
    return button(texts.say("button-setup-edit"), Press.SETUP_BEGIN)


def _cancel(texts: Texts) -> Button[None]:
    return button(texts.say("button-setup-cancel"), Press.SETUP_CANCEL)
