"""Which screen a card must show, made from the store alone.

The fast path carries the screen from the actor that changed something to the
courier. This is the other path, after a restart: both make the same screen,
since a screen is a pure function of what is stored.
"""

from actors.doors import Doors
from actors.ports import CardRow, Priority, Reader, ReplayRow, Subject
from actors.rules.ids import MatchId, PlayerId, ReplayId
from actors.rules.match import Card, Match, Phase
from actors.rules.player import InMatch, Queued
from actors.rules.replay import Grade
from actors.rules.screens import (
    DisputeCard,
    Exhibit,
    FoundCard,
    MatchCard,
    Meaning,
    QueueClosed,
    QueueSetup,
    ReplayCard,
    ResultCard,
    Screen,
    Searching,
    StaffNotice,
)
from actors.rules.staff import ActionId
from actors.rules.verification import shown

QUEUE = Subject("queue")

_PRIORITIES = {
    "found": Priority.FOUND,
    "match": Priority.MATCH,
    "result": Priority.RESULT,
    "replay": Priority.RESULT,
    "queue": Priority.QUEUE,
    "dispute": Priority.STAFF,
    "staff": Priority.RESULT,
}


def priority_of(subject: Subject) -> Priority:
    """Who goes first when Discord's requests are short: found first, staff last."""
    return _PRIORITIES[subject.kind]


def of_match(match: Match, subject: Subject, reader: Reader) -> Screen:
    """The card of this kind about this match, as this reader may see it."""
    kind = Card(subject.kind)
    assert reader.player is not None
    match kind:
        case Card.DISPUTE:
            raise AssertionError("a dispute is shown with its replays: see `dispute`")
        case Card.FOUND:
            return FoundCard(match, reader.player)
        case Card.MATCH:
            return MatchCard(match, reader.player)
        case Card.RESULT:
            return ResultCard(match, reader.player)


async def dispute(match: Match, doors: Doors) -> DisputeCard:
    """The staff's post about a match, with what was uploaded."""
    return DisputeCard(match, await exhibits(match, doors))


async def exhibits(match: Match, doors: Doors) -> tuple[Exhibit, ...]:
    """Everything that was uploaded for a match, oldest first."""
    rows = await doors.store.replays_of(match.id)
    return tuple(
        Exhibit(
            replay=row.id,
            uploader=row.uploader,
            facts=row.facts,
            findings=row.findings,
            shows=shown(row.facts, match.sides[0].race),
            accepted=row.accepted,
            word=row.word,
            kept=row.kept,
        )
        for row in rows
    )


def of_replay(match: Match, row: ReplayRow, viewer: PlayerId) -> ReplayCard:
    """What this upload showed, and what it means for whoever looks."""
    return ReplayCard(row.match, row.id, row.facts, row.findings, _meaning(match, row, viewer))


def is_asked(match: Match, row: ReplayRow, player: PlayerId) -> bool:
    """Whether this player must say whether the replay is of their game."""
    return player in match.players and player != row.uploader and _undecided(match, row)


def _undecided(match: Match, row: ReplayRow) -> bool:
    doubted = not any(finding.grade is Grade.FAILED for finding in row.findings)
    return match.phase is Phase.LIVE and not row.accepted and row.word is None and doubted


def _meaning(match: Match, row: ReplayRow, viewer: PlayerId) -> Meaning:
    if _undecided(match, row):
        return Meaning.WAITING if viewer == row.uploader else Meaning.ASKED
    if row.id == match.objection:
        return Meaning.CONTESTED
    if row.id == match.confirmation:
        return Meaning.CONFIRMED
    return Meaning(match.phase.value)


def is_of_match(subject: Subject) -> bool:
    """Whether the subject's number is a match."""
    return subject.kind in {card.value for card in Card}


async def screen_for(card: CardRow, doors: Doors) -> Screen | None:
    """What this card must show now, or None when its subject is gone."""
    if is_of_match(card.subject):
        match = await doors.store.match(MatchId(card.subject.number))
        if match is None:
            return None
        return await screen_of(match, card.subject, card.reader, doors)
    if card.subject.kind == "replay":
        return await _replay(card, doors)
    if card.subject.kind == "staff":
        action = await doors.store.action(ActionId(card.subject.number))
        return StaffNotice(action) if action else None
    assert card.reader.player is not None
    return await _queue(card.reader.player, doors)


async def screen_of(match: Match, subject: Subject, reader: Reader, doors: Doors) -> Screen:
    """A card of a match that is at hand; for the staff's post its replays are read."""
    if subject.kind == Card.DISPUTE.value:
        return await dispute(match, doors)
    return of_match(match, subject, reader)


async def _replay(card: CardRow, doors: Doors) -> Screen | None:
    row = await doors.store.replay(ReplayId(card.subject.number))
    match = await doors.store.match(row.match) if row else None
    if row is None or match is None:
        return None
    assert card.reader.player is not None
    return of_replay(match, row, card.reader.player)


async def _queue(reader: PlayerId, doors: Doors) -> Screen:
    player = await doors.store.player(reader, "", doors.clock.now())
    match player.situation:
        case Queued(since):
            return Searching(player.preferences, since, await doors.store.crowd())
        case InMatch(match):
            return QueueClosed(match)
        case _:
            return QueueSetup(player.preferences)
