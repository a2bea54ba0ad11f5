"""Row to value and value to row, one pair of functions for each type.

Documents (`jsonb`) and plain rows are read by pydantic from the types of the rulebook themselves,
so a value that the rules do not know is refused here and not three rooms further.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from actors.ports import CardRow, Proposal, Reader, Subject
from actors.rules.ids import PlayerId, Race
from actors.rules.match import Match, Phase, RatingChange, Side
from actors.rules.player import (
    Draft,
    Idle,
    InMatch,
    Player,
    Preferences,
    Profile,
    Queued,
    Situation,
    TimedOut,
)
from actors.rules.queue import Member
from actors.rules.rank import Standing
from actors.rules.report import Outcome
from storage.connection import Row

_MATCH = TypeAdapter(Match)
_MEMBER = TypeAdapter(Member)
_PLAYER = TypeAdapter(Player)
_PROFILE = TypeAdapter(Profile)
_DRAFT = TypeAdapter(Draft)
_STANDING = TypeAdapter(Standing)

_MEMBER_COLUMNS = ("player", "bw", "sc2", "bw_rating", "sc2_rating", "vetoes", "region", "joined_at")
_STANDING_COLUMNS = (
    *("player", "race", "rating", "games", "wins", "losses", "draws", "last_played_at", "name", "country"),
)
_MATCH_COLUMNS = (
    *("id", "version", "phase", "map", "server", "paired_at", "live_at", "ended_at"),
    *("cause", "outcome", "replay", "confirmation", "objection", "ruled_by"),
)


# players


def player(row: Row) -> Player:
    """From `see_player` or `read_player`."""
    return _PLAYER.validate_python(
        {
            "id": row["id"],
            "discord_name": row["discord_name"],
            "accepted_terms": row["accepted_terms"],
            "banned": row["banned"],
            "profile": None if row["name"] is None else profile(row),
            "draft": row["draft"],
            "preferences": Preferences(
                bw=Race(row["bw"]) if row["bw"] else None,
                sc2=Race(row["sc2"]) if row["sc2"] else None,
                vetoes=frozenset(row["vetoes"]),
            ),
            "ratings": row["ratings"] or {},
            "situation": _situation(row),
            "unreachable": row["unreachable"],
        }
    )


def _situation(row: Row) -> Situation:
    if row["queued_since"] is not None:
        return Queued(row["queued_since"])
    if row["open_match"] is not None:
        return InMatch(row["open_match"])
    if row["timed_out_until"] is not None:
        return TimedOut(row["timed_out_until"])
    return Idle()


def profile(row: Row) -> Profile:
    """From a player's row that has one."""
    return _PROFILE.validate_python(
        {name: row[name] for name in ("name", "battletag", "alt_names", "country", "region")}
    )


def draft_document(value: Draft | None) -> Any:
    """For the column `draft`."""
    return None if value is None else _DRAFT.dump_python(value, mode="json")


# queue


def member(row: Row) -> Member:
    """From a row of the queue."""
    return _MEMBER.validate_python({name: row[name] for name in _MEMBER_COLUMNS})


def member_values(value: Member) -> tuple[object, ...]:
    """In the order of the columns of the queue."""
    return (
        value.player,
        value.bw and value.bw.value,
        value.sc2 and value.sc2.value,
        value.bw_rating,
        value.sc2_rating,
        sorted(value.vetoes),
        value.region.value,
        value.joined_at,
    )


def member_document(value: Member) -> dict[str, Any]:
    """For a snapshot; vetoes in a fixed order, so that equal entries are equal documents."""
    document: dict[str, Any] = _MEMBER.dump_python(value, mode="json")
    return document | {"vetoes": sorted(value.vetoes)}


# matches


def side_documents(
    proposal: Proposal, players: Mapping[PlayerId, Row], toons: Sequence[Row]
) -> list[dict[str, Any]]:
    """Both sides of a fresh pairing, for `insert_sides`."""
    return [
        _side_document(index, entry, proposal, players[entry.player], toons)
        for index, entry in enumerate((proposal.bw, proposal.sc2))
    ]


