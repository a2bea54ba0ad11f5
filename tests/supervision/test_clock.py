"""The plain clock is one that Trio can live by."""

import trio

from supervision import PlainClock


def test_a_loop_under_the_plain_clock_sleeps_and_wakes() -> None:
    async def main() -> float:
        begun = trio.current_time()
        with trio.move_on_after(0.01) as limit:
            await trio.sleep_forever()
        assert limit.cancelled_caught
        return trio.current_time() - begun

    assert trio.run(main, clock=PlainClock()) >= 0.01
