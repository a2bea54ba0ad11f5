"""What staff play alone after a publish, for the ladder to learn which files belong to it."""

from collections.abc import Iterator
from datetime import datetime

from actors.rules.ids import Gateway
from actors.rules.maps import by_key
from actors.rules.replay import Result
from bot.simulator.replay_files import game_files, unknown_maps
from bot.simulator.replay_spec import GameSpec, Seat
from bot.simulator.replay_writer import write

PLAYED_S = 9.0


def lessons(played_at: datetime, gateways: tuple[Gateway, ...] = tuple(Gateway)) -> Iterator[bytes]:
    """One replay for each map and gateway of which the ladder is shipped without a version."""
    for key in unknown_maps():
        for gateway in gateways:
            yield write(
                GameSpec(
                    players=(Seat(name="Staff", race="BW Zerg", toon="1-S2-1-1", result=Result.WON),),
                    map_name=by_key(key).full_name,
                    handles=game_files(key, gateway),
                    gateway=gateway,
                    ended_at=played_at,
                    length_s=PLAYED_S,
                )
            )
