"""Every invariant holds on a sound database, and notices what it forbids."""

from datetime import timedelta

import pytest

from actors.rules.ids import PlayerId
from storage import sql
from storage.connection import Connection
from storage.pool import Pool
from storage.store import PostgresStore
from tests.storage.cast import SETTINGS, STAFF, later

FREE = "SET LOCAL session_replication_role = replica; "
"""Without triggers and foreign keys."""

LEDGER = """
INSERT INTO rating_ledger (
    match, player, race, before, change, after, cause, compensates, action, at
) VALUES """
ORDER = """
INSERT INTO staff_action (
    staff, deed, player, race, rating, minutes, reason, changes, previewed_at, done_at
) VALUES """

BROKEN = {
    "settled match moves two ratings that sum to zero": FREE
    + """DELETE FROM rating_ledger WHERE player = 11; UPDATE rating SET rating = start WHERE player = 11;
         UPDATE rating_ledger SET change = 0, after = before, cause = 'settlement';
         UPDATE rating SET rating = start""",
    "only settled matches move ratings": FREE
    + LEDGER
    + """(2, 11, 'bw_zerg', 1520, 0, 1520, 'settlement', NULL, NULL, now())""",
    "rating is its start plus its ledger": "UPDATE rating SET rating = rating + 1 WHERE player = 11",
    "ledger rows follow each other": FREE
    + "UPDATE rating_ledger SET before = before + 1, after = after + 1 WHERE player = 11",
    "ledger moves the races that were played": FREE
    + """UPDATE rating_ledger SET race = 'bw_terran' WHERE player = 11;
         UPDATE rating SET rating = start WHERE player = 11;
         INSERT INTO rating (player, race, start, rating) VALUES (11, 'bw_terran', 1500, 1520)""",
    "nobody is queued and in a match": FREE
    + """UPDATE queue_entry SET player = 14;
         UPDATE card SET reader_player = 99 WHERE kind = 'queue' AND reader_player = 14;
         UPDATE card SET reader_player = 14 WHERE kind = 'queue' AND reader_player = 13""",
    "nobody is in two open matches": FREE
    + """DROP INDEX one_open_match_each;
         UPDATE match SET phase = 'live', live_at = paired_at, ended_at = NULL, cause = NULL WHERE id = 2;
         UPDATE match_player SET open = true, confirmed = true, blamed = false WHERE match = 2;
         DELETE FROM penalty;
         UPDATE card SET kind = 'match' WHERE kind = 'found' AND number = 2;
         INSERT INTO deadline VALUES (2, 'live', '2030-01-01')""",
    "who waits has terms, profile and no ban": "UPDATE player SET banned = true WHERE id = 13",
    "who waits is not timed out": FREE
    + """UPDATE penalty SET until = '2027-01-01' WHERE player = 11;
         UPDATE queue_entry SET player = 11;
         UPDATE card SET reader_player = 99 WHERE kind = 'queue' AND reader_player = 11;
         UPDATE card SET reader_player = 11 WHERE kind = 'queue' AND reader_player = 13""",
    "open match has an armed deadline": "DELETE FROM deadline",
    "no deadline is long overdue": "UPDATE deadline SET due_at = due_at - interval '1 day'",
    "match that is over has no deadline": "INSERT INTO deadline VALUES (1, 'live', '2030-01-01')",
    "every match has a Brood War and a StarCraft II side": FREE
    + """ALTER TABLE match_player DROP CONSTRAINT brood_war_meets_starcraft_2;
         UPDATE match_player SET race = 'bw_zerg' WHERE match = 2 AND side = 1""",
    "settled match has outcome and cause": """
        ALTER TABLE match DROP CONSTRAINT over_has_a_cause;
        UPDATE match SET cause = NULL WHERE id = 1""",
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
    "ruled match moved in the end what its outcome is worth": FREE
    + LEDGER
    + """(1, 11, 'bw_zerg', 1520, 5, 1525, 'compensation', (SELECT min(id) FROM rating_ledger),
          NULL, now());
         UPDATE rating SET rating = 1525 WHERE player = 11""",
    "compensation names a row of the same match and player": FREE
    + LEDGER
    + """(1, 11, 'bw_zerg', 1520, 0, 1520, 'compensation',
          (SELECT id FROM rating_ledger WHERE player = 12), NULL, now())""",
    "games beside a rating are those of its matches": "UPDATE rating SET wins = wins + 1 WHERE player = 11",
    "staff moved a rating by an order that was carried out": ORDER
    + """(14, 'rating', 11, 'bw_zerg', 1525, NULL, 'x', '[]', now(), NULL);"""
    + LEDGER
    + """(NULL, 11, 'bw_zerg', 1520, 5, 1525, 'staff', NULL, (SELECT max(id) FROM staff_action), now());
         UPDATE rating SET rating = 1525 WHERE player = 11""",
    "staff penalised by an order that was carried out": ORDER
    + """(14, 'penalty', 11, NULL, NULL, 5, 'x', '[]', now(), NULL);
         INSERT INTO penalty (player, offence, at, until, action)
         SELECT 11, 'staff', '2026-01-01', '2026-01-02', max(id) FROM staff_action""",
    "order of the staff has a card for the player": ORDER
    + "(14, 'ban', 11, NULL, NULL, NULL, 'x', '[]', now(), now())",
    "ruling was made by an order of its author": "UPDATE match SET ruled_by = 14 WHERE id = 1",
    "nobody banned is asked to confirm": FREE
    + """UPDATE match SET phase = 'paired', live_at = NULL WHERE id = 3;
         UPDATE deadline SET kind = 'confirmation' WHERE match = 3;
         UPDATE player SET banned = true WHERE id = 14""",
    "deadlines fit the phase of their match": "UPDATE deadline SET kind = 'confirmation' WHERE match = 3",
    "match goes forward in time": "UPDATE match SET live_at = paired_at - interval '1 hour' WHERE id = 1",
    "report belongs to a match that was played": "UPDATE match_player SET claim = 'won' WHERE match = 2",
}
"""What breaks each invariant and no other, around every protection that would refuse it."""


