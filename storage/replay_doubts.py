"""In what a replay contradicts itself. The game writes many things twice, and whoever edits must find both.

A summary in JSON repeats results and length; the lobby repeats names, accounts, seats, files and speed. All
of it holds in every real file at hand of the builds for which it is asked here.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from actors.rules.replay import Part

SUMMARY: Final = "replay.gamemetadata.json"
FIRST_WITH_SUMMARY: Final = 75800
"""From this build on every file at hand has a summary."""
FIRST_WITH_FIXED_SEATS: Final = 34784
"""Before this build the lobby may tell of other people than the game."""
RESULTS: Final = {"Win": 1, "Loss": 2, "Tie": 3}
"""What the summary says, in the numbers of the details; anything else is unknown there, 0."""
LOOPS_PER_SECOND: Final = 16
ROUNDING_S: Final = 1
MOST_BYTES: Final = 1 << 16
"""Of a summary; real ones have less than one KB."""


def contradictions(replay: Any, details: Any, lobby: Any) -> tuple[Part, ...]:
    """What the file says in two places and not alike.

    Raises:
        ValueError and its kin: the parts make no sense; the reader's caller answers for it.
    """
    found = [*_of_files(details, lobby), *_of_summary(replay)]
    if replay.build >= FIRST_WITH_FIXED_SEATS:
        found += _of_people(replay, lobby)
    return tuple(dict.fromkeys(found))


def _of_files(details: Any, lobby: Any) -> Iterator[Part]:
    described = lobby["game_description"]
    if _names(details) != _names(described):
        yield Part.FILES
    if details["game_speed"] != described["game_speed"]:
        yield Part.SPEED


def _names(part: Any) -> list[tuple[str, str]]:
    return [(handle.server, handle.hash) for handle in part["cache_handles"]]


def _of_summary(replay: Any) -> Iterator[Part]:
    content = replay.archive.read_file(SUMMARY)
    if not content:
        if replay.build >= FIRST_WITH_SUMMARY:
            yield Part.SUMMARY
        return
    summary = json.loads(content[:MOST_BYTES])
    if abs(summary["Duration"] - replay.frames / LOOPS_PER_SECOND) > ROUNDING_S:
        yield Part.LENGTH
    told = [RESULTS.get(player["Result"], 0) for player in summary["Players"]]
    meant = [player.detail_data["result"] for player in replay.players]
    if len(told) != len(meant) or any(
        one and other and one != other for one, other in zip(told, meant, strict=True)
    ):
        yield Part.RESULT


def _of_people(replay: Any, lobby: Any) -> Iterator[Part]:
    for player in replay.players:
        slot, seat = player.slot_data, player.detail_data
        if slot["control"] != seat["control"]:
            yield Part.SEATS
        user = slot.get("user_id")
        if user is not None and lobby["user_initial_data"][user]["name"] != player.name:
            yield Part.NAMES
        account = "{region}-S2-{subregion}-{uid}".format(**seat["bnet"])
        if slot.get("toon_handle") and slot["toon_handle"] != account:
            yield Part.ACCOUNTS
