"""Ending one actor of a running bot as if it had crashed, through the bot's dump socket.

For trying out what a crash costs, and for an actor that hangs: its supervisor decides what follows.
"""

import os
from pathlib import Path

from bot.looking import DUMP_S, NotRunning
from supervision import DumpUnavailable, ask_dump


def kill_actor(socket: Path, path: str) -> str:
    """End the actor or supervisor at this path; a sentence that says so.

    Raises:
        NotRunning: no bot answers, nobody lives at this path, or the bot's loop has no time for it now.
    """
    path = path.strip("/")
    by = f"user {os.getuid()} (process {os.getpid()})"
    try:
        reply = ask_dump(socket, {"what": "kill", "path": path, "by": by}, DUMP_S)
    except DumpUnavailable as error:
        raise NotRunning(f"No bot answers at {socket}: is it running, and with this data folder?") from error
    if reply["stuck_at"] is not None:
        raise NotRunning(
            f"The bot's loop is stuck at {reply['stuck_at']}: {path} is ended once it moves again."
        )
    if reply["answer"] is None:
        raise NotRunning(f"Nobody lives at {path}: `evoladder dump` shows who does.")
    follows = "Its supervisor does what it does after a crash." if "/" in path else "The bot ends."
    return f"Killed {path} ({reply['answer']}). {follows}"
