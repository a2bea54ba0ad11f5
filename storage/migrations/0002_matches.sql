-- What: matches, their two sides, deadlines and events, replays, penalties, waves.
-- Why:  everything that a match needs to go on after a kill -9 is a row.
-- Lock: none to speak of; all tables are new.

CREATE TABLE match (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version integer NOT NULL CHECK (version > 0),
    phase text NOT NULL CHECK (phase IN ('paired', 'live', 'disputed', 'settled', 'void')),
    map text NOT NULL,
    server text NOT NULL CHECK (server IN ('USW', 'USC', 'USE', 'BRZ', 'EUC', 'SNG', 'AUS', 'KOR', 'TWN')),
    seed double precision NOT NULL CHECK (seed >= 0 AND seed < 1),
    paired_at timestamptz NOT NULL,
    live_at timestamptz,
    disputed_at timestamptz,
    ended_at timestamptz,
    cause text CHECK (cause IN (
        'replay', 'reports', 'one_report', 'ruling', 'aborted', 'no_show', 'unreachable', 'unreported'
    )),
    outcome text CHECK (outcome IN ('first', 'second', 'draw')),
    replay bigint,
    ruled_by bigint,
    CONSTRAINT over_has_an_end CHECK ((phase IN ('settled', 'void')) = (ended_at IS NOT NULL)),
    CONSTRAINT over_has_a_cause CHECK ((phase IN ('settled', 'void')) = (cause IS NOT NULL)),
    CONSTRAINT settled_has_an_outcome CHECK ((phase = 'settled') = (outcome IS NOT NULL)),
    CONSTRAINT cause_fits_phase CHECK (
        (phase <> 'settled' OR cause IN ('replay', 'reports', 'one_report', 'ruling'))
        AND (phase <> 'void' OR cause IN ('ruling', 'aborted', 'no_show', 'unreachable', 'unreported'))
    ),
    CONSTRAINT played_means_live CHECK (phase NOT IN ('live', 'disputed', 'settled') OR live_at IS NOT NULL),
    CONSTRAINT paired_is_not_live CHECK (phase <> 'paired' OR live_at IS NULL),
    CONSTRAINT dispute_has_a_date CHECK (phase <> 'disputed' OR disputed_at IS NOT NULL),
    CONSTRAINT settled_by_replay_names_it CHECK ((cause IS NOT DISTINCT FROM 'replay') <= (replay IS NOT NULL)),
    CONSTRAINT ruling_names_its_author CHECK ((cause IS NOT DISTINCT FROM 'ruling') <= (ruled_by IS NOT NULL))
);

CREATE INDEX match_open ON match (id) WHERE phase IN ('paired', 'live', 'disputed');
CREATE INDEX match_by_pairing ON match (paired_at);
CREATE INDEX match_by_ruling ON match (ruled_by) WHERE ruled_by IS NOT NULL;

CREATE TABLE match_player (
    match bigint NOT NULL REFERENCES match,
    side smallint NOT NULL CHECK (side IN (0, 1)),
    player bigint NOT NULL REFERENCES player,
    race text NOT NULL,
    rating integer NOT NULL,
    rank text NOT NULL CHECK (rank IN ('S', 'A', 'B', 'C', 'D', 'E', 'F', 'U')),
    entry jsonb NOT NULL,
    profile jsonb NOT NULL,
    discord_name text NOT NULL,
    toons text[] NOT NULL,
    delivered boolean NOT NULL DEFAULT false,
    confirmed boolean NOT NULL DEFAULT false,
    claim text CHECK (claim IN ('won', 'lost', 'draw')),
    blamed boolean NOT NULL DEFAULT false,
    open boolean NOT NULL DEFAULT true,
    PRIMARY KEY (match, side),
    CONSTRAINT two_different_players UNIQUE (match, player),
    CONSTRAINT brood_war_meets_starcraft_2 CHECK (
        (side = 0 AND race IN ('bw_terran', 'bw_zerg', 'bw_protoss'))
        OR (side = 1 AND race IN ('sc2_terran', 'sc2_zerg', 'sc2_protoss'))
    ),
    CONSTRAINT entry_is_his_own CHECK ((entry ->> 'player')::bigint = player)
);

CREATE UNIQUE INDEX one_open_match_each ON match_player (player) WHERE open;
CREATE INDEX match_player_history ON match_player (player, match DESC);

CREATE TABLE deadline (
    match bigint NOT NULL REFERENCES match,
    kind text NOT NULL CHECK (kind IN ('delivery', 'reminder', 'confirmation', 'silence', 'live')),
    due_at timestamptz NOT NULL,
    PRIMARY KEY (match, kind)
);

