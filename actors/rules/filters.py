"""A leaderboard filter as a short text, so that a button can carry it."""

from actors.rules.ids import Race
from actors.rules.rank import Filter

_LETTERS = dict(zip(Race, "abcdef", strict=True))


def write(chosen: Filter) -> str:
    """At most eight characters.

    >>> write(Filter(races=frozenset({Race.BW_ZERG}), best_only=True))
    'b+'
    """
    races = "".join(letter for race, letter in _LETTERS.items() if race in chosen.races)
    return races + ("+" if chosen.best_only else "")


def parse(text: str) -> Filter:
    """The filter that `write` wrote; unknown characters are ignored.

    >>> write(parse('b+'))
    'b+'
    """
    races = frozenset(race for race, letter in _LETTERS.items() if letter in text)
    return Filter(races=races, best_only="+" in text)
