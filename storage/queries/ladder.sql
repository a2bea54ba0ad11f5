-- standings --
-- A page of what each player did with each race, in the order in which it changed.
SELECT
    r.player, r.race, r.rating, r.wins + r.losses + r.draws AS games, r.wins, r.losses, r.draws,
    coalesce(r.last_played_at, r.moved_at) AS last_played_at, w.name, w.country, r.moved_at
FROM rating AS r
JOIN player AS w ON w.id = r.player
WHERE (r.moved_at, r.player, r.race) > ($1::timestamptz, $2::bigint, $3::text) AND w.name IS NOT NULL
ORDER BY r.moved_at, r.player, r.race
LIMIT 250;

-- tally --
-- Matches by how they stand.
SELECT
    count(*) FILTER (WHERE phase = 'settled') AS settled,
    count(*) FILTER (WHERE phase = 'void') AS void,
    count(*) FILTER (WHERE disputed_at IS NOT NULL) AS disputed,
    count(*) FILTER (WHERE phase IN ('paired', 'live', 'disputed')) AS open
FROM match;

-- tally_by_cause --
-- Ended matches by why they ended.
SELECT cause, count(*) AS matches FROM match WHERE cause IS NOT NULL GROUP BY cause;
