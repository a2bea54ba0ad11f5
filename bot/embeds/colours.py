"""The colours of the cards: Discord's own, by what they mean (domain.md, 12)."""

from disnake import Colour

BLUE = Colour(0x3498DB)
"""A form or a choice: the player's turn."""
GREEN = Colour(0x2ECC71)
"""Something good happened."""
RED = Colour(0xE74C3C)
"""Refused, or called off."""
TEAL = Colour(0x1ABC9C)
"""A live match."""
GOLD = Colour(0xF1C40F)
"""A result; the ladder."""
ORANGE = Colour(0xE67E22)
"""Somebody has to look at this."""
GREY = Colour(0x979C9F)
"""Over, or just so."""