def _side_document(
    index: int, entry: Member, proposal: Proposal, row: Row, toons: Sequence[Row]
) -> dict[str, Any]:
    race = (entry.bw, entry.sc2)[index]
    rating = (entry.bw_rating, entry.sc2_rating)[index]
    assert race is not None, "the proposal seats a player on a side without a race"
    return {
        "side": index,
        "player": entry.player,
        "race": race.value,
        "rating": rating,
        "rank": proposal.ranks[index].value,
        "entry": member_document(entry),
        "profile": _PROFILE.dump_python(profile(row), mode="json"),
        "discord_name": row["discord_name"],
        "toons": [toon["toon"] for toon in toons if toon["player"] == entry.player],
    }


def match(row: Row) -> Match:
    """From `read_match` or `read_open_matches`."""
    sides = row["sides"]
    seats = {side["player"]: side["side"] for side in sides}
    until = {row["player"]: row["until"] for row in row["timeouts"] or ()}
    changes = sorted(row["changes"] or (), key=lambda change: seats[change["player"]])
    return _MATCH.validate_python(
        {name: row[name] for name in _MATCH_COLUMNS}
        | {
            "sides": [_side(side) for side in sides],
            "deadlines": [(entry["kind"], entry["due_at"]) for entry in row["deadlines"] or ()],
            "blamed": [side["player"] for side in sides if side["blamed"]],
            "timeouts": [(who, until[who]) for who in seats if who in until],
            "changes": [
                {name: change[name] for name in ("player", "race", "before", "change")} for change in changes
            ],
        }
    )


def _side(document: Mapping[str, Any]) -> dict[str, Any]:
    names = ("race", "rating", "rank", "profile", "discord_name", "delivered", "confirmed", "claim", "toons")
    return {name: document[name] for name in names} | {"member": document["entry"]}


def match_values(value: Match, now: datetime) -> tuple[object, ...]:
    """What a transition writes of the match itself, as `write_match` takes it."""
    return (
        value.id,
        value.phase.value,
        value.live_at,
        value.ended_at,
        value.cause and value.cause.value,
        value.outcome and value.outcome.value,
        value.replay,
        value.ruled_by,
        value.confirmation,
        value.objection,
        now,
        value.differ or value.objection is not None,
    )


def side_values(value: Match) -> tuple[object, ...]:
    """What it writes of the two players."""
    return (
        [0, 1],
        [side.delivered for side in value.sides],
        [side.confirmed for side in value.sides],
        [side.claim and side.claim.value for side in value.sides],
        [side.player in value.blamed for side in value.sides],
    )


def deadline_values(value: Match) -> tuple[object, ...]:
    """What it writes of the deadlines."""
    return ([kind.value for kind, _ in value.deadlines], [due_at for _, due_at in value.deadlines])


def phase(row: Row) -> Phase:
    """Where the stored match stands."""
    return Phase(row["phase"])


def ends(row: Row) -> tuple[Phase, Outcome | None]:
    """How the stored match ended, if it did."""
    return Phase(row["phase"]), row["outcome"] and Outcome(row["outcome"])


def rated(sides: Sequence[Side]) -> tuple[list[int], list[str]]:
    """Players and races, as the two arrays that name their ratings."""
    return [side.player for side in sides], [side.race.value for side in sides]


def change_values(changes: Sequence[RatingChange]) -> tuple[list[int], list[str], list[int], list[int]]:
    """Players, races, ratings before and changes, as four arrays."""
    return (
        [change.player for change in changes],
        [change.race.value for change in changes],
        [change.before for change in changes],
        [change.change for change in changes],
    )


# cards and the ladder


def card(row: Row) -> CardRow:
    """From a row of `card`."""
    return CardRow(
        id=row["id"],
        reader=Reader(row["reader_player"], row["reader_channel"]),
        subject=Subject(row["kind"], row["number"]),
        channel=row["channel"],
        message=row["message"],
        generation=row["generation"],
        shown=row["shown"],
        behind_since=row["behind_since"],
        attempts=row["attempts"],
        deleted=row["deleted"],
    )


def standing(row: Row) -> Standing:
    """From `standings`."""
    return _STANDING.validate_python({name: row[name] for name in _STANDING_COLUMNS})
