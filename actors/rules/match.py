"""The life of a match, from pairing to settled result.

    PAIRED --both confirm--> LIVE --replay, or both report the same--> SETTLED
       |                       |--reports differ--> DISPUTED --ruling--> SETTLED or VOID
       |                       |                       |--nothing for 3 h--> VOID
       |--abort, no-show,      |--one report, 30 min silence----------> SETTLED
       |  unreachable--> VOID  |--nothing for 3 h--------------------> VOID

A settled match holds nobody. For a day another replay may confirm it, or contest it until a ruling; where
one report settled it, the other player's word may too.
What was played may be ruled at any time, and ruled again: a match that is over is then counted anew.

Every transition is a row of `decide`. Nothing here waits, writes or sends: the
effects it returns say what the match actor must do, `Save` first.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from actors.rules.ids import PlayerId, ReplayId
from actors.rules.match_terms import (
    Abort,
    AskWhetherSure,
    Card,
    Cause,
    Command,
    Confirm,
    Deadline,
    Delivered,
    Due,
    Effect,
    LetGo,
    Match,
    Phase,
    RatingChange,
    Refusal,
    Refuse,
    Remind,
    ReplayVerified,
    Report,
    Rule,
    Save,
    Side,
    Step,
    Unreachable,
)
from actors.rules.penalty import Offence
from actors.rules.report import Agreed, Claim, Differ, Open, Outcome, outcome_of, settle
from actors.rules.settings import Settings

__all__ = [
    "Abort",
    "AskWhetherSure",
    "Card",
    "Cause",
    "Command",
    "Confirm",
    "Deadline",
    "Delivered",
    "Due",
    "Effect",
    "LetGo",
    "Match",
    "Phase",
    "RatingChange",
    "Refusal",
    "Refuse",
    "Remind",
    "ReplayVerified",
    "Report",
    "Rule",
    "Save",
    "Side",
    "Step",
    "Unreachable",
    "begin",
    "decide",
    "is_silent",
    "may_be_contested",
    "offences",
]


def begin(match: Match, now: datetime, settings: Settings) -> Match:
    """A fresh pairing with its first deadline: both cards must arrive."""
    return replace(match, deadlines=((Deadline.DELIVERY, now + timedelta(seconds=settings.delivery_s)),))


def decide(  # noqa: C901, PLR0911  # the table of all commands, a row each
    match: Match, command: Command, now: datetime, settings: Settings
) -> Step:
    """Say what a command does to a match.

    Args:
        match: the match as it stands.
        command: what happened. Players are checked here, not by the caller.
        now: aware UTC.
        settings: the season's numbers.

    Returns:
        The next match and the effects, `Save` first. A command that changes nothing
        returns the same match.
    """
    match command:
        case (
            Delivered(player)
            | Unreachable(player)
            | Confirm(player)
            | Abort(player)
            | Report(player)
            | LetGo(_, player)
        ) if player not in match.players:
            return Step(match, (Refuse(player, Refusal.NOT_YOUR_MATCH),))
        case Delivered(player):
            return _delivered(match, player, now, settings)
        case Unreachable(player):
            return _unreachable(match, player, now)
        case Confirm(player):
            return _confirm(match, player, now, settings)
        case Abort(player, sure):
            return _abort(match, player, sure, now)
        case Report(player, claim):
            return _report(match, player, claim, now, settings)
        case ReplayVerified(replay_id, outcome):
            return _verified(match, replay_id, outcome, now, settings)
        case Rule() | LetGo():
            return _by_staff(match, command, now)
        case Due(kind):
            return _due(match, kind, now, settings)
        case _:
            assert_never(command)


def offences(match: Match) -> tuple[tuple[PlayerId, Offence], ...]:
    """What a void match holds against whom. Nobody is blamed for an undelivered message."""
    match match.cause:
        case Cause.ABORTED:
            return tuple((player, Offence.ABORT) for player in match.blamed)
        case Cause.NO_SHOW:
            return tuple((player, Offence.NO_SHOW) for player in match.blamed)
        case _:
            return ()


def _with(match: Match, player: PlayerId, **changes: object) -> Match:
    index = match.side_of(player)
    sides = list(match.sides)
    sides[index] = replace(sides[index], **changes)  # type: ignore[arg-type]  # field names are ours, below
    return replace(match, sides=(sides[0], sides[1]))


def _delivered(match: Match, player: PlayerId, now: datetime, settings: Settings) -> Step:
    if match.phase is not Phase.PAIRED or match.sides[match.side_of(player)].delivered:
        return Step(match)
    after = _opened(_with(match, player, delivered=True), now, settings)
    if after.due(Deadline.CONFIRMATION) is None:
        return Step(after, (Save(after, "delivered"),))
    return Step(after, (Save(after, "both_delivered", (Card.FOUND,)),))


def _opened(match: Match, now: datetime, settings: Settings) -> Match:
    """The confirmation window opens once both cards arrived."""
    if match.due(Deadline.CONFIRMATION) or not all(side.delivered for side in match.sides):
        return match
    window = settings.confirmation_s
    reminder = now + timedelta(seconds=window * settings.reminder_fractions[0])
    end = now + timedelta(seconds=window)
    return replace(match, deadlines=((Deadline.REMINDER, reminder), (Deadline.CONFIRMATION, end)))


def _unreachable(match: Match, player: PlayerId, now: datetime) -> Step:
    if match.phase is not Phase.PAIRED:
        return Step(match)
    return _void(match, Cause.UNREACHABLE, (player,), now)


def _confirm(match: Match, player: PlayerId, now: datetime, settings: Settings) -> Step:
    if match.phase is not Phase.PAIRED:
        return Step(match, (Refuse(player, Refusal.TOO_LATE_TO_CONFIRM),))
    if match.sides[match.side_of(player)].confirmed:
        return Step(match, (Refuse(player, Refusal.ALREADY_CONFIRMED),))
    # Who presses the button has the card, whatever the delivery's answer was.
    after = _opened(_with(match, player, confirmed=True, delivered=True), now, settings)
    if not all(side.confirmed for side in after.sides):
        return Step(after, (Save(after, "confirmed", (Card.FOUND,)),))
    after = replace(
        after,
        phase=Phase.LIVE,
        live_at=now,
        deadlines=((Deadline.LIVE, now + timedelta(seconds=settings.live_s)),),
    )
    return Step(after, (Save(after, "live", (Card.FOUND, Card.MATCH)),))


def _abort(match: Match, player: PlayerId, sure: bool, now: datetime) -> Step:
    if match.phase is not Phase.PAIRED:
        return Step(match, (Refuse(player, Refusal.TOO_LATE_TO_ABORT),))
    if not sure:
        return Step(match, (AskWhetherSure(player),))
    return _void(match, Cause.ABORTED, (player,), now)


def _report(match: Match, player: PlayerId, claim: Claim, now: datetime, settings: Settings) -> Step:
    match match.phase:
        case Phase.PAIRED:
            return Step(match, (Refuse(player, Refusal.NOT_LIVE_YET),))
        case Phase.DISPUTED:
            return Step(match, (Refuse(player, Refusal.IN_DISPUTE),))
        case Phase.SETTLED if is_silent(match, player) and may_be_contested(match, now, settings):
            return _answered(_with(match, player, claim=claim))
        case Phase.SETTLED | Phase.VOID:
            return Step(match, (Refuse(player, Refusal.ALREADY_OVER),))
        case Phase.LIVE:
            pass
        case _:
            assert_never(match.phase)
    if match.sides[match.side_of(player)].claim is not None:
        return Step(match, (Refuse(player, Refusal.ALREADY_REPORTED),))
    return _claimed(_with(match, player, claim=claim), now, settings)


def _claimed(match: Match, now: datetime, settings: Settings) -> Step:
    agreement = settle(match.sides[0].claim, match.sides[1].claim)
    match agreement:
        case Agreed(outcome):
            return _settle(match, Cause.REPORTS, outcome, now)
        case Differ():
            patience = (Deadline.DISPUTE, now + timedelta(seconds=settings.dispute_s))
            after = replace(match, phase=Phase.DISPUTED, deadlines=(patience,))
            return Step(after, (Save(after, "disputed", (Card.MATCH, Card.DISPUTE)),))
        case Open():
            silence = (Deadline.SILENCE, now + timedelta(seconds=settings.silence_s))
            after = replace(match, deadlines=_soonest(*match.deadlines, silence))
            return Step(after, (Save(after, "reported", (Card.MATCH,)),))
        case _:
            assert_never(agreement)


def _answered(match: Match) -> Step:
    """The other report of a match that one report settled: it moves nothing, staff rule if it differs."""
    return _contested(match) if match.differ else _confirmed(match)


def _verified(match: Match, replay_id: ReplayId, outcome: Outcome, now: datetime, settings: Settings) -> Step:
    if match.phase is Phase.LIVE:
        return _settle(replace(match, replay=replay_id), Cause.REPLAY, outcome, now)
    if match.phase is Phase.DISPUTED or (match.contested and match.differ):
        return Step(match, (Save(match, "exhibited", (Card.DISPUTE,)),))
    if not may_be_contested(match, now, settings) or replay_id == match.replay:
        return Step(match)
    if outcome is match.outcome:
        return _confirmed(replace(match, confirmation=replay_id))
    return _contested(replace(match, objection=replay_id))


def _contested(match: Match) -> Step:
    return Step(match, (Save(match, "contested", (Card.RESULT, Card.DISPUTE)),))


def _confirmed(match: Match) -> Step:
    return Step(match, (Save(match, "confirmed", (Card.RESULT,)),))


def may_be_contested(match: Match, now: datetime, settings: Settings) -> bool:
    """Whether another replay or the word that is missing can still say something about a settled match."""
    return (
        match.phase is Phase.SETTLED
        and match.cause in {Cause.REPLAY, Cause.ONE_REPORT}
        and match.confirmation is None
        and match.objection is None
        and any(side.claim is None for side in match.sides)
        and match.ended_at is not None
        and now < match.ended_at + timedelta(seconds=settings.objection_s)
    )


def is_silent(match: Match, player: PlayerId) -> bool:
    """Whether the other's report settled the match, and this player's is still missing."""
    settled = match.phase is Phase.SETTLED and match.cause is Cause.ONE_REPORT
    return settled and match.sides[match.side_of(player)].claim is None


def _by_staff(match: Match, command: Rule | LetGo, now: datetime) -> Step:
    if isinstance(command, Rule):
        return _rule(match, command.moderator, command.outcome, now)
    if not match.phase.open:
        return Step(match, (Refuse(command.moderator, Refusal.ALREADY_OVER),))
    return _void(replace(match, ruled_by=command.moderator), Cause.RULING, (command.player,), now)


def _rule(match: Match, moderator: PlayerId, outcome: Outcome | None, now: datetime) -> Step:
    ruled = replace(match, ruled_by=moderator)
    if outcome is not None and match.live_at is None:
        return Step(match, (Refuse(moderator, Refusal.NOT_PLAYED),))
    if not match.phase.open:
        return _overrule(match, ruled, outcome)
    if outcome is None:
        return _void(ruled, Cause.RULING, (), now)
    return _settle(ruled, Cause.RULING, outcome, now)


def _overrule(match: Match, ruled: Match, outcome: Outcome | None) -> Step:
    """A match that is over is counted anew, or upheld if it was contested. It ended when it ended."""
    cards = (Card.RESULT, Card.DISPUTE) if _quarrelled(match) else (Card.RESULT,)
    if outcome is match.outcome:
        assert ruled.ruled_by is not None
        effect = (
            Save(ruled, "upheld", cards) if match.contested else Refuse(ruled.ruled_by, Refusal.SAME_RULING)
        )
        return Step(ruled if match.contested else match, (effect,))
    phase = Phase.VOID if outcome is None else Phase.SETTLED
    after = replace(ruled, phase=phase, cause=Cause.RULING, outcome=outcome, blamed=())
    return Step(after, (Save(after, "overruled", cards),))


def _quarrelled(match: Match) -> bool:
    """Whether there is a post of the staff about it."""
    return match.differ or match.objection is not None


def _due(match: Match, kind: Deadline, now: datetime, settings: Settings) -> Step:
    due_at = match.due(kind)
    if due_at is None or due_at > now:
        return Step(match)  # an old timer, or one that was moved
    match kind:
        case Deadline.DELIVERY:
            late = tuple(side.player for side in match.sides if not side.delivered)
            return _void(match, Cause.UNREACHABLE, late, now)
        case Deadline.REMINDER:
            return _remind(match, now, settings)
        case Deadline.CONFIRMATION:
            absent = tuple(side.player for side in match.sides if not side.confirmed)
            return _void(match, Cause.NO_SHOW, absent, now)
        case Deadline.SILENCE:
            return _silent(match, now)
        case Deadline.LIVE:
            return _void(match, Cause.UNREPORTED, (), now)
        case Deadline.DISPUTE:
            return _void(match, Cause.UNRULED, (), now)
        case _:
            assert_never(kind)


def _remind(match: Match, now: datetime, settings: Settings) -> Step:
    end = match.due(Deadline.CONFIRMATION)
    assert end is not None
    start = end - timedelta(seconds=settings.confirmation_s)
    moments = (start + timedelta(seconds=settings.confirmation_s * f) for f in settings.reminder_fractions)
    following = next((moment for moment in moments if moment > now), None)
    rest = tuple(entry for entry in match.deadlines if entry[0] is not Deadline.REMINDER)
    after = replace(
        match, deadlines=_soonest(*rest, *([(Deadline.REMINDER, following)] if following else []))
    )
    absent = tuple(side.player for side in match.sides if not side.confirmed)
    return Step(after, (Save(after, "reminded"), Remind(absent)))


def _silent(match: Match, now: datetime) -> Step:
    index = 0 if match.sides[0].claim is not None else 1
    claim = match.sides[index].claim
    assert claim is not None
    return _settle(match, Cause.ONE_REPORT, outcome_of(claim, index), now)


def _settle(match: Match, cause: Cause, outcome: Outcome, now: datetime) -> Step:
    cards = [Card.MATCH, Card.RESULT]
    if match.phase is Phase.DISPUTED:
        cards.append(Card.DISPUTE)
    after = replace(match, phase=Phase.SETTLED, cause=cause, outcome=outcome, ended_at=now, deadlines=())
    return Step(after, (Save(after, "settled", tuple(cards)),))


def _void(match: Match, cause: Cause, blamed: tuple[PlayerId, ...], now: datetime) -> Step:
    cards = {
        Phase.PAIRED: (Card.FOUND,),
        Phase.LIVE: (Card.MATCH, Card.RESULT),
        Phase.DISPUTED: (Card.MATCH, Card.RESULT, Card.DISPUTE),
    }[match.phase]
    innocent = tuple(player for player in match.players if player not in blamed)
    back = innocent if match.phase is Phase.PAIRED else ()
    after = replace(match, phase=Phase.VOID, cause=cause, blamed=blamed, ended_at=now, deadlines=())
    return Step(after, (Save(after, "voided", cards, back),))


def _soonest(*deadlines: tuple[Deadline, datetime]) -> tuple[tuple[Deadline, datetime], ...]:
    latest = dict(deadlines)
    return tuple(sorted(latest.items(), key=lambda entry: (entry[1], entry[0].value)))
