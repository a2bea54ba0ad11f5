"""Which actor somebody means: by its path, the end of its path, or its name in the registry."""

import difflib
from collections.abc import Sequence

from supervision.dump import Dump
from supervision.errors import DumpRefused
from supervision.record import ActorRecord

NEAR = 5
"""Guesses that are offered; of more, only how many they are."""
LONGEST_WORDS = 60
"""Characters of what somebody wrote that he reads again."""


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
        raise DumpRefused(f"{quoted(words)} may be {_listed([actor.path for actor in found])}.")
    near = _near(wanted, [actor.path for actor in dump.actors if actor.status != "stopped"])
    raise DumpRefused(f"There is no actor {quoted(words)}: {_hint(near)}")


def quoted(words: str) -> str:
    """What somebody wrote, in quotes and cut short."""
    return repr(words if len(words) <= LONGEST_WORDS else f"{words[: LONGEST_WORDS - 1]}…")


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


def _hint(near: Sequence[str]) -> str:
    if len(near) > NEAR:
        return f"{len(near)} have it in their names."
    return f"did you mean {_listed(near)}?" if near else "`dump tree` lists all."


def _listed(paths: Sequence[str]) -> str:
    return " or ".join(paths) if len(paths) <= NEAR else f"any of {len(paths)}"
