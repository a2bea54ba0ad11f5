"""The session: one process for each player in action.

It owns what a click of this player needs in memory, and puts that player's
clicks in order. It decides little: gates are here only to answer quickly and in
words; the store checks each again inside its transaction.

Restart: transient, asleep when idle. It is read from the store in one query, so
a crash costs one unanswered click.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias, assert_never

from actors import courier
from actors.boundaries import Boundary, passed
from actors.doors import Doors
from actors.keys import MATCHMAKER, SESSIONS, session_key
from actors.messages import (
    Answer,
    Commanded,
    Join,
    Leave,
    Pressed,
    Redraw,
    Say,
    Show,
    SituationChanged,
    Snapshot,
    Upload,
    Uploaded,
)
from actors.ports import JoinRefusal, Reader, Refused
from actors.rules.filters import parse as parse_filter
from actors.rules.ids import MapKey, MatchId, PlayerId, Race
from actors.rules.maps import POOL
from actors.rules.player import Idle, InMatch, Player, Preferences, Queued, Situation, TimedOut
from actors.rules.screens import Notice, Picked, Press, QueueSetup, Searching, Tone, Value
from actors.session_match import MATCH, press_match
from actors.session_pages import actors_page, leaderboard, profile
from actors.session_replays import REPLAYS, STAFF, replays
from actors.session_setup import SETUP, begin_setup, press_setup
from actors.session_staff import ORDERS, PRESSES, order, press
from actors.spans import span
from supervision import Actor, ChildSpec, KernelError, Ref, Registry, Reject, Restart, checkpoint


class _Idled:
    """Nothing was clicked for a while."""


Letter: TypeAlias = Commanded | Pressed | Uploaded | SituationChanged | _Idled


def spec(player: PlayerId, doors: Doors) -> ChildSpec:
    """How a player's session is started."""
    return ChildSpec(
        id=str(player),
        key=session_key(player),
        start=lambda: Session(player, doors),
        restart=Restart.TRANSIENT,
    )


async def wake(registry: Registry, doors: Doors, player: PlayerId) -> Ref[Letter]:
    """The session of a player, started when it sleeps."""
    ref: Ref[Letter] | None = registry.whereis(session_key(player))
    return ref or await registry.pool(SESSIONS).whereis_or_start(spec(player, doors))


