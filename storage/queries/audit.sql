-- settled match moves two ratings that sum to zero --
-- Settlement is one transaction with two rows of the ledger.
SELECT format('match %s: %s rows, sum %s', m.id, count(l.id), coalesce(sum(l.change), 0)) AS detail
FROM match AS m
LEFT JOIN rating_ledger AS l ON l.match = m.id AND l.cause = 'settlement'
WHERE m.phase = 'settled'
GROUP BY m.id
HAVING count(l.id) <> 2 OR sum(l.change) <> 0;

-- only settled matches move ratings --
-- A void game touches nothing (F-31).
SELECT format('match %s is %s and has ledger row %s', m.id, m.phase, l.id) AS detail
FROM rating_ledger AS l
JOIN match AS m ON m.id = l.match
WHERE m.phase <> 'settled' AND l.cause = 'settlement'
    AND NOT EXISTS (SELECT 1 FROM rating_ledger AS c WHERE c.compensates = l.id);

-- rating is its start plus its ledger --
-- The current rating is a sum that was written down.
SELECT format('player %s %s: %s instead of %s', r.player, r.race, r.rating, r.start + coalesce(sum(l.change), 0)) AS detail
FROM rating AS r
LEFT JOIN rating_ledger AS l ON l.player = r.player AND l.race = r.race
GROUP BY r.player, r.race, r.start, r.rating
HAVING r.rating <> r.start + coalesce(sum(l.change), 0);

-- ledger rows follow each other --
-- Each movement starts where the last one ended.
SELECT format('ledger row %s starts at %s after %s', chain.id, chain.before, chain.previous) AS detail
FROM (
    SELECT l.id, l.before, lag(l.after, 1, r.start) OVER (PARTITION BY l.player, l.race ORDER BY l.id) AS previous
    FROM rating_ledger AS l
    JOIN rating AS r ON r.player = l.player AND r.race = l.race
) AS chain
WHERE chain.before <> chain.previous;

-- ledger moves the races that were played --
-- A rating belongs to the race of the match.
SELECT format('ledger row %s moves %s, played was %s', l.id, l.race, p.race) AS detail
FROM rating_ledger AS l
JOIN match_player AS p ON p.match = l.match AND p.player = l.player
WHERE l.race <> p.race;

-- nobody is queued and in a match --
-- A player has one situation.
SELECT format('player %s waits and is in match %s', q.player, p.match) AS detail
FROM queue_entry AS q
JOIN match_player AS p ON p.player = q.player AND p.open;

-- nobody is in two open matches --
-- A player plays one match at a time.
SELECT format('player %s is in %s open matches', p.player, count(*)) AS detail
FROM match_player AS p
JOIN match AS m ON m.id = p.match
WHERE m.phase IN ('paired', 'live', 'disputed')
GROUP BY p.player
HAVING count(*) > 1;

-- who waits has terms, profile and no ban --
-- The guards of the queue hold for whoever is in it.
SELECT format('player %s waits: banned %s, terms %s, profile %s', q.player, p.banned, p.accepted_terms, p.name IS NOT NULL)
    AS detail
FROM queue_entry AS q
JOIN player AS p ON p.id = q.player
WHERE p.banned OR NOT p.accepted_terms OR p.name IS NULL;

-- who waits is not timed out --
-- A time-out keeps out of the queue.
SELECT format('player %s waits since %s and is timed out until %s', q.player, q.joined_at, f.until) AS detail
FROM queue_entry AS q
JOIN penalty AS f ON f.player = q.player AND f.until > $1::timestamptz AND f.at < q.joined_at;

-- open match has an armed deadline --
-- Every match ends by itself.
SELECT format('match %s is %s without a deadline', m.id, m.phase) AS detail
FROM match AS m
WHERE m.phase IN ('paired', 'live', 'disputed') AND NOT EXISTS (SELECT 1 FROM deadline AS d WHERE d.match = m.id);

-- no deadline is long overdue --
-- What falls due happens.
SELECT format('match %s: %s was due at %s', d.match, d.kind, d.due_at) AS detail
FROM deadline AS d
WHERE d.due_at < $1::timestamptz - interval '5 minutes';

-- match that is over has no deadline --
-- Nothing can happen to it any more.
SELECT format('match %s is %s and has deadline %s', m.id, m.phase, d.kind) AS detail
FROM match AS m
JOIN deadline AS d ON d.match = m.id
WHERE m.phase IN ('settled', 'void');

-- every match has a Brood War and a StarCraft II side --
-- Side 0 plays one, side 1 the other, and they are two people.
SELECT format('match %s: %s sides', m.id, count(p.side)) AS detail
FROM match AS m
LEFT JOIN match_player AS p ON p.match = m.id
GROUP BY m.id
HAVING count(*) FILTER (WHERE p.side = 0 AND p.race LIKE 'bw%') <> 1
    OR count(*) FILTER (WHERE p.side = 1 AND p.race LIKE 'sc2%') <> 1
    OR count(DISTINCT p.player) <> 2;

