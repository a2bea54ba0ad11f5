"""A tree in a storm: victims that do as they are told, the weather that tells them, a census that counts."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from random import Random
from typing import Any

import trio

from supervision import (
    ActorDied,
    AskCycle,
    Backoff,
    Call,
    Children,
    ChildSpec,
    Down,
    Event,
    Fate,
    Intensity,
    KernelError,
    MailboxSpec,
    NotRunning,
    Overflow,
    Pool,
    PoolSpec,
    Query,
    Ref,
    Reject,
    ReplyTo,
    Restart,
    StartError,
    Strategy,
    SupervisorSpec,
    System,
)
from supervision.cell import Cell
from tests.supervision.stage import FOREVER, BoomError, Do, Hooks, Puppet, run, sleeper, stop, top

GROUP = 5
"""Children in each group of fixed children."""


@dataclass(frozen=True, slots=True)
class Hello:
    """The weather's letter of this number."""

    number: int


@dataclass(frozen=True, slots=True)
class Look(Query[str]):
    """A question without effect."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A timer's letter."""

    name: str
    number: int
    generation: int


class Victim(Puppet):
    """An actor in the storm. What it sees that must not be, it tells the weather."""

    def __init__(self, weather: "Weather") -> None:
        super().__init__([], Hooks())
        self.weather = weather
        self.armed: dict[str, Tick] = {}
        self.kept: list[ReplyTo] = []
        self.put_aside = 0

    async def init(self) -> None:
        if self.weather.rages and self.weather.luck.random() < 0.1:
            await trio.sleep(self.weather.luck.random())
            self.weather.no_starts += 1
            raise BoomError("no start")

    async def handle(self, message: Any, /) -> object:
        match message:
            case Do(act):
                return await run(act, self)
            case Hello(number):
                self.weather.hear(self.context.ref, number)
            case Look():
                return "seen"
            case Tick(name, _, generation):
                self.weather.ticks += 1
                self.weather.expect(generation == self.context.generation, "a timer of the dead fired")
                self.weather.expect(self.armed.pop(name, None) == message, "a timer fired that was off")
            case Down(_, ref, _):
                self.weather.downs += 1
                self.weather.expect(not ref.running, "heard of an end too early")  # type: ignore[attr-defined]
            case _:
                self.weather.refused += 1
                await super().handle(message)
        return None

    async def close(self) -> None:
        if self.weather.luck.random() < 0.1:
            await trio.sleep(self.weather.luck.random())


# What a victim can be told to do.


def explode(_victim: Any) -> None:
    raise BoomError("in the storm")


def refuse(victim: Any) -> None:
    victim.weather.refused += 1
    raise Reject("no")


def doze(victim: Any) -> None:
    victim.context.passivate()


def arm(victim: Any) -> None:
    weather = victim.weather
    tick = Tick(weather.luck.choice("xyz"), next(weather.numbers), victim.context.generation)
    victim.armed[tick.name] = tick
    victim.context.timers.arm(tick.name, weather.luck.random() * 2, tick)


def disarm(victim: Any) -> None:
    name = victim.weather.luck.choice("xyz")
    victim.armed.pop(name, None)
    victim.context.timers.cancel(name)


def keep(victim: Any) -> None:
    victim.kept.append(victim.context.defer())


def pay(victim: Any) -> None:
    for reply in victim.kept:
        reply.answer("paid")
    victim.kept.clear()


def put_aside(victim: Any) -> None:
    victim.put_aside += 1
    if victim.put_aside % 2:
        try:
            victim.context.stash()
        except Reject:
            victim.weather.refused += 1
            raise


def bring_back(victim: Any) -> None:
    victim.context.unstash()


def watch(ref: Ref[Any], victim: Any) -> None:
    victim.weather.watches += 1
    victim.context.watch(ref)


def unwatch(ref: Ref[Any], victim: Any) -> None:
    victim.context.unwatch(ref)


async def relay(ref: Ref[Any], message: Call[Any], victim: Any) -> None:
    await victim.weather.ask(ref, message, victim.weather.luck.random())


TOLD: dict[Callable[[Any], Any], int] = {
    explode: 12, stop: 3, doze: 4, refuse: 3, arm: 6, disarm: 3, put_aside: 4, bring_back: 4, pay: 3,
    sleeper(0.3): 6,
}  # fmt: skip
"""What victims are told without being asked, and how often."""
ASKED: dict[Callable[[Any], Any], int] = {
    lambda _: "an answer": 12, explode: 3, refuse: 3, keep: 4, put_aside: 2, sleeper(0.3): 3, doze: 1,
}  # fmt: skip
"""What victims are asked, and how often."""


