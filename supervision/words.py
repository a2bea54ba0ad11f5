"""What is known of an actor, in words: a line of the tree, the text of an error."""

from collections import Counter
from collections.abc import Iterable, Iterator

from supervision.cell import Cell
from supervision.record import ActorRecord, read_cell


def record_in_words(cell: Cell) -> str:
    """What an actor is about, for whoever did not get an answer from it.

    `busy 5.1 s in Report, queue 17 of 256, the oldest 4.2 s, waiting on ladder/store for 4.9 s, 0.1 s left,
    at /app/actors/match.py:211 [match 4711 LIVE alice v bob]`
    """
    return in_words(read_cell(cell, cell.post.now()))


def in_words(actor: ActorRecord) -> str:
    """What an actor is about, its description in brackets at the end."""
    words = ", ".join(part for part in (*_doing(actor), *_troubles(actor)) if part)
    return f"{words} [{actor.describe}]" if actor.describe else words


def _doing(actor: ActorRecord) -> tuple[str, ...]:
    box = actor.mailbox
    busy = "" if actor.handling is None else f" {actor.handling_s:.1f} s in {actor.handling}"
    oldest = "" if box is None or box.oldest_s is None else f", the oldest {box.oldest_s:.1f} s"
    return (
        f"{actor.status}{busy}",
        "" if actor.next_try_s is None else f"next try in {actor.next_try_s:.1f} s",
        "" if box is None else f"queue {box.length} of {box.capacity}{oldest}",
        _waiting(actor),
        "holds up the loop" if actor.holding else "",
        "" if actor.parked_at is None else f"at {actor.parked_at}",
    )


def _troubles(actor: ActorRecord) -> tuple[str, ...]:
    return (
        "" if not actor.restarts else many(actor.restarts, "restart"),
        _crash(actor),
        "" if not actor.reason else f"ended: {actor.reason}",
    )


def _waiting(actor: ActorRecord) -> str:
    if actor.waiting_on is None:
        return ""
    return f"waiting on {actor.waiting_on} for {actor.waiting_s:.1f} s, {actor.deadline_s:.1f} s left"


def _crash(actor: ActorRecord) -> str:
    if actor.crash is None:
        return ""
    place = actor.last_crash_at and f" at {actor.last_crash_at}"  # who was killed raised nothing anywhere
    return f"last crash {actor.last_crash}{place}, {actor.last_crash_s:.1f} s ago"


def tree_lines(actors: Iterable[ActorRecord]) -> Iterator[str]:
    """An indented line for each actor; those that ended well are left out. Pools say what is in them.

    Args:
        actors: by path.
    """
    shown = [actor for actor in actors if actor.status != "stopped" or actor.crash is not None]
    pools = states_by_pool(shown)
    for actor in shown:
        counts = pools.get(actor.path)
        inside = "" if actor.kind != "pool" else _counted(counts or Counter())
        yield "  " * actor.path.count("/") + line(actor, inside)


def states_by_pool(actors: Iterable[ActorRecord]) -> dict[str, Counter[str]]:
    """How many children of each status every pool has that has children."""
    found: dict[str, Counter[str]] = {}
    pools = {actor.path for actor in actors if actor.kind == "pool"}
    for actor in actors:
        above = actor.path.rpartition("/")[0]
        if above in pools:
            found.setdefault(above, Counter())[actor.status] += 1
    return found


def line(actor: ActorRecord, inside: str = "") -> str:
    """One actor in a line, without its place in the tree.

    Args:
        actor: its record.
        inside: what a pool holds.
    """
    box = actor.mailbox
    spotted = actor.stuck and actor.parked_at is not None
    parts = (
        actor.path.rpartition("/")[2],
        actor.status,
        inside,
        f"generation {actor.generation}" if actor.generation > 1 else "",
        "" if actor.handling is None else f"{actor.handling} for {actor.handling_s:.1f} s",
        _waiting(actor),
        "" if actor.next_try_s is None else f"next try in {actor.next_try_s:.1f} s",
        f"mailbox {box.length}/{box.capacity}" if box is not None and box.length else "",
        "holds up the loop" if actor.holding else "",
        f"at {actor.parked_at}" if spotted else "",
        _crash(actor),
        actor.reason,
        actor.describe,
    )
    return ", ".join(part for part in parts if part)


def in_short(actor: ActorRecord) -> str:
    """One actor in a line, without what an exception says and where the program lies: for any staff."""
    box, crash = actor.mailbox, actor.crash
    asked = "" if actor.waiting_on is None else actor.waiting_on.rpartition("/")[2]
    parts = (
        f"{actor.path.rpartition('/')[2]} {actor.status}",
        "" if actor.handling is None else f"{actor.handling_s:.1f} s in {actor.handling}",
        "" if actor.waiting_s is None else f"waiting on {asked} for {actor.waiting_s:.1f} s",
        "" if actor.next_try_s is None else f"next try in {actor.next_try_s:.1f} s",
        f"mailbox {box.length}/{box.capacity}" if box is not None and box.length else "",
        many(actor.restarts, "restart") if actor.restarts else "",
        "" if crash is None else f"{crash.kind} {actor.last_crash_s:.0f} s ago",
        actor.describe if actor.mute is None else "describe() failed",
    )
    return ", ".join(part for part in parts if part)


def _counted(states: Counter[str]) -> str:
    total = sum(states.values())
    return f"{total} inside" + (f": {counted(states)}" if len(states) > 1 else "")


def counted(states: Counter[str]) -> str:
    """Numbers of statuses in words: `20 running, 2 busy`."""
    return ", ".join(f"{count} {status}" for status, count in states.most_common())


def many(count: int, noun: str) -> str:
    """`1 restart`, `2 restarts`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
