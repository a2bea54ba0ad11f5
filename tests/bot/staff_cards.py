"""What staff see, and who is told of it: every kind of order, every kind of change."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from actors.rules import screens
from actors.rules.ids import MatchId, PlayerId, Race
from actors.rules.match import Cause, Match, Phase
from actors.rules.report import Outcome
from actors.rules.staff import Action, ActionId, Change, Deed, Event, History, Order, What
from tests.bot.cards import ALICE, BOB, DISPUTED, LIVE, MOD, NOW, PAIRED, RULED, void

SOON, LATER = int(NOW.timestamp()), int((NOW + timedelta(hours=2)).timestamp())
STATES = ("paired", "live", "disputed", "void", "draw", f"won:{ALICE}", f"won:{BOB}")
REASON = "The replay shows that Bob left after the first minute, so it counts for Alice."


def change(what: What, before: int | str | None, after: int | str | None, player: PlayerId | None) -> Change:
    race = Race.BW_ZERG if what is What.RATING else None
    return Change(what=what, player=player, race=race, before=before, after=after)


RULING = (
    change(What.MATCH, "disputed", f"won:{ALICE}", None),
    change(What.PLAYS, 7, None, ALICE),
    change(What.RATING, 1512, 1532, ALICE),
    change(What.PLAYS, 7, None, BOB),
    change(What.RATING, 1512, 1492, BOB),
)
RELEASE = (
    change(What.MATCH, "paired", "void", None),
    change(What.PLAYS, 7, None, ALICE),
    change(What.TIMEOUT, LATER, None, ALICE),
    change(What.PLAYS, 7, None, BOB),
    change(What.QUEUE, None, SOON, BOB),
)


def action(deed: Deed, *changes: Change, **more: object) -> Action:
    number = MatchId(7) if deed.of_match else None
    order = Order(deed=deed, reason=REASON, match=number, player=None if deed.of_match else ALICE)
    order = replace(order, **more)  # type: ignore[arg-type]  # by name, below
    return Action(id=ActionId(31), by=MOD, order=order, changes=changes, previewed_at=NOW)


RULES = action(Deed.RESOLVE, *RULING, outcome=Outcome.FIRST)
RELEASES = action(Deed.RELEASE, *RELEASE)
RERATES = action(Deed.RATING, change(What.RATING, None, 1600, ALICE), race=Race.BW_ZERG, rating=1600)
BANS = action(Deed.BAN, change(What.BANNED, "no", "yes", ALICE), change(What.QUEUE, SOON, None, ALICE))
UNBANS = action(Deed.UNBAN, change(What.BANNED, "yes", "no", ALICE))
PAUSES = action(Deed.PENALTY, change(What.TIMEOUT, None, LATER, ALICE), minutes=120)
FORGIVES = action(Deed.PENALTY, change(What.TIMEOUT, LATER, None, ALICE), minutes=0)
VOIDS = action(Deed.VOID, change(What.MATCH, "live", "void", None))
UPHOLDS = action(
    Deed.RESOLVE,
    change(What.OBJECTION, 32, None, None),
    change(What.DENIED, "yes", "no", None),
    outcome=Outcome.FIRST,
)
EVENTS = (
    Event("paired", Phase.PAIRED, NOW),
    Event("both_delivered", Phase.PAIRED, NOW),
    Event("confirmed", Phase.PAIRED, NOW),
    Event("live", Phase.LIVE, NOW),
    Event("reported", Phase.LIVE, NOW),
    Event("disputed", Phase.DISPUTED, NOW),
)


def told(match: Match, *actions: Action) -> screens.StaffMatch:
    return screens.StaffMatch(History(match, EVENTS, actions))


def usual() -> Iterator[screens.Screen]:
    """An evening of the staff."""
    yield screens.StaffPreview(RULES, DISPUTED)
    yield screens.StaffPreview(RULES, DISPUTED, again=True)
    yield screens.StaffDone(RULES, RULED)
    for each in (RELEASES, RERATES, BANS, UNBANS, PAUSES, FORGIVES):
        yield screens.StaffPreview(each)
        yield screens.StaffNotice(each)
    yield screens.StaffPreview(VOIDS, LIVE)
    yield screens.StaffPreview(UPHOLDS, LIVE)
    for match in (PAIRED, LIVE, DISPUTED):
        yield told(match)
    yield told(RULED, replace(RULES, done_at=NOW), VOIDS)


def seldom() -> Iterator[screens.Screen]:
    """So that no sentence stays unread."""
    for cause in Cause:
        yield told(void(PAIRED, cause))
    for state in STATES:
        yield screens.StaffPreview(action(Deed.VOID, change(What.MATCH, state, "void", None)), LIVE)
    yield screens.StaffNotice(replace(RELEASES, changes=()))
