"""Discord's limits for buttons, menus, layouts and modals."""

from collections import Counter
from typing import Any

from bot.simulator.form import Form, Path, whole
from bot.simulator.model import Json, walk
from bot.simulator.refusals import Unimplemented

ROW, BUTTON, TEXT_MENU, TEXT_INPUT, SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER, LABEL = (
    1, 2, 3, 4, 9, 10, 11, 12, 13, 14, 17, 18,
)  # fmt: skip
MENUS = (3, 5, 6, 7, 8)
LAYOUT = (SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER)
LAYOUT_PARTS = 40
LAYOUT_TEXT = 4_000


def check_components(form: Form, components: Any, at: Path, *, layout: bool) -> None:
    """Write down what is wrong with the components of a message.

    Args:
        form: where faults go.
        components: the list as sent; None is none.
        at: where it stands.
        layout: whether the message has the IS_COMPONENTS_V2 flag.
    """
    top = form.listed(at, components, LAYOUT_PARTS if layout else 5)
    for index, part in enumerate(top):
        if part.get("type") != ROW and not (layout and part.get("type") in LAYOUT):
            _no_such_type(form, (*at, index), part)
        else:
            _check_part(form, part, (*at, index))
    _check_unique(form, top, at)
    if layout:
        _check_layout(form, top, at)


def _no_such_type(form: Form, at: Path, part: Json) -> None:
    form.bad(
        (*at, "type"),
        "UNION_TYPE_CHOICES",
        f'Value of field "type" ({part.get("type")}) is not allowed here.',
    )


def _check_part(form: Form, part: Json, at: Path) -> None:
    kind = part.get("type")
    if kind == ROW:
        _check_row(form, part, at)
    elif kind == SECTION:
        _check_section(form, part, at)
    elif kind == TEXT:
        form.text((*at, "content"), part.get("content"), LAYOUT_TEXT, 1)
    elif kind == CONTAINER:
        for index, child in enumerate(
            form.listed((*at, "components"), part.get("components"), LAYOUT_PARTS, 1)
        ):
            _check_part(form, child, (*at, "components", index))
    elif kind not in (GALLERY, FILE, SEPARATOR, THUMBNAIL):
        _no_such_type(form, at, part)


def _check_section(form: Form, part: Json, at: Path) -> None:
    for index, child in enumerate(form.listed((*at, "components"), part.get("components"), 3, 1)):
        _check_part(form, child, (*at, "components", index))
    accessory = form.object((*at, "accessory"), part.get("accessory"))
    if accessory.get("type") == BUTTON:
        _check_button(form, accessory, (*at, "accessory"))
    elif accessory.get("type") != THUMBNAIL:
        _no_such_type(form, (*at, "accessory"), accessory)


def _check_row(form: Form, row: Json, at: Path) -> None:
    children = form.listed((*at, "components"), row.get("components"), 5, 1)
    if any(child.get("type") in MENUS for child in children) and len(children) > 1:
        form.bad(
            (*at, "components"),
            "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
            "The specified component exceeds the maximum width",
        )
    for index, child in enumerate(children):
        if child.get("type") == BUTTON:
            _check_button(form, child, (*at, "components", index))
        elif child.get("type") in MENUS:
            check_menu(form, child, (*at, "components", index))
        else:
            _no_such_type(form, (*at, "components", index), child)


