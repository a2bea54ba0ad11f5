"""Damaged and hostile replays, one for each number; the same number makes the same file."""

import io
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from random import Random
from typing import Final

import mpyq

from actors.rules.ids import Gateway, MapKey
from actors.rules.replay import Result
from bot.simulator import mpq
from bot.simulator.replay_files import game_files
from bot.simulator.replay_spec import GameSpec, Seat
from bot.simulator.replay_writer import write

ENDED_AT = datetime(2026, 5, 1, 20, 0, tzinfo=UTC)
ALICE = Seat(name="Alice", race="BW Zerg", toon="2-S2-1-1001", result=Result.WON)
BOB = Seat(name="Bob", race="Terran", toon="2-S2-1-2002", result=Result.LOST)
GAME = GameSpec(
    players=(ALICE, BOB),
    map_name="[SC:Evo] Radeon (라데온)",
    handles=game_files(MapKey("radeon"), Gateway.EUROPE),
    gateway=Gateway.EUROPE,
    ended_at=ENDED_AT,
    length_s=60.0,
)
UNDECIDED = replace(GAME, players=tuple(replace(seat, result=Result.UNKNOWN) for seat in GAME.players))
WATCHED = replace(GAME, observers=tuple(f"Watcher {number}" for number in range(12)), length_s=900.0)

SCRAPS: Final = (
    "@everyone",
    "<@1>",
    "<@&1>",
    "**bold**",
    "`code`",
    "[x](http://e.vil)",
    "||s||",
    "\u202e",
    "\u2066",
    "\u200b",
    "\u0301",
    "\x1b[31m",
    "\x00",
    "\n# ",
    "&lt;Clan&gt;<sp/>",
    "'; DROP TABLE match; --",
    "\U0001f1e9\U0001f1ea",
    "라데온",
    "ا",
)
JUNK: Final = (
    b"[" * 60_000,
    b"{}",
    b"[]",
    b"null",
    b'{"Duration": 1e999}',
    b'{"Duration": NaN, "Players": [1]}',
)
NEVER_EMPTY = b"\0"


@dataclass(frozen=True, slots=True)
class Parts:
    """What is inside of a replay."""

    files: dict[str, bytes]
    header: bytes


def mutant(number: int) -> tuple[str, bytes]:
    """The file with this number, and in what way it is hostile."""
    dice = Random(number)
    way = _bomb if number % 200 == 0 else dice.choice(WAYS)
    return way.__name__.strip("_"), way(dice)


def mutants(numbers: range) -> list[tuple[str, bytes]]:
    """Many of them at once."""
    return [mutant(number) for number in numbers]


@cache
def originals() -> tuple[bytes, ...]:
    """What is damaged."""
    return tuple(map(write, (GAME, UNDECIDED, WATCHED)))


@cache
def _opened(index: int) -> Parts:
    archive = mpyq.MPQArchive(io.BytesIO(originals()[index]))
    files = {name.decode(): archive.read_file(name.decode()) for name in archive.files}
    return Parts(files, archive.header["user_data_header"]["content"])


def _parts(dice: Random) -> Parts:
    return _opened(dice.randrange(len(originals())))


def _flipped(content: bytes, dice: Random, most: int) -> bytes:
    damaged = bytearray(content or NEVER_EMPTY)
    for _ in range(dice.randint(1, most)):
        damaged[dice.randrange(len(damaged))] ^= 1 << dice.randrange(8)
    return bytes(damaged)


# Ways to be hostile: of the file as it lies on the disk


def _bits(dice: Random) -> bytes:
    return _flipped(dice.choice(originals()), dice, 64)


def _cut(dice: Random) -> bytes:
    content = dice.choice(originals())
    return content[: dice.randrange(len(content))]


def _spliced(dice: Random) -> bytes:
    one, other = dice.choice(originals()), dice.choice(originals())
    return one[: dice.randrange(len(one))] + other[dice.randrange(len(other)) :]


# of what is inside


def _inner_bits(dice: Random) -> bytes:
    parts = _parts(dice)
    name = dice.choice(list(parts.files))
    return mpq.pack({**parts.files, name: _flipped(parts.files[name], dice, 8)}, parts.header)


def _inner_cut(dice: Random) -> bytes:
    parts = _parts(dice)
    name = dice.choice(list(parts.files))
    kept = parts.files[name][: dice.randrange(len(parts.files[name]) + 1)]
    return mpq.pack({**parts.files, name: kept + dice.choice((b"", kept, b"\xff" * 4096))}, parts.header)


def _counts(dice: Random) -> bytes:
    """Somewhere a number is as large as it can be."""
    parts = _parts(dice)
    name = dice.choice(("replay.details", "replay.initData", "replay.attributes.events"))
    damaged = bytearray(parts.files[name])
    at, length = dice.randrange(len(damaged)), dice.randint(1, 9)
    damaged[at : at + length] = dice.choice((b"\xff", b"\x7f", b"\x80")) * length
    return mpq.pack({**parts.files, name: bytes(damaged)}, parts.header)


def _mixed(dice: Random) -> bytes:
    """Some parts are those of another game."""
    one, other = _parts(dice), _parts(dice)
    files = {name: dice.choice((one, other)).files.get(name, b"") for name in one.files}
    return mpq.pack(files, dice.choice((one, other)).header)


def _missing(dice: Random) -> bytes:
    parts = _parts(dice)
    gone = set(dice.sample(list(parts.files), dice.randint(1, 3)))
    return mpq.pack({name: part for name, part in parts.files.items() if name not in gone}, parts.header)


def _headed(dice: Random) -> bytes:
    parts = _parts(dice)
    return mpq.pack(parts.files, _flipped(parts.header, dice, 6))


def _summary(dice: Random) -> bytes:
    parts = _parts(dice)
    text = dice.choice((*JUNK, json.dumps({"Duration": -1, "Players": [{}] * 99}).encode()))
    return mpq.pack({**parts.files, "replay.gamemetadata.json": text}, parts.header)


# of what the game lets people write


def _names(dice: Random) -> bytes:
    def text() -> str:
        scraps = dice.choices(SCRAPS, k=dice.randint(1, 12))
        return ("".join(scraps) * dice.choice((1, 1, 1, 40)))[:40]

    seats = tuple(replace(seat, name=text(), clan=text()[:6], race=text()) for seat in GAME.players)
    return write(
        replace(GAME, players=seats, map_name=(text() * 10)[:200], observers=(text(),) * dice.randint(0, 6))
    )


def _bomb(dice: Random) -> bytes:
    """A part that unpacks to up to a gigabyte."""
    parts, flags = _parts(dice), mpq.FILE_EXISTS | mpq.SINGLE_UNIT | mpq.COMPRESSED
    name, mark = dice.choice(list(parts.files)), b"the bomb"
    fuse = _fuse(dice.choice((32, 200, 1000)))

    def store(content: bytes) -> mpq.Stored:
        return (mpq.ZLIB + fuse, flags) if content == mark else mpq.squeezed(content)

    return mpq.pack({**parts.files, name: mark}, parts.header, store)


@cache
def _fuse(megabytes: int) -> bytes:
    squeeze, zeros = zlib.compressobj(9), bytes(1 << 20)
    first, again = (squeeze.compress(zeros) + squeeze.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + again * (megabytes - 1)


WAYS: Final[tuple[Callable[[Random], bytes], ...]] = (
    _bits,
    _cut,
    _spliced,
    _inner_bits,
    _inner_bits,
    _inner_cut,
    _counts,
    _counts,
    _mixed,
    _missing,
    _headed,
    _summary,
    _names,
)
