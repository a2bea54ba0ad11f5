"""Routes about the bot itself, its gateway, its guild and its commands."""

from bot.simulator.command_limits import check_commands
from bot.simulator.form import Form
from bot.simulator.model import ChannelKind, Json
from bot.simulator.payloads import (
    application_json,
    channel_json,
    guild_json,
    member_json,
    own_user_json,
    role_json,
    user_json,
)
from bot.simulator.refusals import Refused, unknown
from bot.simulator.routing import Call, Route
from bot.simulator.snowflakes import stable
from bot.simulator.world import World

CREATES_A_DAY = 200
"""Commands that may be created in a scope and day (30034)."""


def gateway_json(world: World) -> Json:
    """Where the gateway is."""
    return {"url": world.base_url.replace("http://", "ws://") + "/gateway"}


def _gateway(call: Call) -> Json:
    return gateway_json(call.world)


def _gateway_bot(call: Call) -> Json:
    limit = {
        "total": 1000,
        "remaining": max(0, 1000 - call.world.counters.identifies),
        "reset_after": 86_400_000,
        "max_concurrency": 1,
    }
    return gateway_json(call.world) | {"shards": 1, "session_start_limit": limit}


def _me(call: Call) -> Json:
    return own_user_json(call.world.bot)


def _application(call: Call) -> Json:
    return application_json(call.world)


def _user(call: Call) -> Json:
    user = call.world.users.get(call.number("user"))
    if user is None:
        raise unknown("User")
    return user_json(user)


def _guild(call: Call) -> Json:
    _check_guild(call)
    return guild_json(call.world)


def _guild_channels(call: Call) -> list[Json]:
    _check_guild(call)
    channels = call.world.channels.values()
    return [channel_json(call.world, channel) for channel in channels if channel.kind is ChannelKind.TEXT]


def _roles(call: Call) -> list[Json]:
    _check_guild(call)
    return [role_json(role) for role in call.world.roles.values()]


def _members(call: Call) -> list[Json]:
    _check_guild(call)
    most, after = int(call.query.get("limit", 1)), int(call.query.get("after", 0))
    users = sorted((u for u in call.world.users.values() if u.in_guild and u.id > after), key=lambda u: u.id)
    return [member_json(user) for user in users[:most]]


def _member(call: Call) -> Json:
    _check_guild(call)
    user = call.world.users.get(call.number("user"))
    if user is None or not user.in_guild:
        raise unknown("Member" if user else "User")
    return member_json(user)


def _check_guild(call: Call) -> int:
    guild_id = call.number("guild")
    if guild_id != call.world.guild_id:
        raise unknown("Guild")
    return guild_id


def _scope(call: Call) -> int:
    """0 for global commands, else the guild's id."""
    if call.number("application") != call.world.application_id:
        raise Refused(403, 20012, "You are not authorized to perform this action on this application")
    return _check_guild(call) if "guild" in call.params else 0


def _commands(call: Call) -> list[Json]:
    stored = call.world.commands.get(_scope(call), {}).values()
    if call.query.get("with_localizations", "false").lower() in ("true", "1"):
        return [dict(command) for command in stored]
    return [{k: v for k, v in command.items() if not k.endswith("_localizations")} for command in stored]


def _overwrite(call: Call) -> list[Json]:
    """Replace all commands of a scope; the same name keeps its id, a changed one gets a new version."""
    scope, world = _scope(call), call.world
    if not isinstance(call.body, list):
        raise Refused(
            400,
            50035,
            "Invalid Form Body",
            {"_errors": [{"code": "LIST_TYPE_CONVERT", "message": "No list"}]},
        )
    form = Form()
    check_commands(form, call.body)
    form.refuse_if_bad()
    before = world.commands.get(scope, {})
    entries = [_stored(world, scope, command, before) for command in call.body]
    _count_creates(world, scope, sum(int(entry["id"]) not in before for entry in entries))
    world.commands[scope] = {int(entry["id"]): entry for entry in entries}
    world.wake(world.bot.id)
    return entries


def _stored(world: World, scope: int, command: Json, before: dict[int, Json]) -> Json:
    kind = command.get("type") or 1
    command_id = stable("command", scope, kind, command["name"])
    entry: Json = {
        "name_localizations": None,
        "description": "",
        "description_localizations": None,
        "default_member_permissions": None,
        "nsfw": False,
        **({} if scope else {"dm_permission": True, "contexts": None, "integration_types": [0]}),
        **command,
        "type": kind,
        "id": str(command_id),
        "application_id": str(world.application_id),
        "version": "0",
    }
    if entry["default_member_permissions"] is not None:
        entry["default_member_permissions"] = str(entry["default_member_permissions"])
    if scope:
        entry["guild_id"] = str(scope)
    old = before.get(command_id, {})
    unchanged = {**old, "version": "0"} == entry
    return entry | {"version": old["version"] if unchanged else str(world.next_id())}


def _count_creates(world: World, scope: int, created: int) -> None:
    today = int(world.clock.now() // 86_400)
    used = world.command_creates.get((scope, today), 0) + created
    if used > CREATES_A_DAY:
        raise Refused(400, 30034, "Max number of daily application command creates has been reached (200)")
    world.command_creates = {(scope, today): used} | {
        k: v for k, v in world.command_creates.items() if k[0] != scope
    }


ROUTES = (
    Route("GET", "/gateway", _gateway, with_token=False),
    Route("GET", "/gateway/bot", _gateway_bot),
    Route("GET", "/users/@me", _me),
    Route("GET", "/users/{user}", _user),
    Route("GET", "/oauth2/applications/@me", _application),
    Route("GET", "/applications/@me", _application),
    Route("GET", "/guilds/{guild}", _guild),
    Route("GET", "/guilds/{guild}/channels", _guild_channels),
    Route("GET", "/guilds/{guild}/roles", _roles),
    Route("GET", "/guilds/{guild}/members", _members),
    Route("GET", "/guilds/{guild}/members/{user}", _member),
    Route("GET", "/applications/{application}/commands", _commands),
    Route("PUT", "/applications/{application}/commands", _overwrite),
    Route("GET", "/applications/{application}/guilds/{guild}/commands", _commands),
    Route("PUT", "/applications/{application}/guilds/{guild}/commands", _overwrite),
)
"""All of them."""
