"""Lines of text for staff, in a code block."""

import disnake

from actors.rules.screens import Report
from bot.embeds import colours
from bot.escape import clip, foreign, plain, unticked
from bot.text import Texts

WIDEST = 120
"""Characters of a line."""
LONGEST = 4000
"""Characters of all lines; an embed takes 4096 with the fences around them."""


def report(screen: Report, texts: Texts) -> disnake.Embed:
    """One page."""
    lines = "\n".join(_line(line) for line in screen.lines)
    body = f"```\n{clip(lines, LONGEST)}\n```" if screen.lines else texts.say("report-empty")
    embed = disnake.Embed(title=foreign(screen.title, 100), description=body, colour=colours.GREY)
    embed.set_footer(text=texts.say("report-footer", page=screen.page, pages=screen.pages))
    return embed


def _line(line: str) -> str:
    """The line without what could end the code block; its indentation shows the tree."""
    indent = len(line) - len(line.lstrip(" "))
    return " " * min(indent, 20) + unticked(plain(line, WIDEST))