def _check_button(form: Form, button: Json, at: Path) -> None:
    style = button.get("style")
    form.text((*at, "label"), button.get("label"), 80)
    if style == 6:
        raise Unimplemented("premium buttons")
    if style == 5:
        form.text((*at, "url"), button.get("url"), 512, 1)
        form.url((*at, "url"), button.get("url"), "http", "https", "discord")
        if button.get("custom_id"):
            form.bad(
                (*at, "custom_id"),
                "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
                "A link has no custom id",
            )
    elif style in (1, 2, 3, 4):
        form.text((*at, "custom_id"), button.get("custom_id"), 100, 1)
        if button.get("url"):
            form.bad(
                (*at, "url"), "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", "Only a link has a url"
            )
    else:
        form.bad((*at, "style"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4, 5, 6}.")
    if not button.get("label") and not button.get("emoji"):
        form.bad(
            (*at, "label"), "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A label or an emoji is required"
        )


def check_menu(form: Form, menu: Json, at: Path) -> None:
    """Write down what is wrong with a menu."""
    form.text((*at, "custom_id"), menu.get("custom_id"), 100, 1)
    form.text((*at, "placeholder"), menu.get("placeholder"), 150)
    form.number((*at, "min_values"), menu.get("min_values"), 0, 25)
    form.number((*at, "max_values"), menu.get("max_values"), 1, 25)
    least, most = (whole(menu.get(key), 1) for key in ("min_values", "max_values"))
    if least > most:
        form.bad(
            (*at, "min_values"),
            "SELECT_COMPONENT_MIN_VALUES_TOO_LARGE",
            "min_values is larger than max_values",
        )
    if menu.get("type") == TEXT_MENU:
        _check_options(form, menu, most, at)


def _check_options(form: Form, menu: Json, most: int, at: Path) -> None:
    options = form.listed((*at, "options"), menu.get("options"), 25, 1)
    for index, option in enumerate(options):
        form.text((*at, "options", index, "label"), option.get("label"), 100, 1)
        form.text((*at, "options", index, "value"), option.get("value"), 100, 1)
        form.text((*at, "options", index, "description"), option.get("description"), 100)
    values = [str(option.get("value")) for option in options]
    if len(values) != len(set(values)):
        form.bad(
            (*at, "options"),
            "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
            "The specified option value is already used",
        )
    if most > len(options):
        form.bad((*at, "max_values"), "SELECT_COMPONENT_MAX_VALUES_TOO_LARGE", "More values than options")
    if sum(bool(option.get("default")) for option in options) > most:
        form.bad((*at, "options"), "SELECT_COMPONENT_TOO_MANY_DEFAULTS", "More defaults than max_values")


def _check_unique(form: Form, components: list[Json], at: Path) -> None:
    parts = list(walk(components))
    for part in parts:
        form.number((*at, "id"), part.get("id"), 0, (1 << 31) - 1)
    for key, code in (("custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED"), ("id", "COMPONENT_ID_DUPLICATED")):
        uses = Counter(str(part[key]) for part in parts if part.get(key))
        if repeated := sorted(value for value, times in uses.items() if times > 1):
            form.bad(
                at, code, f"Component {key.replace('_', ' ')} cannot be duplicated: {', '.join(repeated)}"
            )


def _check_layout(form: Form, components: list[Json], at: Path) -> None:
    parts = list(walk(components))
    if len(parts) > LAYOUT_PARTS:
        form.bad(at, "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", f"More than {LAYOUT_PARTS} components")
    if sum(len(str(part.get("content") or "")) for part in parts) > LAYOUT_TEXT:
        form.bad(at, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", f"More than {LAYOUT_TEXT} characters")


def number_components(components: list[Json]) -> list[Json]:
    """The same tree with an `id` on every component, as Discord gives them: counted from 1, parents first."""
    taken = {part["id"] for part in walk(components) if part.get("id")}
    free = (number for number in range(1, 10_000) if number not in taken)
    return [_numbered(part, free) for part in components]


def _numbered(part: Json, free: Any) -> Json:
    numbered = {**part, "id": part.get("id") or next(free)}
    for key in ("components", "accessory", "component"):
        child = part.get(key)
        if isinstance(child, list):
            numbered[key] = [_numbered(entry, free) for entry in child]
        elif isinstance(child, dict):
            numbered[key] = _numbered(child, free)
    return numbered


def check_modal(form: Form, modal: Json, at: Path) -> None:
    """Write down what is wrong with a modal."""
    form.text((*at, "title"), modal.get("title"), 45, 1)
    form.text((*at, "custom_id"), modal.get("custom_id"), 100, 1)
    rows = form.listed((*at, "components"), modal.get("components"), 5, 1)
    for index, row in enumerate(rows):
        _check_modal_row(form, row, (*at, "components", index))
    _check_unique(form, rows, (*at, "components"))


def _check_modal_row(form: Form, row: Json, at: Path) -> None:
    kind = row.get("type")
    if kind == ROW:
        inputs = form.listed((*at, "components"), row.get("components"), 1, 1)
        for index, entry in enumerate(inputs):
            _check_input(form, entry, (*at, "components", index), labelled=False)
    elif kind == LABEL:
        form.text((*at, "label"), row.get("label"), 45, 1)
        form.text((*at, "description"), row.get("description"), 100)
        _check_input(
            form, form.object((*at, "component"), row.get("component")), (*at, "component"), labelled=True
        )
    elif kind == TEXT:
        form.text((*at, "content"), row.get("content"), LAYOUT_TEXT, 1)
    else:
        _no_such_type(form, at, row)


def _check_input(form: Form, entry: Json, at: Path, *, labelled: bool) -> None:
    kind = entry.get("type")
    if kind in (5, 6, 7, 8, 19, 21, 22, 23):
        raise Unimplemented(f"component type {kind} in a modal")
    if kind == TEXT_MENU and labelled:
        check_menu(form, entry, at)
    elif kind == TEXT_INPUT:
        _check_text_input(form, entry, at, labelled=labelled)
    else:
        _no_such_type(form, at, entry)


def _check_text_input(form: Form, entry: Json, at: Path, *, labelled: bool) -> None:
    form.text((*at, "custom_id"), entry.get("custom_id"), 100, 1)
    if not labelled:
        form.text((*at, "label"), entry.get("label"), 45, 1)
    form.text((*at, "placeholder"), entry.get("placeholder"), 100)
    form.number((*at, "min_length"), entry.get("min_length"), 0, 4000)
    form.number((*at, "max_length"), entry.get("max_length"), 1, 4000)
    least, most = whole(entry.get("min_length"), 0), whole(entry.get("max_length"), 4000)
    if least > most:
        form.bad(
            (*at, "min_length"),
            "TEXT_INPUT_COMPONENT_MIN_LENGTH_TOO_LARGE",
            "min_length is larger than max_length",
        )
    value = entry.get("value")
    if isinstance(value, str) and value and not least <= len(value) <= most:
        form.bad((*at, "value"), "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
