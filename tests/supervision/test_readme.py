"""The example of the README runs, and prints what the README says."""

import re
from pathlib import Path

import pytest

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
LINES = 30


def fence(language: str) -> str:
    """The fence of this language in the section about the kernel."""
    section = README.split("## The kernel by itself")[1].split("\n## ")[0]
    found = re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_example_of_the_kernel_prints_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(fence("python"), "README.md", "exec"), {"__name__": "README"})
    assert without_times(capsys.readouterr().out) == without_times(fence("text"))


def test_the_example_is_short() -> None:
    assert len([line for line in fence("python").splitlines() if line.strip()]) <= LINES


def without_times(text: str) -> str:
    return re.sub(r"\d+\.\d s", "some time", text)
