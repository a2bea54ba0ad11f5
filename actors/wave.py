"""One wave: plan it, write each pairing in a transaction of its own, tell everybody at once.

It runs beside the matchmaker's letters, in the matchmaker's nursery, so that nobody's join waits for a
wave. It keeps nothing: who was paired is reported as soon as it is stored, the rest at the end.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
import trio

from actors import courier
from actors import match as matches
from actors.boundaries import Boundary, passed
from actors.cards import QUEUE, of_match, priority_of
from actors.doors import Doors
from actors.keys import MATCHES, RANKS, session_key
from actors.messages import Letters, Show, SituationChanged
from actors.ports import Proposal, Saved, Unavailable
from actors.rules.ids import MatchId, PlayerId
from actors.rules.maps import POOL
from actors.rules.pairing import Pair, meet
from actors.rules.queue import Member
from actors.rules.region import server
from actors.rules.screens import QueueClosed
from actors.rules.veto import draw_map
from supervision import Flow, KernelError, MailboxFull, NotRunning, Ref, Registry
from supervision.flow import begin, checkpoint, conclude, step

log = structlog.get_logger()

TWO = 2
"""Fewer cannot meet."""
AT_ONCE = 4
"""Pairings written at the same time."""


@dataclass(frozen=True, slots=True)
class WaveOver:
    """What became of a wave."""

    planned: int
    made: int
    put_off: int
    """Pairings that the store, or the kernel, had no time for: whether they were written is not known."""
    look: datetime | None
    """When those who were left can be paired first."""
    away: str | None = None
    """Why it was given up, when the store or the planner was away."""

    @property
    def whole(self) -> bool:
        """Everything that was planned was done."""
        return self.away is None and self.made == self.planned


@dataclass(slots=True, kw_only=True)
class Wave:
    """A wave over these members."""

    registry: Registry
    doors: Doors
    members: Mapping[PlayerId, Member]
    paired: Callable[[Pair], None]
    """Told of each pairing as soon as it is stored, before anybody else is."""
    stopping: bool = False
    """True lets it finish what it has begun to write, and begin nothing more."""
    _made: list[MatchId] = field(default_factory=list)
    _put_off: int = 0

    async def run(self) -> WaveOver:
        """From the plan to the last one who is told."""
        with begin("matchmaker.attempt_match", waiting=len(self.members)):
            if len(self.members) < TWO:
                conclude("not_enough_players")
            try:
                return await self._run()
            except Unavailable as away:
                conclude("put_off")
                return WaveOver(0, len(self._made), self._put_off, None, str(away))

    async def _run(self) -> WaveOver:
        now, settings = self.doors.clock.now(), self.doors.settings
        members = tuple(self.members.values())
        since = now - timedelta(seconds=settings.rematch_s)
        checkpoint("copy_player_list")
        with step("fetch_opponents_met"):
            met = await self.doors.store.met(list(self.members), since) if len(members) >= TWO else {}
        with step("find_matches"):
            plan = await self.doors.solver.plan(members, now, met, settings)
        found = (meet(self.members[PlayerId(a)], self.members[PlayerId(b)]) for a, b in plan.pairs)
        ahead = (pair for pair in found if pair is not None)
        async with trio.open_nursery() as pairings:
            for _ in range(min(AT_ONCE, len(plan.pairs))):
                pairings.start_soon(self._make_all, ahead)
        checkpoint("process_matches", matches=len(self._made))
        if self._made:
            passed(Boundary.MATCHMAKER_TOLD)
            await self.doors.store.save_wave(members, self._made, now)
            checkpoint("update_queue")
            log.info("wave.paired", waiting=len(members), matches=len(self._made))
        return WaveOver(len(plan.pairs), len(self._made), self._put_off, plan.look)

    async def _make_all(self, ahead: Iterator[Pair]) -> None:
        for found in ahead:
            if self.stopping:
                return
            await self._make(found)

    async def _make(self, found: Pair) -> None:
        """One pairing in one transaction, then everybody is told."""
        try:
            saved = await self.doors.store.pair(await self._proposal(found), self.doors.clock.now())
        except (Unavailable, KernelError) as away:
            log.warning("pairing.put_off", bw=found.bw.player, sc2=found.sc2.player, reason=str(away))
            self._put_off += 1
            return
        if saved is None:
            return
        self._made.append(saved.match.id)
        self.paired(found)
        passed(Boundary.MATCHMAKER_PAIRED)
        with begin("listen_for_match", match=int(saved.match.id)) as announced:
            await self._tell(saved, announced.hand_over())

    async def _proposal(self, found: Pair) -> Proposal:
        bw, sc2 = found.bw, found.sc2
        assert bw.bw is not None
        assert sc2.sc2 is not None
        settings, luck = self.doors.settings, self.doors.luck.draw()
        of = ((bw.player, bw.bw), (sc2.player, sc2.sc2))
        first, second = await self.registry.ref(RANKS).call(Letters(of))
        recent = await self.doors.store.recent_maps((bw.player, sc2.player), settings.recent_maps)
        return Proposal(
            bw=bw,
            sc2=sc2,
            ranks=(first, second),
            map=draw_map(POOL, bw.vetoes | sc2.vetoes, recent, luck).key,
            server=server(bw.region, sc2.region),
            seed=luck,
        )

    async def _tell(self, saved: Saved, announced: Flow) -> None:
        match = saved.match
        try:
            with step("start_match"):
                child = matches.spec(match.id, self.doors, match, announced)
                await self.registry.pool(MATCHES).start_child(child)
        except KernelError as refused:  # the steward wakes it
            log.warning("match.not_started", match=match.id, reason=str(refused))
            announced.complete("error")
        passed(Boundary.MATCHMAKER_STARTED)
        with step("publish_match_found"):
            await self._publish(saved)
        for player in match.players:
            self._tell_session(player)

    async def _publish(self, saved: Saved) -> None:
        match = saved.match
        known = {card.reader: card.channel for card in saved.cards if card.channel}
        # A courier sends one thing at a time: the urgent must not find it waiting with another.
        for card in sorted(saved.cards, key=lambda card: priority_of(card.subject).value):
            closed = card.subject == QUEUE
            screen = QueueClosed(match.id) if closed else of_match(match, card.subject, card.reader)
            order = Show(card, screen, channel=known.get(card.reader))
            await courier.tell(self.registry, self.doors, card.reader, order)

    def _tell_session(self, player: PlayerId) -> None:
        session: Ref[SituationChanged] | None = self.registry.whereis(session_key(player))
        if session is None:
            return
        try:
            session.cast(SituationChanged())
        except (NotRunning, MailboxFull) as refused:
            log.warning("session.unheard", player=player, reason=type(refused).__name__)
