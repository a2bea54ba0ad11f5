-- standings --
-- What each player did with each race, counted from the matches each time.
SELECT
    played.player, played.race, r.rating, played.games, played.wins, played.games - played.wins - played.draws AS losses,
    played.draws, played.last_played_at, w.name, w.country
FROM (
    SELECT
        p.player, p.race, count(*) AS games,
        count(*) FILTER (WHERE m.outcome = CASE p.side WHEN 0 THEN 'first' ELSE 'second' END) AS wins,
        count(*) FILTER (WHERE m.outcome = 'draw') AS draws,
        max(m.ended_at) AS last_played_at
    FROM match_player AS p
    JOIN match AS m ON m.id = p.match
    WHERE m.phase = 'settled'
    GROUP BY p.player, p.race
) AS played
JOIN rating AS r ON r.player = played.player AND r.race = played.race
JOIN player AS w ON w.id = played.player
ORDER BY played.player, played.race;

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
