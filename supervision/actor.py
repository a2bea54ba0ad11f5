"""What an actor is, what it may ask of the kernel, and the loop that hands it one letter at a time."""

from collections.abc import Awaitable, Callable, Coroutine, Hashable
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

import structlog
import trio

from supervision.cell import CallLetter, Cell
from supervision.child import Behaviour, ChildSpec, Exit
from supervision.dead_letters import Fate
from supervision.errors import Reject, UnknownMessage
from supervision.flow import CURRENT
from supervision.journal import Event
from supervision.mailbox import Mailbox
from supervision.messages import KernelLetter, Letter, title
from supervision.ref import Ref, ReplyTo
from supervision.registry import Registry
from supervision.timer import NamedTimer, Timers

log = structlog.get_logger()

M = TypeVar("M")

Handle: TypeAlias = Callable[[Any], Awaitable[object]]

TURN = 32
"""Letters handled before others get their turn."""
SAME_STEP = object()
"""Marks a task that has not waited since."""


class Context(Generic[M]):
    """What one generation of an actor may ask of the kernel."""

    __slots__ = ("_cell", "_tasks", "registry")

    def __init__(self, cell: Cell, registry: Registry) -> None:
        self._cell = cell
        self._tasks: trio.Nursery | None = None
        self.registry = registry

    @property
    def ref(self) -> Ref[M]:
        """The actor's own address."""
        own: Ref[M] = self._cell.ref
        return own

    @property
    def path(self) -> str:
        """Where it stands in the tree."""
        return self._cell.path

    @property
    def key(self) -> Hashable:
        """Its name in the registry, or None."""
        return self._cell.key

    @property
    def generation(self) -> int:
        """1 for the first start; each restart adds one."""
        return self._cell.generation

    def now(self) -> float:
        """The Trio clock, for `describe` above all: any thread may ask, for a dump of a stuck loop."""
        return self._cell.post.now()

    @property
    def tasks(self) -> trio.Nursery:
        """The actor's own nursery, for actors with `tasks = True`; cancelled when the actor ends.

        A task in it that crashes, crashes the actor.
        """
        assert self._tasks is not None, "set `tasks = True` in the actor's class"
        return self._tasks

    @tasks.setter
    def tasks(self, tasks: trio.Nursery) -> None:
        self._tasks = tasks

    @property
    def timers(self) -> Timers:
        """Letters to oneself, later: `arm(name, delay_s, message)`, `cancel(name)`, `due(name)`."""
        if self._cell.timers is None:
            self._cell.timers = Timers(self._cell.post.alarms, self._ring)
        return self._cell.timers

    def defer(self) -> ReplyTo:
        """Keep the answer of the call being handled, to give it later."""
        letter = self._in_hand()
        assert isinstance(letter, CallLetter), "only a call can be answered later"
        self._cell.kept = True
        return ReplyTo(self._cell, letter)

    def stash(self) -> None:
        """Put the letter being handled aside; `unstash` or a restart makes it the next one again.

        From then on it is not in hand: a crash later in this handling does not make it a dead letter. The
        letter of a timer is dropped if the timer was armed anew meanwhile, and at a restart.

        Raises:
            Reject: as many letters as the mailbox may hold are put aside already.
        """
        letter = self._in_hand()
        assert self._cell.mailbox is not None
        if not self._cell.mailbox.put_aside(letter):
            raise Reject("too much was put aside")
        self._cell.kept = True
        self._cell.in_hand = None
        letter.keep()

    def unstash(self) -> None:
        """Make all letters put aside the next ones, oldest first."""
        assert self._cell.mailbox is not None
        self._cell.mailbox.bring_back()

    def passivate(self) -> None:
        """Go to sleep after the letter being handled. A letter in the mailbox starts a new generation."""
        self._end(Exit.PASSIVATED)

    def stop(self) -> None:
        """End, normally, after the letter being handled."""
        self._end(Exit.NORMAL)

    def watch(self, ref: Ref[Any]) -> None:
        """Get one `Down(path, ref, reason)` when that actor ends for good; at once if it has already."""
        self._cell.watch(ref.cell)

    def unwatch(self, ref: Ref[Any]) -> None:
        """Get no `Down` of that actor, even if it is in the mailbox already."""
        self._cell.unwatch(ref.cell)

    def _end(self, how: Exit) -> None:
        assert self._cell.mailbox is not None
        self._cell.ending = self._cell.ending or how
        self._cell.mailbox.poke()

    def _in_hand(self) -> Letter:
        assert self._cell.in_hand is not None, "no letter is being handled"
        return self._cell.in_hand

    def _ring(self, message: object, timer: NamedTimer) -> None:
        assert self._cell.mailbox is not None
        self._cell.mailbox.post_past(KernelLetter(message, trio.current_time(), timer))


