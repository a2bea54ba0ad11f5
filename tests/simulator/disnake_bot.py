"""A small bot on the real disnake, pointed at the simulator. A script: BASE_URL, the token on stdin."""

import asyncio
import io
import sys
from typing import Any, TypeAlias

import disnake
from disnake.ext import commands
from disnake.http import Route
from disnake.interactions import ApplicationCommandInteraction
from disnake.ui.select.string import StringSelect

Command: TypeAlias = ApplicationCommandInteraction[Any]

CARD = [
    disnake.ui.Button(label="More", custom_id="more"),
    disnake.ui.Button(label="Form", custom_id="form"),
    disnake.ui.Button(label="Flood", custom_id="flood"),
]
MENU = StringSelect(custom_id="race", placeholder="Race", options=["Zerg", "Terran", "Protoss"])


def build() -> commands.InteractionBot:
    bot = commands.InteractionBot(
        intents=disnake.Intents(guilds=True, dm_messages=True, guild_messages=True),
        command_sync_flags=commands.CommandSyncFlags(allow_command_deletion=False),
    )

    @bot.slash_command(description="A card with buttons")
    async def card(inter: Command, title: str = "Card") -> None:
        await inter.response.send_message(embed=disnake.Embed(title=title), components=[CARD, [MENU]])

    @bot.slash_command(description="An answer that takes its time")
    async def slow(inter: Command, what: str = commands.Param(choices=["one", "two"])) -> None:
        await inter.response.defer(ephemeral=True)
        await inter.edit_original_response(f"slow {what}")
        await inter.followup.send("and one more thing", ephemeral=True)

    @bot.slash_command(description="Suggestions")
    async def pick(inter: Command, race: str) -> None:
        await inter.response.send_message(f"picked {race}")

    @pick.autocomplete("race")
    def races(inter: Command, text: str) -> list[str]:
        return [race for race in ("Zerg", "Terran", "Protoss") if text.lower() in race.lower()]

    @bot.slash_command(description="A late answer")
    async def late(inter: Command) -> None:
        await asyncio.sleep(4)
        await inter.response.send_message("too late")

    bot.add_listener(pressed, "on_button_click")
    bot.add_listener(chosen, "on_dropdown")
    bot.add_listener(submitted, "on_modal_submit")
    bot.add_listener(heard, "on_message")
    return bot


async def pressed(inter: Any) -> None:
    if inter.component.custom_id == "more":
        await inter.response.edit_message(content="more", components=None)
    elif inter.component.custom_id == "flood":
        await inter.response.defer()
        for number in range(7):
            await inter.channel.send(f"flood {number}")
    else:
        field = disnake.ui.TextInput(label="Name", custom_id="name", max_length=10)
        await inter.response.send_modal(title="Who are you?", custom_id="who", components=[field])


async def chosen(inter: Any) -> None:
    await inter.response.send_message(f"chose {inter.values[0]}", ephemeral=True)


async def submitted(inter: Any) -> None:
    await inter.response.edit_message(f"hello {inter.text_values['name']}")


async def heard(message: Any) -> None:
    if message.author.bot:
        return
    if message.attachments:
        content = await message.attachments[0].read()
        back = disnake.File(io.BytesIO(content), message.attachments[0].filename)
        await message.channel.send(f"{len(content)} bytes", file=back)
        return
    sent = await message.channel.send(f"heard {message.content}")
    await sent.edit(content=f"heard: {message.content}")


async def main() -> None:
    Route.BASE = f"{sys.argv[1]}/api/v10"
    bot = build()
    token = sys.stdin.readline().strip()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(bot.start(token))
        await asyncio.to_thread(sys.stdin.read)  # the parent closes it to end the bot
        await bot.close()
        running.cancel()


if __name__ == "__main__":
    asyncio.run(main())