class UndoneError(Exception):
    """So that the next test finds the evening as it was."""


async def test_a_sound_evening_passes_every_invariant(evening: Pool) -> None:
    answers = await PostgresStore(evening, SETTINGS, STAFF).audit(later(500))
    assert [answer for answer in answers if not answer.ok] == []
    assert len(answers) == len(BROKEN)


def test_every_invariant_is_tried() -> None:
    assert [query.name for query in sql.load_audit()] == list(BROKEN)


@pytest.mark.parametrize("name", BROKEN)
async def test_an_invariant_notices_what_it_forbids_and_no_other_does(evening: Pool, name: str) -> None:
    found: list[str] = []

    async def break_it(connection: Connection) -> None:
        await connection.script(BROKEN[name])
        for query in sql.load_audit():
            args = (later(500),)[: query.parameters]
            if await connection.fetch(query, *args):
                found.append(query.name)
        raise UndoneError

    with pytest.raises(UndoneError):
        await evening.repeat(break_it)
    assert found == [name]


async def test_an_audit_quotes_what_is_broken_and_counts_the_rest(pool: Pool) -> None:
    store = PostgresStore(pool, SETTINGS, STAFF)
    for number in range(1, 10):
        await store.player(PlayerId(number), "x", later(0))
        await pool.execute(
            sql.Query(
                "plant",
                "a test asks",
                "INSERT INTO rating (player, race, start, rating) VALUES ($1, 'bw_zerg', 1500, 1501)",
            ),
            number,
        )
    (broken,) = [answer for answer in await store.audit(later(0) + timedelta(days=1)) if not answer.ok]
    assert "player 1 bw_zerg: 1501 instead of 1500" in broken.detail
    assert broken.detail.endswith("and 4 more")
