"""The private PostgreSQL: found again, survives kills, opens nothing above its folder."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio
import trio_asyncio

from storage import embedded_programs
from storage.embedded import open_postgres
from storage.embedded_account import Account, account_for, open_the_way
from storage.embedded_files import SOCKET_LIMIT, is_alive, read_postmaster
from storage.embedded_programs import Programs, programs_for
from storage.errors import DatabaseRefused, StorageUnavailable
from storage.pool import Limits, open_pool
from tests.storage.conftest import one_off

MAKE = one_off("CREATE TABLE IF NOT EXISTS kept (id integer PRIMARY KEY)")
KEEP = one_off("INSERT INTO kept SELECT count(*) FROM kept")
COUNT = one_off("SELECT count(*)::integer FROM kept")


@pytest.fixture
def home() -> Iterator[Path]:
    """A data folder that other users can reach, without a server at the end."""
    made = Path(tempfile.mkdtemp(prefix="pg-"))
    yield made
    found = read_postmaster(made / "postgres")
    if found is not None and is_alive(found, made / "postgres"):
        os.kill(found.pid, signal.SIGQUIT)
    shutil.rmtree(made, ignore_errors=True)


async def ask(dsn: str, *orders: str) -> int:
    """Keep a row and count them."""
    async with trio_asyncio.open_loop(), open_pool(dsn, limits=Limits(connections=1)) as pool:
        await pool.execute(MAKE)
        for _ in orders:
            await pool.execute(KEEP)
        count: int = await pool.fetchval(COUNT)
        return count


def postmaster(home: Path) -> int:
    found = read_postmaster(home / "postgres")
    assert found is not None
    return found.pid


def lives(home: Path) -> bool:
    found = read_postmaster(home / "postgres")
    return found is not None and is_alive(found, home / "postgres")


def lines_of(path: Path) -> list[str]:
    return path.read_text().splitlines()


def rewrite(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n")


def mode_of(path: str) -> int | None:
    return stat.S_IMODE(Path(path).stat().st_mode) if Path(path).exists() else None


def make_version(folder: Path, version: str) -> None:
    folder.mkdir()
    rewrite(folder / "PG_VERSION", [version])


async def test_a_server_keeps_its_data_and_stops_with_its_owner(home: Path) -> None:
    async with open_postgres(home) as dsn:
        assert await ask(dsn, "keep") == 1
        assert lives(home)
    assert not lives(home)
    async with open_postgres(home) as dsn:
        assert await ask(dsn, "keep") == 2


async def test_it_listens_on_no_network_and_only_its_user_may_enter(home: Path) -> None:
    async with open_postgres(home) as dsn:
        async with trio_asyncio.open_loop(), open_pool(dsn) as pool:
            assert await pool.fetchval(one_off("SHOW listen_addresses")) == ""
            assert await pool.fetchval(one_off("SHOW fsync")) == "on"
            assert await pool.fetchval(one_off("SHOW synchronous_commit")) == "on"
            assert await pool.fetchval(one_off("SHOW shared_buffers")) == "64MB"
        for path in (home / "postgres", home / "run", home / "postgres" / "postmaster.pid"):
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


async def test_a_second_program_uses_the_same_server_and_the_last_one_stops_it(home: Path) -> None:
    async with open_postgres(home) as first:
        async with open_postgres(home) as second:
            assert second == first
        assert await ask(first, "keep") == 1
    assert not lives(home)


async def test_of_two_that_start_at_once_one_starts_it_and_both_use_it(home: Path) -> None:
    seen: list[str] = []
    together = trio.Event()

    async def program() -> None:
        async with open_postgres(home) as dsn:
            seen.append(dsn)
            if len(seen) == 2:
                together.set()
            with trio.fail_after(60):
                await together.wait()

    async with trio.open_nursery() as programs:
        programs.start_soon(program)
        programs.start_soon(program)
    assert seen[0] == seen[1]
    assert not lives(home)


async def test_a_killed_server_recovers_everything_that_was_committed(home: Path) -> None:
    async with open_postgres(home) as dsn:
        assert await ask(dsn, "keep", "keep") == 2
        os.kill(postmaster(home), signal.SIGKILL)
    async with open_postgres(home) as dsn:
        assert await ask(dsn, "keep") == 3


OWNER = """
import sys, trio
from pathlib import Path
from storage.embedded import open_postgres

async def own():
    async with open_postgres(Path(sys.argv[1])) as dsn:
        print(dsn, flush=True)
        await trio.sleep_forever()

