"""Text of strangers, made harmless before it is shown: names, entries, strings from replays.

Three ways, by where the text goes: `foreign` where Discord reads markdown, `code` inside a
code span, `plain` where nothing is read (labels, option texts, footers, form values).
All remove what is invisible or turns a line around, make one line of it, and bound its length.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import groupby

NAME = 32
"""Characters shown of a name. Longer ones exist only in hostile files."""

_MARKDOWN = re.compile(r"([\\`*_~|<>#\-+\[\]():.])")
_CROWD = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Blank although Unicode calls them letters, marks or symbols."""
_MOST_MARKS = 3
"""Combining marks on one letter; living scripts need no more."""
_READ = 8
"""How many times the limit is read of a text: a file may hold a name of megabytes."""
_NOTHING = "?"


def plain(text: str, limit: int = NAME) -> str:
    r"""Visible characters on one line, at most `limit`; `?` when there is none.

    >>> plain("a\u202eb\n c")
    'ab c'
    """
    begin = text[: limit * _READ]
    spaced = "".join(" " if character.isspace() else character for character in begin)
    seen = "".join(character for character in spaced if _visible(character))
    line = " ".join(_calm(seen).split())
    return clip(line, limit) or _NOTHING


def foreign(text: str, limit: int = NAME) -> str:
    r"""`plain`, with Discord's markdown and mentions shown as they were typed.

    At most `limit` characters are seen; up to twice as many are sent.

    >>> foreign("*a* <@1>")
    '\\*a\\* \\<@1\\>'
    """
    # A backslash keeps `@everyone` from being drawn as a mention in some clients only.
    return _CROWD.sub("\uff20", _MARKDOWN.sub(r"\\\1", plain(text, limit)))


def code(text: str, limit: int = NAME) -> str:
    """`plain` in a code span, easy to copy. Backslashes mean nothing there, so backticks are replaced.

    >>> code("Alice#123")
    '`Alice#123`'
    """
    return f"`{unticked(plain(text, limit))}`"


def unticked(text: str) -> str:
    """The text without backticks, for code spans and code blocks."""
    return text.replace("`", "\u02cb")


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, with `…` where some were left out.

    >>> clip("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def parts(lines: Iterable[str], most: int) -> Iterator[str]:
    r"""The lines put together again, in as few texts of at most `most` characters as their order allows.

    >>> list(parts(["ab", "cd", "ef"], 5))
    ['ab\ncd', 'ef']
    """
    part = ""
    for line in lines:
        joined = f"{part}\n{line}" if part else line
        if part and len(joined) > most:
            yield part
            joined = line
        part = clip(joined, most)
    if part:
        yield part


def _visible(character: str) -> bool:
    return unicodedata.category(character) not in _INVISIBLE and character not in _FILLERS


def _calm(text: str) -> str:
    """No towers of combining marks: they would cover the lines above."""
    runs = groupby(text, key=lambda character: unicodedata.category(character) in {"Mn", "Me"})
    return "".join("".join(run)[:_MOST_MARKS] if marks else "".join(run) for marks, run in runs)
