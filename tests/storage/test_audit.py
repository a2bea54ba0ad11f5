"""Every invariant holds on a sound database, and notices what it forbids."""

from datetime import timedelta

import pytest

from actors.rules.ids import PlayerId
from storage import sql
from storage.pool import Connection, Pool
from storage.store import PostgresStore
from tests.storage.cast import SETTINGS, STAFF, later

FREE = "SET LOCAL session_replication_role = replica; "
"""Without triggers and foreign keys."""

BROKEN = {
    "settled match moves two ratings that sum to zero": FREE + "DELETE FROM rating_ledger WHERE player = 11",
    "only settled matches move ratings": """
        INSERT INTO rating_ledger (match, player, race, before, change, after, cause, at)
        VALUES (2, 11, 'bw_zerg', 1520, 5, 1525, 'settlement', now())""",
    "ruled match moved in the end what its outcome is worth": """
        INSERT INTO rating_ledger (match, player, race, before, change, after, cause, compensates, at)
        SELECT match, player, race, after, 3, after + 3, 'compensation', id, now()
        FROM rating_ledger WHERE player = 11""",
    "rating is its start plus its ledger": "UPDATE rating SET rating = rating + 1 WHERE player = 11",
    "ledger rows follow each other": """
        INSERT INTO rating_ledger (player, race, before, change, after, cause, at)
        VALUES (11, 'bw_zerg', 1400, 5, 1405, 'staff', now())""",
    "ledger moves the races that were played": FREE
    + "UPDATE rating_ledger SET race = 'bw_terran' WHERE player = 11",
    "nobody is queued and in a match": FREE
    + """INSERT INTO queue_entry SELECT 14, bw, sc2, bw_rating, sc2_rating, vetoes, region, joined_at
         FROM queue_entry""",
    "nobody is in two open matches": FREE
    + "UPDATE match SET phase = 'live', live_at = paired_at, ended_at = NULL, cause = NULL WHERE id = 2",
    "who waits has terms, profile and no ban": "UPDATE player SET banned = true WHERE id = 13",
    "who waits is not timed out": FREE
    + """INSERT INTO penalty (player, match, offence, at, until)
         VALUES (13, 2, 'abort', '2026-01-01', '2027-01-01')""",
    "open match has an armed deadline": "DELETE FROM deadline",
    "no deadline is long overdue": "UPDATE deadline SET due_at = due_at - interval '1 day'",
    "match that is over has no deadline": "INSERT INTO deadline VALUES (1, 'live', '2030-01-01')",
    "every match has a Brood War and a StarCraft II side": FREE
    + "DELETE FROM match_player WHERE match = 1 AND side = 1",
    "settled match has outcome and cause": """
        ALTER TABLE match DROP CONSTRAINT settled_has_an_outcome;
        UPDATE match SET outcome = NULL WHERE id = 1""",
    "void match has no outcome": """
        ALTER TABLE match DROP CONSTRAINT settled_has_an_outcome;
        UPDATE match SET outcome = 'draw' WHERE id = 2""",
    "players are held exactly while their match is open": FREE
    + "UPDATE match_player SET open = false WHERE match = 3",
    "open match has a card for both players": """
        DELETE FROM card WHERE kind = 'match' AND number = 3 AND reader_player = 14""",
    "settled match has a result card for both players": "DELETE FROM card WHERE kind = 'result'",
    "who waits has a queue card": "DELETE FROM card WHERE kind = 'queue' AND reader_player = 13",
    "no card is long out of date": "UPDATE card SET shown = 0, behind_since = '2026-01-01' WHERE id = 1",
    "penalty belongs to a void match that blames the player": """
        UPDATE match_player SET blamed = false WHERE match = 2""",
    "match settled by replay has that replay": """
        ALTER TABLE match DROP CONSTRAINT settled_by_replay_names_it;
        UPDATE match SET cause = 'replay' WHERE id = 1""",
    "every transition left its event": "DELETE FROM match_event WHERE match = 1 AND version = 2",
    "match that was played was confirmed by both": """
        UPDATE match_player SET confirmed = false WHERE match = 1 AND side = 0""",
    "names are unique whatever their case": """
        DROP INDEX player_name_once;
        UPDATE player SET name = 'ALICE' WHERE id = 12""",
}
"""What breaks each invariant, around every protection that would refuse it."""


class UndoneError(Exception):
    """So that the next test finds the evening as it was."""


async def test_a_sound_evening_passes_every_invariant(evening: Pool) -> None:
    answers = await PostgresStore(evening, SETTINGS, STAFF).audit(later(500))
    assert [answer for answer in answers if not answer.ok] == []
    assert len(answers) == len(BROKEN)


def test_every_invariant_is_tried() -> None:
    assert [query.name for query in sql.load_audit()] == list(BROKEN)


@pytest.mark.parametrize("query", sql.load_audit(), ids=lambda query: query.name)
async def test_an_invariant_notices_what_it_forbids(evening: Pool, query: sql.Query) -> None:
    args = (later(500),)[: query.parameters]
    found: list[object] = []

    async def break_it(connection: Connection) -> None:
        found.append(await connection.fetch(query, *args))
        await connection.script(BROKEN[query.name])
        found.append(await connection.fetch(query, *args))
        raise UndoneError

    with pytest.raises(UndoneError):
        await evening.repeat(break_it)
    sound, broken = found
    assert sound == []
    assert broken != []


async def test_an_audit_quotes_what_is_broken_and_counts_the_rest(pool: Pool) -> None:
    store = PostgresStore(pool, SETTINGS, STAFF)
    for number in range(1, 10):
        await store.player(PlayerId(number), "x", later(0))
        await pool.execute(
            sql.Query("plant", "a test asks", "INSERT INTO rating VALUES ($1, 'bw_zerg', 1500, 1501)"), number
        )
    (broken,) = [answer for answer in await store.audit(later(0) + timedelta(days=1)) if not answer.ok]
    assert "player 1 bw_zerg: 1501 instead of 1500" in broken.detail
    assert broken.detail.endswith("and 4 more")
