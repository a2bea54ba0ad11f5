-- insert_replay --
-- An upload; nothing comes back when the same file is known.
INSERT INTO replay (digest, match, uploader, facts, findings, uploaded_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (digest) DO NOTHING
RETURNING id;

-- match_of_digest --
-- Which match this file was uploaded for first.
SELECT match FROM replay WHERE digest = $1;

-- read_replay --
-- One upload as stored.
SELECT id, match, uploader, facts, findings FROM replay WHERE id = $1;

-- replays_of_match --
-- The uploads for one match, oldest first.
SELECT id, match, uploader, facts, findings FROM replay WHERE match = $1 ORDER BY id;
