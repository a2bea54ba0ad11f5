"""Where the stories happen: an evening that many share, or a folder for one of their own."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path
from queue import Queue
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import pytest
import trio

from bot.simulator.remote import Remote
from tests.journeys.evening import Evening, open_evening

READY_S = 120.0

SHARED = pytest.StashKey[Evening]()


def _fresh_folder() -> TemporaryDirectory[str]:
    """Short, for sockets, and where the database's own user may look."""
    made = TemporaryDirectory(prefix="evening-", dir="/tmp", ignore_cleanup_errors=True)
    Path(made.name).chmod(0o755)
    return made


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder for one story."""
    with _fresh_folder() as name:
        yield Path(name)


@pytest.fixture(scope="session")
def hall(pytestconfig: pytest.Config) -> Iterator[Evening]:
    """One evening for every story that harms nobody else's; a loop of its own outlives those of the tests.

    Its disputes are posted where everybody can read them, and press.
    """
    answers: Queue[Evening | BaseException] = Queue()
    over: list[Callable[[], None]] = []

    async def keep(folder: Path) -> None:
        async with open_evening(folder, public_disputes=True) as evening:
            done, token = trio.Event(), trio.lowlevel.current_trio_token()
            over.append(lambda: token.run_sync_soon(done.set))
            answers.put(evening)
            await done.wait()

    def live(folder: Path) -> None:
        try:
            trio.run(keep, folder)
        except BaseException as error:
            answers.put(error)
            raise

    with _fresh_folder() as name:
        keeper = Thread(target=live, args=[Path(name)])
        keeper.start()
        answer = answers.get(timeout=READY_S)
        if isinstance(answer, BaseException):
            raise answer
        pytestconfig.stash[SHARED] = answer
        yield answer
        counters, audit = trio.run(_balance, answer)
        over[0]()
        keeper.join(timeout=READY_S)
        assert counters["interactions"]["late"] == 0
        assert audit.returncode == 0, audit.stdout


@pytest.fixture
async def evening(hall: Evening) -> Evening:
    """The shared evening, with nobody left in the queue by a story that ended badly."""
    own = replace(hall, discord=_reached_from_here(hall.discord))
    await own.discord.fault("clear")
    await own.empties_the_queue()
    return own


async def _balance(evening: Evening) -> tuple[dict[str, Any], CompletedProcess[str]]:
    """What Discord counted, and the audit."""
    own = replace(evening, discord=_reached_from_here(evening.discord))
    return await own.counters(), await own.asks("audit")


def _reached_from_here(discord: Remote) -> Remote:
    """Its threads are counted in the loop that waits for them."""
    return replace(discord, _threads=trio.CapacityLimiter(50))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A story of the shared evening that went wrong is told with what Discord and the bot said meanwhile."""
    report = yield
    shared = item.config.stash.get(SHARED, None)
    fixtures: list[str] = getattr(item, "fixturenames", [])
    if call.when == "call" and call.excinfo is not None and shared is not None and "hall" in fixtures:
        report.sections.append(("the evening", trio.run(_tale, shared)))
    return report


async def _tale(evening: Evening) -> str:
    return await replace(evening, discord=_reached_from_here(evening.discord)).tale()