trio.run(own)
"""


async def test_the_server_of_a_killed_program_is_found_used_and_stopped_by_the_next(home: Path) -> None:
    owner = await trio.lowlevel.open_process(
        [sys.executable, "-c", OWNER, str(home)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert owner.stdout is not None
    with trio.fail_after(60):
        said = (await owner.stdout.receive_some()).decode().strip()
    owner.kill()
    await owner.wait()
    pid = postmaster(home)
    async with open_postgres(home) as dsn:
        assert dsn == said
        assert postmaster(home) == pid
        assert await ask(dsn, "keep") == 1
    assert not lives(home)


async def test_a_number_that_belongs_to_a_stranger_now_does_not_stop_the_start(home: Path) -> None:
    async with open_postgres(home) as dsn:
        await ask(dsn, "keep")
        old = lines_of(home / "postgres" / "postmaster.pid")
        os.kill(int(old[0]), signal.SIGKILL)
    stranger = await trio.lowlevel.open_process(["sleep", "60"], **account_for(home / "postgres").spawn())
    try:
        for name in ("postgres/postmaster.pid", "run/.s.PGSQL.5432.lock"):
            rewrite(home / name, [str(stranger.pid), *old[1:]])
        async with open_postgres(home) as dsn:
            assert await ask(dsn, "keep") == 2
        assert stranger.poll() is None
    finally:
        stranger.kill()
        await stranger.wait()  # noqa: ASYNC102  # it was killed


async def test_a_half_made_folder_of_a_killed_first_start_is_made_anew(home: Path) -> None:
    make_version(home / "postgres.new", "18")
    async with open_postgres(home) as dsn:
        assert await ask(dsn, "keep") == 1


async def test_a_path_too_long_for_a_socket_gets_a_short_one_elsewhere(home: Path) -> None:
    deep = home / ("d" * (SOCKET_LIMIT - len(str(home))))
    open_the_way(home, Account(54321, 54321, ourselves=False))
    async with open_postgres(deep) as dsn:
        found = read_postmaster(deep / "postgres")
        assert found is not None
        assert await ask(dsn, "keep") == 1
        assert len(found.socket_dir) < 50
        assert mode_of(found.socket_dir) == 0o700
    assert mode_of(found.socket_dir) is None


async def test_a_folder_of_another_version_is_refused_with_a_sentence(home: Path) -> None:
    make_version(home / "postgres", "14")
    with pytest.raises(DatabaseRefused, match="PostgreSQL 14"):
        async with open_postgres(home):
            pass


async def test_a_server_that_cannot_start_says_its_last_words(home: Path) -> None:
    async with open_postgres(home):
        pass
    (home / "postgres" / "global" / "pg_control").unlink()
    with pytest.raises(StorageUnavailable, match="pg_control"):
        async with open_postgres(home):
            pass


async def test_a_cancelled_owner_still_stops_the_server(home: Path) -> None:
    with trio.move_on_after(60) as scope:
        async with open_postgres(home):
            scope.cancel()
            await trio.sleep_forever()
    assert not lives(home)


def test_a_closed_folder_above_is_refused_and_stays_closed(home: Path) -> None:
    stranger = Account(54321, 54321, ourselves=False)
    inner = home / "data"
    inner.mkdir(mode=0o700)
    before = stat.S_IMODE(home.stat().st_mode)
    with pytest.raises(DatabaseRefused, match=str(home)):
        open_the_way(inner, stranger)
    assert stat.S_IMODE(home.stat().st_mode) == before == 0o700


def test_the_own_folder_is_opened_for_passing_only(home: Path) -> None:
    open_the_way(home, Account(54321, 54321, ourselves=False))
    assert stat.S_IMODE(home.stat().st_mode) == 0o701


def test_programs_out_of_reach_are_copied_into_the_data_folder(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = account_for(home / "postgres")
    open_the_way(home, account)
    honest = embedded_programs._runs
    monkeypatch.setattr(
        embedded_programs, "_runs", lambda programs: programs.root.parent == home and honest(programs)
    )
    copied = programs_for(account, home)
    assert copied.root.parent == home
    assert honest(copied)
    assert programs_for(account, home) == copied


async def test_a_program_that_fails_tells_why(home: Path) -> None:
    account = account_for(home / "postgres")
    programs = programs_for(account, home)
    assert isinstance(programs, Programs)
    with pytest.raises(StorageUnavailable, match="pg_ctl failed"):
        await programs.run("pg_ctl", "status", "-D", str(home / "nothing"))
