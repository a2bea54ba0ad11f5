"""Applies `migrations/*.sql` in order, under an advisory lock, each in a transaction of its own."""

from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import structlog
import trio

from storage.connection import Connection
from storage.errors import DatabaseRefused, StorageUnavailable
from storage.pool import Pool

FOLDER = Path(__file__).with_name("migrations")

log = structlog.get_logger()


class MigrationChanged(DatabaseRefused):
    """The database holds a migration that this program does not have, or has with another text."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file."""

    name: str
    text: str

    @property
    def checksum(self) -> str:
        """Of the text, so that an edited migration is noticed."""
        return sha256(self.text.encode()).hexdigest()


def load(folder: Path = FOLDER) -> tuple[Migration, ...]:
    """All migrations in the order of their names."""
    return tuple(
        Migration(path.stem, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.sql"))
    )


async def migrate(pool: Pool, migrations: tuple[Migration, ...] | None = None) -> tuple[str, ...]:
    """Bring the schema up to date.

    Returns:
        The names of those applied now; none when all were there.

    Raises:
        MigrationChanged: the database is of another version of this program; nothing was done.
        StorageUnavailable: the server went away; what was applied stays, the rest can be tried again.
    """
    known = load() if migrations is None else migrations
    async with pool.connection() as connection:
        await connection.execute(pool.sql.lock_migrations)
        try:
            await connection.execute(pool.sql.make_migration_table)
            missing = await _missing(pool, connection, known)
            for migration in missing:
                await _apply(pool, migration)
            await connection.execute(pool.sql.drop_receipts)
            await connection.execute(pool.sql.drop_previews)
        finally:
            # A lost connection has let go of its lock; a cancelled one must still be made to.
            with trio.CancelScope(shield=True), suppress(StorageUnavailable):
                await connection.execute(pool.sql.unlock_migrations)
    return tuple(migration.name for migration in missing)


async def _missing(pool: Pool, connection: Connection, known: tuple[Migration, ...]) -> tuple[Migration, ...]:
    applied = {row["name"]: row["checksum"] for row in await connection.fetch(pool.sql.read_migrations)}
    ours = {migration.name: migration.checksum for migration in known}
    for name, checksum in applied.items():
        if ours.get(name) != checksum:
            raise MigrationChanged(
                f"The database is of another version of this program: its migration {name} is not ours. "
                "Install the version that applied it, or restore a backup from before it"
            )
    return tuple(migration for migration in known if migration.name not in applied)


async def _apply(pool: Pool, migration: Migration) -> None:
    async def work(connection: Connection) -> None:
        await connection.script(migration.text)
        await connection.execute(pool.sql.insert_migration, migration.name, migration.checksum)

    await pool.once(work)
    log.info("migration.applied", name=migration.name)
