"""The matchmaker: one process for the queue.

It owns the list of who waits, the single one there is, and pairs on events: a
join, a leave, or the moment at which a growing window first admits a pair, with a
short debounce. Whom to pair is decided in `rules.pairing`.

Restart: permanent. The queue is read from the store, so a crash costs one wave.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias, assert_never

import structlog
import trio

from actors import courier
from actors import match as matches
from actors.boundaries import Boundary, passed
from actors.cards import QUEUE, of_match
from actors.doors import Doors
from actors.keys import MATCHES, MATCHMAKER, RANKS, session_key
from actors.messages import (
    Join,
    Leave,
    Letters,
    MatchOver,
    Returned,
    Show,
    SituationChanged,
    Snapshot,
)
from actors.ports import CardRow, Joined, Proposal, Reader, Refused, Saved, Unavailable
from actors.rules.ids import MatchId, PlayerId
from actors.rules.maps import POOL
from actors.rules.match import Match
from actors.rules.pairing import Pair, next_look, pair
from actors.rules.player import Preferences
from actors.rules.queue import Crowd, Member
from actors.rules.region import server
from actors.rules.screens import QueueClosed, Screen, Searching
from actors.rules.veto import draw_map
from actors.spans import span
from supervision import Actor, ChildSpec, KernelError, MailboxFull, NotRunning, Ref, begin, checkpoint

log = structlog.get_logger()

RETRY_S = 5.0
"""When the store was away, the queue is looked at again after this."""
AT_ONCE = 4
"""Pairings written at the same time."""


@dataclass(frozen=True, slots=True)
class _Wave:
    """Look at the queue and pair who can be paired."""


@dataclass(frozen=True, slots=True)
class _Refresh:
    """Bring the searching cards up to date."""


Letter: TypeAlias = Join | Leave | Snapshot | Returned | MatchOver | _Wave | _Refresh


def spec(doors: Doors) -> ChildSpec:
    """How the matchmaker is started."""
    return ChildSpec(id="matchmaker", key=MATCHMAKER, start=lambda: Matchmaker(doors))


class Matchmaker(Actor[Letter]):
    """Who waits, and who meets whom."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._members: dict[PlayerId, Member] = {}
        self._cards: dict[PlayerId, CardRow] = {}
        self._crowd = Crowd()
        self._told = Crowd()

    def describe(self) -> str:
        """How many wait, since when, and when the queue is looked at next."""
        joined = min((member.joined_at for member in tuple(self._members.values())), default=None)
        now = self._doors.clock.now()
        longest = "" if joined is None else f", the longest for {span((now - joined).total_seconds())}"
        due = self.context.timers.due("wave")
        when = "" if due is None else f", next wave in {span(due - self.context.now())}"
        return f"queue 1v1, {len(self._members)} waiting{longest}{when}"

    async def init(self) -> None:
        """Read the queue; old joining times are kept by the store."""
        await self._read()
        self._look_soon()
        self.context.timers.arm("refresh", self._doors.settings.searching_refresh_s, _Refresh())

    async def handle(self, letter: Letter) -> Joined | Refused | CardRow | Crowd | None:
        """One letter to its end."""
        match letter:
            case Join():
                return await self._join(letter)
            case Leave(player):
                return await self._leave(player)
            case Snapshot():
                return self._counted()
            case Returned(members, left):
                self._take(members, left)
            case MatchOver():
                self._crowd = await self._counted_anew()
            case _Wave():
                await self._wave()
            case _Refresh():
                await self._refresh()
            case _:
                assert_never(letter)
        return None

    # Joining and leaving.

    async def _join(self, join: Join) -> Joined | Refused:
        joined = await self._doors.store.join(join.player, join.place, self._doors.clock.now())
        if isinstance(joined, Joined):
            self._members[join.player] = joined.member
            self._cards[join.player] = joined.card
            self._look_soon()
        return joined

    def _take(self, members: tuple[Member, ...], left: tuple[PlayerId, ...]) -> None:
        for player in left:
            self._drop(player)
        self._members.update({member.player: member for member in members})
        self._look_soon()

    async def _leave(self, player: PlayerId) -> CardRow | None:
        card = await self._doors.store.leave(player, self._doors.clock.now())
        self._drop(player)
        return card

    def _drop(self, player: PlayerId) -> None:
        self._members.pop(player, None)
        self._cards.pop(player, None)

    async def _read(self) -> None:
        self._members = {member.player: member for member in await self._doors.store.waiting()}
        self._cards = {player: card for player, card in self._cards.items() if player in self._members}
        self._crowd = await self._doors.store.crowd()

    def _counted(self) -> Crowd:
        """Who waits is counted here; open matches as the store last said."""
        members = self._members.values()
        return Crowd(
            bw_only=sum(1 for m in members if m.sc2 is None),
            sc2_only=sum(1 for m in members if m.bw is None),
            both=sum(1 for m in members if m.bw is not None and m.sc2 is not None),
            open_matches=self._crowd.open_matches,
        )

    async def _counted_anew(self) -> Crowd:
        try:
            return await self._doors.store.crowd()
        except Unavailable:
            return self._crowd  # a figure on a card; the next match brings it up to date

    # Pairing.

    def _look_soon(self) -> None:
        """Gather for a moment, counted from the first that came: a steady stream must not put a wave off."""
        pause = self._doors.settings.debounce_s
        due = self.context.timers.due("wave")
        if due is None or due > trio.current_time() + pause:
            self.context.timers.arm("wave", pause, _Wave())

    async def _wave(self) -> None:
        with begin("matchmaker.attempt_match", waiting=len(self._members)):
            try:
                await self._pair_all()
            except Unavailable as away:
                log.warning("wave.put_off", waiting=len(self._members), reason=str(away))
                self.context.timers.arm("wave", RETRY_S, _Wave())

    async def _pair_all(self) -> None:
        now, settings = self._doors.clock.now(), self._doors.settings
        members = tuple(self._members.values())
        since = now - timedelta(seconds=settings.rematch_s)
        met = await self._doors.store.met([m.player for m in members], since) if len(members) > 1 else {}
        checkpoint("find_matches_start")
        wave = pair(members, now, met, settings)
        checkpoint("find_matches_complete")
        made: list[MatchId] = []
        for first in range(0, len(wave.pairs), AT_ONCE):
            async with trio.open_nursery() as pairings:
                for found in wave.pairs[first : first + AT_ONCE]:
                    pairings.start_soon(self._make, found, made)
        if made:
            passed(Boundary.MATCHMAKER_TOLD)
            await self._doors.store.save_wave(members, made, now)
            self._crowd = await self._counted_anew()
            log.info("wave.paired", waiting=len(members), matches=len(made))
        if len(made) < len(wave.pairs):
            await self._read()  # somebody had left meanwhile, or the store was away
            await self._wake_open()
            self.context.timers.arm("wave", RETRY_S, _Wave())
        elif look := next_look(wave.left, now, settings):
            self.context.timers.arm("wave", max(0.1, (look - now).total_seconds()), _Wave())

    async def _wake_open(self) -> None:
        """A pairing whose answer was lost is a match that nobody runs yet."""
        for match in await self._doors.store.open_matches():
            try:
                await matches.wake(self.context.registry, self._doors, match.id)
            except KernelError as refused:
                log.warning("match.not_woken", match=match.id, reason=str(refused))

    async def _make(self, found: Pair, made: list[MatchId]) -> None:
        """One pairing in one transaction, then everybody is told."""
        try:
            saved = await self._doors.store.pair(await self._proposal(found), self._doors.clock.now())
        except (Unavailable, KernelError) as away:
            log.warning("pairing.put_off", bw=found.bw.player, sc2=found.sc2.player, reason=str(away))
            return
        if saved is None:
            return
        made.append(saved.match.id)
        checkpoint("process_matches")
        passed(Boundary.MATCHMAKER_PAIRED)
        await self._tell(saved)

    async def _proposal(self, found: Pair) -> Proposal:
        bw, sc2 = found.bw, found.sc2
        assert bw.bw is not None
        assert sc2.sc2 is not None
        settings, luck = self._doors.settings, self._doors.luck.draw()
        of = ((bw.player, bw.bw), (sc2.player, sc2.sc2))
        first, second = await self.context.registry.ref(RANKS).call(Letters(of))
        recent = await self._doors.store.recent_maps((bw.player, sc2.player), settings.recent_maps)
        return Proposal(
            bw=bw,
            sc2=sc2,
            ranks=(first, second),
            map=draw_map(POOL, bw.vetoes | sc2.vetoes, recent, luck).key,
            server=server(bw.region, sc2.region),
            seed=luck,
        )

    async def _tell(self, saved: Saved) -> None:
        registry, match = self.context.registry, saved.match
        for player in match.players:
            self._drop(player)
        try:
            await registry.pool(MATCHES).start_child(matches.spec(match.id, self._doors, match))
        except KernelError as refused:  # the steward wakes it
            log.warning("match.not_started", match=match.id, reason=str(refused))
        passed(Boundary.MATCHMAKER_STARTED)
        for card in saved.cards:
            screen = QueueClosed(match.id) if card.subject == QUEUE else _found(match, card)
            await courier.tell(registry, self._doors, card.reader, Show(card, screen))
        for player in match.players:
            self._tell_session(player)

    def _tell_session(self, player: PlayerId) -> None:
        session: Ref[SituationChanged] | None = self.context.registry.whereis(session_key(player))
        if session is None:
            return
        try:
            session.cast(SituationChanged())
        except (NotRunning, MailboxFull) as refused:
            log.warning("session.unheard", player=player, reason=type(refused).__name__)

    # Searching cards.

    async def _refresh(self) -> None:
        """Read the queue anew, in case a letter was lost; edit the searching cards when figures changed."""
        self.context.timers.arm("refresh", self._doors.settings.searching_refresh_s, _Refresh())
        await self._compare()
        crowd = self._counted()
        if crowd == self._told:
            return
        self._told = crowd
        for member in tuple(self._members.values()):
            card = await self._card(member.player)
            if card is not None:
                preferences = Preferences(bw=member.bw, sc2=member.sc2, vetoes=member.vetoes)
                screen = Searching(preferences, member.joined_at, crowd)
                await courier.tell(
                    self.context.registry, self._doors, card.reader, Show(card, screen, refresh=True)
                )

    async def _compare(self) -> None:
        known = set(self._members)
        try:
            await self._read()
        except Unavailable:
            return  # the list in memory is the best there is until the next round
        if set(self._members) != known:
            log.warning("queue.differed", known=len(known), stored=len(self._members))
            self._look_soon()

    async def _card(self, player: PlayerId) -> CardRow | None:
        if player not in self._cards:
            try:
                card = await self._doors.store.card(Reader(player=player), QUEUE)
            except Unavailable:
                return None
            if card is not None:
                self._cards[player] = card
        return self._cards.get(player)


def _found(match: Match, card: CardRow) -> Screen:
    return of_match(match, card.subject, card.reader)
