"""A modal as a person fills it in."""

from collections.abc import Mapping
from typing import Any

from bot.simulator.model import Json, Modal, ModalField
from bot.simulator.refusals import SetupError


def filled_in(modal: Modal, entries: Mapping[str, Any]) -> list[Json]:
    """The `components` that a client submits: the tree as it opened, with what was entered.

    Args:
        modal: the form.
        entries: by label or custom id; what is not named keeps what the form opened with.

    Raises:
        SetupError: the client would not let this be sent.
    """
    known = {name for entry in modal.fields for name in (entry.label, entry.custom_id)}
    if stray := set(entries) - known:
        raise SetupError(f"the form {modal.title!r} has no field {', '.join(sorted(stray))}")
    entered = {entry.custom_id: _entered(entry, entries) for entry in modal.fields}
    return [_submitted(part, entered) for part in modal.components]


def _entered(entry: ModalField, entries: Mapping[str, Any]) -> str | list[str]:
    given = entries.get(entry.label, entries.get(entry.custom_id))
    if entry.kind == 3:
        return _chosen(entry, [given] if isinstance(given, str) else list(given or ()))
    text = entry.value if given is None else str(given)
    if (text or entry.required) and not max(entry.min_length, 1) <= len(text) <= entry.max_length:
        raise SetupError(f"{entry.label!r} does not take {len(text)} characters")
    return text


def _chosen(entry: ModalField, wanted: list[str]) -> list[str]:
    if (wanted or entry.required) and not entry.min_values <= len(wanted) <= entry.max_values:
        raise SetupError(f"{entry.label!r} takes {entry.min_values} to {entry.max_values} values")
    return [option_value(entry.options, value) for value in wanted]


def option_value(options: tuple[tuple[str, str], ...], wanted: str) -> str:
    """The value of the option with this value or label.

    Raises:
        SetupError: there is none.
    """
    for label, value in options:
        if wanted in (value, label):
            return value
    raise SetupError(f"{wanted!r} is none of {[label for label, _ in options]}")


def _submitted(part: Json, entered: Mapping[str, str | list[str]]) -> Json:
    """One component of the submission; labels and rows keep their shape."""
    sent: Json = {"type": part["type"], "id": part["id"]}
    if part["type"] == 1:
        return sent | {"components": [_submitted(child, entered) for child in part["components"]]}
    if part["type"] == 18:
        return sent | {"component": _submitted(part["component"], entered)}
    if part["type"] == 10:
        return sent
    key = "values" if part["type"] == 3 else "value"
    return sent | {"custom_id": part["custom_id"], key: entered[part["custom_id"]]}
