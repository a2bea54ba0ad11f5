"""Orders of the staff: row to value and value to row."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from actors.rules.ids import PlayerId
from actors.rules.staff import Action, Change, Order, Stand
from storage.connection import Row

_ACTION = TypeAdapter(Action)
_CHANGES = TypeAdapter(tuple[Change, ...])
_STAND = TypeAdapter(Stand)
_ORDER_COLUMNS = ("deed", "reason", "match", "player", "outcome", "race", "rating", "minutes")


def order_values(order: Order, by: PlayerId, now: datetime) -> tuple[object, ...]:
    """The parameters of `insert_action`."""
    return (
        by,
        order.deed.value,
        order.match,
        order.player,
        order.outcome and order.outcome.value,
        order.race and order.race.value,
        order.rating,
        order.minutes,
        order.reason,
        now,
    )


def action(row: Row) -> Action:
    """From a row of `staff_action`."""
    return _ACTION.validate_python(
        {
            "id": row["id"],
            "by": row["staff"],
            "order": {name: row[name] for name in _ORDER_COLUMNS},
            "changes": row["changes"],
            "previewed_at": row["previewed_at"],
            "done_at": row["done_at"],
        }
    )


def changes_document(changes: Sequence[Change]) -> Any:
    """For the column `changes`."""
    return _CHANGES.dump_python(tuple(changes), mode="json")


def stand(row: Row) -> Stand:
    """From `stands`."""
    return _STAND.validate_python(dict(row))
