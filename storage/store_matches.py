"""Matches: pairing, and every transition after it, each in one transaction."""

from datetime import datetime

from actors.ports import Proposal, Reader, Saved, Subject
from actors.rules.ids import MatchId, PlayerId
from actors.rules.match import Card, Match, Phase, Save, begin
from actors.rules.queue import Member
from storage import rows
from storage.connection import Connection
from storage.errors import Conflict
from storage.room import Room, Target
from storage.settlement import amend, punish, settle
from storage.store_queue import QUEUE


class _NotWaiting(Exception):
    """One of the two had left: undo everything."""


class Matches(Room):
    """The part of the store that knows what is played."""

    __slots__ = ()

    async def pair(self, proposal: Proposal, now: datetime) -> Saved | None:
        """Both leave the queue and the match appears, or neither; None when one of them had left."""

        async def work(connection: Connection) -> Saved:
            return await self._pair(connection, proposal, now)

        try:
            return await self.pool.run(work)
        except _NotWaiting:
            return None

    async def match(self, match: MatchId) -> Match | None:
        """One match, open or over."""
        row = await self.pool.fetchrow(self.sql.read_match, match)
        return None if row is None else rows.match(row)

    async def open_matches(self) -> tuple[Match, ...]:
        """Every match that still needs something to happen."""
        return tuple(map(rows.match, await self.pool.fetch(self.sql.read_open_matches)))

    async def save_match(self, save: Save, now: datetime) -> Saved:
        """One transition in one transaction.

        Raises:
            Conflict: `save.match.version` is not the stored version; nothing was done.
            CommitUnknown: the answer to the commit was lost.
        """

        async def work(connection: Connection) -> Saved:
            return await self._save(connection, save, now)

        return await self.pool.run(work)

    async def _pair(self, connection: Connection, proposal: Proposal, now: datetime) -> Saved:
        members = (proposal.bw, proposal.sc2)
        ids = [member.player for member in members]
        players = {row["id"]: row for row in await connection.fetch(self.sql.lock_players, ids)}
        left = await connection.fetch(self.sql.dequeue, ids, [member.joined_at for member in members])
        if len(left) != len(members):
            raise _NotWaiting
        number = MatchId(
            await connection.fetchval(
                self.sql.insert_match, proposal.map, proposal.server.value, proposal.seed, now
            )
        )
        toons = await connection.fetch(self.sql.toons_of, ids)
        await connection.execute(self.sql.insert_sides, number, rows.side_documents(proposal, players, toons))
        match = begin(await self._read(connection, number), now, self.settings)
        await connection.execute(self.sql.begin_match, number, *rows.deadline_values(match), now)
        readers = [Reader(player=player) for player in ids]
        found = Subject(Card.FOUND.value, number)
        targets = [(reader, QUEUE) for reader in readers] + [(reader, found) for reader in readers]
        return Saved(match, await self._bump(connection, targets, now))

    async def _save(self, connection: Connection, save: Save, now: datetime) -> Saved:
        match = save.match
        stored = await connection.fetchrow(self.sql.lock_match, match.id)
        if stored is None or stored["version"] != match.version:
            raise Conflict(f"match {match.id} was saved by somebody else since version {match.version}")
        parts = (*rows.match_values(match, now), *rows.side_values(match), *rows.deadline_values(match))
        await connection.execute(self.sql.write_match, *parts, save.event)
        if not match.phase.open and rows.ends(stored) != (match.phase, match.outcome):
            await self._end(connection, match, rows.phase(stored), now)
        back = await self._take_back(connection, save)
        targets = [target for card in save.cards for target in self._targets(card, match)]
        targets += [(Reader(player=member.player), QUEUE) for member in back]
        cards = await self._bump(connection, targets, now)
        return Saved(await self._read(connection, match.id), cards, back)

    async def _end(self, connection: Connection, match: Match, before: Phase, now: datetime) -> None:
        if before.open:
            await connection.execute(self.sql.release, match.id)
            end = settle if match.phase is Phase.SETTLED else punish
        else:
            end = amend
        await end(connection, self.sql, match, now, self.settings)
        if match.live_at is not None:
            await connection.execute(self.sql.recount, *rows.rated(match.sides), now)

    async def _take_back(self, connection: Connection, save: Save) -> tuple[Member, ...]:
        if not save.back_in_queue:
            return ()
        await connection.fetch(self.sql.lock_players, list(save.back_in_queue))
        entries = {side.player: side.member for side in (await self._read(connection, save.match.id)).sides}
        documents = [rows.member_document(entries[player]) for player in save.back_in_queue]
        found = await connection.fetch(self.sql.return_to_queue, documents)
        returned = {PlayerId(row["player"]): rows.member(row) for row in found}
        return tuple(returned[player] for player in save.back_in_queue if player in returned)

    async def _read(self, connection: Connection, match: MatchId) -> Match:
        row = await connection.fetchrow(self.sql.read_match, match)
        assert row is not None, "the row was written in this transaction"
        return rows.match(row)

    def _targets(self, card: Card, match: Match) -> list[Target]:
        subject = Subject(card.value, match.id)
        if card is not Card.DISPUTE:
            return [(Reader(player=player), subject) for player in match.players]
        return [] if self.staff_channel is None else [(Reader(channel=self.staff_channel), subject)]
