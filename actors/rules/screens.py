"""Everything that a player can be shown, as values. `bot.embeds` and `bot.views` draw them.

A screen is a pure function of state, so it can be made again at any time: after a
restart, by the courier, for either of the two players. It holds no Discord object,
no sentence and no colour.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TypeAlias

from actors.rules.aims import Aim
from actors.rules.ids import MatchId, PlayerId, ReplayId
from actors.rules.match import Match
from actors.rules.player import Draft, Preferences, Profile
from actors.rules.profile import Problem
from actors.rules.queue import Crowd
from actors.rules.rank import Filter, Placed
from actors.rules.replay import Finding, ReplayFacts
from actors.rules.report import Outcome
from actors.rules.staff import Action, History

Value: TypeAlias = str | int | datetime
"""What a sentence may contain. Text of players is escaped when it is drawn."""


class Tone(Enum):
    """How a notice looks."""

    GOOD = "good"
    PLAIN = "plain"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence with a title, by its key in the catalogue (`notice-<key>` and `notice-<key>-title`)."""

    key: str
    tone: Tone = Tone.BAD
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of service with Accept and Decline."""

    accepted: bool = False


@dataclass(frozen=True, slots=True)
class SetupIntro:
    """What set-up asks for, with a button that opens the form."""


@dataclass(frozen=True, slots=True)
class SetupForm:
    """The form (a modal), filled in with what is known."""

    draft: Draft


@dataclass(frozen=True, slots=True)
class SetupInvalid:
    """Which entries break which rule; Try again opens the form with the entries kept."""

    draft: Draft
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class SetupReview:
    """All entries, a select for the region, Confirm (needs a region), Edit, Cancel."""

    draft: Draft


@dataclass(frozen=True, slots=True)
class SetupDone:
    """The stored profile and where to go next."""

    profile: Profile


@dataclass(frozen=True, slots=True)
class QueueSetup:
    """Races, vetoes, Join, Clear, Close. Every change is saved at once."""

    preferences: Preferences
    unreachable: bool = False
    """The last match was called off because messages to this player are refused."""


@dataclass(frozen=True, slots=True)
class Searching:
    """Waiting: since when, with what, in what crowd; Cancel."""

    preferences: Preferences
    since: datetime
    crowd: Crowd
    returned_from: MatchId | None = None
    """The match that fell through and from which the player returned to the queue."""


@dataclass(frozen=True, slots=True)
class QueueClosed:
    """The queue card after a match was found: no buttons, points to the match."""

    match: MatchId


@dataclass(frozen=True, slots=True)
class FoundCard:
    """The match-found card of one player: hides the opponent until both confirmed."""

    match: Match
    viewer: PlayerId
    asking: bool = False
    """The first click on Abort: the second counts."""
    abort_costs_s: float = 0.0
    """What an abort would cost this player now, in seconds of time-out."""


@dataclass(frozen=True, slots=True)
class MatchCard:
    """The live match: players, races, map, server, chat channel, settings, lobby guide, report menu."""

    match: Match
    viewer: PlayerId


@dataclass(frozen=True, slots=True)
class ResultCard:
    """The end of a live match: result with rating changes, or why it is void."""

    match: Match
    viewer: PlayerId


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One replay of a match, as staff see it."""

    replay: ReplayId
    uploader: PlayerId
    facts: ReplayFacts
    findings: tuple[Finding, ...]
    shows: Outcome | None
    """Who won by it, in the order of the match; None when it does not say."""
    accepted: bool
    word: bool | None = None
    kept: bool = True
    """The file can be had."""


@dataclass(frozen=True, slots=True)
class DisputeCard:
    """The staff's post about a dispute: claims, replays, buttons to rule; afterwards the ruling."""

    match: Match
    exhibits: tuple[Exhibit, ...] = ()


@dataclass(frozen=True, slots=True)
class Dossier:
    """All replays of a match with their verdicts, for staff."""

    match: Match
    exhibits: tuple[Exhibit, ...]


class Meaning(Enum):
    """What an upload means for its match, as its reader sees it."""

    PAIRED = "paired"
    LIVE = "live"
    """It does not decide the match."""
    DISPUTED = "disputed"
    SETTLED = "settled"
    VOID = "void"
    ASKED = "asked"
    """The reader must say whether this was their game."""
    WAITING = "waiting"
    """The other player is asked."""
    CONFIRMED = "confirmed"
    CONTESTED = "contested"


