-- lock_players --
-- Both players of a pairing, in an order that no two transactions disagree about, as they are now.
SELECT id, discord_name, name, battletag, alt_names, country, region
FROM player
WHERE id = ANY ($1::bigint[])
ORDER BY id
FOR NO KEY UPDATE;

-- toons_of --
-- Accounts known of these players.
SELECT player, toon FROM toon WHERE player = ANY ($1::bigint[]);

-- insert_match --
-- A fresh pairing.
INSERT INTO match (version, phase, map, server, seed, paired_at)
VALUES (1, 'paired', $1, $2, $3, $4)
RETURNING id;

-- insert_sides --
-- Both players as they were when paired.
INSERT INTO match_player (match, side, player, race, rating, rank, entry, profile, discord_name, toons)
SELECT $1, s.side, s.player, s.race, s.rating, s.rank, s.entry, s.profile, s.discord_name, s.toons
FROM jsonb_to_recordset($2) AS s (
    side smallint, player bigint, race text, rating integer, rank text, entry jsonb, profile jsonb,
    discord_name text, toons text[]
);

-- lock_match --
-- The version, phase and outcome that the next save must build on.
SELECT version, phase, outcome FROM match WHERE id = $1 FOR UPDATE;

-- write_match --
-- One transition: the match, what its players did and said, its deadlines and no others, and a row that says it.
WITH moved AS (
    UPDATE match
    SET version = version + 1, phase = $2, live_at = $3, ended_at = $4, cause = $5, outcome = $6, replay = $7,
        ruled_by = $8, confirmation = $9::bigint, objection = $10::bigint,
        disputed_at = CASE WHEN $12::boolean THEN coalesce(disputed_at, $11) ELSE disputed_at END
    WHERE id = $1
    RETURNING id, version, phase
), sides AS (
    UPDATE match_player AS p
    SET delivered = s.delivered, confirmed = s.confirmed, claim = s.claim, blamed = s.blamed
    FROM unnest($13::smallint[], $14::boolean[], $15::boolean[], $16::text[], $17::boolean[])
        AS s (side, delivered, confirmed, claim, blamed)
    WHERE p.match = $1 AND p.side = s.side
), dropped AS (
    DELETE FROM deadline WHERE match = $1 AND kind <> ALL ($18::text[])
), armed AS (
    INSERT INTO deadline (match, kind, due_at)
    SELECT $1, d.kind, d.due_at FROM unnest($18::text[], $19::timestamptz[]) AS d (kind, due_at)
    ON CONFLICT (match, kind) DO UPDATE SET due_at = excluded.due_at
)
INSERT INTO match_event (match, version, event, phase, at) SELECT id, version, $20, phase, $11 FROM moved;

-- begin_match --
-- The first deadlines of a fresh pairing, and the row that says it.
WITH armed AS (
    INSERT INTO deadline (match, kind, due_at)
    SELECT $1, d.kind, d.due_at FROM unnest($2::text[], $3::timestamptz[]) AS d (kind, due_at)
)
INSERT INTO match_event (match, version, event, phase, at)
SELECT id, version, 'paired', phase, $4 FROM match WHERE id = $1;

-- release --
-- Both are free again; only this match lets go of them.
UPDATE match_player SET open = false WHERE match = $1 AND open;

-- ensure_ratings --
-- Whoever was never rated with a race starts at the season's number.
INSERT INTO rating (player, race, start, rating)
SELECT r.player, r.race, $3, $3 FROM unnest($1::bigint[], $2::text[]) AS r (player, race) ORDER BY r.player, r.race
ON CONFLICT DO NOTHING;

-- lock_ratings --
-- What both are rated now, committed; always locked in the same order.
SELECT r.player, r.race, r.rating
FROM rating AS r
JOIN unnest($1::bigint[], $2::text[]) AS w (player, race) ON w.player = r.player AND w.race = r.race
ORDER BY r.player, r.race
FOR UPDATE OF r;

-- write_ledger --
-- Two rows that sum to zero.
INSERT INTO rating_ledger (match, player, race, before, change, after, cause, at)
SELECT $1, c.player, c.race, c.before, c.change, c.before + c.change, 'settlement', $6
FROM unnest($2::bigint[], $3::text[], $4::integer[], $5::integer[]) AS c (player, race, before, change);

