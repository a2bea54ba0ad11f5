"""Writes values in the two encodings of replays, driven by Blizzard's published type information.

*Versioned* values carry a tag before each part and may leave fields out (header, details, tracker events).
*Bit-packed* values carry nothing but their bits, most significant first, blobs aligned to bytes (initData,
game and message events). A value is plain Python: dict for a struct, a one-key dict for a choice, list for an
array, bytes for a blob, `(length, bits)` for a bit array, None for an absent optional.

Source: the decoders of s2protocol, of which these are the inverse.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

import s2protocol

Value: TypeAlias = Any
"""A value as s2protocol decodes it."""
Types: TypeAlias = Sequence[tuple[str, list[Any]]]
Bounds: TypeAlias = tuple[int, int]
"""Smallest value, and bits of the difference to it."""
Fields: TypeAlias = Sequence[tuple[str, int, int]]
"""Name, type and tag of each field of a struct."""
Options: TypeAlias = Mapping[int, tuple[str, int]]
"""Name and type of each alternative of a choice, by tag."""


@cache
def published(build: int) -> ModuleType:
    """Blizzard's type information and decoders for one build of the game.

    Loaded from its file, since `s2protocol.versions` itself needs `imp`, which Python 3.12 removed.
    """
    name = f"protocol{build}"
    found = spec_from_file_location(name, Path(s2protocol.__path__[0]) / "versions" / f"{name}.py")
    assert found is not None
    assert found.loader is not None
    protocol = module_from_spec(found)
    found.loader.exec_module(protocol)
    return protocol


class BitPacked:
    """Writes values without any tags. One per file; `bytes(...)` of it is the result so far."""

    def __init__(self, types: Types) -> None:
        self._types = types
        self._bytes = bytearray()
        self._open = 0
        self._used = 0

    def __bytes__(self) -> bytes:
        return bytes(self._bytes) + (bytes([self._open]) if self._used else b"")

    def write(self, type_id: int, value: Value) -> None:
        """Append a value of this type."""
        kind, arguments = self._types[type_id]
        getattr(self, kind)(value, *arguments)

    def align(self) -> None:
        """Fill the open byte with zeros."""
        if self._used:
            self._bytes.append(self._open)
            self._open = self._used = 0

    def _bits(self, value: int, width: int) -> None:
        assert 0 <= value < 1 << width, f"{value} does not fit {width} bits"
        while width:
            taken = min(width, 8 - self._used)
            width -= taken
            self._open |= (value >> width & (1 << taken) - 1) << self._used
            self._used += taken
            if self._used == 8:
                self.align()

    def _int(self, value: int, bounds: Bounds) -> None:
        self._bits(value - bounds[0], bounds[1])

    def _bool(self, value: bool) -> None:
        self._bits(int(value), 1)

    def _null(self, value: None) -> None:
        """Write nothing: there is one such value."""

    def _blob(self, value: bytes, bounds: Bounds) -> None:
        self._int(len(value), bounds)
        self.align()
        self._bytes += value

    def _fourcc(self, value: bytes) -> None:
        assert len(value) == 4
        for letter in value:
            self._bits(letter, 8)

    def _bitarray(self, value: tuple[int, int], bounds: Bounds) -> None:
        self._int(value[0], bounds)
        self._bits(value[1], value[0])

    def _optional(self, value: Value, type_id: int) -> None:
        self._bool(value is not None)
        if value is not None:
            self.write(type_id, value)

    def _array(self, value: Sequence[Value], bounds: Bounds, type_id: int) -> None:
        self._int(len(value), bounds)
        for element in value:
            self.write(type_id, element)

    def _choice(self, value: Mapping[str, Value], bounds: Bounds, options: Options) -> None:
        tag, name, type_id = _chosen(value, options)
        self._int(tag, bounds)
        self.write(type_id, value[name])

    def _struct(self, value: Mapping[str, Value], fields: Fields) -> None:
        for name, type_id, _ in fields:
            self.write(type_id, value if name == "__parent" else value[name])


class Versioned:
    """Writes values with their tags. One per file; `bytes(...)` of it is the result so far."""

    def __init__(self, types: Types) -> None:
        self._types = types
        self._bytes = bytearray()

    def __bytes__(self) -> bytes:
        return bytes(self._bytes)

    def write(self, type_id: int, value: Value) -> None:
        """Append a value of this type."""
        kind, arguments = self._types[type_id]
        getattr(self, kind)(value, *arguments)

    def align(self) -> None:
        """Do nothing: every value of this encoding ends at a byte."""

    def _null(self, value: None) -> None:
        """Write nothing: there is one such value."""

    def _vint(self, value: int) -> None:
        rest = abs(value)
        byte = (rest & 0x3F) << 1 | (value < 0)
        rest >>= 6
        while rest:
            self._bytes.append(byte | 0x80)
            byte, rest = rest & 0x7F, rest >> 7
        self._bytes.append(byte)

    def _int(self, value: int, bounds: Bounds) -> None:
        assert 0 <= value - bounds[0] < 1 << bounds[1], f"{value} is out of {bounds}"
        self._bytes.append(9)
        self._vint(value)

    def _bool(self, value: bool) -> None:
        self._bytes += bytes([6, value])

    def _blob(self, value: bytes, bounds: Bounds) -> None:
        assert 0 <= len(value) - bounds[0] < 1 << bounds[1], f"{value!r} is too long"
        self._bytes.append(2)
        self._vint(len(value))
        self._bytes += value

    def _fourcc(self, value: bytes) -> None:
        assert len(value) == 4
        self._bytes += b"\x07" + value

    def _optional(self, value: Value, type_id: int) -> None:
        self._bytes += bytes([4, value is not None])
        if value is not None:
            self.write(type_id, value)

    def _array(self, value: Sequence[Value], bounds: Bounds, type_id: int) -> None:
        assert 0 <= len(value) - bounds[0] < 1 << bounds[1], f"{len(value)} elements are out of {bounds}"
        self._bytes.append(0)
        self._vint(len(value))
        for element in value:
            self.write(type_id, element)

    def _choice(self, value: Mapping[str, Value], bounds: Bounds, options: Options) -> None:
        tag, name, type_id = _chosen(value, options)
        assert tag < 1 << bounds[1]
        self._bytes.append(3)
        self._vint(tag)
        self.write(type_id, value[name])

    def _struct(self, value: Mapping[str, Value], fields: Fields) -> None:
        present = [field for field in fields if field[0] in value]
        self._bytes.append(5)
        self._vint(len(present))
        for name, type_id, tag in present:
            self._vint(tag)
            self.write(type_id, value[name])


def _chosen(value: Mapping[str, Value], options: Options) -> tuple[int, str, int]:
    (name,) = value
    return next((tag, name, type_id) for tag, (option, type_id) in options.items() if option == name)
