"""What Discord lists after a slash: one file for each command, and the comparison with what it lists now."""

from collections.abc import Sequence

import disnake
from disnake.app_commands import ApplicationCommand

from bot.commands import actors, admin, flows, leaderboard, profile, queue, replays, setup

COMMANDS: tuple[disnake.SlashCommand, ...] = (
    setup.COMMAND,
    queue.COMMAND,
    leaderboard.COMMAND,
    profile.COMMAND,
    replays.REPLAY,
    replays.STAFF,
    actors.COMMAND,
    flows.COMMAND,
    admin.COMMAND,
)


def same(ours: Sequence[disnake.SlashCommand], theirs: Sequence[ApplicationCommand]) -> bool:
    """Whether Discord has our commands and no others, in whatever order.

    Discord fills in what we leave to it, such as installation contexts; disnake's equality knows that.
    """
    listed = {(command.type, command.name): command for command in theirs}
    wanted = {(command.type, command.name): command for command in ours}
    return listed.keys() == wanted.keys() and all(command == listed[key] for key, command in wanted.items())
