"""Letters put aside: they come back once, in order, whoever sent them, and never twice."""

import pytest
import trio

from supervision import ActorDied, Fate, Reject, Restart, Restarting, System, open_system
from tests.supervision.stage import (
    BoomError,
    Crash,
    Do,
    Note,
    Puppet,
    Stage,
    every_schedule,
    settle,
    stop,
    top,
)
from tests.supervision.test_watch import Mourner, watch


class TakenError(Reject):
    """A refusal of a program's own."""


def handled(system: System) -> int:
    record = system.dump().actor("top/a")
    assert record is not None
    return record.handled


def unstash(puppet: Puppet) -> None:
    puppet.context.unstash()


def aside_once(puppet: Puppet) -> None:
    """Put the letter aside the first time, note it the second time."""
    if puppet.memory:
        puppet.write("in earnest")
    else:
        puppet.memory.append("aside")
        puppet.context.stash()


@every_schedule
async def test_a_timers_letter_can_be_put_aside() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        ref = system.registry.ref("a")
        await ref.call(Do(lambda puppet: puppet.context.timers.arm("tick", 1, Do(aside_once))))
        await trio.sleep(2)
        assert stage.diary == ["a ready 1"]
        await ref.call(Do(unstash))
        await settle()
        assert stage.diary == ["a ready 1", "a in earnest"]
        assert handled(system) == 3
        assert system.dead_letters.total == 0


@every_schedule
async def test_a_timers_letter_put_aside_can_still_be_cancelled() -> None:
    stage = Stage()

    def cancel(puppet: Puppet) -> None:
        puppet.context.timers.cancel("tick")
        puppet.context.unstash()

    async with open_system(top(stage.puppet("a"))) as system:
        ref = system.registry.ref("a")
        await ref.call(Do(lambda puppet: puppet.context.timers.arm("tick", 1, Do(aside_once))))
        await trio.sleep(2)
        await ref.call(Do(cancel))
        await settle()
        assert stage.diary == ["a ready 1"]


@every_schedule
async def test_a_timer_armed_anew_replaces_its_letter_that_was_put_aside() -> None:
    stage = Stage()

    def again(puppet: Puppet) -> None:
        if puppet.memory:
            puppet.write("second round")
        else:
            puppet.memory.append("first round")
            puppet.context.timers.arm("tick", 5, Do(again))
            puppet.context.stash()

    async with open_system(top(stage.puppet("a"))) as system:
        ref = system.registry.ref("a")
        await ref.call(Do(lambda puppet: puppet.context.timers.arm("tick", 1, Do(again))))
        await trio.sleep(2)
        await ref.call(Do(unstash))
        await trio.sleep(20)
        assert stage.diary == ["a ready 1", "a second round"]


@every_schedule
async def test_a_timers_letter_put_aside_dies_with_its_generation() -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        ref = system.registry.ref("a")
        await ref.call(Do(lambda puppet: puppet.context.timers.arm("tick", 1, Do(aside_once))))
        await trio.sleep(2)
        ref.cast(Crash())
        await trio.sleep(20)
        assert stage.diary == ["a ready 1", "a ready 2"]


class Late(Mourner):
    """Puts the first notice of an end aside."""

    async def handle(self, message: object, /) -> object:
        if "heard" not in self.memory and not isinstance(message, Do | Note | Crash):
            self.memory.append("heard")
            self.context.stash()
            return None
        return await super().handle(message)


@pytest.mark.parametrize("then", ["unstash", "unwatch", "watch again", "crash"])
@every_schedule
async def test_a_notice_put_aside_is_read_once_if_it_is_still_wanted(then: str) -> None:
    stage = Stage()
    async with open_system(
        top(stage.puppet("a", kind=Late), stage.puppet("b", restart=Restart.TEMPORARY))
    ) as system:
        a, b = system.registry.ref("a"), system.registry.ref("b")
        await a.call(watch(b))
        b.cast(Do(stop))
        await settle()
        match then:
            case "unwatch":
                await a.call(Do(lambda puppet: puppet.context.unwatch(b)))
            case "watch again":
                await a.call(watch(b))
            case "crash":
                a.cast(Crash())
                await settle()
            case _:
                pass
        await a.call(Do(unstash))
        await settle()
        heard = [line for line in stage.diary if "heard" in line]
        assert heard == (["a heard top/b normal"] if then in {"unstash", "watch again"} else [])


