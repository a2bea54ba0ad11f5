"""A backup is the whole ladder of one moment, and is never poured over another."""

import tarfile
from hashlib import sha256
from pathlib import Path

import pytest
import trio

from actors.rules.ids import MatchId, ReplayDigest
from storage.backup import Vault
from storage.errors import DatabaseRefused, StorageUnavailable
from storage.migrate import load, migrate
from storage.pool import open_pool
from storage.replays import ReplayFiles
from storage.store import PostgresStore
from tests.storage.cast import SETTINGS, STAFF, an_evening, later
from tests.storage.conftest import Running, in_database, one_off

GAME = b"a replay"


@pytest.fixture
async def empty(running: Running, loop: None) -> str:
    """A database with nothing in it."""
    name = "empty"
    async with open_pool(running.dsn) as pool:
        await pool.execute(one_off(f"DROP DATABASE IF EXISTS {name}"))
        await pool.execute(one_off(f"CREATE DATABASE {name} TEMPLATE template0"))
    return in_database(running.dsn, name)


@pytest.fixture
async def full(database: str, folder: Path) -> Vault:
    """An evening and a replay."""
    async with open_pool(database) as pool:
        await an_evening(PostgresStore(pool, SETTINGS, STAFF))
    await ReplayFiles(folder / "replays").put(GAME)
    return Vault(database, folder)


async def test_what_was_backed_up_comes_back_whole(full: Vault, empty: str, tmp_path: Path) -> None:
    backup = tmp_path / "ladder.tar"
    await full.back_up(backup)
    assert backup.stat().st_mode & 0o077 == 0, "it holds what players typed"
    (tmp_path / "other").mkdir()
    await Vault(empty, full.data_dir).restore(backup)
    async with open_pool(full.dsn) as old, open_pool(empty) as new:
        assert await migrate(new) == ()
        was, now = PostgresStore(old, SETTINGS, STAFF), PostgresStore(new, SETTINGS, STAFF)
        assert await now.match(MatchId(1)) == await was.match(MatchId(1))
        assert await now.waiting() == await was.waiting()
        assert await now.standings() == await was.standings()
        assert [each.name for each in await now.audit(later(500)) if not each.ok] == []


async def test_the_protections_of_the_schema_come_back_too(full: Vault, empty: str, tmp_path: Path) -> None:
    await full.back_up(tmp_path / "ladder.tar")
    await Vault(empty, full.data_dir).restore(tmp_path / "ladder.tar")
    counts = [
        "SELECT count(*) FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
        "SELECT count(*) FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal",
    ]
    async with open_pool(full.dsn) as old, open_pool(empty) as new:
        for each in counts:
            assert await new.fetchval(one_off(each)) == await old.fetchval(one_off(each))


async def test_replay_files_come_back(full: Vault, empty: str, tmp_path: Path) -> None:
    await full.back_up(tmp_path / "ladder.tar")
    digest = ReplayDigest(sha256(GAME).hexdigest())
    await ReplayFiles(full.data_dir / "replays").drop(digest)
    await Vault(empty, full.data_dir).restore(tmp_path / "ladder.tar")
    assert await ReplayFiles(full.data_dir / "replays").get(digest) == GAME


async def test_a_backup_is_not_poured_over_another_ladder(full: Vault, tmp_path: Path) -> None:
    await full.back_up(tmp_path / "ladder.tar")
    async with open_pool(full.dsn) as pool:
        before = await PostgresStore(pool, SETTINGS, STAFF).standings()
        with pytest.raises(DatabaseRefused, match="empty database"):
            await full.restore(tmp_path / "ladder.tar")
        assert await PostgresStore(pool, SETTINGS, STAFF).standings() == before


async def test_a_program_from_before_a_migration_refuses_the_database_and_says_what_to_do(
    full: Vault,
) -> None:
    async with open_pool(full.dsn) as pool:
        with pytest.raises(DatabaseRefused, match="restore a backup from before it"):
            await migrate(pool, load()[:-1])


async def test_what_is_no_backup_is_refused(full: Vault, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a tar")
    with tarfile.open(tmp_path / "other", "w") as tar:
        tar.add(tmp_path / "text", "text")
    for wrong in ("text", "other"):
        with pytest.raises(DatabaseRefused, match="no backup of a ladder"):
            await full.restore(tmp_path / wrong)


async def test_a_backup_that_fails_leaves_nothing_behind_and_the_last_one_as_it_was(
    full: Vault, tmp_path: Path
) -> None:
    (tmp_path / "ladder.tar").write_text("the last one")
    away = Vault("postgresql://evoladder:hidden@/nowhere?host=/nonexistent", full.data_dir)
    with pytest.raises(StorageUnavailable) as failed:
        await away.back_up(tmp_path / "ladder.tar")
    assert "hidden" not in str(failed.value)
    assert [path.name for path in await trio.Path(tmp_path).iterdir()] == ["ladder.tar"]
    assert (tmp_path / "ladder.tar").read_text() == "the last one"