-- settled match has outcome and cause --
-- A result and where it comes from.
SELECT format('match %s: outcome %s, cause %s', id, outcome, cause) AS detail
FROM match
WHERE phase = 'settled' AND (outcome IS NULL OR cause IS NULL OR ended_at IS NULL);

-- void match has no outcome --
-- Nobody won what was not played.
SELECT format('match %s: outcome %s, cause %s', id, outcome, cause) AS detail
FROM match
WHERE phase = 'void' AND (outcome IS NOT NULL OR cause IS NULL OR ended_at IS NULL);

-- players are held exactly while their match is open --
-- Always releasable, never released early.
SELECT format('match %s is %s, player %s held %s', m.id, m.phase, p.player, p.open) AS detail
FROM match AS m
JOIN match_player AS p ON p.match = m.id
WHERE p.open <> (m.phase IN ('paired', 'live', 'disputed'));

-- open match has a card for both players --
-- Nobody plays a match that was never shown.
SELECT format('match %s has no card for player %s', m.id, p.player) AS detail
FROM match AS m
JOIN match_player AS p ON p.match = m.id
WHERE m.phase IN ('paired', 'live', 'disputed') AND NOT EXISTS (
    SELECT 1 FROM card AS c
    WHERE c.reader_player = p.player AND c.number = m.id
        AND c.kind = CASE m.phase WHEN 'paired' THEN 'found' ELSE 'match' END
);

-- settled match has a result card for both players --
-- Whoever played hears how it ended.
SELECT format('match %s has no result card for player %s', m.id, p.player) AS detail
FROM match AS m
JOIN match_player AS p ON p.match = m.id
WHERE m.phase = 'settled' AND NOT EXISTS (
    SELECT 1 FROM card AS c WHERE c.reader_player = p.player AND c.number = m.id AND c.kind = 'result'
);

-- who waits has a queue card --
-- A searching player sees it.
SELECT format('player %s waits without a card', q.player) AS detail
FROM queue_entry AS q
WHERE NOT EXISTS (SELECT 1 FROM card AS c WHERE c.reader_player = q.player AND c.kind = 'queue');

-- no card is long out of date --
-- Within five minutes every message shows the truth.
SELECT format('card %s (%s %s) is behind since %s', c.id, c.kind, c.number, c.behind_since) AS detail
FROM card AS c
WHERE c.generation > c.shown AND c.behind_since < $1::timestamptz - interval '5 minutes';

-- penalty belongs to a void match that blames the player --
-- Nobody pays for a match that was played or for another's fault.
SELECT format('penalty %s of player %s: match %s is %s', f.id, f.player, m.id, m.phase) AS detail
FROM penalty AS f
JOIN match AS m ON m.id = f.match
JOIN match_player AS p ON p.match = f.match AND p.player = f.player
WHERE m.phase <> 'void' OR NOT p.blamed
    OR m.cause <> CASE f.offence WHEN 'abort' THEN 'aborted' ELSE 'no_show' END;

-- match settled by replay has that replay --
-- The proof exists and is of this match.
SELECT format('match %s: replay %s', m.id, m.replay) AS detail
FROM match AS m
LEFT JOIN replay AS r ON r.id = m.replay AND r.match = m.id AND r.accepted
WHERE m.cause = 'replay' AND r.id IS NULL;

-- every transition left its event --
-- The history of a match has no hole.
SELECT format('match %s is at version %s with %s events', m.id, m.version, count(e.version)) AS detail
FROM match AS m
LEFT JOIN match_event AS e ON e.match = m.id
GROUP BY m.id, m.version
HAVING count(e.version) <> m.version OR max(e.version) <> m.version;

-- match that was played was confirmed by both --
-- Nobody is rated for a match that he did not accept.
SELECT format('match %s is %s, player %s did not confirm', m.id, m.phase, p.player) AS detail
FROM match AS m
JOIN match_player AS p ON p.match = m.id
WHERE m.phase IN ('live', 'disputed', 'settled') AND NOT p.confirmed;

-- names are unique whatever their case --
-- Two players cannot be taken for one another (F-44).
SELECT format('%s players are called %s', count(*), lower(name)) AS detail
FROM player
WHERE name IS NOT NULL
GROUP BY lower(name)
HAVING count(*) > 1;

-- ruled match moved in the end what its outcome is worth --
-- A ruling after the end adds what is missing and nothing else.
SELECT format('match %s is %s and moved %s', m.id, m.phase, sum(l.change)) AS detail
FROM match AS m
JOIN rating_ledger AS l ON l.match = m.id
GROUP BY m.id, m.phase
HAVING sum(l.change) <> 0
    OR (m.phase = 'void' AND EXISTS (
        SELECT 1 FROM rating_ledger AS o WHERE o.match = m.id GROUP BY o.player HAVING sum(o.change) <> 0
    ));