class Session(Actor[Letter]):
    """One player's clicks, in order."""

    def __init__(self, player: PlayerId, doors: Doors) -> None:
        self._id = player
        self.doors = doors
        self._player: Player | None = None

    def describe(self) -> str:
        """The player's name and situation, as far as known."""
        player = self._player
        if player is None:
            return f"player {self._id}"
        name = player.profile.name if player.profile else f"{self._id}, new"
        return f"player {name}, {_in_words(player.situation, self.doors.clock.now())}"

    async def handle(self, letter: Letter) -> Answer | Upload | Notice | None:
        """One click to its end; the next waits in the mailbox."""
        self.context.timers.arm("idle", self.doors.settings.session_idle_s, _Idled())
        match letter:
            case Commanded() | Pressed():
                return await self._click(letter)
            case Uploaded():
                return await self._upload(letter)
            case SituationChanged():
                self._player = None
            case _Idled():
                self.context.passivate()
            case _:
                assert_never(letter)
        return None

    async def read(self, discord_name: str) -> Player:
        """Everything a click may need, in one query."""
        self._player = await self.doors.store.player(self._id, discord_name, self.doors.clock.now())
        checkpoint("player_read")
        passed(Boundary.SESSION_READ)
        return self._player

    def keep(self, player: Player) -> Player:
        """Remember what was just stored."""
        self._player = player
        return player

    async def _click(self, click: Commanded | Pressed) -> Answer:
        """The answer. If whoever was asked for it died, this click is lost and not this session."""
        try:
            if isinstance(click, Commanded):
                return await self._command(click)
            player = self._player or await self.read(click.discord_name)
            return await self._press(player, click.picked, click)
        except KernelError as failure:
            self._player = None  # it may have been carried out
            raise Reject(str(failure)) from failure

    # Commands.

    async def _command(self, command: Commanded) -> Answer:
        player = await self.read(command.discord_name)
        if player.banned and command.name not in _STAFF:
            return Say(Notice(JoinRefusal.BANNED.value))
        match command.name:
            case "setup":
                return begin_setup(player)
            case "queue":
                return await self._queue(player)
            case "leaderboard":
                return _fresh(await leaderboard(self.context.registry, parse_filter(""), 1), private=False)
            case "profile":
                return await profile(self.context.registry, self.doors, player)
            case name:
                return await self._further(player, name, dict(command.options))

    async def _further(self, player: Player, name: str, options: Mapping[str, str]) -> Answer:
        """What has options: replays, and all of the staff's commands."""
        if name in REPLAYS:
            return await replays(self.context.registry, self.doors, player, name, options)
        if name in ORDERS:
            return await order(self.doors, player.id, name, options)
        if name == "actors":
            page = int(options.get("page", "1"))
            return _fresh(await actors_page(self.doors, player.id, page), private=True)
        return Say(Notice("unknown-press"))

    async def _queue(self, player: Player) -> Answer:
        refusal = _gate(player) or _busy(player)
        if refusal is not None:
            return Say(refusal)
        if player.unreachable:
            await self.doors.store.reached(player.id)
            self.keep(replace(player, unreachable=False))
        return Say(QueueSetup(player.preferences, unreachable=player.unreachable), private=False)

    # Clicks.

    async def _press(self, player: Player, picked: Picked, pressed: Pressed) -> Answer:
        if picked.press in PRESSES:
            return await press(self.context.registry, self.doors, player.id, picked)
        if player.banned:
            return Say(Notice(JoinRefusal.BANNED.value))
        if picked.press in SETUP:
            return await press_setup(self, player, picked)
        if picked.press in _QUEUE:
            return await self._queue_card(player, pressed)
        if picked.press in MATCH:
            return await press_match(self.context.registry, self.doors, player, picked)
        return await self._page(player, picked)

    async def _page(self, player: Player, picked: Picked) -> Answer:
        match picked.press:
            case Press.BOARD_PAGE:
                return await leaderboard(self.context.registry, parse_filter(picked.state), picked.subject)
            case Press.BOARD_RACES:
                races = frozenset(Race(value) for value in picked.values)
                chosen = replace(parse_filter(picked.state), races=races)
                return await leaderboard(self.context.registry, chosen, 1)
            case Press.BOARD_BEST:
                before = parse_filter(picked.state)
                chosen = replace(before, best_only=not before.best_only)
                return await leaderboard(self.context.registry, chosen, 1)
            case Press.ACTORS_PAGE:
                return await actors_page(self.doors, player.id, picked.subject)
            case _:
                return Say(Notice("unknown-press"))

    # The queue card.

    async def _queue_card(self, player: Player, pressed: Pressed) -> Answer:
        match pressed.picked.press:
            case Press.QUEUE_JOIN:
                return await self._join(player, pressed)
            case Press.QUEUE_LEAVE:
                return await self._leave(player, pressed)
            case Press.QUEUE_CLOSE if isinstance(player.situation, Queued):
                return Say(Notice(JoinRefusal.ALREADY_QUEUED.value))
            case Press.QUEUE_CLOSE:
                return Redraw(Notice("queue-closed", Tone.PLAIN))
            case _:
                return await self._prefer(player, pressed)

    async def _prefer(self, player: Player, pressed: Pressed) -> Answer:
        """Every change of races and vetoes is saved at once."""
        if not isinstance(player.situation, Idle | TimedOut):
            player = await self.read(pressed.discord_name)  # what is remembered may be old
        if isinstance(player.situation, Queued | InMatch):
            return Say(_busy(player) or Notice("old-card"))
        chosen = _chosen(player.preferences, pressed.picked)
        if len(chosen.vetoes) > self.doors.settings.max_vetoes:
            return Say(Notice("too-many-vetoes", values={"most": self.doors.settings.max_vetoes}))
        await self.doors.store.save_preferences(player.id, chosen)
        self.keep(replace(player, preferences=chosen))
        return Redraw(QueueSetup(chosen))

    async def _join(self, player: Player, pressed: Pressed) -> Answer:
        if pressed.place is None:
            return Say(Notice("old-card"))
        queue = self.context.registry.ref(MATCHMAKER)
        self._player = None  # if no answer comes, what is remembered may be wrong
        joined = await queue.call(Join(player.id, pressed.place))
        checkpoint("joined")
        passed(Boundary.SESSION_JOINED)
        if isinstance(joined, Refused):
            return Say(_refused(joined))
        since = joined.member.joined_at
        self.keep(replace(player, situation=Queued(since)))
        crowd = await queue.call(Snapshot())
        return Redraw(Searching(player.preferences, since, crowd), joined.card)

    async def _leave(self, player: Player, pressed: Pressed) -> Answer:
        self._player = None
        card = await self.context.registry.ref(MATCHMAKER).call(Leave(player.id))
        passed(Boundary.SESSION_LEFT)
        if card is None:
            return Say(Notice("not-queued"))
        setup = QueueSetup(player.preferences)
        if pressed.place is not None and card.message == pressed.place.message:
            return Redraw(setup, card)
        reader = Reader(player=player.id)
        await courier.tell(self.context.registry, self.doors, reader, Show(card, setup))
        return Say(Notice("queue-left", Tone.GOOD))

    # Uploads.

    async def _upload(self, upload: Uploaded) -> Upload | Notice:
        player = await self.read(upload.discord_name)
        match = await self._match_of(player)
        if match is None:
            return Notice("upload-no-match")
        return Upload(player.id, match, upload.filename, upload.size, upload.url)

    async def _match_of(self, player: Player) -> MatchId | None:
        """The open match, else the last one that another replay can still confirm or contest."""
        if isinstance(player.situation, InMatch):
            return player.situation.match
        since = self.doors.clock.now() - timedelta(seconds=self.doors.settings.objection_s)
        return await self.doors.store.contestable(player.id, since)


