# Queue and leaderboard.

queue-title = Matchmaking queue
queue-body =
    Choose a Brood War race, a StarCraft II race, or one of each. Each match is one against the other.
    Changes are saved at once.
queue-need-race = ⚠️ Choose at least one race to join.
queue-unreachable-title = ⚠️ I could not reach you
queue-unreachable =
    Your last match was called off because Discord refused my message to you. It cost you nothing.
    Allow direct messages from members of this server (server name → **Privacy Settings**), then join again.
queue-races = Your races
queue-vetoes = Vetoed maps ({ $count }/{ $most })
queue-no-vetoes = none: any map of the pool may come
queue-guide = How a match works
queue-guide-body =
    1️⃣ I message you when there is an opponent; confirm within a minute.
    2️⃣ You two meet in StarCraft II and host the map yourselves; the match card has the steps.
    3️⃣ Afterwards, one of you drops the replay in this chat. Done!
select-bw = Brood War race
select-sc2 = StarCraft II race
select-vetoes = Maps you will not play (up to { $most })

searching-title = Searching for an opponent
searching-body =
    You joined { RELATIVE($since) }. Stay near your keyboard: I message you here, and you have about a minute to confirm.
    The longer you wait, the wider I search.
searching-returned = ↩️ Match #{ $match } fell through. You kept your place in the queue; nothing for you to do.
searching-waiting = Waiting now
searching-crowd =
    Brood War: { $bw }
    StarCraft II: { $sc2 }
    Either game: { $both }
searching-playing = Matches being played
searching-playing-count = { $count }

queue-closed-title = Match #{ $match } found!
queue-closed-body = Your search is over. Look at the match message below. 👇

board-title = Leaderboard
board-filters = { $races } · { $best ->
        [yes] best race of each player
       *[no] every race counts
    }
board-all-races = All races
board-empty = Nobody is here yet. Play a match with { -cmd-queue }, or choose other races.
board-places = Places { $first } to { $end }
board-no-places = Without a place
board-legend = Place, rank, race, name, rating. Without a place: not played for { $days } days.
board-footer = Page { $page } of { $pages } · { $total ->
        [one] 1 entry
       *[other] { $total } entries
    }
select-board-races = Show only these races

report-empty = Nothing to show.
report-footer = Page { $page } of { $pages }

timings-title = How long things take
timings-body = In milliseconds, since the start. **own** leaves out the time in which Discord has it; the budget is for that.
timings-empty = Nothing has been timed yet.
timings-times = { $count } times · p50 { $p50 } · p95 { $p95 } · **p99 { $p99 }** · max { $max }
timings-target = target { $target }{ $met ->
        [yes] {""}
       *[no] {" "}**missed**
    }
timings-budget = own p99 { $own } of { $budget }{ $met ->
        [yes] {""}
       *[no] {" "}**over budget**
    }
timings-steps = longest: { $steps }
timings-ends = also ended: { $ends }
