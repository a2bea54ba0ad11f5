"""No query that the ladder runs reads a large table from end to end."""

import json
import time
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import structlog

from storage.pool import Limits, Pool, open_pool
from storage.sql import Queries, Query, load
from storage.store import PostgresStore
from tests.storage.cast import SETTINGS, STAFF
from tests.storage.crowd import fill

log = structlog.get_logger()
NOW = datetime.now(UTC)
HOUR = NOW - timedelta(hours=1)
PAIR, RACES = [11, 12], ["bw_zerg", "sc2_zerg"]
SIDES = [0, 1]
NONE: tuple[object, ...] = ()

ARGS: dict[str, tuple[object, ...]] = {
    "see_player": (11, "x", NOW),
    "lock_player": (11,),
    "read_player": (11, NOW),
    "accept_terms": (11, True, NOW),
    "save_draft": (11, None),
    "save_profile": (11, "Alice", "Alice#1", [], "KR", "KRJ"),
    "touch_ratings": (11, NOW),
    "save_preferences": (11, "bw_zerg", None, []),
    "reached": (11,),
    "unreachable": (11,),
    "is_staff": (11,),
    "ensure_staff": ([11],),
    "record": (11, HOUR, NOW),
    "learn_toons": (PAIR, ["a", "b"]),
    "enter_queue": (11, "bw_zerg", None, 1500, None, [], "KRJ", NOW),
    "leave_queue": (11,),
    "waiting": NONE,
    "crowd": NONE,
    "dequeue": (PAIR, [NOW, NOW]),
    "return_to_queue": ([],),
    "met": (list(range(1, 200)), HOUR),
    "recent_maps": (PAIR, 5),
    "save_wave": (NOW, [], []),
    "lock_players": (PAIR,),
    "toons_of": (PAIR,),
    "insert_match": ("m", "KOR", 0.5, NOW),
    "insert_sides": (7, []),
    "lock_match": (7,),
    "write_match": (
        *(7, "live", NOW, None, None, None, None, None, None, None, NOW, False),
        *(SIDES, [True, True], [True, True], [None, None], [False, False]),
        *(["live"], [NOW], "x"),
    ),
    "begin_match": (7, ["live"], [NOW], NOW),
    "release": (7,),
    "ensure_ratings": (PAIR, RACES, 1500),
    "lock_ratings": (PAIR, RACES),
    "write_ledger": (7, PAIR, RACES, [1500, 1500], [0, 0], NOW),
    "settled_changes": (7,),
    "compensate": (7, PAIR, RACES, [1500, 1500], [0, 0], [1, 2], NOW),
    "recount": (PAIR, RACES, NOW),
    "move_ratings": (PAIR, RACES, [1, -1]),
    "count_offences": (11, "abort", HOUR),
    "insert_penalty": (11, 7, "abort", NOW, None),
    "read_match": (7,),
    "read_open_matches": NONE,
    "save_replay": ("d", 7, 11, {}, [], False, NOW, None),
    "judge_replay": (7, [], False, None),
    "match_of_digest": ("d9",),
    "digest_of_replay": (7,),
    "read_replay": (7,),
    "replays_of_match": (7,),
    "contestable_match": (11, HOUR),
    "stale_files": (HOUR, 10),
    "drop_files": (["d9"], NOW),
    "read_versions": NONE,
    "learn_versions": ([], NOW, 11),
    "ensure_versions": ([], NOW),
    "retire_version": (7, NOW, 11),
    "bump_cards": (PAIR, [None, None], ["queue", "queue"], [0, 0], NOW),
    "move_card": (11, "queue", 0, 1, 2, NOW),
    "pending_cards": NONE,
    "read_card": (None, 900, "dispute", 7),
    "card_shown": (7, 1, 2, 1),
    "card_tried": (7, "x"),
    "card_deleted": (7, NOW),
    "card_lost": (7, "x"),
    "reader_of_card": (7,),
    "standings": (HOUR, 0, ""),
    "lock_staff": (11,),
    "known_player": (11,),
    "stands": (PAIR, NOW),
    "holding_match": (11,),
    "let_go": (11,),
    "set_banned": (11, True),
    "forgive": (11, NOW),
    "penalise": (11, NOW, NOW, 7),
    "rerate": (11, "bw_zerg", 1500, 5, 7, NOW),
    "requeue_rating": (11, "bw_zerg", 1500),
    "insert_action": (1, "ban", None, 11, None, None, None, None, "x", NOW),
    "action_tried": (7, []),
    "action_done": (7, [], NOW),
    "lock_action": (7,),
    "read_action": (7,),
    "actions_of_match": (50,),
    "history_of_match": (7,),
    "insert_receipt": (UUID(int=7),),
    "drop_receipts": NONE,
    "drop_previews": NONE,
}
"""What each query is asked in an evening."""

