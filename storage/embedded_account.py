"""Which system user the private PostgreSQL runs as. PostgreSQL refuses to be root."""

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.errors import DatabaseRefused

NAME = "evoladder"
"""The system user that root's server runs as; made at the first start, without home, shell or password."""


@dataclass(frozen=True, slots=True)
class Account:
    """A system user, or ourselves."""

    uid: int
    gid: int
    ourselves: bool

    def spawn(self) -> dict[str, Any]:
        """Arguments for starting a process as this user, with no other group of ours."""
        return {} if self.ourselves else {"user": self.uid, "group": self.gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Let this user own a file or folder that we made."""
        if not self.ourselves:
            os.chown(path, self.uid, self.gid)

    def may_pass(self, folder: Path) -> bool:
        """Whether this user can go through a folder."""
        seen = folder.stat()
        if self.uid == seen.st_uid:
            return bool(seen.st_mode & stat.S_IXUSR)
        if self.gid == seen.st_gid:
            return bool(seen.st_mode & stat.S_IXGRP)
        return bool(seen.st_mode & stat.S_IXOTH)


def account_for(home: Path) -> Account:
    """Ourselves; for root the owner of an existing server folder, else the system user, made if need be.

    Raises:
        DatabaseRefused: root, and no user to run as.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), ourselves=True)
    if home.exists() and home.stat().st_uid != 0:
        owner = home.stat()
        return Account(owner.st_uid, owner.st_gid, ourselves=False)
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        _make_user()
        entry = pwd.getpwnam(NAME)
    return Account(entry.pw_uid, entry.pw_gid, ourselves=False)


def _make_user() -> None:
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        raise DatabaseRefused(
            f"PostgreSQL does not run as root: make a system user {NAME}, or name a server in DATABASE_URL"
        )
    order = [program, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    order += ["--shell", "/usr/sbin/nologin", NAME]
    made = subprocess.run(order, check=False, capture_output=True, text=True, timeout=30)  # noqa: S603  # our words
    already_there = 9  # somebody else made it at the same moment
    if made.returncode not in {0, already_there}:
        raise DatabaseRefused(f"cannot make the system user {NAME} for PostgreSQL: {made.stderr.strip()}")


def open_the_way(folder: Path, account: Account) -> None:
    """Let the server's user go through our own data folder (not look into it), and through no other.

    Raises:
        DatabaseRefused: a folder above is closed to that user; it stays closed.
    """
    if not account.may_pass(folder):
        folder.chmod(folder.stat().st_mode | stat.S_IXOTH)
    closed = next((above for above in folder.parents if not account.may_pass(above)), None)
    if closed is not None:
        raise DatabaseRefused(
            f"PostgreSQL does not run as root, and its user cannot reach {folder} because {closed} is closed "
            "to others: choose a data folder outside of a home, such as /var/lib/evoladder"
        )
