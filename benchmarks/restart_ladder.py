"""A ladder in the middle of an evening, written by SQL: who played, who waits, who plays."""

from collections.abc import Sequence

from storage.connection import Connection
from storage.pool import Pool
from storage.sql import Query

PLAYERS = """
INSERT INTO player (
    id, discord_name, first_seen_at, accepted_terms, terms_at, name, battletag, country, region, bw, sc2
)
SELECT
    p.id, 'p' || p.n, now() - interval '1 year', true, now() - interval '1 year',
    'N' || translate(lpad(to_hex(p.n), 6, '0'), '0123456789', 'ghijklmnop'), 'N#1234', 'KR', 'KRJ',
    CASE WHEN p.n % 2 = 0 THEN 'bw_zerg' END, CASE WHEN p.n % 2 = 1 THEN 'sc2_zerg' END
FROM crowd AS p
"""

PLAYED = """
INSERT INTO match (version, phase, map, server, seed, paired_at, live_at, ended_at, cause, outcome)
SELECT 1, 'settled', 'radeon', 'KOR', 0.5, at, at, at + interval '20 minutes', 'reports', 'first'
FROM (SELECT now() - n * interval '5 minutes' AS at FROM generate_series({played}, 1, -1) AS n) AS old
"""

OPEN = """
INSERT INTO match (version, phase, map, server, seed, paired_at, live_at, disputed_at)
SELECT
    1, phase, 'radeon', 'KOR', 0.5, now(), CASE WHEN phase <> 'paired' THEN now() END,
    CASE WHEN phase = 'disputed' THEN now() END
FROM (
    SELECT CASE WHEN n % 10 = 0 THEN 'disputed' WHEN n % 5 = 1 THEN 'paired' ELSE 'live' END AS phase
    FROM generate_series(1, {open}) AS n
) AS states
"""

SIDES = """
INSERT INTO match_player (
    match, side, player, race, rating, rank, entry, profile, discord_name, toons, delivered, confirmed, claim,
    open
)
SELECT
    m.id, s.side, w.id, (ARRAY['bw_zerg', 'sc2_zerg'])[s.side + 1], 1500, 'C',
    jsonb_build_object(
        'player', w.id,
        'bw', CASE s.side WHEN 0 THEN 'bw_zerg' END, 'sc2', CASE s.side WHEN 1 THEN 'sc2_zerg' END,
        'bw_rating', CASE s.side WHEN 0 THEN 1500 END, 'sc2_rating', CASE s.side WHEN 1 THEN 1500 END,
        'vetoes', '[]'::jsonb, 'region', 'KRJ', 'joined_at', now()
    ),
    jsonb_build_object(
        'name', w.name, 'battletag', w.battletag, 'alt_names', '[]'::jsonb, 'country', 'KR', 'region', 'KRJ'
    ),
    w.discord_name, '{{}}', true, m.phase <> 'paired',
    CASE m.phase WHEN 'disputed' THEN 'won' WHEN 'settled' THEN (ARRAY['won', 'lost'])[s.side + 1] END,
    m.phase <> 'settled'
FROM (SELECT match.*, row_number() OVER (PARTITION BY phase = 'settled' ORDER BY id) AS place FROM match) AS m
CROSS JOIN generate_series(0, 1) AS s (side)
JOIN crowd AS c ON c.n = CASE
    WHEN m.phase = 'settled' THEN {busy} + 2 * (m.place % (({players} - {busy}) / 2)) + s.side
    ELSE {queued} + 2 * m.place - 2 + s.side
END
JOIN player AS w ON w.id = c.id
"""

REST = """
INSERT INTO match_event (match, version, event, phase, at) SELECT id, 1, phase, phase, paired_at FROM match;
INSERT INTO deadline (match, kind, due_at)
SELECT
    id, CASE phase WHEN 'paired' THEN 'confirmation' WHEN 'live' THEN 'live' ELSE 'dispute' END,
    now() + CASE phase WHEN 'paired' THEN interval '10 minutes' ELSE interval '3 hours' END
FROM match WHERE phase <> 'settled';
INSERT INTO rating (player, race, start, rating, wins, losses, last_played_at, moved_at)
SELECT
    p.player, p.race, 1500, 1500, count(*) FILTER (WHERE p.side = 0), count(*) FILTER (WHERE p.side = 1),
    max(m.ended_at), max(m.ended_at)
FROM match_player AS p JOIN match AS m ON m.id = p.match WHERE m.phase = 'settled' GROUP BY p.player, p.race;
INSERT INTO rating_ledger (match, player, race, before, change, after, cause, at)
SELECT p.match, p.player, p.race, 1500, 0, 1500, 'settlement', m.ended_at
FROM match_player AS p JOIN match AS m ON m.id = p.match WHERE m.phase = 'settled';
INSERT INTO card (reader_player, kind, number, channel, message, shown, behind_since)
SELECT p.player, k.kind, p.match, p.player, p.match, 1, m.paired_at
FROM match_player AS p
JOIN match AS m ON m.id = p.match
CROSS JOIN LATERAL (
    SELECT unnest(
        CASE m.phase
            WHEN 'settled' THEN ARRAY['result'] WHEN 'paired' THEN ARRAY['found'] ELSE ARRAY['match']
        END
    ) AS kind
) AS k;
INSERT INTO queue_entry (player, bw, sc2, bw_rating, sc2_rating, vetoes, region, joined_at)
SELECT
    p.id, p.bw, p.sc2, CASE WHEN p.bw IS NOT NULL THEN 1500 END, CASE WHEN p.sc2 IS NOT NULL THEN 1500 END,
    '{{}}', 'KRJ', now() - c.n * interval '1 second'
FROM crowd AS c JOIN player AS p ON p.id = c.id WHERE c.n < {queued};
INSERT INTO card (reader_player, kind, number, channel, message, shown, behind_since)
SELECT player, 'queue', 0, player, player, 1, now() FROM queue_entry
"""

NUMBER = "INSERT INTO crowd SELECT place - 1, id FROM unnest($1::bigint[]) WITH ORDINALITY AS u (id, place)"
VACUUM = "VACUUM (ANALYZE)"


async def fill(pool: Pool, ids: Sequence[int], *, queued: int, open_matches: int, played: int) -> None:
    """Write the whole ladder.

    Args:
        pool: to an empty, migrated database.
        ids: the players; the first `queued` wait, the next twice `open_matches` play.
        queued: half of them with Brood War, half with StarCraft II: the first wave has something to do.
        open_matches: live, one in five paired, one in ten in dispute.
        played: settled matches of all the others.
    """
    sizes = {"queued": queued, "open": open_matches, "played": played, "players": len(ids)}
    sizes["busy"] = queued + 2 * open_matches

    async def work(connection: Connection) -> None:
        await connection.script("SET LOCAL session_replication_role = replica")  # no trigger for each row
        await connection.script("CREATE TEMP TABLE crowd (n integer PRIMARY KEY, id bigint) ON COMMIT DROP")
        numbered = Query("number", "a benchmark asks", NUMBER)
        await connection.execute(numbered, list(ids))
        for part in (PLAYERS, PLAYED, OPEN, SIDES, REST):
            await connection.script(part.format(**sizes))

    await pool.repeat(work)
    async with pool.connection() as connection:
        await connection.script(VACUUM)
