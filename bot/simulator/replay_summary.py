"""The summary in JSON that the game adds to each replay: what was played, how long, and who won."""

import json

from actors.rules.replay import Result
from bot.simulator.replay_events import LOOPS_PER_SECOND, recorded_loops
from bot.simulator.replay_spec import BUILD, GameSpec, Seat

RESULTS = {Result.WON: "Win", Result.LOST: "Loss", Result.DRAW: "Tie", Result.UNKNOWN: "Undecided"}


def summary(spec: GameSpec) -> bytes:
    """The content of `replay.gamemetadata.json`."""
    value = {
        "Title": spec.map_name,
        "GameVersion": f"5.0.15.{BUILD}",
        "DataBuild": str(BUILD),
        "BaseBuild": f"Base{BUILD}",
        "Duration": recorded_loops(spec) // LOOPS_PER_SECOND,
        "IsNotAvailable": True,
        "Players": [_player(number, seat) for number, seat in enumerate(spec.players, start=1)],
    }
    return json.dumps(value, ensure_ascii=False, indent=4).encode()


def _player(number: int, seat: Seat) -> dict[str, object]:
    race = seat.race.replace(" ", "")[:4]
    return {
        "PlayerID": number,
        "APM": 0.0,
        "Result": RESULTS[seat.result],
        "SelectedRace": race,
        "AssignedRace": race,
    }
