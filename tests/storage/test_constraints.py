"""The database refuses impossible states by itself, whatever the program does."""

import pytest

from storage.connection import Connection
from storage.errors import ConstraintBroken
from storage.pool import Pool

QUEUE = "INSERT INTO queue_entry (player, bw, sc2, bw_rating, sc2_rating, vetoes, region, joined_at) VALUES "
OPEN = "UPDATE match SET version = version + 1 WHERE id = 3;"
LET_GO = "UPDATE match_player SET open = false WHERE match = 3;"
END = "version = version + 1, ended_at = now()"
SIDE = """
INSERT INTO match_player (match, side, player, race, rating, rank, entry, profile, discord_name, toons)
SELECT {match}, {side}, {player}, '{race}', 1500, 'U', '{{"player": {player}}}', '{{}}', 'x', '{{}}'
"""
BLANK = """
INSERT INTO match (version, phase, map, server, seed, paired_at) VALUES (1, 'paired', 'm', 'KOR', 0, now());
"""
UPLOAD = "INSERT INTO replay (digest, match, uploader, facts, findings, uploaded_at) VALUES "
VERSION = (
    "INSERT INTO replay_version (fingerprint, name, gateway, files, learned_at) "
    "VALUES ('f', 'autumn', 'eu', '{a}', now());"
)
LEDGER = (
    "INSERT INTO rating_ledger (match, player, race, before, change, after, cause, compensates, at) VALUES "
)
CARD = "INSERT INTO card (reader_player, reader_channel, kind, number, behind_since) VALUES "

