"""A running tree: opened when every child is ready, stopped in order when its block is left."""

import math
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias

import structlog
import trio

from supervision.cell import Phase, Post
from supervision.child import PoolSpec, SupervisorSpec
from supervision.crew import Body, Governor, Tree, child_at, handle_at, new_cell
from supervision.dead_letters import DeadLetters
from supervision.dump import Dump, take_dump
from supervision.dynamic import Children, Pool
from supervision.errors import KernelError, KilledByOperator, NotRunning
from supervision.fixed import FixedSupervisor
from supervision.flow import SINK, Flow, FlowSink, FlowStats
from supervision.frames import innermost
from supervision.journal import Hook, Journal
from supervision.pooled import PoolSupervisor
from supervision.registry import Registry
from supervision.rollup import page
from supervision.supervisor import safely
from supervision.trace import follow, leave
from supervision.words import record_in_words

log = structlog.get_logger()

STOP_S = math.inf
"""How long the whole stop may take before order is given up; by default the children's limits bound it."""
BODIES: dict[type, Body] = {SupervisorSpec: FixedSupervisor, PoolSpec: PoolSupervisor}
"""How to make the supervisor of a specification."""


Looking: TypeAlias = Callable[["System"], AbstractAsyncContextManager[object]]


def nobody(_system: "System") -> AbstractAsyncContextManager[object]:
    """No door to look in by."""
    return nullcontext()


@dataclass(slots=True, eq=False)
class System:
    """One running tree and what belongs to it."""

    tree: Tree
    root: Governor
    flows: FlowStats
    sink: FlowSink | None
    failure: KernelError | None = None
    """Why the tree gave up, if it did."""
    seen: bool = False
    """Whether `wait` has raised the failure already."""
    started: trio.Event = field(default_factory=trio.Event)
    ended: trio.Event = field(default_factory=trio.Event)

    @property
    def registry(self) -> Registry:
        """The names of the actors and pools."""
        return self.tree.registry

    @property
    def dead_letters(self) -> DeadLetters:
        """What became of messages that nobody handled."""
        return self.tree.post.dead_letters

    @property
    def journal(self) -> Journal:
        """The last lifecycle events."""
        return self.tree.post.journal

    def dump(self) -> Dump:
        """The state of every actor at this moment, as plain values. May be called from any thread."""
        return take_dump(self.tree).in_order()

    async def page(self) -> tuple[str, ...]:
        """The state of the tree on one page, for any staff: pools as numbers, no text of exceptions.

        The loop stands still only while it is read.
        """
        seen = take_dump(self.tree)
        return await trio.to_thread.run_sync(lambda: tuple(page(seen.in_order())))

    def children(self, path: str) -> Children:
        """The handle of a running supervisor or pool, by its path.

        Raises:
            NotRunning: there is none.
        """
        found = handle_at(self.root, path)
        if found is None:
            raise NotRunning(path)
        return found

    def trace(self, path: str, hook: Hook) -> Callable[[], None]:
        """Tell a hook, too, of every letter in and out of an actor and of its changes of state.

        Any thread may. The hook is called in the loop's thread and must not wait; that it fails harms nobody.

        Returns:
            A function that ends it, for the loop's thread.

        Raises:
            NotRunning: no such actor.
        """
        cell = self.tree.cells.get(path)
        if cell is None:
            raise NotRunning(path)
        told = safely(hook)
        follow(cell, told)
        return lambda: leave(cell, told)

    def kill(self, path: str, by: str) -> str:
        """End an actor or a supervisor at once, as if it had crashed: OTP's `exit(Pid, kill)`.

        What follows is its supervisor's to decide, as after any crash. A supervisor takes all its children
        with it, at once and without order; the root, the whole tree.

        Args:
            path: of the actor or supervisor.
            by: who asks, for the error and the log.

        Returns:
            What it was about, in a line. It may take a moment to end.

        Raises:
            NotRunning: nobody lives there; who waits for a next try has ended already.
        """
        found = child_at(self.root, path)
        cell = self.root.cell if found is None else found[1].cell
        if cell.path != path or cell.phase in {Phase.RESTARTING, Phase.STOPPED}:
            raise NotRunning(path)
        doing, killed = cell.doing(), KilledByOperator(path, by)
        self.journal.add(trio.current_time(), path, "killed", by)
        log.warning("actor.killed", actor=path, by=by, doing=doing)
        if found is None:
            self.failure = killed
            self.stop_now()
        else:
            supervisor, child = found
            supervisor.crash(child, killed)
        return doing

    async def wait(self) -> None:
        """Wait until the tree has ended.

        Raises:
            IntensityReached: it gave up.
        """
        await self.ended.wait()
        if self.failure is not None:
            self.seen = True
            raise self.failure

    def stop(self, reason: str = "asked to") -> None:
        """Have the tree stop in order. Returns at once; `wait` tells the end."""
        self.root.ask_stop(reason)

    def stop_now(self) -> None:
        """Give up order: cancel every actor at once."""
        self.root.ask_stop("stopped now")
        self.root.force()

    def complete_flow(self, flow: Flow) -> None:
        """Count a completed flow and hand it on: the sink of flows begun in this system."""
        self.flows.add(flow)
        if self.sink is not None:
            self.sink(flow)


