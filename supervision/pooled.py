"""A supervisor of children that come on demand. It waits for none: hundreds may start and stop at once."""

from collections.abc import Callable, Hashable
from typing import assert_never

import trio

from supervision.cell import Cell
from supervision.child import Exit, PoolSpec, Spec
from supervision.crew import Asked, Child, Exited, Inbox, StopAll, Tree, TryAgain, woken
from supervision.dynamic import (
    AlreadyStarted,
    Children,
    MaxChildren,
    Order,
    Request,
    RestartChild,
    StartChild,
    Started,
    StartFailed,
    StopChild,
)
from supervision.errors import AlreadyRegistered, NotRunning
from supervision.intensity import Budget
from supervision.supervisor import Supervisor


class PoolSupervisor(Supervisor):
    """Each child is on its own: a crash restarts that child, and one that stopped for good is forgotten."""

    def __init__(self, tree: Tree, cell: Cell, spec: PoolSpec, handle: Children) -> None:
        self.spec = spec
        super().__init__(tree, cell, Budget(self.spec.intensity), handle)

    async def govern(self, ready: Callable[[], None]) -> Exception | None:
        """Wait for the end, then stop everybody at the same time."""
        ready()
        await self.inbox.receive()
        await self._stop_all()
        return self.gave_up

    def hear(self, message: Inbox) -> None:
        """Decide at once: nothing here takes waiting. What comes after the end stays in the inbox."""
        if self.stopping is None and self.gave_up is None:
            assert not isinstance(message, StopAll), "whoever ends it says why before"
            self._decide(message)
        else:
            super().hear(message)

    def give_up(self, child: Child) -> None:
        """End, with all children; a child that had a budget of its own ends alone."""
        spent = self.reports.gave_up(child.cell, child.error, child.exit)
        if child.budget is None:
            self.gave_up = spent
            super().hear(StopAll())
        else:
            self.bury(child, repr(spent))
            self._forget(child)

    def on_ready(self, child: Child) -> None:
        """Tell whoever asked for the child."""
        first = not child.established
        super().on_ready(child)
        for request in child.requests:
            request.settle(Started(child.cell.ref) if first else AlreadyStarted(child.cell.ref))
            first = False
        child.requests = ()

    def _decide(self, message: Exited | TryAgain | Order) -> None:
        match message:
            case Exited(child):
                self._on_exit(child)
            case TryAgain(child):
                self.launch(child)
            case StartChild(spec, request):
                self._on_start(spec, request)
            case StopChild(identity, request):
                self._on_stop(identity, request)
            case RestartChild(identity, request):
                known = self.children.get(identity)
                request.settle(None if known is None else AlreadyStarted(known.cell.ref))
            case _:
                assert_never(message)

    def _on_start(self, spec: Spec, request: Request) -> None:
        known = self.children.get(spec.identity)
        if known is not None:
            self._on_known(known, spec, request)
        elif len(self.children) >= self.spec.max_children:
            request.settle(MaxChildren(self.spec.max_children))
        else:
            self._on_new(spec, request)

    def _on_known(self, known: Child, spec: Spec, request: Request) -> None:
        if known.asked is not None:
            # On its way out: once it is gone there is room for this one.
            known.stoppers += (lambda: self.order(StartChild(spec, request)),)
        elif known.established:
            request.settle(AlreadyStarted(known.cell.ref))
        else:
            known.requests += (request,)

    def _on_new(self, spec: Spec, request: Request) -> None:
        try:
            child = self.admit(spec)
        except AlreadyRegistered as taken:
            request.settle(StartFailed(taken))
            return
        self.children[spec.identity] = child
        self.handle.cells[spec.identity] = child.cell
        child.requests += (request,)
        self.launch(child)

    def _on_stop(self, identity: Hashable, request: Request) -> None:
        child = self.children.get(identity)
        if child is None:
            request.settle()
        elif child.alive:
            child.stoppers += (request.settle,)
            self.ask_end(child, Asked.STOP, "asked to")
        else:
            self.bury(child, Exit.SHUTDOWN.value)
            self._forget(child)
            request.settle()

    def _on_exit(self, child: Child) -> None:
        if child.buried:
            self._forget(child)
            return
        assert child.exit is not None
        if woken(child, child.exit) or self.come_back(child):
            self.launch(child)

    def _forget(self, child: Child) -> None:
        del self.children[child.spec.identity]
        del self.handle.cells[child.spec.identity]
        for request in child.requests:
            request.settle(StartFailed(child.error or NotRunning(child.cell.path)))
        child.requests = ()
        for go_on in child.stoppers:
            go_on()
        child.stoppers = ()

    async def _stop_all(self) -> None:
        """Stop all children at the same time, each within its own limit, all within the pool's."""
        reason = self.stopping or "the supervisor gave up"
        self.stopping = reason
        for child in self.children.values():
            if child.alive:
                self.ask_end(child, Asked.STOP, reason)
            else:
                self.bury(child, "its supervisor stops")
        with trio.CancelScope(deadline=trio.current_time() + self.spec.shutdown_s):
            await self._all_gone()
        for child in self.children.values():
            if child.alive:
                self.kill(child, f"did not stop within {self.spec.shutdown_s} s: {reason}")
        await self._all_gone()

    async def _all_gone(self) -> None:
        for child in tuple(self.children.values()):
            while child.alive:
                await child.hears()
