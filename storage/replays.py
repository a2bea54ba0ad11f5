"""Replay files on disk, by what they contain: `ab/abcdef….SC2Replay`, named after their SHA-256.

A file is written once and never changed, so two uploads of the same bytes are one file. It appears complete
or not at all, whenever the power fails: written aside, forced to disk, renamed, and the folder forced too.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Final

import trio

from actors.rules.ids import ReplayDigest
from storage.errors import StorageUnavailable

ENDING: Final = ".SC2Replay"
DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ReplayFiles:
    """Implements `actors.ports.ReplayFiles` in a folder, which it creates."""

    folder: Path

    async def put(self, content: bytes) -> ReplayDigest:
        """Keep a file; the same again costs a look.

        Returns:
            Its digest, when it is safely on disk.

        Raises:
            StorageUnavailable: the disk is full or gone; nothing was kept.
        """
        with _disk_faults():
            return await trio.to_thread.run_sync(self._put, content)

    async def get(self, digest: ReplayDigest) -> bytes | None:
        """The file with this digest, or None when there is none.

        Raises:
            StorageUnavailable: the disk cannot be read.
        """
        with _disk_faults():
            return await trio.to_thread.run_sync(self._get, digest)

    async def drop(self, digest: ReplayDigest) -> None:
        """Delete a file; one that is gone is gone.

        Raises:
            StorageUnavailable: the disk cannot be written.
        """
        with _disk_faults():
            await trio.to_thread.run_sync(partial(self.path(digest).unlink, missing_ok=True))

    def path(self, digest: ReplayDigest) -> Path:
        """Where the file with this digest is, or would be."""
        assert DIGEST.fullmatch(digest), f"{digest!r} is no digest"
        return self.folder / digest[:2] / f"{digest}{ENDING}"

    def _put(self, content: bytes) -> ReplayDigest:
        digest = ReplayDigest(sha256(content).hexdigest())
        path = self.path(digest)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, content)
        return digest

    def _get(self, digest: ReplayDigest) -> bytes | None:
        try:
            return self.path(digest).read_bytes()
        except FileNotFoundError:
            return None


@contextmanager
def _disk_faults() -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise StorageUnavailable(f"the folder of replays: {fault}") from fault


def _write(path: Path, content: bytes) -> None:
    aside = path.with_name(f"{path.name}.{token_hex(8)}.part")
    try:
        with aside.open("xb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    _force(path.parent)
    _force(path.parent.parent)


def _force(folder: Path) -> None:
    """A rename is on disk only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
