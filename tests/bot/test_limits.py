"""The check of Discord's limits sees each of them broken."""

from collections.abc import Callable

import disnake
import pytest
from disnake.ui import Button, TextInput
from disnake.ui.select.string import StringSelect

from bot.drawing import Drawing, Form
from bot.limits import check
from bot.views.rows import Row, row

FINE = disnake.Embed(title="t", description="d")


def embed(title: str | None = None, description: str | None = None) -> Drawing:
    return Drawing((disnake.Embed(title=title, description=description),))


def fields(count: int, name: str = "n", value: str = "v") -> Drawing:
    made = disnake.Embed(title="t")
    for _ in range(count):
        made.add_field(name, value)
    return Drawing((made,))


def footed(size: int) -> Drawing:
    return Drawing((disnake.Embed(title="t").set_footer(text="f" * size),))


def buttons(*names: str, label: str = "b") -> Row:
    return row(*(Button(label=label, custom_id=name) for name in names))


def drawn(*rows: Row) -> Drawing:
    return Drawing((FINE,), rows)


def select(count: int = 1, label: str = "l", placeholder: str = "p", chosen: int = 0) -> StringSelect[None]:
    options = [
        disnake.SelectOption(label=label, value=str(index), default=index < chosen) for index in range(count)
    ]
    return StringSelect(custom_id="s", placeholder=placeholder, options=options)


def form(count: int = 1, title: str = "t", label: str = "l", placeholder: str = "", value: str = "") -> Form:
    inputs = (
        TextInput(label=label, custom_id=str(index), max_length=10, placeholder=placeholder, value=value)
        for index in range(count)
    )
    return Form(title, "f", tuple(inputs))


GOOD = [
    embed(title="t" * 256, description="d" * 4096),
    fields(25, "n" * 100, "v" * 100),
    fields(1, "n" * 256, "v" * 1024),
    footed(2048),
    Drawing((FINE,) * 10),
    drawn(*(buttons(*(f"{line}{index}" for index in range(5)), label="b" * 80) for line in range(5))),
    drawn(row(select(25, "l" * 100, "p" * 150, chosen=1))),
    form(5, "t" * 45, "l" * 45, placeholder="p" * 100, value="v" * 10),
]

BAD: list[tuple[str, Callable[[], Drawing | Form]]] = [
    ("title", lambda: embed(title="t" * 257)),
    ("description", lambda: embed(description="d" * 4097)),
    ("empty", lambda: embed(title=" ")),
    ("fields: 26", lambda: fields(26)),
    ("name of field", lambda: fields(1, "n" * 257)),
    ("name of field", lambda: fields(1, " ")),
    ("value of field", lambda: fields(1, "n", "v" * 1025)),
    ("value of field", lambda: fields(1, "n", "")),
    ("footer", lambda: footed(2049)),
    ("all embeds", lambda: fields(6, "n", "v" * 1000)),
    ("embeds: 0", lambda: Drawing(())),
    ("embeds: 11", lambda: Drawing((FINE,) * 11)),
    ("rows: 6", lambda: drawn(*(buttons(str(line)) for line in range(6)))),
    ("components in a row: 0", lambda: drawn(row())),
    ("label of", lambda: drawn(buttons("b", label="b" * 81))),
    ("custom id 'b' is there 2", lambda: drawn(buttons("b"), buttons("b"))),
    ("101 characters", lambda: drawn(buttons("b" * 101))),
    ("options of 's': 26", lambda: drawn(row(select(26)))),
    ("label in", lambda: drawn(row(select(1, "l" * 101)))),
    ("placeholder of", lambda: drawn(row(select(1, placeholder="p" * 151)))),
    ("2 chosen", lambda: drawn(row(select(3, chosen=2)))),
    ("title of the form", lambda: form(title="t" * 46)),
    ("inputs: 6", lambda: form(6)),
    ("label of", lambda: form(label="l" * 46)),
    ("placeholder of", lambda: form(placeholder="p" * 101)),
    ("value of", lambda: form(value="v" * 11)),
]


@pytest.mark.parametrize("good", GOOD)
def test_what_discord_takes_passes(good: Drawing | Form) -> None:
    assert check(good) == ()


@pytest.mark.parametrize(("word", "bad"), BAD)
def test_each_broken_limit_is_named(word: str, bad: Callable[[], Drawing | Form]) -> None:
    assert any(word in broken for broken in check(bad())), check(bad())


def test_a_select_shares_its_row_with_nothing() -> None:
    shared = row(select())
    shared._children.append(Button(label="b", custom_id="b"))  # disnake itself would refuse it
    assert "a select shares its row" in check(drawn(shared))
