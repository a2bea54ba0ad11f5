"""What a specification means that leaves things out: who changes a default changes what a program does."""

import math
from dataclasses import FrozenInstanceError, fields

import pytest

from supervision import (
    Backoff,
    ChildSpec,
    Intensity,
    MailboxSpec,
    Overflow,
    PoolSpec,
    Restart,
    Strategy,
    SupervisorSpec,
)
from supervision.intensity import Budget
from tests.supervision.stage import Stage


def optional(spec: object, *given: str) -> list[object]:
    """The values of the fields that were left out, in order."""
    return [getattr(spec, field.name) for field in fields(spec) if field.name not in given]  # type: ignore[arg-type]


def test_a_child_has_five_seconds_to_stop_ten_to_start_and_room_for_256_letters() -> None:
    spec = ChildSpec("a", Stage().puppet("a").start)
    assert optional(spec, "id", "start") == [None, Restart.PERMANENT, 5.0, 10.0, MailboxSpec(), None, None]
    assert optional(MailboxSpec()) == [256, Overflow.REJECT]
    assert spec.identity == "a"


def test_a_supervisor_forgives_three_restarts_in_five_seconds_and_is_bounded_by_its_children() -> None:
    spec = SupervisorSpec("a", Strategy.ONE_FOR_ONE, ())
    given = ("id", "strategy", "children")
    assert optional(spec, *given) == [Intensity(), Restart.PERMANENT, math.inf, math.inf, None]
    assert optional(Intensity()) == [3, 5.0]
    assert spec.identity == "a"


def test_a_pool_has_five_seconds_to_stop_them_all() -> None:
    spec = PoolSpec("a", "key", 9)
    given = ("id", "key", "max_children")
    assert optional(spec, *given) == [Intensity(), 5.0, Restart.PERMANENT, 10.0, None]
    assert spec.identity == "a"


def test_a_backoff_begins_at_half_a_second_and_ends_at_half_a_minute() -> None:
    assert optional(Backoff()) == [0.5, 30.0, 0.2, 30.0]


@pytest.mark.parametrize(
    "spec",
    [
        Backoff(),
        Intensity(),
        MailboxSpec(),
        Stage().puppet("a"),
        SupervisorSpec("a", Strategy.ONE_FOR_ONE, ()),
        PoolSpec("a", "key", 9),
    ],
)
def test_a_specification_is_a_small_value_that_nobody_changes(spec: object) -> None:
    assert not hasattr(spec, "__dict__")
    with pytest.raises(FrozenInstanceError):
        setattr(spec, fields(spec)[0].name, None)  # type: ignore[arg-type]


def test_a_budget_is_small_for_each_child_may_have_one() -> None:
    assert not hasattr(Budget(Intensity()), "__dict__")
