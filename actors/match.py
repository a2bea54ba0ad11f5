"""The match actor: one process for each open match.

It owns the match's state and its timers. It decides nothing: every command goes
to `rules.match.decide`, and every effect that comes back is run here, `Save`
first.

Restart: transient. A restarted match loads its state from the store, so a crash
costs one unanswered click and no decision.
"""

from contextlib import suppress
from typing import TypeAlias, assert_never

import structlog

from actors import courier
from actors.boundaries import Boundary, passed
from actors.cards import QUEUE, is_of_match, screen_for, screen_of
from actors.doors import Doors
from actors.judging import judge_again
from actors.keys import MATCHES, MATCHMAKER, RANKS, match_key, session_key
from actors.match_line import line
from actors.messages import (
    Answer,
    Command,
    LookAgain,
    MatchOver,
    Outdated,
    Redisplay,
    Redraw,
    Returned,
    Say,
    Show,
    SituationChanged,
    Tell,
)
from actors.ports import CardRow, OutcomeUnknown, Reader, Saved, Stale, Subject, Unavailable
from actors.rules import match as rules
from actors.rules.ids import MatchId, PlayerId
from actors.rules.penalty import Offence, timeout_s
from actors.rules.queue import Member
from actors.rules.screens import FoundCard, Notice, Screen, Tone
from supervision import Actor, ChildSpec, MailboxFull, NotRunning, Ref, Registry, Restart, checkpoint

log = structlog.get_logger()


class _Undelivered:
    """A card that announces the match has not arrived yet."""


Letter: TypeAlias = Command | Redisplay | rules.Command | LookAgain | _Undelivered

RELOAD_S = 5.0
"""How soon a match tries again when a deadline or news found the store away."""


def spec(match: MatchId, doors: Doors, first: rules.Match | None = None) -> ChildSpec:
    """How a match is started. `first` saves the reading of a match that was just made."""
    return ChildSpec(
        id=str(match),
        key=match_key(match),
        start=lambda: MatchActor(match, doors, first),
        restart=Restart.TRANSIENT,
    )


async def wake(registry: Registry, doors: Doors, match: MatchId) -> Ref[Letter]:
    """The process of an open match, started when it is not running."""
    ref: Ref[Letter] | None = registry.whereis(match_key(match))
    return ref or await registry.pool(MATCHES).whereis_or_start(spec(match, doors))


