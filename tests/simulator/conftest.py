"""A simulator and a raw bot in processes of their own, driven from here without any event loop."""

import json
import queue
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE_S = 10.0


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def code(self) -> int:
        return int(self.json["code"])

    def faults(self, *path: str) -> list[str]:
        """The codes in the tree of errors at this path."""
        node = self.json["errors"]
        for step in path:
            node = node[step]
        return [fault["code"] for fault in node["_errors"]]


class Process:
    """A child that speaks JSON lines."""

    def __init__(self, *command: str) -> None:
        self._child = subprocess.Popen(
            [sys.executable, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        self._lines: queue.Queue[Any] = queue.Queue()
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._stdin: IO[str] = self._child.stdin
        self._reader = threading.Thread(target=self._read, args=(self._child.stdout,))
        self._reader.start()

    def _read(self, stdout: IO[str]) -> None:
        with stdout:
            for line in stdout:
                self._lines.put(json.loads(line))

    def hear(self) -> Any:
        return self._lines.get(timeout=PATIENCE_S)

    def hears_nothing(self, within_s: float) -> bool:
        try:
            self._lines.get(timeout=within_s)
        except queue.Empty:
            return True
        return False

    def tell(self, **line: Any) -> None:
        self._stdin.write(json.dumps(line) + "\n")
        self._stdin.flush()

    def stop(self) -> int:
        self._stdin.close()
        try:
            return self._child.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            raise
        finally:
            self._reader.join()


class Discord:
    """A running simulator: raw requests, and its remote control."""

    def __init__(self, *arguments: str) -> None:
        self.process = Process("-m", "bot.simulator", *arguments)
        told = self.process.hear()
        self.base_url: str = told["base_url"]
        self.token: str = told["token"]
        self.application = told["application_id"]
        self.guild = told["guild_id"]
        self.public_channel = told["public_channel_id"]
        self.staff_channel = told["staff_channel_id"]
        self.staff_user = told["staff_user_id"]
        self._hands = ThreadPoolExecutor(4)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._hands.shutdown()
        assert self.process.stop() == 0

    def fetch(
        self,
        method: str,
        url: str,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
        patience_s: float = PATIENCE_S,
    ) -> Answer:
        request = urllib.request.Request(url, content, headers or {})
        request.get_method = lambda: method  # type: ignore[method-assign]
        try:
            with urllib.request.urlopen(request, timeout=patience_s) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers), error.read())

    def rest(self, method: str, path: str, body: Any = None, token: str | None = None) -> Answer:
        headers = {"Authorization": f"Bot {token or self.token}", "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        return self.fetch(method, f"{self.base_url}/api/v10{path}", content, headers)

    def upload(self, method: str, path: str, body: Any, files: dict[str, bytes]) -> Answer:
        line = b"--frontier\r\nContent-Disposition: form-data; "
        parts = [line + b'name="payload_json"\r\n\r\n' + json.dumps(body).encode() + b"\r\n"]
        for index, (name, content) in enumerate(files.items()):
            head = (
                f'name="files[{index}]"; filename="{name}"\r\nContent-Type: application/octet-stream\r\n\r\n'
            )
            parts.append(line + head.encode() + content + b"\r\n")
        headers = {
            "Authorization": f"Bot {self.token}",
            "Content-Type": "multipart/form-data; boundary=frontier",
        }
        url = f"{self.base_url}/api/v10{path}"
        return self.fetch(method, url, b"".join(parts) + b"--frontier--\r\n", headers)

    def control(self, path: str, wish: Any = None, **query: Any) -> Any:
        """Ask /sim: GET with a query, POST with a wish."""
        url = f"{self.base_url}/sim/{path}?{urllib.parse.urlencode(query)}"
        if wish is None:
            return self.fetch("GET", url).json
        answer = self.fetch("POST", url, json.dumps(wish).encode(), {"Content-Type": "application/json"})
        if answer.status != 200:
            raise AssertionError(answer.raw)
        return answer.json

    def change(self, **wish: Any) -> None:
        self.control("world", wish)

    def fault(self, **wish: Any) -> None:
        self.control("faults", wish)

    def act(self, person: str, action: str, **wish: Any) -> Any:
        return self.control("act", {"person": person, "action": action, **wish})

    def soon(self, person: str, action: str, **wish: Any) -> Future[Any]:
        """Let a person act while the test plays the bot."""
        return self._hands.submit(self.act, person, action, **wish)

    def counters(self) -> Any:
        return self.control("state")["counters"]

    def dm(self, person: str) -> str:
        users = self.control("state")["users"]
        user_id = next(user["id"] for user in users if user["name"] == person)
        return str(self.rest("POST", "/users/@me/channels", {"recipient_id": user_id}).json["id"])

    def send(self, channel: str, **body: Any) -> Answer:
        return self.rest("POST", f"/channels/{channel}/messages", body)

    def sync(self, *commands: dict[str, Any]) -> Answer:
        return self.rest("PUT", f"/applications/{self.application}/commands", list(commands))


class Bot:
    """A connected raw bot."""

    def __init__(self, discord: Discord) -> None:
        self.discord = discord
        self.process = Process(str(Path(__file__).with_name("raw_bot.py")))
        self.seq = 0

    def connect(self, query: str = "v=10&encoding=json") -> Any:
        """Open the websocket; gives the first payload."""
        url = self.discord.base_url.replace("http", "ws", 1) + f"/gateway?{query}"
        self.process.tell(connect=url)
        assert self.process.hear() == {"connected": True}
        return self.frame()

    def line(self) -> Any:
        return self.process.hear()

    def frame(self) -> Any:
        line = self.process.hear()
        assert "frame" in line, line
        self.seq = line["frame"].get("s") or self.seq
        return line["frame"]

    def event(self, name: str) -> Any:
        """The next event of this name; others before it are passed over."""
        while (frame := self.frame()).get("t") != name:
            pass
        return frame["d"]

    def send(self, op: int, d: Any) -> None:
        self.process.tell(send={"op": op, "d": d})

    def identify(self, intents: int = (1 << 0) | (1 << 9) | (1 << 12), **extra: Any) -> Any:
        """IDENTIFY; gives READY."""
        wish = {"token": self.discord.token, "intents": intents, "properties": {}, **extra}
        self.send(2, wish)
        return self.event("READY")


@pytest.fixture
def start_discord() -> Iterator[Callable[..., Discord]]:
    """Starts simulators with arguments of the test's own."""
    running: list[Discord] = []

    def start(*arguments: str) -> Discord:
        running.append(Discord(*arguments))
        return running[-1]

    yield start
    for discord in running:
        discord.__exit__()


@pytest.fixture
def discord(start_discord: Callable[..., Discord]) -> Discord:
    """One simulator for this test alone."""
    return start_discord()


@contextmanager
def raw_bot(discord: Discord) -> Iterator[Bot]:
    bot = Bot(discord)
    try:
        yield bot
    finally:
        bot.process.stop()


@pytest.fixture
def bot(discord: Discord) -> Iterator[Bot]:
    """A raw bot, not yet connected, at the test's simulator."""
    with raw_bot(discord) as running:
        yield running


@pytest.fixture
def ready_bot(bot: Bot) -> Bot:
    """A raw bot that is READY."""
    bot.connect()
    bot.identify()
    bot.event("GUILD_CREATE")
    return bot
