"""The demo's children: they get a clean environment, are heard, and never outlive the demo."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from bot import demo_process
from bot.demo_process import Child, ChildFailed, ask, environment, greeting, open_child

QUIET = "import time; print('{}', flush=True); time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {QUIET}"
GREETING = "import json; print(json.dumps({'base_url': 'somewhere'}), flush=True)"
BROKEN = "import sys; print('something is wrong', file=sys.stderr); sys.exit(3)"
SERVER = """
from http.server import BaseHTTPRequestHandler, HTTPServer
class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"path": "%s"}' % self.path.encode())
    def log_message(self, *_):
        pass
server = HTTPServer(("127.0.0.1", 0), Answer)
print('{"base_url": "http://127.0.0.1:%d"}' % server.server_port, flush=True)
server.serve_forever()
"""


@asynccontextmanager
async def child(folder: Path, program: str, *, talks: bool = False) -> AsyncIterator[Child]:
    """A program of ours as the demo would run it."""
    (folder / "stand_in.py").write_text(program, encoding="utf-8")
    clean = environment() | {"PYTHONPATH": str(folder)}
    async with open_child("stand-in", ["stand_in"], folder=folder, environment=clean, talks=talks) as running:
        yield running


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def test_a_child_ends_with_its_block(tmp_path: Path) -> None:
    async with child(tmp_path, QUIET, talks=True) as running:
        await greeting(running)
        running.check()
        assert alive(running.process.pid)
    assert not alive(running.process.pid)


async def test_a_child_that_ignores_sigterm_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_process, "STOP_S", 0.1)
    async with child(tmp_path, STUBBORN, talks=True) as running:
        await greeting(running)
    assert not alive(running.process.pid)


async def test_a_cancelled_demo_stops_its_child(tmp_path: Path) -> None:
    with trio.CancelScope() as demo:
        async with child(tmp_path, QUIET, talks=True) as running:
            await greeting(running)
            demo.cancel()
            await trio.sleep_forever()
    assert not alive(running.process.pid)


async def test_a_child_that_died_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    async with child(tmp_path, BROKEN) as running:
        await running.process.wait()
        with pytest.raises(ChildFailed, match="exit code 3") as failure:
            running.check()
    assert "something is wrong" in str(failure.value)


async def test_the_greeting_is_read_from_stdout(tmp_path: Path) -> None:
    async with child(tmp_path, GREETING, talks=True) as running:
        assert await greeting(running) == {"base_url": "somewhere"}


async def test_a_child_that_ends_without_a_greeting_failed(tmp_path: Path) -> None:
    async with child(tmp_path, BROKEN, talks=True) as running:
        with pytest.raises(ChildFailed, match="did not start"):
            await greeting(running)


async def test_the_simulator_is_asked_over_http(tmp_path: Path) -> None:
    async with child(tmp_path, SERVER, talks=True) as running:
        told = await greeting(running)
        assert await ask(told["base_url"], "/sim/evening") == {"path": "/sim/evening"}
    with pytest.raises(ChildFailed, match="does not answer"):
        await ask(told["base_url"], "/sim/evening")


async def test_the_memory_of_a_running_child_is_known(tmp_path: Path) -> None:
    async with child(tmp_path, QUIET, talks=True) as running:
        await greeting(running)
        assert running.peak_mb() > 1.0
    assert running.peak_mb() == 0.0


def test_a_demo_never_sees_the_settings_of_a_real_ladder(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "DISCORD_TOKEN", "EVOLADDER_STAFF"):
        monkeypatch.setenv(name, "real")
    given = environment(DISCORD_TOKEN="ours")
    assert given["DISCORD_TOKEN"] == "ours"
    assert "DATABASE_URL" not in given
    assert "EVOLADDER_STAFF" not in given
    assert json.dumps(given["PATH"]) == json.dumps(os.environ["PATH"])
