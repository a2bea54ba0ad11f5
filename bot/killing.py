"""Ending one actor of a running bot as if it had crashed, through the bot's dump socket.

For trying out what a crash costs, and for an actor that hangs: its supervisor decides what follows.
"""

import os
from pathlib import Path

from bot.exit_codes import ConfigError
from bot.looking import NoAnswer, Refused, Silent, ask_bot


def kill_actor(socket: Path, path: str) -> str:
    """End the actor or supervisor at this path; a sentence that says so.

    Raises:
        NoAnswer: no bot answers or it refuses, nobody lives at this path, or the bot has no time for it now.
        ConfigError: no path.
    """
    path = path.strip("/")
    if not path:
        raise ConfigError("kill wants a path: `evoladder dump` shows them.")
    by = f"user {os.getuid()} (process {os.getpid()})"
    try:
        reply = ask_bot(socket, "kill", path=path, by=by)
    except Silent as silent:
        raise Silent(f"{silent} {path} may still be killed once it goes on.") from silent
    if reply["stuck_at"] is not None:
        raise Silent(f"The bot's loop is stuck at {reply['stuck_at']}: {path} is ended once it moves again.")
    if reply["answer"] is None:
        raise Refused(_nobody(socket, path))
    follows = "Its supervisor does what it does after a crash." if "/" in path else "The bot ends."
    return f"Killed {path} ({reply['answer']}). {follows}"


def _nobody(socket: Path, path: str) -> str:
    """Why nobody was killed. A kill never guesses: the end of a path is no path."""
    try:
        meant = ask_bot(socket, "actor", path=path)["answer"]
    except NoAnswer:
        meant = None
    if meant is None or meant["status"] == "stopped" or meant["path"] == path:
        return f"Nobody lives at {path}: `evoladder dump` shows who does."
    return f"kill wants the whole path: {meant['path']}"
