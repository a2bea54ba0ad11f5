"""What every supervisor does: run each child in a scope of its own, hear of its end, stop it, bury it.

One supervisor is one task, one nursery and one inbox. Its children never decide anything: whatever ends a
child is caught in the child's own task (`_live`, the only `except Exception` of the program), written on the
child, and posted to the inbox; the nursery never sees it, so no sibling is ever cancelled by accident.

    watch            an ordinary nursery: cancelled from outside like any other
      |- canary      hears of that, and turns it into an ordered stop
      +- children    a shielded nursery: outer cancellation cannot reach the children all at once

Fixed children (`fixed.py`) and pools (`pooled.py`) add the decisions.
"""

import math
import time
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, assert_never

import structlog
import trio
import trio.lowlevel

from supervision.actor import run_actor
from supervision.backoff import Backoff
from supervision.cell import Cell, Crash, Phase
from supervision.child import ChildSpec, Exit, PoolSpec, Restart, Spec, SupervisorSpec, restarts
from supervision.crew import Asked, Child, Exited, Inbox, StopAll, Tree, TryAgain, drained, new_cell, woken
from supervision.dynamic import Children, Order, Pool, StartFailed
from supervision.errors import AlreadyRegistered, IntensityReached, NotRunning, StartTimeout
from supervision.frames import innermost, place
from supervision.intensity import Budget
from supervision.journal import Event
from supervision.timer import Alarm

log = structlog.get_logger()

CANCEL_S = 1.0
"""How long a cancelled child may take before it is reported as unkillable, in seconds."""
FAILED_START = Backoff(base_s=0.1, cap_s=10.0)
"""How long to wait before the next attempt when a restart fails to start and the spec does not say."""
SAME_CRASH_QUIET_S = 1.0
"""A crash at the same place as the one before, this soon after it, is logged without its traceback."""


