# Orders of the staff: preview, result, history; and what the player reads whom an order is about.

staff-preview-title = { $order }?
staff-preview-body = Nothing is done yet. This is what will change.
staff-preview-again = ⚠️ Something changed meanwhile, so **nothing was done**. This is what will change now.
staff-done-title = Done: { $order }
staff-done-body = This was changed. Players see it on their cards.
staff-changes = Before → after
staff-reason = Reason
staff-footer = Order #{ $id }
staff-nothing = Nothing of yours changed.

staff-deed-resolve = Rule match #{ $match }
staff-deed-void = Call off match #{ $match }
staff-deed-release = Release a player
staff-deed-ban = Ban a player
staff-deed-unban = Unban a player
staff-deed-rating = Set a rating
staff-deed-penalty = Change a time-out

staff-change = { $what }: { $before } → **{ $after }**
staff-change-of = { $player } · { $line }
staff-what-match = Match
staff-what-objection = Contested by
staff-what-denied = Denied by the other player
staff-what-rating = { $race }
staff-what-queue = In the queue since
staff-what-plays = In match
staff-what-timeout = Time-out until
staff-what-banned = Banned
staff-none = –
staff-number = { $number }
staff-match-number = #{ $number }
staff-replay-number = Replay #{ $number }
staff-moment = { CLOCK($at) } ({ RELATIVE($at) })
staff-banned-yes = yes
staff-banned-no = no
staff-denied-yes = yes
staff-denied-no = no
staff-state-paired = waiting for confirmation
staff-state-live = being played
staff-state-disputed = in dispute
staff-state-void = void
staff-state-draw = a draw
staff-state-won = { $player } won

staff-match-title = Match #{ $match }
staff-match-state = It is: **{ $state }**
staff-match-cause = Ended by: { $cause ->
        [replay] a replay
        [reports] two equal reports
        [one_report] one report and silence
        [ruling] staff
        [aborted] an abort
        [no_show] a missed confirmation
        [unreachable] a player who could not be reached
        [unruled] a dispute that nobody ruled
       *[other] nobody reported
    }
staff-match-ruled = Ruled by { $moderator }
staff-match-due = ⏳ { $kind ->
        [delivery] Cards must arrive
        [reminder] Reminder
        [confirmation] Both must confirm
        [silence] The one report counts
       *[other] Void without a result
    }: { RELATIVE($at) }
staff-match-claim = says: **{ $claim }**
staff-match-change = rating { $before } → **{ $after }**
staff-events = What happened
staff-event = { CLOCK($at) } `{ $name }` → { $phase }
staff-actions = Orders of the staff
staff-action = { $moderator } · { $order } · { RELATIVE($at) }: { $reason }

staff-notice-release-title = Staff set you free
staff-notice-release = You are in no queue and no match now, and no time-out keeps you. Play on with { -cmd-queue }.
staff-notice-ban-title = You are banned
staff-notice-ban = You cannot play on this ladder. If you think this is a mistake, write to the staff of the server.
staff-notice-unban-title = You are welcome again
staff-notice-unban = Your ban is over. Play on with { -cmd-queue }.
staff-notice-rating-title = Staff changed your rating
staff-notice-rating = This is what changed. See where you stand with { -cmd-profile }.
staff-notice-penalty-title = A time-out from staff
staff-notice-penalty = You cannot queue until it is over.
staff-notice-forgiven-title = Your time-out is over
staff-notice-forgiven = Staff forgave it. Play on with { -cmd-queue }.
button-staff-confirm = Confirm
button-staff-cancel = Cancel
