"""Which actor somebody means: by its path, the end of its path, or its name in the registry."""

import difflib
from collections.abc import Sequence

from supervision.dump import Dump
from supervision.errors import DumpRefused
from supervision.record import ActorRecord

NEAR = 5
"""Guesses that are offered."""


def find(dump: Dump, words: str) -> ActorRecord:
    """The actor that is called `ladder/play/matches/4711`, `matches/4711`, `4711` or `match/4711`.

    Raises:
        DumpRefused: nobody, or more than one; a sentence that offers others.
    """
    wanted = words.strip("/")
    exact = dump.actor(wanted)
    if exact is not None:
        return exact
    found = _living([actor for actor in dump.actors if wanted == actor.address]) or _living(
        [actor for actor in dump.actors if f"/{actor.path}".endswith(f"/{wanted}")]
    )
    if len(found) == 1:
        return found[0]
    if found:
        raise DumpRefused(f"{words!r} may be {_listed([actor.path for actor in found])}.")
    near = _near(wanted, [actor.path for actor in dump.actors])
    hint = f": did you mean {_listed(near)}?" if near else ": `dump tree` lists all."
    raise DumpRefused(f"There is no actor {words!r}{hint}")


def _living(actors: Sequence[ActorRecord]) -> list[ActorRecord]:
    """Those that have not stopped, or else one of them for each path."""
    living = [actor for actor in actors if actor.status != "stopped"]
    return living or list({actor.path: actor for actor in actors}.values())


def _near(wanted: str, paths: Sequence[str]) -> list[str]:
    last = wanted.rpartition("/")[2].lower()
    inside = [path for path in paths if last and last in path.rpartition("/")[2].lower()]
    if inside:
        return inside
    ends = {path.rpartition("/")[2]: path for path in paths}
    return [ends[end] for end in difflib.get_close_matches(last, ends, n=NEAR)]


def _listed(paths: Sequence[str]) -> str:
    more = len(paths) - NEAR
    return " or ".join(paths[:NEAR]) + (f" or {more} more" if more > 0 else "")
