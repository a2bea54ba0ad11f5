"""One human action followed through actors: its id, its checkpoints, its waits and its service time.

A flow is begun where the action enters the program, travels in the envelope of every letter sent on its
behalf, and is completed once. Time in mailboxes (`waits`), time in handlers (`served_s`) and time in which
somebody outside the program had it (`outside_s`) are kept apart.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

import structlog
import trio

log = structlog.get_logger()

STEP_SLOW_S = 0.1
"""A step that took longer is warned of when it ends."""
SLOW_SIGN = "🟡"
MOST_STEPS = 256
"""A flow keeps this many checkpoints and waits; a longer one only counts what it left out."""
START, END = "_start", "_complete"
"""What the names of the two checkpoints around a piece of work end with."""
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Step(NamedTuple):
    """A named moment of a flow, or a wait in a mailbox."""

    name: str
    elapsed_s: float
    """Checkpoints: seconds since the one before. Waits: seconds spent in the mailbox."""
    metadata: Mapping[str, Any] = NOTHING


FlowSink: TypeAlias = Callable[["Flow"], None]


@dataclass(slots=True, eq=False)
class Flow:
    """One action on its way."""

    name: str
    started_at: float
    """Trio clock."""
    fields: dict[str, Any] = field(default_factory=dict)
    sink: FlowSink | None = None
    id: str = field(default_factory=lambda: secrets.token_hex(4))
    checkpoints: list[Step] = field(default_factory=list)
    waits: list[Step] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    """How often something was done on behalf of this flow, such as a query."""
    served_s: float = 0.0
    """Seconds spent in handlers on behalf of this flow."""
    outside_s: float = 0.0
    """Seconds in which something outside the program had it; what overlaps counts once."""
    acknowledged_s: float | None = None
    """How old the action was when whoever began it got a first answer; None when nobody waits for one."""
    acknowledged_own_s: float = 0.0
    """As much of that as was ours."""
    left_out: int = 0
    status: str = "success"
    took_s: float | None = None
    """None until completed."""
    handed_over: bool = False
    _last_at: float = field(init=False)
    _outside: int = 0
    _outside_since: float = 0.0

    def __post_init__(self) -> None:
        self._last_at = self.started_at

    @property
    def waited_s(self) -> float:
        """Seconds spent in mailboxes, all letters together."""
        return sum(wait.elapsed_s for wait in self.waits)

    @property
    def own_s(self) -> float:
        """Seconds from begin to end in which it was with us and with nobody outside."""
        return max(0.0, (self.took_s or 0.0) - self.outside_s)

    def checkpoint(self, name: str, /, **metadata: Any) -> None:
        """Name this moment; its step is the time since the checkpoint before, or since the start.

        Work that has a name of its own is put between `name_start` and `name_complete` (see `step`). What
        happens after the completion, such as a card that arrives later, is nobody's step any more.
        """
        if self.took_s is not None:
            return
        now = trio.current_time()
        elapsed_s = now - self._last_at
        self._last_at = now
        self._keep(self.checkpoints, Step(name, elapsed_s, metadata or NOTHING))
        if elapsed_s > STEP_SLOW_S:
            self._warn(name.removesuffix(END), elapsed_s, metadata)

    def waited(self, where: str, seconds: float) -> None:
        """Count time in a mailbox; the kernel calls it."""
        self._keep(self.waits, Step(where, seconds))

    def count(self, what: str) -> None:
        """Count something that is done on behalf of this flow."""
        self.counts[what] = self.counts.get(what, 0) + 1

    def acknowledged(self) -> None:
        """Note how old the action is now that somebody was answered; the first answer counts."""
        if self.acknowledged_s is None:
            self.acknowledged_s = trio.current_time() - self.started_at
            self.acknowledged_own_s = max(0.0, self.acknowledged_s - self.outside_s)

    def leave(self) -> None:
        """Somebody outside has it from now on; `come_back` ends that."""
        if self._outside == 0:
            self._outside_since = trio.current_time()
        self._outside += 1

    def come_back(self) -> None:
        """Have it back."""
        self._outside -= 1
        if self._outside == 0 and self.took_s is None:
            self.outside_s += trio.current_time() - self._outside_since

    def hand_over(self) -> "Flow":
        """Leave the completion to whoever the flow is sent to: the end of `begin` will not do it."""
        self.handed_over = True
        return self

    def complete(self, status: str | None = None) -> None:
        """End the flow and give it to its sink; a second completion is only logged."""
        if self.took_s is not None:
            log.warning("flow.completed_twice", flow=self.id, name=self.name, status=status)
            return
        self.status = self.status if status is None else status
        now = trio.current_time()
        if self._outside:
            self.outside_s += now - self._outside_since
        self.took_s = now - self.started_at
        if self.sink is not None:
            self.sink(self)

    def _keep(self, steps: list[Step], step: Step) -> None:
        if len(steps) < MOST_STEPS:
            steps.append(step)
        else:
            self.left_out += 1

    def _warn(self, step: str, elapsed_s: float, metadata: Mapping[str, Any]) -> None:
        fields = {key: value for key, value in metadata.items() if key not in _OF_A_WARNING}
        took_ms = round(elapsed_s * 1000, 2)
        line = f"{SLOW_SIGN} [{self.name}.{step}] {took_ms:.2f}ms"
        log.warning(
            "flow.checkpoint", flow=self.id, name=self.name, step=step, took_ms=took_ms, line=line, **fields
        )


_OF_A_WARNING = frozenset({"event", "level", "flow", "name", "step", "took_ms", "line"})
CURRENT: ContextVar[Flow | None] = ContextVar("flow", default=None)
SINK: ContextVar[FlowSink | None] = ContextVar("flow_sink", default=None)


def current() -> Flow | None:
    """The flow that this task works for at this moment."""
    return CURRENT.get()


def checkpoint(name: str, /, **metadata: Any) -> None:
    """Name this moment in the current flow, if there is one."""
    flow = CURRENT.get()
    if flow is not None:
        flow.checkpoint(name, **metadata)


def conclude(status: str) -> None:
    """Say how the current flow will have ended; it goes on to its end."""
    flow = CURRENT.get()
    if flow is not None:
        flow.status = status


@contextmanager
def step(name: str, /, **metadata: Any) -> Iterator[None]:
    """Time this block as a step of the current flow; one that raises has no end."""
    checkpoint(f"{name}{START}")
    yield
    checkpoint(f"{name}{END}", **metadata)


@contextmanager
def outside() -> Iterator[None]:
    """Somebody outside the program has the current flow meanwhile: his time is not ours."""
    flow = CURRENT.get()
    if flow is None:
        yield
        return
    flow.leave()
    try:
        yield
    finally:
        flow.come_back()


@contextmanager
def follow(flow: Flow | None) -> Iterator[None]:
    """Work for a flow that came another way than in the letter at hand."""
    token = CURRENT.set(flow)
    try:
        yield
    finally:
        CURRENT.reset(token)


@contextmanager
def begin(
    name: str, /, *, sink: FlowSink | None = None, since: float | None = None, **fields: Any
) -> Iterator[Flow]:
    """Follow an action from here on; it is completed at the end of the block.

    Args:
        name: what the action is called in the statistics, from a small set.
        sink: who gets the completed flow; by default the system this task runs in.
        since: when it really began, on the Trio clock.
        fields: ids for the log line.

    An exception ends the flow with the status `error`; a cancellation with `cancelled`.
    """
    started_at = trio.current_time() if since is None else since
    flow = Flow(name, started_at, fields, SINK.get() if sink is None else sink)
    token = CURRENT.set(flow)
    try:
        yield flow
    except trio.Cancelled:
        flow.status = "cancelled"
        raise
    except BaseException:
        flow.status = "error"
        flow.handed_over = False
        raise
    finally:
        CURRENT.reset(token)
        if not flow.handed_over:
            flow.complete()
