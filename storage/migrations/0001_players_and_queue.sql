-- What: players with their profile and preferences, staff, ratings, the queue.
-- Why:  a player's situation is rows with keys, never a status field that drifts.
-- Lock: none to speak of; all tables are new.

CREATE TABLE player (
    id bigint PRIMARY KEY CHECK (id > 0),
    discord_name text NOT NULL,
    first_seen_at timestamptz NOT NULL,
    accepted_terms boolean NOT NULL DEFAULT false,
    terms_at timestamptz,
    banned boolean NOT NULL DEFAULT false,
    unreachable boolean NOT NULL DEFAULT false,
    name text CHECK (name ~ '^[A-Za-z]{3,12}$'),
    battletag text,
    alt_names text[] NOT NULL DEFAULT '{}' CHECK (cardinality(alt_names) <= 25),
    country text CHECK (country ~ '^[A-Z]{2}$'),
    region text CHECK (region IN (
        'NAW', 'NAC', 'NAE', 'CAM', 'SAM', 'EUW', 'EUE', 'AFR',
        'MEA', 'SEA', 'KRJ', 'CHN', 'THM', 'OCE', 'USB', 'FER'
    )),
    draft jsonb,
    bw text CHECK (bw IN ('bw_terran', 'bw_zerg', 'bw_protoss')),
    sc2 text CHECK (sc2 IN ('sc2_terran', 'sc2_zerg', 'sc2_protoss')),
    vetoes text[] NOT NULL DEFAULT '{}',
    CONSTRAINT profile_is_whole CHECK (num_nonnulls(name, battletag, country, region) IN (0, 4)),
    CONSTRAINT terms_have_a_date CHECK (terms_at IS NOT NULL OR NOT accepted_terms)
);

CREATE UNIQUE INDEX player_name_once ON player (lower(name));

CREATE TABLE player_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    player bigint NOT NULL REFERENCES player,
    field text NOT NULL,
    before text,
    after text,
    changed_at timestamptz NOT NULL
);

CREATE INDEX player_log_of_player ON player_log (player, changed_at);

-- Battle.net accounts seen in verified replays. One account may belong to two people of a family.
CREATE TABLE toon (
    player bigint NOT NULL REFERENCES player,
    toon text NOT NULL CHECK (toon <> ''),
    PRIMARY KEY (player, toon)
);

CREATE TABLE staff (
    player bigint PRIMARY KEY CHECK (player > 0),
    added_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE rating (
    player bigint NOT NULL REFERENCES player,
    race text NOT NULL CHECK (race IN ('bw_terran', 'bw_zerg', 'bw_protoss', 'sc2_terran', 'sc2_zerg', 'sc2_protoss')),
    start integer NOT NULL,
    rating integer NOT NULL CHECK (rating BETWEEN -10000 AND 20000),
    PRIMARY KEY (player, race)
);

CREATE TABLE queue_entry (
    player bigint PRIMARY KEY REFERENCES player,
    bw text CHECK (bw IN ('bw_terran', 'bw_zerg', 'bw_protoss')),
    sc2 text CHECK (sc2 IN ('sc2_terran', 'sc2_zerg', 'sc2_protoss')),
    bw_rating integer,
    sc2_rating integer,
    vetoes text[] NOT NULL,
    region text NOT NULL,
    joined_at timestamptz NOT NULL,
    CONSTRAINT at_least_one_race CHECK (num_nonnulls(bw, sc2) > 0),
    CONSTRAINT a_rating_for_each_race CHECK (
        (bw IS NULL) = (bw_rating IS NULL) AND (sc2 IS NULL) = (sc2_rating IS NULL)
    )
);

CREATE INDEX queue_in_order ON queue_entry (joined_at, player);

-- One row for each transaction that must not happen twice, so that a lost answer can be found out.
CREATE TABLE receipt (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX receipt_by_age ON receipt (at);
