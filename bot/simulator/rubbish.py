"""Files that are not the replay of this match: what people send by mistake, and how to make them."""

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum

from bot.simulator.lobby import Played
from bot.simulator.replay_spec import GameSpec
from bot.simulator.replay_writer import write

TOO_LARGE = 5_500_000
"""Bytes; above the ladder's limit and below Discord's."""


class Rubbish(Enum):
    """How a file can be wrong."""

    TEXT = "text"
    TRUNCATED = "truncated"
    OTHER_MATCH = "other match"
    TOO_LARGE = "too large"
    SOMEBODY_ELSE = "somebody else's"


def make(kind: Rubbish, played: Played, others: Sequence[Played]) -> tuple[str, bytes]:
    """A wrong file, as (name, content).

    Args:
        kind: how it is wrong.
        played: the game whose replay would be right.
        others: earlier games of other matches; without one, the right game under other names.
    """
    match kind:
        case Rubbish.TEXT:
            return "notes.SC2Replay", b"gl hf, well played\n" * 20
        case Rubbish.TRUNCATED:
            whole = write(played.spec())
            return "game.SC2Replay", whole[: len(whole) // 3]
        case Rubbish.TOO_LARGE:
            return "long game.SC2Replay", write(played.spec()).ljust(TOO_LARGE, b"\0")
        case Rubbish.OTHER_MATCH if others:
            return "last one.SC2Replay", write(others[-1].spec())
        case _:
            return "a friend.SC2Replay", write(strangers(played))


def strangers(played: Played) -> GameSpec:
    """The same game, played by two others."""
    spec = played.spec()
    names = zip(spec.players, ("Nobody", "Noone"), strict=True)
    return replace(
        spec, players=tuple(replace(seat, name=name, toon=f"1-S2-1-{len(name)}") for seat, name in names)
    )
