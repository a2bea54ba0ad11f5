"""The world as JSON, with every field that a client library relies on."""

import re
from typing import Any

from bot.simulator.clock import iso
from bot.simulator.model import Channel, ChannelKind, Interaction, InteractionKind, Json, Message, Role, User
from bot.simulator.snowflakes import EPOCH_MS
from bot.simulator.world import GUILD_NAME, World

JOINED_AT = "2024-01-01T00:00:00+00:00"
_MENTION = re.compile(r"<@!?(\d+)>")


def user_json(user: User) -> Json:
    """A user object."""
    return {
        "id": str(user.id),
        "username": user.name,
        "global_name": None if user.bot else user.display_name,
        "discriminator": "0000" if user.bot else "0",
        "avatar": None,
        "banner": None,
        "accent_color": None,
        "avatar_decoration_data": None,
        "collectibles": None,
        "primary_guild": None,
        "public_flags": 0,
        "flags": 0,
        "bot": user.bot,
    }


def own_user_json(user: User) -> Json:
    """The user object of the account that asks."""
    return user_json(user) | {
        "mfa_enabled": True,
        "locale": user.locale,
        "verified": True,
        "email": None,
        "premium_type": 0,
    }


def role_json(role: Role) -> Json:
    """A role object."""
    return {
        "id": str(role.id),
        "name": role.name,
        "permissions": str(role.permissions),
        "position": role.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": role.managed,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def bare_member_json(user: User) -> Json:
    """A member object without its user."""
    return {
        "roles": [str(role_id) for role_id in sorted(user.role_ids)],
        "nick": None,
        "avatar": None,
        "banner": None,
        "joined_at": JOINED_AT,
        "premium_since": None,
        "communication_disabled_until": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
    }


def member_json(user: User) -> Json:
    """A member object."""
    return bare_member_json(user) | {"user": user_json(user)}


def channel_json(world: World, channel: Channel) -> Json:
    """A channel object."""
    last = next(reversed(channel.messages), None)
    common: Json = {
        "id": str(channel.id),
        "type": int(channel.kind),
        "flags": 0,
        "last_message_id": str(last) if last else None,
        "last_pin_timestamp": None,
    }
    if channel.recipient is not None:
        return common | {"recipients": [user_json(channel.recipient)]}
    return common | {
        "guild_id": str(world.guild_id),
        "name": channel.name,
        "position": channel.position,
        "permission_overwrites": [
            {"id": str(key), "type": int(key not in world.roles), "allow": str(allow), "deny": str(deny)}
            for key, (allow, deny) in channel.overwrites.items()
        ],
        "topic": None,
        "nsfw": False,
        "rate_limit_per_user": 0,
        "parent_id": None,
    }


def guild_json(world: World) -> Json:
    """A guild object, as GET /guilds/{id} answers."""
    return {
        "id": str(world.guild_id),
        "name": GUILD_NAME,
        "owner_id": str(world.staff.id),
        "roles": [role_json(role) for role in world.roles.values()],
        "region": "deprecated",
        "preferred_locale": "en-US",
        "features": [],
        "emojis": [],
        "stickers": [],
        "afk_timeout": 300,
        "system_channel_flags": 0,
        "verification_level": 0,
        "default_message_notifications": 1,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw": False,
        "nsfw_level": 0,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "premium_progress_bar_enabled": False,
        "max_members": 500_000,
        "max_video_channel_users": 25,
        "max_stage_video_channel_users": 50,
        "widget_enabled": False,
    } | dict.fromkeys(_NOTHING_OF_A_GUILD)


_NOTHING_OF_A_GUILD = (
    "icon",
    "description",
    "home_header",
    "splash",
    "discovery_splash",
    "banner",
    "application_id",
    "afk_channel_id",
    "system_channel_id",
    "widget_channel_id",
    "max_presences",
    "vanity_url_code",
    "rules_channel_id",
    "safety_alerts_channel_id",
    "public_updates_channel_id",
    "incidents_data",
)


def guild_create_json(world: World) -> Json:
    """The GUILD_CREATE event: the guild, its channels and, as for a large guild, only the bot itself."""
    members = [user for user in world.users.values() if user.in_guild]
    return guild_json(world) | {
        "joined_at": JOINED_AT,
        "large": len(members) > 250,
        "unavailable": False,
        "member_count": len(members),
        "members": [member_json(world.bot)],
        "channels": [channel_json(world, c) for c in world.channels.values() if c.kind is ChannelKind.TEXT],
        "voice_states": [],
        "threads": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def application_json(world: World) -> Json:
    """The application object, as its owner sees it."""
    return {
        "id": str(world.application_id),
        "name": world.bot.display_name,
        "description": "",
        "summary": "",
        "icon": None,
        "type": None,
        "verify_key": "0" * 64,
        "flags": 0,
        "flags_new": "0",
        "bot_public": False,
        "bot_require_code_grant": False,
        "bot": user_json(world.bot),
        "owner": user_json(world.staff),
        "team": None,
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "approximate_guild_count": 1,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "eligible_oauth2_scopes": [],
        "integration_types_config": {"0": {}},
    }


def message_json(world: World, message: Message) -> Json:
    """A message object, as REST answers it."""
    payload: Json = {
        "id": str(message.id),
        "channel_id": str(message.channel.id),
        "type": message.type,
        "author": user_json(message.author),
        "content": message.content,
        "timestamp": iso(message.created_at),
        "edited_timestamp": iso(message.edited_at) if message.edited_at else None,
        "tts": False,
        "mention_everyone": False,
        "mentions": _mentions(world, message),
        "mention_roles": [],
        "attachments": message.attachments,
        "embeds": message.embeds,
        "components": message.components,
        "pinned": False,
        "flags": message.flags,
    }
    if message.nonce is not None:
        payload["nonce"] = message.nonce
    if message.reference is not None:
        payload["message_reference"] = message.reference
    return payload | _origin(world, message)


def _mentions(world: World, message: Message) -> list[Json]:
    named = dict.fromkeys(int(found) for found in _MENTION.findall(message.content))
    return [user_json(world.users[user_id]) for user_id in named if user_id in world.users]


def _origin(world: World, message: Message) -> Json:
    interaction = message.interaction
    if interaction is None:
        return {}
    origin = {
        "application_id": str(world.application_id),
        "webhook_id": str(world.application_id),
        "interaction_metadata": metadata_json(world, interaction),
    }
    if interaction.kind is InteractionKind.COMMAND:
        origin["interaction"] = {
            "id": str(interaction.id),
            "type": int(interaction.kind),
            "name": interaction.name,
            "user": user_json(interaction.user),
        }
    return origin


def metadata_json(world: World, interaction: Interaction) -> Json:
    """Which interaction a message answers."""
    metadata: Json = {
        "id": str(interaction.id),
        "type": int(interaction.kind),
        "user": user_json(interaction.user),
        "authorizing_integration_owners": owners_json(world, interaction.channel),
    }
    if interaction.kind is InteractionKind.COMPONENT and interaction.source is not None:
        metadata["interacted_message_id"] = str(interaction.source.id)
    if interaction.kind is InteractionKind.MODAL and interaction.parent is not None:
        metadata["triggering_interaction_metadata"] = metadata_json(world, interaction.parent)
    return metadata


def owners_json(world: World, channel: Channel) -> Json:
    """Where the application is installed, seen from a channel: in the guild; "0" stands for the bot's DM."""
    return {"0": str(world.guild_id) if channel.kind is ChannelKind.TEXT else "0"}


def event_message_json(world: World, message: Message) -> Json:
    """A message object, as MESSAGE_CREATE and MESSAGE_UPDATE carry it."""
    payload = message_json(world, message)
    if message.channel.kind is ChannelKind.TEXT:
        payload["guild_id"] = str(world.guild_id)
        if message.author.in_guild and message.interaction is None:
            payload["member"] = bare_member_json(message.author)
    return payload


def view_json(message: Message) -> Json:
    """A message as a person sees it, for scripts in other processes."""
    return {
        "id": str(message.id),
        "channel_id": str(message.channel.id),
        "author": message.author.name,
        "text": message.text,
        "content": message.content,
        "embeds": message.embeds,
        "attachments": message.attachments,
        "components": message.components,
        "buttons": [
            {
                "label": b.label,
                "custom_id": b.custom_id,
                "disabled": b.disabled,
                "style": b.style,
                "url": b.url,
            }
            for b in message.buttons
        ],
        "selects": [
            {
                "custom_id": s.custom_id,
                "placeholder": s.placeholder,
                "options": [list(option) for option in s.options],
                "chosen": list(s.chosen),
                "disabled": s.disabled,
            }
            for s in message.selects
        ],
        "ephemeral_to": message.ephemeral_to.name if message.ephemeral_to else None,
        "loading": message.loading,
        "edited": message.edited_at is not None,
        "created_at": message.created_at,
        "revision": message.revision,
    }


def sent_at(snowflake: int) -> float:
    """The moment in an id, seconds since 1970."""
    return ((snowflake >> 22) + EPOCH_MS) / 1000


def is_snowflake(value: Any) -> bool:
    """Whether a JSON value is an id: digits as text, or an integer."""
    return (isinstance(value, str) and value.isdigit()) or (
        isinstance(value, int) and not isinstance(value, bool)
    )
