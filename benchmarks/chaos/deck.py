"""What goes wrong, when and where: drawn from a seed, so that the same seed asks for the same troubles."""

import random
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from actors.boundaries import Boundary, FailAt, Fate

CRASHES = 0.2
"""Share of the deaths at a boundary that are an actor's and not the program's."""

DATABASES = 0.5
"""Share of the deaths just before a commit that are the database's."""

UP_S = (1.5, 6.0)
"""How long a bot lives that does not get to its boundary."""

SCRIPT_UP_S = 60.0
SCRIPT_WATCH_S = 12.0

PAUSE_S = (0.5, 2.0)
"""Between two troubles of Discord."""

LATE = {
    Boundary.STORE_WROTE: 40,
    Boundary.STORE_COMMITTED: 40,
    Boundary.ANSWER_LEAVES: 12,
    Boundary.ANSWER_TAKEN: 5,
    Boundary.SESSION_READ: 8,
    Boundary.MATCH_DECIDED: 6,
    Boundary.MATCH_SAVED: 6,
    Boundary.MATCH_SHOWN: 6,
    Boundary.COURIER_SENDS: 5,
    Boundary.COURIER_SENT: 5,
    Boundary.COURIER_EDITED: 8,
    Boundary.COURIER_NOTED: 8,
}
"""At which passage at most somebody dies there; once is the rule."""

MESSAGES = "(POST|PATCH) /channels/"
ANSWERS = "(POST|PATCH) /(interactions|webhooks)/"
ROUTES = (MESSAGES, MESSAGES, MESSAGES, ANSWERS)

FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "limited", "retry_after_s": 0.3},
    {"kind": "limited", "retry_after_s": 0.5, "scope": "global"},
    {"kind": "fail", "status": 500},
    {"kind": "fail", "status": 502},
    {"kind": "fail", "status": 503},
    {"kind": "hang"},
    {"kind": "slow", "ms": 1500.0},
    {"kind": "lose"},
    {"kind": "lose"},
)

GATEWAY: tuple[dict[str, Any], ...] = (
    {"kind": "drop"},
    {"kind": "drop", "code": 4000},
    {"kind": "reconnect"},
    {"kind": "invalidate"},
    {"kind": "invalidate", "resumable": True},
)


@dataclass(slots=True)
class Deck:
    """All boundaries, shuffled: one is dealt for each start of the bot, and again if nobody died there."""

    dice: random.Random
    kills: int = 0
    """How many more times a card is dealt."""
    up: tuple[float, float] = UP_S
    only: Sequence[FailAt] = ()
    """Nothing but these, in turn."""
    _cards: deque[Boundary] = field(default_factory=deque)
    _vain: Counter[Boundary] = field(default_factory=Counter)

    def deal(self) -> FailAt | None:
        """Where somebody is to die next; None when enough died."""
        if not self.kills:
            return None
        self.kills -= 1
        if self.only:
            return self.only[self.kills % len(self.only)]
        if not self._cards:
            cards = list(Boundary)
            self.dice.shuffle(cards)
            self._cards.extend(cards)
        boundary = self._cards.popleft()
        most = max(1, LATE.get(boundary, 1) >> self._vain[boundary])
        return FailAt(boundary, self.dice.randint(1, most), self._fate(boundary))

    def _fate(self, boundary: Boundary) -> Fate:
        if boundary is Boundary.PROGRAM_MIGRATED:
            return Fate.KILL  # no actor is there
        if boundary is Boundary.STORE_WROTE and self.dice.random() < DATABASES:
            return Fate.DATABASE
        return Fate.CRASH if self.dice.random() < CRASHES else Fate.KILL

    def played(self, card: FailAt) -> None:
        """It happened."""

    def missed(self, card: FailAt) -> None:
        """Nobody came there in time: soon again, and at an earlier passage."""
        self._vain[card.boundary] += 1
        self._cards.insert(min(len(self._cards), self.dice.randint(1, 3)), card.boundary)

    def up_s(self) -> float:
        """How long to wait for somebody to get there."""
        return self.dice.uniform(*self.up)

    def watch_s(self) -> float:
        """How long to leave a bot alone of which an actor crashed."""
        return self.dice.uniform(*UP_S)


@dataclass(slots=True)
class Script:
    """These places and no others, each until somebody died there."""

    left: list[FailAt]

    def deal(self) -> FailAt | None:
        """The next one."""
        return self.left[0] if self.left else None

    def played(self, card: FailAt) -> None:
        """It happened."""
        self.left.remove(card)

    def missed(self, card: FailAt) -> None:
        """Nobody came there: after the others."""
        self.left.remove(card)
        self.left.append(card)

    def up_s(self) -> float:
        """Long enough for every boundary that people get to."""
        return SCRIPT_UP_S

    def watch_s(self) -> float:
        """Long enough for the steward to look twice."""
        return SCRIPT_WATCH_S


Cards: TypeAlias = Deck | Script


def pause_s(dice: random.Random) -> float:
    """How long Discord is well."""
    return dice.uniform(*PAUSE_S)


def fault(dice: random.Random) -> dict[str, Any]:
    """A trouble of the next requests."""
    return {**dice.choice(FAULTS), "route": dice.choice(ROUTES), "times": dice.randint(1, 2)}


def gateway(dice: random.Random) -> dict[str, Any]:
    """A trouble of the connection."""
    return dice.choice(GATEWAY)
