"""`/profile`: your own ratings, record and settings."""

import disnake

COMMAND = disnake.SlashCommand(
    name="profile",
    description="See your ratings, your record and your settings",
    contexts=disnake.InteractionContextTypes(bot_dm=True),
)
