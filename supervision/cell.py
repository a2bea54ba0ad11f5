"""The record that the kernel keeps of one actor: its mailbox, what it has in hand, and who waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

import trio
import trio.lowlevel
from trio.lowlevel import reschedule

from supervision.child import Behaviour, Exit, MailboxSpec
from supervision.dead_letters import DeadLetters, Fate
from supervision.errors import (
    ActorDied,
    HandlerFailed,
    MailboxFull,
    NoReply,
    NotRunning,
    Restarting,
)
from supervision.flow import Flow
from supervision.journal import Event, Hook, Journal
from supervision.mailbox import Mailbox
from supervision.messages import Down, KernelLetter, Letter, Query, title
from supervision.timer import Alarms, Timers


class Phase(Enum):
    """Where the life of an actor stands."""

    STARTING = "starting"
    RUNNING = "running"
    RESTARTING = "restarting"
    STOPPING = "stopping"
    STOPPED = "stopped"


@dataclass(slots=True)
class Post:
    """What all actors of a system share."""

    alarms: Alarms = field(default_factory=Alarms)
    dead_letters: DeadLetters = field(default_factory=DeadLetters)
    journal: Journal = field(default_factory=Journal)
    tasks: dict[trio.lowlevel.Task, Cell] = field(default_factory=dict)
    """Which actor a task runs: how a call knows who asks."""
    now: Callable[[], float] = field(default_factory=lambda: trio.lowlevel.current_clock().current_time)
    """The Trio clock without the three calls that `trio.current_time` takes, for what is done a letter.

    Any thread may ask it.
    """
    in_words: Callable[[Cell], str] = field(default=lambda cell: cell.doing())
    """The record of an actor, for the text of an error; the system knows longer words (`words.py`)."""
    thread: int = field(default_factory=threading.get_ident)
    """The thread of the loop."""


class Cell:
    """The record of one actor: what the kernel knows, what the dump shows."""

    __slots__ = (
        "actor", "began_at", "busy_s", "deferred", "ending", "expired", "failed", "flow", "generation",
        "handled", "in_hand", "kept", "key", "kind", "last_crash", "mailbox", "path", "pending", "phase",
        "post", "reason", "ref", "restarts", "resuming", "since", "task", "timers", "trace", "try_again_at",
        "unkillable", "waiting_on", "waiting_since", "waiting_until", "watchers", "watching",
    )  # fmt: skip

    def __init__(
        self, path: str, key: Hashable, kind: str, post: Post, mailbox: MailboxSpec | None = None
    ) -> None:
        self.path = path
        self.key = key
        self.kind = kind
        self.post = post
        self.mailbox = Mailbox(MailboxSpec() if mailbox is None else mailbox) if kind == "actor" else None
        self.ref: Any = None
        """Its one `Ref`, which sets this."""
        self.generation = 0
        self.phase = Phase.STARTING
        self.since = self.post.now()
        self.reason = ""
        self.restarts = 0
        self.last_crash: Crash | None = None
        self.try_again_at: float | None = None
        self.unkillable = False
        self.busy_s = 0.0
        self.handled = self.failed = self.expired = 0
        self.pending: set[CallLetter] | None = None
        self.watchers: dict[Cell, Watch] | None = None
        self.watching: dict[Cell, Watch] | None = None
        self.trace: Hook | None = None
        self.ready_for(None)

    def ready_for(self, actor: Behaviour | None) -> None:
        """Clear what belongs to one generation only."""
        self.actor = actor
        self.task: trio.lowlevel.Task | None = None
        self.timers: Timers | None = None
        self.in_hand: Letter | None = None
        self.began_at = 0.0
        self.ending: Exit | None = None
        self.kept = False
        self.resuming = False
        self.flow: Flow | None = None
        self.deferred = 0
        self.waiting_on: Cell | None = None
        self.waiting_since = self.waiting_until = 0.0

    def enter(self, phase: Phase, what: str, detail: str = "") -> None:
        """Change the phase, and write it down."""
        self.phase = phase
        self.since = self.post.now()
        self.post.journal.add(self.since, self.path, what, detail)
        if self.trace is not None:
            self.trace(Event(self.since, self.path, "state", what))

    def refuse(self, letter: Letter) -> None:
        """Have a letter that the mailbox did not take at once get in for another, or not at all.

        Raises:
            NotRunning: nobody reads it any more.
            MailboxFull: it has no room and rejects.
        """
        assert self.mailbox is not None
        try:
            fallen = self.mailbox.refused(letter)
        except trio.WouldBlock:
            self.bury(letter, Fate.FULL)
            raise MailboxFull(self.path, letter.message, self.mailbox.spec.capacity, self.doing()) from None
        except trio.ClosedResourceError:
            self.bury(letter, Fate.DEAD)
            raise NotRunning(self.path, letter.message, self.reason) from None
        self.bury(fallen, Fate.FULL)
        full = MailboxFull(self.path, fallen.message, self.mailbox.spec.capacity)
        if fallen is letter and not letter.plain:
            raise full  # its caller does not wait yet: there is nobody to wake
        fallen.fail(full)

    def bury(self, letter: Letter, fate: Fate, cause: BaseException | None = None) -> None:
        """Keep a letter that was not handled among the dead ones."""
        self.post.dead_letters.add(self.path, letter.message, fate, self.post.now(), cause)

    def end_in_order(self, *, drain: bool) -> None:
        """Have a running actor end: with its mailbox read to the end, or after the letter in hand."""
        assert self.mailbox is not None
        if drain:
            self.mailbox.drain()
        else:
            self.ending = Exit.SHUTDOWN
            self.mailbox.poke()

    def end_generation(
        self, crash: BaseException | None, reason: str, *, again: bool, keep_calls: bool
    ) -> None:
        """Tell everybody who waits for this generation, and take back what it had asked for. Never waits.

        Args:
            crash: what ended it, if an exception did.
            reason: how it ended, in words.
            again: whether another generation is to follow.
            keep_calls: whether that one answers the calls still in the mailbox (after passivation).
        """
        if self.timers is not None:
            self.timers.cancel_all()
        if self.watching:
            self.unwatch_all()
        self._drop_in_hand(crash, reason)
        where = "" if crash is None or self.last_crash is None else self.last_crash.where
        for call in tuple(self.pending or ()):
            if call.taken:
                call.fail((NoReply if crash is None else ActorDied)(self.path, reason, where))
            elif not keep_calls:
                call.void = True
                call.fail((Restarting if again else ActorDied)(self.path, reason, where))
        if self.mailbox is not None:
            self.mailbox.bring_back()
        self.ready_for(None)

    def bury_all(self, reason: str) -> None:
        """Close the mailbox for good and tell the watchers. Never waits."""
        if self.mailbox is not None:
            for letter in self.mailbox.close():
                if not isinstance(letter, KernelLetter):
                    self.bury(letter, Fate.UNDELIVERED)
                letter.fail(ActorDied(self.path, reason))
        self.reason = reason
        watchers, self.watchers = self.watchers or {}, None
        for watcher, watch in watchers.items():
            watcher.hear_of(self, reason, watch)

    def hear_of(self, target: Cell, reason: str, watch: Watch) -> None:
        """Get the letter that says that a watched actor ended."""
        assert self.mailbox is not None
        down = Down(target.path, target.ref, reason)
        self.mailbox.post_past(KernelLetter(down, self.post.now(), watch))

    def watch(self, target: Cell) -> None:
        """Get one `Down` when the target ends for good: at once if it has."""
        self.watching = {} if self.watching is None else self.watching
        if target in self.watching:
            return
        watch = self.watching[target] = Watch(self, target)
        if target.phase is Phase.STOPPED:
            self.hear_of(target, target.reason, watch)
        else:
            target.watchers = {} if target.watchers is None else target.watchers
            target.watchers[self] = watch

    def unwatch(self, target: Cell) -> None:
        """Get no `Down` of that target, even if it is in the mailbox already."""
        watch = (self.watching or {}).pop(target, None)
        if watch is not None:
            watch.wanted = False
            (target.watchers or {}).pop(self, None)

    def unwatch_all(self) -> None:
        """Watch nobody any more."""
        for target in tuple(self.watching or ()):
            self.unwatch(target)

    def doing(self) -> str:
        """What this actor is about at this moment, in a line."""
        now = self.post.now()
        parts: list[str] = [self.status]
        if self.in_hand is not None:
            parts[0] += f" {now - self.began_at:.1f} s in {title(self.in_hand.message)}"
        if self.try_again_at is not None:
            parts[0] += f", next try in {max(0.0, self.try_again_at - now):.1f} s"
        if self.mailbox is not None:
            parts.append(f"queue {self.mailbox.waiting}")
        if self.waiting_on is not None:
            parts.append(f"waiting on {self.waiting_on.path}")
        return ", ".join(parts)

    @property
    def idle(self) -> bool:
        """Whether this is a running actor without a letter in hand."""
        return (
            self.phase is Phase.RUNNING
            and self.in_hand is None
            and not self.resuming
            and self.kind == "actor"
        )

    @property
    def status(self) -> str:
        """The phase, with a running actor told apart by what it does."""
        if self.unkillable:
            return "unkillable"
        if self.phase is not Phase.RUNNING:
            return str(self.phase.value)
        if self.waiting_on is not None:
            return "asking"
        return "running" if self.in_hand is None else "busy"

    def _drop_in_hand(self, crash: BaseException | None, reason: str) -> None:
        letter = self.in_hand
        if letter is None:
            return
        self.bury(letter, Fate.CRASHED, crash)
        if not letter.plain:
            died = ActorDied(self.path, reason)
            letter.fail(died if crash is None else HandlerFailed(self.path, letter.message, crash))


class Crash(NamedTuple):
    """How a generation died."""

    at: float
    """Trio clock."""
    error: str
    """The type of the exception, and its text."""
    kind: str
    """The type alone, which tells nothing of the messages."""
    where: str
    """`file:line` of the innermost frame."""
    generation: int


class Watch:
    """One actor's wish to hear of another's end; kept until the `Down` is read, so that it can be revoked."""

    __slots__ = ("target", "wanted", "watcher")

    def __init__(self, watcher: Cell, target: Cell) -> None:
        self.watcher = watcher
        self.target = target
        self.wanted = True

    def take(self) -> bool:
        """Whether the `Down`, now out of the mailbox, is still wanted."""
        if self.wanted and self.watcher.watching is not None:
            self.watcher.watching.pop(self.target, None)
        return self.wanted

    def keep(self) -> None:
        """The `Down` was put aside. If its end is watched anew, that gives another one."""
        assert self.watcher.watching is not None
        self.wanted = self.watcher.watching.setdefault(self.target, self) is self


class CallLetter(Letter):
    """A letter that somebody waits for the answer of: where the answer goes, and its deadline in the heap."""

    __slots__ = ("error", "live", "taken", "target", "task", "value", "void")

    plain = False

    def __init__(
        self, message: object, sent_at: float, flow: Flow | None, task: trio.lowlevel.Task, target: Cell
    ) -> None:
        self.message = message
        self.sent_at = sent_at
        self.flow = flow
        self.task = task
        self.target = target
        self.live = True
        """False once the caller has an answer, or has given up."""
        self.void = False
        """True if the caller was told that the request was not carried out: it must not be, then."""
        self.taken = False
        """True once the letter left the mailbox."""
        self.value: Any = None
        self.error: Exception | None = None

    def take(self) -> bool:
        """Whether it may be carried out: not if its asker was told it would not be."""
        if not self.live and (self.void or isinstance(self.message, Query)):
            return False
        self.taken = True
        return True

    def keep(self) -> None:
        """Be put aside: back in the mailbox, as far as its asker is concerned."""
        self.taken = False

    def answer(self, value: object) -> None:
        """Hand over the reply; counted and forgotten if nobody waits any more."""
        target = self.target
        if self.live:
            # What `fail` does, without its calls: this is done for every call.
            self.value = value
            assert target.pending is not None
            target.pending.discard(self)
            target.post.alarms.call_off(self)
            reschedule(self.task)
        else:
            target.post.dead_letters.add(target.path, value, Fate.LATE, target.post.now())

    def fail(self, error: Exception) -> None:
        """Hand over an error instead of a reply."""
        if self.live:
            self.error = error
            self._forget()
            reschedule(self.task)

    def fire(self) -> None:
        """The deadline passed. The alarms have just taken this out of their heap."""
        assert self.target.pending is not None
        self.target.pending.discard(self)
        self.error = TimeoutError()
        reschedule(self.task)

    def abandon(self, _raise_cancel: object) -> trio.lowlevel.Abort:
        """The caller was cancelled."""
        self._forget()
        return trio.lowlevel.Abort.SUCCEEDED

    def _forget(self) -> None:
        assert self.target.pending is not None
        self.target.pending.discard(self)
        self.target.post.alarms.call_off(self)
