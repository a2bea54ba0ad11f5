"""Which screen a card must show, made from the store alone.

The fast path carries the screen from the actor that changed something to the
courier. This is the other path, after a restart: both make the same screen,
since a screen is a pure function of what is stored.
"""

from actors.doors import Doors
from actors.ports import CardRow, Priority, Reader, Subject
from actors.rules.ids import MatchId, PlayerId, ReplayId
from actors.rules.match import Card, Match
from actors.rules.player import InMatch, Queued
from actors.rules.screens import (
    DisputeCard,
    FoundCard,
    MatchCard,
    QueueClosed,
    QueueSetup,
    ReplayCard,
    ResultCard,
    Screen,
    Searching,
    StaffNotice,
)
from actors.rules.staff import ActionId

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
    if kind is Card.DISPUTE:
        return DisputeCard(match)
    assert reader.player is not None
    match kind:
        case Card.FOUND:
            return FoundCard(match, reader.player)
        case Card.MATCH:
            return MatchCard(match, reader.player)
        case Card.RESULT:
            return ResultCard(match, reader.player)


def is_of_match(subject: Subject) -> bool:
    """Whether the subject's number is a match."""
    return subject.kind in {card.value for card in Card}


async def screen_for(card: CardRow, doors: Doors) -> Screen | None:
    """What this card must show now, or None when its subject is gone."""
    if is_of_match(card.subject):
        match = await doors.store.match(MatchId(card.subject.number))
        return of_match(match, card.subject, card.reader) if match else None
    if card.subject.kind == "replay":
        return await _replay(ReplayId(card.subject.number), doors)
    if card.subject.kind == "staff":
        action = await doors.store.action(ActionId(card.subject.number))
        return StaffNotice(action) if action else None
    assert card.reader.player is not None
    return await _queue(card.reader.player, doors)


async def _replay(replay: ReplayId, doors: Doors) -> Screen | None:
    row = await doors.store.replay(replay)
    match = await doors.store.match(row.match) if row else None
    if row is None or match is None:
        return None
    return ReplayCard(row.match, row.id, row.facts, row.findings, match.phase)


async def _queue(reader: PlayerId, doors: Doors) -> Screen:
    player = await doors.store.player(reader, "", doors.clock.now())
    match player.situation:
        case Queued(since):
            return Searching(player.preferences, since, await doors.store.crowd())
        case InMatch(match):
            return QueueClosed(match)
        case _:
            return QueueSetup(player.preferences)