@dataclass(frozen=True, slots=True)
class ReplayCard:
    """What an upload showed: facts, the findings in words, and what happens now."""

    match: MatchId
    replay: ReplayId
    facts: ReplayFacts
    findings: tuple[Finding, ...]
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class ReplayFiles:
    """The replay files of a match, to take away."""

    match: MatchId
    files: tuple[tuple[str, bytes], ...]
    """Name and content."""


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """One page of the ladder."""

    rows: tuple[Placed, ...]
    page: int
    """From 1."""
    pages: int
    total: int
    filter: Filter


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileCard:
    """A player's own page."""

    player: PlayerId
    discord_name: str
    profile: Profile
    standings: tuple[Placed, ...]
    """One for each race with a game."""
    aborts: int = 0
    no_shows: int = 0
    """In the rolling window."""
    timed_out_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Lines of text for staff (the state of the actors), paged, in a code block."""

    title: str
    lines: tuple[str, ...]
    page: int
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long one kind of flow took, in milliseconds, and what is aimed at."""

    name: str
    count: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    own_p99_ms: float
    """Without the time in which Discord had it."""
    aim: Aim
    ends: tuple[tuple[str, int], ...] = ()
    """How often it ended otherwise than well, the most frequent first."""
    steps: tuple[tuple[str, float], ...] = ()
    """Share of the time of the longest steps, 0 to 1, the longest first."""


@dataclass(frozen=True, slots=True)
class Timings:
    """How long everything takes, for staff, paged."""

    timings: tuple[Timing, ...]
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class StaffPreview:
    """What an order would change, with Confirm and Cancel."""

    action: Action
    match: Match | None = None
    again: bool = False
    """Something changed since the preview before."""


@dataclass(frozen=True, slots=True)
class StaffDone:
    """What an order changed."""

    action: Action
    match: Match | None = None


@dataclass(frozen=True, slots=True)
class StaffNotice:
    """To the player whom an order is about: what was done, and why."""

    action: Action


@dataclass(frozen=True, slots=True)
class StaffMatch:
    """One match with its history, and the buttons to rule it."""

    history: History


Screen: TypeAlias = (
    Notice
    | Terms
    | SetupIntro
    | SetupForm
    | SetupInvalid
    | SetupReview
    | SetupDone
    | QueueSetup
    | Searching
    | QueueClosed
    | FoundCard
    | MatchCard
    | ResultCard
    | DisputeCard
    | Dossier
    | ReplayCard
    | ReplayFiles
    | Leaderboard
    | ProfileCard
    | Report
    | Timings
    | StaffPreview
    | StaffDone
    | StaffNotice
    | StaffMatch
)


class Press(Enum):
    """Every button, select and form of the bot: the `kind` of a custom id."""

    TERMS_ACCEPT = "terms-accept"
    TERMS_DECLINE = "terms-decline"
    SETUP_BEGIN = "setup-begin"
    SETUP_FORM = "setup-form"
    SETUP_REGION = "setup-region"
    SETUP_CONFIRM = "setup-confirm"
    SETUP_CANCEL = "setup-cancel"
    QUEUE_BW = "queue-bw"
    QUEUE_SC2 = "queue-sc2"
    QUEUE_VETO = "queue-veto"
    QUEUE_JOIN = "queue-join"
    QUEUE_CLEAR = "queue-clear"
    QUEUE_CLOSE = "queue-close"
    QUEUE_LEAVE = "queue-leave"
    CONFIRM = "confirm"
    ABORT = "abort"
    ABORT_SURE = "abort-sure"
    ABORT_KEEP = "abort-keep"
    REPORT = "report"
    RULE = "rule"
    REPLAY_YES = "replay-yes"
    REPLAY_NO = "replay-no"
    BOARD_PAGE = "board-page"
    BOARD_RACES = "board-races"
    BOARD_BEST = "board-best"
    ACTORS_PAGE = "actors-page"
    FLOWS_PAGE = "flows-page"
    STAFF_CONFIRM = "staff-confirm"
    STAFF_CANCEL = "staff-cancel"


@dataclass(frozen=True, slots=True)
class Picked:
    """A press as the actors understand it.

    `subject` is the player or match or page that the custom id names, `state` the rest of it
    (filters of a leaderboard), `values` the options of a select, `fields` the entries of a form.
    """

    press: Press
    subject: int
    state: str = ""
    values: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
