-- What: the append-only rating ledger; cards, which are registry and outbox in one.
-- Why:  a result is counted once and never rewritten; what a message must show is decided with the change it shows.
-- Lock: none to speak of; all tables are new.

CREATE TABLE rating_ledger (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    match bigint,
    player bigint NOT NULL,
    race text NOT NULL,
    before integer NOT NULL,
    change integer NOT NULL,
    after integer NOT NULL,
    cause text NOT NULL CHECK (cause IN ('settlement', 'compensation', 'staff')),
    compensates bigint UNIQUE REFERENCES rating_ledger,
    at timestamptz NOT NULL,
    CONSTRAINT after_is_before_and_change CHECK (after = before + change),
    CONSTRAINT change_is_sane CHECK (abs(change) <= 10000),
    CONSTRAINT only_staff_moves_without_a_match CHECK ((match IS NULL) = (cause = 'staff')),
    CONSTRAINT compensation_names_its_row CHECK ((compensates IS NOT NULL) = (cause = 'compensation')),
    CONSTRAINT ledger_is_of_a_rating FOREIGN KEY (player, race) REFERENCES rating (player, race),
    CONSTRAINT moved_by_an_own_match FOREIGN KEY (match, player) REFERENCES match_player (match, player)
);

CREATE UNIQUE INDEX settled_once ON rating_ledger (match, player) WHERE cause = 'settlement';
CREATE INDEX ledger_of_rating ON rating_ledger (player, race, id);

CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the rating ledger is append-only: compensate instead'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ledger_is_append_only';
END
$$;

CREATE TRIGGER ledger_is_append_only BEFORE UPDATE OR DELETE ON rating_ledger
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER ledger_is_never_emptied BEFORE TRUNCATE ON rating_ledger
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();

CREATE TABLE card (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reader_player bigint REFERENCES player,
    reader_channel bigint,
    kind text NOT NULL CHECK (kind IN ('queue', 'found', 'match', 'result', 'dispute', 'replay')),
    number bigint NOT NULL,
    channel bigint,
    message bigint,
    generation integer NOT NULL DEFAULT 1 CHECK (generation > 0),
    shown integer NOT NULL DEFAULT 0,
    behind_since timestamptz NOT NULL,
    lost_reason text,
    CONSTRAINT one_reader CHECK (num_nonnulls(reader_player, reader_channel) = 1),
    CONSTRAINT a_place_is_both CHECK ((channel IS NULL) = (message IS NULL)),
    CONSTRAINT shown_is_not_ahead CHECK (shown BETWEEN 0 AND generation),
    CONSTRAINT one_card_for_reader_and_subject UNIQUE NULLS NOT DISTINCT (reader_player, reader_channel, kind, number)
);

CREATE INDEX card_behind ON card (behind_since, id) WHERE generation > shown;