NOT_BY_THE_LADDER = {
    "tally": "counts all matches for the report at the end of a demo",
    "tally_by_cause": "the same",
    "lock_migrations": "reads no table",
    "unlock_migrations": "reads no table",
    "make_migration_table": "makes a table of a few rows",
    "read_migrations": "reads a table of a few rows",
    "insert_migration": "writes a table of a few rows",
    "ping": "reads no table",
}

SMALL = {"queue_entry", "staff", "deadline", "migration", "wave", "replay_version"}
"""Tables that hold what is going on now, or a few rows for ever, or are only written."""

FIRST_PAGE = (datetime.fromtimestamp(0, UTC), 0, "")


def test_every_query_is_explained_or_says_why_not() -> None:
    assert ARGS.keys() | NOT_BY_THE_LADDER.keys() == {each.name for each in fields(Queries)}
    assert not ARGS.keys() & NOT_BY_THE_LADDER.keys()


def scanned(node: Any) -> Iterator[str]:
    """Every table that a plan reads from end to end."""
    if node["Node Type"] in {"Seq Scan", "Sample Scan"}:
        yield node["Relation Name"]
    for below in node.get("Plans", ()):
        yield from scanned(below)


async def plan(pool: Pool, query: Query, args: tuple[object, ...]) -> Any:
    explain = Query(query.name, "a test asks", f"EXPLAIN (FORMAT JSON) {query.text}")
    answer = await pool.fetchval(explain, *args)
    return json.loads(answer)[0]["Plan"]


async def offenders(pool: Pool) -> dict[str, set[str]]:
    asked = [*ARGS.items(), ("standings", FIRST_PAGE)]
    found = {name: set(scanned(await plan(pool, getattr(pool.sql, name), args))) for name, args in asked}
    return {name: tables - SMALL for name, tables in found.items() if tables - SMALL}


async def test_no_query_reads_a_large_table_from_end_to_end(pool: Pool) -> None:
    await fill(pool, players=20_000, matches=20_000)
    assert await offenders(pool) == {}


async def test_the_law_notices_a_query_without_its_index(pool: Pool) -> None:
    await fill(pool, players=500, matches=5_000)
    async with pool.connection() as connection:
        await connection.script("DROP INDEX match_open; DROP INDEX card_behind")
    found = await offenders(pool)
    assert found["read_open_matches"] == {"match"}
    assert found["pending_cards"] == {"card"}


@pytest.mark.deep
async def test_a_ladder_of_years_reads_no_large_table_from_end_to_end_and_is_audited(database: str) -> None:
    async with open_pool(database, load(), Limits(command_s=1200.0)) as pool:
        await fill(pool, players=100_000, matches=1_000_000)
        assert await offenders(pool) == {}
        store = PostgresStore(pool, SETTINGS, STAFF)
        begin = time.perf_counter()
        assert len(await store.standings()) >= 100_000
        read = time.perf_counter()
        checked = await store.audit(NOW)
        log.info("audited", count=len(checked), read_s=read - begin, audit_s=time.perf_counter() - read)
