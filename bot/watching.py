"""`evoladder dump watch`: a picture of the running bot, kept up to date, for a terminal left open."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live

from bot.looking import NoAnswer, ask_bot
from bot.watch_view import Sight, picture


class Watcher:
    """Looks again and again, and remembers what it saw while nobody answers."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self._overview: dict[str, Any] | None = None
        self._missing_since: float | None = None

    def look(self) -> Sight:
        """What there is to see now."""
        stuck_at, missing = None, ""
        try:
            reply = ask_bot(self.socket, "overview")
        except NoAnswer as error:  # it starts or stops at this moment, or was never there
            missing = str(error)
            self._missing_since = self._missing_since or time.monotonic()
        else:
            self._missing_since = None
            self._overview, stuck_at = reply["answer"], reply["stuck_at"]
        gone = self._missing_since
        return Sight(
            now=datetime.now(UTC),
            overview=self._overview,
            stuck_at=stuck_at,
            missing=missing,
            missing_s=None if gone is None else time.monotonic() - gone,
        )


def watch(socket: Path, every_s: float) -> None:
    """Show the picture until somebody interrupts; where there is no terminal, once.

    Raises:
        NoAnswer: there is no terminal, and nobody to show.
    """
    console = Console()
    if not console.is_terminal:
        reply = ask_bot(socket, "overview")
        seen = Sight(now=datetime.now(UTC), overview=reply["answer"], stuck_at=reply["stuck_at"])
        console.print(picture(seen, console.width), soft_wrap=True)
        return
    watcher = Watcher(socket)
    try:
        with Live(console=console, screen=True, auto_refresh=False) as live:
            while True:
                began = time.monotonic()
                live.update(picture(watcher.look(), *console.size), refresh=True)
                time.sleep(max(0.0, began + every_s - time.monotonic()))
    except KeyboardInterrupt:
        return
