"""Whether the database itself refuses what must not be, tried on the rows that a round left behind."""

from dataclasses import dataclass
from enum import Enum

from storage.connection import Connection
from storage.errors import ConstraintBroken
from storage.pool import Pool
from storage.sql import Query


@dataclass(frozen=True, slots=True)
class Guard:
    """One impossible thing; it is tried inside a transaction that is undone."""

    constraint: str
    """Who must refuse it."""
    attempt: str
    """A statement that changes nothing when the rows it needs are not there."""


GUARDS = (
    Guard(
        "one_open_match_each",
        """UPDATE match_player SET open = true
        WHERE player = (SELECT player FROM match_player GROUP BY player HAVING count(*) > 1 LIMIT 1)""",
    ),
    Guard(
        "settled_once",
        """INSERT INTO rating_ledger (match, player, race, before, change, after, cause, at)
        SELECT match, player, race, before, change, after, cause, at FROM rating_ledger
        WHERE cause = 'settlement' LIMIT 1""",
    ),
    Guard(
        "file_settles_one_match",
        """INSERT INTO replay (digest, match, uploader, facts, findings, accepted, uploaded_at)
        SELECT r.digest, p.match, p.player, r.facts, r.findings, true, r.uploaded_at
        FROM (SELECT * FROM replay WHERE accepted LIMIT 1) AS r
        JOIN match_player AS p ON p.match <> r.match LIMIT 1""",
    ),
    Guard(
        "one_card_for_reader_and_subject",
        """INSERT INTO card (reader_player, reader_channel, kind, number, behind_since)
        SELECT reader_player, reader_channel, kind, number, behind_since FROM card LIMIT 1""",
    ),
    Guard("receipt_pkey", "INSERT INTO receipt (id) SELECT id FROM receipt LIMIT 1"),
    Guard(
        "match_event_pkey",
        """INSERT INTO match_event (match, version, event, phase, at)
        SELECT match, version, event, phase, at FROM match_event LIMIT 1""",
    ),
    Guard(
        "player_name_once",
        """UPDATE player SET name = (SELECT name FROM player WHERE name IS NOT NULL ORDER BY id LIMIT 1)
        WHERE id = (SELECT id FROM player WHERE name IS NOT NULL ORDER BY id OFFSET 1 LIMIT 1)""",
    ),
)


class Answer(Enum):
    """What the database said."""

    REFUSED = "refused"
    TAKEN = "taken"
    UNTRIED = "there was no row to try it on"


async def ask_all(pool: Pool) -> dict[str, Answer]:
    """What becomes of each impossible thing, by who must refuse it."""
    return {guard.constraint: await _ask(pool, guard) for guard in GUARDS}


async def _ask(pool: Pool, guard: Guard) -> Answer:
    text = f"WITH tried AS ({guard.attempt} RETURNING 1) SELECT count(*) FROM tried"  # noqa: S608  # ours

    async def attempt(connection: Connection) -> Answer:
        async with connection.undone():
            taken = await connection.fetchval(Query(guard.constraint, "", text))
            return Answer.TAKEN if taken else Answer.UNTRIED

    try:
        return await pool.once(attempt)
    except ConstraintBroken as refused:
        return Answer.REFUSED if refused.constraint == guard.constraint else Answer.TAKEN
