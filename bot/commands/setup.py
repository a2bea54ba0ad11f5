"""`/setup`: tell the ladder who you are, or change it."""

import disnake

COMMAND = disnake.SlashCommand(
    name="setup",
    description="Tell the ladder who you are, or change it",
    contexts=disnake.InteractionContextTypes(bot_dm=True),
)
