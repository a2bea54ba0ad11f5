"""What every part of the store stands on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from actors.ports import CardRow, Reader, Subject
from actors.rules.ids import ChannelId
from actors.rules.settings import Settings
from storage import rows
from storage.connection import Connection
from storage.pool import Pool
from storage.sql import Queries

Target = tuple[Reader, Subject]
"""One card: who reads it and what it shows."""


@dataclass(slots=True)
class Room:
    """The pool, the season's numbers, and where staff reads."""

    pool: Pool
    settings: Settings
    staff_channel: ChannelId | None = None

    @property
    def sql(self) -> Queries:
        """Every query by name."""
        return self.pool.sql

    async def _bump(
        self, connection: Connection, targets: Sequence[Target], now: datetime
    ) -> tuple[CardRow, ...]:
        """Make these cards out of date, or make them; in the order asked for."""
        found = await connection.fetch(
            self.sql.bump_cards,
            [reader.player for reader, _ in targets],
            [reader.channel for reader, _ in targets],
            [subject.kind for _, subject in targets],
            [subject.number for _, subject in targets],
            now,
        )
        cards = {(card.reader, card.subject): card for card in map(rows.card, found)}
        return tuple(cards[target] for target in targets)