-- settled_changes --
-- What a match moved so far, by player: the rating before it, the sum, and the row that a compensation names.
SELECT
    l.player,
    (array_agg(l.before ORDER BY l.id))[1] AS before,
    sum(l.change)::integer AS change,
    max(l.id) AS latest
FROM rating_ledger AS l
WHERE l.match = $1
GROUP BY l.player;

-- compensate --
-- The difference to what should have been moved; what was written stays, and each row is compensated once.
INSERT INTO rating_ledger (match, player, race, before, change, after, cause, compensates, at)
SELECT $1, c.player, c.race, c.before, c.change, c.before + c.change, 'compensation', c.compensates, $7
FROM unnest($2::bigint[], $3::text[], $4::integer[], $5::integer[], $6::bigint[])
    AS c (player, race, before, change, compensates);

-- recount --
-- What the settled matches say of these ratings, counted anew.
UPDATE rating AS r
SET
    wins = played.wins, losses = played.losses, draws = played.draws, last_played_at = played.last_played_at,
    moved_at = $3
FROM unnest($1::bigint[], $2::text[]) AS w (player, race)
CROSS JOIN LATERAL (
    SELECT
        count(*) FILTER (WHERE m.outcome = CASE p.side WHEN 0 THEN 'first' ELSE 'second' END) AS wins,
        count(*) FILTER (WHERE m.outcome = CASE p.side WHEN 0 THEN 'second' ELSE 'first' END) AS losses,
        count(*) FILTER (WHERE m.outcome = 'draw') AS draws,
        max(m.ended_at) AS last_played_at
    FROM match_player AS p
    JOIN match AS m ON m.id = p.match
    WHERE p.player = w.player AND p.race = w.race AND m.phase = 'settled'
) AS played
WHERE r.player = w.player AND r.race = w.race;

-- move_ratings --
-- The current ratings follow the ledger.
UPDATE rating AS r
SET rating = r.rating + c.change
FROM unnest($1::bigint[], $2::text[], $3::integer[]) AS c (player, race, change)
WHERE r.player = c.player AND r.race = c.race;

-- count_offences --
-- How often this player did the same since $3.
SELECT count(*) FROM penalty WHERE player = $1 AND offence = $2 AND at > $3 AND forgiven_at IS NULL;

-- insert_penalty --
-- One offence; without `until` it is a warning.
INSERT INTO penalty (player, match, offence, at, until) VALUES ($1, $2, $3, $4, $5);

-- read_match --
-- One match with its sides, deadlines, time-outs and rating changes.
SELECT
    m.*,
    (SELECT jsonb_agg(to_jsonb(p) ORDER BY p.side) FROM match_player AS p WHERE p.match = m.id) AS sides,
    (SELECT jsonb_agg(to_jsonb(d) ORDER BY d.due_at, d.kind) FROM deadline AS d WHERE d.match = m.id) AS deadlines,
    (SELECT jsonb_agg(to_jsonb(f)) FROM penalty AS f WHERE f.match = m.id AND f.until IS NOT NULL) AS timeouts,
    (
        SELECT jsonb_agg(to_jsonb(l) || jsonb_build_object('change', all_rows.change))
        FROM rating_ledger AS l
        CROSS JOIN LATERAL (
            SELECT sum(a.change) AS change FROM rating_ledger AS a WHERE a.match = l.match AND a.player = l.player
        ) AS all_rows
        WHERE l.match = m.id AND l.cause = 'settlement'
    ) AS changes
FROM match AS m
WHERE m.id = $1;

-- read_open_matches --
-- Every match that still needs something to happen.
SELECT
    m.*,
    (SELECT jsonb_agg(to_jsonb(p) ORDER BY p.side) FROM match_player AS p WHERE p.match = m.id) AS sides,
    (SELECT jsonb_agg(to_jsonb(d) ORDER BY d.due_at, d.kind) FROM deadline AS d WHERE d.match = m.id) AS deadlines,
    NULL::jsonb AS timeouts,
    NULL::jsonb AS changes
FROM match AS m
WHERE m.phase IN ('paired', 'live', 'disputed')
ORDER BY m.id;