IMPOSSIBLE = [
    # people
    ("half a profile", "UPDATE player SET battletag = NULL WHERE id = 11", "profile_is_whole"),
    ("a name twice", "UPDATE player SET name = 'ALICE' WHERE id = 12", "player_name_once"),
    ("a name with digits", "UPDATE player SET name = 'Al1ce' WHERE id = 11", "player_name_check"),
    ("a small country", "UPDATE player SET country = 'kr' WHERE id = 11", "player_country_check"),
    ("an unknown region", "UPDATE player SET region = 'MOON' WHERE id = 11", "player_region_check"),
    ("a race of the other game", "UPDATE player SET bw = 'sc2_zerg' WHERE id = 11", "player_bw_check"),
    ("terms without a date", "UPDATE player SET terms_at = NULL WHERE id = 11", "terms_have_a_date"),
    ("a rating beyond reason", "UPDATE rating SET rating = 99999", "rating_rating_check"),
    ("a rating of nobody", "INSERT INTO rating VALUES (99, 'bw_zerg', 1500, 1500)", "rating_player_fkey"),
    # queue
    ("twice in the queue", QUEUE + "(13, 'bw_zerg', NULL, 1, NULL, '{}', 'KRJ', now())", "queue_entry_pkey"),
    (
        "waiting without a race",
        QUEUE + "(11, NULL, NULL, NULL, NULL, '{}', 'KRJ', now())",
        "at_least_one_race",
    ),
    (
        "waiting without a rating",
        QUEUE + "(11, 'bw_zerg', NULL, NULL, NULL, '{}', 'KRJ', now())",
        "a_rating_for_each_race",
    ),
    (
        "waiting while in a match",
        QUEUE + "(14, 'bw_zerg', NULL, 1500, NULL, '{}', 'KRJ', now())",
        "queued_or_in_a_match",
    ),
    # matches
    (
        "in a match while waiting",
        BLANK + SIDE.format(match="max(id)", side=0, player=13, race="bw_zerg") + "FROM match",
        "queued_or_in_a_match",
    ),
    (
        "in two open matches",
        BLANK + SIDE.format(match="max(id)", side=0, player=14, race="bw_zerg") + "FROM match",
        "one_open_match_each",
    ),
    (
        "against oneself",
        "UPDATE match_player SET player = 14, entry = '{\"player\": 14}' WHERE match = 3",
        "two_different_players",
    ),
    ("a third side", SIDE.format(match=3, side=2, player=11, race="bw_zerg"), "brood_war_meets_starcraft_2"),
    ("a side twice", SIDE.format(match=3, side=0, player=11, race="bw_zerg"), "match_player_pkey"),
    (
        "Brood War on both sides",
        "UPDATE match_player SET race = 'bw_zerg' WHERE match = 3 AND side = 1",
        "brood_war_meets_starcraft_2",
    ),
    ("somebody else's entry", "UPDATE match_player SET entry = '{\"player\": 9}'", "entry_is_his_own"),
    ("a match without sides", BLANK, "two_sides"),
    ("open, but lets go", LET_GO + OPEN, "open_holds_both_over_holds_none"),
    ("live without a deadline", "DELETE FROM deadline;" + OPEN, "open_is_armed_over_is_not"),
    (
        "over with a deadline",
        LET_GO + f"UPDATE match SET phase = 'void', cause = 'unreported', {END} WHERE id = 3",
        "open_is_armed_over_is_not",
    ),
    (
        "over, but holds its players",
        f"DELETE FROM deadline; UPDATE match SET phase = 'void', cause = 'unreported', {END} WHERE id = 3",
        "open_holds_both_over_holds_none",
    ),
    (
        "settled without a result",
        f"UPDATE match SET phase = 'settled', cause = 'reports', {END} WHERE id = 3",
        "settled_has_an_outcome",
    ),
    (
        "void with a result",
        f"UPDATE match SET phase = 'void', cause = 'unreported', outcome = 'draw', {END} WHERE id = 3",
        "settled_has_an_outcome",
    ),
    ("over without an end", "UPDATE match SET ended_at = NULL WHERE id = 1", "over_has_an_end"),
    ("open with an end", "UPDATE match SET ended_at = now() WHERE id = 3", "over_has_an_end"),
    ("over without a cause", "UPDATE match SET cause = NULL WHERE id = 1", "over_has_a_cause"),
    ("settled by an abort", "UPDATE match SET cause = 'aborted' WHERE id = 1", "cause_fits_phase"),
    ("void by reports", "UPDATE match SET cause = 'reports' WHERE id = 2", "cause_fits_phase"),
    ("settled, never live", "UPDATE match SET live_at = NULL WHERE id = 1", "played_means_live"),
    ("disputed at no time", "UPDATE match SET phase = 'disputed' WHERE id = 3", "dispute_has_a_date"),
    ("ruled by nobody", "UPDATE match SET cause = 'ruling' WHERE id = 1", "ruling_names_its_author"),
    ("settled by no replay", "UPDATE match SET cause = 'replay' WHERE id = 1", "settled_by_replay_names_it"),
    ("settled by another's replay", "UPDATE match SET replay = 1 WHERE id = 3", "settled_by_its_own_replay"),
    ("an unknown phase", "UPDATE match SET phase = 'status' WHERE id = 3", "match_phase_check"),
    ("an unknown claim", "UPDATE match_player SET claim = 'cheated'", "match_player_claim_check"),
    ("two deadlines of a kind", "INSERT INTO deadline VALUES (3, 'live', now())", "deadline_pkey"),
    (
        "two events of a version",
        "INSERT INTO match_event VALUES (3, 1, 'x', 'live', now())",
        "match_event_pkey",
    ),
    # replays
    (
        "a file that settles two matches",
        f"{UPLOAD} ('d1', 3, 14, '{{}}', '[]', now()); UPDATE replay SET accepted = true",
        "file_settles_one_match",
    ),
    (
        "a file twice in one match",
        UPLOAD + "('d1', 1, 12, '{}', '[]', now())",
        "file_is_uploaded_once_for_a_match",
    ),
    (
        "contested while it is played",
        "UPDATE match SET objection = 1 WHERE id = 3",
        "contested_after_its_end",
    ),
    (
        "contested by another's replay",
        "UPDATE match SET objection = 1 WHERE id = 2",
        "contested_by_its_own_replay",
    ),
    (
        "confirmed by another's replay",
        "UPDATE match SET confirmation = 1 WHERE id = 2",
        "confirmed_by_its_own_replay",
    ),
    (
        "confirmed and contested",
        "UPDATE match SET confirmation = 1, objection = 1 WHERE id = 1",
        "confirmed_or_contested",
    ),
    ("a version known twice", VERSION * 2, "version_is_known_once"),
    ("a map without a file", VERSION + "UPDATE replay_version SET map = 'radeon'", "map_has_a_hash"),
    ("a mod without files", VERSION + "UPDATE replay_version SET files = '{}'", "mod_has_files"),
    (
        "retired at no time",
        VERSION + "UPDATE replay_version SET retired_by = 14",
        "retired_has_a_date",
    ),
    (
        "a stranger's upload",
        UPLOAD + "('d9', 3, 11, '{}', '[]', now())",
        "uploader_plays_in_the_match",
    ),
    # ratings
    (
        "settled twice",
        LEDGER + "(1, 11, 'bw_zerg', 1520, 20, 1540, 'settlement', NULL, now())",
        "settled_once",
    ),
    (
        "wrong sum",
        LEDGER + "(NULL, 11, 'bw_zerg', 1520, 20, 1541, 'staff', NULL, now())",
        "after_is_before_and_change",
    ),
    (
        "a stranger's match",
        LEDGER + "(3, 11, 'bw_zerg', 1, 1, 2, 'settlement', NULL, now())",
        "moved_by_an_own_match",
    ),
    (
        "compensates nothing",
        LEDGER + "(1, 11, 'bw_zerg', 1, 1, 2, 'compensation', NULL, now())",
        "compensation_names_its_row",
    ),
    (
        "moved by no match",
        LEDGER + "(NULL, 11, 'bw_zerg', 1, 1, 2, 'settlement', NULL, now())",
        "only_staff_moves_without_a_match",
    ),
    ("a ledger row changed", "UPDATE rating_ledger SET change = 0", "ledger_is_append_only"),
    ("a ledger row removed", "DELETE FROM rating_ledger", "ledger_is_append_only"),
    ("the ledger emptied", "TRUNCATE rating_ledger CASCADE", "ledger_is_append_only"),
    # penalties and cards
    (
        "punished twice",
        "INSERT INTO penalty (player, match, offence, at) VALUES (11, 2, 'abort', now())",
        "one_penalty_for_a_match",
    ),
    (
        "punished for another's match",
        "INSERT INTO penalty (player, match, offence, at) VALUES (13, 2, 'abort', now())",
        "punished_for_an_own_match",
    ),
    ("a time-out that is over", "UPDATE penalty SET until = at", "timeout_lies_ahead"),
    ("two cards of one subject", CARD + "(13, NULL, 'queue', 0, now())", "one_card_for_reader_and_subject"),
    ("a card for nobody", CARD + "(NULL, NULL, 'queue', 0, now())", "one_reader"),
    ("a card for two", CARD + "(13, 5, 'queue', 7, now())", "one_reader"),
    ("shown before it is", "UPDATE card SET shown = generation + 1", "shown_is_not_ahead"),
    ("half a place", "UPDATE card SET message = NULL", "a_place_is_both"),
]


@pytest.mark.parametrize(
    ("order", "constraint"), [row[1:] for row in IMPOSSIBLE], ids=[row[0] for row in IMPOSSIBLE]
)
async def test_the_database_refuses(evening: Pool, order: str, constraint: str) -> None:
    async def work(connection: Connection) -> None:
        await connection.script(f"{order}; SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(ConstraintBroken) as caught:
        await evening.run(work)
    assert caught.value.constraint == constraint


async def test_a_compensation_may_follow_a_settlement_once(evening: Pool) -> None:
    async def work(connection: Connection) -> None:
        first = "(SELECT min(id) FROM rating_ledger)"
        row = LEDGER + f"(1, 11, 'bw_zerg', 1520, -20, 1500, 'compensation', {first}, now());"
        await connection.script(row)
        await connection.script(row)

    with pytest.raises(ConstraintBroken) as caught:
        await evening.run(work)
    assert caught.value.constraint == "rating_ledger_compensates_key"
