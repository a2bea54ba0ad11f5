"""The files of a private PostgreSQL: who runs (`postmaster.pid`), its settings, its socket."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from storage.embedded_account import NAME, Account

PORT = 5432
"""Only part of the socket's name: the server listens on no network."""
SOCKET_LIMIT = 107
"""Bytes in the path of a unix socket."""

_PROC = Path("/proc")
_FIELDS = 8

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": str(PORT),
    "max_connections": "40",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
}
"""Small and safe. `ALTER SYSTEM` wins over these, since this file is written anew at each start."""


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What `postmaster.pid` says."""

    pid: int
    socket_dir: str
    ready: bool


def read_postmaster(home: Path) -> Postmaster | None:
    """None when there is no file, or only the beginning of one."""
    try:
        lines = (home / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    if not lines or not lines[0].lstrip("-").isdigit():
        return None
    lines += [""] * (_FIELDS - len(lines))
    return Postmaster(abs(int(lines[0])), lines[4].strip(), lines[7].strip() == "ready")


def is_alive(postmaster: Postmaster, home: Path) -> bool:
    """Whether that process is the server of this folder, and not another that got its number."""
    return str(home) in _arguments(postmaster.pid)


def _arguments(pid: int) -> list[str]:
    if _PROC.is_dir():
        try:
            return (_PROC / str(pid) / "cmdline").read_text(errors="replace").split("\0")
        except OSError:
            return []
    ps = shutil.which("ps") or "/bin/ps"
    asked = subprocess.run(  # noqa: S603  # a number of ours
        [ps, "-ww", "-o", "command=", "-p", str(pid)], check=False, capture_output=True, text=True, timeout=10
    )
    return asked.stdout.split()


def is_inhabited(home: Path) -> bool:
    """Whether processes of a server still work in this folder, such as the orphans of a killed one.

    Only Linux can say; elsewhere PostgreSQL's own check of its shared memory must do.
    """
    if not _PROC.is_dir():
        return False
    return any(_works_in(entry, home) for entry in _PROC.iterdir() if entry.name.isdigit())


def _works_in(process: Path, home: Path) -> bool:
    try:
        return (process / "cwd").readlink() == home
    except OSError:
        return False


def forget_stranger(home: Path) -> None:
    """Remove a `postmaster.pid` whose number now belongs to a stranger.

    PostgreSQL would take a living process of the same user for its server and refuse to start
    (a reboot, or a container that counts from 1 again). A dead number it handles by itself,
    with a look at the shared memory that we must not take from it.
    """
    found = read_postmaster(home)
    if found is not None and _arguments(found.pid) and not is_alive(found, home) and not is_inhabited(home):
        (home / "postmaster.pid").unlink(missing_ok=True)


def socket_folder(data_dir: Path, account: Account, again: Path | None) -> Path:
    """A folder for the socket that only the server's user can enter, empty. Needs: no server runs.

    Args:
        data_dir: where it is, if its path is short enough.
        account: whose it is.
        again: where it was before the server died; those who use it know no other place.
    """
    if again is not None and again.is_dir():
        for left in again.iterdir():
            left.unlink()
        return again
    folder = again or data_dir / "run"
    too_long = len(os.fsencode(folder / f".s.PGSQL.{PORT}")) > SOCKET_LIMIT
    if too_long or "," in str(folder):  # a comma separates folders in PostgreSQL's setting
        folder = Path(tempfile.mkdtemp(prefix="evoladder-", dir="/tmp"))  # short; 0700 by mkdtemp
    else:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
    account.give(folder)
    return folder


def write_settings(home: Path, socket_dir: Path, account: Account) -> None:
    """Write `postgresql.conf` anew, whole or not at all."""
    settings = _SETTINGS | {"unix_socket_directories": str(socket_dir)}
    lines = [f"{name} = {_quoted(value)}\n" for name, value in settings.items()]
    fresh = home / "postgresql.conf.new"
    fresh.write_text("# Written at each start; use ALTER SYSTEM to change a setting.\n" + "".join(lines))
    fresh.chmod(0o600)
    account.give(fresh)
    fresh.replace(home / "postgresql.conf")


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def dsn_of(postmaster: Postmaster) -> str:
    """The address of a running server. Whoever may enter its socket's folder may connect."""
    return f"postgresql://{NAME}@/postgres?{urlencode({'host': postmaster.socket_dir, 'port': PORT})}"
