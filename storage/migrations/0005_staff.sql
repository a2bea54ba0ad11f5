-- What: orders of the staff with preview and result; penalties by staff and forgiven ones; counted games beside the rating.
-- Why:  whatever staff changes is kept with its reason; the ladder is read without counting all matches.
-- Lock: rating, rating_ledger, penalty and card exclusively, for as long as one pass over the settled matches takes.

CREATE TABLE staff_action (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    staff bigint NOT NULL,
    deed text NOT NULL CHECK (deed IN ('resolve', 'void', 'release', 'ban', 'unban', 'rating', 'penalty')),
    match bigint REFERENCES match,
    player bigint REFERENCES player,
    outcome text CHECK (outcome IN ('first', 'second', 'draw')),
    race text CHECK (race IN ('bw_terran', 'bw_zerg', 'bw_protoss', 'sc2_terran', 'sc2_zerg', 'sc2_protoss')),
    rating integer,
    minutes integer CHECK (minutes >= 0),
    reason text NOT NULL CHECK (reason <> ''),
    changes jsonb NOT NULL,
    previewed_at timestamptz NOT NULL,
    done_at timestamptz,
    CONSTRAINT a_match_or_a_player CHECK (
        (match IS NOT NULL) = (deed IN ('resolve', 'void')) AND (player IS NOT NULL) = (deed NOT IN ('resolve', 'void'))
    ),
    CONSTRAINT resolved_has_an_outcome CHECK ((outcome IS NOT NULL) = (deed = 'resolve')),
    CONSTRAINT rerated_has_a_rating CHECK (
        (race IS NOT NULL) = (deed = 'rating') AND (rating IS NOT NULL) = (deed = 'rating')
    ),
    CONSTRAINT penalty_has_a_length CHECK ((minutes IS NOT NULL) = (deed = 'penalty')),
    CONSTRAINT done_after_its_preview CHECK (done_at >= previewed_at)
);

INSERT INTO staff_action (staff, deed, match, outcome, reason, changes, previewed_at, done_at)
SELECT
    ruled_by, CASE phase WHEN 'void' THEN 'void' ELSE 'resolve' END, id, outcome,
    'ruled before orders were kept', '[]', ended_at, ended_at
FROM match
WHERE ruled_by IS NOT NULL AND ended_at IS NOT NULL;

CREATE INDEX staff_action_previewed ON staff_action (previewed_at) WHERE done_at IS NULL;
CREATE INDEX staff_action_of_match ON staff_action (match, id) WHERE match IS NOT NULL;
CREATE INDEX staff_action_of_player ON staff_action (player, id) WHERE player IS NOT NULL;

-- A movement by staff names its order.
ALTER TABLE rating_ledger
    ADD COLUMN action bigint REFERENCES staff_action,
    ADD CONSTRAINT staff_movement_names_its_order CHECK ((cause = 'staff') = (action IS NOT NULL)) NOT VALID;

CREATE INDEX ledger_of_action ON rating_ledger (action) WHERE action IS NOT NULL;
CREATE INDEX ledger_of_match ON rating_ledger (match, player, id) WHERE match IS NOT NULL;

-- A penalty by staff belongs to no match; a forgiven one counts no more and keeps nobody out.
ALTER TABLE penalty
    ALTER COLUMN match DROP NOT NULL,
    ADD COLUMN action bigint REFERENCES staff_action,
    ADD COLUMN forgiven_at timestamptz,
    DROP CONSTRAINT penalty_offence_check,
    ADD CONSTRAINT penalty_offence_check CHECK (offence IN ('abort', 'no_show', 'staff')),
    ADD CONSTRAINT penalised_player_exists FOREIGN KEY (player) REFERENCES player,
    ADD CONSTRAINT by_a_match_or_by_staff CHECK (
        (match IS NULL) = (offence = 'staff') AND (action IS NOT NULL) = (offence = 'staff')
    );

CREATE INDEX penalty_of_action ON penalty (action) WHERE action IS NOT NULL;
CREATE INDEX penalty_of_match ON penalty (match) WHERE match IS NOT NULL;

ALTER TABLE card
    DROP CONSTRAINT card_kind_check,
    ADD CONSTRAINT card_kind_check CHECK (kind IN ('queue', 'found', 'match', 'result', 'dispute', 'replay', 'staff'));

-- What the settled matches say of each rating, written with them; the audit compares.
ALTER TABLE rating
    ADD COLUMN wins integer NOT NULL DEFAULT 0 CHECK (wins >= 0),
    ADD COLUMN losses integer NOT NULL DEFAULT 0 CHECK (losses >= 0),
    ADD COLUMN draws integer NOT NULL DEFAULT 0 CHECK (draws >= 0),
    ADD COLUMN last_played_at timestamptz,
    ADD COLUMN moved_at timestamptz NOT NULL DEFAULT 'epoch',
    ADD CONSTRAINT played_has_a_date CHECK ((wins + losses + draws > 0) = (last_played_at IS NOT NULL));

UPDATE rating AS r
SET wins = played.wins, losses = played.losses, draws = played.draws, last_played_at = played.last_played_at
FROM (
    SELECT
        p.player, p.race,
        count(*) FILTER (WHERE m.outcome = CASE p.side WHEN 0 THEN 'first' ELSE 'second' END) AS wins,
        count(*) FILTER (WHERE m.outcome = CASE p.side WHEN 0 THEN 'second' ELSE 'first' END) AS losses,
        count(*) FILTER (WHERE m.outcome = 'draw') AS draws,
        max(m.ended_at) AS last_played_at
    FROM match_player AS p
    JOIN match AS m ON m.id = p.match
    WHERE m.phase = 'settled'
    GROUP BY p.player, p.race
) AS played
WHERE r.player = played.player AND r.race = played.race;

CREATE INDEX rating_moved ON rating (moved_at, player, race);
