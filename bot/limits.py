"""Discord's limits on what is shown. A drawing that breaks one is refused as a whole (F-12).

Nothing here runs in the program: every card is held against these limits in the tests, with
the longest names, the widest values and all languages.

Source:
    Discord's documentation of messages, components and modals (August 2026).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import disnake

from bot.drawing import Drawing, Form

EMBEDS = 10
ALL_EMBEDS = 6000
"""Characters of title, description, field names and values, footer and author, over all embeds."""
TITLE = 256
DESCRIPTION = 4096
FIELDS = 25
FIELD_NAME = 256
FIELD_VALUE = 1024
FOOTER = 2048
AUTHOR = 256
ROWS = 5
BUTTONS = 5
"""In one row; a select fills a row."""
OPTIONS = 25
OPTION_TEXT = 100
"""Label, value, description of an option."""
CUSTOM_ID = 100
BUTTON_LABEL = 80
PLACEHOLDER = 150
FORM_TITLE = 45
INPUTS = 5
INPUT_LABEL = 45
INPUT_PLACEHOLDER = 100
INPUT_VALUE = 4000

_BUTTON, _SELECT = disnake.ComponentType.button.value, disnake.ComponentType.string_select.value


def check(drawn: Drawing | Form) -> tuple[str, ...]:
    """Every limit that a drawing breaks, in words; empty when Discord would take it."""
    if isinstance(drawn, Form):
        return tuple(_form(drawn))
    rows = [row.to_component_dict() for row in drawn.rows]
    return (*_embeds([embed.to_dict() for embed in drawn.embeds]), *_rows(rows))


def _within(what: str, text: object, most: int, least: int = 0) -> Iterator[str]:
    size = len(str(text or "").strip())
    if not least <= size <= most:
        yield f"{what}: {size} characters, not {least} to {most}"


def _at_most(what: str, things: Sequence[Any], most: int, least: int = 0) -> Iterator[str]:
    if not least <= len(things) <= most:
        yield f"{what}: {len(things)}, not {least} to {most}"


def _embeds(embeds: Sequence[Any]) -> Iterator[str]:
    yield from _at_most("embeds", embeds, EMBEDS, 1)
    total = 0
    for embed in embeds:
        yield from _embed(embed)
        total += sum(len(text.strip()) for text in _texts(embed))
    if total > ALL_EMBEDS:
        yield f"all embeds: {total} characters, not {ALL_EMBEDS}"


def _texts(embed: Any) -> Iterator[str]:
    yield embed.get("title", "")
    yield embed.get("description", "")
    yield embed.get("footer", {}).get("text", "")
    yield embed.get("author", {}).get("name", "")
    for field in embed.get("fields", ()):
        yield field["name"]
        yield field["value"]


def _embed(embed: Any) -> Iterator[str]:
    if not any(text.strip() for text in _texts(embed)):
        yield "embed: empty"
    yield from _within("title", embed.get("title"), TITLE)
    yield from _within("description", embed.get("description"), DESCRIPTION)
    yield from _within("footer", embed.get("footer", {}).get("text"), FOOTER)
    yield from _within("author", embed.get("author", {}).get("name"), AUTHOR)
    fields = embed.get("fields", ())
    yield from _at_most("fields", fields, FIELDS)
    for field in fields:
        yield from _within(f"name of field {field['name']!r}", field["name"], FIELD_NAME, 1)
        yield from _within(f"value of field {field['name']!r}", field["value"], FIELD_VALUE, 1)


def _rows(rows: Sequence[Any]) -> Iterator[str]:
    yield from _at_most("rows", rows, ROWS)
    components = [component for row in rows for component in row["components"]]
    for row in rows:
        yield from _row(row["components"])
    for component in components:
        yield from _component(component)
    yield from _unique("custom id", (component["custom_id"] for component in components))


def _row(components: Sequence[Any]) -> Iterator[str]:
    yield from _at_most("components in a row", components, BUTTONS, 1)
    if any(component["type"] == _SELECT for component in components) and len(components) > 1:
        yield "a select shares its row"


def _component(component: Any) -> Iterator[str]:
    custom_id = component["custom_id"]
    yield from _within(f"custom id {custom_id!r}", custom_id, CUSTOM_ID, 1)
    if component["type"] == _BUTTON:
        yield from _within(f"label of {custom_id!r}", component.get("label"), BUTTON_LABEL, 1)
    else:
        yield from _select(component)


def _select(component: Any) -> Iterator[str]:
    name, options = component["custom_id"], component["options"]
    yield from _within(f"placeholder of {name!r}", component.get("placeholder"), PLACEHOLDER)
    yield from _at_most(f"options of {name!r}", options, OPTIONS, 1)
    yield from _unique(f"value in {name!r}", (option["value"] for option in options))
    for option in options:
        yield from _within(f"label in {name!r}", option["label"], OPTION_TEXT, 1)
        yield from _within(f"value in {name!r}", option["value"], OPTION_TEXT, 1)
        yield from _within(f"description in {name!r}", option.get("description"), OPTION_TEXT)
    chosen = sum(bool(option.get("default")) for option in options)
    least, most = component["min_values"], component["max_values"]
    if not 0 <= least <= most <= len(options) or chosen > most:
        yield f"{name!r} takes {least} to {most} of {len(options)}, {chosen} chosen"


def _unique(what: str, names: Iterable[str]) -> Iterator[str]:
    for name, times in Counter(names).items():
        if times > 1:
            yield f"{what} {name!r} is there {times} times"


def _form(form: Form) -> Iterator[str]:
    inputs = [each.to_component_dict() for each in form.inputs]
    yield from _within("title of the form", form.title, FORM_TITLE, 1)
    yield from _within("custom id of the form", form.custom_id, CUSTOM_ID, 1)
    yield from _at_most("inputs", inputs, INPUTS, 1)
    yield from _unique("custom id", (each["custom_id"] for each in inputs))
    for each in inputs:
        yield from _input(each)


def _input(each: Any) -> Iterator[str]:
    name, value = each["custom_id"], each.get("value")
    yield from _within(f"custom id {name!r}", name, CUSTOM_ID, 1)
    yield from _within(f"label of {name!r}", each.get("label"), INPUT_LABEL, 1)
    yield from _within(f"placeholder of {name!r}", each.get("placeholder"), INPUT_PLACEHOLDER)
    yield from _within(f"value of {name!r}", value, min(INPUT_VALUE, each.get("max_length") or INPUT_VALUE))