class Actor(Generic[M]):
    """One object per generation: state, and what a letter does to it.

    Subclass it, override `handle`, and name it in a `ChildSpec`. The kernel sets `context` before `init`.
    """

    context: Context[M]
    tasks: ClassVar[bool] = False
    """True gives it a nursery of its own, `context.tasks`."""
    understands: ClassVar[tuple[type, ...]] = ()
    """The types of message it takes; any other gets `UnknownMessage`. Empty takes everything."""

    async def init(self) -> None:
        """Become ready. Whoever starts the actor waits for it; an exception is a failed start."""

    async def resume(self) -> None:
        """Recover at leisure: after the starter was told, before the first letter."""

    async def handle(self, message: M, /) -> object:
        """Run one letter to its end. What it returns answers a `Call`."""
        raise UnknownMessage(self.context.path, message)

    async def close(self) -> None:
        """Put things in order: on any end but a crash, after the last letter, within the shutdown time."""

    def describe(self) -> str:
        """Say in a line what this is about, for the state dump. Leave secrets out.

        Only reads, also before `init`; any thread may ask (`context.now()` is the clock for that).
        """
        return ""


Stage: TypeAlias = "Exit | Coroutine[Any, Any, Stage]"
"""How a generation ended, or what comes next in its life: a stage that is over keeps no frame."""


def begin_actor(cell: Cell, spec: ChildSpec, registry: Registry, ready: Callable[[], None]) -> Stage:
    """Make one generation of an actor.

    Not a coroutine itself: every frame between the task and the handler costs memory and time a letter.

    Args:
        cell: its record.
        spec: how to make it.
        registry: what its context shall know.
        ready: called when `init` is done.

    Returns:
        Its first stage; each one, awaited, gives the next. A crash is an exception.
    """
    actor = spec.start()
    actor.context = Context(cell, registry)
    cell.actor = actor
    begin = _begin_with_tasks if actor.tasks else _begin
    return begin(cell, spec, actor, ready)


async def _begin_with_tasks(cell: Cell, spec: ChildSpec, actor: Behaviour, ready: Callable[[], None]) -> Exit:
    async with trio.open_nursery() as tasks:
        actor.context.tasks = tasks
        stage: Stage = _begin(cell, spec, actor, ready)
        while not isinstance(stage, Exit):
            stage = await stage
        tasks.cancel_scope.cancel(reason=f"{cell.path} ended")
    return stage


async def _begin(cell: Cell, spec: ChildSpec, actor: Behaviour, ready: Callable[[], None]) -> Stage:
    # A task inherits the flow of whoever happened to start it, maybe over somebody else's crash; letters
    # bring their own, and most have none.
    if CURRENT.get() is not None:  # a context that was never written to is shared and costs nothing
        CURRENT.set(None)
    cell.flow = None
    await actor.init()
    await trio.lowlevel.checkpoint_if_cancelled()  # whoever was cancelled meanwhile never was ready
    ready()
    cell.resuming = True
    await actor.resume()
    cell.resuming = False
    assert cell.mailbox is not None
    return _read(cell, spec, cell.mailbox, _picky(cell, actor) if actor.understands else actor.handle)


async def _end(cell: Cell, spec: ChildSpec, ending: Exit) -> Exit:
    assert cell.actor is not None
    if ending is Exit.SHUTDOWN:
        await cell.actor.close()  # the supervisor, who ordered it, bounds it
        return ending
    with trio.move_on_after(spec.shutdown_s) as limit:
        await cell.actor.close()
    if limit.cancelled_caught:
        log.warning("actor.closed_late", actor=cell.path, limit_s=spec.shutdown_s)
    return ending


