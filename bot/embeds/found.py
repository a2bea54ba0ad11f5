"""The match-found card of one player. Who the opponent is stays hidden until both confirmed."""

from math import ceil

import disnake

from actors.rules.match import Cause, Deadline, Match
from actors.rules.screens import FoundCard
from bot.embeds import colours, people
from bot.text import Texts


def found(screen: FoundCard, texts: Texts) -> disnake.Embed:
    """Confirm, or not; or why nothing came of it."""
    match = screen.match
    if match.live_at is not None:
        return _card("found-live", match, texts.say("found-live-body"), colours.GREEN, texts)
    if not match.phase.open:
        return _card("void", match, _void(screen, texts), colours.RED, texts)
    if screen.asking:
        return _card("found-asking", match, _price(screen.abort_costs_s, texts), colours.ORANGE, texts)
    return _card("found", match, _waiting(screen, texts), colours.GREEN, texts)


def _card(key: str, match: Match, body: str, colour: disnake.Colour, texts: Texts) -> disnake.Embed:
    return disnake.Embed(title=texts.say(f"{key}-title", match=match.id), description=body, colour=colour)


def _waiting(screen: FoundCard, texts: Texts) -> str:
    match = screen.match
    mine = match.sides[match.side_of(screen.viewer)]
    until, reminder = match.due(Deadline.CONFIRMATION), match.due(Deadline.REMINDER)
    key = "found-confirmed" if mine.confirmed else "found-press"
    # Until both cards arrived there is no deadline.
    call = texts.say(f"{key}-open") if until is None else texts.say(key, until=until)
    lines = [texts.say("found-body", race=people.race(mine.race, texts)), "", call]
    if reminder is not None and not mine.confirmed:
        lines.append(texts.say("found-remind", at=reminder))
    return "\n".join(lines)


def _price(seconds: float, texts: Texts) -> str:
    if seconds <= 0:
        return texts.say("found-asking-free")
    return texts.say("found-asking-cost", minutes=ceil(seconds / 60))


def _void(screen: FoundCard, texts: Texts) -> str:
    """Why, and what it means for this player; of the other, only what happened."""
    match, viewer = screen.match, screen.viewer
    blamed = viewer in match.blamed
    reason = _reason(match, blamed=blamed, texts=texts)
    if not blamed:
        return f"{reason}\n\n{texts.say('void-back')}"
    if match.cause in {Cause.UNREACHABLE, Cause.RULING}:
        return reason  # it says what to do, and nobody pays for it
    until = dict(match.timeouts).get(viewer)
    rest = texts.say("void-no-timeout") if until is None else texts.say("void-timeout", until=until)
    return f"{reason}\n\n{rest}"


def _reason(match: Match, *, blamed: bool, texts: Texts) -> str:
    both = len(match.blamed) == len(match.sides)
    who = "both" if both else "you" if blamed else "they"
    match match.cause:
        case Cause.NO_SHOW:
            return texts.say(f"void-{who}-missed")
        case Cause.UNREACHABLE:
            return texts.say(f"void-{who}-unreachable")
        case Cause.RULING:
            return texts.say("void-you-released" if blamed else "void-staff")
        case _:
            return texts.say("void-you-aborted" if blamed else "void-they-aborted")
