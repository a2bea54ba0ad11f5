"""The command line: `evoladder run | demo | migrate | dump | kill | audit | replay`.

Exit code 0 when all is well, 1 when something is not as it should be, 2 when the command or a
setting is wrong; then one sentence on stderr says which. What only a command needs is imported by
that command: `dump` must not wait for what the bot needs.
"""

import errno
import os
import sys
import tomllib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import trio
import typer

from bot import cli_dump
from bot.cli_dump import print_json, socket_in
from bot.exit_codes import FAILED, STOPPED, WELL, WRONG, ConfigError
from bot.looking import NoAnswer
from supervision import KilledByOperator, PlainClock

T = TypeVar("T")

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""What the system says when there is no room for what is written."""


class Complaint(Exception):
    """A command cannot be carried out; the text is one sentence for the operator."""

    def __init__(self, sentence: str, code: int) -> None:
        super().__init__(sentence)
        self.code = code


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
        sys.stdout.flush()
    except typer.TyperException as error:
        return _complain(f"{error.format_message().rstrip('.')}; see `evoladder --help`.", WRONG)
    except ConfigError as error:
        return _complain(str(error), WRONG)
    except NoAnswer as error:
        return _complain(str(error), FAILED)
    except Complaint as error:
        return _complain(str(error), error.code)
    except OSError as error:
        if error.errno not in FULL:
            raise
        _write_nowhere()
        return _complain(f"Cannot write: {error.strerror}.", FAILED)
    except KeyboardInterrupt:
        return STOPPED
    return code if isinstance(code, int) else WELL


def _write_nowhere() -> None:
    """Python writes what is left in stdout when it ends; that would fail once more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _run(program: Callable[..., Awaitable[T]], *arguments: object) -> T:
    """`trio.run`, with what an operator can mend as a sentence."""
    from actors.ports import Unavailable
    from bot.app import REFUSED

    try:
        return _run_alone(program, *arguments)
    except Unavailable as away:
        raise Complaint(str(away), FAILED) from away
    except KilledByOperator as killed:
        raise Complaint(f"{killed}.", FAILED) from killed
    except REFUSED as refused:
        raise Complaint(str(refused), WRONG) from refused


def _run_alone(program: Callable[..., Awaitable[T]], *arguments: object) -> T:
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
    from importlib import metadata

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
def run(
    data: Folder = None, fail_at: Annotated[str | None, typer.Option("--fail-at", hidden=True)] = None
) -> int:
    """Run the bot until it is told to stop."""
    from actors import boundaries
    from bot import app, logs
    from bot.config import load_for

    config = load_for(data, need_token=True)
    logs.set_up(config.log)
    if fail_at is None:
        return _run(app.run, config)
    try:
        wanted = boundaries.parse(fail_at)
    except ValueError as error:
        raise Complaint(f"--fail-at: {error}.", WRONG) from error
    with boundaries.watched(wanted, config.data_dir / "postgres" / "postmaster.pid"):
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
    from bot import demo

    options = demo.Options(
        players=players, minutes=minutes, seed=seed, speed=speed, report=report, traffic=traffic, data=data
    )
    return _run(demo.run, options)


@program.command()
def migrate(data: Folder = None) -> int:
    """Bring the database up to date and say what was applied."""
    from bot import app
    from bot.config import load_for

    applied: tuple[str, ...] = _run(app.migrate, load_for(data))
    for name in applied or ("Nothing to do: the database is up to date.",):
        sys.stdout.write(f"{name}\n")
    return 0


@program.command()
def audit(data: Folder = None, as_json: AsJson = False) -> int:
    """Check every invariant of the database; exit code 1 when one does not hold."""
    from rich.console import Console

    from bot import app
    from bot.config import load_for
    from bot.demo_view import audit_table

    checked = _run(app.audit, load_for(data))
    if as_json:
        print_json([{"name": each.name, "ok": each.ok, "detail": each.detail} for each in checked])
    else:
        Console().print(audit_table(checked))
    return WELL if all(each.ok for each in checked) else FAILED


@program.command()
def kill(
    path: Annotated[
        str, typer.Argument(metavar="PATH", help="Its place in the tree: ladder/play/matchmaker")
    ],
    data: Folder = None,
) -> int:
    """End one actor of the running bot as if it had crashed; its supervisor starts it again."""
    from bot.killing import kill_actor

    sys.stdout.write(kill_actor(socket_in(data), path) + "\n")
    return WELL


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
    from rich.console import Console

    from bot import app, logs, reading

    logs.set_up(least="warning")
    sheets: tuple[reading.Sheet | reading.Bad, ...] = _run(app.replays, files, good or [])
    if as_json:
        print_json(reading.as_json(sheets))
    bad = [sheet for sheet in sheets if isinstance(sheet, reading.Bad)]
    for sheet in sheets:
        if isinstance(sheet, reading.Bad):
            _complain(f"{sheet.file}: {sheet.sentence}", FAILED)
        elif not as_json:
            Console().print(reading.table(sheet), "")
    return FAILED if bad else WELL


program.add_typer(cli_dump.program)
