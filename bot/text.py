"""Every sentence a player reads, by key and language, from Project Fluent catalogues.

    texts = texts_of("en-US")
    texts.say("notice-timed-out", until=now)

Integers are written without grouping (`Match #1204`), and a `datetime` goes through one of
two functions of the catalogue, so that each reader sees his own time:
`{ RELATIVE($until) }` ("in 2 minutes") and `{ CLOCK($until) }` ("21:04:33").
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

from fluent.runtime import FluentBundle, FluentResource
from fluent.runtime.types import fluent_number
from fluent.syntax.ast import Junk

from bot.languages import LOCALES

Variable: TypeAlias = str | int | datetime
"""What a sentence may contain."""


class SentenceError(LookupError):
    """A sentence cannot be said: no such key, no such variable, or a malformed file. A bug of ours."""


class Texts:
    """The catalogue of one language."""

    def __init__(self, locale: str, sources: Sequence[str]) -> None:
        """Args: `sources` are the texts of the language's `.ftl` files."""
        self.locale = locale
        self._fixed: dict[str, str] = {}
        """What takes no variables, once it was said."""
        # Isolation marks would keep a right-to-left name in its place, but `escape` removes
        # what could turn a line around, and the marks show up as boxes in code spans.
        self._bundle = FluentBundle(
            [locale], functions={"RELATIVE": _relative, "CLOCK": _clock}, use_isolating=False
        )
        for source in sources:
            resource = FluentResource(source)
            for entry in resource.body:
                if isinstance(entry, Junk):
                    raise SentenceError(f"{locale} is not Fluent: {entry.content!r}")
            self._bundle.add_resource(resource)

    def knows(self, key: str) -> bool:
        """Whether the catalogue has this key."""
        return bool(self._bundle.has_message(key))

    def say(self, key: str, **values: Variable) -> str:
        """One sentence, or several lines.

        Args:
            key: name of the message.
            values: its variables. Text of strangers must have gone through `bot.escape`.

        Raises:
            SentenceError: the key is unknown, or a variable is missing.
        """
        return self.fill(key, values)

    def fill(self, key: str, values: Mapping[str, Variable]) -> str:
        """`say` with the variables in a mapping."""
        if values:
            return self._spoken(key, values)
        if key not in self._fixed:
            self._fixed[key] = self._spoken(key, values)
        return self._fixed[key]

    def _spoken(self, key: str, values: Mapping[str, Variable]) -> str:
        if not self.knows(key):
            raise SentenceError(f"{self.locale} has no sentence {key!r}")
        pattern = self._bundle.get_message(key).value
        assert pattern is not None, f"{key} has attributes only"
        spoken, errors = self._bundle.format_pattern(
            pattern, {name: _ungrouped(value) for name, value in values.items()}
        )
        if errors:
            raise SentenceError(f"{self.locale} {key!r} with {sorted(values)}: {errors}")
        return str(spoken)


def locale_of(wanted: str) -> str:
    """The language to speak to a client set to `wanted`: it, its sibling (`de` for `de-AT`), or the first.

    >>> locale_of("xx-XX")
    'en-US'
    """
    if wanted in LOCALES:
        return wanted
    stem = wanted.partition("-")[0]
    return next((locale for locale in LOCALES if locale.partition("-")[0] == stem), LOCALES[0])


def texts_of(wanted: str = LOCALES[0]) -> Texts:
    """The catalogue for a client's language, read once."""
    return _read(locale_of(wanted))


@cache
def _read(locale: str) -> Texts:
    return Texts(locale, sources_of(locale))


def sources_of(locale: str) -> tuple[str, ...]:
    """The texts of a language's `.ftl` files, by file name."""
    folder = files("bot").joinpath("locales", locale)
    found = sorted((entry.name, entry) for entry in folder.iterdir() if entry.name.endswith(".ftl"))
    return tuple(entry.read_text(encoding="utf-8") for _, entry in found)


def _ungrouped(value: Variable) -> Any:
    return fluent_number(value, useGrouping=False) if isinstance(value, int) else value


def _relative(moment: Any) -> Any:
    return f"<t:{_seconds(moment)}:R>"


def _clock(moment: Any) -> Any:
    return f"<t:{_seconds(moment)}:T>"


def _seconds(moment: Any) -> int:
    # ValueError is what the resolver collects; it ends up in `SentenceError`.
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise ValueError(f"{moment!r} is no aware datetime")
    return int(moment.timestamp())
