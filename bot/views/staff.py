"""Buttons of the staff: under a preview, and to rule a match."""

from actors.rules.match import Match, Phase
from actors.rules.report import Outcome
from actors.rules.screens import Press, StaffMatch, StaffPreview
from bot.escape import plain
from bot.text import Texts
from bot.views.rows import BLUE, GREEN, GREY, RED, Rows, button, row


def preview(screen: StaffPreview, texts: Texts) -> Rows:
    """Confirm, Cancel."""
    number = int(screen.action.id)
    return (
        row(
            button(texts.say("button-staff-confirm"), Press.STAFF_CONFIRM, number, style=GREEN),
            button(texts.say("button-staff-cancel"), Press.STAFF_CANCEL, number, style=GREY),
        ),
    )


def history(screen: StaffMatch, texts: Texts) -> Rows:
    """The rulings, of a match that was played."""
    return rulings(screen.history.match, texts)


def rulings(match: Match, texts: Texts) -> Rows:
    """One button for each ruling but an uncontested one that stands. What was not played can only be void."""
    played = match.live_at is not None
    stands = None if match.contested else match.outcome
    first, second = (texts.say("button-rule-won", name=plain(side.profile.name)) for side in match.sides)
    draw, void = texts.say("button-rule-draw"), texts.say("button-rule-void")
    rulings = (
        (first, Outcome.FIRST.value, BLUE, not played or stands is Outcome.FIRST),
        (second, Outcome.SECOND.value, BLUE, not played or stands is Outcome.SECOND),
        (draw, Outcome.DRAW.value, GREY, not played or stands is Outcome.DRAW),
        (void, "void", RED, match.phase is Phase.VOID),
    )
    return (
        row(
            *(
                button(label, Press.RULE, match.id, state=state, style=style, disabled=dead)
                for label, state, style, dead in rulings
            )
        ),
    )
