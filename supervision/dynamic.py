"""Children on demand: what a supervisor can be asked for, and the handles through which it is asked."""

from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeAlias, assert_never

import trio

from supervision.cell import Cell, Phase
from supervision.child import ChildSpec, Spec
from supervision.errors import MaxChildrenError, NotRunning, StartError
from supervision.ref import Ref


@dataclass(frozen=True, slots=True)
class Started:
    """The child runs; its `init` is done."""

    ref: Ref[Any]


@dataclass(frozen=True, slots=True)
class AlreadyStarted:
    """A child of this identity runs; it was left alone."""

    ref: Ref[Any]


@dataclass(frozen=True, slots=True)
class AlreadyPresent:
    """A child of this id is specified but stopped: `restart_child` starts it."""

    id: str


@dataclass(frozen=True, slots=True)
class MaxChildren:
    """The pool has as many children, running or coming back, as it may have."""

    most: int


@dataclass(frozen=True, slots=True)
class StartFailed:
    """The child did not start, and nothing of it is left."""

    error: BaseException


PoolOutcome: TypeAlias = Started | AlreadyStarted | MaxChildren | StartFailed
StartOutcome: TypeAlias = PoolOutcome | AlreadyPresent


@dataclass(slots=True, eq=False)
class Request:
    """Something asked of a supervisor; whoever asked waits, or has left without harm."""

    done: trio.Event = field(default_factory=trio.Event)
    outcome: StartOutcome | None = None

    def settle(self, outcome: StartOutcome | None = None) -> None:
        """Give the outcome."""
        self.outcome = outcome
        self.done.set()


@dataclass(frozen=True, slots=True)
class StartChild:
    """Add a child and start it."""

    spec: Spec
    request: Request


@dataclass(frozen=True, slots=True)
class StopChild:
    """Stop a child; a pool forgets it, a fixed supervisor keeps its specification."""

    identity: Hashable
    request: Request


@dataclass(frozen=True, slots=True)
class RestartChild:
    """Start a specified child that is stopped."""

    identity: Hashable
    request: Request


Order: TypeAlias = StartChild | StopChild | RestartChild


@dataclass(frozen=True, slots=True)
class ChildView:
    """One line of `which_children`."""

    id: Hashable
    ref: Ref[Any]
    kind: str
    doing: str


@dataclass(slots=True, eq=False)
class Children:
    """The handle of a running supervisor; it survives the supervisor's restarts."""

    cell: Cell
    cells: dict[Hashable, Cell] = field(default_factory=dict)
    """The children by identity, in start order; the supervisor keeps it up to date."""
    order: Callable[[Order], None] | None = None
    """Hands an order to the supervisor; None while it does not run."""

    @property
    def path(self) -> str:
        """Where the supervisor stands in the tree."""
        return self.cell.path

    async def start_child(self, spec: Spec) -> StartOutcome:
        """Add a child and wait until its `init` is done.

        Cancelling the caller does not cancel the start: the child is then simply there.

        Raises:
            NotRunning: the supervisor is not running.
        """
        request = Request()
        await self._ask(StartChild(spec, request), request)
        assert request.outcome is not None
        return request.outcome

    async def stop_child(self, key: Hashable) -> None:
        """Stop a child and wait until it is gone. Nobody there is fine.

        A fixed supervisor knows its children by id; a pool by key, or by id if they have none.

        Raises:
            NotRunning: the supervisor is not running.
        """
        request = Request()
        await self._ask(StopChild(key, request), request)

    async def restart_child(self, key: Hashable) -> StartOutcome:
        """Start a stopped child whose specification was kept.

        Raises:
            NotRunning: the supervisor is not running, or knows no such child.
        """
        request = Request()
        await self._ask(RestartChild(key, request), request)
        if request.outcome is None:
            raise NotRunning(f"{self.path}/{key}")
        return request.outcome

    def children(self) -> tuple[Ref[Any], ...]:
        """The children that run or are coming back, in start order."""
        return tuple(cell.ref for cell in self.cells.values() if cell.phase is not Phase.STOPPED)

    def which_children(self) -> tuple[ChildView, ...]:
        """Every specified child and what it is doing, in start order."""
        return tuple(ChildView(key, cell.ref, cell.kind, cell.doing()) for key, cell in self.cells.items())

    def count_children(self) -> dict[str, int]:
        """How many children there are, by phase."""
        return dict(Counter(cell.phase.value for cell in self.cells.values()))

    async def _ask(self, order: Order, request: Request) -> None:
        await trio.lowlevel.checkpoint_if_cancelled()
        if self.order is None:
            raise NotRunning(self.path, order)
        self.order(order)
        await request.done.wait()


class Pool(Children):
    """The handle of a running pool."""

    async def start_child(self, spec: Spec) -> PoolOutcome:
        """Add a child, as `Children.start_child` does; a pool forgets whoever stopped, so none is present."""
        outcome = await super().start_child(spec)
        assert not isinstance(outcome, AlreadyPresent)
        return outcome

    async def whereis_or_start(self, spec: ChildSpec) -> Ref[Any]:
        """The actor of this key, started if it is not running. Its `init` is done.

        A letter sent without a checkpoint in between reaches it, even if it is about to go to sleep.

        Raises:
            MaxChildrenError: the pool is full.
            StartError: it did not start; the child's own exception is the cause.
            NotRunning: the pool is not running.
        """
        await trio.lowlevel.checkpoint()
        known = self.cells.get(spec.identity)
        if known is not None and known.phase is Phase.RUNNING:
            found: Ref[Any] = known.ref
            return found
        outcome = await self.start_child(spec)
        match outcome:
            case Started(ref) | AlreadyStarted(ref):
                return ref
            case MaxChildren(most):
                raise MaxChildrenError(self.path, most)
            case StartFailed(error):
                raise StartError(f"{self.path}/{spec.id}", error)
            case _:
                assert_never(outcome)
