-- enter_queue --
-- One row for each waiting player; the primary key refuses a second.
INSERT INTO queue_entry (player, bw, sc2, bw_rating, sc2_rating, vetoes, region, joined_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- leave_queue --
-- Nothing comes back when the player was not in it.
DELETE FROM queue_entry WHERE player = $1 RETURNING player;

-- waiting --
-- The whole queue in joining order.
SELECT player, bw, sc2, bw_rating, sc2_rating, vetoes, region, joined_at
FROM queue_entry
ORDER BY joined_at, player;

-- crowd --
-- How many wait with what, and how many play.
SELECT
    count(*) FILTER (WHERE sc2 IS NULL) AS bw_only,
    count(*) FILTER (WHERE bw IS NULL) AS sc2_only,
    count(*) FILTER (WHERE bw IS NOT NULL AND sc2 IS NOT NULL) AS both,
    (SELECT count(*) FROM match WHERE phase IN ('paired', 'live', 'disputed')) AS open_matches
FROM queue_entry;

-- dequeue --
-- Those of the proposed members who still wait with the entry that the proposal saw.
DELETE FROM queue_entry AS q
USING unnest($1::bigint[], $2::timestamptz[]) AS m (player, joined_at)
WHERE q.player = m.player AND q.joined_at = m.joined_at
RETURNING q.player;

-- return_to_queue --
-- The innocent wait again from their old joining time; the banned do not.
INSERT INTO queue_entry (player, bw, sc2, bw_rating, sc2_rating, vetoes, region, joined_at)
SELECT m.player, m.bw, m.sc2, m.bw_rating, m.sc2_rating, m.vetoes, m.region, m.joined_at
FROM jsonb_to_recordset($1) AS m (
    player bigint, bw text, sc2 text, bw_rating integer, sc2_rating integer, vetoes text[], region text,
    joined_at timestamptz
)
JOIN player AS p ON p.id = m.player
WHERE NOT p.banned
RETURNING player, bw, sc2, bw_rating, sc2_rating, vetoes, region, joined_at;

-- met --
-- When pairs of these players were last put together, void matches aside.
SELECT a.player AS first, b.player AS second, max(m.paired_at) AS at
FROM match AS m
JOIN match_player AS a ON a.match = m.id AND a.side = 0
JOIN match_player AS b ON b.match = m.id AND b.side = 1
WHERE m.paired_at >= $2 AND m.phase <> 'void' AND a.player = ANY ($1::bigint[]) AND b.player = ANY ($1::bigint[])
GROUP BY a.player, b.player;

-- recent_maps --
-- The last maps of each of these players, a match of two of them once, newest first.
SELECT m.map
FROM match AS m
WHERE m.id IN (
    SELECT latest.id
    FROM unnest($1::bigint[]) AS who (player)
    CROSS JOIN LATERAL (
        SELECT played.id
        FROM match_player AS p
        JOIN match AS played ON played.id = p.match
        WHERE p.player = who.player AND played.phase <> 'void'
        ORDER BY p.match DESC
        LIMIT $2
    ) AS latest
)
ORDER BY m.id DESC;

-- save_wave --
-- The queue that a wave saw, so that every pairing can be repeated. It comes in slices of JSON.
INSERT INTO wave (at, members, matches)
SELECT $1::timestamptz, coalesce(jsonb_agg(m.member ORDER BY s.place, m.place), '[]'), $3::bigint[]
FROM unnest($2::text[]) WITH ORDINALITY AS s (slice, place)
CROSS JOIN jsonb_array_elements(s.slice::jsonb) WITH ORDINALITY AS m (member, place);
