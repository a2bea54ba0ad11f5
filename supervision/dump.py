"""The state of every actor as plain values: what is, what waits for what, and what happened last.

Pull only: nothing runs when nobody looks. Everything here only reads, so that another thread may take the
dump of a loop that is stuck. The loop stands still for one walk over the cells, so that all of it is of one
moment; sorting, reckoning and words are for whoever asked.
"""

import dataclasses
import gc
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from supervision.cell import Cell
from supervision.crew import Tree
from supervision.dead_letters import DeadLetter
from supervision.journal import Event
from supervision.messages import title
from supervision.record import ActorRecord, read_cell
from supervision.words import many, tree_lines

BURIED_SHOWN_S = 60.0
"""How long a stopped actor stays in the dump, in seconds."""
LATELY_S = 60.0
"""A crash is worth a look for this long."""


@dataclass(frozen=True, slots=True)
class Totals:
    """A tree in a few numbers."""

    actors: int
    """Supervisors and pools included, those that have stopped not."""
    statuses: dict[str, int]
    """The most frequent first."""
    queued: int
    """Letters waiting in mailboxes."""
    restarts: int
    """Since the start."""
    dead: dict[str, int]
    """Dead letters since the start, by fate."""
    deadlocks: int
    stuck: int
    full: int
    """Mailboxes without room."""
    crashed: int
    """Actors that crashed lately."""

    def line(self) -> str:
        """All of it in one line."""
        states = ", ".join(f"{count} {status}" for status, count in self.statuses.items())
        return (
            f"{many(self.actors, 'actor')}: {states}; {many(self.queued, 'letter')} waiting, "
            f"{many(self.restarts, 'restart')}, {many(sum(self.dead.values()), 'dead letter')}, "
            f"{many(self.deadlocks, 'deadlock')}, "
            f"{self.stuck} stuck, {self.full} full"
        )


@dataclass(frozen=True, slots=True)
class Dump:
    """A whole tree at one moment."""

    at: float
    """Trio clock."""
    actors: tuple[ActorRecord, ...]
    """By path, once it is `in_order`."""
    deadlocks: tuple[tuple[str, ...], ...]
    events: tuple[Event, ...]
    crashes: tuple[Event, ...]
    """The last ones, however long ago."""
    dead_letters: tuple[DeadLetter, ...]
    dead_counts: dict[str, int]
    restarts: int

    def in_order(self) -> "Dump":
        """The same, sorted by path: each supervisor before its children."""
        # The separator sorts before every letter of a name; comparing lists of names would take longer, and
        # nobody else runs while a sort compares.
        ordered = sorted(self.actors, key=lambda actor: actor.path.replace("/", "\0"))
        return dataclasses.replace(self, actors=tuple(ordered))

    def totals(self) -> Totals:
        """The dump in a few numbers."""
        counts = Counter(actor.status for actor in self.actors if actor.status != "stopped")
        return Totals(
            actors=counts.total(),
            statuses=dict(counts.most_common()),
            queued=sum(actor.queued for actor in self.actors),
            restarts=self.restarts,
            dead=self.dead_counts,
            deadlocks=len(self.deadlocks),
            stuck=len(self.stuck()),
            full=len(self.full()),
            crashed=sum(1 for actor in self.actors if lately(actor)),
        )

    def summary(self) -> str:
        """The dump in one line."""
        return self.totals().line()

    def tree(self) -> str:
        """The dump as an indented text, one actor a line; those that ended well are left out."""
        return "\n".join(self.tree_lines())

    def tree_lines(self) -> Iterator[str]:
        """The lines of `tree`, each made when it is wanted."""
        return tree_lines(self.actors)

    def stuck(self) -> tuple[ActorRecord, ...]:
        """Who has been busy with one letter for too long, or heeds no cancellation."""
        return tuple(actor for actor in self.actors if actor.stuck)

    def full(self) -> tuple[ActorRecord, ...]:
        """Whose mailbox is full."""
        return tuple(actor for actor in self.actors if actor.full)

    def busiest(self, most: int = 10) -> tuple[ActorRecord, ...]:
        """Who handled the most letters, most first."""
        return tuple(sorted(self.actors, key=lambda actor: -actor.handled)[:most])

    def actor(self, path: str) -> ActorRecord | None:
        """The record at a path, if there is one: that of the living, if another had its path before."""
        found = [actor for actor in self.actors if actor.path == path]
        return min(found, key=lambda actor: actor.status == "stopped", default=None)

    def to_json(self) -> str:
        """The dump as JSON. Messages in dead letters appear by their type only."""
        return json.dumps(self.plain())

    def plain(self) -> dict[str, Any]:
        """The dump as dicts, lists, strings and numbers."""
        return {
            "at": self.at,
            "summary": self.summary(),
            "actors": [actor.plain() for actor in self.actors],
            "deadlocks": [list(chain) for chain in self.deadlocks],
            "events": self.plain_events(),
            "dead_letters": self.plain_dead_letters(),
            "dead_counts": self.dead_counts,
        }

    def plain_events(self) -> list[dict[str, Any]]:
        """The last lifecycle events, the newest last."""
        return [self.plain_event(event) for event in self.events]

    def plain_event(self, event: Event) -> dict[str, Any]:
        """An event as JSON has it."""
        return dataclasses.asdict(event) | {"ago_s": self.at - event.at}

    def plain_dead_letters(self) -> list[dict[str, Any]]:
        """The last dead letters, the newest last: types only, since messages are private."""
        return [
            {
                "path": letter.path,
                "message": title(letter.message),
                "fate": letter.fate.value,
                "at": letter.at,
                "ago_s": self.at - letter.at,
                "cause": None if letter.cause is None else type(letter.cause).__name__,
            }
            for letter in self.dead_letters
        ]


def lately(actor: ActorRecord) -> bool:
    """Whether an actor crashed lately."""
    return actor.crash is not None and actor.at - actor.crash.at <= LATELY_S


def take_dump(tree: Tree) -> Dump:
    """Read the state of a tree, in no order; any thread may, while the loop stands still."""
    # The records are many and none is garbage: a collection among them would take longer than they do.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _read(tree, tree.post.now())
    finally:
        if collecting:
            gc.enable()


def _read(tree: Tree, now: float) -> Dump:
    living = list(tree.cells.values())
    buried = [cell for cell in tuple(tree.buried) if now - cell.since <= BURIED_SHOWN_S]
    dead = tree.post.dead_letters
    return Dump(
        at=now,
        actors=tuple([read_cell(cell, now) for cell in (*living, *buried)]),
        deadlocks=cycles([cell for cell in living if cell.waiting_on is not None]),
        events=tree.post.journal.events,
        crashes=tree.post.journal.crashes,
        dead_letters=tuple(dead.recent),
        dead_counts={fate.value: count for fate, count in dict(dead.counts).items()},
        restarts=tree.restarts,
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
