"""What every supervisor does: run each child in a scope of its own, hear of its end, stop it, bury it.

One supervisor is one task, one nursery and one inbox. Its children never decide anything: whatever ends a
child is caught in the child's own task (`_live`, the only `except Exception` of the program), written on the
child, and told to the supervisor (`hear`); the nursery never sees it, so no sibling is ever cancelled by
accident. What takes no waiting is decided in the step in which it is heard; the rest waits in the inbox.

    watch            an ordinary nursery: cancelled from outside like any other
      |- canary      hears of that, and turns it into an ordered stop
      +- children    a shielded nursery: outer cancellation cannot reach the children all at once

Fixed children (`fixed.py`) and pools (`pooled.py`) add the decisions.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from typing import Any, assert_never

import structlog
import trio
import trio.lowlevel

from supervision.actor import Stage, begin_actor
from supervision.backoff import Backoff
from supervision.cell import Cell, Phase
from supervision.child import ChildSpec, Exit, PoolSpec, Spec, SupervisorSpec
from supervision.crew import Asked, Child, Exited, Inbox, StopAll, Tree, TryAgain, drained, new_cell
from supervision.dynamic import Children, Order, Pool, StartFailed
from supervision.errors import (
    AlreadyRegistered,
    IntensityReached,
    KernelError,
    Mute,
    NotRunning,
    StartError,
    StartTimeout,
)
from supervision.frames import innermost, told_apart
from supervision.intensity import Budget
from supervision.reports import Reports
from supervision.timer import Alarm

log = structlog.get_logger()

CANCEL_S = 1.0
"""How long a cancelled child may take before it is reported as unkillable, in seconds."""
FAILED_START = Backoff(base_s=0.1, cap_s=10.0)
"""How long to wait before the next attempt when a restart fails to start and the spec does not say."""


class Supervisor(ABC):
    """The common part of all supervisors."""

    def __init__(self, tree: Tree, cell: Cell, budget: Budget, handle: Children) -> None:
        self.tree = tree
        self.cell = cell
        self.handle = handle
        self.budget = budget
        self.stopping: str | None = None
        """Why, once it was asked to stop."""
        self.gave_up: IntensityReached | StartError | None = None
        """Why, if it did."""
        self.children: dict[Hashable, Child] = {}
        """By identity, in start order."""
        self.nursery: trio.Nursery | None = None
        self._shield = trio.CancelScope(shield=True)
        # Unbounded, yet bounded: a child posts one `Exited` a generation, and whoever orders something waits.
        self._post, self.inbox = trio.open_memory_channel[Inbox](math.inf)
        self.reports = Reports(cell.path)
        self._fatal: BaseException | None = None

    @abstractmethod
    async def govern(self, ready: Callable[[], None]) -> Exception | None:
        """Start the children, call `ready`, decide until asked to stop, stop the children.

        Returns:
            Why the supervisor gave up, or None after an ordered stop. Never raises but by a bug: an exception
            from here would cancel the children all at once.
        """

    async def run(self, ready: Callable[[], None]) -> Exit:
        """Run the supervisor to its end.

        Raises:
            IntensityReached, StartError: it gave up; one exception, never a group.
            KeyboardInterrupt, SystemExit: what a child was left with, once all have stopped in order; the
                same for whatever else is no `Exception`.
        """
        self.handle.order = self.order
        failure: BaseException | None = None
        try:
            async with trio.open_nursery() as watch:
                watch.start_soon(self._canary, name=f"{self.cell.path} canary")
                with self._shield:
                    async with trio.open_nursery() as self.nursery:
                        failure = await self.govern(ready)
                watch.cancel_scope.cancel(reason=f"{self.cell.path} ended")
        finally:
            self._leave()
            if self._fatal is not None:
                raise self._fatal  # more than a cancellation
        if failure is not None:
            raise failure
        return Exit.SHUTDOWN

    def order(self, order: Order) -> None:
        """Be asked for something by a task that waits for the answer."""
        try:
            self.hear(order)
        except trio.ClosedResourceError:
            order.request.settle(StartFailed(NotRunning(self.cell.path)))

    def hear(self, message: Inbox) -> None:
        """Take a message in. Never waits.

        Raises:
            trio.ClosedResourceError: the supervisor has ended.
        """
        self._post.send_nowait(message)

    def ask_stop(self, reason: str) -> None:
        """Have the supervisor stop its children and itself; asking twice is fine."""
        if self.stopping is None:
            self.stopping = reason
            self.hear(StopAll())

    def force(self) -> None:
        """Give up order: let cancellation reach all children at once, and start no other."""
        self.ask_stop("order was given up")
        self._shield.shield = False
        self._shield.cancel(reason=f"{self.cell.path} was forced to stop")
        for child in self.children.values():
            if child.alive:
                self.kill(child, "order was given up")  # by name, so that one that stays is reported by name

    # What the two kinds of supervisor do with a child. None of it waits.

    def admit(self, spec: Spec) -> Child:
        """Make the record of a child and give it its name, before it starts.

        Raises:
            AlreadyRegistered: its key, or its path, belongs to somebody else.
        """
        path = f"{self.cell.path}/{spec.id}"
        if path in self.tree.cells:
            raise AlreadyRegistered(spec.id, path)
        child = Child(spec, new_cell(path, spec, self.tree.post))
        match spec:
            case ChildSpec(key=key):
                if key is not None:
                    self.tree.registry.register(key, child.cell.ref)
                child.budget = None if spec.intensity is None else Budget(spec.intensity)
            case PoolSpec(key=key):
                child.handle = pool = Pool(child.cell)
                self.tree.registry.register_pool(key, pool)
            case SupervisorSpec():
                child.handle = Children(child.cell)
            case _:
                assert_never(spec)
        self.tree.cells[path] = child.cell
        return child

    def launch(self, child: Child) -> None:
        """Start the next generation of a child, in a task of its own."""
        self.silence(child)
        cell = child.cell
        cell.generation += 1
        cell.try_again_at = None
        child.scope = trio.CancelScope()
        child.alive, child.ready = True, False
        child.asked = child.blame = child.exit = child.error = child.supervisor = None
        cell.enter(Phase.STARTING, "starting")
        limit_s = child.spec.start_timeout_s
        self.alarm(child, limit_s, lambda: self.crash(child, StartTimeout(cell.path, limit_s)))
        assert self.nursery is not None
        self.nursery.start_soon(self._live, child, name=cell.path)

    def ask_end(self, child: Child, asked: Asked, reason: str) -> None:
        """Ask a running child to end, in time or be cancelled.

        Asked to stop it drains its mailbox; asked to make room for its next generation it leaves its mailbox
        alone. A child that is still starting has nothing to finish: it is cancelled.
        """
        if not child.alive or child.asked is not None:
            return
        child.asked = asked
        cell = child.cell
        cell.enter(Phase.STOPPING, "stopping", reason)
        if child.scope.cancel_called:
            return  # it was killed, and is being looked after
        if child.spec.shutdown_s <= 0:
            self.kill(child, reason)
            return
        self.alarm(child, child.spec.shutdown_s, lambda: self.kill(child, f"did not stop in time: {reason}"))
        if child.supervisor is not None:
            child.supervisor.ask_stop(reason)
        elif not child.ready:
            self.kill(child, reason)
        else:
            cell.end_in_order(drain=asked is Asked.STOP)

    def kill(self, child: Child, reason: str) -> None:
        """Cancel a child. Trio cannot do more than that: one that does not heed it is reported by name."""
        self.alarm(child, CANCEL_S, lambda: self.reports.unkillable(child.cell))
        child.scope.cancel(reason=f"{self.cell.path}: {reason}")
        if child.supervisor is not None:
            child.supervisor.force()

    def crash(self, child: Child, error: KernelError) -> None:
        """Cancel a child and have its end count as this crash, unless it ends in another way before."""
        child.blame = child.blame or error
        self.kill(child, str(error))

    def bury(self, child: Child, reason: str) -> None:
        """End a child for good: its name is free, its mailbox closed and its watchers told in one step."""
        if child.buried:
            return
        child.buried = True
        self.silence(child)
        cell = child.cell
        cell.try_again_at = None
        self.tree.cells.pop(cell.path, None)
        self.tree.buried.append(cell)
        if cell.key is not None:
            self.tree.registry.unregister(cell.key, cell.ref)
        if isinstance(child.handle, Pool):
            self.tree.registry.unregister_pool(cell.key, child.handle)
        cell.enter(Phase.STOPPED, "stopped", reason)
        cell.bury_all(reason)

    def wait_for_retry(self, child: Child, delay_s: float) -> None:
        """Have the child tried again later; nobody waits meanwhile."""
        life = child.scope
        child.cell.try_again_at = self.tree.post.now() + delay_s
        self.alarm(child, delay_s, lambda: self.hear(TryAgain(child, life)))

    def come_back(self, child: Child) -> bool:
        """Count a restart, on the child's own budget if it has one, and say whether it is due at once.

        If it is not, the child either waits for its next try, or this one was one too many (`give_up`).
        """
        child.cell.restarts += 1
        self.tree.restarts += 1
        if not (child.budget or self.budget).spend(child.cell.since):
            self.give_up(child)
            return False
        delay_s = self.delay(child)
        if delay_s > 0:
            self.wait_for_retry(child, delay_s)
        return delay_s <= 0

    @abstractmethod
    def give_up(self, child: Child) -> None:
        """Have the end that a spent budget means."""

    def delay(self, child: Child) -> float:
        """Seconds until the next start of a child that ended."""
        # Without a backoff of its own, a start that always fails would be tried in a busy loop.
        backoff = child.spec.backoff or FAILED_START
        lived_s = child.cell.since - child.ready_at if child.ready else 0.0
        attempt = child.attempts = backoff.attempts_after(child.attempts, lived_s)
        if child.spec.backoff is None and child.ready:
            return 0.0
        child.attempts += 1
        return backoff.delay(attempt, self.tree.luck.random())

    def alarm(self, child: Child, delay_s: float, act: Callable[[], None]) -> None:
        """Set the child's one alarm: start limit, stop limit, or next try."""
        self.silence(child)
        if delay_s < math.inf:
            child.alarm = Alarm(act)
            self.tree.post.alarms.at(self.tree.post.now() + delay_s, child.alarm)

    def silence(self, child: Child) -> None:
        """Call the child's alarm off."""
        if child.alarm is not None and child.alarm.live:
            self.tree.post.alarms.call_off(child.alarm)
        child.alarm = None

    def on_ready(self, child: Child) -> None:
        """Hear from a child that its `init` is done."""
        child.ready = child.established = True
        child.ready_at = self.tree.post.now()
        self.silence(child)
        child.cell.enter(Phase.RUNNING, "started", f"generation {child.cell.generation}")
        child.tell_news()

    async def _live(self, child: Child) -> None:
        """One generation of a child, in the child's task. No `Exception` ever leaves it."""
        task = trio.lowlevel.current_task()
        child.cell.task = task
        ending: Exit = Exit.CANCELLED
        error: BaseException | None = None
        try:
            with child.scope:
                await trio.lowlevel.checkpoint_if_cancelled()  # stopped before it began
                stage = self._body(child, task)
                while not isinstance(stage, Exit):
                    stage = await stage
                ending = stage
            # An exception that comes out of a cancelled scope is a crash: only a pure cancellation is a kill.
            if child.scope.cancelled_caught:
                ending = Exit.KILLED
        except Exception as crash:
            ending, error = Exit.CRASHED, innermost(crash)
        except BaseException as raised:  # noqa: ASYNC103  # Ctrl-C is raised by `run`, once the children stopped
            error, rest = told_apart(raised)
            ending = ending if error is None else Exit.CRASHED
            child.asked = Asked.STOP  # it ends everything: nobody comes back
            if isinstance(rest, trio.Cancelled | BaseExceptionGroup):
                raise rest from error  # noqa: ASYNC104  # a cancellation from outside, as it was
            # In the nursery, Ctrl-C would cancel all children at once: it is raised when they have stopped.
            self._fatal = self._fatal or rest
            self.ask_stop(repr(rest))
        finally:
            # No wait from here on: the task may be cancelled.
            self.tree.post.tasks.pop(task, None)
            self._ended(child, ending, error)

    def _body(self, child: Child, task: trio.lowlevel.Task) -> Stage:
        spec = child.spec
        if isinstance(spec, ChildSpec):
            self.tree.post.tasks[task] = child.cell
            return begin_actor(child.cell, spec, self.tree.registry, lambda: self.on_ready(child))
        assert child.handle is not None
        child.supervisor = self.tree.bodies[type(spec)](self.tree, child.cell, spec, child.handle)
        return child.supervisor.run(lambda: self.on_ready(child))

    def _ended(self, child: Child, ending: Exit, error: BaseException | None) -> None:
        cell = child.cell
        self.silence(child)
        cell.unkillable = False
        if child.blame is not None and ending is Exit.KILLED:
            ending, error = Exit.CRASHED, child.blame
        error, text = in_words(error)
        child.alive, child.exit, child.error = False, ending, error
        reason = ending.value
        if error is not None:
            context = "starting" if not child.ready else "running" if child.asked is None else "stopping"
            reason = f"{reason}: {text}"
            self.reports.crashed(cell, context, error, text)
        asleep = ending is Exit.PASSIVATED
        again = child.comes_back(ending)
        cell.end_generation(error, reason, again=again, keep_calls=asleep and again)
        if again:
            cell.enter(Phase.RESTARTING, "ended", reason)
        else:
            self.bury(child, reason)
        child.tell_news()
        self.hear(Exited(child, child.scope))

    async def _canary(self) -> None:
        try:
            await trio.sleep_forever()
        finally:
            self.ask_stop("cancelled from outside")

    def _leave(self) -> None:
        """Leave nothing behind, however the end came: no name, no waiting caller. Never waits."""
        self.handle.order = None
        self._post.close()
        for child in self.children.values():
            self.bury(child, "its supervisor ended")
            for request in child.requests:
                request.settle(StartFailed(NotRunning(self.cell.path)))
            for go_on in child.stoppers:
                go_on()
        self.handle.cells.clear()
        for message in drained(self.inbox):
            if not isinstance(message, Exited | TryAgain | StopAll):
                message.request.settle(StartFailed(NotRunning(self.cell.path)))


def in_words(error: BaseException | None) -> tuple[BaseException | None, str]:
    """An error with its text: one that cannot say what it is has another speak for it from here on."""
    text, failure = answer_safely(lambda: repr(error))
    if failure is not None:
        error = Mute(error)
        text = repr(error)
    return error, text


def safely(observer: Callable[[Any], object]) -> Callable[[Any], None]:
    """A function of the program's that is only told of things: that it fails harms nobody."""

    def tell(news: Any) -> None:
        _, failure = answer_safely(lambda: observer(news))
        if failure is not None:
            log.error("observer.failed", observer=repr(observer), exc_info=failure)

    return tell


def answer_safely(answer: Callable[[], Any]) -> tuple[Any, Exception | None]:
    """What a function of the program's says when it is looked into, or why it cannot."""
    try:
        return answer(), None
    except Exception as error:
        return None, error
