"""`evoladder dump ...`: looking into the running bot.

Nothing of the bot itself is imported here, and settings and screens only by who needs them: an operator in a
hurry does not wait for them.
"""

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.dump_text import lines_of
from bot.exit_codes import WELL
from bot.looking import SOCKET, ask_bot
from bot.tracing import trace

program = typer.Typer(
    name="dump",
    help="Look into the running bot; it answers even when its loop is stuck. Without a command: the tree.",
    add_completion=False,
    rich_markup_mode=None,
)

Folder = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="The bot's data folder.", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Which = Annotated[
    str,
    typer.Argument(metavar="PATH", help="A path in the tree, the end of one, or a name such as match/4711."),
]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was said before the name of the command."""

    data: Path | None
    as_json: bool


@program.callback(invoke_without_command=True)
def _begin(context: typer.Context, data: Folder = None, as_json: AsJson = False) -> int:
    context.obj = _Asked(data, as_json)
    return WELL if context.invoked_subcommand else tree(context)


@program.command()
def tree(context: typer.Context, data: Folder = None, as_json: AsJson = False) -> int:
    """Every actor: what it does, whom it waits for, how often it restarted."""
    return _show(context, data, as_json, "tree", "actors")


@program.command()
def actor(context: typer.Context, path: Which, data: Folder = None, as_json: AsJson = False) -> int:
    """All there is to know of one actor."""
    return _show(context, data, as_json, "actor", path=path)


@program.command()
def stuck(context: typer.Context, data: Folder = None, as_json: AsJson = False) -> int:
    """Who is with one letter for too long, or heeds no cancellation, and at which line."""
    return _show(context, data, as_json, "stuck")


@program.command()
def deadlocks(context: typer.Context, data: Folder = None, as_json: AsJson = False) -> int:
    """Rings of actors that wait for each other."""
    return _show(context, data, as_json, "deadlocks")


@program.command("dead-letters")
def dead_letters(context: typer.Context, data: Folder = None, as_json: AsJson = False) -> int:
    """Letters that nobody handled: counted by fate, and the last ones by type."""
    return _show(context, data, as_json, "dead_letters")


@program.command()
def flows(context: typer.Context, data: Folder = None, as_json: AsJson = False) -> int:
    """How long each kind of click took."""
    return _show(context, data, as_json, "flows")


@program.command()
def events(context: typer.Context, data: Folder = None, as_json: AsJson = False) -> int:
    """Who started, crashed and stopped lately."""
    return _show(context, data, as_json, "events")


@program.command()
def crashes(context: typer.Context, data: Folder = None, as_json: AsJson = False) -> int:
    """Who crashed last, however long ago."""
    return _show(context, data, as_json, "crashes")


@program.command()
def summary(context: typer.Context, data: Folder = None, as_json: AsJson = False) -> int:
    """The whole in a few numbers."""
    return _show(context, data, as_json, "summary")


@program.command()
def stack(context: typer.Context, data: Folder = None, as_json: AsJson = False) -> int:
    """Where the bot's main thread is at this moment."""
    return _show(context, data, as_json, "stack")


@program.command()
def inbox(context: typer.Context, data: Folder = None, as_json: AsJson = False) -> int:
    """How quickly people were answered."""
    return _show(context, data, as_json, "inbox")


@program.command()
def pool(context: typer.Context, data: Folder = None, as_json: AsJson = False) -> int:
    """How busy the connections to the database are, and how long one waits for one."""
    return _show(context, data, as_json, "pool")


@program.command("trace")
def _trace(
    context: typer.Context,
    path: Which,
    seconds: Annotated[float | None, typer.Option(min=0.1, help="End after this many seconds.")] = None,
    data: Folder = None,
    as_json: AsJson = False,
) -> int:
    """Follow one actor: each letter in and out, each change of state. Ctrl-C ends it."""
    try:
        trace(_socket(context, data), path, seconds=seconds, as_json=_wants_json(context, as_json))
    except KeyboardInterrupt:
        sys.stdout.write("\n")
    return WELL


@program.command()
def watch(
    context: typer.Context,
    every: Annotated[float, typer.Option(min=0.2, max=60.0, help="Seconds between two pictures.")] = 1.0,
    data: Folder = None,
    as_json: AsJson = False,
) -> int:
    """A picture of it all that keeps itself up to date. Ctrl-C leaves. Not on a terminal: one picture."""
    if _wants_json(context, as_json):
        return _show(context, data, True, "overview")
    from bot import watching

    watching.watch(_socket(context, data), every)
    return WELL


def _show(
    context: typer.Context,
    data: Path | None,
    as_json: bool,
    what: str,
    in_json: str | None = None,
    **more: str,
) -> int:
    """Ask and print.

    Args:
        context: of the command.
        data: the folder that was named after the command.
        as_json: whether JSON was asked for after the command.
        what: to ask for.
        in_json: what to ask for instead when JSON is wanted; None asks for the same.
        more: what the question takes.
    """
    wants_json = _wants_json(context, as_json)
    reply = ask_bot(_socket(context, data), (in_json or what) if wants_json else what, **more)
    if wants_json:
        print_json(reply["answer"])
    else:
        sys.stdout.write("\n".join(lines_of(what, reply["answer"], datetime.now(UTC))) + "\n")
    if reply["stuck_at"] is not None:
        sys.stderr.write(f"evoladder: The bot's loop is stuck at {reply['stuck_at']}.\n")
    return WELL


def _wants_json(context: typer.Context, as_json: bool) -> bool:
    return as_json or bool(context.obj.as_json)


def _socket(context: typer.Context, data: Path | None) -> Path:
    return socket_in(data or context.obj.data)


def socket_in(data: Path | None) -> Path:
    """Where the running bot is asked; its settings are read only when no data folder is named."""
    if data is None:
        from bot.config import load

        data = load(need_token=False).data_dir
    return data / SOCKET


def print_json(value: Any) -> None:
    """Print a value as JSON that people can read, too."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")
