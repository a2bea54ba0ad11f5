-- What: versions of the allow-list; uploads that reserve their file only when accepted; words, objections, retention.
-- Why:  a failed upload must not block the rightful one; mod and maps are published anew; a result can be contested.
-- Lock: replay and match exclusively, for as long as one update of the replays that settled a match takes.

CREATE TABLE replay_version (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fingerprint text NOT NULL CHECK (fingerprint <> ''),
    name text NOT NULL CHECK (name <> ''),
    gateway text NOT NULL CHECK (gateway IN ('am', 'eu', 'as')),
    files text[] NOT NULL,
    map text,
    map_hash text NOT NULL DEFAULT '',
    learned_at timestamptz NOT NULL,
    learned_by bigint,
    retired_at timestamptz,
    retired_by bigint,
    CONSTRAINT version_is_known_once UNIQUE (fingerprint),
    CONSTRAINT map_has_a_hash CHECK ((map IS NULL) = (map_hash = '')),
    CONSTRAINT mod_has_files CHECK (map IS NOT NULL OR cardinality(files) > 0),
    CONSTRAINT retired_has_a_date CHECK (retired_by IS NULL OR retired_at IS NOT NULL)
);

ALTER TABLE replay
    ADD COLUMN accepted boolean NOT NULL DEFAULT false,
    ADD COLUMN word boolean,
    ADD COLUMN dropped_at timestamptz,
    DROP CONSTRAINT file_proves_one_match,
    ADD CONSTRAINT file_is_uploaded_once_for_a_match UNIQUE (match, digest);

UPDATE replay SET accepted = true FROM match WHERE match.replay = replay.id;

CREATE UNIQUE INDEX file_settles_one_match ON replay (digest) WHERE accepted;
CREATE INDEX replay_of_digest ON replay (digest);
CREATE INDEX replay_kept ON replay (digest, match) WHERE dropped_at IS NULL;

ALTER TABLE match
    ADD COLUMN confirmation bigint,
    ADD COLUMN objection bigint,
    ADD CONSTRAINT confirmed_by_its_own_replay FOREIGN KEY (confirmation, id) REFERENCES replay (id, match),
    ADD CONSTRAINT contested_by_its_own_replay FOREIGN KEY (objection, id) REFERENCES replay (id, match),
    ADD CONSTRAINT confirmed_or_contested CHECK (num_nonnulls(confirmation, objection) <= 1),
    ADD CONSTRAINT contested_after_its_end CHECK (
        num_nonnulls(confirmation, objection) = 0 OR phase IN ('settled', 'void')
    );

CREATE INDEX match_settled_of_late ON match (ended_at) WHERE phase = 'settled';
