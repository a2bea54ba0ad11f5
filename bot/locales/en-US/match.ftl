# One match, from found to result.

-channel = SCEvoLadder

found-title = Match #{ $match } found!
found-body = You play **{ $race }**. You see who your opponent is as soon as you both confirmed.
found-press =
    👉 Press **Confirm match**.
    ⏳ Deadline: { CLOCK($until) } ({ RELATIVE($until) })
found-press-open = 👉 Press **Confirm match** now.
found-remind = 🔔 Reminder: { CLOCK($at) }
found-confirmed =
    ✅ You confirmed. Waiting for your opponent.
    ⏳ Deadline: { CLOCK($until) } ({ RELATIVE($until) })
found-confirmed-open = ✅ You confirmed. Waiting for your opponent.

found-asking-title = Abort match #{ $match }?
found-asking-free =
    This one costs you no time-out, but it counts: the next abort this week will cost you one.
    Your opponent goes back to the queue.
found-asking-cost = If you do, you cannot queue for **{ $minutes ->
        [one] 1 minute
       *[other] { $minutes } minutes
    }**. Your opponent goes back to the queue.

found-live-title = Match #{ $match } confirmed
found-live-body = You are both here. Everything you need is in the match card below. 👇

void-title = Match #{ $match } called off
void-you-aborted = You aborted the match.
void-they-aborted = Your opponent aborted the match.
void-you-missed = You did not confirm in time.
void-they-missed = Your opponent did not confirm in time.
void-both-missed = Neither of you confirmed in time.
void-you-unreachable =
    Discord did not deliver my message to you, so the match could not begin. It costs you nothing.
    Allow direct messages from members of this server (server name → **Privacy Settings**), then { -cmd-queue } again.
void-they-unreachable = I could not reach your opponent.
void-both-unreachable = Discord did not deliver my messages to you both in time. It costs you nothing. Queue again with { -cmd-queue }.
void-you-released = Staff took you out of this match. It costs you nothing. Queue again with { -cmd-queue } when you are ready.
void-staff = Staff called this match off.
void-timeout = ⏳ Time-out until { CLOCK($until) } ({ RELATIVE($until) }). Then queue again with { -cmd-queue }. Ratings did not change.
void-no-timeout = No time-out this time. Queue again with { -cmd-queue } when you are ready. Ratings did not change.
void-back = ↩️ You are back in the queue with your old place, and it costs you nothing. Going away? Press **Cancel queue**.

match-title = Match #{ $match }
match-body = Lobbies are **not** made for you: find each other in StarCraft II, host the map, play, upload the replay here.
match-deadline = Please play now. Without a result the match ends void { RELATIVE($until) }.
match-side = { $race }
match-side-you = { $race } (you)
match-person = { $flag } **{ $name }**
match-rating = { $rating } · { $rank }
match-discord = { $mention } ({ $name })
match-battletag = BattleTag { $tag }
match-alt-names = a.k.a. { $names }
match-map = Map
match-map-body = **{ $short }** by { $author }
    { $full }
    { $link }
match-mod = Mod
match-mod-body = **{ $name }** by { $author }
    { $link }
match-server = Server
match-server-body = **{ $server }** / { $gateway }
match-channel = Chat channel
match-channel-body = `{ -channel }`
match-settings = Lobby settings
match-settings-body =
    Locked Alliances: **Yes**
    Game Privacy: **Normal**
    Game Speed: **Faster**
    Game Duration: **Infinite**
match-guide = How to play your match
match-guide-body =
    1️⃣ In the Battle.net launcher, or with the globe icon on the log-in screen (F10 → Log Out), choose **{ $gateway }**.
    2️⃣ In StarCraft II, join the chat channel `{ -channel }` and say hello to your opponent.
    3️⃣ One of you hosts: paste the map link into the chat and click it, **Create with Mod**, choose **{ $mod }**, set the server and the lobby settings above. No observers.
    4️⃣ The other joins. Take the races shown above, and play.
    The first time, the game may need a few minutes to download the map.
match-report = How to report
match-report-body =
    📎 Drop the **.SC2Replay** file in this chat. If it fits this match, the result counts at once.
    No replay? Choose the result below.
match-report-yours =
    ✅ You reported: **{ $claim }**. It becomes final { RELATIVE($until) }, unless your opponent says otherwise.
    📎 A replay counts at once: drop the **.SC2Replay** file in this chat.
match-report-theirs =
    ⏳ Your opponent has reported. Now you: drop the **.SC2Replay** file in this chat, or choose the result below.
    If you do neither, your opponent's report becomes final { RELATIVE($until) }.
