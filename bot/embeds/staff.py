"""What staff see of an order, before and after; and what the player reads whom it is about."""

from collections.abc import Sequence
from datetime import UTC, datetime

import disnake

from actors.rules.countries import flag
from actors.rules.maps import by_key
from actors.rules.match import Match
from actors.rules.region import SERVER_NAMES
from actors.rules.screens import StaffDone, StaffMatch, StaffNotice, StaffPreview
from actors.rules.staff import Action, Change, Deed, Event, What, state_of
from bot.embeds import colours, people
from bot.escape import clip, foreign
from bot.text import Texts

LONGEST_REASON = 300
MOST_CHANGES = 10
MOST_EVENTS = 15
MOST_ACTIONS = 4
REASON = 60
"""Characters of a reason in the history of a match."""
WORDS = {What.MATCH: "state", What.BANNED: "banned", What.DENIED: "denied"}
NUMBERS = {What.OBJECTION: "staff-replay-number", What.PLAYS: "staff-match-number"}


def preview(screen: StaffPreview, texts: Texts) -> disnake.Embed:
    """What would change, and why."""
    key = "staff-preview-again" if screen.again else "staff-preview-body"
    title = texts.say("staff-preview-title", order=_order(screen.action, texts))
    return _card(title, texts.say(key), screen.action, colours.ORANGE, texts)


def done(screen: StaffDone, texts: Texts) -> disnake.Embed:
    """What was changed, and why."""
    title = texts.say("staff-done-title", order=_order(screen.action, texts))
    return _card(title, texts.say("staff-done-body"), screen.action, colours.GREEN, texts)


def notice(screen: StaffNotice, texts: Texts) -> disnake.Embed:
    """To the player: what was done, what it means for him alone, and why."""
    action = screen.action
    mine = [change for change in action.changes if change.player == action.order.player]
    embed = disnake.Embed(
        title=texts.say(f"staff-notice-{_tone(action)}-title"),
        description=texts.say(f"staff-notice-{_tone(action)}"),
        colour=colours.ORANGE if action.order.deed in {Deed.BAN, Deed.PENALTY} else colours.BLUE,
    )
    embed.add_field(texts.say("staff-changes"), _changes(mine, texts, about=False), inline=False)
    embed.add_field(texts.say("staff-reason"), foreign(action.order.reason, LONGEST_REASON), inline=False)
    return embed


def history(screen: StaffMatch, texts: Texts) -> disnake.Embed:
    """One match: who, where, how it stands, what happened, what staff did."""
    match = screen.history.match
    embed = disnake.Embed(
        title=texts.say("staff-match-title", match=match.id),
        description="\n".join(_state(match, texts)),
        colour=colours.TEAL if match.phase.open else colours.GREY,
    )
    for side in match.sides:
        name = texts.say(
            "dispute-side",
            flag=flag(side.profile.country),
            name=foreign(side.profile.name),
            race=people.race(side.race, texts),
        )
        embed.add_field(name, "\n".join(_side(match, side.player, texts)), inline=True)
    events = screen.history.events[-MOST_EVENTS:]
    embed.add_field(
        texts.say("staff-events"), "\n".join(_event(each, texts) for each in events), inline=False
    )
    actions = screen.history.actions[-MOST_ACTIONS:]
    if actions:
        told = "\n".join(_told(each, texts) for each in actions)
        embed.add_field(texts.say("staff-actions"), told, inline=False)
    return embed


def _card(title: str, body: str, action: Action, colour: disnake.Colour, texts: Texts) -> disnake.Embed:
    embed = disnake.Embed(title=title, description=body, colour=colour)
    embed.add_field(texts.say("staff-changes"), _changes(action.changes, texts, about=True), inline=False)
    embed.add_field(texts.say("staff-reason"), foreign(action.order.reason, LONGEST_REASON), inline=False)
    embed.set_footer(text=texts.say("staff-footer", id=action.id))
    return embed


def _order(action: Action, texts: Texts) -> str:
    """The order in a few words; a title links nobody, so a player is named in the lines below."""
    order = action.order
    return texts.say(f"staff-deed-{order.deed.value}", match=order.match or 0)


def _tone(action: Action) -> str:
    forgiven = action.order.deed is Deed.PENALTY and action.order.minutes == 0
    return "forgiven" if forgiven else action.order.deed.value


def _changes(changes: Sequence[Change], texts: Texts, *, about: bool) -> str:
    lines = [_change(change, texts, about=about) for change in changes[:MOST_CHANGES]]
    return "\n".join(lines) or texts.say("staff-nothing")


def _change(change: Change, texts: Texts, *, about: bool) -> str:
    what = texts.say(
        f"staff-what-{change.what.value}", race="" if change.race is None else people.race(change.race, texts)
    )
    line = texts.say(
        "staff-change",
        what=what,
        before=_value(change.what, change.before, texts),
        after=_value(change.what, change.after, texts),
    )
    if change.player is None or not about:
        return line
    return texts.say("staff-change-of", player=people.mention(change.player), line=line)


def _value(what: What, value: int | str | None, texts: Texts) -> str:
    if value is None:
        return texts.say("staff-none")
    if what in WORDS:
        word, _, who = str(value).partition(":")
        return texts.say(f"staff-{WORDS[what]}-{word}", player=f"<@{who}>")
    if what in {What.QUEUE, What.TIMEOUT}:
        return texts.say("staff-moment", at=datetime.fromtimestamp(int(value), UTC))
    return texts.say(NUMBERS.get(what, "staff-number"), number=int(value))


def _state(match: Match, texts: Texts) -> list[str]:
    lines = [
        texts.say("staff-match-state", state=_value(What.MATCH, state_of(match), texts)),
        texts.say("dispute-map-body", map=by_key(match.map).short_name, server=SERVER_NAMES[match.server]),
    ]
    if match.cause is not None:
        lines.append(texts.say("staff-match-cause", cause=match.cause.value))
    if match.ruled_by is not None:
        lines.append(texts.say("staff-match-ruled", moderator=people.mention(match.ruled_by)))
    lines += [texts.say("staff-match-due", kind=kind.value, at=due_at) for kind, due_at in match.deadlines]
    return lines


def _side(match: Match, player: int, texts: Texts) -> list[str]:
    side = next(each for each in match.sides if each.player == player)
    lines = [people.mention(side.player), people.rating(side, texts)]
    if side.claim is not None:
        lines.append(texts.say("staff-match-claim", claim=texts.say(f"claim-{side.claim.value}")))
    lines += [
        texts.say("staff-match-change", before=change.before, after=change.after)
        for change in match.changes
        if change.player == player
    ]
    return lines


def _event(event: Event, texts: Texts) -> str:
    return texts.say("staff-event", at=event.at, name=event.name, phase=event.phase.value)


def _told(action: Action, texts: Texts) -> str:
    return texts.say(
        "staff-action",
        moderator=people.mention(action.by),
        order=_order(action, texts),
        at=action.done_at or action.previewed_at,
        reason=foreign(clip(action.order.reason, REASON), REASON),
    )
