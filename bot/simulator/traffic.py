"""Every request and every gateway event, a JSON line each; no token of authorisation is written."""

import json
import re
import time
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from bot.simulator.model import Json

_TOKENS = re.compile(r"^/(?P<kind>interactions|webhooks)/(?P<id>\d+)/(?P<token>[^/]+)")
_SECRET_KEYS = ("token",)


class Traffic:
    """Requests go to the file, gateway events to its neighbour `*.events.jsonl`; the last stay in memory."""

    def __init__(self, path: Path | None = None) -> None:
        self.recent: deque[Json] = deque(maxlen=2_000)
        self._files: dict[str, TextIO] = {}
        self._path = path

    def __enter__(self) -> Self:
        if self._path is not None:
            events = self._path.with_name(f"{self._path.stem}.events.jsonl")
            for name, path in (("request", self._path), ("event", events)):
                self._files[name] = path.open("w", encoding="utf-8", buffering=1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files.values():
            file.close()

    def request(self, line: Json) -> None:
        """Write one REST request with its answer; its path is already masked."""
        self._write("request", {**line, "response": _without_secrets(line.get("response")), "t": time.time()})

    def event(self, direction: str, payload: Json) -> None:
        """Write one gateway payload; `direction` is "in" from the bot or "out" to it."""
        self._write("event", {"t": time.time(), "direction": direction, "payload": _without_secrets(payload)})

    def _write(self, name: str, line: Json) -> None:
        self.recent.append(line)
        if name in self._files:
            self._files[name].write(json.dumps(line, ensure_ascii=False) + "\n")


def mask(path: str, names: dict[str, int]) -> str:
    """A path with its interaction token replaced by the interaction's id.

    >>> mask("/webhooks/1/secret/messages/@original", {"secret": 7})
    '/webhooks/1/token-of-7/messages/@original'
    """
    found = _TOKENS.match(path)
    if found is None:
        return path
    start, end = found.span("token")
    return f"{path[:start]}token-of-{names.get(found['token'], 'nothing')}{path[end:]}"


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: "..." if k in _SECRET_KEYS else _without_secrets(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_without_secrets(entry) for entry in value]
    return value
