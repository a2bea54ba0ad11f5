"""Orders of the staff on the tables of the fake store: tried and undone, or carried out."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from actors.ports import CardRow, CarriedOut, NotDone, Previewed, Reader, Subject
from actors.rules.ids import MatchId, PlayerId
from actors.rules.match import Command, LetGo, Phase, Refusal, Refuse, Rule, Save, decide
from actors.rules.queue import Member
from actors.rules.staff import (
    PREVIEW_S,
    Action,
    ActionId,
    Deed,
    Event,
    History,
    Order,
    Scene,
    StaffRefusal,
    Stand,
    compare,
)
from tests.fakes import ladder_book
from tests.fakes.ladder_book import LedgerRow, Penalty
from tests.fakes.tables import Tables

_WHY = {
    Refusal.NOT_PLAYED: StaffRefusal.NEVER_PLAYED,
    Refusal.SAME_RULING: StaffRefusal.NOTHING_TO_DO,
    Refusal.ALREADY_OVER: StaffRefusal.NOTHING_TO_DO,
}


class Not(Exception):
    """Undo everything."""

    def __init__(self, reason: StaffRefusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(slots=True)
class StaffTables(Tables):
    """What the fake store does for staff."""

    async def preview(self, order: Order, by: PlayerId, now: datetime) -> Previewed | NotDone:
        await self._begin("preview")
        try:
            answer = self._previewed(order, by, now)
        except Not as refused:
            return NotDone(refused.reason)
        self._end("preview")
        return answer

    async def carry_out(
        self, action: ActionId, by: PlayerId, now: datetime
    ) -> CarriedOut | Previewed | NotDone:
        await self._begin("carry_out")
        try:
            answer = self._carried(action, by, now)
        except Not as refused:
            return NotDone(refused.reason)
        self._end("carry_out")
        return answer

    async def action(self, action: ActionId) -> Action | None:
        await self._begin("action")
        return self.actions.get(action)

    async def history(self, match: MatchId, by: PlayerId) -> History | NotDone:
        await self._begin("history")
        if by not in self.staff:
            return NotDone(StaffRefusal.NOT_STAFF)
        if match not in self.matches:
            return NotDone(StaffRefusal.NO_SUCH_MATCH)
        events = tuple(
            Event(name, self.matches[match].phase, self.matches[match].paired_at)
            for number, name in self.events
            if number == match
        )
        done = tuple(row for row in self.actions.values() if row.order.match == match and row.done_at)
        return History(self.matches[match], events, done)

    def _previewed(self, order: Order, by: PlayerId, now: datetime) -> Previewed:
        self._check(by, order)
        number = ActionId(len(self.actions) + 1)
        doing = _Doing(self, number, order, by, now)
        before = doing.scene()
        with self._undone():
            doing.do()
            changes = compare(before, doing.scene())
        if not changes:
            raise Not(StaffRefusal.NOTHING_TO_DO)
        action = Action(id=number, by=by, order=order, changes=changes, previewed_at=now)
        self.actions[number] = action
        return Previewed(action, before.match)

    def _carried(self, action: ActionId, by: PlayerId, now: datetime) -> CarriedOut | Previewed:
        kept = self.actions.get(action)
        if by not in self.staff:
            raise Not(StaffRefusal.NOT_STAFF)
        if kept is None:
            raise Not(StaffRefusal.EXPIRED)
        if kept.by != by:
            raise Not(StaffRefusal.NOT_YOURS)
        if kept.done_at is not None:
            raise Not(StaffRefusal.ALREADY_DONE)
        if now > kept.previewed_at + timedelta(seconds=PREVIEW_S):
            raise Not(StaffRefusal.EXPIRED)
        fresh = self._previewed(kept.order, by, now)
        if [change.found for change in fresh.action.changes] != [change.found for change in kept.changes]:
            return replace(fresh, again=True)
        del self.actions[fresh.action.id]
        doing = _Doing(self, action, kept.order, by, now)
        before = doing.scene()
        doing.do()
        after = doing.scene()
        if kept.order.player is not None:
            doing.cards += (self.box.bump(Reader(player=kept.order.player), Subject("staff", action), now),)
        self.actions[action] = replace(kept, changes=compare(before, after), done_at=now)
        return CarriedOut(self.actions[action], after.match, doing.cards, doing.back, doing.left)

    def _check(self, by: PlayerId, order: Order) -> None:
        if by not in self.staff:
            raise Not(StaffRefusal.NOT_STAFF)
        if order.match is not None and order.match not in self.matches:
            raise Not(StaffRefusal.NO_SUCH_MATCH)
        if order.player is not None and order.player not in self.players:
            raise Not(StaffRefusal.NO_SUCH_PLAYER)

    @contextmanager
    def _undone(self) -> Iterator[None]:
        kept = {each.name: copy(getattr(self, each.name)) for each in fields(self)}
        rows = dict(self.box.rows)
        try:
            yield
        finally:
            for name, value in kept.items():
                setattr(self, name, value)
            self.box.rows = rows


@dataclass(slots=True)
class _Doing:
    store: StaffTables
    action: ActionId
    order: Order
    by: PlayerId
    now: datetime
    match: MatchId | None = None
    cards: tuple[CardRow, ...] = ()
    back: tuple[Member, ...] = ()
    left: tuple[PlayerId, ...] = ()

    def __post_init__(self) -> None:
        self.match = self.order.match
        if self.order.player is not None:
            self.match = self.store._open_match(self.order.player)

    def scene(self) -> Scene:
        match = None if self.match is None else self.store.matches[self.match]
        players = match.players if match else (self.player,)
        return Scene(tuple(self._stand(player) for player in sorted(players)), match)

    def _stand(self, player: PlayerId) -> Stand:
        store, member = self.store, self.store.queue.get(player)
        return Stand(
            player=player,
            banned=store.players[player].banned,
            plays=store._open_match(player),
            queued_since=None if member is None else member.joined_at,
            timed_out_until=store._timeout(player, self.now),
            ratings=store.players[player].ratings,
        )

    @property
    def player(self) -> PlayerId:
        assert self.order.player is not None
        return self.order.player

    def do(self) -> None:
        match self.order.deed:
            case Deed.RESOLVE | Deed.VOID:
                self._decide(Rule(self.by, self.order.outcome))
            case Deed.RELEASE:
                self._out_of_queue()
                if self.match is not None:
                    self._decide(LetGo(self.by, self.player))
                self._forgive()
            case Deed.BAN:
                self._ban()
            case Deed.UNBAN:
                self.store.ban(self.player, banned=False)
            case Deed.RATING:
                self._rerate()
            case Deed.PENALTY:
                self._penalise()

    def _decide(self, command: Command) -> None:
        assert self.match is not None
        for effect in decide(self.store.matches[self.match], command, self.now, self.store.settings).effects:
            if isinstance(effect, Refuse):
                raise Not(_WHY[effect.reason])
            assert isinstance(effect, Save)
            saved = self.store._save(effect, self.now)
            self.cards += saved.cards
            self.back += saved.back

    def _ban(self) -> None:
        self.store.ban(self.player)
        self._out_of_queue()
        if self.match is not None and self.store.matches[self.match].phase is Phase.PAIRED:
            self._decide(LetGo(self.by, self.player))

    def _rerate(self) -> None:
        order, row = self.order, self.store.players[self.player]
        assert order.race is not None
        assert order.rating is not None
        before = row.ratings.get(order.race, self.store.settings.rating_start)
        self.store.players[self.player] = replace(row, ratings={**row.ratings, order.race: order.rating})
        if order.rating != before:
            change = ladder_book.movement(self.player, order.race, before, order.rating)
            self.store.ledger.append(LedgerRow(None, change))
        member = self.store.queue.get(self.player)
        if member is not None:
            self.store.queue[self.player] = replace(
                member,
                bw_rating=order.rating if member.bw is order.race else member.bw_rating,
                sc2_rating=order.rating if member.sc2 is order.race else member.sc2_rating,
            )

    def _penalise(self) -> None:
        assert self.order.minutes is not None
        if self.order.minutes == 0:
            self._forgive()
            return
        until = self.now + timedelta(minutes=self.order.minutes)
        fresh = Penalty(player=self.player, match=None, offence=None, at=self.now, until=until)
        self.store.penalties = [*self.store.penalties, fresh]
        self._out_of_queue()

    def _forgive(self) -> None:
        self.store.penalties = [
            row
            for row in self.store.penalties
            if row.player != self.player or row.until is None or row.until <= self.now
        ]

    def _out_of_queue(self) -> None:
        if self.store.queue.pop(self.player, None) is not None:
            self.left += (self.player,)
            self.cards += (self.store.box.bump(Reader(player=self.player), Subject("queue"), self.now),)
