"""What the end of a match does to its players, inside the transaction that ends it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from actors.rules import penalty, rating, report
from actors.rules.match import Match, RatingChange, offences
from actors.rules.settings import Settings
from storage import rows
from storage.connection import Connection
from storage.sql import Queries


async def settle(
    connection: Connection, sql: Queries, match: Match, now: datetime, settings: Settings
) -> None:
    """Two rows of the ledger, from the ratings as they are committed now, and the ratings moved by them."""
    assert match.outcome is not None, "a settled match has an outcome"
    players, races = rows.rated(match.sides)
    await connection.execute(sql.ensure_ratings, players, races, settings.rating_start)
    locked = await connection.fetch(sql.lock_ratings, players, races)
    before = {row["player"]: int(row["rating"]) for row in locked}
    own = [before[side.player] for side in match.sides]
    changes = [
        RatingChange(
            player=side.player,
            race=side.race,
            before=own[index],
            change=rating.change(own[index], own[1 - index], report.score(match.outcome, index), settings),
        )
        for index, side in enumerate(match.sides)
    ]
    values = rows.change_values(changes)
    await connection.execute(sql.write_ledger, match.id, *values, now)
    await connection.execute(sql.move_ratings, values[0], values[1], values[3])


async def amend(
    connection: Connection, sql: Queries, match: Match, now: datetime, settings: Settings
) -> None:
    """A match that is over counts otherwise now: its ratings get the difference, as they are now (F-32).

    What the new outcome is worth is reckoned from the ratings before the game, and what the match moved
    so far is left as it was written. A match that never moved a rating is settled.
    """
    moved = {row["player"]: row for row in await connection.fetch(sql.settled_changes, match.id)}
    if not moved:
        await settle(connection, sql, match, now, settings)
        return
    players, races = rows.rated(match.sides)
    locked = await connection.fetch(sql.lock_ratings, players, races)
    current = {row["player"]: int(row["rating"]) for row in locked}
    before = [int(moved[player]["before"]) for player in players]
    missing = [
        _worth(match, index, before, settings) - int(moved[player]["change"])
        for index, player in enumerate(players)
    ]
    now_rated = [current[player] for player in players]
    latest = [int(moved[player]["latest"]) for player in players]
    await connection.execute(sql.compensate, match.id, players, races, now_rated, missing, latest, now)
    await connection.execute(sql.move_ratings, players, races, missing)


def _worth(match: Match, index: int, before: Sequence[int], settings: Settings) -> int:
    if match.outcome is None:
        return 0
    return rating.change(before[index], before[1 - index], report.score(match.outcome, index), settings)


async def punish(
    connection: Connection, sql: Queries, match: Match, now: datetime, settings: Settings
) -> None:
    """One row for each offence, with a time-out that grows with the offences of the rolling window."""
    since = now - timedelta(seconds=settings.penalty_window_s)
    for player, offence in offences(match):
        earlier = await connection.fetchval(sql.count_offences, player, offence.value, since)
        pause = penalty.timeout_s(offence, earlier, settings)
        until = now + timedelta(seconds=pause) if pause else None
        await connection.execute(sql.insert_penalty, player, match.id, offence.value, now, until)