async def _read(cell: Cell, spec: ChildSpec, mailbox: Mailbox, handle: Handle) -> Stage:  # noqa: C901, PLR0912, PLR0915
    """Handle one letter after the other until the actor ends; give way after a turn of them.

    All of it in one coroutine, since a call less is felt here: it is saved for every letter. The clock is
    looked at anew only for a letter whose handler had to wait: Trio clears a task's `custom_sleep_data` each
    time it schedules it again.
    """
    now, task = cell.post.now, trio.lowlevel.current_task()
    turn_began_at = _stamp(cell, task)
    left = TURN  # a new generation finds the letters of the one before
    while cell.ending is None:
        letter = mailbox.take_nowait() if left else None
        if letter is None:
            cell.busy_s += now() - turn_began_at
            try:
                letter = mailbox.taken(await mailbox.arrival())
            except trio.EndOfChannel:
                return _end(cell, spec, Exit.SHUTDOWN)
            turn_began_at, left = _stamp(cell, task), TURN
            if letter is None or _too_late(cell, letter):
                continue
        left -= 1
        plain = type(letter) is Letter
        if not plain and not _wanted(cell, letter):
            continue
        cell.in_hand = letter
        followed = letter.flow is not None or cell.flow is not None or cell.trace is not None
        if followed:
            _note_in(cell, letter)
        try:
            value = await handle(letter.message)
        except (Reject, UnknownMessage) as refusal:
            _refuse(cell, letter, refusal)
        else:
            if cell.in_hand is not None:  # else it was put aside: handled in earnest later
                cell.handled += 1
            if not plain and not cell.kept:
                letter.answer(value)
        cell.in_hand, cell.kept = None, False
        if followed:
            _note_out(cell, letter)
        if task.custom_sleep_data is not SAME_STEP:
            _stamp(cell, task)
    cell.busy_s += now() - turn_began_at
    return _end(cell, spec, cell.ending)


def _stamp(cell: Cell, task: trio.lowlevel.Task) -> float:
    task.custom_sleep_data = SAME_STEP
    cell.began_at = cell.post.now()
    return cell.began_at


def _picky(cell: Cell, actor: Behaviour) -> Handle:
    async def handle(message: object) -> object:
        if not isinstance(message, actor.understands):
            raise UnknownMessage(cell.path, message)
        return await actor.handle(message)

    return handle


def _too_late(cell: Cell, letter: Letter) -> bool:
    """Whether the letter came in the moment of the end: then it is the next generation's."""
    if cell.ending is None:
        return False
    assert cell.mailbox is not None
    cell.mailbox.put_back(letter)
    return True


def _wanted(cell: Cell, letter: Letter) -> bool:
    """Whether a letter of the kernel's own, or a call, is to be handled."""
    if letter.take():
        return True
    if isinstance(letter, CallLetter):
        cell.expired += 1
        cell.bury(letter, Fate.EXPIRED)
    return False


def _note_in(cell: Cell, letter: Letter) -> None:
    cell.began_at = cell.post.now()
    if letter.flow is not cell.flow:
        CURRENT.set(letter.flow)
        cell.flow = letter.flow
    if letter.flow is not None:
        letter.flow.waited(cell.path, cell.began_at - letter.sent_at)
    if cell.trace is not None:
        cell.trace(Event(cell.began_at, cell.path, "in", title(letter.message)))


def _note_out(cell: Cell, letter: Letter) -> None:
    ended_at = cell.post.now()
    if letter.flow is not None:
        letter.flow.served_s += ended_at - cell.began_at
    if cell.trace is not None:
        cell.trace(Event(ended_at, cell.path, "out", title(letter.message)))


def _refuse(cell: Cell, letter: Letter, refusal: Exception) -> None:
    """Pass a refusal on to whoever waits for it."""
    fate = Fate.REJECTED
    if isinstance(refusal, UnknownMessage):
        if refusal.message is not letter.message:
            raise refusal  # somebody else did not understand what this actor asked: its own mistake
        fate = Fate.UNKNOWN
    if cell.in_hand is None:
        return  # it was put aside before: whoever waits for it waits on
    cell.failed += 1
    if not isinstance(letter, CallLetter):
        cell.bury(letter, fate, refusal)
    elif not cell.kept:
        letter.fail(refusal)
