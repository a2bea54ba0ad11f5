"""A notice: one title, one body, by key."""

import disnake

from actors.rules.screens import Notice, Tone
from bot.embeds import colours
from bot.escape import foreign
from bot.text import Texts

_COLOURS = {Tone.GOOD: colours.GREEN, Tone.PLAIN: colours.BLUE, Tone.BAD: colours.RED}


def notice(screen: Notice, texts: Texts) -> disnake.Embed:
    """What happened, and what to do next."""
    values = {
        name: foreign(value) if isinstance(value, str) else value for name, value in screen.values.items()
    }
    return disnake.Embed(
        title=texts.fill(f"notice-{screen.key}-title", values),
        description=texts.fill(f"notice-{screen.key}", values),
        colour=_COLOURS[screen.tone],
    )
