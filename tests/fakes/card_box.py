"""The cards of the fake store."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from actors.ports import CardRow, Place, Reader, Subject
from actors.rules.ids import PlayerId


@dataclass(slots=True)
class CardBox:
    """Every message that is kept up to date, by its number."""

    rows: dict[int, CardRow] = field(default_factory=dict)
    behind_since: dict[int, datetime] = field(default_factory=dict)
    """Since when a card is out of date."""
    reasons: dict[int, str] = field(default_factory=dict)
    """Why a card could not be delivered."""

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
            )
        else:
            row = replace(row, generation=row.generation + 1)
        if place is not None:
            # What was drawn elsewhere no longer counts.
            row = replace(row, channel=place.channel, message=place.message, shown=row.generation - 1)
        self.rows[row.id] = row
        self.behind_since.setdefault(row.id, now)
        return row

    def pending(self) -> tuple[CardRow, ...]:
        """All that are out of date, oldest first."""
        behind = [row for row in self.rows.values() if row.generation > row.shown]
        return tuple(sorted(behind, key=lambda row: (self.behind_since[row.id], row.id)))

    def shown(self, card: int, place: Place, generation: int) -> None:
        """Discord has this generation; an older word than the last is not heard."""
        row = self.rows[card]
        if not row.shown < generation <= row.generation:
            return
        self.rows[card] = replace(row, shown=generation, channel=place.channel, message=place.message)
        if generation == row.generation:
            self.behind_since.pop(card, None)

    def lost(self, card: int, reason: str) -> PlayerId | None:
        """Count it as shown; say who was to read it."""
        row = self.rows[card]
        self.rows[card] = replace(row, shown=row.generation)
        self.behind_since.pop(card, None)
        self.reasons[card] = reason
        return row.reader.player
