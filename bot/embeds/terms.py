"""The terms of service, before and after they were accepted."""

import disnake

from actors.rules.screens import Terms
from bot.embeds import colours
from bot.text import Texts


def terms(screen: Terms, texts: Texts) -> disnake.Embed:
    """What a player agrees to; once accepted, what comes next."""
    key = "terms-accepted" if screen.accepted else "terms"
    return disnake.Embed(
        title=texts.say(f"{key}-title"),
        description=texts.say(f"{key}-body"),
        colour=colours.GREEN if screen.accepted else colours.BLUE,
    )