class Weather:
    """Everything random about a storm, and the counts that must agree at its end."""

    def __init__(self, seed: int, size: int) -> None:
        self.luck = Random(seed)
        self.groups = size // 2 // GROUP
        self.fixed = [f"g{group}c{place}" for group in range(self.groups) for place in range(GROUP)]
        self.names = self.fixed + [f"p{at}" for at in range(size - len(self.fixed))]
        self.order_of_fame = self.luck.sample(self.names, len(self.names))
        self.numbers: Iterator[int] = iter(range(10**9))
        self.sent = self.refused = self.ticks = self.downs = self.watches = self.no_starts = 0
        self.strategies = [self.luck.choice(list(Strategy)) for _ in range(self.groups)]
        self.asks: Counter[str] = Counter()
        self.orders: Counter[str] = Counter()
        self.last: dict[Ref[Any], int] = {}
        self.broken: list[str] = []
        self.rages = False
        self.handles: dict[str, Children] = {}

    def tree(self) -> SupervisorSpec:
        """Half of the actors in groups, room for the other half in a pool."""
        groups = (
            SupervisorSpec(
                f"g{group}",
                self.strategies[group],
                tuple(self.child(f"g{group}c{place}") for place in range(GROUP)),
                FOREVER if group % 10 else Intensity(3, 5.0),
            )
            for group in range(self.groups)
        )
        return top(*groups, PoolSpec("pool", "pool", len(self.names), FOREVER), intensity=FOREVER)

    def falls_alone(self, path: str) -> bool:
        """Whether nobody else's end is this one's too."""
        _, _, below = path.partition("/g")
        group, _, child = below.partition("/")
        return not child or self.strategies[int(group)] is Strategy.ONE_FOR_ONE

    def child(self, name: str, **how: Any) -> ChildSpec:
        how.setdefault("restart", self.luck.choice([Restart.PERMANENT, Restart.PERMANENT, Restart.TRANSIENT]))
        how.setdefault("backoff", self.luck.choice([None, Backoff(0.1, 1.0, 0.5)]))
        how.setdefault("mailbox", MailboxSpec(self.luck.randrange(1, 9), self.luck.choice(list(Overflow))))
        return ChildSpec(name, partial(Victim, self), name, **how)

    def expect(self, held: bool, law: str) -> None:
        if not held:
            self.broken.append(f"{law} at {trio.current_time()}")

    def hear(self, ref: Ref[Any], number: int) -> None:
        self.expect(self.last.get(ref, -1) < number, f"letters to {ref.path} out of order")
        self.last[ref] = number

    async def begin(self, system: System) -> None:
        """Fill the pool."""
        pool = system.registry.pool("pool")
        self.handles = {f"g{group}": system.children(f"top/g{group}") for group in range(self.groups)}
        self.handles["p"] = pool
        for name in self.names[len(self.fixed) :]:
            await pool.start_child(self.child(name))

    async def rage(self, system: System, moves: int) -> None:
        """Do this many random things, some at the same time."""
        self.rages = True
        async with trio.open_nursery() as nursery:
            for _ in range(moves):
                self.move(system, nursery)
                if self.luck.random() < 0.2:
                    await trio.sleep(self.luck.random() / 5)
        self.rages = False

    def move(self, system: System, nursery: trio.Nursery) -> None:
        ref, other = system.registry.whereis(self.somebody()), system.registry.whereis(self.somebody())
        if ref is None or other is None or self.luck.random() < 0.1:
            nursery.start_soon(self.order, self.somebody())
            return
        match self.luck.randrange(10):
            case 0:
                self.greet(ref, self.luck.choice([1, 1, 1, 1, 9]))
            case 1 | 2 | 3:
                self.tell(ref, object() if self.luck.random() < 0.02 else Do(pick(self.luck, TOLD)))
            case 4 | 5:
                self.tell(ref, Do(partial(self.luck.choice([watch, watch, unwatch]), other)))
            case 6:
                self.tell(ref, Do(partial(relay, other, self.question())))
            case 7 | 8:
                nursery.start_soon(self.ask, ref, self.question(), self.luck.choice([0.1, 1.0, 5.0]))
            case _:
                nursery.start_soon(self.ask_and_leave, ref)

    def greet(self, ref: Ref[Any], times: int) -> None:
        for _ in range(times):
            self.tell(ref, Hello(next(self.numbers)))

    def somebody(self) -> str:
        """A few are much talked to, the most are not: where few meet, more happens."""
        at = int(len(self.order_of_fame) * self.luck.random() ** 4)
        return self.order_of_fame[at]

    def question(self) -> Any:
        luck = self.luck.random()
        if luck < 0.3:
            ref = self.luck.choice(list(self.last)) if self.last else None
            return Look() if ref is None else Do(partial(relay, ref, Look()))
        return Look() if luck < 0.5 else object() if luck < 0.52 else Do(pick(self.luck, ASKED))

    def tell(self, ref: Ref[Any], message: Any) -> None:
        self.sent += 1
        with suppress(KernelError):  # counted by the dead letters
            ref.cast(message)

    async def order(self, name: str) -> None:
        """Start a child, or stop it."""
        children = self.handles["p" if name.startswith("p") else name.partition("c")[0]]
        try:
            if self.luck.random() < 0.2:
                await children.stop_child(name)
            elif isinstance(children, Pool):
                await self.demand(children, name)
            elif self.luck.random() < 0.5:
                await children.restart_child(name)
            else:
                guest = f"{name} guest {self.luck.randrange(2)}"
                await children.start_child(self.child(guest, restart=Restart.TEMPORARY))
        except (NotRunning, StartError):
            self.orders["failed"] += 1
        else:
            self.orders["done"] += 1

    async def demand(self, pool: Pool, name: str) -> None:
        """Want a child, or start one with rules of its own."""
        if self.luck.random() < 0.5:
            self.greet(await pool.whereis_or_start(self.child(name)), 1)
        else:
            own = self.luck.choice([None, Intensity(1, 5.0)])
            await pool.start_child(self.child(name, intensity=own, restart=self.luck.choice(list(Restart))))

    async def ask(self, ref: Ref[Any], message: Any, timeout_s: float) -> None:
        """Ask, and count how it ended; inside an actor too."""
        await trio.lowlevel.checkpoint_if_cancelled()
        self.sent += 1
        self.asks["asked"] += 1
        began = trio.current_time()
        ended = "left"
        try:
            await ref.call(message, timeout_s)
        except AskCycle:
            self.sent -= 1
            ended = "in a circle"
        except Reject:
            ended = "refused"
        except ActorDied:
            ended = "died"
        except KernelError as error:
            ended = type(error).__name__
        else:
            ended = "answered"
        finally:
            self.asks[ended] += 1
        self.expect(trio.current_time() <= began + timeout_s + 1e-6, "an ask took longer than it may")

    async def ask_and_leave(self, ref: Ref[Any]) -> None:
        with trio.move_on_after(self.luck.random() / 5):
            await self.ask(ref, self.question(), 5.0)


