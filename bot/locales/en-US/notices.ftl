# One title and one body for each key that `screens.Notice` may carry.
#
# key                    variables     when
# ---------------------  ------------  ------------------------------------------------------
# not-your-match         -             match.Refusal: a click on somebody else's match
# too-late-to-confirm    -             match.Refusal
# already-confirmed      -             match.Refusal
# too-late-to-abort      -             match.Refusal
# not-live-yet           -             match.Refusal: reported before both confirmed
# already-over           -             match.Refusal
# already-reported       -             match.Refusal
# in-dispute             -             match.Refusal
# not-played             -             match.Refusal: an outcome for a match that never began
# same-ruling            -             match.Refusal: it stands so already
# banned                 -             JoinRefusal, and any command of a banned player
# no-terms               -             JoinRefusal
# no-profile             -             JoinRefusal
# no-race                -             JoinRefusal
# already-queued         -             JoinRefusal
# in-match               match         JoinRefusal; the number of the match
# timed-out              until         JoinRefusal; a datetime
# storage-away           -             the database does not answer
# busy                   -             a mailbox is full, or an answer took too long
# stopping               -             the program was told to stop
# old-card               -             a button of an older version or of a card that is gone
# not-your-card          -             a click on another player's card
# unknown-press          -             a custom id that is none of ours
# use-dm                 -             a command outside of a DM
# not-staff              -             a staff command or button
# staff-cancelled        -             Cancel under a preview
# staff-no-match         -             StaffRefusal: there is no such match
# staff-no-player        -             StaffRefusal: somebody whom the ladder never saw
# staff-never-played     -             StaffRefusal: an outcome for a match that never began
# staff-nothing-to-do    -             StaffRefusal: everything is like that already
# staff-not-yours        -             StaffRefusal: another's preview
# staff-expired          -             StaffRefusal: a preview that is too old
# staff-already-done     -             StaffRefusal: pressed twice
# terms-declined         -             Decline was pressed
# need-terms             -             a command that needs the terms
# need-setup             -             a command that needs a profile
# setup-cancelled        -             Cancel in set-up
# name-taken             -             somebody took the ladder name before Confirm
# too-many-vetoes        most          more maps than allowed; the limit
# not-queued             -             Cancel queue without a queue entry
# queue-closed           -             Close was pressed on the queue card
# queue-left             -             left the queue by a button of another card
# upload-no-match        -             a replay from somebody who is in no match
# upload-not-live        -             a replay before both confirmed, or after the end
# upload-too-large       -             more bytes than a replay can have
# upload-not-a-replay    -             no .SC2Replay inside
# upload-truncated       -             the file ends too early
# upload-other-game      -             a replay of another game or build
# upload-too-slow        -             reading took too long
# upload-unreadable      -             anything else that keeps it from being read
# upload-duplicate       match         the same file settled that match
# upload-too-many        most          enough files of one player for one match
# upload-expired         -             Discord no longer serves the file
# upload-several         -             more than one replay in one message
# replay-none            match         no file of that match can be had
# version-unknown        version       nothing to retire by that number
# version-retired        version       a version counts no more
# version-learned        what          new versions count from now on
# learn-what             -             /replays learn without a file and without a number
# learn-which-map        -             /replays learn, and the map is not known by hash or name
# learn-no-gateway       -             allowed.Untaught
# learn-known            -             allowed.Untaught
# learn-other-map        -             allowed.Untaught
# learn-copy             -             allowed.Untaught
# confirm-reminder       match, until  the nudge to confirm; a datetime
# hello                  -             a message to the bot that is no replay
# unexpected             -             a bug of ours; it was written down
# unreachable            -             the last match was called off since DMs are refused

notice-not-your-match-title = Not your match
notice-not-your-match = Only the two players of a match can do that. Find a match of your own with { -cmd-queue }.

notice-too-late-to-confirm-title = Too late to confirm
notice-too-late-to-confirm = This match has already started or was called off; its card shows which. If you are free, join again with { -cmd-queue }.

notice-already-confirmed-title = Already confirmed
notice-already-confirmed = You are in. Wait for your opponent to confirm; the card changes by itself.

notice-too-late-to-abort-title = Too late to abort
notice-too-late-to-abort = You can abort only until you both confirmed. If you cannot play any more, report **I lost** on the match card.

notice-not-live-yet-title = Not yet
notice-not-live-yet = The match starts when you both confirmed. Press **Confirm match** first.

notice-already-over-title = This match is over
notice-already-over = Nothing was changed. The result card shows how it ended; if it is wrong, tell staff.

