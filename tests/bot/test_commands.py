"""What Discord is told about our commands, and when it need not be told."""

import disnake
import pytest
from disnake.app_commands import APISlashCommand

from bot.commands import COMMANDS, same


def listed(command: disnake.SlashCommand, **changed: object) -> APISlashCommand:
    """The command as Discord gives it back: with an id, a version and what it filled in."""
    given = {"id": "1", "application_id": "2", "version": "3", "dm_permission": True}
    return APISlashCommand.from_dict({**given, **command.to_dict(), **changed})  # type: ignore[typeddict-item]


def test_what_discord_lists_already_needs_no_telling() -> None:
    assert same(COMMANDS, [listed(command) for command in reversed(COMMANDS)])


@pytest.mark.parametrize("changed", [{"description": "older words"}, {"name": "old"}, {"contexts": [0]}])
def test_any_difference_is_seen(changed: dict[str, object]) -> None:
    theirs = [listed(command) for command in COMMANDS]
    theirs[1] = listed(COMMANDS[1], **changed)
    assert not same(COMMANDS, theirs)


def test_a_missing_and_a_foreign_command_are_seen() -> None:
    theirs = [listed(command) for command in COMMANDS]
    assert not same(COMMANDS, theirs[1:])
    assert not same(COMMANDS[1:], theirs)
    assert not same(COMMANDS, [])


def test_players_commands_are_for_direct_messages_and_staffs_is_hidden_from_players() -> None:
    for command in COMMANDS:
        assert command.contexts is not None
        assert command.contexts.bot_dm
        assert command.contexts.guild == (command.default_member_permissions is not None)
