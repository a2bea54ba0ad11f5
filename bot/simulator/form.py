"""Collects what is wrong with a request body, as Discord's tree of errors."""

from typing import Any

from bot.simulator.model import Json
from bot.simulator.refusals import Refused

Path = tuple[str | int, ...]
"""Where in the body: keys and list positions."""


def whole(value: Any, otherwise: int) -> int:
    """A whole number of a body, or `otherwise` where it is left out or none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


def objects(value: Any) -> list[Json]:
    """The objects of a list of a body; none where it is left out or no list."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


class Form:
    """The faults of one body. Check everything, then `refuse_if_bad` once."""

    def __init__(self) -> None:
        self._tree: Json = {}

    def bad(self, path: Path, code: str, message: str) -> None:
        """Write down one fault."""
        node = self._tree
        for step in path:
            node = node.setdefault(str(step), {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def text(self, path: Path, value: Any, most: int, least: int = 0) -> None:
        """A text of `least` to `most` characters; None counts as left out and is good if `least` is 0."""
        if value is None:
            if least:
                self.bad(path, "BASE_TYPE_REQUIRED", "This field is required")
        elif not isinstance(value, str):
            self.bad(path, "STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
        elif len(value) > most or len(value.strip()) < least:
            self._length(path, most, least)

    def number(self, path: Path, value: Any, least: int, most: int) -> None:
        """A whole number in this range, or left out."""
        if value is None:
            return
        if not isinstance(value, int) or isinstance(value, bool):
            self.bad(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
        elif not least <= value <= most:
            self.bad(path, "NUMBER_TYPE_MAX", f"int value should be between {least} and {most}.")

    def listed(self, path: Path, value: Any, most: int, least: int = 0) -> list[Json]:
        """A list of objects of this length; what is no object is left out of the answer. None is empty."""
        if value is None:
            value = []
        if not isinstance(value, list):
            self.bad(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return []
        if not least <= len(value) <= most:
            self._length(path, most, least)
        for index, entry in enumerate(value):
            if not isinstance(entry, dict):
                self.bad((*path, index), "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
        return [entry for entry in value if isinstance(entry, dict)]

    def object(self, path: Path, value: Any) -> Json:
        """An object, or left out; what is none is an empty one in the answer."""
        if value is None or isinstance(value, dict):
            return value or {}
        self.bad(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
        return {}

    def url(self, path: Path, value: Any, *schemes: str) -> None:
        """An address with one of these schemes, or left out."""
        good = isinstance(value, str) and value.startswith(tuple(f"{scheme}://" for scheme in schemes))
        if value is not None and not good:
            self.bad(path, "URL_TYPE_INVALID_SCHEME", f"Scheme must be one of {schemes}.")

    def _length(self, path: Path, most: int, least: int) -> None:
        if least:
            self.bad(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
        else:
            self.bad(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")

    def refuse_if_bad(self) -> None:
        """400 50035 with the tree, if a fault was found.

        Raises:
            Refused: there was one.
        """
        if self._tree:
            raise Refused(400, 50035, "Invalid Form Body", self._tree)