match-disputed = ⚖️ Your two reports differ, so staff will decide. You may still drop the replay in this chat; it is kept for them. You will see the ruling here.
match-disputed-until = Without a ruling you are both free to play on { RELATIVE($until) }; staff can still decide after that.
match-over = This match is over. The result is below. 👇
claim-won = I won
claim-lost = I lost
claim-draw = Draw
select-report = No replay? How did it end?

result-title = Match #{ $match }: result
result-you-won = 🏆 **You won!**
result-you-lost = **You lost.** Well fought!
result-draw = 🤝 **A draw.**
result-cause-replay = The replay shows it.
result-cause-reports = You both reported it.
result-cause-one_report = One of you reported it, and the other did not answer in time.
result-silent = 🗣️ Was it otherwise? Drop the replay in this chat or choose below how it ended, and staff will decide. It becomes final { RELATIVE($until) }.
result-reporter = It becomes final { RELATIVE($until) }, unless your opponent contests it.
result-agreed = Your opponent and you now say the same.
result-denied = ⚖️ Your two reports differ: staff will decide. Until then this result stands. You may still drop the replay in this chat.
result-cause-ruling = Staff decided it.
result-confirmed = A second replay shows the same.
result-contested = ⚖️ A second replay shows something else: staff will look at both. Until then this result stands.
result-side = { $sign } { $race }
result-rating = { $before } → **{ $after }** ({ $change })
result-next-title = What next?
result-next = Play on with { -cmd-queue }, or see where you stand with { -cmd-profile }.
result-void-title = Match #{ $match }: void
result-void-unreported = Nobody reported a result in time. Next time, drop the replay in this chat or use the menu on the match card.
result-void-ruling = Staff called the match off.
result-void-unruled = ⚖️ Your two reports differ, and staff did not decide in time. You are free to play on. Staff can still decide; then you see it here.
result-void-other = The match was called off.
result-void-unchanged = Ratings did not change.

dispute-title = Match #{ $match }: the reports differ
dispute-body = Ask both players for a replay, then rule with the buttons. You see what changes before it counts.
dispute-contested-title = Match #{ $match }: two replays disagree
dispute-contested-body =
    The match was settled by replay #{ $first }; replay #{ $second } shows something else. One of them was changed. Both files: **/replay**.
    Rule with the buttons: the result that you choose is counted in place of the one that stands.
dispute-denied-body =
    One report settled the match; the other player now says something else. Ask both for a replay, then rule with the buttons.
    The result that you choose is counted in place of the one that stands.
dispute-unruled-body =
    Nobody ruled in time, so both players were let go and the match is void. You can still rule with the buttons: it is counted then.
dispute-side = { $flag } { $name } ({ $race })
dispute-claim =
    { $mention }
    { $rating }
    says: **{ $claim }**
dispute-silent =
    { $mention }
    { $rating }
    did not report
dispute-map = Map and server
dispute-map-body = { $map } · { $server }
dispute-started = Started
dispute-started-at = { CLOCK($at) }, { RELATIVE($at) }
dispute-ruled-title = Match #{ $match }: dispute closed
dispute-ruled-won = ⚖️ { $moderator } ruled: **{ $name } won**.
dispute-ruled-draw = ⚖️ { $moderator } ruled: **a draw**.
dispute-ruled-void = ⚖️ { $moderator } ruled: **void**, ratings unchanged.
dispute-ruled-again = Wrong? Rule again with the buttons: the difference is added to the ratings.

exhibit-title = Replay #{ $replay } from { $name }
exhibit-game = { $map } · { $length } · game `{ $game }`
exhibit-accepted = ✅ Accepted
exhibit-dropped = 🗑️ The file is no longer kept.
exhibit-shows-won = Shows: **{ $name } won**
exhibit-shows-draw = Shows: **a draw**
exhibit-shows-nothing = Shows no winner

dossier-title = Match #{ $match }: replays
dossier-empty = Nobody uploaded a replay that could be read.
dossier-open = The match is open ({ $phase }).
dossier-void = The match is void.
dossier-won =
    { $cause ->
        [replay] **{ $name } won**, settled by replay #{ $replay }.
        [ruling] **{ $name } won**, decided by staff.
       *[other] **{ $name } won**, settled by reports.
    }
dossier-draw =
    { $cause ->
        [replay] **A draw**, settled by replay #{ $replay }.
        [ruling] **A draw**, decided by staff.
       *[other] **A draw**, settled by reports.
    }
dossier-confirmed = ✅ Replay #{ $replay } shows the same.
dossier-contested = ⚖️ Replay #{ $replay } shows something else.
