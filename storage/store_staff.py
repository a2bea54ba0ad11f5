"""Orders of the staff: each one transaction, with its preview, its reason, its cards and its row.

A preview is the order itself, carried out and undone. So it says what will happen and not what somebody
thought would happen. A confirmation carries it out again, if it finds what the preview found.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from actors.ports import CardRow, CarriedOut, NotDone, Previewed, Reader, Saved, Subject
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
    compare,
)
from storage import staff_rows
from storage.connection import Connection
from storage.errors import StorageUnavailable
from storage.room import Target
from storage.sql import Query
from storage.store_matches import Matches
from storage.store_queue import QUEUE

_WHY = {
    Refusal.NOT_PLAYED: StaffRefusal.NEVER_PLAYED,
    Refusal.SAME_RULING: StaffRefusal.NOTHING_TO_DO,
    Refusal.ALREADY_OVER: StaffRefusal.NOTHING_TO_DO,
}


class _Not(Exception):
    """Undo everything."""

    def __init__(self, reason: StaffRefusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


class _Differs(Exception):
    """Something changed since the preview: undo everything and look again."""

    def __init__(self, order: Order) -> None:
        super().__init__("not what was previewed")
        self.order = order


@dataclass(slots=True)
class _Doing:
    """One order being carried out."""

    connection: Connection
    action: ActionId
    order: Order
    by: PlayerId
    now: datetime
    players: tuple[PlayerId, ...] = ()
    """Locked, by number."""
    match: MatchId | None = None
    """The match that the order is about, or that holds its player; locked."""
    cards: tuple[CardRow, ...] = ()
    back: tuple[Member, ...] = ()
    left: tuple[PlayerId, ...] = ()


class Staff(Matches):
    """The part of the store that obeys the staff."""

    __slots__ = ()

    async def preview(self, order: Order, by: PlayerId, now: datetime) -> Previewed | NotDone:
        """Try an order, undo it, and keep what it would change."""

        async def work(connection: Connection) -> Previewed:
            await self._check_staff(connection, by)
            if not await connection.fetchval(*self._target(order)):
                of_match = order.deed.of_match
                raise _Not(StaffRefusal.NO_SUCH_MATCH if of_match else StaffRefusal.NO_SUCH_PLAYER)
            values = staff_rows.order_values(order, by, now)
            number = await connection.fetchval(self.sql.insert_action, *values)
            doing = _Doing(connection, ActionId(number), order, by, now)
            await self._lock(doing)
            before = await self._scene(doing)
            async with connection.undone():
                await self._do(doing)
                await connection.script("SET CONSTRAINTS ALL IMMEDIATE")
                changes = compare(before, await self._scene(doing))
            if not changes:
                raise _Not(StaffRefusal.NOTHING_TO_DO)
            await connection.execute(self.sql.action_tried, number, staff_rows.changes_document(changes))
            action = Action(id=ActionId(number), by=by, order=order, changes=changes, previewed_at=now)
            return Previewed(action, before.match)

        try:
            return await self.pool.run(work)
        except _Not as refused:
            return NotDone(refused.reason)

    async def carry_out(
        self, action: ActionId, by: PlayerId, now: datetime
    ) -> CarriedOut | Previewed | NotDone:
        """Do what was previewed, once, if what it changes is as it was; else preview it anew."""

        async def work(connection: Connection) -> CarriedOut:
            await self._check_staff(connection, by)
            kept = await self._confirmed(connection, action, by, now)
            doing = _Doing(connection, action, kept.order, by, now)
            await self._lock(doing)
            before = await self._scene(doing)
            await self._do(doing)
            after = await self._scene(doing)
            changes = compare(before, after)
            if [change.found for change in changes] != [change.found for change in kept.changes]:
                raise _Differs(kept.order)
            await connection.execute(self.sql.action_done, action, staff_rows.changes_document(changes), now)
            await self._tell_player(doing)
            done = replace(kept, changes=changes, done_at=now)
            return CarriedOut(done, after.match, doing.cards, doing.back, doing.left)

        try:
            return await self.pool.run(work)
        except _Not as refused:
            return NotDone(refused.reason)
        except _Differs as changed:
            looked = await self.preview(changed.order, by, now)
            return replace(looked, again=True) if isinstance(looked, Previewed) else looked

    async def action(self, action: ActionId) -> Action | None:
        """An order as kept."""
        row = await self.pool.fetchrow(self.sql.read_action, action)
        return None if row is None else staff_rows.action(row)

    async def history(self, match: MatchId, by: PlayerId) -> History | NotDone:
        """All about one match, for staff, seen at one moment."""

        async def work(connection: Connection) -> History | NotDone:
            if not await connection.fetchval(self.sql.is_staff, by):
                return NotDone(StaffRefusal.NOT_STAFF)
            if await connection.fetchrow(self.sql.read_match, match) is None:
                return NotDone(StaffRefusal.NO_SUCH_MATCH)
            events = await connection.fetch(self.sql.history_of_match, match)
            actions = await connection.fetch(self.sql.actions_of_match, match)
            return History(
                await self._read(connection, match),
                tuple(Event(row["event"], Phase(row["phase"]), row["at"]) for row in events),
                tuple(map(staff_rows.action, actions)),
            )

        return await self.pool.repeat(work, isolation="repeatable_read", readonly=True)

    # Before anything is done.

    async def _check_staff(self, connection: Connection, by: PlayerId) -> None:
        if await connection.fetchval(self.sql.lock_staff, by) is None:
            raise _Not(StaffRefusal.NOT_STAFF)

    async def _confirmed(
        self, connection: Connection, action: ActionId, by: PlayerId, now: datetime
    ) -> Action:
        row = await connection.fetchrow(self.sql.lock_action, action)
        if row is None:
            raise _Not(StaffRefusal.EXPIRED)
        kept = staff_rows.action(row)
        if kept.by != by:
            raise _Not(StaffRefusal.NOT_YOURS)
        if kept.done_at is not None:
            raise _Not(StaffRefusal.ALREADY_DONE)
        if now > kept.previewed_at + timedelta(seconds=PREVIEW_S):
            raise _Not(StaffRefusal.EXPIRED)
        return kept

    def _target(self, order: Order) -> tuple[Query, int]:
        if order.match is not None:
            return self.sql.lock_match, order.match
        assert order.player is not None, "an order is about a match or a player"
        return self.sql.known_player, order.player

    async def _lock(self, doing: _Doing) -> None:
        """The match, then its players by number, as every transaction does it."""
        connection, order = doing.connection, doing.order
        doing.match = order.match
        if order.player is not None:
            doing.match = await connection.fetchval(self.sql.holding_match, order.player)
        if doing.match is not None:
            await connection.execute(self.sql.lock_match, doing.match)
            doing.players = (await self._read(connection, doing.match)).players
        if order.player is not None and order.player not in doing.players:
            doing.players = (order.player,)
        await connection.fetch(self.sql.lock_players, list(doing.players))
        if order.player is not None:
            holds = await connection.fetchval(self.sql.holding_match, order.player)
            if holds != doing.match:
                raise StorageUnavailable("the player was paired, or released, at this very moment")

    async def _scene(self, doing: _Doing) -> Scene:
        stands = await doing.connection.fetch(self.sql.stands, list(doing.players), doing.now)
        match = None if doing.match is None else await self._read(doing.connection, doing.match)
        return Scene(tuple(map(staff_rows.stand, stands)), match)

    # The deeds.

    async def _do(self, doing: _Doing) -> None:
        order = doing.order
        match order.deed:
            case Deed.RESOLVE | Deed.VOID:
                await self._decide(doing, Rule(doing.by, order.outcome))
            case Deed.RELEASE:
                await self._release(doing)
            case Deed.BAN:
                await self._ban(doing)
            case Deed.UNBAN:
                await doing.connection.execute(self.sql.set_banned, order.player, False)
            case Deed.RATING:
                await self._rerate(doing)
            case Deed.PENALTY:
                await self._penalise(doing)
            case _:
                assert_never(order.deed)

    async def _decide(self, doing: _Doing, command: Command) -> None:
        """The rules of a match decide about staff as about everybody."""
        assert doing.match is not None
        match = await self._read(doing.connection, doing.match)
        for effect in decide(match, command, doing.now, self.settings).effects:
            match effect:
                case Save():
                    self._add(doing, await self._save(doing.connection, effect, doing.now))
                case Refuse(_, reason):
                    raise _Not(_WHY[reason])
                case _:
                    raise AssertionError(effect)

    def _add(self, doing: _Doing, saved: Saved) -> None:
        doing.cards += saved.cards
        doing.back += saved.back

    async def _release(self, doing: _Doing) -> None:
        """Whatever holds the player lets go: queue, match, time-out."""
        player = self._player(doing)
        await self._out_of_queue(doing)
        await doing.connection.execute(self.sql.let_go, player)
        if doing.match is not None and (await self._phase(doing)).open:
            await self._decide(doing, LetGo(doing.by, player))
        await doing.connection.execute(self.sql.forgive, player, doing.now)

    async def _ban(self, doing: _Doing) -> None:
        """Out of the queue, and of a match that has not begun (F-47); a live one is played to its end."""
        player = self._player(doing)
        await doing.connection.execute(self.sql.set_banned, player, True)
        await self._out_of_queue(doing)
        if doing.match is not None and await self._phase(doing) is Phase.PAIRED:
            await self._decide(doing, LetGo(doing.by, player))

    async def _rerate(self, doing: _Doing) -> None:
        order, player = doing.order, self._player(doing)
        assert order.race is not None
        assert order.rating is not None
        race = order.race.value
        await doing.connection.execute(self.sql.ensure_ratings, [player], [race], self.settings.rating_start)
        (locked,) = await doing.connection.fetch(self.sql.lock_ratings, [player], [race])
        before = int(locked["rating"])
        change = order.rating - before
        if change:
            await doing.connection.execute(
                self.sql.rerate, player, race, before, change, doing.action, doing.now
            )
            await doing.connection.execute(self.sql.move_ratings, [player], [race], [change])
            await doing.connection.execute(self.sql.touch_ratings, player, doing.now)
            await doing.connection.execute(self.sql.requeue_rating, player, race, order.rating)

    async def _penalise(self, doing: _Doing) -> None:
        order, player = doing.order, self._player(doing)
        assert order.minutes is not None
        if order.minutes == 0:
            await doing.connection.execute(self.sql.forgive, player, doing.now)
            return
        until = doing.now + timedelta(minutes=order.minutes)
        await doing.connection.execute(self.sql.penalise, player, doing.now, until, doing.action)
        await self._out_of_queue(doing)

    async def _out_of_queue(self, doing: _Doing) -> None:
        player = self._player(doing)
        if await doing.connection.fetchval(self.sql.leave_queue, player) is not None:
            doing.left += (player,)
            doing.cards += await self._bump(doing.connection, [(Reader(player=player), QUEUE)], doing.now)

    async def _tell_player(self, doing: _Doing) -> None:
        """Whom it is about hears what was done and why; of a match, its own cards tell."""
        player = doing.order.player
        if player is not None:
            target: Target = (Reader(player=player), Subject("staff", doing.action))
            doing.cards += await self._bump(doing.connection, [target], doing.now)

    async def _phase(self, doing: _Doing) -> Phase:
        assert doing.match is not None
        return (await self._read(doing.connection, doing.match)).phase

    @staticmethod
    def _player(doing: _Doing) -> PlayerId:
        assert doing.order.player is not None, "checked by the table"
        return doing.order.player
