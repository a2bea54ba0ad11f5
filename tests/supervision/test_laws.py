"""The table of the kernel's laws, `docs/laws.md`, is true."""

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
TABLE = (HERE.parents[1] / "docs" / "laws.md").read_text()
ROWS = {
    int(number): names for number, names in re.findall(r"^\| (\d+) \|.*\| (`.*`) \|$", TABLE, re.MULTILINE)
}
PLAYED_OTHERWISE = {34: "it measures the processor", 53: "a storm plays its own schedules"}


def laws() -> dict[str, bool]:
    """Every test of the kernel, and whether it is played under many schedules."""
    trees = [ast.parse(path.read_text()) for path in sorted(HERE.glob("test_*.py"))]
    return {
        node.name: "every_schedule" in map(ast.unparse, node.decorator_list)
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


def named(number: int) -> list[str]:
    return re.findall(r"`(\w+)`", ROWS[number])


def test_each_of_the_53_behaviours_is_in_the_table() -> None:
    assert list(ROWS) == list(range(1, 54))


def test_each_test_in_the_table_exists() -> None:
    unknown = {name for number in ROWS for name in named(number)} - laws().keys()
    assert not unknown


def test_each_behaviour_is_played_under_many_schedules() -> None:
    played = {name for name, under_many in laws().items() if under_many}
    for number in ROWS.keys() - PLAYED_OTHERWISE.keys():
        assert played.intersection(named(number)), number
