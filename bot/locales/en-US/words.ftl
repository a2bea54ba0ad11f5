# Names and words that many cards share.
#
# Writers: text between braces is filled in. `{ RELATIVE($x) }` and `{ CLOCK($x) }` show a moment in
# the reader's own time. Discord reads **bold**, `code` and lists; a line must not begin with * [ or .

-cmd-setup = `/setup`
-cmd-queue = `/queue`
-cmd-leaderboard = `/leaderboard`
-cmd-profile = `/profile`

race-bw_terran = BW Terran
race-bw_zerg = BW Zerg
race-bw_protoss = BW Protoss
race-sc2_terran = SC2 Terran
race-sc2_zerg = SC2 Zerg
race-sc2_protoss = SC2 Protoss

none = none
rank-of = Rank **{ $rank }**
rank-none = Unranked
country-of = { $flag } { $name }

button-terms-accept = Accept
button-terms-decline = Decline
button-setup-begin = Begin set-up
button-setup-again = Try again
button-setup-edit = Edit
button-setup-confirm = Confirm
button-setup-cancel = Cancel
button-queue-join = Join queue
button-queue-clear = Clear
button-queue-close = Close
button-queue-leave = Cancel queue
button-confirm = Confirm match
button-abort = Abort match
button-abort-sure = Yes, abort
button-abort-keep = Keep playing
button-replay-yes = Yes, that was our game
button-replay-no = No
button-rule-won = { $name } won
button-rule-draw = Draw
button-rule-void = Void
button-page-first = First
button-page-previous = Previous
button-page-next = Next
button-page-last = Last
button-board-best = Best race only
button-board-all = All races
