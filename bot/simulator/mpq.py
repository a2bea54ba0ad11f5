"""Packs files into an MPQ archive, the container of replays, as the game lays it out.

    user data (the replay header), padded to 1024 bytes | archive header | files | hash table | block table

Version 1 of the format, each file one zlib-compressed unit, the two tables encrypted as the format demands.

Source: the MPQ format as described by Ladislav Zezula (zezula.net, "MPQ format") and as mpyq reads it.
"""

import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from itertools import count
from typing import TypeAlias

ARCHIVE_OFFSET = 1024
"""Where the game puts the archive header; the user data has the bytes before it."""
USER_DATA_ROOM = 512
HEADER_SIZE = 32
SECTOR_SHIFT = 3
FILE_EXISTS, SINGLE_UNIT, COMPRESSED = 0x80000000, 0x01000000, 0x00000200
ZLIB = b"\x02"
NOBODY = struct.pack("<4I", *[0xFFFFFFFF] * 4)
WORD = 0xFFFFFFFF


class Purpose(IntEnum):
    """What a string is hashed for: each purpose has its own quarter of the table."""

    PLACE = 0
    NAME_A = 1
    NAME_B = 2
    KEY = 3


Stored: TypeAlias = tuple[bytes, int]
"""A file as the archive has it, and its flags."""


def squeezed(content: bytes) -> Stored:
    """As zlib has it, or as it is where that is shorter."""
    small = ZLIB + zlib.compress(content)
    if len(small) < len(content):
        return small, FILE_EXISTS | SINGLE_UNIT | COMPRESSED
    return content, FILE_EXISTS | SINGLE_UNIT


def pack(files: Mapping[str, bytes], user_data: bytes, store: Callable[[bytes], Stored] = squeezed) -> bytes:
    """Lay out an archive.

    Args:
        files: contents by name, in the order of the archive. Empty ones are listed nowhere.
        user_data: the replay header, at most 496 bytes.
        store: how a file is stored.

    Returns:
        The whole file, `(listfile)` included.
    """
    assert len(user_data) <= USER_DATA_ROOM - 16
    present = {name: content for name, content in files.items() if content}
    present["(listfile)"] = "\r\n".join(present).encode() + b"\r\n"
    bodies, blocks = bytearray(), []
    for content in present.values():
        stored, flags = store(content)
        blocks.append((HEADER_SIZE + len(bodies), len(stored), len(content), flags))
        bodies += stored
    names = _hash_table(list(present))
    tables = _encrypted(names, "(hash table)") + _encrypted(_block_table(blocks), "(block table)")
    head = _header(HEADER_SIZE + len(bodies), len(tables), len(names) // 16, len(blocks))
    return _user_header(user_data) + head + bytes(bodies) + tables


def _user_header(user_data: bytes) -> bytes:
    start = struct.pack("<4s3I", b"MPQ\x1b", USER_DATA_ROOM, ARCHIVE_OFFSET, len(user_data)) + user_data
    return start.ljust(ARCHIVE_OFFSET, b"\0")


def _header(tables_at: int, tables_size: int, names: int, blocks: int) -> bytes:
    size = tables_at + tables_size
    places = (tables_at, tables_at + 16 * names)
    return struct.pack("<4s2I2H4I", b"MPQ\x1a", HEADER_SIZE, size, 0, SECTOR_SHIFT, *places, names, blocks)


def _block_table(blocks: Sequence[tuple[int, int, int, int]]) -> bytes:
    return b"".join(struct.pack("<4I", *block) for block in blocks)


def _hash_table(names: Sequence[str]) -> bytes:
    """Open addressing: each name goes to the first free row after its hash; half of the rows stay free."""
    size = 1 << max(4, (2 * len(names) - 1).bit_length())
    rows = [NOBODY] * size
    for block, name in enumerate(names):
        start = hashed(name, Purpose.PLACE)
        row = next(place % size for place in count(start) if rows[place % size] == NOBODY)
        key = hashed(name, Purpose.NAME_A), hashed(name, Purpose.NAME_B)
        rows[row] = struct.pack("<2I2HI", *key, 0, 0, block)
    return b"".join(rows)


def _noise() -> tuple[int, ...]:
    """The 1280 fixed numbers of the format, five runs of 256, drawn from its linear congruence."""
    table, seed = [0] * 0x500, 0x00100001
    for column in range(0x100):
        for run in range(5):
            seed = (seed * 125 + 3) % 0x2AAAAB
            high = seed & 0xFFFF
            seed = (seed * 125 + 3) % 0x2AAAAB
            table[run * 0x100 + column] = high << 16 | seed & 0xFFFF
    return tuple(table)


NOISE = _noise()


def hashed(name: str, purpose: Purpose) -> int:
    """The hash of a name, 32 bits; upper and lower case are the same.

    >>> hex(hashed("(hash table)", Purpose.KEY))
    '0xc3af3770'
    """
    first, second = 0x7FED7FED, 0xEEEEEEEE
    for letter in name.upper().encode("ascii"):
        first = NOISE[purpose * 0x100 + letter] ^ (first + second & WORD)
        second = letter + first + second * 33 + 3 & WORD
    return first


def _encrypted(table: bytes, name: str) -> bytes:
    key, seed = hashed(name, Purpose.KEY), 0xEEEEEEEE
    words = []
    for (plain,) in struct.iter_unpack("<I", table):
        seed = seed + NOISE[0x400 + (key & 0xFF)] & WORD
        words.append(plain ^ (key + seed & WORD))
        key = (~key << 21) + 0x11111111 & WORD | key >> 11
        seed = plain + seed * 33 + 3 & WORD
    return struct.pack(f"<{len(words)}I", *words)
