"""Workers take a second to start; the ladder need not wait for them."""

import multiprocessing
import time
from functools import partial

import pytest

from actors.rules.settings import Settings
from storage import replay_reader
from storage.replay_reader import WORKERS, open_replay_reader
from tests.storage.test_replay_workers import GOOD

FOREVER_S, SOON_S = 60.0, 20.0


async def test_the_reader_is_there_before_its_workers_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_reader, "ready", partial(time.sleep, FOREVER_S))
    began = time.perf_counter()
    async with open_replay_reader(Settings(), at_once=True):
        pass
    assert time.perf_counter() - began < SOON_S, "neither opening nor closing waits for them"


async def test_a_file_that_comes_while_the_workers_start_is_read_by_one_of_them() -> None:
    async with open_replay_reader(Settings(), at_once=True) as reader:
        assert (await reader.read(GOOD)).players[0].name == "Alice"
        assert len(multiprocessing.active_children()) <= WORKERS
