"""Effect boundaries: the named places where somebody may die between two effects.

Between what was committed and what was told, between what was sent and what was noted, a death leaves a
ladder that the next start must mend. Each such place has a name here, and `passed` is called there. That
does nothing, unless the program was started with `--fail-at`:

    match.saved:3         the whole program is killed (SIGKILL) when it gets there for the third time
    match.saved:3:crash   the actor that gets there crashes instead, and its supervisor starts it again
    store.wrote:3:database   the ladder's own PostgreSQL dies just then, and the answer to the commit is lost
    count                 nothing happens, and how often each was passed is logged at the end
"""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import assert_never

import structlog

log = structlog.get_logger()

COUNT = "count"


class Boundary(Enum):
    """All of them, by who passes there."""

    PROGRAM_MIGRATED = "program.migrated"
    """The database is up to date, nothing runs yet."""
    STORE_WROTE = "store.wrote"
    """Everything of a transaction is written, nothing is committed."""
    STORE_COMMITTED = "store.committed"
    """Committed, and whoever asked for it does not know."""
    SESSION_READ = "session.read"
    """A click was heard, nothing was done."""
    SESSION_JOINED = "session.joined"
    """In the queue, and not told so."""
    SESSION_LEFT = "session.left"
    """Out of the queue, and not told so."""
    SESSION_SET_UP = "session.set-up"
    """The profile is stored, and its player not told so."""
    MATCHMAKER_PAIRED = "matchmaker.paired"
    """The match is stored, and nobody runs it."""
    MATCHMAKER_STARTED = "matchmaker.started"
    """The match runs, and its players do not know of it."""
    MATCHMAKER_TOLD = "matchmaker.told"
    """Everybody knows, and the wave is not kept."""
    MATCH_DECIDED = "match.decided"
    """Decided, not saved."""
    MATCH_SAVED = "match.saved"
    """Saved, and nobody told."""
    MATCH_SHOWN = "match.shown"
    """The cards are on their way; sessions, matchmaker and ranks do not know of the end."""
    COURIER_SENDS = "courier.sends"
    """A new message is about to leave."""
    COURIER_SENT = "courier.sent"
    """Discord has a new message, and nobody noted where."""
    COURIER_EDITED = "courier.edited"
    """Discord has an edit, and nobody noted it."""
    COURIER_REPORTED = "courier.reported"
    """The match knows that its card arrived, and that is not noted."""
    COURIER_NOTED = "courier.noted"
    """What Discord has is noted, and the courier still wants to show it."""
    STEWARD_WOKE = "steward.woke"
    """Open matches run, and cards that are behind are not shown."""
    STEWARD_SHOWED = "steward.showed"
    """One of the cards that are behind is on its way."""
    DESK_READ = "desk.read"
    """A replay was read, its file is not kept."""
    DESK_KEPT = "desk.kept"
    """The file is kept, and there is no row of it."""
    DESK_STORED = "desk.stored"
    """The row is there, and the match does not know."""
    DESK_TOLD = "desk.told"
    """The match knows, and nobody sees what the replay showed."""
    STAFF_DONE = "staff.done"
    """An order is carried out, and nobody it concerns knows."""
    RANKS_READ = "ranks.read"
    """The standings were read and are not in order yet."""
    ANSWER_LEAVES = "answer.leaves"
    """A click was carried out, and its answer is about to leave."""
    ANSWER_TAKEN = "answer.taken"
    """Discord has the answer to a click, and the courier its card not back."""


class Fate(Enum):
    """What happens at a boundary."""

    KILL = "kill"
    """The program is gone, as in a power cut."""
    CRASH = "crash"
    """The actor is gone, as by a bug."""
    DATABASE = "database"
    """The private PostgreSQL is gone, and whatever it was about to answer."""


class Crashed(Exception):
    """An actor was told to crash here."""


@dataclass(frozen=True, slots=True)
class FailAt:
    """What is to happen where, and at which passage."""

    boundary: Boundary
    passage: int
    fate: Fate = Fate.KILL


def parse(text: str) -> FailAt | None:
    """What `--fail-at` says; None to count only.

    >>> parse("match.saved:3")
    FailAt(boundary=<Boundary.MATCH_SAVED: 'match.saved'>, passage=3, fate=<Fate.KILL: 'kill'>)
    >>> parse("count")

    Raises:
        ValueError: it says nothing of the kind.
    """
    if text == COUNT:
        return None
    name, _, rest = text.partition(":")
    passage, _, fate = rest.partition(":")
    return FailAt(Boundary(name), int(passage), Fate(fate or Fate.KILL.value))


@dataclass(slots=True)
class _Watch:
    """How often each boundary was passed, once somebody wants to know."""

    on: bool = False
    wanted: FailAt | None = None
    postmaster: Path | None = None
    """The file whose first line is PostgreSQL's process id."""
    passages: Counter[Boundary] = field(default_factory=Counter)


_watch = _Watch()


@contextmanager
def watched(wanted: FailAt | None, postmaster: Path | None = None) -> Iterator[None]:
    """Meanwhile boundaries are counted and what is wanted happens; the counts are logged at the end."""
    _watch.on, _watch.wanted, _watch.postmaster = True, wanted, postmaster
    _watch.passages.clear()
    try:
        yield
    finally:
        _watch.on = False
        counted = {boundary.value: _watch.passages[boundary] for boundary in Boundary}
        log.info("boundaries.passed", boundaries=counted)


def passed(boundary: Boundary) -> None:
    """Somebody is there.

    Raises:
        Crashed: as was wanted.
    """
    if _watch.on:
        _note(boundary)


def _note(boundary: Boundary) -> None:
    _watch.passages[boundary] += 1
    wanted = _watch.wanted
    if wanted is None or (wanted.boundary, wanted.passage) != (boundary, _watch.passages[boundary]):
        return
    log.warning("boundary.reached", name=boundary.value, passage=wanted.passage, fate=wanted.fate.value)
    match wanted.fate:
        case Fate.KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        case Fate.CRASH:
            raise Crashed(f"at {boundary.value}, as was wanted")
        case Fate.DATABASE:
            assert _watch.postmaster is not None, "the ladder has a PostgreSQL of its own"
            os.kill(int(_watch.postmaster.read_text().split()[0]), signal.SIGQUIT)
        case _:
            assert_never(wanted.fate)
