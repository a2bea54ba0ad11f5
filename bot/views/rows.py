"""Rows of buttons and selects, the pieces that every set of components is made of."""

from collections.abc import Iterable
from typing import TypeAlias

import disnake
from disnake.ui import ActionRow, Button, MessageUIComponent
from disnake.ui.select.string import StringSelect

from actors.rules.screens import Press
from bot import custom_ids
from bot.text import Texts

Row: TypeAlias = ActionRow[MessageUIComponent]
Rows: TypeAlias = tuple[Row, ...]
"""From top to bottom; Discord shows five."""

GREEN, BLUE, GREY, RED = (
    disnake.ButtonStyle.success,
    disnake.ButtonStyle.primary,
    disnake.ButtonStyle.secondary,
    disnake.ButtonStyle.danger,
)


def row(*components: MessageUIComponent) -> Row:
    """One row: up to five buttons, or one select."""
    made = ActionRow.with_message_components()
    for component in components:
        made.append_item(component)
    return made


def button(
    label: str,
    press: Press,
    subject: int = 0,
    *,
    state: str = "",
    style: disnake.ButtonStyle = GREY,
    emoji: str | None = None,
    disabled: bool = False,
) -> Button[None]:
    """One button. `label` is what it says, not a key."""
    return Button(
        label=label,
        custom_id=custom_ids.write(press, subject, state),
        style=style,
        emoji=emoji,
        disabled=disabled,
    )


def choice(label: str, value: str, *, chosen: bool = False, emoji: str | None = None) -> disnake.SelectOption:
    """One option of a select."""
    return disnake.SelectOption(label=label, value=value, default=chosen, emoji=emoji)


def select(
    placeholder: str,
    custom_id: str,
    options: Iterable[disnake.SelectOption],
    *,
    least: int = 0,
    most: int = 1,
) -> Row:
    """A row with one select."""
    listed = list(options)
    return row(
        StringSelect(
            custom_id=custom_id,
            placeholder=placeholder,
            min_values=least,
            max_values=min(most, len(listed)),
            options=listed,
        )
    )


def pager(texts: Texts, press: Press, page: int, pages: int, state: str = "") -> Row:
    """First, previous, next and last page.

    Two of the four may name the same page, but no two components may have the same name: each
    carries its slot after a bar, which readers of `state` leave out.
    """
    targets = (
        ("button-page-first", 1, page > 1),
        ("button-page-previous", max(page - 1, 1), page > 1),
        ("button-page-next", min(page + 1, pages), page < pages),
        ("button-page-last", pages, page < pages),
    )
    return row(
        *(
            button(texts.say(key), press, target, state=f"{state}|{slot}", disabled=not live)
            for slot, (key, target, live) in enumerate(targets, start=1)
        )
    )
