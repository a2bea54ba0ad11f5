-- bump_cards --
-- Each of these cards must show something new; the missing ones are made.
INSERT INTO card AS c (reader_player, reader_channel, kind, number, behind_since)
SELECT b.reader_player, b.reader_channel, b.kind, b.number, $5
FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[]) AS b (reader_player, reader_channel, kind, number)
ON CONFLICT (reader_player, reader_channel, kind, number) DO UPDATE SET
    generation = c.generation + 1,
    behind_since = CASE WHEN c.generation > c.shown THEN c.behind_since ELSE excluded.behind_since END,
    lost_reason = NULL
RETURNING c.*;

-- move_card --
-- The same, and from now on at another place: what was drawn at the old one no longer counts.
INSERT INTO card AS c (reader_player, kind, number, channel, message, behind_since)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (reader_player, reader_channel, kind, number) DO UPDATE SET
    generation = c.generation + 1,
    shown = c.generation,
    channel = excluded.channel,
    message = excluded.message,
    behind_since = CASE WHEN c.generation > c.shown THEN c.behind_since ELSE excluded.behind_since END,
    lost_reason = NULL
RETURNING c.*;

-- pending_cards --
-- All cards that are out of date, oldest first.
SELECT * FROM card WHERE generation > shown ORDER BY behind_since, id;

-- read_card --
-- The one card of this reader about this subject.
SELECT * FROM card WHERE reader_player = $1 AND kind = $3 AND number = $4
UNION ALL
SELECT * FROM card WHERE reader_player IS NULL AND reader_channel = $2 AND kind = $3 AND number = $4;

-- card_shown --
-- Discord has this generation; an older word than the last is not heard.
UPDATE card SET shown = $4, channel = $2, message = $3, attempts = 0, fault = NULL
WHERE id = $1 AND shown < $4 AND generation >= $4;

-- card_tried --
-- It did not arrive this time, and why.
UPDATE card SET attempts = attempts + 1, fault = $2 WHERE id = $1 AND generation > shown;

-- card_deleted --
-- Somebody deleted it: nothing is shown any more, and the next sending is another message.
UPDATE card
SET channel = NULL, message = NULL, shown = 0, deleted = deleted + 1,
    behind_since = CASE WHEN generation > shown THEN behind_since ELSE $2 END
WHERE id = $1 AND message IS NOT NULL;

-- card_lost --
-- It cannot be delivered and counts as shown.
UPDATE card SET shown = generation, lost_reason = $2, attempts = 0, fault = NULL WHERE id = $1;

-- reader_of_card --
-- Which player a card is for, if for one.
SELECT reader_player FROM card WHERE id = $1;
