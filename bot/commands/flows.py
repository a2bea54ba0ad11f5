"""`/flows`: how long everything takes, for staff. Discord hides it; the session checks who asks."""

import disnake

COMMAND = disnake.SlashCommand(
    name="flows",
    description="Staff: how long everything takes, against what is aimed at",
    options=[
        disnake.Option(
            name="page",
            description="Which page, from 1",
            type=disnake.OptionType.integer,
            min_value=1,
            max_value=9999,
        )
    ],
    default_member_permissions=disnake.Permissions(manage_guild=True),
    contexts=disnake.InteractionContextTypes(guild=True, bot_dm=True),
)
