"""The remote control under /sim: state, actions of people, faults, and waiting for what a person sees."""

import base64
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.simulator.faults import Faults
from bot.simulator.model import Channel, ChannelKind, Json, Message, Modal, Shown
from bot.simulator.payloads import view_json
from bot.simulator.person import SETTLE_S, Person, wait_until
from bot.simulator.ratelimit import RateLimits
from bot.simulator.refusals import NotSeen, SetupError
from bot.simulator.socket import Gateway
from bot.simulator.traffic import Traffic
from bot.simulator.world import World, summary

DROPPED_S = 10.0
"""How long the end of a connection may take to be noticed."""
KEPT_MODALS = 1_000
"""Open forms remembered, one a person."""

_Answer = Callable[[Json], Awaitable[Any]]


class Control:
    """Answers the journeys of another process. Errors of the script are 400, what was not seen is 408."""

    def __init__(
        self, world: World, gateway: Gateway, limits: RateLimits, faults: Faults, traffic: Traffic
    ) -> None:
        self._world = world
        self._gateway = gateway
        self._limits = limits
        self._faults = faults
        self._traffic = traffic
        self._modals: dict[int, Modal] = {}
        self._actions: dict[str, Callable[[Person, Json], Awaitable[Any]]] = {
            "slash": self._slash,
            "press": self._press,
            "select": self._select,
            "submit": self._submit,
            "autocomplete": self._autocomplete,
            "send_dm": self._say,
            "close_dms": self._close_dms,
            "open_dms": self._open_dms,
            "dismiss": self._dismiss,
        }

    def routes(self) -> list[web.RouteDef]:
        """All routes below /sim."""
        posts: dict[str, _Answer] = {
            "act": self._act,
            "faults": self._fault,
            "people": self._add_person,
            "world": self._change,
        }
        gets: dict[str, _Answer] = {
            "state": self._state,
            "wait": self._wait,
            "messages": self._messages,
            "bot": self._bot,
            "transcript": self._transcript,
            "evening": self._evening,
        }
        return [
            *[web.post(f"/sim/{name}", _door(answer)) for name, answer in posts.items()],
            *[web.get(f"/sim/{name}", _door(answer)) for name, answer in gets.items()],
        ]

    async def _state(self, _wish: Json) -> Json:
        world = self._world
        return {
            "base_url": world.base_url,
            "revision": world.revision,
            "now": world.clock.now(),
            "sessions": [
                {"id": s.id, "connected": s.connection is not None, "seq": s.seq}
                for s in self._gateway.sessions.values()
            ],
            "users": [
                {"id": str(u.id), "name": u.name, "bot": u.bot, "dms_open": u.dms_open}
                for u in world.users.values()
            ],
            "commands": {
                str(scope): [c["name"] for c in stored.values()] for scope, stored in world.commands.items()
            },
            "channels": [_channel_view(channel) for channel in world.channels.values()],
            "counters": summary(world) | {"identifies": world.counters.identifies},
        }

    async def _evening(self, _wish: Json) -> Json:
        """How the scripted people fare, and the counters: small enough to ask for each second."""
        return {
            "evening": self._world.evening(),
            "counters": summary(self._world),
            "faults": dict(self._faults.struck),
        }

    async def _transcript(self, wish: Json) -> list[Json]:
        return list(self._traffic.recent)[-int(wish.get("last", 200)) :]

    async def _add_person(self, wish: Json) -> Json:
        user = self._world.add_person(wish["name"])
        return {"id": str(user.id), "name": user.name}

    async def _change(self, wish: Json) -> Json:
        """Change a person, a limit or the time."""
        if "advance_s" in wish:
            self._world.clock.advance(float(wish["advance_s"]))
        if "bucket" in wish:
            self._limits.buckets[wish["bucket"]] = (int(wish["requests"]), float(wish["seconds"]))
        if "global" in wish:
            self._limits.global_limit = (int(wish["global"]), 1.0)
        if "person" in wish:
            user = self._world.user(wish["person"])
            user.in_guild = bool(wish.get("in_guild", user.in_guild))
            user.locale = str(wish.get("locale", user.locale))
        if "channel" in wish:
            self._permit(wish)
        if "deadline_s" in wish:
            self._world.deadline_s = float(wish["deadline_s"])
        return {}

    def _permit(self, wish: Json) -> None:
        """Set what the bot may and may not do in a channel of the guild, as permission bits."""
        channel = self._where({"where": wish["channel"]})
        if channel is not None:
            bits = (int(wish.get("allow", 0)), int(wish.get("deny", 0)))
            channel.overwrites[self._world.bot_role.id] = bits

    async def _fault(self, wish: Json) -> Json:
        """A fault of a route, or of the gateway: drop, reconnect, invalidate, deaf, refuse, clear."""
        kind = wish.get("kind")
        if kind == "drop":
            self._gateway.drop(int(wish.get("code", 0)))
            await self._away(DROPPED_S)  # seen here: the bot may be back before anybody can ask
        elif kind == "reconnect":
            self._gateway.ask_reconnect()
        elif kind == "invalidate":
            self._gateway.invalidate(resumable=bool(wish.get("resumable")))
        elif kind == "deaf":
            self._gateway.acks = not wish.get("on", True)
        elif kind == "refuse":
            self._gateway.refusing = bool(wish.get("on", True))
        elif kind == "clear":
            self._faults.clear()
            self._gateway.acks, self._gateway.refusing = True, False
        else:
            self._faults.add(wish)
        return {}

    async def _wait(self, wish: Json) -> Json:
        """Until a person sees a message with this text and these buttons; or, with `gone`, sees none."""
        person = Person(self._world, wish["person"])
        where, within_s = self._where(wish), float(wish.get("within_s", 5.0))

        def matches(message: Message) -> bool:
            labels = [button.label for button in message.buttons if not button.disabled]
            fits = wish.get("text", "") in message.text and ("button" not in wish or wish["button"] in labels)
            return fits and ("author" not in wish or message.author.name == wish["author"])

        if wish.get("gone") in ("1", "true", True):
            await person.sees_no_more(matches, within_s, where=where)
            return {}
        return view_json(await person.sees(matches, within_s, where=where, after=int(wish.get("after", 0))))

    async def _bot(self, wish: Json) -> Json:
        """Until the bot is connected and has commands; or, with connected=0, until it is away."""
        within_s = float(wish.get("within_s", 10.0))
        if wish.get("connected", "1") != "1":
            return await self._away(within_s)

        def look() -> bool | None:
            return True if self._gateway.connected and any(self._world.commands.values()) else None

        if await wait_until(self._world, self._world.bot, look, within_s) is None:
            raise NotSeen(f"the bot is not ready after {within_s} s")
        return {}

    async def _away(self, within_s: float) -> Json:
        def look() -> bool | None:
            return None if self._gateway.connected else True

        if await wait_until(self._world, self._world.bot, look, within_s) is None:
            raise NotSeen(f"the bot is not away after {within_s} s")
        return {}

    async def _messages(self, wish: Json) -> list[Json]:
        """What a person sees in a channel, newest last."""
        person = Person(self._world, wish["person"])
        return [view_json(message) for message in person.messages(self._where(wish))]

    async def _act(self, wish: Json) -> Any:
        action = self._actions.get(wish.get("action", ""))
        if action is None:
            raise SetupError(f"no action {wish.get('action')!r}; there are {', '.join(self._actions)}")
        result = await action(Person(self._world, wish["person"]), wish)
        return self._shown(wish["person"], result) if isinstance(result, Shown) else result

    def _shown(self, name: str, shown: Shown) -> Json:
        user_id = self._world.user(name).id
        if shown.modal is not None:
            self._modals[user_id] = shown.modal
            while len(self._modals) > KEPT_MODALS:
                self._modals.pop(next(iter(self._modals)))
        return shown_json(shown)

    async def _slash(self, person: Person, wish: Json) -> Shown:
        options = {name: _entered(value) for name, value in (wish.get("options") or {}).items()}
        return await person.slash(wish["command"], options, where=self._where(wish), settle_s=_settle(wish))

    async def _autocomplete(self, person: Person, wish: Json) -> Shown:
        others = wish.get("options") or {}
        return await person.autocomplete(
            wish["command"], wish["option"], wish["text"], where=self._where(wish), **others
        )

    async def _press(self, person: Person, wish: Json) -> Shown:
        return await person.press(self._message(person, wish), wish["button"], settle_s=_settle(wish))

    async def _select(self, person: Person, wish: Json) -> Shown:
        message = self._message(person, wish) or _newest_with_menu(person, wish["menu"], self._where(wish))
        return await person.select(message, wish["menu"], wish["values"], settle_s=_settle(wish))

    async def _submit(self, person: Person, wish: Json) -> Shown:
        modal = self._modals.pop(person.id, None)
        if modal is None:
            raise SetupError(f"{person.name} has no form open")
        return await person.submit(modal, wish.get("entries") or {}, settle_s=_settle(wish))

    async def _say(self, person: Person, wish: Json) -> Json:
        files = [_file(entry) for entry in wish.get("attachments") or []]
        return view_json(person.say(wish.get("text", ""), files, self._where(wish)))

    async def _close_dms(self, person: Person, _wish: Json) -> Json:
        person.close_dms()
        return {}

    async def _open_dms(self, person: Person, _wish: Json) -> Json:
        person.open_dms()
        return {}

    async def _dismiss(self, person: Person, wish: Json) -> Json:
        message = self._message(person, wish)
        if message is None:
            raise SetupError("dismiss needs a message")
        person.dismiss(message)
        return {}

    def _where(self, wish: Json) -> Channel | None:
        """The channel of the guild that is named; None for the direct messages."""
        name = wish.get("where")
        if name is None:
            return None
        for channel in self._world.channels.values():
            if channel.kind is ChannelKind.TEXT and name in (channel.name, str(channel.id)):
                return channel
        raise SetupError(f"no channel {name!r}")

    def _message(self, person: Person, wish: Json) -> Message | None:
        if "message" not in wish:
            return None
        for channel in (person.dm, *self._world.channels.values()):
            if found := channel.messages.get(int(wish["message"])):
                return found
        raise SetupError(f"no message {wish['message']}")


