"""All replays of a match with their verdicts, for staff; and the message that hands out files."""

import disnake

from actors.rules.match import Match, Phase
from actors.rules.report import Outcome
from actors.rules.screens import Dossier, ReplayFiles
from bot.embeds import colours, exhibits
from bot.escape import foreign
from bot.text import Texts

MOST = 8
"""Exhibits in one message."""


def dossier(screen: Dossier, texts: Texts) -> disnake.Embed:
    """How the match stands, and why."""
    match = screen.match
    embed = disnake.Embed(
        title=texts.say("dossier-title", match=match.id),
        description="\n".join((_standing(match, texts), _second(match, texts))).strip(),
        colour=colours.ORANGE if match.contested or match.phase is Phase.DISPUTED else colours.GREY,
    )
    if not screen.exhibits:
        embed.add_field(texts.say("replay-checks"), texts.say("dossier-empty"), inline=False)
    exhibits.add(embed, match, screen.exhibits, MOST, texts)
    return embed


def files(screen: ReplayFiles, texts: Texts) -> disnake.Embed:
    """What is attached."""
    return disnake.Embed(
        title=texts.say("replay-title", match=screen.match),
        description=texts.say("replay-files", count=len(screen.files)),
        colour=colours.GREY,
    )


def _standing(match: Match, texts: Texts) -> str:
    cause = "" if match.cause is None else match.cause.value
    match match.outcome:
        case None:
            return texts.say("dossier-open" if match.phase.open else "dossier-void", phase=match.phase.value)
        case Outcome.DRAW:
            return texts.say("dossier-draw", cause=cause, replay=match.replay or 0)
        case outcome:
            winner = match.sides[0 if outcome is Outcome.FIRST else 1]
            name = foreign(winner.profile.name)
            return texts.say("dossier-won", name=name, cause=cause, replay=match.replay or 0)


def _second(match: Match, texts: Texts) -> str:
    if match.confirmation is not None:
        return texts.say("dossier-confirmed", replay=match.confirmation)
    if match.objection is not None:
        return texts.say("dossier-contested", replay=match.objection)
    return ""
