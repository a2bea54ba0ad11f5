"""What a player may call oneself: the rules of the set-up form."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from string import ascii_letters, digits
from unicodedata import category, normalize

from actors.rules import countries
from actors.rules.player import Draft, Profile

NAME_MIN, NAME_MAX = 3, 12
"""Characters of a ladder name and of an alternative name."""
TAG_MIN, TAG_MAX = 2, 12
"""Characters before the # of a BattleTag."""
DIGITS_MIN, DIGITS_MAX = 3, 12
"""Digits after it."""
ALT_TOTAL = 100
"""Characters of all alternative names with the spaces between them."""

_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)
"""Letters and marks that draw nothing: what Unicode calls Default_Ignorable_Code_Point, in L or M."""


class Field(Enum):
    """The entries of the form."""

    NAME = "name"
    BATTLETAG = "battletag"
    ALT_NAMES = "alt-names"
    COUNTRY = "country"
    REGION = "region"


class Rule(Enum):
    """What an entry can break. The catalogue has a sentence for each."""

    NAME_LENGTH = "name-length"
    """3 to 12 characters."""
    NAME_LETTERS = "name-letters"
    """A to Z and a to z only."""
    NAME_TAKEN = "name-taken"
    """Somebody has it, in this or another case; only the store can know."""
    BATTLETAG_FORM = "battletag-form"
    """A name, one #, digits."""
    BATTLETAG_NAME = "battletag-name"
    """2 to 12 letters, marks and numbers of any script, not beginning with a mark."""
    BATTLETAG_DIGITS = "battletag-digits"
    """3 to 12 digits."""
    ALT_LENGTH = "alt-length"
    """3 to 12 characters each."""
    ALT_CHARACTERS = "alt-characters"
    """Letters, marks and numbers of any script, and `_`, `-`, `.`."""
    ALT_TOO_LONG = "alt-too-long"
    """100 characters together."""
    NAMES_DIFFER = "names-differ"
    """Ladder name and alternative names are all different, whatever their case."""
    COUNTRY_UNKNOWN = "country-unknown"
    REGION_MISSING = "region-missing"


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry that breaks one rule."""

    field: Field
    rule: Rule
    value: str
    """The offending part as typed, trimmed. Hostile text: escape it where it is shown."""


def check(draft: Draft) -> Profile | tuple[Problem, ...]:
    """Turn a draft into a profile, or say everything that is wrong with it.

    Returns:
        The profile, trimmed, in Unicode's composed form (NFC), its country a code; or all problems
        in the order of the form, at least one.

    Source:
        domain.md, 2.2.

    >>> from actors.rules.ids import Region
    >>> check(Draft(name=" Alice ", battletag="Alice#1234", country="korea", region=Region.KRJ)).country
    'KR'
    >>> [problem.rule.value for problem in check(Draft(name="Al1ce", battletag="Alice", country="KR"))]
    ['name-letters', 'battletag-form', 'region-missing']
    """
    problems = check_form(draft)
    if draft.region is None:
        return (*problems, Problem(Field.REGION, Rule.REGION_MISSING, ""))
    country = countries.find(draft.country)
    if problems or country is None:
        return problems
    return Profile(
        name=_tidy(draft.name),
        battletag="#".join(_tag_parts(draft.battletag)),
        alt_names=_alt_names(draft),
        country=country,
        region=draft.region,
    )


def check_form(draft: Draft) -> tuple[Problem, ...]:
    """Everything that is wrong with the entries that are typed, in the order of the form.

    >>> check_form(Draft(name="Alice", battletag="Alice#1234", country="KR"))
    ()
    """
    return (
        *_name_problems(_tidy(draft.name)),
        *_battletag_problems(draft.battletag),
        *_alt_problems(draft),
        *_country_problems(draft.country),
    )


def _tidy(text: str) -> str:
    return normalize("NFC", text).strip()


def _tag_parts(battletag: str) -> list[str]:
    # Keyboards for Chinese, Japanese and Korean type the wide sign.
    return [part.strip() for part in _tidy(battletag).replace("\N{FULLWIDTH NUMBER SIGN}", "#").split("#")]


def _alt_names(draft: Draft) -> tuple[str, ...]:
    return tuple(_tidy(draft.alt_names).split())


def _is_written(letter: str) -> bool:
    """Whether it is a letter, mark or number that can be seen: no control, direction or zero-width sign."""
    return category(letter)[0] in "LMN" and not _INVISIBLE.match(letter)


def _fits(text: str, least: int, most: int, allowed: Callable[[str], bool]) -> bool:
    return least <= len(text) <= most and all(map(allowed, text))


def _name_problems(name: str) -> Iterable[Problem]:
    if not NAME_MIN <= len(name) <= NAME_MAX:
        yield Problem(Field.NAME, Rule.NAME_LENGTH, name)
    if any(letter not in ascii_letters for letter in name):
        yield Problem(Field.NAME, Rule.NAME_LETTERS, name)


def _battletag_problems(battletag: str) -> Iterable[Problem]:
    parts = _tag_parts(battletag)
    if len(parts) != 2:  # noqa: PLR2004  # before and after the one #
        yield Problem(Field.BATTLETAG, Rule.BATTLETAG_FORM, _tidy(battletag))
        return
    name, number = parts
    if not _fits(name, TAG_MIN, TAG_MAX, _is_written) or category(name[0])[0] == "M":
        yield Problem(Field.BATTLETAG, Rule.BATTLETAG_NAME, name)
    if not _fits(number, DIGITS_MIN, DIGITS_MAX, digits.__contains__):
        yield Problem(Field.BATTLETAG, Rule.BATTLETAG_DIGITS, number)


def _alt_problems(draft: Draft) -> Iterable[Problem]:
    names = _alt_names(draft)
    if len(" ".join(names)) > ALT_TOTAL:
        yield Problem(Field.ALT_NAMES, Rule.ALT_TOO_LONG, " ".join(names))
    seen = {_tidy(draft.name).casefold()}
    for name in names:
        if not NAME_MIN <= len(name) <= NAME_MAX:
            yield Problem(Field.ALT_NAMES, Rule.ALT_LENGTH, name)
        if not all(_is_written(letter) or letter in "_-." for letter in name):
            yield Problem(Field.ALT_NAMES, Rule.ALT_CHARACTERS, name)
        if name.casefold() in seen:
            yield Problem(Field.ALT_NAMES, Rule.NAMES_DIFFER, name)
        seen.add(name.casefold())


def _country_problems(country: str) -> Iterable[Problem]:
    if countries.find(country) is None:
        yield Problem(Field.COUNTRY, Rule.COUNTRY_UNKNOWN, _tidy(country))
