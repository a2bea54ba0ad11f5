-- What: what became of sending a card; the history of every setting; an end for disputes that nobody rules.
-- Why:  a card that does not arrive says why and how often it was tried; nobody is held by a dispute for ever.
-- Lock: card, player, match and deadline exclusively, for as long as the match table takes to be checked once.

ALTER TABLE card
    ADD COLUMN attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    ADD COLUMN fault text,
    ADD COLUMN deleted integer NOT NULL DEFAULT 0 CHECK (deleted >= 0),
    ADD CONSTRAINT attempts_have_a_fault CHECK ((attempts > 0) = (fault IS NOT NULL));

-- Whoever changes a setting, and however: the old value is kept. What staff changes is in staff_action.
CREATE FUNCTION log_settings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO player_log (player, field, before, after, changed_at)
    SELECT NEW.id, was.field, was.value, will.value, now()
    FROM jsonb_each_text(to_jsonb(OLD)) AS was (field, value)
    JOIN jsonb_each_text(to_jsonb(NEW)) AS will (field, value) ON will.field = was.field
    WHERE was.value IS DISTINCT FROM will.value
        AND was.field IN (
            'accepted_terms', 'name', 'battletag', 'alt_names', 'country', 'region', 'bw', 'sc2', 'vetoes'
        );
    RETURN NULL;
END
$$;

CREATE TRIGGER settings_are_logged AFTER UPDATE ON player
    FOR EACH ROW WHEN (
        (OLD.accepted_terms, OLD.name, OLD.battletag, OLD.alt_names, OLD.country, OLD.region, OLD.bw, OLD.sc2, OLD.vetoes)
        IS DISTINCT FROM
        (NEW.accepted_terms, NEW.name, NEW.battletag, NEW.alt_names, NEW.country, NEW.region, NEW.bw, NEW.sc2, NEW.vetoes)
    )
    EXECUTE FUNCTION log_settings();

ALTER TABLE match
    DROP CONSTRAINT match_cause_check,
    ADD CONSTRAINT match_cause_check CHECK (cause IN (
        'replay', 'reports', 'one_report', 'ruling', 'aborted', 'no_show', 'unreachable', 'unreported', 'unruled'
    )),
    DROP CONSTRAINT cause_fits_phase,
    ADD CONSTRAINT cause_fits_phase CHECK (
        (phase <> 'settled' OR cause IN ('replay', 'reports', 'one_report', 'ruling'))
        AND (phase <> 'void' OR cause IN ('ruling', 'aborted', 'no_show', 'unreachable', 'unreported', 'unruled'))
    );

ALTER TABLE deadline
    DROP CONSTRAINT deadline_kind_check,
    ADD CONSTRAINT deadline_kind_check CHECK (
        kind IN ('delivery', 'reminder', 'confirmation', 'silence', 'live', 'dispute')
    );

INSERT INTO deadline (match, kind, due_at)
SELECT id, 'dispute', now() + interval '3 hours' FROM match WHERE phase = 'disputed';

-- Now every open match is armed, a dispute too.
CREATE OR REPLACE FUNCTION refuse_broken_match() RETURNS trigger LANGUAGE plpgsql AS $$
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
    IF is_open <> (armed > 0) THEN
        RAISE EXCEPTION 'match % is % and has % deadlines', NEW.id, now_phase, armed
            USING ERRCODE = 'check_violation', CONSTRAINT = 'open_is_armed_over_is_not';
    END IF;
    RETURN NULL;
END
$$;
