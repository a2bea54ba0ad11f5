-- save_replay --
-- An upload; the same file again in the same match is the same upload, judged anew. Nothing when it settled another.
INSERT INTO replay (digest, match, uploader, facts, findings, accepted, uploaded_at, word)
SELECT $1, $2, $3, $4, $5, $6, $7, $8
WHERE NOT EXISTS (SELECT 1 FROM replay WHERE digest = $1 AND match <> $2 AND accepted)
ON CONFLICT ON CONSTRAINT file_is_uploaded_once_for_a_match DO UPDATE
SET facts = excluded.facts, findings = excluded.findings, accepted = replay.accepted OR excluded.accepted,
    word = coalesce(excluded.word, replay.word), dropped_at = NULL
RETURNING id, match, uploader, facts, findings, accepted, word, dropped_at;

-- judge_replay --
-- The list changed, or somebody who was asked has answered. What was accepted stays reserved.
UPDATE replay
SET findings = $2, accepted = accepted OR $3, word = coalesce($4, word)
WHERE id = $1
RETURNING id, match, uploader, facts, findings, accepted, word, dropped_at;

-- match_of_digest --
-- Which match this file was accepted for.
SELECT match FROM replay WHERE digest = $1 AND accepted;

-- digest_of_replay --
-- The file of an upload.
SELECT digest FROM replay WHERE id = $1;

-- read_replay --
-- One upload as stored.
SELECT id, match, uploader, facts, findings, accepted, word, dropped_at FROM replay WHERE id = $1;

-- replays_of_match --
-- The uploads for one match, oldest first.
SELECT id, match, uploader, facts, findings, accepted, word, dropped_at FROM replay WHERE match = $1 ORDER BY id;

-- contestable_match --
-- The last match of this player that another replay can still confirm or contest, or that waits for staff.
SELECT m.id
FROM match AS m
JOIN match_player AS p ON p.match = m.id
WHERE p.player = $1 AND m.phase = 'settled' AND m.cause IN ('replay', 'one_report') AND m.ended_at > $2
    AND num_nonnulls(m.confirmation, m.objection) = 0
    AND (
        (m.disputed_at IS NOT NULL AND m.ruled_by IS NULL)
        OR EXISTS (SELECT 1 FROM match_player AS s WHERE s.match = m.id AND s.claim IS NULL)
    )
ORDER BY m.ended_at DESC, m.id DESC
LIMIT 1;

-- stale_files --
-- Files that no match needs any more: all matches that they were sent for ended long ago, and none is contested.
SELECT r.digest
FROM replay AS r
JOIN match AS m ON m.id = r.match
WHERE r.dropped_at IS NULL
GROUP BY r.digest
HAVING bool_and(
    m.ended_at IS NOT NULL AND m.ended_at < $1
    AND (m.phase = 'void' OR m.disputed_at IS NULL OR m.ruled_by IS NOT NULL)
)
ORDER BY r.digest
LIMIT $2;

-- drop_files --
-- Their files are gone; what was read from them stays.
UPDATE replay SET dropped_at = $2 WHERE digest = ANY ($1::text[]) AND dropped_at IS NULL;

-- read_versions --
-- The allow-list, retired versions too, in the order of learning.
SELECT id, name, gateway, files, map, map_hash, retired_at IS NOT NULL AS retired FROM replay_version ORDER BY id;

-- learn_versions --
-- What staff learned; what was retired counts again.
INSERT INTO replay_version (fingerprint, name, gateway, files, map, map_hash, learned_at, learned_by)
SELECT v.fingerprint, v.name, v.gateway, v.files, v.map, v.map_hash, $2, $3
FROM jsonb_to_recordset($1) AS v (fingerprint text, name text, gateway text, files text[], map text, map_hash text)
ON CONFLICT ON CONSTRAINT version_is_known_once DO UPDATE
SET name = excluded.name, learned_at = excluded.learned_at, learned_by = excluded.learned_by, retired_at = NULL,
    retired_by = NULL;

-- ensure_versions --
-- What the ladder is shipped with; what staff retired stays retired.
INSERT INTO replay_version (fingerprint, name, gateway, files, map, map_hash, learned_at)
SELECT v.fingerprint, v.name, v.gateway, v.files, v.map, v.map_hash, $2
FROM jsonb_to_recordset($1) AS v (fingerprint text, name text, gateway text, files text[], map text, map_hash text)
ON CONFLICT ON CONSTRAINT version_is_known_once DO NOTHING;

-- retire_version --
-- It counts no more; the row stays, with who did it.
UPDATE replay_version SET retired_at = $2, retired_by = $3
WHERE id = $1 AND retired_at IS NULL
RETURNING id;
