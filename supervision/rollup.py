"""A tree on one page: pools as numbers, and of their children only those that are worth a look."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from supervision.child import Exit
from supervision.dump import Dump, lately
from supervision.journal import Event
from supervision.record import ActorRecord
from supervision.words import counted, in_short, many

SHOWN_OF_A_POOL = 5
BUSY_S = 0.1
"""Who has a letter in hand for longer than this is worth a look."""


@dataclass(slots=True)
class Row:
    """One line of the page."""

    actor: ActorRecord
    depth: int
    why: str = ""
    """Why it is worth a look; nothing for those that are on the page anyway."""
    inside: Counter[str] = field(default_factory=Counter)
    """What a pool holds, by status."""
    queued: int = 0
    """Letters that wait for all of them."""
    hidden: int = 0
    """How many more of them are worth a look."""

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return self.actor.plain() | {
            "depth": self.depth,
            "why": self.why,
            "inside": dict(self.inside.most_common()) if self.actor.kind == "pool" else None,
            "queued": self.queued,
            "hidden": self.hidden,
        }

    def line(self) -> str:
        """In words that anybody on the staff may read: no text of an exception, no path of the machine."""
        parts = [in_short(self.actor)]
        if self.actor.kind == "pool":
            parts.append(f"{self.inside.total()} inside")
            parts.append(counted(self.inside) if len(self.inside) > 1 else "")
            parts.append(f"{many(self.queued, 'letter')} waiting" if self.queued else "")
            parts.append(f"{self.hidden} more worth a look" if self.hidden else "")
        return "  " * self.depth + ", ".join(part for part in parts if part)


def rolled_up(dump: Dump, most: int = SHOWN_OF_A_POOL) -> tuple[Row, ...]:
    """The page.

    Args:
        dump: in order.
        most: children of a pool that are shown.

    Returns:
        Supervisors and their children by path; who stopped is left out unless a pool's child crashed lately.
    """
    rows: list[Row] = []
    pool: Row | None = None
    worth: list[tuple[tuple[int, float], Row]] = []
    for actor in dump.actors:
        if pool is not None and actor.path.startswith(f"{pool.actor.path}/"):
            _put_in(pool, actor, worth)
            continue
        if actor.status == "stopped":
            continue  # it may lie at the path of the pool that follows it, which goes on
        if pool is not None:
            rows += _chosen(pool, worth, most)
        reason = _reason(actor)
        rows.append(Row(actor, actor.path.count("/"), "" if reason is None else reason[1]))
        pool, worth = (rows[-1], []) if actor.kind == "pool" else (None, worth)
    if pool is not None:
        rows += _chosen(pool, worth, most)
    return tuple(rows)


def page(dump: Dump) -> Iterator[str]:
    """The page as lines of text, with the whole tree in numbers above it."""
    yield dump.summary()
    yield from (row.line() for row in rolled_up(dump))


def notable_events(dump: Dump) -> list[dict[str, Any]]:
    """What happened, the newest last: crashes however long ago, others lately if they are no pool's child."""
    pools = tuple(f"{actor.path}/" for actor in dump.actors if actor.kind == "pool")
    rest = [event for event in dump.events if not (_told_by_another(event) or _comes_and_goes(event, pools))]
    return [dump.plain_event(event) for event in sorted([*dump.crashes, *rest], key=lambda event: event.at)]


def _told_by_another(event: Event) -> bool:
    """Whether what comes of it follows, or it is the end that a crash brought."""
    passing = {"starting", "stopping", "unkillable"}
    return event.what in passing or event.detail.startswith(Exit.CRASHED.value)


def _comes_and_goes(event: Event, pools: tuple[str, ...]) -> bool:
    again = event.what == "started" and event.detail != "generation 1"
    return event.path.startswith(pools) and not (again or event.detail.startswith(Exit.KILLED.value))


def _put_in(pool: Row, actor: ActorRecord, worth: list[tuple[tuple[int, float], Row]]) -> None:
    if actor.status != "stopped":
        pool.inside[actor.status] += 1
        pool.queued += actor.queued
    reason = _reason(actor)
    if reason is not None:
        rank, why, much = reason
        worth.append(((rank, -much), Row(actor, actor.path.count("/"), why)))


def _chosen(pool: Row, worth: list[tuple[tuple[int, float], Row]], most: int) -> list[Row]:
    worth.sort(key=lambda each: each[0])
    pool.hidden = max(0, len(worth) - most)
    return [row for _, row in worth[:most]]


def _reason(actor: ActorRecord) -> tuple[int, str, float] | None:
    """Why somebody is worth a look: how urgent, in words, and how much of it; None if he is not."""
    busy_s = actor.handling_s or 0.0
    crashed = lately(actor)
    reasons = (
        (actor.status == "unkillable", "unkillable", actor.since_s),
        (actor.holding, "holds up the loop", busy_s),
        (actor.stuck, "stuck", busy_s),
        (actor.status == "restarting", "restarting", actor.since_s),
        (actor.full, "full mailbox", actor.queued),
        (crashed, "crashed lately", -(actor.last_crash_s or 0.0)),
        (actor.status in {"starting", "stopping"}, actor.status, actor.since_s),
        (busy_s > BUSY_S, "busy", busy_s),
        (actor.queued > 0, "letters waiting", actor.queued),
    )
    for rank, (holds, why, much) in enumerate(reasons):
        if holds and (crashed or actor.status != "stopped"):
            return rank, why, much
    return None
