"""A supervisor of children known beforehand: start left to right, stop right to left, restart by strategy."""

from collections.abc import Callable, Hashable
from typing import assert_never

import trio.lowlevel

from supervision.cell import Cell
from supervision.child import Exit, Restart, Spec, SupervisorSpec
from supervision.crew import Asked, Child, Exited, Inbox, StopAll, Tree, TryAgain, woken
from supervision.dynamic import (
    AlreadyPresent,
    AlreadyStarted,
    Children,
    Order,
    RestartChild,
    StartChild,
    Started,
    StartFailed,
    StartOutcome,
    StopChild,
)
from supervision.errors import AlreadyRegistered, StartError
from supervision.intensity import Budget
from supervision.strategy import Strategy, fallen
from supervision.supervisor import Supervisor


class FixedSupervisor(Supervisor):
    """One child after the other; while one is started or stopped, everything else waits in the inbox."""

    def __init__(self, tree: Tree, cell: Cell, spec: SupervisorSpec, handle: Children) -> None:
        self.spec = spec
        super().__init__(tree, cell, Budget(self.spec.intensity), handle)
        self._starting: Child | None = None
        self._idle = False
        """Whether there is nothing to decide and nothing under way."""

    async def govern(self, ready: Callable[[], None]) -> Exception | None:
        """Start, attend, stop."""
        failure = await self._start_all()
        if failure is None and self.stopping is None:
            await trio.lowlevel.checkpoint_if_cancelled()  # whoever was cancelled meanwhile never was ready
            ready()
            await self._attend()
        await self._stop_all()
        return failure or self.gave_up

    def hear(self, message: Inbox) -> None:
        """Restart a child that falls alone at once, if nothing else is under way: nobody waits for it."""
        if self._idle and isinstance(message, Exited | TryAgain) and self._fall_of(message.child) == 1:
            if self._is_back(message):
                self.launch(message.child)
            if self.gave_up is None:
                return
        self._idle = False
        super().hear(message)

    def give_up(self, child: Child) -> None:
        """End, with all children."""
        self.gave_up = self.reports.gave_up(child.cell, child.error, child.exit)

    def ask_stop(self, reason: str) -> None:
        """Also end a start that is under way: there is nothing to finish."""
        super().ask_stop(reason)
        if self._starting is not None:
            self.ask_end(self._starting, Asked.STOP, reason)

    async def _start_all(self) -> Exception | None:
        for spec in self.spec.children:
            if self.stopping is not None:
                return None
            failure = await self._start_new(spec)
            if failure is not None:
                return failure
        return None

    async def _attend(self) -> None:
        while not self._ends():
            self._idle = not self.inbox.statistics().current_buffer_used
            message = await self.inbox.receive()
            self._idle = False
            if self._ends() or isinstance(message, StopAll):
                super().hear(message)  # too late: whoever ordered it is told so at the end
            else:
                await self._decide(message)

    def _ends(self) -> bool:
        return self.stopping is not None or self.gave_up is not None

    async def _stop_all(self) -> None:
        reason = self.stopping or "the supervisor gave up"
        self.stopping = reason
        for child in reversed(tuple(self.children.values())):
            await self._end(child, Asked.STOP, reason)

    async def _decide(self, message: Exited | TryAgain | Order) -> None:
        match message:
            case Exited(child) | TryAgain(child):
                if self._is_back(message):
                    await self._restart(child)
            case StartChild(spec, request):
                request.settle(await self._start_asked(spec))
            case StopChild(identity, request):
                if identity in self.children:
                    await self._end(self.children[identity], Asked.STOP, "asked to")
                request.settle()
                await self._start_left_behind()
            case RestartChild(identity, request):
                request.settle(await self._restart_asked(identity))
            case _:
                assert_never(message)

    def _is_back(self, message: Exited | TryAgain) -> bool:
        """Whether the child is to be restarted now, and whoever falls with it."""
        child = message.child
        if child.alive or child.asked is not None or child.scope is not message.life:
            return False  # restarted since, or asked to end
        if child.buried:
            self._forget_temporary(child)
            return False
        if isinstance(message, TryAgain):
            return True
        assert child.exit is not None
        if woken(child, child.exit):
            self.launch(child)
            return False
        return self.come_back(child)

    async def _restart(self, failed: Child) -> None:
        """Restart a child and whoever falls with it: stop from the right, start from the left."""
        group = await self._fell(failed)
        if group == [failed] and self.stopping is None:
            # Nobody waits for it to be ready, so nobody has to wait: a start that fails is one more `Exited`.
            self.launch(failed)
            return
        for child in group:
            if self.stopping is not None:
                return
            try:
                await self._start(child)
            except AlreadyRegistered as taken:
                self.gave_up = StartError(child.cell.path, taken)
                return
            if not child.ready:
                # Its `Exited` is in the inbox and counts it. The others of the group wait for its next try,
                # which begins with stopping them again.
                return

    async def _start_left_behind(self) -> None:
        """Start those that waited for a failed one of their group, if that one is not coming any more."""
        for child in tuple(self.children.values()):
            if not _away(child) or child.asked is None:
                continue
            if self.stopping is not None or self._is_awaited(child):
                return
            await self._start(child)

    def _is_awaited(self, child: Child) -> bool:
        """Whether another one that is coming back has this one fall with it, and so starts it."""
        children = list(self.children.values())
        at = children.index(child)
        return any(
            _away(other)
            and other.asked is None
            and at in fallen(self.spec.strategy, len(children), children.index(other))
            for other in children
        )

    def _fall_of(self, failed: Child) -> int:
        """How many fall with a child, itself counted."""
        if self.spec.strategy is Strategy.ONE_FOR_ONE:
            return 1
        children = list(self.children.values())
        return len(fallen(self.spec.strategy, len(children), children.index(failed)))

    async def _fell(self, failed: Child) -> list[Child]:
        children = list(self.children.values())
        group = [children[at] for at in fallen(self.spec.strategy, len(children), children.index(failed))]
        for child in reversed(group):
            await self._end(child, Asked.RESTART, f"{failed.cell.path} failed")
            self.silence(child)
            child.asked = Asked.RESTART  # also of one that had ended: from here on it waits for the group
            self._forget_temporary(child)
        return [child for child in group if child is failed or child.spec.restart is not Restart.TEMPORARY]

    async def _start(self, child: Child) -> None:
        """Start the next generation and wait until it is ready or has ended."""
        if child.buried:
            self._replace(child)
        self._starting = child
        self.launch(child)
        while child.alive and not child.ready:
            await child.hears()
        self._starting = None

    async def _start_new(self, spec: Spec) -> Exception | None:
        try:
            child = self.admit(spec)
        except AlreadyRegistered as taken:
            return StartError(f"{self.cell.path}/{spec.id}", taken)
        self.children[spec.id] = child
        self.handle.cells[spec.id] = child.cell
        await self._start(child)
        return None if child.ready else self._start_error(child)

    def _start_error(self, child: Child) -> StartError:
        if isinstance(child.error, StartError):
            return child.error  # a supervisor's child: name the one that failed, not everybody above it
        return StartError(child.cell.path, child.error)

    async def _end(self, child: Child, asked: Asked, reason: str) -> None:
        """Have a child end, and wait until it is gone."""
        self.ask_end(child, asked, reason)
        while child.alive:
            await child.hears()
        if asked is Asked.STOP:
            self.bury(child, Exit.SHUTDOWN.value)
            self._forget_temporary(child)

    def _replace(self, child: Child) -> None:
        """Give a child that was buried a new record: its old address stays dead."""
        fresh = self.admit(child.spec)
        child.cell, child.handle, child.buried = fresh.cell, fresh.handle, False
        self.handle.cells[child.spec.id] = child.cell

    def _forget_temporary(self, child: Child) -> None:
        known = self.children.get(child.spec.id) is child  # else another of its id has come since
        if known and child.buried and child.spec.restart is Restart.TEMPORARY:
            del self.children[child.spec.id]
            del self.handle.cells[child.spec.id]

    async def _start_asked(self, spec: Spec) -> StartOutcome:
        known = self.children.get(spec.id)
        if known is not None:
            return AlreadyPresent(spec.id) if known.buried else AlreadyStarted(known.cell.ref)
        failure = await self._start_new(spec)
        if failure is None:
            return Started(self.children[spec.id].cell.ref)
        self.children.pop(spec.id, None)
        self.handle.cells.pop(spec.id, None)
        return StartFailed(failure.__cause__ or failure)

    async def _restart_asked(self, identity: Hashable) -> StartOutcome | None:
        child = self.children.get(identity)
        if child is None:
            return None
        if not child.buried:
            return AlreadyStarted(child.cell.ref)
        try:
            await self._start(child)
        except AlreadyRegistered as taken:
            return StartFailed(taken)
        if child.ready:
            return Started(child.cell.ref)
        self.bury(child, repr(child.error))  # whoever asked is told: nobody tries again
        return StartFailed(self._start_error(child))


def _away(child: Child) -> bool:
    """Whether it is down, and not for good."""
    return not child.alive and not child.buried
