"""Who comes to an evening: names, homes, hidden skill, and the temper that makes an evening worth testing.

Everything here follows from the seed, so the same evening has the same people.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from actors.rules.countries import COMMON
from actors.rules.ids import Game, Race, Region

SKILL_SPREAD = 220.0
"""Standard deviation of hidden skill, in rating points."""

SKILL_DIVISOR = 400.0
"""Points of skill that make one player ten times as likely to win (Elo)."""


class Temper(Enum):
    """What a person is like."""

    QUICK = "quick"
    STEADY = "steady"
    SLOW = "slow"
    LATE = "late"
    """Confirms only when reminded."""
    NO_SHOW = "no-show"
    """Leaves the keyboard while a match is found, once."""
    QUARRELSOME = "quarrelsome"
    """Claims the opposite of what happened, twice."""
    CLOSED_DMS = "closed DMs"
    """Refuses direct messages until told what that costs."""
    QUITTER = "quits the queue"
    ABORTER = "aborts"
    WRONG_FILES = "uploads wrong files"
    CLUMSY = "mistypes"
    OLD_CARDS = "clicks old cards"
    CURIOUS = "reads everything"


_DEALT = (
    Temper.QUARRELSOME,
    Temper.WRONG_FILES,
    Temper.NO_SHOW,
    Temper.CLOSED_DMS,
    Temper.ABORTER,
    Temper.CLUMSY,
    Temper.QUITTER,
    Temper.OLD_CARDS,
    Temper.QUARRELSOME,
    Temper.CURIOUS,
    Temper.LATE,
    Temper.WRONG_FILES,
    Temper.SLOW,
    Temper.CLUMSY,
    Temper.CURIOUS,
    Temper.WRONG_FILES,
)
"""Dealt in this order and again, to two people out of three; the third is quick or steady."""

PACE = {Temper.QUICK: 0.5, Temper.SLOW: 2.0}
"""How much longer than others these take over everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """One person of the evening, before anything happened."""

    account: str
    """Discord name."""
    name: str
    """Ladder name."""
    battletag: str
    alt_names: tuple[str, ...]
    country: str
    region: Region
    temper: Temper
    skill: float
    bw: Race | None
    sc2: Race | None
    vetoes: int
    """How many maps to veto."""
    account_number: int
    """Of the Battle.net account, the same in every gateway."""
    seed: int
    """Of everything this person leaves to chance."""

    @property
    def pace(self) -> float:
        """Multiplies every hesitation."""
        return PACE.get(self.temper, 1.0)


def cast(accounts: Sequence[str], seed: int) -> tuple[Character, ...]:
    """Give each account a person.

    Args:
        accounts: Discord names of letters, each once.
        seed: of the evening.

    Returns:
        As many characters, in the same order. Both games are played by at least half of them.
    """
    dice = random.Random(f"evening {seed}")
    tempers = deal(len(accounts))
    dice.shuffle(tempers)
    return tuple(
        _character(account, temper, place, dice)
        for place, (account, temper) in enumerate(zip(accounts, tempers, strict=True))
    )


def deal(players: int) -> list[Temper]:
    """The tempers of an evening of this many.

    >>> [temper.value for temper in deal(3)]
    ['quarrelsome', 'uploads wrong files', 'quick']
    """
    special = players * 2 // 3
    tempers = [_DEALT[place % len(_DEALT)] for place in range(special)]
    plain = (Temper.QUICK, Temper.STEADY)
    return tempers + [plain[place % 2] for place in range(players - special)]


def win_chance(skill: float, other: float) -> float:
    """How likely the first wins; the two chances of a pair add up to one.

    >>> win_chance(1500.0, 1500.0)
    0.5
    """
    return 1.0 / (1.0 + math.pow(10.0, (other - skill) / SKILL_DIVISOR))


def _character(account: str, temper: Temper, place: int, dice: random.Random) -> Character:
    name = "".join(letter for letter in account if letter.isalpha())[:12].capitalize()
    bw, sc2 = _races(place, dice)
    return Character(
        account=account,
        name=name,
        battletag=f"{name}#{dice.randrange(1000, 99999)}",
        alt_names=(f"{name[:8]}Alt",) if dice.random() < 0.3 else (),
        country=dice.choice(sorted(COMMON)),
        region=dice.choice(list(Region)),
        temper=temper,
        skill=dice.gauss(1500.0, SKILL_SPREAD),
        bw=bw,
        sc2=sc2,
        vetoes=dice.randrange(5),
        account_number=dice.randrange(100_000, 9_999_999),
        seed=dice.getrandbits(32),
    )


def _races(place: int, dice: random.Random) -> tuple[Race | None, Race | None]:
    """Every second person plays both games; of the others as many the one as the other."""
    bw = dice.choice([race for race in Race if race.game is Game.BW])
    sc2 = dice.choice([race for race in Race if race.game is Game.SC2])
    match place % 4:
        case 0:
            return bw, None
        case 1:
            return None, sc2
        case _:
            return bw, sc2
