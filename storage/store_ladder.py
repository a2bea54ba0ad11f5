"""The ladder as a whole: standings, counts, and whether the database is sound."""

from dataclasses import replace
from datetime import UTC, datetime

from actors.ports import Invariant, Tally
from actors.rules.rank import Standing
from storage import rows, sql
from storage.connection import Connection
from storage.room import Room

EPOCH = datetime.fromtimestamp(0, UTC)
PAGE = 250
"""Standings read at a time; the query says the same."""
AUDIT_S = 120.0
"""How long one invariant may take; on a million matches the slowest takes some seconds."""
SHOWN = 5
"""How many offending rows an invariant quotes."""


class Ladder(Room):
    """The part of the store that counts."""

    __slots__ = ()

    async def standings(self, since: datetime | None = None) -> tuple[Standing, ...]:
        """What each player did with each race; with `since`, those only that changed after it.

        Only among the changed there are some without a game: whose only match was called off by a ruling.
        """
        found: list[Standing] = []
        after: tuple[datetime, int, str] = (since or EPOCH, 0, "")
        while True:
            page = await self.pool.fetch(self.sql.standings, *after)
            found += map(rows.standing, page)
            if len(page) < PAGE:
                return tuple(each for each in found if each.games or since)
            after = (page[-1]["moved_at"], page[-1]["player"], page[-1]["race"])

    async def tally(self) -> Tally:
        """Matches by how they stand, all seen at the same moment."""

        async def work(connection: Connection) -> Tally:
            counts = await connection.fetchrow(self.sql.tally)
            assert counts is not None, "an aggregate has a row"
            causes = await connection.fetch(self.sql.tally_by_cause)
            return Tally(**counts, by_cause={row["cause"]: row["matches"] for row in causes})

        return await self.pool.repeat(work, isolation="repeatable_read", readonly=True)

    async def audit(self, now: datetime) -> tuple[Invariant, ...]:
        """Every invariant of `queries/audit.sql`, on one snapshot: the ladder may go on meanwhile."""

        async def work(connection: Connection) -> tuple[Invariant, ...]:
            patient = replace(connection, command_s=AUDIT_S)
            return tuple([await self._check(patient, query, now) for query in sql.load_audit()])

        return await self.pool.repeat(work, isolation="repeatable_read", readonly=True)

    async def _check(self, connection: Connection, query: sql.Query, now: datetime) -> Invariant:
        args = (now,)[: query.parameters]  # PostgreSQL refuses what a statement does not use
        broken = sorted(row["detail"] for row in await connection.fetch(query, *args))
        more = f" and {len(broken) - SHOWN} more" if len(broken) > SHOWN else ""
        return Invariant(query.name, not broken, "; ".join(broken[:SHOWN]) + more)
