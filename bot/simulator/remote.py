"""The simulated Discord seen from a journey in another process: start it, act as its people, see with them.

Trio-flavored; each request is a blocking one of the standard library in a worker thread.
"""

import base64
import json
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import trio

from bot.simulator.model import Json
from bot.simulator.refusals import NotSeen, SetupError

START_S = 20.0
"""How long the simulator may take to listen."""

STOP_S = 5.0
"""How long it may take to stop before it is killed."""

ACTION_S = 30.0
"""How long an action of a person may take, in seconds."""

_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Remote:
    """A running simulator. The ids are what a bot has to be told."""

    base_url: str
    token: str
    application_id: int
    guild_id: int
    staff_channel_id: int
    public_channel_id: int
    staff_user_id: int
    _threads: trio.CapacityLimiter = field(default_factory=lambda: trio.CapacityLimiter(500), repr=False)

    def person(self, name: str) -> "RemotePerson":
        """Somebody of the guild, by name: alice, bob, staff, ..."""
        return RemotePerson(self, name)

    async def state(self) -> Json:
        """Every message, user and counter."""
        return dict(await self.get("state"))

    async def bot_is_ready(self, within_s: float = 20.0) -> None:
        """Wait until the bot is connected and its commands are registered.

        Raises:
            NotSeen: it is not so after `within_s`.
        """
        await self.get("bot", {"within_s": within_s}, within_s + ACTION_S)

    async def bot_is_away(self, within_s: float = 20.0) -> None:
        """Wait until no session of the bot is connected.

        Raises:
            NotSeen: it is not so after `within_s`.
        """
        await self.get("bot", {"connected": 0, "within_s": within_s}, within_s + ACTION_S)

    async def fault(self, kind: str, **details: Any) -> None:
        """Ask for trouble: a `faults.FaultKind`, or reconnect, invalidate, deaf, refuse, clear.

        Also drop: over when the bot is away.
        """
        await self.post("faults", {"kind": kind, **details})

    async def change(self, **wishes: Any) -> None:
        """Change the world: advance_s; bucket, requests, seconds; global; person with in_guild or locale."""
        await self.post("world", wishes)

    async def add_person(self, name: str) -> "RemotePerson":
        """One more person in the guild."""
        await self.post("people", {"name": name})
        return self.person(name)

    async def transcript(self, last: int = 200) -> list[Json]:
        """The newest requests and gateway events, oldest first."""
        return list(await self.get("transcript", {"last": last}))

    async def get(self, path: str, query: Mapping[str, Any] | None = None, within_s: float = ACTION_S) -> Any:
        """Read from the control endpoint."""
        encoded = urllib.parse.urlencode(query or {})
        request = urllib.request.Request(f"{self.base_url}/sim/{path}?{encoded}")  # noqa: S310 (loopback)
        return await self._ask(request, within_s)

    async def post(self, path: str, wish: Json, within_s: float = ACTION_S) -> Any:
        """Write to the control endpoint."""
        url = f"{self.base_url}/sim/{path}"
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(url, json.dumps(wish).encode(), headers)  # noqa: S310 (loopback)
        return await self._ask(request, within_s)

    async def _ask(self, request: urllib.request.Request, within_s: float) -> Any:
        return await trio.to_thread.run_sync(
            partial(_ask, request, within_s), limiter=self._threads, abandon_on_cancel=True
        )


def _ask(request: urllib.request.Request, within_s: float) -> Any:
    """Send a request, blocking.

    Raises:
        SetupError: no client would let a person do this, or there is no such person or channel.
        NotSeen: it did not come in time.
    """
    try:
        with urllib.request.urlopen(request, timeout=within_s) as answer:  # noqa: S310 (loopback)
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            content = error.read()
        kinds = {400: SetupError, 408: NotSeen}
        if error.code not in kinds:
            raise
        raise kinds[error.code](json.loads(content)["message"]) from error


@dataclass(frozen=True, slots=True)
class Happened:
    """What came of an action, as in `model.Shown`; messages and modals are JSON (`payloads.view_json`)."""

    action: str
    acknowledged_ms: float | None
    late: bool
    deferred: bool
    ephemeral: bool
    failure: str | None
    text: str
    message: Json | None
    choices: list[Any]
    modal: Json | None


