"""How one child starts, restarts and stops: the specifications, and the table that says who is restarted."""

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, Protocol, TypeAlias, assert_never

from supervision.backoff import Backoff
from supervision.intensity import Intensity
from supervision.strategy import Strategy


class Restart(Enum):
    """When a child that ended is started again."""

    PERMANENT = "permanent"
    TRANSIENT = "transient"
    TEMPORARY = "temporary"


class Exit(Enum):
    """How a generation of a child ended."""

    NORMAL = "normal"
    """It returned, or stopped itself."""
    SHUTDOWN = "shutdown"
    """It was asked to stop and did, in time."""
    PASSIVATED = "passivated"
    """It went to sleep; a letter wakes a new generation."""
    CRASHED = "crashed"
    """An exception of its own ended it, be it while it was being cancelled."""
    KILLED = "killed"
    """Its supervisor cancelled it after the time it had to stop."""
    CANCELLED = "cancelled"
    """Somebody outside the tree cancelled it; never counted as a crash."""


class Overflow(Enum):
    """What happens to a letter that finds the mailbox full."""

    REJECT = "reject"
    """The sender gets `MailboxFull`."""
    DROP_OLDEST = "drop_oldest"
    """The oldest letter goes to the dead letters; the new one is in."""
    DROP_NEWEST = "drop_newest"
    """The new letter goes to the dead letters; the sender hears nothing."""


def restarts(policy: Restart, exit_: Exit) -> bool:
    """Whether a child that ended this way by itself is started again.

    | policy    | normal, shutdown, passivated | crashed | killed, cancelled |
    |-----------|------------------------------|---------|-------------------|
    | permanent | yes                          | yes     | no                |
    | transient | no                           | yes     | no                |
    | temporary | no                           | no      | no                |

    Source: OTP `supervisor`, child specification, `restart`. The last column is ours: whoever was
    cancelled was ended by somebody who knew.

    >>> restarts(Restart.TRANSIENT, Exit.NORMAL)
    False
    """
    if exit_ is Exit.KILLED or exit_ is Exit.CANCELLED:
        return False
    match policy:
        case Restart.PERMANENT:
            return True
        case Restart.TRANSIENT:
            return exit_ is Exit.CRASHED
        case Restart.TEMPORARY:
            return False
        case _:
            assert_never(policy)


@dataclass(frozen=True, slots=True)
class MailboxSpec:
    """The bound of a mailbox and what happens at it."""

    capacity: int = 256
    """Letters that may wait, 1 or more. Timers and `Down` letters are let in past it."""
    overflow: Overflow = Overflow.REJECT


class Behaviour(Protocol):
    """What the kernel asks of an actor; `actor.Actor` has all of it."""

    tasks: ClassVar[bool]
    understands: ClassVar[tuple[type, ...]]
    context: Any

    async def init(self) -> None:
        """Become ready."""

    async def resume(self) -> None:
        """Recover at leisure."""

    async def handle(self, message: Any, /) -> object:
        """Run one letter to its end."""

    async def close(self) -> None:
        """Put things in order."""

    def describe(self) -> str:
        """Say what this is about in a line."""


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """How one actor starts, restarts and stops."""

    id: str
    """Unique among its siblings; the last part of its path."""
    start: Callable[[], Behaviour]
    """Makes the object of one generation; called anew for each."""
    key: Hashable = None
    """The name in the registry, kept across restarts; None for an actor nobody looks up."""
    restart: Restart = Restart.PERMANENT
    shutdown_s: float = 5.0
    """How long it may take to finish its mailbox and `close`; 0 cancels at once."""
    start_timeout_s: float = 10.0
    """How long `init` may take."""
    mailbox: MailboxSpec = MailboxSpec()
    intensity: Intensity | None = None
    """A restart budget of its own, so that it does not burn its supervisor's."""
    backoff: Backoff | None = None
    """None restarts at once after a crash; a restart that fails to start always waits."""

    @property
    def identity(self) -> Hashable:
        """The key if there is one, else the id: what a pool tells its children apart by."""
        return self.id if self.key is None else self.key


@dataclass(frozen=True, slots=True)
class SupervisorSpec:
    """A supervisor of children known beforehand, started left to right and stopped right to left."""

    id: str
    strategy: Strategy
    children: "tuple[Spec, ...]"
    intensity: Intensity = Intensity()  # noqa: RUF009 - frozen
    restart: Restart = Restart.PERMANENT
    shutdown_s: float = math.inf
    """By default the children's own limits add up to the bound, as in OTP."""
    start_timeout_s: float = math.inf
    """By default the children's own limits add up to the bound."""
    backoff: Backoff | None = None

    @property
    def identity(self) -> Hashable:
        """The id."""
        return self.id


@dataclass(frozen=True, slots=True)
class PoolSpec:
    """A supervisor of children that come on demand: OTP's dynamic supervisor."""

    id: str
    key: Hashable
    max_children: int
    intensity: Intensity = Intensity()  # noqa: RUF009 - frozen
    shutdown_s: float = 5.0
    """The one deadline under which all children stop, at the same time."""
    restart: Restart = Restart.PERMANENT
    start_timeout_s: float = 10.0
    backoff: Backoff | None = None

    @property
    def identity(self) -> Hashable:
        """The id."""
        return self.id


Spec: TypeAlias = ChildSpec | SupervisorSpec | PoolSpec
