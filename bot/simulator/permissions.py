"""Who may do what where, by Discord's rule: everyone, roles, then the channel's overwrites."""

from collections.abc import Iterable
from enum import IntFlag

from bot.simulator.model import Channel, ChannelKind, Role, User


class Permission(IntFlag):
    """The permission bits that this simulator looks at."""

    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    MANAGE_ROLES = 1 << 28
    USE_APPLICATION_COMMANDS = 1 << 31


ALL = (1 << 53) - 1
"""What an administrator may do."""

ORDINARY = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.ADD_REACTIONS
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.USE_APPLICATION_COMMANDS
)
"""What everyone may do in an open channel."""


def allowed(user: User, channel: Channel, everyone: Role, roles: Iterable[Role]) -> int:
    """The permission bits of a user in a channel.

    Args:
        user: the member.
        channel: where.
        everyone: the guild's role that all members have.
        roles: the other roles of this user.

    Source:
        Discord's documentation, "Permissions", computation of base permissions and overwrites.
    """
    if channel.kind is ChannelKind.DM:
        return int(ORDINARY)
    held = tuple(roles)
    bits = everyone.permissions
    for role in held:
        bits |= role.permissions
    if bits & Permission.ADMINISTRATOR:
        return ALL
    for group in ((everyone.id,), tuple(role.id for role in held), (user.id,)):
        pairs = [channel.overwrites[key] for key in group if key in channel.overwrites]
        for _, denied in pairs:
            bits &= ~denied
        for granted, _ in pairs:
            bits |= granted
    return int(bits)