@asynccontextmanager
async def open_system(
    spec: SupervisorSpec | PoolSpec,
    *,
    hooks: Sequence[Hook] | None = None,
    flow_sink: FlowSink | None = None,
    signals: bool = False,
    stop_s: float = STOP_S,
    seed: int | None = None,
    registry: Registry | None = None,
    looking: Looking = nobody,
) -> AsyncIterator[System]:
    """Run a tree; entered when all of it runs, left when all of it has stopped in order.

    Args:
        spec: the root.
        hooks: functions that hear of every lifecycle event.
        flow_sink: who gets completed flows, besides the statistics.
        signals: whether SIGINT and SIGTERM stop the tree; the second one stops it now. Main thread only.
        stop_s: how long the stop may take before order is given up.
        seed: of the jitter in delays.
        registry: an empty one that somebody outside the tree already knows; None makes one.
        looking: doors to look in by, such as `serve_dump`: open before the first child starts, and until the
            last one has stopped.

    Raises:
        StartError: a child did not start; what had started was stopped. Its exception is the cause.
        IntensityReached: the tree gave up and nobody has waited for it.
    """
    journal = Journal(tuple(map(safely, hooks or ())))
    system = _assemble(spec, journal, flow_sink, seed, registry or Registry())
    async with looking(system), _opened(system, signals, stop_s):
        yield system


@asynccontextmanager
async def _opened(system: System, signals: bool, stop_s: float) -> AsyncIterator[None]:
    token = SINK.set(system.complete_flow)
    raised: BaseException | None = None
    try:
        async with trio.open_nursery() as outer:
            outer.start_soon(_run, system, signals, stop_s, name=f"{system.root.cell.path} system")
            try:
                await system.started.wait()
                if system.failure is None:
                    yield
            finally:
                await _stop(system, stop_s)  # noqa: ASYNC102  # shielded inside, bounded by the children
    except BaseExceptionGroup as group:
        raised = innermost(group)  # what the block raised, not what a nursery made of it
    finally:
        SINK.reset(token)
    if raised is not None:
        raise raised
    if system.failure is not None and not system.seen:
        raise system.failure


def _assemble(
    spec: SupervisorSpec | PoolSpec,
    journal: Journal,
    flow_sink: FlowSink | None,
    seed: int | None,
    registry: Registry,
) -> System:
    post = Post(dead_letters=DeadLetters(guard=safely), journal=journal, in_words=record_in_words)
    tree = Tree(post, registry, BODIES, Random(seed))  # noqa: S311 - jitter, no secret
    cell = new_cell(spec.id, spec, tree.post)
    tree.cells[spec.id] = cell
    handle = Children(cell)
    if isinstance(spec, PoolSpec):
        handle = pool = Pool(cell)
        tree.registry.register_pool(spec.key, pool)
    root = tree.bodies[type(spec)](tree, cell, spec, handle)
    return System(tree, root, FlowStats(), flow_sink)


async def _run(system: System, signals: bool, stop_s: float) -> None:
    """The root and its alarms: shielded, since an ordered stop still needs its deadlines."""
    cell = system.root.cell
    cell.generation = 1

    def ready() -> None:
        cell.enter(Phase.RUNNING, "started", "generation 1")
        system.started.set()

    with trio.CancelScope(shield=True):
        async with trio.open_nursery() as own:
            own.start_soon(system.tree.post.alarms.run, name="alarms")
            if signals:
                own.start_soon(_heed_signals, system, stop_s, name="signals")
            try:
                await system.root.run(ready)
            except KernelError as failure:
                system.failure = failure
            finally:
                _close(system)
            # Ctrl-C has left by now: a block that has not begun is cancelled, not entered.
            system.started.set()
            own.cancel_scope.cancel(reason="the tree ended")


def _close(system: System) -> None:
    cell = system.root.cell
    cell.enter(Phase.STOPPED, "stopped", repr(system.failure) if system.failure else "shutdown")
    system.tree.cells.pop(cell.path, None)
    if isinstance(system.root.handle, Pool):
        system.registry.unregister_pool(cell.key, system.root.handle)
    system.ended.set()


async def _stop(system: System, stop_s: float) -> None:
    """Stop in order, whatever ended the block; after `stop_s` without order."""
    with trio.CancelScope(shield=True):
        system.stop("the block was left")
        with trio.move_on_after(stop_s):
            await system.ended.wait()
        if not system.ended.is_set():
            log.critical("system.forced", stop_s=stop_s)
            system.stop_now()
            await system.ended.wait()


async def _heed_signals(system: System, stop_s: float) -> None:
    """The first signal stops in order, the second or `stop_s` at once; any later does what it always does."""
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as received:
        system.stop(signal.Signals(await anext(received)).name)
        with trio.move_on_after(stop_s) as patience:
            number = await anext(received)
            log.critical("system.forced", signal=signal.Signals(number).name)
        if patience.cancelled_caught:
            log.critical("system.forced", stop_s=stop_s)
        system.stop_now()
