"""What the dump's door is asked: what the loop reads for each answer, and what is made of it outside."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, TypeAlias

from supervision.dump import Dump, take_dump
from supervision.dump_json import Lines
from supervision.errors import DumpRefused
from supervision.finding import find
from supervision.flow_stats import FlowSummary
from supervision.onlooker import Onlooker, Reading
from supervision.rollup import notable_events, rolled_up
from supervision.system import System
from supervision.talkers import Talkers
from supervision.vitals import Vitals

Request: TypeAlias = dict[str, Any]

LAST = 12
"""Events, and dead letters, that an overview or an actor's record ends with."""
MOST_TALKERS = 20


def wanted(request: Request, name: str) -> str:
    """What a question takes, such as a path.

    Raises:
        DumpRefused: it is not there.
    """
    value = request.get(name)
    if not isinstance(value, str):
        raise DumpRefused(f"{request['what']} wants a {name!r}, a text.")
    return value


def _as_read(reading: Reading[Any], _request: Request) -> Any:
    return reading.answer


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask."""

    read: Callable[[], Any]
    """In the loop, or beside one that is stuck. Quick, since nobody else runs meanwhile."""
    tell: Callable[[Reading[Any], Request], Any] = _as_read
    """In the asker's thread: the answer as a JSON value, an iterator of such, or `Lines`."""


@dataclass(frozen=True, slots=True)
class Questions:
    """What can be asked of a system."""

    system: System
    onlooker: Onlooker
    vitals: Vitals
    talkers: Talkers = field(default_factory=Talkers)

    def known(self) -> dict[str, Question]:
        """All of it, by name."""
        dump = self._dump
        return {
            "summary": Question(dump, self._summary),
            "tree": Question(dump, _tree),
            "actors": Question(dump, _actors),
            "actor": Question(dump, _actor),
            "stuck": Question(dump, _stuck),
            "deadlocks": Question(dump, lambda seen, _: seen.answer.deadlocks),
            "events": Question(dump, lambda seen, _: seen.answer.plain_events()),
            "crashes": Question(dump, _crashes),
            "dead_letters": Question(dump, _dead_letters),
            "flows": Question(self.system.flows.summaries, _flows),
            "overview": Question(lambda: (self._dump(), self.system.flows.summaries()), self._overview),
            "stack": Question(lambda: None, self._stack),
        }

    def _dump(self) -> Dump:
        return take_dump(self.system.tree)

    def _summary(self, seen: Reading[Dump], _request: Request) -> dict[str, Any]:
        return asdict(seen.answer.totals()) | self.vitals.plain() | {"lag_s": seen.lag_s}

    def _overview(
        self, seen: Reading[tuple[Dump, tuple[FlowSummary, ...]]], request: Request
    ) -> dict[str, Any]:
        dump, flows = seen.answer[0].in_order(), seen.answer[1]
        return {
            "summary": self._summary(Reading(dump, seen.lag_s), request),
            "rows": [row.plain() for row in rolled_up(dump)],
            "talkers": self.talkers.rates(dump, MOST_TALKERS),
            "flows": [asdict(each) for each in flows],
            "events": notable_events(dump)[-LAST:],
            "dead_letters": dump.plain_dead_letters()[-LAST:],
            "deadlocks": dump.deadlocks,
        }

    def _stack(self, seen: Reading[None], _request: Request) -> list[str]:
        return [str(spot) for spot in seen.stack or self.onlooker.stack()]


def _tree(seen: Reading[Dump], _request: Request) -> Lines:
    return Lines(seen.answer.in_order().tree_lines())


def _actors(seen: Reading[Dump], _request: Request) -> Iterator[dict[str, Any]]:
    return (actor.plain() for actor in seen.answer.in_order().actors)


def _actor(seen: Reading[Dump], request: Request) -> dict[str, Any]:
    dump = seen.answer
    actor = find(dump, wanted(request, "path"))
    own = actor.path
    return actor.plain() | {
        "events": [each for each in dump.plain_events() if each["path"] == own][-LAST:],
        "dead_letters": [each for each in dump.plain_dead_letters() if each["path"] == own][-LAST:],
    }


def _stuck(seen: Reading[Dump], _request: Request) -> list[dict[str, Any]]:
    return [actor.plain() for actor in seen.answer.in_order().stuck()]


def _crashes(seen: Reading[Dump], _request: Request) -> list[dict[str, Any]]:
    return [seen.answer.plain_event(event) for event in seen.answer.crashes]


def _dead_letters(seen: Reading[Dump], _request: Request) -> dict[str, Any]:
    return {"counts": seen.answer.dead_counts, "last": seen.answer.plain_dead_letters()}


def _flows(seen: Reading[tuple[FlowSummary, ...]], _request: Request) -> list[dict[str, Any]]:
    return [asdict(each) for each in seen.answer]
