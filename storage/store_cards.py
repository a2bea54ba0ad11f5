"""Cards: which messages the ladder keeps up to date, and which are behind."""

from datetime import datetime

from actors.ports import CardRow, Place, Reader, Subject
from storage import rows
from storage.connection import Connection
from storage.room import Room


class Cards(Room):
    """The part of the store that knows what Discord shows."""

    __slots__ = ()

    async def pending_cards(self) -> tuple[CardRow, ...]:
        """All cards that are out of date, oldest first."""
        return tuple(map(rows.card, await self.pool.fetch(self.sql.pending_cards)))

    async def card(self, reader: Reader, subject: Subject) -> CardRow | None:
        """The one card of this reader about this subject."""
        row = await self.pool.fetchrow(
            self.sql.read_card, reader.player, reader.channel, subject.kind, subject.number
        )
        return None if row is None else rows.card(row)

    async def new_card(self, reader: Reader, subject: Subject, now: datetime) -> CardRow:
        """A card outside of a match's transaction; the same again raises its generation."""

        async def work(connection: Connection) -> CardRow:
            (card,) = await self._bump(connection, [(reader, subject)], now)
            return card

        return await self.pool.repeat(work)

    async def card_shown(self, card: int, place: Place, generation: int) -> None:
        """Discord has this generation now. Never lowers `shown`; an older word moves nothing."""
        await self.pool.execute(self.sql.card_shown, card, place.channel, place.message, generation)

    async def card_tried(self, card: int, reason: str) -> None:
        """It did not arrive this time."""
        await self.pool.execute(self.sql.card_tried, card, reason)

    async def card_deleted(self, card: int, now: datetime) -> None:
        """Somebody deleted it; told twice, it counts once."""
        await self.pool.execute(self.sql.card_deleted, card, now)

    async def card_lost(self, card: int, reason: str, recipient_lost: bool) -> None:
        """It cannot be delivered: counts as shown; a lost player is marked unreachable."""

        async def work(connection: Connection) -> None:
            player = await connection.fetchval(self.sql.reader_of_card, card)
            if recipient_lost and player is not None:  # the player first: the order in which all lock
                await connection.execute(self.sql.unreachable, player)
            await connection.execute(self.sql.card_lost, card, reason)

        await self.pool.repeat(work)
