-- lock_staff --
-- Whether this person is of the staff, and stays so until the end of the transaction.
SELECT player FROM staff WHERE player = $1 FOR KEY SHARE;

-- known_player --
-- Whether the ladder ever saw this person.
SELECT 1 FROM player WHERE id = $1;

-- stands --
-- How these players stand, in the order of their numbers.
SELECT
    one.id AS player,
    one.banned,
    (SELECT q.joined_at FROM queue_entry AS q WHERE q.player = one.id) AS queued_since,
    (SELECT p.match FROM match_player AS p WHERE p.player = one.id AND p.open) AS plays,
    (
        SELECT max(f.until) FROM penalty AS f WHERE f.player = one.id AND f.until > $2 AND f.forgiven_at IS NULL
    ) AS timed_out_until,
    coalesce((SELECT jsonb_object_agg(r.race, r.rating) FROM rating AS r WHERE r.player = one.id), '{}') AS ratings
FROM player AS one
WHERE one.id = ANY ($1::bigint[])
ORDER BY one.id;

-- holding_match --
-- The open match that holds a player.
SELECT p.match FROM match_player AS p WHERE p.player = $1 AND p.open;

-- let_go --
-- A match that is over holds nobody, whatever came to pass.
UPDATE match_player AS p SET open = false
FROM match AS m
WHERE p.player = $1 AND p.open AND m.id = p.match AND m.phase IN ('settled', 'void');

-- set_banned --
-- Kept out, or let in again.
UPDATE player SET banned = $2 WHERE id = $1;

-- forgive --
-- The time-outs that still run keep nobody out and count no more.
UPDATE penalty SET forgiven_at = $2 WHERE player = $1 AND until > $2 AND forgiven_at IS NULL;

-- penalise --
-- A time-out by staff, for no match.
INSERT INTO penalty (player, offence, at, until, action) VALUES ($1, 'staff', $2, $3, $4);

-- rerate --
-- A movement by staff.
INSERT INTO rating_ledger (player, race, before, change, after, cause, action, at)
VALUES ($1, $2, $3, $4, $3::integer + $4::integer, 'staff', $5, $6);

-- requeue_rating --
-- Whoever waits is paired by the new number.
UPDATE queue_entry
SET
    bw_rating = CASE WHEN bw = $2 THEN $3 ELSE bw_rating END,
    sc2_rating = CASE WHEN sc2 = $2 THEN $3 ELSE sc2_rating END
WHERE player = $1;

-- insert_action --
-- An order, previewed; what it changes is filled in when it was tried.
INSERT INTO staff_action (staff, deed, match, player, outcome, race, rating, minutes, reason, changes, previewed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '[]', $10)
RETURNING id;

-- action_tried --
-- What an order would change.
UPDATE staff_action SET changes = $2 WHERE id = $1;

-- action_done --
-- Carried out, with what it changed.
UPDATE staff_action SET changes = $2, done_at = $3 WHERE id = $1 AND done_at IS NULL;

-- lock_action --
-- An order, one confirmation at a time.
SELECT * FROM staff_action WHERE id = $1 FOR UPDATE;

-- read_action --
-- An order as kept.
SELECT * FROM staff_action WHERE id = $1;

-- actions_of_match --
-- What staff did about a match, oldest first.
SELECT * FROM staff_action WHERE match = $1 AND done_at IS NOT NULL ORDER BY id;

-- history_of_match --
-- Every transition of a match.
SELECT version, event, phase, at FROM match_event WHERE match = $1 ORDER BY version;
