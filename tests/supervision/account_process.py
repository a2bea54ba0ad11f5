"""A program with one account in a file, for the laws to kill.

`python -m tests.supervision.account_process FILE FIRST LAST [mute]` deposits 1 for each key from FIRST to
LAST and prints each answer. Mute, it prints `written` once the first is in the file, and never answers.
"""

import sys
from pathlib import Path
from typing import Any

import trio

from supervision import Folded, Record
from tests.supervision.accounts import Account, Deposit, Moved, Reply, opened
from tests.supervision.sqlite_log import SqliteLog


class MuteLog(SqliteLog[int, Moved, Reply]):
    """Writes and does not say so."""

    async def append(
        self, after: int, record: Record[Moved, Reply], snapshot: Folded[int, Reply] | None = None
    ) -> None:
        await super().append(after, record, snapshot)
        sys.stdout.write("written\n")
        sys.stdout.flush()
        await trio.sleep_forever()


class Patient(Account):
    """Waits for its log as long as its killer may take."""

    append_s = 60.0
    snapshot_every = 3


async def main(path: Path, first: int, last: int, log: Any) -> None:
    """Make the deposits."""
    async with opened(log(path), kind=Patient) as ref:
        for at in range(first, last + 1):
            sys.stdout.write(f"{await ref.call(Deposit(1, str(at)), timeout_s=60)}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    trio.run(
        main, Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), MuteLog if sys.argv[4:] else SqliteLog
    )
