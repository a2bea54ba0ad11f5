"""A closed community of 64 that plays for three days: how a policy of pairing feels to those who wait.

Everybody queues, plays 15 minutes and up to 5 more or fewer, rests 3, and queues again. Two of five play
Brood War, two StarCraft II, one both. Time is simulated; the pairing is the ladder's own.
"""

import heapq
import random
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import TypeAlias

from actors.rules.ids import PlayerId, Race, Region
from actors.rules.pairing import Pair, next_look, pair
from actors.rules.queue import Member
from actors.rules.settings import Settings

PLAYERS = 64
DAYS = 3.0
SPREAD = 300.0
"""Standard deviation of the ratings."""
PLAY_S = (600.0, 1200.0)
REST_S = 180.0
HOUR_S = 3600.0
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """When the queue is looked at, with which numbers."""

    name: str
    settings: Settings
    every_s: float | None = None
    """A wave on the clock; None works on events, as the matchmaker does."""


@dataclass(frozen=True, slots=True)
class Feeling:
    """What a policy did to the community. Smaller is better, everywhere."""

    mean_s: float
    p95_s: float
    max_s: float
    gap: float
    rematch: float
    """Percent of the matches in which somebody plays the same opponent twice running."""
    matches: int

    def beats(self, other: "Feeling") -> bool:
        """On every column at once."""
        return all(
            mine < theirs
            for mine, theirs in (
                (self.mean_s, other.mean_s),
                (self.p95_s, other.p95_s),
                (self.max_s, other.max_s),
                (self.gap, other.gap),
                (self.rematch, other.rematch),
            )
        )


_Happening: TypeAlias = tuple[float, int, Callable[[], None]]


@dataclass(slots=True)
class Community:
    """Three days, from the seed and the policy alone."""

    policy: Policy
    dice: random.Random
    spread: float = SPREAD
    now_s: float = 0.0
    queue: dict[PlayerId, Member] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    gaps: list[int] = field(default_factory=list)
    rematches: int = 0
    _members: dict[PlayerId, Member] = field(default_factory=dict)
    _met: dict[frozenset[PlayerId], datetime] = field(default_factory=dict)
    _last: dict[PlayerId, frozenset[PlayerId]] = field(default_factory=dict)
    _ahead: list[_Happening] = field(default_factory=list)
    _numbers: "count[int]" = field(default_factory=count)
    _look_at_s: float = float("inf")

    def live(self, days: float = DAYS) -> Feeling:
        """Play it through."""
        for number in range(PLAYERS):
            member = self._born(number)
            self._members[member.player] = member
            self._later(self.dice.uniform(0.0, PLAY_S[1]), partial(self._join, member.player))
        if self.policy.every_s is not None:
            self._later(self.policy.every_s, self._strike)
        while self._ahead[0][0] < days * 24 * HOUR_S:
            self.now_s, _, happen = heapq.heappop(self._ahead)
            happen()
        ordered = sorted(self.waits)
        return Feeling(
            statistics.fmean(ordered),
            ordered[int(0.95 * len(ordered))],
            ordered[-1],
            statistics.fmean(self.gaps),
            100.0 * self.rematches / len(self.gaps),
            len(self.gaps),
        )

    def _born(self, number: int) -> Member:
        plays = number % 5  # 0 and 1 Brood War, 2 and 3 StarCraft II, 4 both
        ratings = [int(self.dice.gauss(1500.0, self.spread)) for _ in range(2)]
        bw, sc2 = plays in {0, 1, 4}, plays in {2, 3, 4}
        return Member(
            player=PlayerId(number + 1),
            bw=Race.BW_ZERG if bw else None,
            sc2=Race.SC2_ZERG if sc2 else None,
            bw_rating=ratings[0] if bw else None,
            sc2_rating=ratings[1] if sc2 else None,
            region=Region.EUW,
            joined_at=NOON,
        )

    def _later(self, pause_s: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._ahead, (self.now_s + pause_s, next(self._numbers), happen))

    def _join(self, player: PlayerId) -> None:
        old = self._members[player]
        self.queue[player] = Member(
            player=player, bw=old.bw, sc2=old.sc2, bw_rating=old.bw_rating, sc2_rating=old.sc2_rating,
            region=old.region, joined_at=NOON + timedelta(seconds=self.now_s),
        )  # fmt: skip
        if self.policy.every_s is None:
            self._look_in(self.policy.settings.debounce_s)

    def _look_in(self, pause_s: float) -> None:
        at_s = self.now_s + pause_s
        if at_s < self._look_at_s:
            self._look_at_s = at_s
            self._later(pause_s, self._look)

    def _look(self) -> None:
        if self.now_s >= self._look_at_s:  # else a sooner look took its place
            self._look_at_s = float("inf")
            left = self._wave()
            now = NOON + timedelta(seconds=self.now_s)
            if look := next_look(left, now, self.policy.settings, self._met):
                self._look_in(max(0.1, (look - now).total_seconds()))

    def _strike(self) -> None:
        assert self.policy.every_s is not None
        self._wave()
        self._later(self.policy.every_s, self._strike)

    def _wave(self) -> tuple[Member, ...]:
        now = NOON + timedelta(seconds=self.now_s)
        wave = pair(tuple(self.queue.values()), now, self._met, self.policy.settings)
        for found in wave.pairs:
            self._play(found, now)
        return wave.left

    def _play(self, found: Pair, now: datetime) -> None:
        both = frozenset((found.bw.player, found.sc2.player))
        self.rematches += any(self._last.get(player) == both for player in both)
        self._met[both] = now
        self._last.update(dict.fromkeys(both, both))
        self.gaps.append(found.gap)
        for member in (found.bw, found.sc2):
            del self.queue[member.player]
            self.waits.append((now - member.joined_at).total_seconds())
            # Each on his own: who came back together would meet again for that alone.
            self._later(self.dice.uniform(*PLAY_S) + REST_S, partial(self._join, member.player))


def feel(policy: Policy, seed: int, spread: float = SPREAD, days: float = DAYS) -> Feeling:
    """Three days of the community with this seed under this policy."""
    return Community(policy, random.Random(f"community {seed}"), spread).live(days)
