"""JSON in pieces: while ten thousand records are encoded in one call, no other thread runs."""

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

BATCH = 50
"""Values of a stream, or lines of a text, that are encoded at a time."""


class Lines:
    """A long text, made line by line while it is encoded."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines = lines


def pieces(head: Mapping[str, Any], answer: Any) -> Iterator[bytes]:
    """A JSON object on one line: `head`, and `answer` at its end.

    Args:
        head: plain values.
        answer: any JSON value; an iterator becomes a list, `Lines` a string.
    """
    yield f'{json.dumps(dict(head), default=repr)[:-1]}, "answer": '.encode()
    if isinstance(answer, Lines):
        yield from _text(answer.lines)
    elif isinstance(answer, Iterator):
        yield from _list(answer)
    else:
        yield json.dumps(answer, default=repr).encode()
    yield b"}\n"


def _list(values: Iterator[Any]) -> Iterator[bytes]:
    between = "["
    while batch := list(islice(values, BATCH)):
        yield (between + json.dumps(batch, default=repr)[1:-1]).encode()
        between = ", "
    yield b"]" if between == ", " else b"[]"


def _text(lines: Iterator[str]) -> Iterator[bytes]:
    yield b'"'
    between = ""
    while batch := list(islice(lines, BATCH)):
        yield json.dumps(between + "\n".join(batch))[1:-1].encode()
        between = "\n"
    yield b'"'
