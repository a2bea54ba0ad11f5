"""Discord's limits for application commands."""

import unicodedata
from collections import Counter
from typing import Any

from bot.simulator.commands import ATTACHMENT, GROUP, SUBCOMMAND
from bot.simulator.form import Form, Path, objects
from bot.simulator.model import Json

PER_SCOPE = {1: 100, 2: 15, 3: 15}
"""Commands of a scope by type: slash, user, message."""

CHARACTERS = 8_000
"""Name, description and values of one slash command."""


def check_commands(form: Form, commands: list[Any]) -> None:
    """Write down what is wrong with a bulk overwrite."""
    entries = form.listed((), commands, sum(PER_SCOPE.values()))
    kinds = Counter(str(command.get("type") or 1) for command in entries)
    for kind, most in PER_SCOPE.items():
        if kinds[str(kind)] > most:
            form.bad(
                (), "APPLICATION_COMMAND_TOO_MANY", f"Maximum number of application commands reached ({most})"
            )
    names = Counter(_identity(command) for command in entries)
    for index, command in enumerate(entries):
        if names[_identity(command)] > 1:
            form.bad(
                (index, "name"),
                "APPLICATION_COMMANDS_DUPLICATE_NAME",
                "Application command names must be unique",
            )
        _check_command(form, command, (index,))


def _identity(command: Json) -> tuple[str, str]:
    return str(command.get("type") or 1), str(command.get("name"))


def _check_command(form: Form, command: Json, at: Path) -> None:
    if (command.get("type") or 1) != 1:
        form.text((*at, "name"), command.get("name"), 32, 1)
        if command.get("description"):
            form.bad(
                (*at, "description"), "APPLICATION_COMMAND_DESCRIPTION_NOT_ALLOWED", "Context menus have none"
            )
        return
    _check_name(form, command.get("name"), (*at, "name"))
    form.text((*at, "description"), command.get("description"), 100, 1)
    _check_options(form, command.get("options"), (*at, "options"), depth=0)
    if _size(command) > CHARACTERS:
        form.bad(at, "APPLICATION_COMMAND_TOO_LARGE", f"Command exceeds maximum size ({CHARACTERS})")


def _check_name(form: Form, name: Any, at: Path) -> None:
    form.text(at, name, 32, 1)
    if isinstance(name, str) and (name != name.lower() or not all(_name_character(c) for c in name)):
        form.bad(at, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _name_character(character: str) -> bool:
    return character in "-_'" or unicodedata.category(character)[0] in "LNM"


def _size(entry: Json) -> int:
    texts = [str(entry.get("name") or ""), str(entry.get("description") or "")]
    for choice in objects(entry.get("choices")):
        texts += [str(choice.get("name")), str(choice.get("value"))]
    return sum(map(len, texts)) + sum(_size(option) for option in objects(entry.get("options")))


def _check_options(form: Form, given: Any, at: Path, depth: int) -> None:
    options = form.listed(at, given, 25)
    names = Counter(str(option.get("name")) for option in options)
    optional_seen = False
    for index, option in enumerate(options):
        here = (*at, index)
        _check_option(form, option, here, depth)
        if names[str(option.get("name"))] > 1:
            form.bad(
                (*here, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", "Option names must be unique"
            )
        if option.get("required") and optional_seen:
            form.bad(here, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "Required options must come first")
        optional_seen = optional_seen or not option.get("required")
    if len({option.get("type") in (SUBCOMMAND, GROUP) for option in options}) > 1:
        form.bad(at, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-commands and options cannot be mixed")


def _check_option(form: Form, option: Json, at: Path, depth: int) -> None:
    _check_name(form, option.get("name"), (*at, "name"))
    form.text((*at, "description"), option.get("description"), 100, 1)
    kind = option.get("type")
    if kind not in range(SUBCOMMAND, ATTACHMENT + 1):
        form.bad((*at, "type"), "BASE_TYPE_CHOICES", "Value must be one of the option types.")
    if kind in (SUBCOMMAND, GROUP):
        if depth > (0 if kind == GROUP else 1):
            form.bad((*at, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Nested too deep")
        _check_options(form, option.get("options"), (*at, "options"), depth + 1)
        return
    choices = form.listed((*at, "choices"), option.get("choices"), 25)
    for index, choice in enumerate(choices):
        form.text((*at, "choices", index, "name"), choice.get("name"), 100, 1)
        if isinstance(choice.get("value"), str):
            form.text((*at, "choices", index, "value"), choice["value"], 100, 1)
    if choices and option.get("autocomplete"):
        form.bad(
            (*at, "autocomplete"),
            "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID",
            "Not together with choices",
        )