CREATE INDEX deadline_soonest ON deadline (due_at);

CREATE TABLE match_event (
    match bigint NOT NULL REFERENCES match,
    version integer NOT NULL,
    event text NOT NULL,
    phase text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (match, version)
);

CREATE TABLE replay (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest text NOT NULL CHECK (digest <> ''),
    match bigint NOT NULL,
    uploader bigint NOT NULL,
    facts jsonb NOT NULL,
    findings jsonb NOT NULL,
    uploaded_at timestamptz NOT NULL,
    CONSTRAINT file_proves_one_match UNIQUE (digest),
    CONSTRAINT replay_is_of_its_match UNIQUE (id, match),
    CONSTRAINT uploader_plays_in_the_match FOREIGN KEY (match, uploader) REFERENCES match_player (match, player)
);

CREATE INDEX replay_of_match ON replay (match);

ALTER TABLE match ADD CONSTRAINT settled_by_its_own_replay FOREIGN KEY (replay, id) REFERENCES replay (id, match);

CREATE TABLE penalty (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    player bigint NOT NULL,
    match bigint NOT NULL,
    offence text NOT NULL CHECK (offence IN ('abort', 'no_show')),
    at timestamptz NOT NULL,
    until timestamptz,
    CONSTRAINT one_penalty_for_a_match UNIQUE (match, player),
    CONSTRAINT punished_for_an_own_match FOREIGN KEY (match, player) REFERENCES match_player (match, player),
    CONSTRAINT timeout_lies_ahead CHECK (until > at)
);

CREATE INDEX penalty_of_player ON penalty (player, at DESC);
CREATE INDEX penalty_timeouts ON penalty (player, until) WHERE until IS NOT NULL;

CREATE TABLE wave (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    members jsonb NOT NULL,
    matches bigint[] NOT NULL
);

-- Whoever enters the queue or a match first locks the player's row, so that two at once cannot both look
-- and find nothing: the second waits and sees the first.
CREATE FUNCTION refuse_two_situations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM player WHERE id = NEW.player FOR NO KEY UPDATE;
    IF TG_TABLE_NAME = 'queue_entry' THEN
        IF EXISTS (SELECT 1 FROM match_player WHERE player = NEW.player AND open) THEN
            RAISE EXCEPTION 'player % is in an open match', NEW.player
                USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'queued_or_in_a_match';
        END IF;
    ELSIF EXISTS (SELECT 1 FROM queue_entry WHERE player = NEW.player) THEN
        RAISE EXCEPTION 'player % is in the queue', NEW.player
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'queued_or_in_a_match';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER queued_or_in_a_match BEFORE INSERT OR UPDATE OF player ON queue_entry
    FOR EACH ROW EXECUTE FUNCTION refuse_two_situations();
CREATE TRIGGER queued_or_in_a_match BEFORE INSERT OR UPDATE OF player, open ON match_player
    FOR EACH ROW WHEN (NEW.open) EXECUTE FUNCTION refuse_two_situations();

-- At the end of each transaction that touched a match, its parts must fit: this is what check constraints
-- cannot see, since it spans tables.
CREATE FUNCTION refuse_broken_match() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    now_phase text;
    is_open boolean;
    sides integer;
    held integer;
    armed integer;
BEGIN
    SELECT phase, phase IN ('paired', 'live', 'disputed') INTO now_phase, is_open FROM match WHERE id = NEW.id;
    SELECT count(*), count(*) FILTER (WHERE open) INTO sides, held FROM match_player WHERE match = NEW.id;
    SELECT count(*) INTO armed FROM deadline WHERE match = NEW.id;
    IF sides <> 2 THEN
        RAISE EXCEPTION 'match % has % sides', NEW.id, sides
            USING ERRCODE = 'check_violation', CONSTRAINT = 'two_sides';
    END IF;
    IF held <> (CASE WHEN is_open THEN 2 ELSE 0 END) THEN
        RAISE EXCEPTION 'match % is % and holds % players', NEW.id, now_phase, held
            USING ERRCODE = 'check_violation', CONSTRAINT = 'open_holds_both_over_holds_none';
    END IF;
    IF (NOT is_open AND armed > 0) OR (now_phase IN ('paired', 'live') AND armed = 0) THEN
        RAISE EXCEPTION 'match % is % and has % deadlines', NEW.id, now_phase, armed
            USING ERRCODE = 'check_violation', CONSTRAINT = 'open_is_armed_over_is_not';
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER match_fits_together AFTER INSERT OR UPDATE ON match
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_broken_match();