class Supervisor(ABC):
    """The common part of all supervisors."""

    def __init__(self, tree: Tree, cell: Cell, budget: Budget, handle: Children) -> None:
        self.tree = tree
        self.cell = cell
        self.handle = handle
        self.budget = budget
        self.stopping: str | None = None
        """Why, once it was asked to stop."""
        self.children: dict[Hashable, Child] = {}
        """By identity, in start order."""
        self.nursery: trio.Nursery | None = None
        self._shield = trio.CancelScope(shield=True)
        # Unbounded, yet bounded: a child posts one `Exited` a generation, and whoever orders something waits.
        self._post, self.inbox = trio.open_memory_channel[Inbox](math.inf)
        self._last_crash: tuple[str, float] = ("", -math.inf)

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
        """
        self.handle.order = self.order
        failure = None
        try:
            async with trio.open_nursery() as watch:
                watch.start_soon(self._canary, name=f"{self.cell.path} canary")
                with self._shield:
                    async with trio.open_nursery() as self.nursery:
                        failure = await self.govern(ready)
                watch.cancel_scope.cancel(reason=f"{self.cell.path} ended")
        finally:
            self._leave()
        if failure is not None:
            raise failure
        return Exit.SHUTDOWN

    def order(self, order: Order) -> None:
        """Be asked for something by a task that waits for the answer."""
        try:
            self._post.send_nowait(order)
        except trio.ClosedResourceError:
            order.request.settle(StartFailed(NotRunning(self.cell.path)))

    def ask_stop(self, reason: str) -> None:
        """Have the supervisor stop its children and itself; asking twice is fine."""
        if self.stopping is None:
            self.stopping = reason
            self._post.send_nowait(StopAll())

    def force(self) -> None:
        """Give up order: let cancellation reach all children at once."""
        self._shield.shield = False
        self._shield.cancel(reason=f"{self.cell.path} was forced to stop")
        for child in self.children.values():
            if child.supervisor is not None:
                child.supervisor.force()

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
        child.alive, child.ready, child.timed_out = True, False, False
        child.asked = child.exit = child.error = child.supervisor = None
        cell.enter(Phase.STARTING, "starting")
        self.alarm(child, child.spec.start_timeout_s, lambda: self._start_timed_out(child))
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
        self.alarm(child, CANCEL_S, lambda: self._report_unkillable(child))
        child.scope.cancel(reason=f"{self.cell.path}: {reason}")
        if child.supervisor is not None:
            child.supervisor.force()

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
        generation = child.cell.generation
        child.cell.try_again_at = self.tree.post.now() + delay_s
        self.alarm(child, delay_s, lambda: self._post.send_nowait(TryAgain(child, generation)))

    def current(self, message: Exited | TryAgain) -> bool:
        """Whether a message still speaks of the child as it is: not restarted and not asked to end since."""
        child = message.child
        return not child.alive and child.asked is None and child.cell.generation == message.generation

    def still_due(self, message: TryAgain) -> bool:
        """Whether a child is still to be tried again: somebody may have stopped it a moment ago."""
        return self.current(message) and not message.child.buried

    def afford(self, child: Child) -> bool:
        """Count a restart, on the child's own budget if it has one; False when it was one too many."""
        child.cell.restarts += 1
        self.tree.restarts += 1
        return (child.budget or self.budget).spend(self.tree.post.now())

    def delay(self, child: Child) -> float:
        """Seconds until the next start of a child that ended."""
        backoff = child.spec.backoff
        if backoff is None:
            if child.ready:
                return 0.0
            backoff = FAILED_START  # else a start that always fails would be tried in a busy loop
        lived_s = self.tree.post.now() - child.ready_at if child.ready else 0.0
        attempt = backoff.attempts_after(child.attempts, lived_s)
        child.attempts = attempt + 1
        return backoff.delay(attempt, self.tree.luck.random())

    def give_up(self, child: Child) -> IntensityReached:
        """The error of a budget that is spent."""
        reason = repr(child.error) if child.error is not None else str(child.exit and child.exit.value)
        failure = IntensityReached(self.cell.path, child.cell.path, reason)
        failure.__cause__ = child.error
        log.critical("supervisor.gave_up", actor=self.cell.path, offender=child.cell.path, reason=reason)
        return failure

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
        if child.asked is None:  # else the alarm is the limit of its end
            self.silence(child)
            child.cell.enter(Phase.RUNNING, "started", f"generation {child.cell.generation}")
        self.tell_news(child)

    def tell_news(self, child: Child) -> None:
        """Wake whoever waits for the child to be ready or to end."""
        if child.news is not None:
            child.news.set()
            child.news = None

    async def _live(self, child: Child) -> None:
        """One generation of a child, in the child's task. No `Exception` ever leaves it."""
        task = trio.lowlevel.current_task()
        child.cell.task = task
        ending, error = Exit.CANCELLED, None
        try:
            with child.scope:
                ending = await self._body(child, task)
            # An exception that comes out of a cancelled scope is a crash: only a pure cancellation is a kill.
            if child.scope.cancelled_caught:
                ending = Exit.KILLED
        except Exception as crash:
            ending, error = Exit.CRASHED, innermost(crash)
        except BaseExceptionGroup as group:
            # Ctrl-C, SystemExit and foreign cancellations pass; what else was in the group is the crash.
            crash_part, fatal = group.split(Exception)
            if crash_part is None or fatal is None:
                raise
            ending, error = Exit.CRASHED, innermost(crash_part)
            raise fatal from error
        finally:
            # No wait from here on: the task may be cancelled.
            self.tree.post.tasks.pop(task, None)
            self._ended(child, ending, error)

    def _body(self, child: Child, task: trio.lowlevel.Task) -> Coroutine[Any, Any, Exit]:
        spec = child.spec
        if isinstance(spec, ChildSpec):
            self.tree.post.tasks[task] = child.cell
            return run_actor(child.cell, spec, self.tree.registry, lambda: self.on_ready(child))
        assert child.handle is not None
        child.supervisor = self.tree.bodies[type(spec)](self.tree, child.cell, spec, child.handle)
        return child.supervisor.run(lambda: self.on_ready(child))

    def _ended(self, child: Child, ending: Exit, error: BaseException | None) -> None:
        cell = child.cell
        self.silence(child)
        cell.unkillable = False
        if child.timed_out and ending is Exit.KILLED:
            ending, error = Exit.CRASHED, StartTimeout(cell.path, child.spec.start_timeout_s)
        child.alive, child.exit, child.error = False, ending, error
        reason = ending.value if error is None else f"{ending.value}: {error!r}"
        if error is not None:
            self._write_down(child, error)
        asleep = ending is Exit.PASSIVATED
        again = self._comes_back(child, ending)
        cell.end_generation(error, reason, again=again, keep_calls=asleep and again)
        if again:
            cell.enter(Phase.RESTARTING, "ended", reason)
        else:
            self.bury(child, reason)
        self.tell_news(child)
        self._post.send_nowait(Exited(child, cell.generation))

    def _comes_back(self, child: Child, ending: Exit) -> bool:
        """Whether another generation is to follow, as far as the child alone is concerned."""
        policy = child.spec.restart
        if child.asked is not None:
            return child.asked is Asked.RESTART and policy is not Restart.TEMPORARY
        if not child.established:
            return False
        return restarts(policy, ending) or woken(child, ending)

    def _start_timed_out(self, child: Child) -> None:
        child.timed_out = True
        self.kill(child, f"was not ready within {child.spec.start_timeout_s} s")

    def _report_unkillable(self, child: Child) -> None:
        child.cell.unkillable = True
        task = child.cell.task
        frames = () if task is None else task.iter_await_frames()
        stack = "".join(traceback.StackSummary.extract(frames).format())
        self.tree.post.journal.add(Event(self.tree.post.now(), child.cell.path, "unkillable", stack))
        log.critical("actor.unkillable", actor=child.cell.path, supervisor=self.cell.path, stack=stack)

    def _write_down(self, child: Child, error: BaseException) -> None:
        cell = child.cell
        cell.failed += 1
        where = place(error)
        cell.last_crash = Crash(
            self.tree.post.now(), repr(error), type(error).__name__, where, cell.generation
        )
        # Rendering a traceback takes a millisecond: a storm of the same crash is told once a second.
        now = time.monotonic()
        same = self._last_crash[0] == where and now - self._last_crash[1] < SAME_CRASH_QUIET_S
        if not same:
            self._last_crash = (where, now)
        log.error(
            "actor.crashed",
            actor=cell.path,
            supervisor=self.cell.path,
            context="starting" if not child.ready else "stopping" if child.asked is not None else "running",
            reason=repr(error),
            where=where,
            restarts=cell.restarts,
            exc_info=None if same else error,
        )

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


def answer_safely(answer: Callable[[], Any]) -> tuple[Any, Exception | None]:
    """What a function of the program's says when it is looked into, or why it cannot."""
    try:
        return answer(), None
    except Exception as error:
        return None, error
