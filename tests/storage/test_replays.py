"""The laws of the folder of replays."""

from hashlib import sha256
from pathlib import Path

import pytest
import trio

from actors.rules.ids import ReplayDigest
from storage.errors import StorageUnavailable
from storage.replays import ReplayFiles

MISSING = ReplayDigest("ab" * 32)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_file_is_found_under_its_digest_and_byte_for_byte(tmp_path: Path) -> None:
    files = ReplayFiles(tmp_path / "replays")
    digest = await files.put(b"a game")
    assert digest == sha256(b"a game").hexdigest()
    assert await files.get(digest) == b"a game"
    assert files.path(digest) == tmp_path / "replays" / digest[:2] / f"{digest}.SC2Replay"


async def test_the_same_bytes_are_one_file_however_many_upload_them_at_once(tmp_path: Path) -> None:
    files = ReplayFiles(tmp_path)
    async with trio.open_nursery() as uploads:
        for _ in range(8):
            uploads.start_soon(files.put, b"a game")
    assert len(_files(tmp_path)) == 1


async def test_a_file_nobody_put_is_none(tmp_path: Path) -> None:
    assert await ReplayFiles(tmp_path).get(MISSING) is None


async def test_a_disk_that_fails_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, f"no space for {descriptor}")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StorageUnavailable, match="no space"):
        await ReplayFiles(tmp_path).put(b"a game")
    assert _files(tmp_path) == []


async def test_a_digest_that_is_a_path_is_not_followed(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        await ReplayFiles(tmp_path).get(ReplayDigest("../../etc/passwd"))
