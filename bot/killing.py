"""Ending one actor of a running bot as if it had crashed, through the bot's dump socket.

For trying out what a crash costs, and for an actor that hangs: its supervisor decides what follows.
"""

import os
from pathlib import Path

from bot.looking import Refused, Silent, ask_bot


def kill_actor(socket: Path, path: str) -> str:
    """End the actor or supervisor at this path; a sentence that says so.

    Raises:
        NoAnswer: no bot answers or it refuses, nobody lives at this path, or the bot has no time for it now.
    """
    path = path.strip("/")
    by = f"user {os.getuid()} (process {os.getpid()})"
    try:
        reply = ask_bot(socket, "kill", path=path, by=by)
    except Silent as silent:
        raise Silent(f"{silent} {path} may still be killed once it goes on.") from silent
    if reply["stuck_at"] is not None:
        raise Silent(f"The bot's loop is stuck at {reply['stuck_at']}: {path} is ended once it moves again.")
    if reply["answer"] is None:
        raise Refused(f"Nobody lives at {path}: `evoladder dump` shows who does.")
    follows = "Its supervisor does what it does after a crash." if "/" in path else "The bot ends."
    return f"Killed {path} ({reply['answer']}). {follows}"
