# What an upload showed.

replay-title = Replay of match #{ $match }
replay-player = { $sign } **{ $name }** · { $race }
replay-player-computer = { $sign } **{ $name }** · { $race } · 🤖 computer
replay-nobody = The file names no players.
replay-map = Map
replay-length = Length
replay-started = Started
replay-started-at = { CLOCK($at) }, { RELATIVE($at) }
replay-observers = Observers
replay-checks = Checks
replay-checks-more = …
replay-seen = Found: { $seen }
replay-more = … and { $count } more
replay-now = What happens now

replay-now-settled = ✅ This match is decided. You find the result on its card.
replay-now-live =
    This replay does not decide the match. If it was the wrong file, drop the right one in this chat; otherwise choose the result on the match card.
replay-now-disputed = ⚖️ The match is in dispute. The replay is kept, and staff will decide.
replay-now-void = This match was called off, so nothing changes. The replay is kept.
replay-now-paired = You both have to confirm this match first. The replay is kept, but nothing changes.

check-players-passed = Two players
check-players-warned = The players could not be told for sure.
check-players-failed = It must be a game of two people.
check-races-passed = Right races
check-races-warned = The races could not be read for sure.
check-races-failed = Not the races of this match.
check-map-passed = Right map
check-map-warned = The map looks right, but this version of it is not known.
check-map-failed = Not the map of this match.
check-time-passed = Played after the match was found
check-time-warned = The time of the game looks odd.
check-time-failed = Not played during this match.
check-winner-passed = The winner is clear
check-winner-warned = The winner had to be worked out from the game's events.
check-winner-failed = The file does not say who won. The other player's replay may.
check-names-passed = Right players
check-names-warned = The names in the game are not the ones you two told the ladder. Add yours with { -cmd-setup } → Other names.
check-names-failed = Not the players of this match.
check-observers-passed = No observers
check-observers-warned = Somebody observed the game.
check-observers-failed = Observers are not allowed.
check-settings-passed = Right lobby settings
check-settings-warned = Some lobby settings differ from the match card.
check-settings-failed = The lobby settings are not those of the match card.
