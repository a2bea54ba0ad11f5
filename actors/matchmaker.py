"""The matchmaker: one process for the queue.

It owns the list of who waits, the single one there is, and pairs on events: a
join, a leave, or the moment at which a growing window first admits a pair, with a
short debounce. Whom to pair is decided in `rules.waves`. A wave runs beside the
letters (`actors.wave`), one at a time: nobody's join waits for it.

Restart: permanent. The queue is read from the store, so a crash costs one wave.
"""

from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

import structlog
import trio

from actors import courier
from actors import match as matches
from actors.cards import QUEUE
from actors.doors import Doors
from actors.keys import MATCHMAKER
from actors.messages import Join, Leave, MatchOver, Returned, Show, Snapshot
from actors.ports import CardRow, Joined, Reader, Refused, Unavailable
from actors.rules.ids import PlayerId
from actors.rules.pairing import Pair
from actors.rules.player import Preferences
from actors.rules.queue import Crowd, Member
from actors.rules.screens import Searching
from actors.spans import span
from actors.wave import Wave, WaveOver
from supervision import Actor, ChildSpec, KernelError

log = structlog.get_logger()

RETRY_S = 5.0
"""When the store was away, the queue is looked at again after this."""
QUIET_S = 1.0
"""Least pause after a wave that paired nobody."""


@dataclass(frozen=True, slots=True)
class _Look:
    """Look at the queue and pair who can be paired."""


@dataclass(frozen=True, slots=True)
class _Refresh:
    """Bring the searching cards up to date."""


Note: TypeAlias = _Look | WaveOver | _Refresh
Letter: TypeAlias = Join | Leave | Snapshot | Returned | MatchOver | Note


def spec(doors: Doors) -> ChildSpec:
    """How the matchmaker is started."""
    return ChildSpec(id="matchmaker", key=MATCHMAKER, start=lambda: Matchmaker(doors))


class Matchmaker(Actor[Letter]):
    """Who waits, and who meets whom."""

    tasks = True

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._members: dict[PlayerId, Member] = {}
        self._cards: dict[PlayerId, CardRow] = {}
        self._crowd = Crowd()
        self._told = Crowd()
        self._wave: Wave | None = None
        """The one that is under way."""
        self._again = False
        """Somebody came while it was."""
        self._rested = trio.Event()
        """It is over."""

    def describe(self) -> str:
        """How many wait, since when, and when the queue is looked at next."""
        joined = min((member.joined_at for member in tuple(self._members.values())), default=None)
        now = self._doors.clock.now()
        longest = "" if joined is None else f", the longest for {span((now - joined).total_seconds())}"
        due = self.context.timers.due("wave")
        when = "" if due is None else f", next wave in {span(due - self.context.now())}"
        when = when if self._wave is None else ", a wave is under way"
        return f"queue 1v1, {len(self._members)} waiting{longest}{when}"

    async def init(self) -> None:
        """Read the queue; old joining times are kept by the store."""
        await self._read()
        self._look_soon()
        self.context.timers.arm("refresh", self._doors.settings.searching_refresh_s, _Refresh())

    async def close(self) -> None:
        """What is being written is finished and told; nothing more is begun."""
        if self._wave is not None:
            self._wave.stopping = True
            await self._rested.wait()

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
                self._crowd = replace(self._crowd, open_matches=max(0, self._crowd.open_matches - 1))
            case _:
                await self._go_on(letter)
        return None

    async def _go_on(self, letter: Note) -> None:
        """What it told itself."""
        match letter:
            case _Look():
                self._begin_wave()
            case WaveOver():
                await self._end_wave(letter)
            case _Refresh():
                await self._refresh()
            case _:
                assert_never(letter)

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

    # Pairing.

    def _look_soon(self) -> None:
        """Gather for a moment, counted from the first that came: a steady stream must not put a wave off."""
        pause = self._doors.settings.debounce_s
        due = self.context.timers.due("wave")
        if due is None or due > trio.current_time() + pause:
            self.context.timers.arm("wave", pause, _Look())

    def _begin_wave(self) -> None:
        """Pair beside the letters. One wave at a time: who comes meanwhile is looked at after it."""
        if self._wave is not None:
            self._again = True
            return
        self._wave = Wave(
            registry=self.context.registry,
            doors=self._doors,
            members=dict(self._members),
            paired=self._is_paired,
        )
        self.context.tasks.start_soon(self._run_wave, self._wave)

    async def _run_wave(self, wave: Wave) -> None:
        # A timer's letter, since those are let in whatever waits in the mailbox.
        self.context.timers.arm("over", 0.0, await wave.run())
        self._rested.set()

    def _is_paired(self, found: Pair) -> None:
        """Whoever waits by now with another entry came back meanwhile, and stays."""
        for member in (found.bw, found.sc2):
            if self._members.get(member.player) is member:
                self._drop(member.player)
        self._crowd = replace(self._crowd, open_matches=self._crowd.open_matches + 1)

    async def _end_wave(self, over: WaveOver) -> None:
        self._wave, self._rested = None, trio.Event()
        if over.away is not None:
            log.warning("wave.put_off", waiting=len(self._members), reason=over.away)
            self.context.timers.arm("wave", RETRY_S, _Look())
        elif not over.whole:
            await self._look_for_truth(over)
        elif self._again:
            self._look_soon()
        elif over.look is not None:
            self._look_at(over)
        self._again = False

    def _look_at(self, over: WaveOver) -> None:
        assert over.look is not None
        pause = max(0.1, (over.look - self._doors.clock.now()).total_seconds())
        due = self.context.timers.due("wave")
        if due is None or due > trio.current_time() + pause:
            # A large wave may miss a pair. One that found nothing is not asked again at once.
            self.context.timers.arm("wave", pause if over.made else max(pause, QUIET_S), _Look())

    async def _look_for_truth(self, over: WaveOver) -> None:
        """Somebody had left meanwhile, or the store was away."""
        self._look_soon()
        try:
            await self._read()
            if over.put_off:
                await self._wake_open()
        except Unavailable as away:
            log.warning("queue.unread", reason=str(away))
        if over.put_off:
            self.context.timers.arm("wave", RETRY_S, _Look())

    async def _wake_open(self) -> None:
        """A pairing whose answer was lost is a match that nobody runs yet."""
        for match in await self._doors.store.open_matches():
            try:
                await matches.wake(self.context.registry, self._doors, match.id)
            except KernelError as refused:
                log.warning("match.not_woken", match=match.id, reason=str(refused))

    # Searching cards.

    async def _refresh(self) -> None:
        """Read the queue anew, in case a letter was lost; edit the searching cards when figures changed."""
        if self._wave is not None:  # what is read beside it would bring back who was just paired
            self.context.timers.arm("refresh", QUIET_S, _Refresh())
            return
        self.context.timers.arm("refresh", self._doors.settings.searching_refresh_s, _Refresh())
        await self._compare()
        crowd = self._counted()
        if crowd != self._told:
            self._told = crowd
            self.context.tasks.start_soon(self._show_all, tuple(self._members.values()), crowd)

    async def _show_all(self, members: tuple[Member, ...], crowd: Crowd) -> None:
        """A card of one who left meanwhile is an older generation: its courier drops it."""
        for member in members:
            await trio.lowlevel.checkpoint()
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
            if card is not None and player in self._members:
                self._cards[player] = card
        return self._cards.get(player)