class MatchActor(Actor[Letter]):
    """One match between two players."""

    def __init__(self, match: MatchId, doors: Doors, first: rules.Match | None) -> None:
        self._id = match
        self._doors = doors
        self._first = first
        self._match: rules.Match
        self._asked: dict[PlayerId, float] = {}
        """Who looks at the question whether to abort, and its price in seconds. A crash forgets it."""

    def describe(self) -> str:
        """`match 4711 LIVE alice v bob, waiting for bob's report, 4:31 left`."""
        match: rules.Match | None = getattr(self, "_match", None)  # there is none before `init`
        return f"match {self._id}" if match is None else line(match, self._doors.clock.now())

    async def init(self) -> None:
        """Take the match as it was made, or as the store has it; arm what is due."""
        if self._first is not None and self.context.generation == 1:
            self._match = self._first
        else:
            await self._load()
        self._arm()
        self._look_after_delivery()

    async def resume(self) -> None:
        """Catch up with what happened while nobody listened: deliveries, verified replays."""
        if self.context.generation == 1 and self._first is not None:
            return
        await self._catch_up()

    async def _look_again(self) -> None:
        """Somebody else may have saved it."""
        try:
            await self._reload()
        except Unavailable:
            self.context.timers.arm("catch_up", RELOAD_S, LookAgain())
        else:
            await self._catch_up()

    async def _catch_up(self) -> None:
        try:
            await self._show_behind()
            for news in await self._missed():
                await self._decide(news)
        except Unavailable:
            self.context.timers.arm("catch_up", RELOAD_S, LookAgain())
        if not self._match.phase.open:
            # Woken too late, or restarted before anybody heard of the end. The letters that wait are answered
            # first, then this one lets it go.
            self._tell_the_end(())
            self.context.timers.arm("catch_up", RELOAD_S, LookAgain())

    async def handle(self, letter: Letter) -> Answer | None:
        """Run one command to its end; the next waits in the mailbox."""
        self._rest_if_over()
        match letter:
            case Command(by, order):
                return await self._click(by, order)
            case Redisplay(by):
                self._asked.pop(by, None)
                return await self._redraw(by, FoundCard(self._match, by), rules.Card.FOUND)
            case LookAgain():
                await self._look_again()
            case _Undelivered():
                await self._show_again()
            case _:
                try:
                    await self._decide(letter)
                except Unavailable:
                    # Nothing was counted, or it is known by now and counts once: say it again soon.
                    # Under a name of its own, so that no deadline's timer is taken.
                    self.context.timers.arm(f"again {letter}", RELOAD_S, letter)
        return None

    async def _show_again(self) -> None:
        """A courier that died remembers nothing, and these cards cannot wait for the steward."""
        if self._undelivered:
            with suppress(Unavailable):
                await self._show_behind()
            self._look_after_delivery()

    def _look_after_delivery(self) -> None:
        if self._undelivered:
            self.context.timers.arm("undelivered", RELOAD_S, _Undelivered())

    @property
    def _undelivered(self) -> bool:
        paired = self._match.phase is rules.Phase.PAIRED
        return paired and not all(side.delivered for side in self._match.sides)

    def _rest_if_over(self) -> None:
        """A letter that came after the end woke a process that has nothing else to wait for."""
        if not self._match.phase.open:
            self.context.passivate()

    # Deciding and running.

    async def _click(self, by: PlayerId, order: rules.Command) -> Answer:
        self._asked.pop(by, None)
        effects, saved = await self._decide(order, by)
        for effect in effects:
            match effect:
                case rules.Refuse(_, reason):
                    return Say(Notice(reason.value))
                case rules.AskWhetherSure(player):
                    return await self._ask(player)
                case _:
                    continue
        return await self._answer(by, order, saved)

    async def _answer(self, by: PlayerId, order: rules.Command, saved: Saved) -> Answer:
        card = _clicked_card(saved.cards, by)
        if card is not None:
            return Redraw(await screen_of(self._match, card.subject, card.reader, self._doors), card)
        kind = rules.Card.MATCH if isinstance(order, rules.Report) else rules.Card.FOUND
        subject = Subject(kind.value, int(self._id))
        return Redraw(await screen_of(self._match, subject, Reader(player=by), self._doors))

    async def _decide(
        self, command: rules.Command, by: PlayerId | None = None
    ) -> tuple[tuple[rules.Effect, ...], Saved]:
        """Decide, save, tell. Somebody else saved meanwhile: decide again from what is stored."""
        try:
            return await self._decide_once(command, by)
        except Stale:
            await self._reload()
            return await self._decide_once(command, by)

    async def _decide_once(
        self, command: rules.Command, by: PlayerId | None
    ) -> tuple[tuple[rules.Effect, ...], Saved]:
        """Memory is replaced after the save, so it is never ahead of the store."""
        now, settings = self._doors.clock.now(), self._doors.settings
        step = rules.decide(self._match, command, now, settings)
        saved = Saved(self._match)
        for effect in step.effects:
            match effect:
                case rules.Save():
                    passed(Boundary.MATCH_DECIDED)
                    saved = await self._save(effect)
                    checkpoint("match_saved")
                    passed(Boundary.MATCH_SAVED)
                    await self._tell(saved, _clicked_card(saved.cards, by))
                case rules.Remind(players):
                    await self._remind(players)
                case rules.Refuse() | rules.AskWhetherSure():
                    pass  # the answer to a click; a timer needs none
                case _:
                    assert_never(effect)
        log.info(
            "match.decided", match=self._id, message=type(command).__name__, phase=self._match.phase.value
        )
        return step.effects, saved

    async def _save(self, save: rules.Save) -> Saved:
        try:
            saved = await self._doors.store.save_match(save, self._doors.clock.now())
        except OutcomeUnknown as lost:
            unknown = lost
        else:
            self._match = saved.match
            self._arm()
            return saved
        await self._reload()  # what was decided is found out, not guessed
        if not self._match.phase.open:
            self._tell_the_end(())  # whoever is back in the queue, the matchmaker reads there
            self.context.passivate()
        raise unknown

    async def _tell(self, saved: Saved, clicked: CardRow | None) -> None:
        """Everybody hears of it after the store does; the clicked card is the answer itself."""
        for card in saved.cards:
            if card is not clicked:
                await self._show(card)
        passed(Boundary.MATCH_SHOWN)
        if not self._match.phase.open:
            self._tell_the_end(saved.back)
            self.context.passivate()

    def _tell_the_end(self, back: tuple[Member, ...]) -> None:
        for player in self._match.players:
            self._cast(session_key(player), SituationChanged())
        self._cast(MATCHMAKER, MatchOver(self._id))
        if back:
            self._cast(MATCHMAKER, Returned(back))
        if self._match.phase is rules.Phase.SETTLED:
            self._cast(RANKS, Outdated())

    async def _show(self, card: CardRow) -> None:
        player = card.reader.player
        if player in self._asked and self._match.phase is rules.Phase.PAIRED and _is_found(card):
            screen: Screen | None = self._question(player)  # the opponent's click must not take it away
        elif is_of_match(card.subject):
            screen = await screen_of(self._match, card.subject, card.reader, self._doors)
        else:
            screen = await screen_for(card, self._doors)
        if screen is not None:
            await courier.tell(self.context.registry, self._doors, card.reader, Show(card, screen))

    async def _remind(self, absent: tuple[PlayerId, ...]) -> None:
        until = self._match.due(rules.Deadline.CONFIRMATION)
        assert until is not None
        notice = Notice("confirm-reminder", Tone.PLAIN, {"match": int(self._id), "until": until})
        second = int(self._doors.clock.now().timestamp())
        for player in absent:
            # Unique over all messages of the bot: Discord compares nonces by author, not by channel.
            nonce = second << 20 | int(player) & 0xFFFFF
            await courier.tell(self.context.registry, self._doors, Reader(player=player), Tell(notice, nonce))

    async def _ask(self, player: PlayerId) -> Answer:
        record = await self._doors.store.record(player, self._doors.clock.now())
        cost = timeout_s(Offence.ABORT, record.aborts, self._doors.settings)
        self._asked[player] = cost
        return await self._redraw(player, self._question(player), rules.Card.FOUND)

    def _question(self, player: PlayerId) -> FoundCard:
        return FoundCard(self._match, player, asking=True, abort_costs_s=self._asked[player])

    async def _redraw(self, player: PlayerId, screen: FoundCard, kind: rules.Card) -> Answer:
        card = await self._doors.store.card(Reader(player=player), Subject(kind.value, int(self._id)))
        return Redraw(screen, card)

    def _cast(self, key: tuple[str, object], message: object) -> None:
        """Tell another process if it is awake; one that sleeps reads the store when it wakes."""
        ref: Ref[object] | None = self.context.registry.whereis(key)
        if ref is None:
            return
        try:
            ref.cast(message)
        except (NotRunning, MailboxFull) as refused:
            log.warning("match.unheard", match=self._id, by=str(key), reason=type(refused).__name__)

    # Reading the store.

    async def _load(self) -> None:
        match = await self._doors.store.match(self._id)
        if match is None:
            raise LookupError(f"match {self._id} is not in the store")
        self._match = match

    async def _reload(self) -> None:
        await self._load()
        self._arm()

    def _arm(self) -> None:
        """One timer for each deadline; past ones fire at once."""
        now = self._doors.clock.now()
        armed = dict(self._match.deadlines)
        for kind in rules.Deadline:
            if kind in armed:
                delay = max(0.0, (armed[kind] - now).total_seconds())
                self.context.timers.arm(kind.value, delay, rules.Due(kind))
            else:
                self.context.timers.cancel(kind.value)

    async def _show_behind(self) -> None:
        """Nobody may have been told of the last change, and these cards cannot wait for the steward."""
        behind = [card for card in await self._doors.store.pending_cards() if self._is_ours(card)]
        if behind:
            await self._reload()  # staff may have saved it: no new generation with old content
        for card in behind:
            await self._show(card)

    def _is_ours(self, card: CardRow) -> bool:
        about_this = is_of_match(card.subject) and card.subject.number == self._id
        return about_this or (card.subject == QUEUE and card.reader.player in self._match.players)

    async def _missed(self) -> list[rules.Command]:
        if self._match.phase is rules.Phase.PAIRED:
            found = Subject(rules.Card.FOUND.value, int(self._id))
            cards = [await self._doors.store.card(Reader(player=p), found) for p in self._match.players]
            pairs = zip(self._match.players, cards, strict=True)
            return [rules.Delivered(player) for player, card in pairs if card and card.message]
        if self._match.phase is rules.Phase.LIVE:
            return list((await judge_again(self._match, self._doors))[:1])
        return []


def _is_found(card: CardRow) -> bool:
    return card.subject.kind == rules.Card.FOUND.value


def _clicked_card(cards: tuple[CardRow, ...], by: PlayerId | None) -> CardRow | None:
    """The card under the button; None for a timer."""
    return next((card for card in cards if by is not None and card.reader.player == by), None)
