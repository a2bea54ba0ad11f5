"""What is known of one actor at one moment.

Reading a cell happens while the loop stands still, ten thousand times a dump, so it only copies; whatever
follows from what was read (ages, words) is reckoned later, by whoever wants it, in a thread of his own.
"""

import threading
from collections.abc import Hashable
from typing import Any, NamedTuple

from supervision.cell import Cell, Crash, Phase
from supervision.frames import Frames, Spot, frames_of, runs, spots
from supervision.mailbox import MailboxLook
from supervision.messages import title
from supervision.supervisor import answer_safely
from supervision.timer import NamedTimer

STUCK_S = 5.0
"""A letter handled for longer than this is worth a line of its own."""
LONGEST_LINE = 200
"""Characters of a description, or of the text of an exception."""


class MailboxRecord(NamedTuple):
    """What waits for an actor."""

    length: int
    capacity: int
    peak: int
    oldest_s: float | None
    """Age of the letter that comes next; None if there is none."""
    aside: int
    dropped: int


class ActorRecord(NamedTuple):
    """One actor or supervisor. Ages and delays in seconds; what was read first, then what follows from it."""

    at: float
    """When it was read, on the Trio clock, as are the other moments."""
    path: str
    name: Hashable
    """Its key in the registry, or None."""
    kind: str
    """`actor`, `supervisor` or `pool`."""
    generation: int
    status: str
    since: float
    """When it entered its phase."""
    handling: str | None
    """Type of the message in hand."""
    began_at: float
    waiting_on: str | None
    """Path of the actor it asks."""
    waiting_since: float
    waiting_until: float
    try_again_at: float | None
    box: MailboxLook | None
    handled: int
    failed: int
    expired: int
    busy_s: float
    deferred: int
    """Answers kept for later."""
    restarts: int
    crash: Crash | None
    named: tuple[NamedTimer, ...]
    watchers: int
    reason: str
    """How it ended, if it has."""
    told: object
    """What `describe` said."""
    mute: Exception | None
    """Why it said nothing."""
    frames: Frames
    """Where it stands; empty for an actor that waits for its next letter."""
    holding: bool
    """Whether it runs although the loop, which does not answer, should: nobody else runs until it waits."""

    @property
    def key(self) -> str | None:
        """Its name in the registry as a program would write it."""
        return None if self.name is None else repr(self.name)

    @property
    def address(self) -> str | None:
        """Its name in the registry as a person would write it: `match/4711`."""
        if isinstance(self.name, tuple):
            return "/".join(map(str, self.name))
        return None if self.name is None else str(self.name)

    @property
    def since_s(self) -> float:
        """How long it has been in this phase."""
        return self.at - self.since

    @property
    def handling_s(self) -> float | None:
        """How long the letter has been in hand."""
        return None if self.handling is None else self.at - self.began_at

    @property
    def waiting_s(self) -> float | None:
        """How long it has waited for its answer."""
        return None if self.waiting_on is None else self.at - self.waiting_since

    @property
    def deadline_s(self) -> float | None:
        """Time left for that answer."""
        return None if self.waiting_on is None else self.waiting_until - self.at

    @property
    def next_try_s(self) -> float | None:
        """Time left until it is started again."""
        return None if self.try_again_at is None else max(0.0, self.try_again_at - self.at)

    @property
    def mailbox(self) -> MailboxRecord | None:
        """What waits for it; None for a supervisor."""
        if self.box is None:
            return None
        length, capacity, peak, oldest_at, aside, dropped = self.box
        return MailboxRecord(
            length, capacity, peak, None if oldest_at is None else self.at - oldest_at, aside, dropped
        )

    @property
    def queued(self) -> int:
        """Letters waiting."""
        return 0 if self.box is None else self.box[0]

    @property
    def full(self) -> bool:
        """Whether the next letter would be refused, or would push another one out."""
        return self.box is not None and self.box[0] >= self.box[1]

    @property
    def last_crash(self) -> str | None:
        """The exception, its text cut short."""
        return None if self.crash is None else one_line(self.crash.error)

    @property
    def last_crash_at(self) -> str | None:
        """`file:line` of the last crash."""
        return None if self.crash is None else self.crash.where

    @property
    def last_crash_s(self) -> float | None:
        """How long ago."""
        return None if self.crash is None else self.at - self.crash.at

    @property
    def timers(self) -> dict[str, float]:
        """Seconds left, by name."""
        return {timer.name: timer.at - self.at for timer in self.named if timer.live}

    @property
    def describe(self) -> str:
        """What it says of itself, on one line."""
        return one_line(str(self.told)) if self.mute is None else f"describe() failed: {self.mute!r}"

    @property
    def spots(self) -> tuple[Spot, ...]:
        """Where it waits or runs, Trio's own frames left out, the innermost last."""
        return spots(self.frames)

    @property
    def parked_at(self) -> str | None:
        """`file:line` of the last of them; None for an actor that waits for its next letter."""
        found = self.spots
        return found[-1].place if found else None

    @property
    def stuck(self) -> bool:
        """Whether it is with one letter for too long, heeds no cancellation, or holds up the loop."""
        return self.holding or (self.handling_s or 0.0) > STUCK_S or self.status == "unkillable"

    def plain(self) -> dict[str, Any]:
        """All of it as JSON has it."""
        box = self.mailbox
        return {name: getattr(self, name) for name in PLAIN} | {
            "mailbox": None if box is None else box._asdict(),
            "stack": [str(spot) for spot in self.spots],
        }


PLAIN = (
    "at", "path", "key", "kind", "generation", "status", "since_s", "handling", "handling_s", "waiting_on",
    "waiting_s", "deadline_s", "next_try_s", "handled", "failed", "expired", "busy_s", "deferred", "restarts",
    "last_crash", "last_crash_at", "last_crash_s", "timers", "watchers", "reason", "describe", "parked_at",
    "holding",
)  # fmt: skip
"""What is in the JSON as it is called here."""


def read_cell(cell: Cell, at: float) -> ActorRecord:
    """Copy what there is to know of an actor.

    Args:
        cell: its record in the kernel.
        at: the moment, on the Trio clock.
    """
    letter, asked, box = cell.in_hand, cell.waiting_on, cell.mailbox
    told, mute = ("", None) if cell.actor is None else answer_safely(cell.actor.describe)
    quiet = cell.phase is Phase.RUNNING and letter is None and asked is None and not cell.unkillable
    task = None if quiet and box is not None and not cell.resuming else cell.task  # None if it is idle
    return ActorRecord._make(
        (
            at,
            cell.path,
            cell.key,
            cell.kind,
            cell.generation,
            "running" if quiet else cell.status,
            cell.since,
            None if letter is None else title(letter.message),
            cell.began_at,
            None if asked is None else asked.path,
            cell.waiting_since,
            cell.waiting_until,
            cell.try_again_at,
            None if box is None else box.look(),
            cell.handled,
            cell.failed,
            cell.expired,
            cell.busy_s,
            cell.deferred,
            cell.restarts,
            cell.last_crash,
            () if cell.timers is None else cell.timers.named(),
            0 if cell.watchers is None else len(cell.watchers),
            cell.reason,
            told,
            mute,
            () if task is None else frames_of(task, cell.post.thread),
            task is not None and runs(task) and threading.get_ident() != cell.post.thread,
        )
    )


def one_line(text: str) -> str:
    """The text on one line, cut short."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…"
