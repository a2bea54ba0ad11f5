"""`/queue`: choose races and vetoes, and look for a match."""

import disnake

COMMAND = disnake.SlashCommand(
    name="queue",
    description="Choose races and maps, and look for a ranked 1v1",
    contexts=disnake.InteractionContextTypes(bot_dm=True),
)
