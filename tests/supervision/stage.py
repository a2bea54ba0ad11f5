"""Puppets to play the kernel's laws with, and a runner that plays each law under many schedules."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from inspect import Parameter, signature
from typing import Any

import pytest
import trio
import trio._core._run as trio_run
import trio.testing

from supervision import Actor, Call, ChildSpec, Intensity, SupervisorSpec
from supervision.strategy import Strategy

FOREVER = Intensity(float("inf"), 1.0)

Act = Callable[["Puppet"], Any]
Law = Callable[..., Awaitable[None]]


def play_under(seed: int, law: Law, *given: Any) -> None:
    """Run an async function under the one schedule that belongs to a seed, on a clock that jumps."""
    trio_run._ALLOW_DETERMINISTIC_SCHEDULING = True  # type: ignore[misc]
    trio_run._r.seed(seed)
    try:
        trio.run(law, *given, clock=trio.testing.MockClock(autojump_threshold=0))
    except BaseException as error:
        error.add_note(f"schedule seed {seed}")
        raise
    finally:
        trio_run._ALLOW_DETERMINISTIC_SCHEDULING = False  # type: ignore[misc]


def every_schedule(law: Law) -> Callable[..., None]:
    """Turn an async law into a test that plays it under 20 schedules, 200 more with `-m deep`.

    What the law takes comes from fixtures and `parametrize`, as in any test.
    """

    def play(seeds: range, **given: Any) -> None:
        for seed in seeds:
            play_under(seed, partial(law, **given))

    play.__name__ = law.__name__
    play.__qualname__ = law.__qualname__
    play.__module__ = law.__module__
    takes = signature(law)
    first = Parameter("seeds", Parameter.POSITIONAL_OR_KEYWORD)
    play.__signature__ = takes.replace(parameters=[first, *takes.parameters.values()])  # type: ignore[attr-defined]
    seeds = [range(20), pytest.param(range(20, 220), marks=pytest.mark.deep)]
    pytest.mark.parametrize("seeds", seeds, ids=["20 schedules", "200 schedules"])(play)
    return play


@dataclass(frozen=True, slots=True)
class Do(Call[Any]):
    """Have the puppet run a function, sync or async, and answer with what it returns."""

    act: Act


@dataclass(frozen=True, slots=True)
class Note(Call[str]):
    """Have the puppet write this down."""

    text: str


@dataclass(frozen=True, slots=True)
class Crash:
    """Have the puppet crash."""

    text: str = "boom"


class BoomError(Exception):
    """What puppets crash with."""


async def nothing(_puppet: "Puppet") -> None:
    """The default of every hook."""


@dataclass(slots=True)
class Hooks:
    """What a puppet does at each stage of its life."""

    init: Act = nothing
    resume: Act = nothing
    close: Act = nothing


class Puppet(Actor[Any]):
    """An actor that does what it is told and writes everything down."""

    def __init__(self, diary: list[str], hooks: Hooks) -> None:
        self.diary = diary
        self.hooks = hooks
        self.memory: list[Any] = []

    @property
    def name(self) -> str:
        return self.context.path.rpartition("/")[2]

    def write(self, text: str) -> None:
        self.diary.append(f"{self.name} {text}")

    async def init(self) -> None:
        await run(self.hooks.init, self)
        self.write(f"ready {self.context.generation}")

    async def resume(self) -> None:
        await run(self.hooks.resume, self)

    async def handle(self, message: Any, /) -> object:
        match message:
            case Do(act):
                return await run(act, self)
            case Crash(text):
                raise BoomError(text)
            case Note(text):
                self.write(text)
                return text
            case _:
                return await super().handle(message)

    async def close(self) -> None:
        await run(self.hooks.close, self)
        self.write("closed")

    def describe(self) -> str:
        return f"{len(self.memory)} remembered"


class Parent(Puppet):
    """A puppet with a nursery of its own."""

    tasks = True


async def run(act: Act, puppet: Puppet) -> Any:
    result = act(puppet)
    return await result if isinstance(result, Awaitable) else result


@dataclass(slots=True)
class Stage:
    """A diary, and the puppets that write in it."""

    diary: list[str] = field(default_factory=list)

    def puppet(
        self, id_: str, *, kind: type[Puppet] = Puppet, hooks: Hooks | None = None, **how: Any
    ) -> ChildSpec:
        """A child specification; the puppet is registered under its id unless `key` says otherwise."""
        how.setdefault("key", id_)
        return ChildSpec(id_, lambda: kind(self.diary, hooks or Hooks()), **how)


def top(*children: Any, strategy: Strategy = Strategy.ONE_FOR_ONE, **how: Any) -> SupervisorSpec:
    """A root supervisor."""
    return SupervisorSpec("top", strategy, children, **how)


async def settle() -> None:
    """Wait until every task waits."""
    await trio.testing.wait_all_tasks_blocked()


def sleeper(seconds: float) -> Act:
    """Sleep in the handler."""

    async def act(_puppet: Puppet) -> None:
        await trio.sleep(seconds)

    return act


def fail(text: str = "boom") -> Act:
    """Raise in the hook."""

    def act(_puppet: Puppet) -> None:
        raise BoomError(text)

    return act


def fail_times(times: int) -> Act:
    """Raise the first few times."""
    left = [times]

    def act(_puppet: Puppet) -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise BoomError("not yet")

    return act


def fail_from(generation: int, until: int = 10**9) -> Act:
    """Raise in these generations, both ends included."""

    def act(puppet: Puppet) -> None:
        if generation <= puppet.context.generation <= until:
            raise BoomError(f"generation {puppet.context.generation}")

    return act


def stop(puppet: Puppet) -> None:
    """End normally."""
    puppet.context.stop()