@dataclass(frozen=True, slots=True)
class RemotePerson:
    """One person, acting and seeing. Without `where` all happens in the direct messages with the bot."""

    discord: Remote
    name: str

    async def slash(
        self, command: str, options: Json | None = None, *, where: str | None = None, **named: Any
    ) -> Happened:
        """Enter a slash command; subcommands after spaces."""
        return await self._act("slash", command=command, options={**(options or {}), **named}, where=where)

    async def presses(self, button: str, *, message: str | None = None) -> Happened:
        """Press a button by label or custom id; on the newest message that has it, or on one named by id."""
        return await self._act("press", button=button, message=message)

    async def selects(
        self, menu: str, values: Sequence[str] | str, *, message: str | None = None, where: str | None = None
    ) -> Happened:
        """Choose in the newest menu with this placeholder or custom id."""
        wanted = [values] if isinstance(values, str) else list(values)
        return await self._act("select", menu=menu, values=wanted, message=message, where=where)

    async def submits(self, entries: Json) -> Happened:
        """Fill in the form that the last action opened, by label or custom id, and send it."""
        return await self._act("submit", entries=entries)

    async def types(
        self, command: str, option: str, text: str, *, where: str | None = None, **named: Any
    ) -> list[Any]:
        """The suggestions [name, value] for a text typed into an option."""
        happened = await self._act(
            "autocomplete", command=command, option=option, text=text, options=named, where=where
        )
        return happened.choices

    async def uploads(self, name: str, content: bytes, text: str = "") -> Json:
        """Send a file to the bot."""
        return dict(await self._post("send_dm", text=text, attachments=[attached(name, content)]))

    async def writes(self, text: str, *, where: str | None = None) -> Json:
        """Write a message."""
        return dict(await self._post("send_dm", text=text, where=where))

    async def closes_dms(self) -> None:
        """Take no more direct messages from the bot."""
        await self._post("close_dms")

    async def opens_dms(self) -> None:
        """Take direct messages again."""
        await self._post("open_dms")

    async def sees(
        self,
        text: str = "",
        *,
        button: str | None = None,
        within_s: float = 5.0,
        where: str | None = None,
        after: int = 0,
    ) -> Json:
        """Wait for a message with this text and this enabled button; the newest one, as `payloads.view_json`.

        Raises:
            NotSeen: it did not come within `within_s`.
        """
        query = {"text": text, "button": button, "within_s": within_s, "where": where, "after": after}
        return dict(await self._wait(query, within_s))

    async def sees_no_more(
        self, text: str = "", *, button: str | None = None, within_s: float = 5.0, where: str | None = None
    ) -> None:
        """Wait until no message has this text and this enabled button.

        Raises:
            NotSeen: one still has after `within_s`.
        """
        query = {"text": text, "button": button, "within_s": within_s, "where": where, "gone": "1"}
        await self._wait(query, within_s)

    async def messages(self, where: str | None = None) -> list[Json]:
        """What is visible, newest last."""
        query = {"person": self.name} | ({"where": where} if where else {})
        return list(await self.discord.get("messages", query))

    async def _wait(self, query: Json, within_s: float) -> Any:
        given = {key: value for key, value in query.items() if value is not None}
        return await self.discord.get("wait", {"person": self.name, **given}, within_s + ACTION_S)

    async def _act(self, action: str, **wish: Any) -> Happened:
        return Happened(**await self._post(action, **wish))

    async def _post(self, action: str, **wish: Any) -> Json:
        given = {key: value for key, value in wish.items() if value is not None}
        return dict(await self.discord.post("act", {"person": self.name, "action": action, **given}))


@asynccontextmanager
async def simulated_discord(*arguments: str) -> AsyncIterator[Remote]:
    """A simulator in a process of its own, for as long as the block lasts.

    Args:
        *arguments: those of `python -m bot.simulator`.
    """
    command = [sys.executable, "-m", "bot.simulator", *arguments]
    process = await trio.lowlevel.open_process(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=_ROOT
    )
    try:
        with trio.fail_after(START_S):
            told: Json = json.loads(await _first_line(process))
        known: Json = {key: int(value) if key.endswith("_id") else value for key, value in told.items()}
        yield Remote(**known)
    finally:
        with trio.CancelScope(shield=True):
            await _stop(process)


async def _first_line(process: trio.Process) -> bytes:
    line = b""
    while process.stdout is not None and not line.endswith(b"\n"):
        piece = await process.stdout.receive_some()
        if not piece:
            raise RuntimeError("the simulator ended before it listened")
        line += piece
    return line


async def _stop(process: trio.Process) -> None:
    """Close its stdin, wait, and kill it if it does not end."""
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            await stream.aclose()
    with trio.move_on_after(STOP_S):
        await process.wait()
    if process.returncode is None:
        process.kill()
        await process.wait()


def attached(name: str, content: bytes) -> Json:
    """A file, for a message or for the option of a command."""
    return {"name": name, "base64": base64.b64encode(content).decode()}