notice-already-reported-title = Already reported
notice-already-reported = Your report is kept. Wait for your opponent, or drop the **.SC2Replay** file in this chat to decide at once.

notice-in-dispute-title = In dispute
notice-in-dispute = Your two reports differ, so staff will decide. You will see the ruling on the match card.

notice-not-played-title = Never played
notice-not-played = This match never began, so nobody can have won it. It can only be called off.

notice-same-ruling-title = Nothing to change
notice-same-ruling = This match stands like that already.

notice-banned-title = You are banned
notice-banned = You cannot play on this ladder. If you think this is a mistake, write to the staff of the server.

notice-no-terms-title = Terms of service
notice-no-terms = Please accept the terms first: { -cmd-setup } begins with them.

notice-no-profile-title = Set-up is missing
notice-no-profile = Tell the ladder who you are first: { -cmd-setup } takes a minute.

notice-no-race-title = No race chosen
notice-no-race = Choose a Brood War race, a StarCraft II race, or one of each. Then press **Join queue**.

notice-already-queued-title = Already in the queue
notice-already-queued = You are waiting for an opponent. I message you here as soon as there is one.

notice-in-match-title = You are in match #{ $match }
notice-in-match = Finish it first: its card in this chat shows what to do next.

notice-timed-out-title = Time-out
notice-timed-out = After an aborted or missed match you have to wait a little.
    ⏳ Time-out until { CLOCK($until) } ({ RELATIVE($until) }). Then queue again with { -cmd-queue }.

notice-storage-away-title = One moment
notice-storage-away = The ladder cannot reach its memory right now. **Nothing was counted.** Try again in a moment; the queue and open matches are safe.

notice-stopping-title = Back in a moment
notice-stopping = I am being restarted and did not count this. Nothing that you did before is lost. Try again in a minute.
notice-busy-title = Very busy
notice-busy = Too much is going on right now and your click was not counted. Try again in a moment.

notice-old-card-title = An old card
notice-old-card = This card is out of date, so nothing was done. Start again with { -cmd-queue }, { -cmd-setup } or { -cmd-leaderboard }.

notice-not-your-card-title = Not your card
notice-not-your-card = These buttons belong to another player. Use { -cmd-queue } in a direct message to me to get your own.

notice-unknown-press-title = Unknown button
notice-unknown-press = I do not know this button any more. Start again with { -cmd-queue }, { -cmd-setup } or { -cmd-leaderboard }.

notice-use-dm-title = Let us talk in private
notice-use-dm = Commands work in direct messages only: click my name, **Message**, and use the command there.

notice-not-staff-title = Staff only
notice-not-staff = Only staff can do that. If you need a ruling, write to the staff of the server.

notice-staff-cancelled-title = Cancelled
notice-staff-cancelled = Nothing was changed.

notice-staff-no-match-title = No such match
notice-staff-no-match = There is no match with this number. Its number is in the title of its cards.

notice-staff-no-player-title = Not on the ladder
notice-staff-no-player = This person never spoke to me, so there is nothing to change.

notice-staff-never-played-title = Never played
notice-staff-never-played = This match never began, so nobody can have won it. Call it off with `/admin void`.

notice-staff-nothing-to-do-title = Nothing to change
notice-staff-nothing-to-do = Everything is like that already, so nothing was done.

notice-staff-not-yours-title = Not your order
notice-staff-not-yours = Only who previewed an order may confirm it. Use the command yourself.

notice-staff-expired-title = Too old
notice-staff-expired = This preview is older than 15 minutes, so nothing was done. Use the command again.

notice-staff-already-done-title = Already done
notice-staff-already-done = This order was carried out. Nothing was done twice.

notice-terms-declined-title = Terms declined
notice-terms-declined = That is fine; without them you cannot play here. If you change your mind, use { -cmd-setup }.

notice-need-terms-title = Terms of service
notice-need-terms = Please accept the terms first: { -cmd-setup } begins with them.

notice-need-setup-title = Set-up is missing
notice-need-setup = Tell the ladder who you are first: { -cmd-setup } takes a minute.

notice-setup-cancelled-title = Set-up cancelled
notice-setup-cancelled = Nothing was saved. Come back at any time with { -cmd-setup }.

notice-name-taken-title = This name is taken
notice-name-taken = Somebody else has this ladder name. Choose another with { -cmd-setup }; your other entries are kept.

notice-too-many-vetoes-title = Too many vetoes
notice-too-many-vetoes = You can veto at most { $most } maps. Nothing was changed: take one out first, then add another.

notice-not-queued-title = Not in the queue
notice-not-queued = You are not waiting for a match. Join with { -cmd-queue }.