@every_schedule
async def test_a_notice_put_aside_while_its_end_is_watched_anew_is_read_once() -> None:
    stage = Stage()

    class Twice(Mourner):
        async def handle(self, message: object, /) -> object:
            if not isinstance(message, Do) and not self.memory:
                self.memory.append(message)
                self.context.watch(b)
                self.context.stash()
                return None
            return await super().handle(message)

    async with open_system(
        top(stage.puppet("a", kind=Twice), stage.puppet("b", restart=Restart.TEMPORARY))
    ) as system:
        a, b = system.registry.ref("a"), system.registry.ref("b")
        await a.call(watch(b))
        b.cast(Do(stop))
        await settle()
        await a.call(Do(unstash))
        await settle()
        assert [line for line in stage.diary if "heard" in line] == ["a heard top/b normal"]


@every_schedule
async def test_a_crash_after_a_letter_was_put_aside_leaves_that_letter_to_the_next_generation() -> None:
    stage = Stage()

    def aside_and_crash(puppet: Puppet) -> None:
        if puppet.context.generation == 1:
            puppet.context.stash()
            raise BoomError
        puppet.write("in earnest")

    async with open_system(top(stage.puppet("a"))) as system:
        system.registry.ref("a").cast(Do(aside_and_crash))
        await settle()
        assert stage.diary == ["a ready 1", "a ready 2", "a in earnest"]
        assert (handled(system), system.dead_letters.total) == (1, 0)


@every_schedule
async def test_a_call_put_aside_by_one_that_crashes_is_not_carried_out_by_the_next() -> None:
    stage = Stage()

    def aside_and_crash(puppet: Puppet) -> None:
        puppet.write("began")
        puppet.context.stash()
        raise BoomError

    async with open_system(top(stage.puppet("a"))) as system:
        with pytest.raises(Restarting):
            await system.registry.ref("a").call(Do(aside_and_crash))
        await settle()
        assert stage.diary == ["a ready 1", "a began", "a ready 2"]
        assert system.dead_letters.counts == {Fate.EXPIRED: 1}


@every_schedule
async def test_a_letter_refused_after_it_was_put_aside_waits_on() -> None:
    stage = Stage()
    answers: list[object] = []

    async def refuse(puppet: Puppet) -> object:
        if not puppet.memory:
            puppet.memory.append("aside")
            puppet.context.stash()
            return await system.registry.ref("b").call(Do(no))
        return "in earnest"

    def no(_puppet: Puppet) -> None:
        raise TakenError

    async with open_system(top(stage.puppet("a"), stage.puppet("b"))) as system:
        ref = system.registry.ref("a")

        async def ask() -> None:
            answers.append(await ref.call(Do(refuse)))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask)
            await settle()
            assert answers == []
            await ref.call(Do(unstash))
        assert answers == ["in earnest"]
        assert (handled(system), system.dead_letters.total) == (2, 0)


@every_schedule
async def test_a_letter_is_put_aside_once_or_the_actor_crashes() -> None:
    stage = Stage()

    def twice(puppet: Puppet) -> None:
        puppet.write(f"in {puppet.context.generation}")
        if puppet.context.generation == 1:
            puppet.context.stash()
            puppet.context.stash()

    async with open_system(top(stage.puppet("a"))) as system:
        system.registry.ref("a").cast(Do(twice))
        await settle()
        assert stage.diary == ["a ready 1", "a in 1", "a ready 2", "a in 2"]
        assert (handled(system), system.dead_letters.total) == (1, 0)


@pytest.mark.parametrize("restart", [Restart.TRANSIENT, Restart.TEMPORARY])
@every_schedule
async def test_letters_still_aside_when_the_actor_ends_for_good_are_dead_and_their_askers_told(
    restart: Restart,
) -> None:
    stage = Stage()

    async def ask() -> None:
        with pytest.raises(ActorDied, match="normal"):
            await ref.call(Do(aside_once))

    async with open_system(top(stage.puppet("a", restart=restart))) as system:
        ref = system.registry.ref("a")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask)
            await settle()
            ref.cast(Do(stop))
        assert system.dead_letters.counts == {Fate.UNDELIVERED: 1}
        assert handled_before_the_end(system) == 1


def handled_before_the_end(system: System) -> int:
    record = system.dump().actor("top/a")
    assert record is not None
    assert record.status == "stopped"
    return record.handled