def _newest_with_menu(person: Person, menu: str, where: Channel | None) -> Message:
    for message in reversed(person.messages(where)):
        if any(menu in (entry.custom_id, entry.placeholder) for entry in message.selects):
            return message
    raise SetupError(f"{person.name} sees no menu {menu!r}")


def _file(entry: Json) -> tuple[str, bytes]:
    return entry["name"], base64.b64decode(entry["base64"])


def _entered(value: Any) -> Any:
    """The value of an option; a file is an object with its name and content."""
    return _file(value) if isinstance(value, dict) else value


def _settle(wish: Json) -> float:
    return float(wish.get("settle_s", SETTLE_S))


def _channel_view(channel: Channel) -> Json:
    return {
        "id": str(channel.id),
        "name": channel.name,
        "kind": channel.kind.name,
        "messages": [view_json(message) for message in channel.messages.values()],
    }


def shown_json(shown: Shown) -> Json:
    """A result as JSON."""
    modal = shown.modal
    return {
        "action": shown.action,
        "acknowledged_ms": shown.acknowledged_ms,
        "late": shown.late,
        "deferred": shown.deferred,
        "ephemeral": shown.ephemeral,
        "failure": shown.failure,
        "text": shown.text,
        "message": view_json(shown.message) if shown.message else None,
        "choices": [list(choice) for choice in shown.choices],
        "modal": None
        if modal is None
        else {"title": modal.title, "custom_id": modal.custom_id, "fields": _fields(modal)},
    }


def _fields(modal: Modal) -> list[Json]:
    return [
        {"label": f.label, "custom_id": f.custom_id, "value": f.value, "required": f.required}
        for f in modal.fields
    ]


def _door(answer: _Answer) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def enter(request: web.Request) -> web.Response:
        try:
            wish = dict(request.query) if request.method == "GET" else await request.json()
            return web.json_response(await answer(wish))
        except (SetupError, KeyError, ValueError) as error:
            return web.json_response({"error": "SetupError", "message": str(error)}, status=400)
        except NotSeen as error:
            return web.json_response({"error": "NotSeen", "message": str(error)}, status=408)

    return enter
