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

replay-files =
    { $count ->
        [one] Here is the replay of this match.
       *[other] Here are the { $count } replays of this match, newest first.
    }

replay-now-settled = ✅ This match is decided. You find the result on its card.
replay-now-live =
    This replay does not decide the match. If it was the wrong file, drop the right one in this chat; otherwise choose the result on the match card.
replay-now-disputed = ⚖️ The match is in dispute. The replay is kept, and staff will decide.
replay-now-void = This match was called off, so nothing changes. The replay is kept.
replay-now-paired = You both have to confirm this match first. The replay is kept, but nothing changes.
replay-now-asked = ❓ Your opponent sent this replay as that of your match, but nobody here knows these names. Was this your game? If so, the result counts as shown above.
replay-now-waiting = ⏳ Nobody here knows these names, so your opponent is asked whether this was your game. Add your names with { -cmd-setup } → Other names, and nobody has to ask next time.
replay-now-confirmed = ✅ This replay shows the same as the one that settled the match: the result is confirmed.
replay-now-contested = ⚖️ This replay shows something else than the one that settled the match. Staff will look at both; until then the result stands.

check-file-passed = The file is whole
check-file-warned = The file looks odd.
check-file-failed = This file was changed after the game: it contradicts itself.
check-players-passed = Two players
check-players-warned = The players could not be told for sure.
check-players-failed = It must be a game of two people.
check-players-alone = Somebody played alone. It must be a game of two people.
check-players-computer = It was played against the computer. It must be a game of two people.
check-players-crowd = More than two played. It must be a game of two people.
check-races-passed = Right races
check-races-warned = The races could not be read for sure.
check-races-failed = Not the races of this match.
check-map-passed = Right map
check-map-warned = The map looks right, but this version of it is not known.
check-map-failed = Not the map of this match, or a version of it that staff do not know.
check-map-map-unknown = Staff have not told me yet what the file of this map looks like, so no replay of it counts. They can do it now: this replay is then looked at again.
check-mod-passed = The official mod
check-mod-warned = The mod could not be told for sure.
check-mod-failed = Not the official mod.
check-mod-mod-unknown = No version of the mod is known in this gateway. Staff can tell me about it: this replay is then looked at again.
check-mod-mod-missing = Played without the official mod, or with a version of it that does not count.
check-mod-mod-foreign = The official mod and something more: a copy of it, a test version, or a new one that staff do not know yet.
check-time-passed = Played after the match was found
check-time-warned = The time of the game looks odd.
check-time-failed = Not played during this match.
check-time-early = An older game: it began before this match was found.
check-time-late = This game ends in the future. Is the clock of your computer right?
check-winner-passed = The winner is clear
check-winner-warned = The winner had to be worked out from the game's events.
check-winner-failed = The file does not say who won. The other player's replay may.
check-names-passed = Right players
check-names-warned = The names in the game are not the ones you two told the ladder. Add yours with { -cmd-setup } → Other names.
check-names-failed = Not the players of this match.
check-names-account = Not the Battle.net account that was seen in earlier games of one of you.
check-names-crossed = Each of you played the other's race.
check-names-vouched = Nobody here knew these names, but your opponent says that it was you.
check-names-denied = Nobody here knows these names, and your opponent says that this was not your game.
check-observers-passed = No observers
check-observers-warned = Somebody observed the game.
check-observers-failed = Observers are not allowed.
check-speed-passed = Right speed
check-speed-warned = Not played on Faster.
check-speed-failed = Not played on Faster.
check-settings-passed = Right lobby settings
check-settings-warned = Some lobby settings differ from the match card.
check-settings-failed = The lobby settings are not those of the match card.
