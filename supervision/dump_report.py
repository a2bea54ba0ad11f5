"""The whole dump as a text for people: what a signal writes."""

import linecache
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from supervision.dead_letters import DeadLetter
from supervision.dump import Dump
from supervision.frames import Spot
from supervision.journal import Event
from supervision.messages import title
from supervision.onlooker import Reading
from supervision.record import ActorRecord, one_line
from supervision.words import in_words

LAST_EVENTS = 50
LAST_DEAD = 50
LAST_CRASHES = 20


def report(reading: Reading[Dump], now: datetime) -> Iterator[str]:
    """The text, line by line.

    Args:
        reading: of a dump in order.
        now: the time of day at which it was read, aware UTC.
    """
    dump = reading.answer
    if reading.stack:
        yield f"The loop is stuck at {reading.stuck_at}."
    elif reading.lag_s is not None:
        yield f"The loop answered within {reading.lag_s * 1000:.1f} ms."
    yield dump.summary()
    yield from _part("Tree", dump.tree_lines())
    yield from _part("Stuck", (line for actor in dump.stuck() for line in stuck_lines(actor)))
    yield from _part("Deadlocks", (" -> ".join((*chain, chain[0])) for chain in dump.deadlocks))
    yield from _part("Dead letters", _dead(dump, now))
    began = now - timedelta(seconds=dump.at)
    yield from _part("Last crashes", (_event(event, began) for event in dump.crashes[-LAST_CRASHES:]))
    yield from _part("Last events", (_event(event, began) for event in dump.events[-LAST_EVENTS:]))


def stack_lines(stack: Iterable[Spot]) -> Iterator[str]:
    """A stack with its lines of source, the innermost frame last."""
    for spot in stack:
        yield f"  {spot}"
        source = linecache.getline(spot.file, spot.line).strip()
        if source:
            yield f"    {source}"


def stuck_lines(actor: ActorRecord) -> Iterator[str]:
    """An actor that is stuck, and where."""
    yield f"{actor.path}: {in_words(actor)}"
    yield from stack_lines(actor.spots)


def _part(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield ""
    yield f"== {title}"
    empty = True
    for line in lines:
        empty = False
        yield line
    if empty:
        yield "none"


def _dead(dump: Dump, now: datetime) -> Iterator[str]:
    if dump.dead_counts:
        yield ", ".join(f"{count} {fate}" for fate, count in dump.dead_counts.items())
    began = now - timedelta(seconds=dump.at)
    for letter in dump.dead_letters[-LAST_DEAD:]:
        yield _dead_letter(letter, began)


def _dead_letter(letter: DeadLetter, began: datetime) -> str:
    cause = "" if letter.cause is None else f" ({type(letter.cause).__name__})"
    message = title(letter.message)
    return f"{_clock(began, letter.at)} {letter.path}: {message} {letter.fate.value}{cause}"


def _event(event: Event, began: datetime) -> str:
    return one_line(f"{_clock(began, event.at)} {event.path} {event.what} {event.detail}")


def _clock(began: datetime, at: float) -> str:
    return f"{(began + timedelta(seconds=at)).astimezone(UTC):%H:%M:%S.%f}"[:-3]
