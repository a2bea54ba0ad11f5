"""A ladder of any size, written by SQL alone: who played whom, ratings, ledger, events, cards, penalties."""

from storage.connection import Connection
from storage.pool import Pool

PLAYERS = """
INSERT INTO player (
    id, discord_name, first_seen_at, accepted_terms, terms_at, name, battletag, country, region
)
SELECT
    n, 'p' || n, now(), true, now(),
    'N' || translate(lpad(to_hex(n), 6, '0'), '0123456789', 'ghijklmnop'),
    'N#1234', 'KR', 'KRJ'
FROM generate_series(1, {players}) AS n;
INSERT INTO player_log (player, field, after, changed_at)
SELECT n, 'name', 'x', now() FROM generate_series(1, {players}) AS n;
INSERT INTO toon SELECT n, '3-S2-1-' || n FROM generate_series(1, {players}) AS n;
INSERT INTO receipt (id, at) SELECT gen_random_uuid(), now() - n * interval '1 second'
FROM generate_series(1, {players}) AS n;
INSERT INTO staff SELECT n FROM generate_series(1, 20) AS n;
"""

MATCHES = """
INSERT INTO match (version, phase, map, server, seed, paired_at, live_at, ended_at, cause, outcome)
OVERRIDING SYSTEM VALUE
SELECT
    1, 'settled', 'radeon', 'KOR', 0.5, at, at, at + interval '20 minutes', 'reports',
    (ARRAY['first', 'second', 'draw'])[1 + n % 3]
FROM generate_series(1, {matches}) AS n
CROSS JOIN LATERAL (SELECT now() - ({matches} - n) * interval '1 minute' AS at) AS when_;
INSERT INTO match_player (
    match, side, player, race, rating, rank, entry, profile, discord_name, toons,
    delivered, confirmed, claim, open
)
SELECT
    m.id, s.side, who.player, (ARRAY['bw_zerg', 'sc2_zerg'])[s.side + 1], 1500, 'C',
    jsonb_build_object('player', who.player), '{{}}', 'p', '{{}}', true, true, 'draw', false
FROM match AS m
CROSS JOIN generate_series(0, 1) AS s (side)
CROSS JOIN LATERAL (
    SELECT 1 + (2 * m.id + s.side * (1 + 2 * (2 * m.id / {players}))) % {players} AS player
) AS who
ORDER BY m.id, s.side;
INSERT INTO match_event (match, version, event, phase, at)
SELECT id, 1, 'settled', 'settled', ended_at FROM match;
INSERT INTO rating (player, race, start, rating)
SELECT DISTINCT player, race, 1500, 1500 FROM match_player;
INSERT INTO rating_ledger (match, player, race, before, change, after, cause, at)
SELECT p.match, p.player, p.race, 1500, 0, 1500, 'settlement', m.ended_at
FROM match_player AS p JOIN match AS m ON m.id = p.match;
INSERT INTO card (reader_player, kind, number, channel, message, shown, behind_since)
SELECT player, 'result', match, 1, match, 1, now() FROM match_player;
INSERT INTO card (reader_player, kind, number, behind_since)
SELECT n, 'queue', 0, now() FROM generate_series(1, 50) AS n;
INSERT INTO penalty (player, match, offence, at, until)
SELECT player, match, 'abort', now() - match * interval '1 minute', now()
FROM match_player WHERE match % 20 = 0;
INSERT INTO replay (digest, match, uploader, facts, findings, uploaded_at, dropped_at)
SELECT 'd' || match, match, player, '{{}}', '[]', now(), CASE WHEN match < {matches} - 1000 THEN now() END
FROM match_player WHERE side = 0 AND match % 3 = 0;
INSERT INTO staff_action (staff, deed, match, reason, changes, previewed_at, done_at)
SELECT 1, 'void', id, 'x', '[]', now(), now() FROM match WHERE id % 50 = 0;
"""

NOW = """
UPDATE match SET phase = 'live', ended_at = NULL, cause = NULL, outcome = NULL WHERE id > {matches} - 100;
UPDATE match_player SET open = true WHERE match > {matches} - 100;
INSERT INTO deadline SELECT id, 'live', now() + interval '1 hour' FROM match WHERE phase = 'live';
INSERT INTO queue_entry (player, bw, bw_rating, vetoes, region, joined_at)
SELECT p.id, 'bw_zerg', 1500, '{{}}', 'KRJ', now() FROM player AS p
WHERE NOT EXISTS (SELECT 1 FROM match_player AS s WHERE s.player = p.id AND s.open) ORDER BY p.id LIMIT 200;
UPDATE rating AS r
SET
    wins = p.wins, losses = p.losses, draws = p.draws, last_played_at = p.at,
    moved_at = p.at
FROM (
    SELECT
        s.player, s.race, max(m.ended_at) AS at,
        count(*) FILTER (WHERE m.outcome = CASE s.side WHEN 0 THEN 'first' ELSE 'second' END) AS wins,
        count(*) FILTER (WHERE m.outcome = CASE s.side WHEN 0 THEN 'second' ELSE 'first' END) AS losses,
        count(*) FILTER (WHERE m.outcome = 'draw') AS draws
    FROM match_player AS s JOIN match AS m ON m.id = s.match
    WHERE m.phase = 'settled'
    GROUP BY s.player, s.race
) AS p
WHERE r.player = p.player AND r.race = p.race;
"""


async def fill(pool: Pool, players: int, matches: int) -> None:
    """So many players and matches, the last hundred live; then the planner's statistics."""

    async def work(connection: Connection) -> None:
        await connection.script("SET LOCAL session_replication_role = replica")  # no trigger for each row
        for part in (PLAYERS, MATCHES, NOW):
            await connection.script(part.format(players=players, matches=matches))

    await pool.repeat(work)
    async with pool.connection() as connection:
        await connection.script("VACUUM (ANALYZE)")
