"""The private PostgreSQL dies under whoever uses it: it comes back by itself, with all that was committed."""

import fcntl
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import trio

from storage.embedded import open_postgres
from storage.embedded_account import Account, open_the_way
from storage.embedded_files import SOCKET_LIMIT, read_postmaster
from tests.storage.test_embedded import ask, home, lives, postmaster

__all__ = ["home"]

BACK_S = 30.0


async def until(happened: Callable[[], bool]) -> None:
    """Another program tells nobody: look again and again."""
    with trio.fail_after(BACK_S):
        while not happened():  # noqa: ASYNC110
            await trio.sleep(0.02)


async def is_another_than(died: int, home: Path) -> None:
    def is_back() -> bool:
        found = read_postmaster(home / "postgres")
        return lives(home) and found is not None and found.ready and found.pid != died

    await until(is_back)


@pytest.mark.parametrize("blow", [signal.SIGQUIT, signal.SIGKILL], ids=["immediate stop", "kill"])
async def test_a_server_that_dies_in_use_is_started_again_with_what_was_committed(
    home: Path, blow: signal.Signals
) -> None:
    async with open_postgres(home) as dsn:
        assert await ask(dsn, "keep", "keep") == 2
        died = postmaster(home)
        os.kill(died, blow)
        await is_another_than(died, home)
        assert await ask(dsn, "keep") == 3
    assert not lives(home)


async def test_it_comes_back_where_it_was_also_with_a_socket_outside_the_data_folder(home: Path) -> None:
    deep = home / ("d" * (SOCKET_LIMIT - len(str(home))))
    open_the_way(home, Account(54321, 54321, ourselves=False))
    async with open_postgres(deep) as dsn:
        assert await ask(dsn, "keep") == 1
        died = postmaster(deep)
        os.kill(died, signal.SIGQUIT)
        await is_another_than(died, deep)
        assert await ask(dsn) == 1


async def test_it_waits_for_its_turn_while_another_program_starts_or_stops_it(home: Path) -> None:
    async with open_postgres(home) as dsn:
        await ask(dsn, "keep")
        lock = os.open(home / "start.lock", os.O_RDWR)
        fcntl.flock(lock, fcntl.LOCK_EX)
        died = postmaster(home)
        os.kill(died, signal.SIGQUIT)
        await until(lambda: not lives(home))
        await trio.sleep(1.5)
        assert not lives(home)
        os.close(lock)
        await is_another_than(died, home)
        assert await ask(dsn) == 1
