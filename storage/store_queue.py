"""The queue, and what the matchmaker asks about the past."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import trio

from actors.ports import CardRow, Joined, JoinRefusal, Place, Reader, Refused, Subject
from actors.rules.ids import MapKey, MatchId, PlayerId, Race
from actors.rules.player import InMatch, Player, Queued, TimedOut
from actors.rules.queue import Crowd, Member
from actors.rules.settings import Settings
from storage import rows
from storage.connection import Connection
from storage.room import Room

T = TypeVar("T")

SLICE = 250
"""Members that are read or written down without a pause: a few milliseconds."""
QUEUE = Subject("queue")
"""The one searching card that a player has."""


class Queue(Room):
    """The part of the store that knows who waits."""

    __slots__ = ()

    async def join(self, player: PlayerId, place: Place, now: datetime) -> Joined | Refused:
        """Enter the queue with the stored preferences and ratings; `place` is the clicked card."""

        async def work(connection: Connection) -> Joined | Refused:
            await connection.execute(self.sql.lock_player, player)
            row = await connection.fetchrow(self.sql.read_player, player, now)
            if row is None:
                return Refused(JoinRefusal.NO_TERMS)
            found = rows.player(row)
            refused = _refusal(found)
            if refused is not None:
                return refused
            member = _member(found, now, self.settings)
            await connection.execute(self.sql.enter_queue, *rows.member_values(member))
            card = await connection.fetchrow(
                self.sql.move_card, player, QUEUE.kind, QUEUE.number, place.channel, place.message, now
            )
            assert card is not None, "an upsert returns its row"
            return Joined(member, rows.card(card))

        return await self.pool.run(work)

    async def leave(self, player: PlayerId, now: datetime) -> CardRow | None:
        """Leave the queue; None when not in it."""

        async def work(connection: Connection) -> CardRow | None:
            if await connection.fetchval(self.sql.leave_queue, player) is None:
                return None
            (card,) = await self._bump(connection, [(Reader(player=player), QUEUE)], now)
            return card

        return await self.pool.run(work)

    async def waiting(self) -> tuple[Member, ...]:
        """The whole queue in joining order."""
        found = await self.pool.fetch(self.sql.waiting)
        return tuple([row async for part in _sliced(found) for row in map(rows.member, part)])

    async def crowd(self) -> Crowd:
        """How many wait with what, and how many matches are open."""
        row = await self.pool.fetchrow(self.sql.crowd)
        assert row is not None, "an aggregate has a row"
        return Crowd(**row)

    async def met(
        self, players: Sequence[PlayerId], since: datetime
    ) -> Mapping[frozenset[PlayerId], datetime]:
        """When pairs of these players were last put together in a match that was not void."""
        latest: dict[frozenset[PlayerId], datetime] = {}
        for row in await self.pool.fetch(self.sql.met, list(players), since):
            pair = frozenset((PlayerId(row["first"]), PlayerId(row["second"])))
            latest[pair] = max(row["at"], latest.get(pair, row["at"]))
        return latest

    async def recent_maps(self, players: Sequence[PlayerId], count: int) -> tuple[MapKey, ...]:
        """The last maps of these players, `count` each, newest first; a common match counts once."""
        found = await self.pool.fetch(self.sql.recent_maps, list(players), count)
        return tuple(MapKey(row["map"]) for row in found)

    async def save_wave(self, members: Sequence[Member], matches: Sequence[MatchId], now: datetime) -> None:
        """Keep the queue that a wave saw."""
        slices = [json.dumps(list(map(rows.member_document, part))) async for part in _sliced(members)]
        await self.pool.execute(self.sql.save_wave, now, slices, list(matches))


async def _sliced(many: Sequence[T]) -> AsyncIterator[Sequence[T]]:
    """A few at a time: what is done with thousands must not hold up everybody else."""
    for start in range(0, len(many), SLICE):
        yield many[start : start + SLICE]
        await trio.lowlevel.checkpoint()


def _refusal(player: Player) -> Refused | None:
    reasons = (
        (player.banned, JoinRefusal.BANNED),
        (not player.accepted_terms, JoinRefusal.NO_TERMS),
        (player.profile is None, JoinRefusal.NO_PROFILE),
        (player.preferences.bw is None and player.preferences.sc2 is None, JoinRefusal.NO_RACE),
    )
    reason = next((reason for applies, reason in reasons if applies), None)
    if reason is not None:
        return Refused(reason)
    match player.situation:
        case Queued():
            return Refused(JoinRefusal.ALREADY_QUEUED)
        case InMatch(number):
            return Refused(JoinRefusal.IN_MATCH, match=number)
        case TimedOut(until):
            return Refused(JoinRefusal.TIMED_OUT, until=until)
        case _:
            return None


def _member(player: Player, now: datetime, settings: Settings) -> Member:
    wanted = player.preferences
    assert player.profile is not None, "checked by _refusal"
    return Member(
        player=player.id,
        bw=wanted.bw,
        sc2=wanted.sc2,
        bw_rating=_rating(player, wanted.bw, settings),
        sc2_rating=_rating(player, wanted.sc2, settings),
        vetoes=wanted.vetoes,
        region=player.profile.region,
        joined_at=now,
    )


def _rating(player: Player, race: Race | None, settings: Settings) -> int | None:
    return None if race is None else player.ratings.get(race, settings.rating_start)
