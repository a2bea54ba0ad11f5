"""The state of every actor as plain values: what is, what waits for what, and what happened last.

Pull only: nothing runs when nobody looks. Everything here only reads, so that another thread may take the
dump of a loop that is stuck.
"""

import dataclasses
import gc
import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

import trio

from supervision.cell import Cell
from supervision.crew import Tree
from supervision.dead_letters import DeadLetter
from supervision.frames import place_of
from supervision.journal import Event
from supervision.supervisor import answer_safely

BURIED_SHOWN_S = 60.0
"""How long a stopped actor stays in the dump, in seconds."""
STUCK_S = 5.0
"""A letter handled for longer than this is worth a line of its own."""


@dataclass(frozen=True, slots=True)
class MailboxRecord:
    """What waits for an actor."""

    length: int
    capacity: int
    peak: int
    oldest_s: float | None
    """Age of the letter that comes next; None if there is none."""
    aside: int
    dropped: int


@dataclass(frozen=True, slots=True)
class ActorRecord:
    """One actor or supervisor at the moment of the dump. Ages and delays in seconds."""

    path: str
    key: str | None
    kind: str
    generation: int
    status: str
    since_s: float
    """How long it has been in this phase."""
    handling: str | None
    """Type of the message in hand."""
    handling_s: float | None
    waiting_on: str | None
    """Path of the actor it asks."""
    deadline_s: float | None
    """Time left for that answer."""
    next_try_s: float | None
    mailbox: MailboxRecord | None
    handled: int
    failed: int
    expired: int
    busy_s: float
    deferred: int
    """Answers kept for later."""
    restarts: int
    last_crash: str | None
    last_crash_at: str | None
    """`file:line` of the last crash."""
    last_crash_s: float | None
    """How long ago."""
    timers: dict[str, float]
    """Seconds left, by name."""
    watchers: int
    reason: str
    describe: str
    parked_at: str | None
    """`file:line` where it waits; None for an actor that waits for its next letter."""


@dataclass(frozen=True, slots=True)
class Dump:
    """A whole tree at one moment."""

    at: float
    """Trio clock."""
    actors: tuple[ActorRecord, ...]
    """By path."""
    deadlocks: tuple[tuple[str, ...], ...]
    events: tuple[Event, ...]
    dead_letters: tuple[DeadLetter, ...]
    dead_counts: dict[str, int]

    def summary(self) -> str:
        """The dump in one line."""
        counts = Counter(actor.status for actor in self.actors)
        states = ", ".join(f"{count} {status}" for status, count in counts.most_common())
        queued = sum(actor.mailbox.length for actor in self.actors if actor.mailbox is not None)
        restarts = sum(actor.restarts for actor in self.actors)
        return (
            f"{len(self.actors)} actors: {states}; {queued} letters waiting, {restarts} restarts, "
            f"{sum(self.dead_counts.values())} dead letters, {len(self.deadlocks)} deadlocks, "
            f"{len(self.stuck())} stuck"
        )

    def tree(self) -> str:
        """The dump as an indented text, one actor a line; those that ended well are left out."""
        shown = (actor for actor in self.actors if actor.status != "stopped" or actor.last_crash)
        return "\n".join("  " * actor.path.count("/") + _line(actor) for actor in shown)

    def stuck(self) -> tuple[ActorRecord, ...]:
        """Who has been busy with one letter for more than `STUCK_S`."""
        return tuple(actor for actor in self.actors if (actor.handling_s or 0.0) > STUCK_S)

    def full(self) -> tuple[ActorRecord, ...]:
        """Whose mailbox is full."""
        return tuple(
            actor for actor in self.actors if actor.mailbox and actor.mailbox.length >= actor.mailbox.capacity
        )

    def busiest(self, most: int = 10) -> tuple[ActorRecord, ...]:
        """Who handled the most letters, most first."""
        return tuple(sorted(self.actors, key=lambda actor: -actor.handled)[:most])

    def actor(self, path: str) -> ActorRecord | None:
        """The record at a path, if there is one."""
        return next((actor for actor in self.actors if actor.path == path), None)

    def to_json(self) -> str:
        """The dump as JSON. Messages in dead letters appear by their type only."""
        return json.dumps(self.plain())

    def plain(self) -> dict[str, Any]:
        """The dump as dicts, lists, strings and numbers."""
        return {
            "at": self.at,
            "summary": self.summary(),
            "actors": [dataclasses.asdict(actor) for actor in self.actors],
            "deadlocks": [list(chain) for chain in self.deadlocks],
            "events": [dataclasses.asdict(event) for event in self.events],
            "dead_letters": [_dead(letter) for letter in self.dead_letters],
            "dead_counts": self.dead_counts,
        }


