"""The commands that a bot has registered, and what a person can enter into them."""

from collections.abc import Mapping
from typing import Any

from bot.simulator.cdn import store
from bot.simulator.model import Channel, ChannelKind, Json, User
from bot.simulator.payloads import channel_json, member_json, role_json, user_json
from bot.simulator.refusals import SetupError
from bot.simulator.world import World

SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(
    1, 12
)

_TYPES: dict[int, tuple[type, ...]] = {
    STRING: (str,),
    INTEGER: (int,),
    BOOLEAN: (bool,),
    NUMBER: (int, float),
}


def usable(world: World, user: User, channel: Channel) -> dict[str, Json]:
    """The slash commands on a person's list in this channel, by name."""
    in_dm = channel.kind is ChannelKind.DM
    scopes = [world.commands[0]] if in_dm else [world.commands[0], world.commands.get(world.guild_id, {})]
    granted = world.permissions(user, channel)
    found: dict[str, Json] = {}
    for scope in scopes:
        for command in scope.values():
            if command["type"] == 1 and _offered(command, in_dm=in_dm, granted=granted):
                found[command["name"]] = command
    return found


def _offered(command: Json, *, in_dm: bool, granted: int) -> bool:
    contexts = command.get("contexts")
    if in_dm:
        return 1 in contexts if contexts is not None else command.get("dm_permission") is not False
    needed = command.get("default_member_permissions")
    permitted = needed is None or (int(needed) > 0 and granted & int(needed) == int(needed)) or granted & 8
    return bool(permitted) and (contexts is None or 0 in contexts)


def fill(
    world: World,
    user: User,
    channel: Channel,
    line: str,
    given: Mapping[str, Any],
    *,
    focused: str | None = None,
) -> Json:
    """The `data` object of a command as a client would send it.

    Args:
        world: where the commands are registered.
        user: who enters it.
        channel: where.
        line: the name; subcommands after spaces ("admin ban").
        given: option values by name. Users, channels and roles by id, name or object; files as (name, bytes).
        focused: the option being typed, for an autocomplete; then required options may be missing.

    Raises:
        SetupError: no client would let a person enter this.
    """
    name, *path = line.removeprefix("/").split()
    commands = usable(world, user, channel)
    if name not in commands:
        raise SetupError(
            f"/{name} is not offered to {user.name} here; there are: {', '.join(commands) or 'none'}"
        )
    command = commands[name]
    resolved: Json = {}
    leaf = command
    for step in path:
        leaf = _child(leaf, step, line)
    options = _options(world, leaf, given, resolved, focused)
    for kind, step in reversed(list(_kinds(command, path))):
        options = [{"type": kind, "name": step, "options": options}]
    data: Json = {"id": command["id"], "name": name, "type": 1, "options": options}
    if command.get("guild_id"):
        data["guild_id"] = command["guild_id"]
    return data | ({"resolved": resolved} if resolved else {})


def _child(parent: Json, name: str, line: str) -> Json:
    for option in parent.get("options") or []:
        if option["name"] == name and option["type"] in (SUBCOMMAND, GROUP):
            return dict(option)
    raise SetupError(f"/{line} has no part {name!r}")


def _kinds(command: Json, path: list[str]) -> list[tuple[int, str]]:
    kinds, here = [], command
    for step in path:
        here = _child(here, step, command["name"])
        kinds.append((here["type"], step))
    return kinds


def _options(
    world: World, leaf: Json, given: Mapping[str, Any], resolved: Json, focused: str | None
) -> list[Json]:
    known = {option["name"]: option for option in leaf.get("options") or []}
    if any(option["type"] in (SUBCOMMAND, GROUP) for option in known.values()):
        raise SetupError(f"{leaf['name']} needs one of {', '.join(known)}")
    if stray := set(given) - set(known):
        raise SetupError(f"{leaf['name']} has no option {', '.join(sorted(stray))}")
    missing = [name for name, option in known.items() if option.get("required") and name not in given]
    if missing and focused is None:
        raise SetupError(f"{leaf['name']} needs {', '.join(missing)}")
    return [_option(world, known[name], value, resolved, focused) for name, value in given.items()]


def _option(world: World, option: Json, value: Any, resolved: Json, focused: str | None) -> Json:
    entry: Json = {"type": option["type"], "name": option["name"]}
    if option["name"] == focused:
        if not option.get("autocomplete"):
            raise SetupError(f"{focused} suggests nothing")
        return entry | {"value": str(value), "focused": True}
    if option["type"] in _TYPES:
        return entry | {"value": _plain(option, value)}
    return entry | {"value": resolve(world, option["type"], value, resolved)}


def _plain(option: Json, value: Any) -> Any:
    name, kind = option["name"], option["type"]
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != BOOLEAN):
        raise SetupError(f"{name} takes another type than {value!r}")
    if choices := option.get("choices"):
        return _choice(name, choices, value)
    size: Any = len(value) if isinstance(value, str) else value
    low, high = ("min_length", "max_length") if kind == STRING else ("min_value", "max_value")
    if not option.get(low, size) <= size <= option.get(high, size):
        raise SetupError(f"{name}: {value!r} is outside of what the client takes")
    return value


def _choice(name: str, choices: list[Json], value: Any) -> Any:
    for choice in choices:
        if value in (choice["value"], choice["name"]):
            return choice["value"]
    raise SetupError(f"{name}: {value!r} is none of {', '.join(str(c['name']) for c in choices)}")


def resolve(world: World, kind: int, value: Any, resolved: Json) -> str:
    """The id of a user, channel, role or file, with its object put into `resolved`, as Discord sends both.

    Args:
        world: where they live.
        kind: the option type: USER, CHANNEL, ROLE, MENTIONABLE or ATTACHMENT.
        value: an id, a name of a user, or an object with an `id`; of a file name and content.
        resolved: the table to fill.

    Raises:
        SetupError: there is nothing of this kind by that name.
    """
    if kind == ATTACHMENT:
        attachment = store(world, world.public_channel, *value)
        resolved.setdefault("attachments", {})[attachment["id"]] = attachment
        return str(attachment["id"])
    number = _number(world, value)
    if kind in (USER, MENTIONABLE) and (user := world.users.get(number)):
        resolved.setdefault("users", {})[str(number)] = user_json(user)
        if user.in_guild:
            member = member_json(user) | {"permissions": str(world.permissions(user, world.public_channel))}
            member.pop("user")
            resolved.setdefault("members", {})[str(number)] = member
    elif kind in (ROLE, MENTIONABLE) and (role := world.roles.get(number)):
        resolved.setdefault("roles", {})[str(number)] = role_json(role)
    elif kind == CHANNEL and (channel := world.channels.get(number)):
        resolved.setdefault("channels", {})[str(number)] = channel_json(world, channel) | {"permissions": "0"}
    else:
        raise SetupError(f"nothing of option type {kind} called {value!r}")
    return str(number)


def _number(world: World, value: Any) -> int:
    if hasattr(value, "id"):
        return int(value.id)
    if isinstance(value, int) or value.isdigit():
        return int(value)
    return next((user.id for user in world.users.values() if user.name == value), 0)
