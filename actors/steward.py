"""The steward: brings what runs in line with what is stored.

At the start, and every ten seconds after it, it wakes the open matches that have no
process and shows the cards that are out of date. Starting is recovering: there is no
other recovery. It owns nothing.

Restart: permanent.
"""

from typing import TypeVar

import structlog

from actors import courier
from actors import match as matches
from actors.boundaries import Boundary, passed
from actors.cards import screen_for
from actors.doors import Doors
from actors.keys import MATCHES, RANKS, STEWARD, Key, match_key
from actors.messages import LookAgain, Outdated, Show
from actors.ports import CardRow, Unavailable
from actors.rules.ids import MatchId
from actors.rules.match import Card
from actors.spans import span
from supervision import Actor, ChildSpec, KernelError, MailboxFull, NotRunning, Ref

log = structlog.get_logger()
M = TypeVar("M")

ROUND_S = 10.0
"""A letter that died with its process costs two rounds at most."""


class _Round:
    """Look again."""


def spec(doors: Doors) -> ChildSpec:
    """How the steward is started."""
    return ChildSpec(id="steward", key=STEWARD, start=lambda: Steward(doors), start_timeout_s=60.0)


class Steward(Actor[_Round]):
    """Open matches have a process, cards show the truth."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._behind: frozenset[tuple[int, int]] = frozenset()

    def describe(self) -> str:
        """How many cards the last round found behind, and when the next one begins."""
        due = self.context.timers.due("round")
        when = "" if due is None else f", next round in {span(due - self.context.now())}"
        return f"{len(self._behind)} cards behind{when}"

    async def resume(self) -> None:
        """The first round shows every card that is out of date: whoever was to show it is gone."""
        await self._round(every=True)

    async def handle(self, _: _Round) -> None:
        """A later round shows what was behind in the round before, too: a courier has it otherwise."""
        await self._round(every=False)

    async def _round(self, *, every: bool) -> None:
        self.context.timers.arm("round", ROUND_S, _Round())
        try:
            matches_open = await self._doors.store.open_matches()
            for match in matches_open:
                await self._wake(match.id)
            self._correct({match_key(match.id) for match in matches_open})
            passed(Boundary.STEWARD_WOKE)
            behind = await self._doors.store.pending_cards()
            for card in behind:
                if every or (card.id, card.generation) in self._behind:
                    await self._show(card)
            self._behind = frozenset((card.id, card.generation) for card in behind)
        except Unavailable as away:
            log.warning("round.put_off", reason=str(away))

    async def _wake(self, match: MatchId) -> None:
        try:
            await matches.wake(self.context.registry, self._doors, match)
        except KernelError as refused:  # one that does not start must not keep the others asleep
            log.warning("match.not_woken", match=match, reason=str(refused))

    def _correct(self, open_: set[Key]) -> None:
        """Whoever still runs a match that is over: staff ended it, and nobody lived to say so."""
        for ref in self.context.registry.pool(MATCHES).children():
            if ref.key not in open_:
                self._tell(ref, LookAgain())

    async def _show(self, card: CardRow) -> None:
        screen = await screen_for(card, self._doors)
        if screen is None:
            await self._doors.store.card_lost(card.id, "its subject is gone", recipient_lost=False)
        else:
            await courier.tell(self.context.registry, self._doors, card.reader, Show(card, screen))
        passed(Boundary.STEWARD_SHOWED)
        if card.subject.kind == Card.RESULT.value:
            self._tell_ranks()  # whoever did not live to show the result may not have told them either

    def _tell_ranks(self) -> None:
        ranks: Ref[Outdated] | None = self.context.registry.whereis(RANKS)
        if ranks is not None:  # else they read the standings when they start
            self._tell(ranks, Outdated())

    def _tell(self, ref: Ref[M], message: M) -> None:
        try:
            ref.cast(message)
        except (NotRunning, MailboxFull) as refused:
            log.warning("steward.unheard", by=str(ref.key), reason=type(refused).__name__)
