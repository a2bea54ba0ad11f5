"""Ratings, penalties and counts of the fake store, as plain functions over its tables."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from actors.ports import Invariant, Proposal, Tally
from actors.rules import penalty, rating, report
from actors.rules.ids import MatchId, PlayerId, Race, Server
from actors.rules.match import Match, Phase, RatingChange, Side, offences
from actors.rules.penalty import Offence
from actors.rules.player import Player
from actors.rules.queue import Member
from actors.rules.rank import Standing
from actors.rules.settings import Settings

CARD_LAG = timedelta(minutes=5)
"""How long a card may be out of date."""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One movement of a rating."""

    match: MatchId | None
    """None for a movement by staff."""
    change: RatingChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalty:
    """One offence; `until` None is a warning."""

    player: PlayerId
    match: MatchId | None
    offence: Offence | None
    """None for a penalty by staff."""
    at: datetime
    until: datetime | None


def server(proposal: Proposal) -> Server:
    """The drawn server."""
    return proposal.server


def progress(stored: Match, wanted: Match) -> Match:
    """What a save may change of a match; players, map and server stay as they were paired."""
    return replace(
        wanted,
        sides=(_side(stored.sides[0], wanted.sides[0]), _side(stored.sides[1], wanted.sides[1])),
        map=stored.map,
        server=stored.server,
        paired_at=stored.paired_at,
        changes=stored.changes,
        timeouts=stored.timeouts,
    )


def _side(stored: Side, wanted: Side) -> Side:
    return replace(stored, delivered=wanted.delivered, confirmed=wanted.confirmed, claim=wanted.claim)


def changes(match: Match, players: Mapping[PlayerId, Player], settings: Settings) -> tuple[RatingChange, ...]:
    """Both movements, from the ratings as they are now."""
    assert match.outcome is not None
    before = [players[side.player].ratings.get(side.race, settings.rating_start) for side in match.sides]
    return tuple(
        RatingChange(
            player=side.player,
            race=side.race,
            before=before[index],
            change=rating.change(
                before[index], before[1 - index], report.score(match.outcome, index), settings
            ),
        )
        for index, side in enumerate(match.sides)
    )


def amended(match: Match, settings: Settings) -> tuple[RatingChange, ...]:
    """What a match is worth after a ruling that came after its end."""
    before = [change.before for change in match.changes]
    return tuple(
        replace(
            change,
            change=0
            if match.outcome is None
            else rating.change(
                before[index], before[1 - index], report.score(match.outcome, index), settings
            ),
        )
        for index, change in enumerate(match.changes)
    )


def over_since(match: Match, before: datetime) -> bool:
    """Whether nobody needs the files of this match any more."""
    open_objection = match.contested
    return match.ended_at is not None and match.ended_at < before and not open_objection


def movement(player: PlayerId, race: Race, before: int, after: int) -> RatingChange:
    """A rating that staff set."""
    return RatingChange(player=player, race=race, before=before, change=after - before)


def earlier(
    rows: Iterable[Penalty], player: PlayerId, offence: Offence, now: datetime, settings: Settings
) -> int:
    """How often in the rolling window."""
    since = now - timedelta(seconds=settings.penalty_window_s)
    return sum(row.player == player and row.offence is offence and row.at > since for row in rows)


def penalties(match: Match, rows: Sequence[Penalty], now: datetime, settings: Settings) -> list[Penalty]:
    """What a void match costs whom."""
    fresh = []
    for player, offence in offences(match):
        pause = penalty.timeout_s(offence, earlier(rows, player, offence, now, settings), settings)
        until = now + timedelta(seconds=pause) if pause else None
        fresh.append(Penalty(player=player, match=match.id, offence=offence, at=now, until=until))
    return fresh


def standings(matches: Iterable[Match], players: Mapping[PlayerId, Player]) -> tuple[Standing, ...]:
    """Derived from the settled matches, each time anew."""
    games: dict[tuple[PlayerId, Race], list[tuple[float, datetime]]] = {}
    for match in matches:
        if match.phase is not Phase.SETTLED:
            continue
        assert match.outcome is not None
        assert match.ended_at is not None
        for index, side in enumerate(match.sides):
            score = report.score(match.outcome, index)
            games.setdefault((side.player, side.race), []).append((score, match.ended_at))
    return tuple(_standing(players[player], race, played) for (player, race), played in games.items())


def unplayed(
    played: Sequence[Standing], players: Mapping[PlayerId, Player], at: datetime
) -> tuple[Standing, ...]:
    """Ratings without a game that counts."""
    known = {(row.player, row.race) for row in played}
    return tuple(
        _standing(player, race, [], at)
        for player in players.values()
        for race in player.ratings
        if (player.id, race) not in known and player.profile is not None
    )


def _standing(
    player: Player, race: Race, played: list[tuple[float, datetime]], at: datetime | None = None
) -> Standing:
    assert player.profile is not None
    scores = [score for score, _ in played]
    return Standing(
        player=player.id,
        race=race,
        rating=player.ratings[race],
        games=len(scores),
        wins=scores.count(1.0),
        losses=scores.count(0.0),
        draws=scores.count(0.5),
        last_played_at=at or max(at for _, at in played),
        name=player.profile.name,
        country=player.profile.country,
    )


def tally(matches: Iterable[Match], ever_disputed: set[MatchId]) -> Tally:
    """Matches by how they stand."""
    rows = list(matches)
    return Tally(
        settled=sum(match.phase is Phase.SETTLED for match in rows),
        void=sum(match.phase is Phase.VOID for match in rows),
        disputed=len(ever_disputed),
        open=sum(match.phase.open for match in rows),
        by_cause=dict(Counter(match.cause.value for match in rows if match.cause)),
    )


def audit(
    matches: Iterable[Match],
    queue: Mapping[PlayerId, Member],
    players: Mapping[PlayerId, Player],
    ledger: Sequence[LedgerRow],
    settings: Settings,
) -> tuple[Invariant, ...]:
    """The invariants that could break in memory too."""
    rows = list(matches)
    busy = [player for match in rows if match.phase.open for player in match.players]
    doubled = [player for player, count in Counter([*busy, *queue]).items() if count > 1]
    moved: Counter[tuple[PlayerId, Race]] = Counter()
    for row in ledger:
        moved[row.change.player, row.change.race] += row.change.change
    drifted = [
        (player.id, race)
        for player in players.values()
        for race, value in player.ratings.items()
        if value != settings.rating_start + moved[player.id, race]
    ]
    unarmed = [m.id for m in rows if m.phase in {Phase.PAIRED, Phase.LIVE} and not m.deadlines]
    lopsided = [m.id for m in rows if sum(change.change for change in m.changes) != 0]
    found = {
        "player in two situations": doubled,
        "rating is not the sum of its ledger": drifted,
        "open match without a deadline": unarmed,
        "settled match is not zero-sum": lopsided,
    }
    return tuple(
        Invariant(name, not broken, repr(broken) if broken else "") for name, broken in found.items()
    )
