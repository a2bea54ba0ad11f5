"""The questions and orders that the processes of the ladder ask each other."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from actors.ports import CardRow, Joined, Place, Refused
from actors.rules import match as rules
from actors.rules.ids import ChannelId, MatchId, PlayerId, Race, Rank
from actors.rules.queue import Crowd, Member
from actors.rules.rank import Filter, Placed
from actors.rules.screens import Leaderboard, Notice, Picked, Screen
from supervision import Call

# What the inbox hears back.


@dataclass(frozen=True, slots=True)
class Redraw:
    """The clicked message becomes this screen. `card` names the row when the message is kept up to date."""

    screen: Screen
    card: CardRow | None = None


@dataclass(frozen=True, slots=True)
class Say:
    """A new message that answers a command or a click."""

    screen: Screen
    private: bool = True
    """Shown to the clicker only, where Discord can."""


Answer: TypeAlias = Redraw | Say


# To a session, from the inbox.


@dataclass(frozen=True, slots=True)
class Commanded(Call[Answer]):
    """A slash command. `options` by name."""

    name: str
    discord_name: str
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Pressed(Call[Answer]):
    """A button, a select or a form."""

    picked: Picked
    discord_name: str
    place: Place | None


@dataclass(frozen=True, slots=True)
class Upload(Call[Notice | None]):
    """To the replay desk: fetch, read, verify and store this file, then tell its match.

    The answer comes at the end: the sentence for the uploader, or None when a card says it.
    """

    uploader: PlayerId
    match: MatchId
    filename: str
    size: int
    url: str


@dataclass(frozen=True, slots=True)
class Uploaded(Call[Upload | Notice]):
    """A file sent to the bot by DM; only its address travels. The answer is what to ask the replay desk."""

    discord_name: str
    filename: str
    size: int
    """Bytes, as Discord says."""
    url: str


# To a session, from the other actors.


@dataclass(frozen=True, slots=True)
class SituationChanged:
    """Paired, released, back in the queue: read it anew before the next click."""


# To the matchmaker.


@dataclass(frozen=True, slots=True)
class Entered:
    """In the queue, and who waits and plays now: all that the card says."""

    joined: Joined
    crowd: Crowd


@dataclass(frozen=True, slots=True)
class Join(Call[Entered | Refused]):
    """Enter the queue; the clicked card shows it from now on."""

    player: PlayerId
    place: Place


@dataclass(frozen=True, slots=True)
class Leave(Call[CardRow | None]):
    """Leave the queue; None when not in it."""

    player: PlayerId


@dataclass(frozen=True, slots=True)
class Snapshot(Call[Crowd]):
    """How many wait and play."""


@dataclass(frozen=True, slots=True)
class Returned:
    """These are back in the queue (already stored)."""

    members: tuple[Member, ...]
    left: tuple[PlayerId, ...] = ()
    """These were taken out of it."""


@dataclass(frozen=True, slots=True)
class MatchOver:
    """One open match less."""

    match: MatchId


# To a match.


@dataclass(frozen=True, slots=True)
class Command(Call[Answer]):
    """A player's click on a card of this match."""

    by: PlayerId
    order: rules.Command


@dataclass(frozen=True, slots=True)
class Redisplay(Call[Answer]):
    """Draw the match-found card again as it stands (the player keeps playing)."""

    by: PlayerId


@dataclass(frozen=True, slots=True)
class LookAgain:
    """Look again for what happened while nobody listened: deliveries, replays, a ruling."""


# To a courier.


@dataclass(frozen=True, slots=True)
class Show:
    """This card must show this now. Older generations are dropped."""

    card: CardRow
    screen: Screen
    refresh: bool = False
    """The same generation with newer figures; worth an edit, not a queue."""
    channel: ChannelId | None = None
    """Where this reader has another card: saves asking Discord for it."""


@dataclass(frozen=True, slots=True)
class Lend:
    """The inbox is about to redraw this card as the answer to a click: hold edits until `Drawn`."""

    card: CardRow


@dataclass(frozen=True, slots=True)
class Drawn:
    """The inbox drew (or failed to draw) the card."""

    card: CardRow
    place: Place | None


@dataclass(frozen=True, slots=True)
class Tell:
    """Say this once; not kept, not repeated after a crash."""

    screen: Screen
    nonce: int
    until: datetime
    """After this it is not said any more."""


# To the ranks.


@dataclass(frozen=True, slots=True)
class Outdated:
    """A settlement changed ratings."""


@dataclass(frozen=True, slots=True)
class Page(Call[Leaderboard]):
    """One page of the ladder."""

    filter: Filter
    number: int


@dataclass(frozen=True, slots=True)
class Letters(Call[tuple[Rank, ...]]):
    """The letters of these (player, race) pairs, in their order."""

    of: tuple[tuple[PlayerId, Race], ...]


@dataclass(frozen=True, slots=True)
class PlacesOf(Call[tuple[Placed, ...]]):
    """All rated races of one player."""

    player: PlayerId
