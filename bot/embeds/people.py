"""How a player is written on cards: flag, names, race, rating, rank. Names are escaped here."""

from actors.rules.countries import NAMES, flag
from actors.rules.ids import PlayerId, Race, Rank
from actors.rules.match import Side
from bot import signs
from bot.escape import code, foreign
from bot.text import Texts

MOST_ALT_NAMES = 12
"""Alternative names shown; set-up allows up to 25 short ones."""


def race(which: Race, texts: Texts) -> str:
    """Emoji and name of a race."""
    return f"{signs.RACES[which]} {texts.say(f'race-{which.value}')}"


def rank(letter: Rank, texts: Texts) -> str:
    """The letter, or that there is none."""
    return texts.say("rank-none") if letter is Rank.U else texts.say("rank-of", rank=letter.value)


def mention(player: PlayerId) -> str:
    """A link to the player's Discord profile. Embeds never ping."""
    return f"<@{player}>"


def country(which: str, texts: Texts) -> str:
    """Flag and name of a country code."""
    return texts.say("country-of", flag=flag(which), name=NAMES[which])


def names(listed: tuple[str, ...], texts: Texts) -> str:
    """Alternative names, each easy to copy."""
    shown = [code(name) for name in listed[:MOST_ALT_NAMES]]
    if len(listed) > MOST_ALT_NAMES:
        shown.append("…")
    return " ".join(shown) or texts.say("none")


def rating(side: Side, texts: Texts) -> str:
    """Rating and rank when the match was found."""
    return texts.say("match-rating", rating=side.rating, rank=rank(side.rank, texts))


def introduction(side: Side, texts: Texts) -> str:
    """All that one must know to find a player: a few lines."""
    known = side.profile
    lines = [
        texts.say("match-person", flag=flag(known.country), name=foreign(known.name)),
        rating(side, texts),
        texts.say("match-discord", mention=mention(side.player), name=foreign(side.discord_name)),
        texts.say("match-battletag", tag=code(known.battletag)),
    ]
    if known.alt_names:
        lines.append(texts.say("match-alt-names", names=names(known.alt_names, texts)))
    return "\n".join(lines)


def length(seconds: float) -> str:
    """Minutes and seconds; hours when there are any.

    >>> length(754.2), length(3725)
    ('12:34', '1:02:05')
    """
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
