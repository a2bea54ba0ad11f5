"""One replay of a match as staff see it: who brought it, what it shows, and what speaks against it."""

import disnake

from actors.rules.match import Match
from actors.rules.replay import Finding, Grade
from actors.rules.report import Outcome
from actors.rules.screens import Exhibit
from bot import signs
from bot.embeds import people
from bot.escape import clip, foreign
from bot.text import Texts

MOST_SEEN = 48
"""Characters quoted from the file in one check."""
MOST_FAULTS = 5
MOST_OF_A_FIELD = 700
"""So that eight exhibits fit into one message."""


def add(embed: disnake.Embed, match: Match, exhibits: tuple[Exhibit, ...], most: int, texts: Texts) -> None:
    """A field for each of the newest, oldest first."""
    for exhibit in exhibits[-most:]:
        title = texts.say("exhibit-title", replay=exhibit.replay, name=_uploader(match, exhibit))
        embed.add_field(title, clip(_body(match, exhibit, texts), MOST_OF_A_FIELD), inline=True)


def check(finding: Finding, texts: Texts) -> str:
    """One finding in words, with what was seen where it matters."""
    kind = finding.grade.value if finding.reason is None else finding.reason.value
    line = f"{signs.GRADES[finding.grade]} {texts.say(f'check-{finding.check.value}-{kind}')}"
    if finding.grade is Grade.PASSED or not finding.seen:
        return line
    return f"{line} {texts.say('replay-seen', seen=foreign(finding.seen, MOST_SEEN))}"


def _uploader(match: Match, exhibit: Exhibit) -> str:
    names = {side.player: side.profile.name for side in match.sides}
    return foreign(names.get(exhibit.uploader, "?"))


def _body(match: Match, exhibit: Exhibit, texts: Texts) -> str:
    facts = exhibit.facts
    played = texts.say(
        "exhibit-game",
        map=foreign(facts.map_name, MOST_SEEN),
        length=people.length(facts.length_s),
        game=f"{facts.seed:08X}",
    )
    faults = [check(each, texts) for each in exhibit.findings if each.grade is not Grade.PASSED]
    lines = [_shows(match, exhibit, texts), played, *faults[:MOST_FAULTS]]
    if len(faults) > MOST_FAULTS:
        lines.append(texts.say("replay-more", count=len(faults) - MOST_FAULTS))
    if exhibit.accepted:
        lines.append(texts.say("exhibit-accepted"))
    if not exhibit.kept:
        lines.append(texts.say("exhibit-dropped"))
    return "\n".join(lines)


def _shows(match: Match, exhibit: Exhibit, texts: Texts) -> str:
    match exhibit.shows:
        case None:
            return texts.say("exhibit-shows-nothing")
        case Outcome.DRAW:
            return texts.say("exhibit-shows-draw")
        case outcome:
            winner = match.sides[0 if outcome is Outcome.FIRST else 1]
            return texts.say("exhibit-shows-won", name=foreign(winner.profile.name))
