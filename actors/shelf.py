"""What a courier remembers of its cards: where each is, and which generation Discord has."""

from dataclasses import dataclass, field

from actors.cards import QUEUE, is_of_match
from actors.ports import CardRow, Place, Subject
from actors.rules.ids import ChannelId

KEPT = 32
"""Cards that a courier remembers; older ones are read from the store when they change."""


@dataclass(slots=True)
class Shelf:
    """Where this reader's cards are and which generation Discord has. Bounded by the reader's cards."""

    channel: ChannelId | None
    """Where all of them are: a reader has one channel."""
    _cards: dict[Subject, tuple[Place, int]] = field(default_factory=dict)

    def know(self, card: CardRow) -> None:
        """What a row says, unless this courier knows better."""
        if card.channel and card.message and card.generation > self.shown(card.subject):
            place = Place(card.channel, card.message)
            if self.where(card.subject) == place:
                return  # what is known here is at least as new
            self._keep(card.subject, place, card.shown)

    def place(self, subject: Subject, place: Place, generation: int) -> None:
        """It is here and shows this generation; never an older one than before."""
        self._keep(subject, place, max(generation, self.shown(subject)))
        self._forget_old()

    def forget(self, subject: Subject) -> None:
        """It is nowhere."""
        self._cards.pop(subject, None)

    def where(self, subject: Subject) -> Place | None:
        """Its place, if it has one."""
        return self._cards[subject][0] if subject in self._cards else None

    def shown(self, subject: Subject) -> int:
        """The generation that Discord has."""
        return self._cards[subject][1] if subject in self._cards else 0

    def _keep(self, subject: Subject, place: Place, generation: int) -> None:
        self._cards[subject] = (place, generation)
        self.channel = self.channel or place.channel

    def _forget_old(self) -> None:
        numbered = sorted((s for s in self._cards if s != QUEUE and is_of_match(s)), key=lambda s: s.number)
        for subject in numbered[:-KEPT]:
            del self._cards[subject]