_PLAYED = frozenset(played.key for played in POOL)
"""An old card may offer maps of another season."""


def _fresh(answer: Answer, *, private: bool) -> Answer:
    """A page as the answer to a command: there is no message to redraw yet."""
    return Say(answer.screen, private) if isinstance(answer, Redraw) else answer


def _in_words(situation: Situation, now: datetime) -> str:
    match situation:
        case Idle():
            return "idle"
        case Queued(since):
            return f"queued for {span((now - since).total_seconds())}"
        case InMatch(match):
            return f"in match {match}"
        case TimedOut(until):
            return f"timed out, {span((until - now).total_seconds())} left"
        case _:
            assert_never(situation)


def _gate(player: Player) -> Notice | None:
    if not player.accepted_terms:
        return Notice(JoinRefusal.NO_TERMS.value)
    if player.profile is None:
        return Notice(JoinRefusal.NO_PROFILE.value)
    return None


def _busy(player: Player) -> Notice | None:
    match player.situation:
        case Idle():
            return None
        case Queued():
            return Notice(JoinRefusal.ALREADY_QUEUED.value)
        case InMatch(match):
            return Notice(JoinRefusal.IN_MATCH.value, values={"match": int(match)})
        case TimedOut(until):
            return Notice(JoinRefusal.TIMED_OUT.value, values={"until": until})
        case _:
            assert_never(player.situation)


def _refused(refused: Refused) -> Notice:
    values: dict[str, Value] = {}
    if refused.until is not None:
        values["until"] = refused.until
    if refused.match is not None:
        values["match"] = int(refused.match)
    return Notice(refused.reason.value, values=values)


def _chosen(before: Preferences, picked: Picked) -> Preferences:
    race = Race(picked.values[0]) if picked.values and picked.press is not Press.QUEUE_VETO else None
    match picked.press:
        case Press.QUEUE_BW:
            return replace(before, bw=race)
        case Press.QUEUE_SC2:
            return replace(before, sc2=race)
        case Press.QUEUE_VETO:
            return replace(before, vetoes=frozenset(MapKey(value) for value in picked.values) & _PLAYED)
        case _:
            return Preferences()


_QUEUE = {
    Press.QUEUE_BW,
    Press.QUEUE_SC2,
    Press.QUEUE_VETO,
    Press.QUEUE_CLEAR,
    Press.QUEUE_JOIN,
    Press.QUEUE_LEAVE,
    Press.QUEUE_CLOSE,
}
_STAFF = {"actors", *ORDERS, *STAFF}
"""Open to banned staff too."""
