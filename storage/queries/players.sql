-- see_player --
-- Everything a click may need; a first contact creates the row, a new Discord name is noted.
WITH seen AS (
    INSERT INTO player (id, discord_name, first_seen_at)
    SELECT $1, $2, $3
    WHERE NOT EXISTS (SELECT 1 FROM player WHERE id = $1 AND discord_name = $2)
    ON CONFLICT (id) DO UPDATE SET discord_name = excluded.discord_name
    RETURNING *
), one AS (
    SELECT * FROM seen
    UNION ALL
    SELECT * FROM player WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM seen)
)
SELECT
    one.*,
    (SELECT jsonb_object_agg(r.race, r.rating) FROM rating AS r WHERE r.player = one.id) AS ratings,
    (SELECT q.joined_at FROM queue_entry AS q WHERE q.player = one.id) AS queued_since,
    (SELECT p.match FROM match_player AS p WHERE p.player = one.id AND p.open) AS open_match,
    (SELECT max(f.until) FROM penalty AS f WHERE f.player = one.id AND f.until > $3 AND f.forgiven_at IS NULL) AS timed_out_until
FROM one;

-- lock_player --
-- Whoever changes a player's situation goes first through here, one at a time.
SELECT 1 FROM player WHERE id = $1 FOR NO KEY UPDATE;

-- read_player --
-- The same as see_player for a row that exists; after the lock, so that it sees what the last holder did.
SELECT
    one.*,
    (SELECT jsonb_object_agg(r.race, r.rating) FROM rating AS r WHERE r.player = one.id) AS ratings,
    (SELECT q.joined_at FROM queue_entry AS q WHERE q.player = one.id) AS queued_since,
    (SELECT p.match FROM match_player AS p WHERE p.player = one.id AND p.open) AS open_match,
    (SELECT max(f.until) FROM penalty AS f WHERE f.player = one.id AND f.until > $2 AND f.forgiven_at IS NULL) AS timed_out_until
FROM player AS one
WHERE one.id = $1;

-- accept_terms --
-- The answer to the terms of service and its hour.
UPDATE player SET accepted_terms = $2, terms_at = $3 WHERE id = $1;

-- save_draft --
-- What was typed into the set-up form, or nothing.
UPDATE player SET draft = $2 WHERE id = $1;

-- save_profile --
-- A confirmed profile; the draft has served.
UPDATE player
SET name = $2, battletag = $3, alt_names = $4, country = $5, region = $6, draft = NULL
WHERE id = $1;

-- touch_ratings --
-- The ladder shows something new of this player.
UPDATE rating SET moved_at = $2 WHERE player = $1;

-- save_preferences --
-- The last choice is the next default.
UPDATE player SET bw = $2, sc2 = $3, vetoes = $4 WHERE id = $1;

-- reached --
-- The player was told why the last match was called off.
UPDATE player SET unreachable = false WHERE id = $1 AND unreachable;

-- unreachable --
-- Discord refuses messages to this player.
UPDATE player SET unreachable = true WHERE id = $1 AND NOT unreachable;

-- is_staff --
-- Whether this person may rule.
SELECT EXISTS (SELECT 1 FROM staff WHERE player = $1);

-- ensure_staff --
-- Those named in the configuration; nobody is taken off.
INSERT INTO staff (player) SELECT unnest($1::bigint[]) ON CONFLICT DO NOTHING;

-- record --
-- Offences since $2 and the end of a time-out that lies after $3.
SELECT
    count(*) FILTER (WHERE offence = 'abort' AND at > $2) AS aborts,
    count(*) FILTER (WHERE offence = 'no_show' AND at > $2) AS no_shows,
    max(until) FILTER (WHERE until > $3) AS timed_out_until
FROM penalty
WHERE player = $1 AND forgiven_at IS NULL;

-- learn_toons --
-- Battle.net accounts that a verified replay showed.
INSERT INTO toon (player, toon)
SELECT t.player, t.toon FROM unnest($1::bigint[], $2::text[]) AS t (player, toon)
ON CONFLICT DO NOTHING;
