"""`/leaderboard`: the places of the ladder, with filters."""

import disnake

COMMAND = disnake.SlashCommand(
    name="leaderboard",
    description="See the places of the ladder",
    contexts=disnake.InteractionContextTypes(bot_dm=True),
)
