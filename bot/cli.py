"""The command line: `evoladder run | demo | migrate | dump | kill | audit | replay`.

Exit code 0 when all is well, 1 when something is not as it should be, 2 when the command or a
setting is wrong; then one sentence on stderr says which.
"""

import json
import sys
import tomllib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Annotated, TypeVar

import trio
import typer
from rich.console import Console

from actors.ports import Unavailable
from bot import app, demo, logs, reading
from bot.config import Config, load
from bot.demo_view import audit_table
from bot.errors import ConfigError
from bot.killing import kill_actor
from bot.looking import NotRunning, What, as_lines, ask_bot
from bot.reading import Bad, Sheet
from supervision import PlainClock

T = TypeVar("T")

WRONG = 2
"""Exit code of a wrong command or setting."""

program = typer.Typer(
    name="evoladder",
    help="A ranked 1v1 ladder that players use without leaving Discord.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Folder = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Folder of the database, the replays and the dump socket."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: without the program's name; None takes those of the process.

    Returns:
        The exit code.
    """
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    try:
        code = program(given, prog_name="evoladder", standalone_mode=False)
    except typer.TyperException as error:
        return _complain(f"{error.format_message().rstrip('.')}; see `evoladder --help`.", WRONG)
    except ConfigError as error:
        return _complain(str(error), WRONG)
    except (NotRunning, Unavailable) as error:
        return _complain(str(error), 1)
    except app.REFUSED as error:
        return _complain(str(error), WRONG)
    except KeyboardInterrupt:
        return demo.STOPPED
    return code if isinstance(code, int) else 0


def _run(program: Callable[..., Awaitable[T]], *arguments: object) -> T:
    """`trio.run`, with a fault that came alone out of its nurseries as itself.

    Nurseries wrap whatever leaves them; a sentence on stderr needs the one reason inside.
    """
    try:
        return trio.run(program, *arguments, clock=PlainClock())
    except BaseExceptionGroup as group:
        reasons = list(_reasons(group))
        if len(reasons) == 1:
            raise reasons[0] from group
        raise


def _reasons(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _reasons(each)
    else:
        yield error


def _complain(sentence: str, code: int) -> int:
    sys.stderr.write(f"evoladder: {' '.join(sentence.split())}\n")
    return code


def version() -> str:
    """The installed version, or that of the source tree this runs from."""
    try:
        return metadata.version("evoladder")
    except metadata.PackageNotFoundError:
        project = Path(__file__).parents[1] / "pyproject.toml"
        return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"evoladder {version()}\n")
        raise typer.Exit


@program.callback()
def _begin(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@program.command()
def run(data: Folder = None) -> int:
    """Run the bot until it is told to stop."""
    config = _config(data, need_token=True)
    logs.set_up(config.log)
    return _run(app.run, config)


@program.command("demo")
def _demo(
    *,
    players: Annotated[int, typer.Option(min=2, max=300, help="How many people come.")] = 24,
    minutes: Annotated[float, typer.Option(min=0.2, max=600.0, help="How long the evening is.")] = 2.0,
    seed: Annotated[int, typer.Option(min=0, help="The same seed invites the same people.")] = 7,
    speed: Annotated[float, typer.Option(min=0.1, max=20.0, help="How fast people play and click.")] = 1.0,
    report: Annotated[Path | None, typer.Option(metavar="FILE.json", help="Write the figures here.")] = None,
    traffic: Annotated[
        Path | None, typer.Option(metavar="FILE.jsonl", help="Write all of Discord's traffic here.")
    ] = None,
    data: Folder = None,
) -> int:
    """Spend an evening with simulated people: no Discord account, no database, no internet."""
    options = demo.Options(
        players=players, minutes=minutes, seed=seed, speed=speed, report=report, traffic=traffic, data=data
    )
    return _run(demo.run, options)


@program.command()
def migrate(data: Folder = None) -> int:
    """Bring the database up to date and say what was applied."""
    applied: tuple[str, ...] = _run(app.migrate, _config(data))
    for name in applied or ("Nothing to do: the database is up to date.",):
        sys.stdout.write(f"{name}\n")
    return 0


@program.command()
def audit(data: Folder = None, as_json: AsJson = False) -> int:
    """Check every invariant of the database; exit code 1 when one does not hold."""
    checked = _run(app.audit, _config(data))
    if as_json:
        _print_json([{"name": each.name, "ok": each.ok, "detail": each.detail} for each in checked])
    else:
        Console().print(audit_table(checked))
    return 0 if all(each.ok for each in checked) else 1


@program.command()
def dump(
    what: Annotated[What, typer.Argument(help="What to look at.")] = What.TREE,
    data: Folder = None,
    as_json: AsJson = False,
) -> int:
    """Look into the running bot; it answers even when its loop is stuck."""
    folder = _config(data).data_dir
    reply = ask_bot(folder / app.SOCKET, what)
    if as_json:
        _print_json(reply["answer"])
    else:
        sys.stdout.write("\n".join(as_lines(reply["answer"])) + "\n")
    if reply["stuck_at"] is not None:
        sys.stderr.write(f"evoladder: The bot's loop is stuck at {reply['stuck_at']}.\n")
    return 0


@program.command()
def kill(
    path: Annotated[
        str, typer.Argument(metavar="PATH", help="Its place in the tree: ladder/play/matchmaker")
    ],
    data: Folder = None,
) -> int:
    """End one actor of the running bot as if it had crashed; its supervisor starts it again."""
    sys.stdout.write(kill_actor(_config(data).data_dir / app.SOCKET, path) + "\n")
    return 0


@program.command()
def replay(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Replays, of any game and age.")],
    good: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Known to be good: its mod and map count too. May be repeated."),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Print what replays say and what the ladder thinks of them; exit code 1 when one cannot be read."""
    logs.set_up(least="warning")
    sheets: tuple[Sheet | Bad, ...] = _run(app.replays, files, good or [])
    if as_json:
        _print_json(reading.as_json(sheets))
    bad = [sheet for sheet in sheets if isinstance(sheet, Bad)]
    for sheet in sheets:
        if isinstance(sheet, Bad):
            _complain(f"{sheet.file}: {sheet.sentence}", 1)
        elif not as_json:
            Console().print(reading.table(sheet), "")
    return 1 if bad else 0


def _config(data: Path | None, *, need_token: bool = False) -> Config:
    return load(need_token=need_token) if data is None else load(need_token=need_token, data_dir=data)


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")
