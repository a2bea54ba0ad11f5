# Terms of service, set-up, profile.

terms-title = Terms of service
terms-body =
    To play on this ladder, please agree to this:

    🤝 **Fair play.** One account, your own games, no cheats, no arranged results. Treat people well.
    📢 **What is public.** Your ladder name, country, races, ratings and results.
    🔒 **What your opponent sees.** Your Discord name, BattleTag and other names, once you both confirmed a match.
    💾 **What is kept.** Your Discord id, what you enter in set-up, your matches, reports and replays.
    ⚖️ **Staff decide** disputes and may ban players who break these rules.

    Without them you cannot play here; they come up again whenever you use { -cmd-setup }.
terms-accepted-title = Terms accepted
terms-accepted-body =
    Thank you! Next, tell the ladder who you are: press **Begin set-up**.
    If you did that already, go straight to { -cmd-queue }.

setup-intro-title = Player set-up
setup-intro-body = Four entries and one choice; it takes a minute. You can change all of it later with { -cmd-setup }.
setup-intro-name = 3 to 12 letters, A to Z. This is how the ladder knows you; nobody else can have it.
setup-intro-battletag = As Battle.net shows it, such as `Marine#1234`. Your opponents need it to find you.
setup-intro-alt-names = Other names you play under, with spaces between them. Leave it empty if there are none.
setup-intro-country = Its name in English or its two letters, such as `Germany` or `DE`.
setup-intro-region = Where you live; it decides the server that your matches are played on.

setup-form-title = Player set-up
field-name = Ladder name
field-battletag = BattleTag
field-alt-names = Other names
field-country = Country
field-region = Region
hint-name = 3 to 12 letters, A to Z
hint-battletag = Marine#1234
hint-alt-names = leave empty if there are none
hint-country = Germany, or DE

setup-invalid-title = Almost there
setup-invalid-body = Your entries are kept. Press **Try again** and change what is listed here:
setup-invalid-value = You wrote { $value }
setup-invalid-empty = You left it empty
rule-name-length = It must have 3 to 12 letters.
rule-name-letters = Only the letters A to Z: no digits, spaces or accents.
rule-name-taken = Somebody else has this name. Please choose another.
rule-battletag-form = It needs a name, one `#` and a number, such as `Marine#1234`.
rule-battletag-name = The part before the `#` must have 2 to 12 letters or digits.
rule-battletag-digits = The part after the `#` must be 3 to 12 digits.
rule-alt-length = Each name must have 3 to 12 characters. Put spaces between names.
rule-alt-characters = Only letters, digits and the signs `_` `-` `.` are possible.
rule-alt-too-long = All of them together may have at most 100 characters.
rule-names-differ = Ladder name and other names must all be different.
rule-country-unknown = No country is called that. Write its English name or its two letters, such as `DE`.
rule-region-missing = Choose the region you live in.

setup-review-title = Is this right?
setup-review-missing = Choose the **region** you live in below; then you can confirm.
setup-review-ready = Press **Confirm** to save it.
select-region = Where do you live?

setup-done-title = Set-up complete
setup-done-body = Welcome, **{ $name }**! Find an opponent with { -cmd-queue }, or look at the { -cmd-leaderboard }.

profile-title = Profile of { $name }
profile-total = All races
profile-no-games = No rated game yet. Find an opponent with { -cmd-queue }.
profile-record = { $wins } W · { $losses } L · { $draws } D ({ $percent } %)
profile-race =
    Rating **{ $rating }**
    { $rank }
    { $record }
    last played { RELATIVE($at) }
profile-place = { $rank }, place { $place }
profile-conduct = Reliability
profile-conduct-clean = No aborted or missed matches this week 👍
profile-conduct-counts =
    Aborted: { $aborts } · missed: { $missed } (last seven days)
    Each further one costs a longer time-out.
profile-timed-out = ⏳ Time-out until { CLOCK($until) } ({ RELATIVE($until) }).
profile-footer = { $name } · { $id }
