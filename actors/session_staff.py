"""Orders of the staff: what was typed or pressed, the preview, the confirmation, and who hears of it.

The store checks who asks inside its transaction. What is told afterwards may be lost: cards are rows that the
steward shows, a match that saves over an old version reads it anew, and the matchmaker compares its list.
"""

from collections.abc import Mapping

import structlog

from actors import courier
from actors.boundaries import Boundary, passed
from actors.cards import screen_for
from actors.doors import Doors
from actors.keys import MATCHMAKER, RANKS, match_key, session_key
from actors.messages import (
    Answer,
    LookAgain,
    MatchOver,
    Outdated,
    Redraw,
    Returned,
    Say,
    Show,
    SituationChanged,
)
from actors.ports import CarriedOut, NotDone, Previewed, Unavailable
from actors.rules.ids import MatchId, PlayerId, Race
from actors.rules.report import Outcome
from actors.rules.screens import Notice, Picked, Press, StaffDone, StaffMatch, StaffPreview, Tone
from actors.rules.staff import ActionId, Deed, History, Order
from supervision import MailboxFull, NotRunning, Ref, Registry

log = structlog.get_logger()

ORDERS = frozenset({"admin match", *(f"admin {deed.value}" for deed in Deed)})
"""Names of the commands."""
PRESSES = frozenset({Press.RULE, Press.STAFF_CONFIRM, Press.STAFF_CANCEL})

BY_BUTTON = "by the buttons of the match"
"""The reason of a ruling that was pressed and not typed."""


async def order(doors: Doors, by: PlayerId, name: str, options: Mapping[str, str]) -> Answer:
    """A command: `/admin match` shows, all others preview."""
    deed = name.removeprefix("admin ")
    if deed == "match":
        return await _history(doors, by, MatchId(int(options["match"])))
    return await _preview(doors, by, _order(Deed(deed), options))


async def press(registry: Registry, doors: Doors, by: PlayerId, picked: Picked) -> Answer:
    """A button: of a ruling, or under a preview."""
    match picked.press:
        case Press.RULE:
            return await _preview(doors, by, _ruling(picked))
        case Press.STAFF_CANCEL:
            return Redraw(Notice("staff-cancelled", Tone.PLAIN))
        case _:
            return await _carry_out(registry, doors, by, ActionId(picked.subject))


def _order(deed: Deed, options: Mapping[str, str]) -> Order:
    """As typed; the client lets nobody leave out or mistype what is required."""
    return Order(
        deed=deed,
        reason=options["reason"],
        match=MatchId(int(options["match"])) if deed.of_match else None,
        player=None if deed.of_match else PlayerId(int(options["player"])),
        outcome=Outcome(options["outcome"]) if deed is Deed.RESOLVE else None,
        race=Race(options["race"]) if deed is Deed.RATING else None,
        rating=int(options["rating"]) if deed is Deed.RATING else None,
        minutes=int(options["minutes"]) if deed is Deed.PENALTY else None,
    )


def _ruling(picked: Picked) -> Order:
    number = MatchId(picked.subject)
    if picked.state == Deed.VOID.value:
        return Order(deed=Deed.VOID, match=number, reason=BY_BUTTON)
    return Order(deed=Deed.RESOLVE, match=number, outcome=Outcome(picked.state), reason=BY_BUTTON)


async def _history(doors: Doors, by: PlayerId, match: MatchId) -> Answer:
    found = await doors.store.history(match, by)
    return Say(StaffMatch(found) if isinstance(found, History) else Notice(found.reason.value))


async def _preview(doors: Doors, by: PlayerId, wanted: Order) -> Answer:
    match await doors.store.preview(wanted, by, doors.clock.now()):
        case Previewed(action, match):
            return Say(StaffPreview(action, match))
        case NotDone(reason):
            return Say(Notice(reason.value))


async def _carry_out(registry: Registry, doors: Doors, by: PlayerId, action: ActionId) -> Answer:
    match await doors.store.carry_out(action, by, doors.clock.now()):
        case CarriedOut() as done:
            log.info("staff.ordered", by=by, action=action, deed=done.action.order.deed.value)
            passed(Boundary.STAFF_DONE)
            await _tell(registry, doors, done)
            return Redraw(StaffDone(done.action, done.match))
        case Previewed(again, match, _):
            return Redraw(StaffPreview(again, match, again=True))
        case NotDone(reason):
            return Redraw(Notice(reason.value))


async def _tell(registry: Registry, doors: Doors, done: CarriedOut) -> None:
    """Whoever works with what was changed hears of it, after the store did."""
    for player in _concerned(done):
        _cast(registry, session_key(player), SituationChanged())
    if done.match is not None:
        _cast(registry, match_key(done.match.id), LookAgain())
        _cast(registry, MATCHMAKER, MatchOver(done.match.id))
    if done.back or done.left:
        _cast(registry, MATCHMAKER, Returned(done.back, done.left))
    _cast(registry, RANKS, Outdated())
    try:
        for card in done.cards:
            if (screen := await screen_for(card, doors)) is not None:
                await courier.tell(registry, doors, card.reader, Show(card, screen))
    except Unavailable as away:  # it counts all the same, and the steward shows what is behind
        log.warning("staff.unshown", action=done.action.id, reason=str(away))


def _concerned(done: CarriedOut) -> frozenset[PlayerId]:
    target = done.action.order.player
    players = () if done.match is None else done.match.players
    return frozenset((*players, *(() if target is None else (target,))))


def _cast(registry: Registry, key: tuple[str, object], message: object) -> None:
    ref: Ref[object] | None = registry.whereis(key)
    if ref is None:
        return
    try:
        ref.cast(message)
    except (NotRunning, MailboxFull) as refused:
        log.warning("staff.unheard", by=str(key), reason=type(refused).__name__)
