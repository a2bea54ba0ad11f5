"""The page about failures of earlier ladders names each of them, and only tests that exist."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "failures.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| F-(\d+) \| (.+?) \| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`(test_\w+)`")


def every_test() -> set[str]:
    """The name of every test function in this folder."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "tests").rglob("test_*.py")]
    return {
        node.name
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


def test_every_failure_has_its_line_in_order() -> None:
    assert [int(number) for number, _, _ in ROW.findall(PAGE)] == list(range(1, 102))


def test_every_line_names_a_test_or_says_what_excludes_it() -> None:
    silent = [
        number
        for number, _, answer in ROW.findall(PAGE)
        if not NAMED.search(answer) and not answer.startswith(("Excluded: ", "Not built: "))
    ]
    assert silent == []


def test_every_named_test_exists() -> None:
    assert set(NAMED.findall(PAGE)) - every_test() == set()
