"""Screens to draw: an evening's usual ones, and those of few evenings."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from actors.ports import JoinRefusal
from actors.rules import screens
from actors.rules.allowed import Untaught
from actors.rules.ids import (
    Gateway,
    MapKey,
    MatchId,
    PlayerId,
    Race,
    Rank,
    Region,
    ReplayDigest,
    ReplayId,
    Server,
)
from actors.rules.maps import POOL
from actors.rules.match import Cause, Deadline, Match, Phase, RatingChange, Refusal, Side
from actors.rules.player import Draft, Preferences, Profile
from actors.rules.profile import Field, Problem, Rule
from actors.rules.queue import Crowd, Member
from actors.rules.rank import Filter, Placed, Standing
from actors.rules.replay import Check, Finding, Grade, Reason, ReplayFacts, ReplayPlayer, Result
from actors.rules.report import Claim, Outcome
from actors.rules.staff import StaffRefusal

NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
ALICE, BOB, MOD = PlayerId(1100000000000000077), PlayerId(1100000000000000078), PlayerId(1100000000000000099)


def profile(name: str = "Alice", battletag: str = "Alice#1234", alt_names: tuple[str, ...] = ()) -> Profile:
    return Profile(name=name, battletag=battletag, alt_names=alt_names, country="KR", region=Region.KRJ)


def side(player: PlayerId, race: Race, name: str, **changes: Any) -> Side:
    made = Side(
        member=Member(player=player, region=Region.EUW, joined_at=NOW - timedelta(minutes=3), bw=race),
        race=race,
        rating=1512,
        rank=Rank.B,
        profile=profile(name, f"{name}#1234", ("Smurf", "Alt.Name")),
        discord_name=name.lower(),
    )
    return replace(made, **changes)


PAIRED = Match(
    id=MatchId(7),
    sides=(side(ALICE, Race.BW_ZERG, "Alice"), side(BOB, Race.SC2_PROTOSS, "Bob", rank=Rank.U)),
    map=MapKey("holy_world"),
    server=Server.USW,
    paired_at=NOW,
    deadlines=(
        (Deadline.REMINDER, NOW + timedelta(seconds=20)),
        (Deadline.CONFIRMATION, NOW + timedelta(seconds=60)),
    ),
)
LIVE = replace(PAIRED, phase=Phase.LIVE, live_at=NOW, deadlines=((Deadline.LIVE, NOW + timedelta(hours=3)),))


def claimed(match: Match, first: Claim | None, second: Claim | None) -> Match:
    one, two = match.sides
    return replace(match, sides=(replace(one, claim=first), replace(two, claim=second)))


def confirmed(match: Match) -> Match:
    one, two = match.sides
    return replace(match, sides=(replace(one, confirmed=True), two))


REPORTED = replace(
    claimed(LIVE, Claim.WON, None),
    deadlines=((Deadline.SILENCE, NOW + timedelta(minutes=30)), (Deadline.LIVE, NOW + timedelta(hours=3))),
)
DISPUTED = replace(
    claimed(LIVE, Claim.WON, Claim.WON), phase=Phase.DISPUTED, deadlines=((Deadline.DISPUTE, NOW),)
)
SETTLED = replace(
    claimed(LIVE, Claim.WON, Claim.LOST),
    phase=Phase.SETTLED,
    deadlines=(),
    ended_at=NOW,
    cause=Cause.REPLAY,
    outcome=Outcome.FIRST,
    changes=(
        RatingChange(player=ALICE, race=Race.BW_ZERG, before=1512, change=20),
        RatingChange(player=BOB, race=Race.SC2_PROTOSS, before=1512, change=-20),
    ),
)
RULED = replace(SETTLED, cause=Cause.RULING, ruled_by=MOD)


def void(match: Match, cause: Cause, *blamed: PlayerId, timeout: bool = False) -> Match:
    until = tuple((player, NOW + timedelta(minutes=5)) for player in blamed) if timeout else ()
    return replace(
        match, phase=Phase.VOID, cause=cause, blamed=blamed, timeouts=until, ended_at=NOW, deadlines=()
    )


FACTS = ReplayFacts(
    digest=ReplayDigest("0" * 64),
    size=98_304,
    build=95299,
    gateway=Gateway.AMERICAS,
    map_name="[SC:Evo] Holy World (홀리월드)",
    map_hash="1" * 64,
    handles=("1" * 64,),
    players=(
        ReplayPlayer(name="Alice", race="BW Zerg", result=Result.WON, human=True, toon="1-S2-1-1"),
        ReplayPlayer(name="Bob", race="Protoss", result=Result.LOST, human=True, toon="1-S2-1-2"),
    ),
    ended_at=NOW,
    length_s=754.2,
)
FINDINGS = tuple(Finding(check, Grade.PASSED) for check in Check)
MIXED = tuple(
    Finding(check, grade, "Khione SEL" if grade is not Grade.PASSED else "")
    for check, grade in zip(Check, [*Grade, *Grade, *Grade], strict=False)
)


def placed(index: int, name: str = "Alice", rating: int = 1850) -> Placed:
    race = tuple(Race)[index % 6]
    standing = Standing(
        player=PlayerId(ALICE + index),
        race=race,
        rating=rating - 7 * index,
        games=31,
        wins=17,
        losses=12,
        draws=2,
        last_played_at=NOW - timedelta(days=2),
        name=name,
        country=("KR", "DE", "US", "XX", "ZZ")[index % 5],
    )
    return Placed(standing, index + 1, tuple(Rank)[min(index // 6, 6)])


NAMES = ("Alice", "Bob", "Maximilianus", "Eve", "Zergling", "Serral", "Carrierhasar")
REPLAY = ReplayId(3)
BOARD = screens.Leaderboard(
    rows=tuple(placed(index, NAMES[index % 7]) for index in range(40)),
    page=2,
    pages=3,
    total=97,
    filter=Filter(),
)
PROFILE = screens.ProfileCard(
    player=ALICE,
    discord_name="alice_w",
    profile=profile(alt_names=("Smurf", "Alt.Name")),
    standings=tuple(placed(index) for index in range(3)),
    aborts=1,
    no_shows=0,
)
DRAFT = Draft(
    name="Alice", battletag="Alice#1234", alt_names="Smurf Alt.Name", country="korea", region=Region.KRJ
)
PREFERENCES = Preferences(bw=Race.BW_ZERG, sc2=Race.SC2_TERRAN, vetoes=frozenset({POOL[0].key, POOL[3].key}))

KEYS_WITH_VARIABLES: dict[str, dict[str, screens.Value]] = {
    JoinRefusal.IN_MATCH.value: {"match": 7},
    JoinRefusal.TIMED_OUT.value: {"until": NOW},
    "too-many-vetoes": {"most": 4},
    "upload-duplicate": {"match": 7},
    "upload-too-many": {"most": 8},
    "replay-none": {"match": 7},
    "version-unknown": {"version": 3},
    "version-retired": {"version": 3},
    "version-learned": {"what": "mod + Radeon"},
    "confirm-reminder": {"match": 7, "until": NOW},
}
KEYS = (
    *(refusal.value for refusal in Refusal),
    *(refusal.value for refusal in JoinRefusal),
    "storage-away",
    "busy",
    "stopping",
    "old-card",
    "not-your-card",
    "unknown-press",
    "use-dm",
    *(refusal.value for refusal in StaffRefusal),
    "staff-cancelled",
    "terms-declined",
    "need-terms",
    "need-setup",
    "setup-cancelled",
    "name-taken",
    "too-many-vetoes",
    "not-queued",
    "queue-closed",
    "queue-left",
    "upload-no-match",
    "upload-not-live",
    "upload-too-large",
    "upload-not-a-replay",
    "upload-truncated",
    "upload-other-game",
    "upload-too-slow",
    "upload-unreadable",
    "upload-duplicate",
    "upload-too-many",
    "replay-none",
    "version-unknown",
    "version-retired",
    "version-learned",
    "learn-what",
    "learn-which-map",
    *(reason.value for reason in Untaught),
    "upload-expired",
    "upload-several",
    "confirm-reminder",
    "hello",
    "unexpected",
    "unreachable",
)


REASONS: dict[Check, frozenset[Reason]] = {check: frozenset[Reason]() for check in Check} | {
    Check.PLAYERS: frozenset({Reason.ALONE, Reason.COMPUTER, Reason.CROWD}),
    Check.MAP: frozenset({Reason.MAP_UNKNOWN}),
    Check.MOD: frozenset({Reason.MOD_UNKNOWN, Reason.MOD_MISSING, Reason.MOD_FOREIGN}),
    Check.TIME: frozenset({Reason.EARLY, Reason.LATE}),
    Check.NAMES: frozenset({Reason.ACCOUNT, Reason.CROSSED, Reason.VOUCHED, Reason.DENIED}),
}
"""Which check may say what."""


def dossiers() -> Iterator[screens.Screen]:
    """What staff see of replays."""
    shown = (
        screens.Exhibit(
            replay=REPLAY, uploader=ALICE, facts=FACTS, findings=FINDINGS, shows=Outcome.FIRST, accepted=True
        ),
        screens.Exhibit(
            replay=ReplayId(18),
            uploader=BOB,
            facts=FACTS,
            findings=MIXED,
            shows=None,
            accepted=False,
            kept=False,
        ),
    )
    drawn = tuple(replace(each, shows=Outcome.DRAW) for each in shown)
    contested = replace(SETTLED, cause=Cause.REPLAY, replay=REPLAY, objection=ReplayId(18))
    yield screens.DisputeCard(contested, shown)
    yield screens.DisputeCard(DISPUTED, drawn)
    for match in (LIVE, contested, void(LIVE, Cause.UNREPORTED), RULED):
        yield screens.Dossier(match, shown)
    for outcome in Outcome:
        yield screens.Dossier(
            replace(SETTLED, outcome=outcome, replay=REPLAY, confirmation=ReplayId(18), cause=Cause.REPLAY),
            (),
        )
    yield screens.ResultCard(contested, ALICE)
    yield screens.ResultCard(replace(SETTLED, confirmation=REPLAY), BOB)
    yield screens.ReplayFiles(MatchId(7), (("match-7-replay-17.SC2Replay", b"MPQ"),))
    yield screens.Report("versions", ("   1  eu  mod  14 files  autumn 2025",), 1, 1)


def notices() -> Iterator[screens.Notice]:
    for key in KEYS:
        yield screens.Notice(key, screens.Tone.BAD, KEYS_WITH_VARIABLES.get(key, {}))


def usual() -> Iterator[screens.Screen]:
    """What an ordinary evening shows, every kind of screen at least once."""
    yield screens.Terms()
    yield screens.Terms(accepted=True)
    yield screens.SetupIntro()
    yield screens.SetupForm(Draft())
    yield screens.SetupForm(DRAFT)
    yield screens.SetupInvalid(DRAFT, of_all_rules("Al1ce"))
    yield screens.SetupReview(replace(DRAFT, region=None))
    yield screens.SetupReview(DRAFT)
    yield screens.SetupDone(profile())
    yield screens.QueueSetup(Preferences(), unreachable=True)
    yield screens.QueueSetup(PREFERENCES)
    yield screens.Searching(PREFERENCES, NOW, Crowd(bw_only=2, sc2_only=1, both=3, open_matches=4))
    yield screens.Searching(Preferences(sc2=Race.SC2_ZERG), NOW, Crowd(), returned_from=MatchId(6))
    yield screens.QueueClosed(MatchId(7))
    yield from of_match()
    yield screens.ReplayCard(MatchId(7), REPLAY, FACTS, FINDINGS, screens.Meaning.SETTLED)
    yield screens.ReplayCard(MatchId(7), REPLAY, FACTS, MIXED, screens.Meaning.LIVE)
    yield BOARD
    yield screens.Leaderboard((), 1, 1, 0, Filter(races=frozenset({Race.BW_ZERG}), best_only=True))
    yield PROFILE
    yield replace(PROFILE, standings=(), aborts=0)
    yield screens.Report("actors", ("ladder", "  play", "    matches/7 LIVE alice v bob"), 1, 2)
    yield from notices()


BROKEN = tuple(
    zip(
        (Field.NAME, Field.NAME, Field.BATTLETAG, Field.ALT_NAMES, Field.COUNTRY, Field.REGION),
        (
            Rule.NAME_LENGTH,
            Rule.NAME_LETTERS,
            Rule.BATTLETAG_FORM,
            Rule.NAMES_DIFFER,
            Rule.COUNTRY_UNKNOWN,
            Rule.REGION_MISSING,
        ),
        strict=True,
    )
)


def of_all_rules(value: str) -> tuple[Problem, ...]:
    return tuple(Problem(field, rule, value) for field, rule in BROKEN)


def every_finding() -> Iterator[screens.Screen]:
    for grade in Grade:
        findings = tuple(Finding(check, grade) for check in Check)
        yield screens.ReplayCard(MatchId(7), REPLAY, FACTS, findings, screens.Meaning.LIVE)


def every_reason() -> Iterator[screens.Screen]:
    for reason in Reason:
        findings = tuple(
            Finding(check, Grade.FAILED, "seen", reason) for check in Check if reason in REASONS[check]
        )
        yield screens.ReplayCard(MatchId(7), REPLAY, FACTS, findings, screens.Meaning.LIVE)


def every_meaning_of_a_replay() -> Iterator[screens.Screen]:
    for meaning in screens.Meaning:
        yield screens.ReplayCard(MatchId(7), REPLAY, replace(FACTS, players=()), FINDINGS, meaning)


def seldom() -> Iterator[screens.Screen]:
    """What happens on few evenings, so that no sentence stays unread."""
    yield screens.SetupInvalid(DRAFT, tuple(Problem(field_of(rule), rule, "") for rule in Rule))
    yield from every_finding()
    yield from every_reason()
    yield from every_meaning_of_a_replay()
    yield from dossiers()
    yield screens.Report("actors", (), 1, 1)
    yield screens.DisputeCard(claimed(DISPUTED, Claim.WON, None))
    yield replace(BOARD, rows=tuple(replace(row, place=None, rank=Rank.U) for row in BOARD.rows[:3]))


def field_of(rule: Rule) -> Field:
    prefix = rule.value.split("-")[0]
    return {"names": Field.ALT_NAMES, "alt": Field.ALT_NAMES}.get(prefix) or Field(prefix)


def until_of_timeout() -> int:
    return int((NOW + timedelta(minutes=5)).timestamp())


def of_match() -> Iterator[screens.Screen]:
    """The cards of one match, in every state that a player or the staff can see."""
    yield screens.FoundCard(replace(PAIRED, deadlines=()), ALICE)
    yield screens.FoundCard(PAIRED, ALICE)
    yield screens.FoundCard(confirmed(PAIRED), ALICE)
    yield screens.FoundCard(replace(confirmed(PAIRED), deadlines=()), ALICE)
    yield screens.FoundCard(PAIRED, ALICE, asking=True)
    yield screens.FoundCard(PAIRED, ALICE, asking=True, abort_costs_s=300.0)
    yield screens.FoundCard(LIVE, ALICE)
    for cause in (Cause.ABORTED, Cause.NO_SHOW, Cause.UNREACHABLE):
        for viewer in (ALICE, BOB):
            yield screens.FoundCard(void(PAIRED, cause, ALICE, timeout=cause is Cause.NO_SHOW), viewer)
    yield screens.FoundCard(void(PAIRED, Cause.NO_SHOW, ALICE, BOB, timeout=True), ALICE)
    yield screens.FoundCard(void(PAIRED, Cause.UNREACHABLE, ALICE, BOB), ALICE)
    for viewer in (ALICE, BOB):
        yield screens.FoundCard(void(PAIRED, Cause.RULING, ALICE), viewer)
    for match in (LIVE, REPORTED, DISPUTED, SETTLED, void(LIVE, Cause.UNREPORTED)):
        yield screens.MatchCard(match, ALICE)
        yield screens.MatchCard(match, BOB)
    yield from results()
    yield screens.DisputeCard(DISPUTED)
    for outcome in (*Outcome, None):
        yield screens.DisputeCard(
            replace(RULED, outcome=outcome, phase=Phase.SETTLED if outcome else Phase.VOID)
        )


def one_report() -> Iterator[screens.Screen]:
    one = replace(SETTLED, cause=Cause.ONE_REPORT)
    for first, second in ((Claim.WON, None), (Claim.WON, Claim.LOST), (Claim.WON, Claim.WON)):
        for viewer in (ALICE, BOB):
            yield screens.ResultCard(claimed(one, first, second), viewer)
    yield screens.DisputeCard(claimed(one, Claim.WON, Claim.WON))
    yield screens.DisputeCard(void(claimed(LIVE, Claim.WON, Claim.WON), Cause.UNRULED))


def results() -> Iterator[screens.Screen]:
    for outcome in Outcome:
        for cause in (Cause.REPLAY, Cause.REPORTS, Cause.ONE_REPORT, Cause.RULING):
            for viewer in (ALICE, BOB):
                yield screens.ResultCard(replace(SETTLED, outcome=outcome, cause=cause), viewer)
    yield screens.ResultCard(replace(SETTLED, changes=()), ALICE)
    yield from one_report()
    for cause in Cause:
        yield screens.ResultCard(void(LIVE, cause), ALICE)
