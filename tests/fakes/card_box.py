"""The cards of the fake store."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from actors.ports import CardRow, Place, Reader, Subject
from actors.rules.ids import PlayerId


@dataclass(slots=True)
class CardBox:
    """Every message that is kept up to date, by its number."""

    rows: dict[int, CardRow] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)
    """Why a card could not be delivered."""
    faults: dict[int, str] = field(default_factory=dict)
    """Why a card did not arrive at its last attempt."""

    def find(self, reader: Reader, subject: Subject) -> CardRow | None:
        """The one card of this reader about this subject."""
        return next(
            (row for row in self.rows.values() if (row.reader, row.subject) == (reader, subject)), None
        )

    def bump(self, reader: Reader, subject: Subject, now: datetime, place: Place | None = None) -> CardRow:
        """Make a card out of date, or make it; a place moves it there."""
        row = self.find(reader, subject)
        if row is None:
            row = CardRow(
                id=len(self.rows) + 1,
                reader=reader,
                subject=subject,
                channel=place.channel if place else None,
                message=place.message if place else None,
                generation=1,
                shown=0,
                behind_since=now,
            )
        else:
            since = row.behind_since if row.generation > row.shown else now
            row = replace(row, generation=row.generation + 1, behind_since=since)
        if place is not None:
            # What was drawn elsewhere no longer counts.
            row = replace(row, channel=place.channel, message=place.message, shown=row.generation - 1)
        self.rows[row.id] = row
        return row

    def behind(self) -> Iterator[CardRow]:
        """All that are out of date."""
        return (row for row in self.rows.values() if row.generation > row.shown)

    def pending(self) -> tuple[CardRow, ...]:
        """All that are out of date, oldest first."""
        return tuple(sorted(self.behind(), key=lambda row: (row.behind_since, row.id)))

    def shown(self, card: int, place: Place, generation: int) -> None:
        """Discord has this generation; an older word than the last is not heard."""
        row = self.rows[card]
        if not row.shown < generation <= row.generation:
            return
        self.rows[card] = replace(
            row, shown=generation, channel=place.channel, message=place.message, attempts=0
        )

    def tried(self, card: int, reason: str) -> None:
        """It did not arrive this time."""
        row = self.rows[card]
        if row.generation > row.shown:
            self.rows[card] = replace(row, attempts=row.attempts + 1)
            self.faults[card] = reason

    def deleted(self, card: int, now: datetime) -> None:
        """Somebody deleted it: it has no place any more."""
        row = self.rows[card]
        if row.message is not None:
            since = row.behind_since if row.generation > row.shown else now
            self.rows[card] = replace(
                row, channel=None, message=None, shown=0, deleted=row.deleted + 1, behind_since=since
            )

    def lost(self, card: int, reason: str) -> PlayerId | None:
        """Count it as shown; say who was to read it."""
        row = self.rows[card]
        self.rows[card] = replace(row, shown=row.generation, attempts=0)
        self.reasons[card] = reason
        return row.reader.player
