"""The laws of the workers: a file may cost them their life, and never costs the next file anything."""

import io
import multiprocessing
import signal
import sys
import zlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import mpyq
import pytest
import trio
import trio.testing
import trio_parallel

from actors.rules.ids import Gateway
from actors.rules.replay import Result
from actors.rules.settings import Settings
from bot.simulator import mpq
from bot.simulator.replay_spec import STANDARD_HANDLES, GameSpec, Seat
from bot.simulator.replay_writer import write
from storage.errors import ReplayUnreadable, Unreadability
from storage.replay_reader import Limits, ReplayReader, open_replay_reader
from storage.replay_worker import read

RADEON = "3436cfadc9bcdcc12fce91e2bbfbc8ad0c1604465d84e3029328d35448c06db8"
GOOD = write(
    GameSpec(
        players=(
            Seat(name="Alice", race="BW Zerg", toon="2-S2-1-1001", result=Result.WON),
            Seat(name="Bob", race="Terran", toon="2-S2-1-2002", result=Result.LOST),
        ),
        map_name="[SC:Evo] Radeon (라데온)",
        handles=(*STANDARD_HANDLES, RADEON),
        gateway=Gateway.EUROPE,
        ended_at=datetime(2026, 5, 1, 20, 0, tzinfo=UTC),
        length_s=60.0,
    )
)
MAX_BYTES = Settings().replay_max_bytes


@pytest.fixture
async def reader() -> AsyncIterator[ReplayReader]:
    async with open_replay_reader(Settings()) as reader:
        yield reader


def _swollen(stored: bytes) -> bytes:
    """A replay whose chat is stored as these bytes, whatever they become when unpacked."""
    mark, flags = b"the chat", mpq.FILE_EXISTS | mpq.SINGLE_UNIT | mpq.COMPRESSED

    def store(content: bytes) -> mpq.Stored:
        return (mpq.ZLIB + stored, flags) if content == mark else mpq.squeezed(content)

    archive = mpyq.MPQArchive(io.BytesIO(GOOD))
    parts = {name.decode(): archive.read_file(name.decode()) for name in archive.files}
    header = archive.header["user_data_header"]["content"]
    return mpq.pack({**parts, "replay.message.events": mark}, header, store)


@pytest.fixture
def endless() -> bytes:
    """16 million chat messages: half a minute of work in 32 KB, which the pipe to a worker takes at once."""
    return _swollen(zlib.compress(bytes(32 << 20), 9))


@pytest.fixture
def bottomless() -> bytes:
    """More memory than a worker may have, in 3 MB."""
    squeezed, zeros = zlib.compressobj(9), bytes(1 << 20)
    first, again = (squeezed.compress(zeros) + squeezed.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return _swollen(first + again * 3000)


async def test_an_endless_file_is_too_slow_and_the_next_is_read(endless: bytes) -> None:
    async with open_replay_reader(Settings(), Limits(max_bytes=MAX_BYTES, details_s=1.0)) as reader:
        with pytest.raises(ReplayUnreadable) as refusal:
            await reader.read(endless)
        assert refusal.value.reason is Unreadability.TOO_SLOW
    async with open_replay_reader(Settings()) as reader:
        assert (await reader.read(GOOD)).map_hash == RADEON


async def test_a_worker_out_of_processor_time_is_ended_by_the_system(
    endless: bytes, reader: ReplayReader
) -> None:
    with pytest.raises(trio_parallel.BrokenWorkerError) as death:
        await reader._workers.run_sync(read, endless, False, 0.1)
    assert death.value.args[-1].exitcode == -signal.SIGXCPU
    assert (await reader.read(GOOD)).map_hash == RADEON


async def test_a_bottomless_file_is_unreadable_and_the_next_is_read(bottomless: bytes) -> None:
    async with open_replay_reader(Settings(), Limits(max_bytes=MAX_BYTES, details_s=60.0)) as reader:
        with pytest.raises(ReplayUnreadable) as refusal:
            await reader.read(bottomless)
        assert refusal.value.reason is Unreadability.UNREADABLE
        assert (await reader.read(GOOD)).map_hash == RADEON


async def test_a_killed_worker_costs_its_own_upload_only(endless: bytes, reader: ReplayReader) -> None:
    async def refused() -> None:
        with pytest.raises(ReplayUnreadable) as refusal:
            await reader.read(endless)
        assert refusal.value.reason is Unreadability.UNREADABLE

    async with trio.open_nursery() as uploads:
        uploads.start_soon(refused)
        await trio.testing.wait_all_tasks_blocked()
        _kill_workers()
    assert (await reader.read(GOOD)).map_hash == RADEON


async def test_workers_that_died_while_idle_are_replaced(reader: ReplayReader) -> None:
    _kill_workers()
    for _ in range(3):
        assert (await reader.read(GOOD)).map_hash == RADEON


async def test_workers_that_died_while_idle_do_not_hurt_the_end() -> None:
    async with open_replay_reader(Settings()):
        _kill_workers()


async def test_a_file_that_finds_no_free_worker_is_told_so(endless: bytes) -> None:
    limits = Limits(max_bytes=MAX_BYTES, details_s=2.0, free_s=0.1)
    refused_over: list[str] = []

    async def refused(reader: ReplayReader, content: bytes) -> None:
        with pytest.raises(ReplayUnreadable) as refusal:
            await reader.read(content)
        assert refusal.value.reason is Unreadability.TOO_SLOW
        refused_over.append(refusal.value.detail)

    async with open_replay_reader(Settings(), limits) as reader, trio.open_nursery() as uploads:
        uploads.start_soon(refused, reader, endless)
        uploads.start_soon(refused, reader, endless)
        await trio.testing.wait_all_tasks_blocked()
        uploads.start_soon(refused, reader, GOOD)
    assert refused_over == ["no worker came free", "killed after 2.0 s", "killed after 2.0 s"]


async def test_a_worker_knows_nothing_of_the_rest_of_the_program(reader: ReplayReader) -> None:
    loaded = await reader._workers.run_sync(eval, "sorted(__import__('sys').modules)")
    rooms = {
        name
        for name in loaded
        if name.partition(".")[0] in {"actors", "bot", "storage", "supervision", "tests"}
    }
    allowed = {"actors", "storage", "storage.replay_doubts", "storage.replay_worker"}
    assert {name for name in rooms if not name.startswith("actors.rules")} == allowed
    assert not {"trio", "disnake", "structlog", "triopg", "pytest", "pydantic"} & set(loaded)


def _kill_workers() -> None:
    for worker in multiprocessing.active_children():
        worker.kill()
        worker.join()


def test_the_program_has_its_name_back_when_the_reader_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def open_and_close() -> None:
        async with open_replay_reader(Settings()):
            assert not hasattr(main, "__file__")

    main = sys.modules["__main__"]
    monkeypatch.setattr(main, "__file__", "program.py", raising=False)
    before = main.__spec__
    trio.run(open_and_close)
    assert (main.__file__, main.__spec__) == ("program.py", before)
