"""The tables of the fake store, and what its transactions share."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import trio

from actors.ports import JoinRefusal, Proposal, Reader, Refused, ReplayRow, Saved, Subject
from actors.rules.allowed import Version
from actors.rules.ids import ChannelId, MatchId, PlayerId, ReplayId
from actors.rules.match import Card, Match, Phase, Save, Side
from actors.rules.player import Idle, InMatch, Player, Queued, TimedOut
from actors.rules.queue import Member
from actors.rules.settings import Settings
from actors.rules.staff import Action, ActionId
from tests.fakes import ladder_book
from tests.fakes.card_box import CardBox
from tests.fakes.ladder_book import LedgerRow, Penalty


@dataclass(slots=True)
class Trouble:
    """What goes wrong at the next call of `method`."""

    method: str
    error: Exception
    after: bool = False
    """Everything was done and only the answer is lost."""


@dataclass(slots=True)
class Tables:
    """All tables as dicts."""

    settings: Settings = field(default_factory=Settings)
    staff_channel: ChannelId | None = None
    troubles: list[Trouble] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    """The names of the methods in the order of their calls."""
    players: dict[PlayerId, Player] = field(default_factory=dict)
    queue: dict[PlayerId, Member] = field(default_factory=dict)
    matches: dict[MatchId, Match] = field(default_factory=dict)
    seeds: dict[MatchId, float] = field(default_factory=dict)
    ever_disputed: set[MatchId] = field(default_factory=set)
    events: list[tuple[MatchId, str]] = field(default_factory=list)
    waves: list[tuple[tuple[Member, ...], tuple[MatchId, ...], datetime]] = field(default_factory=list)
    ledger: list[LedgerRow] = field(default_factory=list)
    penalties: list[Penalty] = field(default_factory=list)
    replays: dict[ReplayId, ReplayRow] = field(default_factory=dict)
    versions: list[Version] = field(default_factory=list)
    uploaded_at: dict[ReplayId, datetime] = field(default_factory=dict)
    terms_at: dict[PlayerId, datetime] = field(default_factory=dict)
    """When the terms were last accepted or declined."""
    toons: dict[PlayerId, set[str]] = field(default_factory=dict)
    staff: set[PlayerId] = field(default_factory=set)
    actions: dict[ActionId, Action] = field(default_factory=dict)
    log: list[tuple[PlayerId, str, datetime]] = field(default_factory=list)
    """(player, field, when) for each changed entry of a profile."""
    box: CardBox = field(default_factory=CardBox)

    def ban(self, player: PlayerId, banned: bool = True) -> None:
        """What a moderator does."""
        self.players[player] = replace(self.players[player], banned=banned)

    async def _begin(self, method: str) -> None:
        await trio.lowlevel.checkpoint()
        self.calls.append(method)
        self._strike(method, after=False)

    def _end(self, method: str) -> None:
        self._strike(method, after=True)

    def _strike(self, method: str, *, after: bool) -> None:
        for trouble in self.troubles:
            if trouble.method == method and trouble.after is after:
                self.troubles.remove(trouble)
                raise trouble.error

    def _open_match(self, player: PlayerId) -> MatchId | None:
        return next((m.id for m in self.matches.values() if m.phase.open and player in m.players), None)

    def _timeout(self, player: PlayerId, now: datetime) -> datetime | None:
        ends = [row.until for row in self.penalties if row.player == player and row.until and row.until > now]
        return max(ends, default=None)

    def _seen(self, player: PlayerId, now: datetime) -> Player:
        row = self.players[player]
        match = self._open_match(player)
        until = self._timeout(player, now)
        if player in self.queue:
            return replace(row, situation=Queued(self.queue[player].joined_at))
        if match is not None:
            return replace(row, situation=InMatch(match))
        return replace(row, situation=TimedOut(until) if until else Idle())

    def _refusal(self, player: PlayerId, now: datetime) -> Refused | None:
        row = self.players.get(player, Player(id=player, discord_name=""))
        match, until = self._open_match(player), self._timeout(player, now)
        reasons = (
            (row.banned, Refused(JoinRefusal.BANNED)),
            (not row.accepted_terms, Refused(JoinRefusal.NO_TERMS)),
            (row.profile is None, Refused(JoinRefusal.NO_PROFILE)),
            (row.preferences.bw is None and row.preferences.sc2 is None, Refused(JoinRefusal.NO_RACE)),
            (player in self.queue, Refused(JoinRefusal.ALREADY_QUEUED)),
            (match is not None, Refused(JoinRefusal.IN_MATCH, match=match)),
            (until is not None, Refused(JoinRefusal.TIMED_OUT, until=until)),
        )
        return next((refused for applies, refused in reasons if applies), None)

    def _side(self, proposal: Proposal, index: int) -> Side:
        member = (proposal.bw, proposal.sc2)[index]
        race = (member.bw, member.sc2)[index]
        rating = (member.bw_rating, member.sc2_rating)[index]
        row = self.players[member.player]
        assert race is not None
        assert rating is not None
        assert row.profile is not None
        return Side(
            member=member,
            race=race,
            rating=rating,
            rank=proposal.ranks[index],
            profile=row.profile,
            discord_name=row.discord_name,
            toons=frozenset(self.toons.get(member.player, ())),
        )

    def _settle(self, match: Match) -> Match:
        changes = ladder_book.changes(match, self.players, self.settings)
        for change in changes:
            row = self.players[change.player]
            self.players[change.player] = replace(row, ratings={**row.ratings, change.race: change.after})
            self.ledger.append(LedgerRow(match.id, change))
        return replace(match, changes=changes)

    def _amend(self, match: Match) -> Match:
        if not match.changes:
            return self._settle(match)
        changes = ladder_book.amended(match, self.settings)
        for old, new in zip(match.changes, changes, strict=True):
            row = self.players[old.player]
            difference = replace(old, before=row.ratings[old.race], change=new.change - old.change)
            self.players[old.player] = replace(row, ratings={**row.ratings, old.race: difference.after})
            self.ledger.append(LedgerRow(match.id, difference))
        return replace(match, changes=changes)

    def _punish(self, match: Match, now: datetime) -> Match:
        rows = ladder_book.penalties(match, self.penalties, now, self.settings)
        self.penalties += rows
        return replace(match, timeouts=tuple((row.player, row.until) for row in rows if row.until))

    def _save(self, save: Save, now: datetime) -> Saved:
        """One transition, of a version that was compared."""
        stored = self.matches[save.match.id]
        match = replace(ladder_book.progress(stored, save.match), version=stored.version + 1)
        if stored.phase.open and match.phase is Phase.SETTLED:
            match = self._settle(match)
        if stored.phase.open and match.phase is Phase.VOID:
            match = self._punish(match, now)
        if not stored.phase.open and stored.outcome is not match.outcome:
            match = self._amend(match)
        self.matches[match.id] = match
        self.events.append((match.id, save.event))
        if match.differ or match.objection is not None:
            self.ever_disputed.add(match.id)
        cards = [self.box.bump(*target, now) for card in save.cards for target in self._targets(card, match)]
        back = self._take_back(match, save.back_in_queue)
        cards += [self.box.bump(Reader(player=member.player), Subject("queue"), now) for member in back]
        return Saved(match, tuple(cards), back)

    def _targets(self, card: Card, match: Match) -> list[tuple[Reader, Subject]]:
        subject = Subject(card.value, match.id)
        if card is not Card.DISPUTE:
            return [(Reader(player=player), subject) for player in match.players]
        return [(Reader(channel=self.staff_channel), subject)] if self.staff_channel else []

    def _take_back(self, match: Match, players: Sequence[PlayerId]) -> tuple[Member, ...]:
        back = tuple(
            match.sides[match.side_of(player)].member for player in players if not self.players[player].banned
        )
        self.queue.update({member.player: member for member in back})
        return back