-- compensation names a row of the same match and player --
-- What was wrong is named by what mends it.
SELECT format('ledger row %s compensates %s', l.id, l.compensates) AS detail
FROM rating_ledger AS l
JOIN rating_ledger AS c ON c.id = l.compensates
WHERE (l.match, l.player, l.race) IS DISTINCT FROM (c.match, c.player, c.race) OR c.id >= l.id;

-- games beside a rating are those of its matches --
-- Wins, losses and draws are counted, never remembered (F-33).
SELECT format('player %s %s: %s-%s-%s instead of %s-%s-%s', r.player, r.race, r.wins, r.losses, r.draws,
    coalesce(p.wins, 0), coalesce(p.losses, 0), coalesce(p.draws, 0)) AS detail
FROM rating AS r
LEFT JOIN (
    SELECT
        s.player, s.race, max(m.ended_at) AS last_played_at,
        count(*) FILTER (WHERE m.outcome = CASE s.side WHEN 0 THEN 'first' ELSE 'second' END) AS wins,
        count(*) FILTER (WHERE m.outcome = CASE s.side WHEN 0 THEN 'second' ELSE 'first' END) AS losses,
        count(*) FILTER (WHERE m.outcome = 'draw') AS draws
    FROM match_player AS s
    JOIN match AS m ON m.id = s.match
    WHERE m.phase = 'settled'
    GROUP BY s.player, s.race
) AS p ON p.player = r.player AND p.race = r.race
WHERE (r.wins, r.losses, r.draws, r.last_played_at) IS DISTINCT FROM
    (coalesce(p.wins, 0), coalesce(p.losses, 0), coalesce(p.draws, 0), p.last_played_at);

-- staff moved a rating by an order that was carried out --
-- No rating changes without a game or a reason.
SELECT format('ledger row %s: order %s', l.id, l.action) AS detail
FROM rating_ledger AS l
LEFT JOIN staff_action AS a ON a.id = l.action AND a.deed = 'rating' AND a.player = l.player AND a.done_at IS NOT NULL
WHERE l.cause = 'staff' AND a.id IS NULL;

-- staff penalised by an order that was carried out --
-- Nobody is kept out without a reason.
SELECT format('penalty %s: order %s', f.id, f.action) AS detail
FROM penalty AS f
LEFT JOIN staff_action AS a ON a.id = f.action AND a.deed = 'penalty' AND a.player = f.player AND a.done_at IS NOT NULL
WHERE f.offence = 'staff' AND a.id IS NULL;

-- order of the staff has a card for the player --
-- Whoever is banned or set free reads why.
SELECT format('order %s about player %s has no card', a.id, a.player) AS detail
FROM staff_action AS a
WHERE a.done_at IS NOT NULL AND a.player IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM card AS c WHERE c.reader_player = a.player AND c.kind = 'staff' AND c.number = a.id
);

-- ruling was made by an order of its author --
-- Whoever is named as the judge of a match ordered it.
SELECT format('match %s was ruled by %s', m.id, m.ruled_by) AS detail
FROM match AS m
WHERE m.ruled_by IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM staff_action AS a
    WHERE a.staff = m.ruled_by AND a.done_at IS NOT NULL
        AND (a.match = m.id OR a.player IN (SELECT p.player FROM match_player AS p WHERE p.match = m.id))
);

-- nobody banned is asked to confirm --
-- A ban ends the match that has not begun (F-47).
SELECT format('player %s is banned and paired in match %s', p.player, m.id) AS detail
FROM match AS m
JOIN match_player AS p ON p.match = m.id
JOIN player AS w ON w.id = p.player
WHERE m.phase = 'paired' AND w.banned;

-- deadlines fit the phase of their match --
-- Confirmation before the game, silence and the end of patience after it began, patience alone in a dispute.
SELECT format('match %s is %s and has deadline %s', m.id, m.phase, d.kind) AS detail
FROM deadline AS d
JOIN match AS m ON m.id = d.match
WHERE (m.phase = 'paired' AND d.kind NOT IN ('delivery', 'reminder', 'confirmation'))
    OR (m.phase = 'live' AND d.kind NOT IN ('silence', 'live'))
    OR (m.phase = 'disputed' AND d.kind <> 'dispute');

-- match goes forward in time --
-- Paired, then played, then over.
SELECT format('match %s: paired %s, live %s, over %s', id, paired_at, live_at, ended_at) AS detail
FROM match
WHERE live_at < paired_at OR ended_at < coalesce(live_at, paired_at);

-- report belongs to a match that was played --
-- Nobody says how a game ended that never began (F-45).
SELECT format('match %s is %s and player %s says %s', m.id, m.phase, p.player, p.claim) AS detail
FROM match AS m
JOIN match_player AS p ON p.match = m.id
WHERE p.claim IS NOT NULL AND m.live_at IS NULL;
