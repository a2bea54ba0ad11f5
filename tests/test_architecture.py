"""What holds for the whole tree: import contracts, sizes, one blind except, no traces of a machine."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("actors", "bot", "storage", "supervision")
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
WALL_OF_A_MODULE = 400
WALL_OF_A_FUNCTION = 40


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_import_contracts_are_kept() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_module_is_longer_than_the_wall(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= WALL_OF_A_MODULE


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_every_module_says_what_it_is(path: Path) -> None:
    said = ast.get_docstring(ast.parse(path.read_text()))
    assert said
    assert len(said) > len("a word")


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_function_is_longer_than_the_wall(path: Path) -> None:
    """Counted from `def` to the end, the docstring left out: it is the shorter half of some."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            said = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
            length = (node.end_lineno or 0) - node.lineno + 1 - said
            assert length <= WALL_OF_A_FUNCTION, f"{node.name} has {length} lines"


def blind(handler: ast.ExceptHandler) -> bool:
    """Whether it catches whatever there is and does not raise it again."""
    caught = (
        {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
        if handler.type
        else {"Exception"}
    )
    last = handler.body[-1]
    return bool(caught & {"Exception", "BaseException"}) and not (
        isinstance(last, ast.Raise) and last.exc is None
    )


def test_only_the_supervisor_catches_everything() -> None:
    guilty = {
        name_of(path)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler) and blind(node)
    }
    assert guilty == {"supervision/supervisor.py"}


def test_every_task_has_an_owner_and_every_letter_a_mailbox() -> None:
    """Queues, locks and loose tasks exist in the kernel and in the two asyncio doors only."""
    loose = re.compile(
        r"open_memory_channel|create_task|spawn_system_task|asyncio\.Queue|asyncio\.Lock|queue\.Queue"
    )
    outside = [
        path
        for path in SOURCES
        if path.parts[len(ROOT.parts)] != "supervision" and "simulator" not in path.parts
    ]
    assert [name_of(path) for path in outside if loose.search(path.read_text())] == []


def test_asyncio_enters_by_two_doors() -> None:
    """The simulator is a program of its own."""
    foreign = re.compile(r"^\s*(import|from) (asyncio|trio_asyncio)\b", re.MULTILINE)
    doors = {"bot/gateway.py", "storage/pool.py"}
    users = {
        name_of(path)
        for path in SOURCES
        if "simulator" not in path.parts and foreign.search(path.read_text())
    }
    assert users <= doors


def test_nothing_committed_names_a_machine() -> None:
    """Paths and ways of the place where this was written do not belong here."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    )
    words = ("/wor" + "k/", "farm-" + "studio", "/roo" + "t/")
    for name in listed.stdout.split():
        path = ROOT / name
        if path.is_file() and path.suffix in {".py", ".md", ".toml", ".txt", ".sql", ".ftl", ".yml", ""}:
            text = path.read_text(errors="replace")
            assert not [word for word in words if word in text], name
