"""Every example in the rulebook runs, and the rulebook shows examples."""

import doctest
import importlib
import inspect
import pkgutil
from types import ModuleType

import pytest

from actors import rules

MODULES = [
    importlib.import_module(f"actors.rules.{found.name}") for found in pkgutil.iter_modules(rules.__path__)
]
ILLUSTRATED = [
    "countries",
    "maps",
    "pairing",
    "penalty",
    "profile",
    "rank",
    "rating",
    "region",
    "report",
    "veto",
    "waves",
]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_the_examples_of_a_rulebook_are_true(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("name", ILLUSTRATED)
def test_every_public_function_shows_an_example(name: str) -> None:
    module = importlib.import_module(f"actors.rules.{name}")
    public = [
        function
        for known_as, function in inspect.getmembers(module, inspect.isfunction)
        if not known_as.startswith("_") and function.__module__ == module.__name__
    ]
    assert public
    assert [function.__name__ for function in public if ">>>" not in (function.__doc__ or "")] == []