def pick(luck: Random, acts: dict[Callable[[Any], Any], int]) -> Callable[[Any], Any]:
    return luck.choices(list(acts), list(acts.values()))[0]


class Census:
    """Every actor that ever was, and its ends, heard of through the system's hooks."""

    def __init__(self) -> None:
        self.system: System | None = None
        self.cells: dict[Cell, None] = {}
        self.ends: dict[Cell, list[str]] = {}
        self.at: dict[str, Cell] = {}

    def __call__(self, event: Event) -> None:
        if self.system is None:
            return
        if event.what == "starting":
            self.enrol(self.system.tree.cells[event.path])
        elif event.what in {"ended", "stopped"} and event.path in self.at:
            self.ends[self.at[event.path]].append(event.what if event.what == "stopped" else event.detail)

    def begin(self, system: System) -> None:
        self.system = system
        for cell in system.tree.cells.values():
            self.enrol(cell)

    def enrol(self, cell: Cell) -> None:
        if cell not in self.cells:
            self.cells[cell] = None
            self.ends[cell] = []
            self.at[cell.path] = cell

    @property
    def handled(self) -> int:
        return sum(cell.handled for cell in self.cells)

    @property
    def crashes(self) -> int:
        return sum(end.startswith("crashed") for ends in self.ends.values() for end in ends)

    def least(self, cell: Cell) -> int:
        """How many restarts must have been counted for an actor that falls alone.

        One for each end by itself; none for one that slept and was woken, or was stopped before its turn.
        """
        ends = self.ends[cell]
        cut_short = sum(end == "stopped" for _, end in pairwise(ends))
        return sum(end.startswith(("crashed", "normal")) for end in ends) - cut_short

    def most(self, cell: Cell) -> int:
        """How many restarts may have been counted: one for each end that another generation followed."""
        return sum(end != "stopped" for end in self.ends[cell])


def died(system: System) -> int:
    """Letters that are dead, those left out that were refused: the victims count these."""
    counts = system.dead_letters.counts
    return system.dead_letters.total - counts[Fate.LATE] - counts[Fate.REJECTED] - counts[Fate.UNKNOWN]
