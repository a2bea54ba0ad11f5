"""Buttons and menus of a match: confirm, abort, report, rule."""

from actors.rules.match import Match, Phase, is_silent
from actors.rules.report import Claim
from actors.rules.screens import DisputeCard, FoundCard, MatchCard, Meaning, Press, ReplayCard, ResultCard
from bot import custom_ids
from bot.text import Texts
from bot.views import staff
from bot.views.rows import GREEN, RED, Rows, button, choice, row, select

_CLAIMS = {Claim.WON: "🏆", Claim.LOST: "🥈", Claim.DRAW: "🤝"}


def found(screen: FoundCard, texts: Texts) -> Rows:
    """Confirm and Abort; whether one is sure; Cancel queue for who is back in it."""
    match, viewer = screen.match, screen.viewer
    if match.phase is Phase.PAIRED:
        return _asking(screen, texts) if screen.asking else _paired(screen, texts)
    if match.live_at is None and viewer not in match.blamed:
        leave = button(texts.say("button-queue-leave"), Press.QUEUE_LEAVE, int(viewer), style=RED)
        return (row(leave),)
    return ()


def live(screen: MatchCard, texts: Texts) -> Rows:
    """The report menu, as long as this player has not reported."""
    match = screen.match
    if match.phase is not Phase.LIVE or match.sides[match.side_of(screen.viewer)].claim is not None:
        return ()
    return _report(match, texts)


def result(screen: ResultCard, texts: Texts) -> Rows:
    """The report menu, for whoever did not report before the other's word counted."""
    match = screen.match
    spoken = (match.confirmation, match.objection, match.ruled_by) != (None, None, None)
    return () if spoken or not is_silent(match, screen.viewer) else _report(match, texts)


def _report(match: Match, texts: Texts) -> Rows:
    claims = (
        choice(texts.say(f"claim-{claim.value}"), claim.value, emoji=emoji)
        for claim, emoji in _CLAIMS.items()
    )
    return (select(texts.say("select-report"), custom_ids.write(Press.REPORT, match.id), claims, least=1),)


def dispute(screen: DisputeCard, texts: Texts) -> Rows:
    """One button for each ruling, also after one: a wrong ruling is ruled again."""
    return staff.rulings(screen.match, texts)


def replay(screen: ReplayCard, texts: Texts) -> Rows:
    """Yes and No, for whoever is asked whether this was their game."""
    if screen.meaning is not Meaning.ASKED:
        return ()
    number = str(screen.replay)
    return (
        row(
            button(texts.say("button-replay-yes"), Press.REPLAY_YES, screen.match, state=number, style=GREEN),
            button(texts.say("button-replay-no"), Press.REPLAY_NO, screen.match, state=number, style=RED),
        ),
    )


def _paired(screen: FoundCard, texts: Texts) -> Rows:
    match = screen.match
    abort = button(texts.say("button-abort"), Press.ABORT, match.id, style=RED)
    if match.sides[match.side_of(screen.viewer)].confirmed:
        return (row(abort),)
    confirm = button(texts.say("button-confirm"), Press.CONFIRM, match.id, style=GREEN, emoji="✅")
    return (row(confirm, abort),)


def _asking(screen: FoundCard, texts: Texts) -> Rows:
    match = screen.match
    return (
        row(
            button(texts.say("button-abort-sure"), Press.ABORT_SURE, match.id, style=RED),
            button(texts.say("button-abort-keep"), Press.ABORT_KEEP, match.id, style=GREEN),
        ),
    )
