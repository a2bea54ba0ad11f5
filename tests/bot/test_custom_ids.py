"""Names of buttons: whatever is written can be read, and nothing else can."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.rules.screens import Picked, Press
from bot.custom_ids import LONGEST, VERSION, parse, write


@given(st.sampled_from(Press), st.integers(0, 2**63 - 1), st.text(max_size=40))
def test_what_is_written_is_read(press: Press, subject: int, state: str) -> None:
    assert parse(write(press, subject, state)) == Picked(press, subject, state)


@given(st.sampled_from(Press))
def test_the_longest_name_has_room_for_a_state(press: Press) -> None:
    assert len(write(press, 2**63 - 1, "s" * 40)) <= LONGEST


@given(st.text(max_size=120) | st.from_regex(r"[a-z-]{0,12}:[0-9٣]{0,9}:[0-9]{0,3}(:.*)?"))
def test_no_name_makes_the_reader_stumble(custom_id: str) -> None:
    picked = parse(custom_id)
    assert picked is None or write(picked.press, picked.subject, picked.state).startswith(picked.press.value)


@pytest.mark.parametrize(
    "custom_id",
    [
        "",
        "rule",
        "rule:7",
        "rule:7:",
        f"rule:7:{VERSION + 1}",
        f"rule:7:0{VERSION}",
        f"rule:-7:{VERSION}",
        f"rule:٣:{VERSION}",
        f"rule::{VERSION}",
        f"unknown:7:{VERSION}",
        f"rule:7:{VERSION}:" + "x" * LONGEST,
    ],
)
def test_a_name_of_another_kind_or_version_is_not_understood(custom_id: str) -> None:
    assert parse(custom_id) is None


def test_a_state_may_hold_colons() -> None:
    picked = parse(write(Press.BOARD_PAGE, 2, "a:b"))
    assert picked is not None
    assert picked.state == "a:b"


def test_a_name_that_discord_would_refuse_is_a_bug() -> None:
    with pytest.raises(AssertionError):
        write(Press.RULE, 7, "x" * LONGEST)