notice-queue-closed-title = Closed
notice-queue-closed = Your choices are saved. Open the queue again with { -cmd-queue }.

notice-queue-left-title = You left the queue
notice-queue-left = No match will be looked for. Join again with { -cmd-queue } when you are ready.

notice-upload-no-match-title = No open match
notice-upload-no-match = You are in no match, so I do not know where this replay belongs. Find an opponent with { -cmd-queue }.

notice-upload-not-live-title = Not a live match
notice-upload-not-live = A replay counts after you both confirmed and before the match is over. Nothing was changed.

notice-upload-too-large-title = File too large
notice-upload-too-large = A replay is much smaller than this file. Drop the **.SC2Replay** itself in this chat, straight from your replay folder.

notice-upload-not-a-replay-title = Not a replay
notice-upload-not-a-replay = This file is no StarCraft II replay. Drop the **.SC2Replay** of your match in this chat; you find it under Documents → StarCraft II → Accounts → … → Replays → Multiplayer.

notice-upload-truncated-title = The file is incomplete
notice-upload-truncated = The replay ends too early. Wait until the score screen is shown, then drop the file in this chat again.

notice-upload-other-game-title = Another game
notice-upload-other-game = This replay comes from another game or from a version that I cannot read. Drop the replay of this match in this chat, or choose the result on the match card.

notice-upload-too-slow-title = Reading took too long
notice-upload-too-slow = I gave up on this file; nothing was changed. Try once more, or choose the result on the match card.

notice-upload-unreadable-title = I cannot read this replay
notice-upload-unreadable = The file is damaged or of a kind that I do not know. Ask your opponent to upload theirs, or choose the result on the match card.

notice-upload-duplicate-title = Already uploaded
notice-upload-duplicate = This very file was uploaded before, for match #{ $match }, and decided it. Drop the replay of this match in this chat.

notice-upload-too-many-title = Enough replays
notice-upload-too-many = You sent { $most } replays for this match already. Choose the result on the match card, or ask your opponent to send theirs.

notice-replay-none-title = No replay
notice-replay-none = There is no replay of match #{ $match } that I could give you: only its players and staff can have it, and only for as long as it is kept.

notice-version-unknown-title = No such version
notice-version-unknown = There is no version #{ $version } that still counts. Look at the numbers with **/replays list**.

notice-version-retired-title = Retired
notice-version-retired = Version #{ $version } counts no more. To undo that, learn it again with **/replays learn**.

notice-version-learned-title = Learned
notice-version-learned = New and from now on known: { $what }. Replays of open matches are looked at again; see **/replays list**.

notice-learn-what-title = From which replay?
notice-learn-what = Attach a replay that you know to be good, or give the number of an upload.

notice-learn-which-map-title = Which map?
notice-learn-which-map = Neither the file nor its name says which map of the pool this is. Choose it in **map**.

notice-learn-no-gateway-title = Not from one of our gateways
notice-learn-no-gateway = The files of this replay come from no gateway that the ladder plays on, or from several. Take one that was played in the Americas, in Europe or in Asia.

notice-learn-known-title = Already known
notice-learn-known = Mod and map of this replay are known. Nothing was changed.

notice-learn-other-map-title = Another map
notice-learn-other-map = This map file is known as another map. Retire that version first if it was wrong.

notice-learn-copy-title = This looks like a copy
notice-learn-copy = The replay has everything of a known game and something more: that is what a copied mod looks like. If you are certain that the mod was published anew, say so with **sure**.

notice-upload-expired-title = The file is gone
notice-upload-expired = Discord does not serve this file any more. Drop it in this chat again.

notice-upload-several-title = One at a time
notice-upload-several = You sent several replays and I read none of them. Drop only the one of this match in this chat.

notice-confirm-reminder-title = Match #{ $match } is waiting for you
notice-confirm-reminder = Press **Confirm match** on the card above.
    ⏳ Deadline: { CLOCK($until) } ({ RELATIVE($until) })

notice-hello-title = Hello!
notice-hello =
    I run the ladder. Here is what you can do:

    📝 { -cmd-setup }: tell the ladder who you are
    ⚔️ { -cmd-queue }: find an opponent
    🏆 { -cmd-leaderboard } and { -cmd-profile }: see who stands where
    📎 After a match, drop its **.SC2Replay** file in this chat.

notice-unexpected-title = That went wrong
notice-unexpected = This is a mistake of mine, and it was written down. Try again in a moment; if it happens again, tell staff.

notice-unreachable-title = I could not reach you
notice-unreachable = Your last match was called off because Discord refused my message to you; it cost you nothing. Allow direct messages from members of this server (server name → **Privacy Settings**), then use { -cmd-queue }.