def take_dump(tree: Tree, now: float | None = None) -> Dump:
    """Read the state of a tree.

    Args:
        tree: what to read.
        now: Trio-clock time to reckon ages from; None asks the clock, which only Trio's own thread may.
    """
    now = trio.current_time() if now is None else now
    # The records are many and none is garbage: a collection among them would take longer than they do.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _read(tree, now)
    finally:
        if collecting:
            gc.enable()


def _read(tree: Tree, now: float) -> Dump:
    buried = [cell for cell in tuple(tree.buried) if now - cell.since <= BURIED_SHOWN_S]
    living = list(tree.cells.values())
    cells = sorted([*living, *buried], key=lambda cell: cell.path.split("/"))
    dead = tree.post.dead_letters
    return Dump(
        at=now,
        actors=tuple(_record(cell, now) for cell in cells),
        deadlocks=cycles(living),
        events=tuple(tree.post.journal.events),
        dead_letters=tuple(dead.recent),
        dead_counts={fate.value: count for fate, count in dict(dead.counts).items()},
    )


def cycles(cells: list[Cell]) -> tuple[tuple[str, ...], ...]:
    """Every ring of actors that wait for each other, each once, as paths from the smallest one on.

    The kernel refuses a call that would close a ring, so this stays empty; it is here to be proven so.
    """
    found: dict[frozenset[str], tuple[str, ...]] = {}
    for start in cells:
        chain: list[Cell] = []
        step: Cell | None = start
        while step is not None and step not in chain:
            chain.append(step)
            step = step.waiting_on
        if step is start:
            paths = [cell.path for cell in chain]
            first = paths.index(min(paths))
            found[frozenset(paths)] = tuple(paths[first:] + paths[:first])
    return tuple(found.values())


def _record(cell: Cell, now: float) -> ActorRecord:
    crash = cell.last_crash
    letter = cell.in_hand
    asked = cell.waiting_on
    return ActorRecord(
        path=cell.path,
        key=None if cell.key is None else repr(cell.key),
        kind=cell.kind,
        generation=cell.generation,
        status=cell.status,
        since_s=now - cell.since,
        handling=None if letter is None else type(letter.message).__name__,
        handling_s=None if letter is None else now - cell.began_at,
        waiting_on=None if asked is None else asked.path,
        deadline_s=None if asked is None else cell.waiting_until - now,
        next_try_s=None if cell.try_again_at is None else max(0.0, cell.try_again_at - now),
        mailbox=_mailbox(cell, now),
        handled=cell.handled,
        failed=cell.failed,
        expired=cell.expired,
        busy_s=cell.busy_s,
        deferred=cell.deferred,
        restarts=cell.restarts,
        last_crash=None if crash is None else crash.error,
        last_crash_at=None if crash is None else crash.where,
        last_crash_s=None if crash is None else now - crash.at,
        timers={} if cell.timers is None else {name: at - now for name, at in cell.timers.armed().items()},
        watchers=len(cell.watchers or ()),
        reason=cell.reason,
        describe=_description(cell),
        parked_at=None if cell.task is None or cell.idle else place_of(cell.task),
    )


def _description(cell: Cell) -> str:
    if cell.actor is None:
        return ""
    line, error = answer_safely(cell.actor.describe)
    return str(line) if error is None else f"describe() failed: {error!r}"


def _mailbox(cell: Cell, now: float) -> MailboxRecord | None:
    box = cell.mailbox
    if box is None:
        return None
    oldest_at = box.oldest_at
    return MailboxRecord(
        length=box.waiting,
        capacity=box.spec.capacity,
        peak=box.peak,
        oldest_s=None if oldest_at is None else now - oldest_at,
        aside=box.aside,
        dropped=box.dropped,
    )


def _dead(letter: DeadLetter) -> dict[str, Any]:
    return {
        "path": letter.path,
        "message": type(letter.message).__name__,
        "fate": letter.fate.value,
        "at": letter.at,
        "cause": None if letter.cause is None else repr(letter.cause),
    }


def _line(actor: ActorRecord) -> str:
    place = actor.last_crash_at and f" at {actor.last_crash_at}"  # who was killed raised nothing anywhere
    crash = f"last crash {actor.last_crash}{place}, {actor.last_crash_s or 0.0:.1f} s ago"
    box = actor.mailbox
    parts = (
        actor.path.rpartition("/")[2],
        actor.status,
        actor.generation > 1 and f"generation {actor.generation}",
        actor.handling is not None and f"{actor.handling} for {actor.handling_s or 0.0:.1f} s",
        actor.waiting_on is not None
        and f"waiting on {actor.waiting_on}, {actor.deadline_s or 0.0:.1f} s left",
        actor.next_try_s is not None and f"next try in {actor.next_try_s:.1f} s",
        box is not None and box.length > 0 and f"mailbox {box.length}/{box.capacity}",
        actor.last_crash is not None and crash,
        actor.reason,
        actor.describe,
    )
    return ", ".join(part for part in parts if part)
