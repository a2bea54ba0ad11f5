"""What a supervisor knows: a record of each child, the messages in its inbox, what all supervisors share."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol, TypeAlias

import trio

from supervision.cell import Cell, Post
from supervision.child import ChildSpec, Exit, PoolSpec, Restart, Spec, restarts
from supervision.dynamic import Children, Order, Request
from supervision.errors import KernelError
from supervision.intensity import Budget
from supervision.ref import Ref
from supervision.registry import Registry
from supervision.timer import Alarm

BURIED_KEPT = 256
"""Records of stopped actors kept for the dump."""


class Asked(Enum):
    """What a supervisor has asked of a child that still runs."""

    STOP = "stop"
    RESTART = "restart"


class Governor(Protocol):
    """A running supervisor, as seen from above."""

    cell: Cell
    handle: Children
    children: dict[Hashable, Child]

    def run(self, ready: Callable[[], None]) -> Coroutine[Any, Any, Exit]:
        """Run to the end."""

    def ask_stop(self, reason: str) -> None:
        """Stop in order."""

    def force(self) -> None:
        """Stop at once."""

    def crash(self, child: Child, error: KernelError) -> None:
        """End a child as if it had crashed."""


class Child:
    """One child of a running supervisor."""

    __slots__ = (
        "alarm",
        "alive",
        "asked",
        "attempts",
        "blame",
        "budget",
        "buried",
        "cell",
        "error",
        "established",
        "exit",
        "handle",
        "news",
        "ready",
        "ready_at",
        "requests",
        "scope",
        "spec",
        "stoppers",
        "supervisor",
    )  # fmt: skip

    def __init__(self, spec: Spec, cell: Cell) -> None:
        self.spec = spec
        self.cell = cell
        self.handle: Children | None = None
        self.supervisor: Governor | None = None
        self.scope = trio.CancelScope()
        self.budget: Budget | None = None
        self.attempts = 0
        self.established = False
        """Whether any generation was ever ready; the first start is not retried."""
        self.buried = False
        self.alive = False
        self.ready = False
        self.ready_at = 0.0
        self.asked: Asked | None = None
        self.blame: KernelError | None = None
        """What its end is to count as, if a cancellation of ours is all that ends it."""
        self.exit: Exit | None = None
        self.error: BaseException | None = None
        self.alarm: Alarm | None = None
        self.news: trio.Event | None = None
        """Set, and made anew by whoever waits, when the child is ready or has ended."""
        self.requests: tuple[Request, ...] = ()
        """Who waits for the start (pools)."""
        self.stoppers: tuple[Callable[[], None], ...] = ()
        """What to do once it is forgotten (pools)."""

    def comes_back(self, ending: Exit) -> bool:
        """Whether another generation is to follow, as far as the child alone is concerned."""
        policy = self.spec.restart
        if self.asked is not None:
            return self.asked is Asked.RESTART and policy is not Restart.TEMPORARY
        if not self.established:
            return False
        return restarts(policy, ending) or woken(self, ending)

    async def hears(self) -> None:
        """Wait until it is ready or has ended."""
        self.news = self.news or trio.Event()
        await self.news.wait()

    def tell_news(self) -> None:
        """Wake whoever waits for it to be ready or to end."""
        if self.news is not None:
            self.news.set()
            self.news = None


@dataclass(frozen=True, slots=True)
class Exited:
    """A generation of a child ended."""

    child: Child
    life: trio.CancelScope
    """Which one: its scope, for whoever is stopped and started anew is counted from 1 again."""


@dataclass(frozen=True, slots=True)
class TryAgain:
    """A child waited long enough for its next start."""

    child: Child
    life: trio.CancelScope
    """The generation that ended."""


@dataclass(frozen=True, slots=True)
class StopAll:
    """Stop the children, then yourself."""


Inbox: TypeAlias = Exited | TryAgain | StopAll | Order


Body: TypeAlias = Callable[["Tree", Cell, Any, Children], Governor]


@dataclass(slots=True)
class Tree:
    """What all supervisors of a system share."""

    post: Post
    registry: Registry
    bodies: dict[type, Body]
    """How to make the supervisor of a specification; filled by `system.py`, which knows all kinds."""
    luck: random.Random = field(default_factory=random.Random)
    cells: dict[str, Cell] = field(default_factory=dict)
    """Every actor and supervisor that is not stopped, by path."""
    buried: deque[Cell] = field(default_factory=lambda: deque(maxlen=BURIED_KEPT))
    restarts: int = 0
    """Since the start, those of actors that are gone included."""


def woken(child: Child, ending: Exit) -> bool:
    """Whether a child that went to sleep has letters already."""
    mailbox = child.cell.mailbox
    return ending is Exit.PASSIVATED and mailbox is not None and mailbox.waiting > 0


def new_cell(path: str, spec: Spec, post: Post) -> Cell:
    """The record of a child that is about to be, and its address."""
    if isinstance(spec, ChildSpec):
        cell = Cell(path, spec.key, "actor", post, spec.mailbox)
    elif isinstance(spec, PoolSpec):
        cell = Cell(path, spec.key, "pool", post)
    else:
        cell = Cell(path, None, "supervisor", post)
    Ref(cell)
    return cell


def drained(inbox: trio.MemoryReceiveChannel[Inbox]) -> list[Inbox]:
    """What is left in an inbox whose sender has closed."""
    left = []
    with inbox:
        while inbox.statistics().current_buffer_used:
            left.append(inbox.receive_nowait())
    return left


def handle_at(top: Governor, path: str) -> Children | None:
    """The handle of the supervisor that runs at a path, from `top` downward."""
    if top.cell.path == path:
        return top.handle
    below = (child.supervisor for child in top.children.values() if child.supervisor is not None)
    return next((found for each in below if (found := handle_at(each, path)) is not None), None)


def child_at(top: Governor, path: str) -> tuple[Governor, Child] | None:
    """The child at a path, with its supervisor, from `top` downward."""
    for child in top.children.values():
        if child.cell.path == path:
            return top, child
        if child.supervisor is not None and path.startswith(f"{child.cell.path}/"):
            return child_at(child.supervisor, path)
    return None
