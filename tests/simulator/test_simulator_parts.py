"""The parts of the simulator that need no process: ids, limits, the record."""

import doctest
import importlib
import json
import subprocess
import sys
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.simulator.clock import Clock
from bot.simulator.command_limits import check_commands
from bot.simulator.commands import fill
from bot.simulator.component_limits import check_modal
from bot.simulator.faults import Faults
from bot.simulator.form import Form
from bot.simulator.ratelimit import INVALID, RateLimits
from bot.simulator.refusals import Refused, SetupError, Unimplemented
from bot.simulator.snowflakes import Snowflakes, stable
from bot.simulator.traffic import mask
from bot.simulator.world import World
from bot.simulator.writing import write_new
from tests.simulator.conftest import ROOT

KEYS = st.sampled_from(
    [
        "content",
        "embeds",
        "components",
        "flags",
        "type",
        "fields",
        "title",
        "custom_id",
        "options",
        "style",
        "image",
        "url",
        "attachments",
        "allowed_mentions",
        "nonce",
        "name",
        "value",
        "accessory",
        "component",
        "min_values",
        "max_values",
        "label",
        "description",
        "choices",
        "id",
        "parse",
        "users",
    ]
)


@pytest.mark.parametrize("name", ["clock", "refusals", "snowflakes", "traffic", "world"])
def test_the_examples_in_the_docstrings_hold(name: str) -> None:
    outcome = doctest.testmod(importlib.import_module(f"bot.simulator.{name}"))
    assert (outcome.attempted > 0, outcome.failed) == (True, 0)


@given(st.lists(st.floats(1.5e9, 2e9), min_size=2, max_size=50))
def test_ids_grow_even_when_the_clock_goes_back(moments: list[float]) -> None:
    flakes = Snowflakes()
    ids = [flakes.next(at) for at in moments]
    assert ids == sorted(set(ids))


@given(st.text(), st.text())
def test_stable_ids_are_64_bits_and_depend_on_the_name_only(first: str, second: str) -> None:
    assert stable(first) < 1 << 63
    assert (stable(first) == stable(second)) == (first == second)


@given(st.lists(st.sampled_from(["a", "b"]), max_size=40), st.integers(1, 10))
def test_a_bucket_lets_as_many_through_in_a_window_as_it_says(resources: list[str], most: int) -> None:
    limits = RateLimits(Clock(), buckets={"x": (most, 1000.0)})
    passed = [r for r in resources if not limits.take("x", r).exceeded]
    for resource in ("a", "b"):
        assert passed.count(resource) == min(most, resources.count(resource))


def test_ten_thousand_invalid_requests_in_ten_minutes_are_a_ban_until_they_are_old() -> None:
    clock = Clock()
    limits = RateLimits(clock)
    for _ in range(INVALID[0] - 1):
        limits.count_invalid()
    assert not limits.banned
    limits.count_invalid()
    assert limits.banned
    clock.advance(INVALID[1] + 1)
    assert not limits.banned


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, JUNK, max_size=4))
def test_any_junk_in_a_message_is_refused_or_taken_but_never_breaks_the_simulator(
    body: dict[str, Any],
) -> None:
    world = World()
    try:
        message = write_new(world, world.public_channel, body, [])
    except (Refused, Unimplemented):
        assert not world.public_channel.messages
    else:
        assert world.public_channel.messages == {message.id: message}


@given(JUNK)
def test_any_junk_for_a_form_or_commands_is_refused_or_taken(junk: Any) -> None:
    form = Form()
    with suppress(Unimplemented):
        check_modal(form, {"title": "T", "custom_id": "c", "components": junk}, ())
    check_commands(form, junk if isinstance(junk, list) else [junk])


def test_an_unknown_fault_is_a_mistake_of_the_script() -> None:
    for wish in ({"kind": "magic"}, {"kind": "fail", "colour": 1}, {"kind": "fail", "route": "("}):
        with pytest.raises(SetupError):
            Faults().add(wish)


def test_paths_without_an_interaction_token_stay_as_they_are() -> None:
    assert mask("/channels/1/messages", {}) == "/channels/1/messages"


def test_the_same_seed_makes_the_same_people_and_other_ids_for_other_names() -> None:
    names = [[user.name for user in World(users=200, seed=seed).people] for seed in (1, 1, 2)]
    assert names[0] == names[1] != names[2]
    assert names[0][:2] == ["alice", "bob"]
    assert len(set(names[0])) == 200


def test_subcommands_are_entered_after_spaces() -> None:
    world = World()
    user = {"type": 6, "name": "user", "description": "d", "required": True}
    ban = {"type": 1, "name": "ban", "description": "d", "options": [user]}
    command = {"id": "7", "name": "admin", "type": 1, "description": "d", "options": [ban]}
    world.commands[0][7] = command
    alice, bob = world.user("alice"), world.user("bob")
    specifics = fill(world, alice, world.dm(alice), "admin ban", {"user": "bob"})
    assert specifics["options"][0]["options"] == [{"type": 6, "name": "user", "value": str(bob.id)}]
    assert specifics["resolved"]["users"][str(bob.id)]["username"] == "bob"
    with pytest.raises(SetupError, match="needs one of"):
        fill(world, alice, world.dm(alice), "admin", {})


def test_a_file_in_an_option_can_be_fetched_like_any_other() -> None:
    world = World()
    file = {"type": 11, "name": "file", "description": "d"}
    world.commands[0][7] = {"id": "7", "name": "learn", "type": 1, "description": "d", "options": [file]}
    alice = world.user("alice")
    specifics = fill(world, alice, world.dm(alice), "learn", {"file": ("a.txt", b"hello")})
    (number,) = [option["value"] for option in specifics["options"]]
    assert specifics["resolved"]["attachments"][number]["filename"] == "a.txt"
    assert world.files[int(number)] == ("a.txt", b"hello")


def test_the_program_ends_cleanly_on_sigterm() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "bot.simulator"], stdout=subprocess.PIPE, stdin=subprocess.PIPE, cwd=ROOT
    ) as program:
        assert program.stdout is not None
        assert json.loads(program.stdout.readline())["base_url"].startswith("http://127.0.0.1:")
        program.terminate()
        assert program.wait(10) == 0
