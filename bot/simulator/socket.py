"""The gateway: hello, identify, ready, heartbeats, resume with replay, and the close codes of Discord.

CONNECTED --identify--> READY --lost--> DETACHED --resume--> READY (missed events again, then RESUMED)
    |--resume--------------^               |--closed with 1000/1001, or too old--> gone (op 9)
"""

import asyncio
import json
import secrets
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from bot.simulator.model import Json
from bot.simulator.payloads import guild_create_json, member_json, user_json
from bot.simulator.traffic import Traffic
from bot.simulator.world import Intent, World

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME, RECONNECT, MEMBERS, INVALID, HELLO, ACK = (
    0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11,
)  # fmt: skip

KNOWN_INTENTS = (1 << 26) - 1
PRIVILEGED = Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES | Intent.MESSAGE_CONTENT
PAYLOAD_LIMIT = 4096
SENDS = (120, 60.0)
"""Payloads and seconds (4008)."""
KEPT_EVENTS = 2_000
"""Events a session can replay."""
RESUMABLE_S = 180.0
"""How long a detached session can be resumed."""
QUEUED = 10_000
"""Payloads that wait for a slow client before it is dropped."""
IDENTIFIES_A_DAY = 1_000


class Close(Exception):
    """The gateway closes the connection with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason


@dataclass(slots=True, eq=False)
class Connection:
    """One websocket. Payloads go through a queue, so a slow client delays nobody."""

    websocket: web.WebSocketResponse
    compressed: bool
    transport: asyncio.BaseTransport | None
    outgoing: asyncio.Queue[Json | Close] = field(default_factory=lambda: asyncio.Queue(QUEUED))
    session: "Session | None" = None
    last_beat: float = 0.0
    sends: deque[float] = field(default_factory=lambda: deque(maxlen=SENDS[0]))

    def send(self, payload: Json | Close) -> None:
        """Queue a payload, or a close frame."""
        try:
            self.outgoing.put_nowait(payload)
        except asyncio.QueueFull:
            self.abort()

    def abort(self) -> None:
        """Cut the connection without a close frame."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()


@dataclass(slots=True, eq=False)
class Session:
    """What survives a lost connection: the sequence number and the events to replay."""

    id: str
    intents: int
    seq: int = 0
    events: deque[tuple[int, Json]] = field(default_factory=lambda: deque(maxlen=KEPT_EVENTS))
    connection: Connection | None = None
    detached_at: float = 0.0

    def dispatch(self, event: str, payload: Any) -> None:
        """Number an event, keep it for a replay and send it."""
        self.seq += 1
        frame: Json = {"op": DISPATCH, "t": event, "s": self.seq, "d": payload}
        self.events.append((self.seq, frame))
        if self.connection is not None:
            self.connection.send(frame)


class Gateway:
    """The websocket side of one world; fills in `world.dispatch`."""

    def __init__(self, world: World, traffic: Traffic, *, privileged: int = 0) -> None:
        self.heartbeat_s = 41.25
        self.identify_every_s = 5.0
        self.acks = True
        """Off: heartbeats stay unanswered, so that the client must find out by itself."""
        self.refusing = False
        """On: new connections are turned away."""
        self.connections: set[Connection] = set()
        self.sessions: dict[str, Session] = {}
        self._world = world
        self._traffic = traffic
        self._granted = privileged
        self._last_identify = float("-inf")
        world.dispatch = self.dispatch

    def routes(self) -> list[web.RouteDef]:
        """The route of the websocket."""
        return [web.get("/gateway", self._serve), web.get("/gateway/", self._serve)]

    def dispatch(self, event: str, payload: Json, intent: int) -> bool:
        """Send an event to every session that wants it.

        Returns:
            Whether there was one, connected or resumable.
        """
        self._forget_old()
        takers = [s for s in self.sessions.values() if intent == Intent.NONE or s.intents & intent]
        for session in takers:
            session.dispatch(event, self._readable(session, event, payload))
        return bool(takers)

    @property
    def connected(self) -> bool:
        """Whether a session of the bot is connected."""
        return any(session.connection is not None for session in self.sessions.values())

    def drop(self, code: int = 0) -> None:
        """Lose every connection: abruptly, or with a close code. Sessions stay resumable."""
        for connection in tuple(self.connections):
            if code:
                connection.send(Close(code, "asked for"))
            else:
                connection.abort()

    def ask_reconnect(self) -> None:
        """Tell every client to reconnect (op 7)."""
        for connection in tuple(self.connections):
            connection.send({"op": RECONNECT, "d": None})

    def invalidate(self, *, resumable: bool = False) -> None:
        """Tell every client that its session is invalid (op 9); forget it unless resumable."""
        for connection in tuple(self.connections):
            if connection.session is not None and not resumable:
                self._end(connection.session)
            connection.send({"op": INVALID, "d": resumable})

    def _readable(self, session: Session, event: str, payload: Json) -> Json:
        """The event without what the session may not read: the content of others' guild messages."""
        if not event.startswith("MESSAGE_") or "content" not in payload or "guild_id" not in payload:
            return payload
        own = payload["author"]["id"] == str(self._world.bot.id)
        mentioned = any(user["id"] == str(self._world.bot.id) for user in payload["mentions"])
        if own or mentioned or session.intents & Intent.MESSAGE_CONTENT:
            return payload
        return payload | {"content": "", "embeds": [], "attachments": [], "components": []}

    def _forget_old(self) -> None:
        now = self._world.clock.now()
        for session in list(self.sessions.values()):
            if session.connection is None and now - session.detached_at > RESUMABLE_S:
                self._end(session)

    def _end(self, session: Session) -> None:
        self.sessions.pop(session.id, None)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if self.refusing:
            return web.Response(status=503)
        websocket = web.WebSocketResponse(compress=False, max_msg_size=1 << 20)
        await websocket.prepare(request)
        compressed = request.query.get("compress") == "zlib-stream"
        connection = Connection(websocket, compressed, request.transport)
        if request.query.get("v", "10") != "10" or request.query.get("encoding", "json") != "json":
            await websocket.close(code=4012, message=b"Invalid API version")
            return websocket
        self.connections.add(connection)
        try:
            async with asyncio.TaskGroup() as tasks:
                writer = tasks.create_task(self._write(connection))
                watch = tasks.create_task(self._watch_heartbeat(connection))
                await self._converse(connection)
                watch.cancel()
                writer.cancel()
        finally:
            self.connections.discard(connection)
            self._detach(connection)
        return websocket

    def _detach(self, connection: Connection) -> None:
        session = connection.session
        if session is None or session.connection is not connection:
            return
        session.connection = None
        session.detached_at = self._world.clock.now()
        self._world.wake(self._world.bot.id)
        if connection.websocket.close_code in (1000, 1001):
            self._end(session)

    async def _write(self, connection: Connection) -> None:
        """Send what is queued, compressed with one context per connection if asked."""
        packer = zlib.compressobj() if connection.compressed else None
        while True:
            payload = await connection.outgoing.get()
            if isinstance(payload, Close):
                await connection.websocket.close(code=payload.code, message=payload.reason.encode())
                return
            self._traffic.event("out", payload)
            text = json.dumps(payload, ensure_ascii=False)
            try:
                if packer is None:
                    await connection.websocket.send_str(text)
                else:
                    packed = packer.compress(text.encode()) + packer.flush(zlib.Z_SYNC_FLUSH)
                    await connection.websocket.send_bytes(packed)
            except ConnectionError:
                return  # the reader sees the end of the connection

    async def _watch_heartbeat(self, connection: Connection) -> None:
        """Close a connection whose client fell silent for two intervals."""
        connection.last_beat = asyncio.get_running_loop().time()
        while True:
            due = connection.last_beat + 2 * self.heartbeat_s
            wait_s = due - asyncio.get_running_loop().time()
            if wait_s <= 0:
                if connection.session is not None:
                    self._end(connection.session)
                connection.send(Close(4009, "Session timed out."))
                return
            await asyncio.sleep(wait_s)

    async def _converse(self, connection: Connection) -> None:
        connection.send(
            {"op": HELLO, "d": {"heartbeat_interval": int(self.heartbeat_s * 1000), "_trace": []}}
        )
        async for frame in connection.websocket:
            if frame.type is not WSMsgType.TEXT:
                continue
            try:
                self._take(connection, self._parse(connection, frame.data))
            except Close as close:
                connection.send(close)

    def _parse(self, connection: Connection, text: str) -> Json:
        now = self._world.clock.now()
        most, seconds = SENDS
        if len(connection.sends) == most and connection.sends[0] > now - seconds:
            raise Close(4008, "Rate limited.")
        connection.sends.append(now)
        if len(text.encode()) > PAYLOAD_LIMIT:
            raise Close(4002, "Error while decoding payload.")
        try:
            payload = json.loads(text)
        except ValueError as error:
            raise Close(4002, "Error while decoding payload.") from error
        if not isinstance(payload, dict) or "op" not in payload:
            raise Close(4002, "Error while decoding payload.")
        self._traffic.event("in", payload)
        return payload

    def _take(self, connection: Connection, payload: Json) -> None:
        answers: dict[int, Callable[[Connection, Any], None]] = {
            HEARTBEAT: self._heartbeat,
            IDENTIFY: self._identify,
            RESUME: self._resume,
            PRESENCE: self._presence,
            VOICE: self._presence,
            MEMBERS: self._members,
        }
        op = payload["op"]
        if op not in answers:
            raise Close(4001, "Unknown opcode.")
        if connection.session is None and op not in (HEARTBEAT, IDENTIFY, RESUME):
            raise Close(4003, "Not authenticated.")
        answers[op](connection, payload.get("d"))

    def _heartbeat(self, connection: Connection, seq: Any) -> None:  # noqa: ARG002 (same shape for all)
        connection.last_beat = asyncio.get_running_loop().time()
        if self.acks:
            connection.send({"op": ACK})

    def _presence(self, connection: Connection, wish: Any) -> None:
        """Taken and shown to nobody."""

    def _identify(self, connection: Connection, wish: Json) -> None:
        if connection.session is not None:
            raise Close(4005, "Already authenticated.")
        self._check_identify(wish)
        now = self._world.clock.now()
        if now - self._last_identify < self.identify_every_s:
            connection.send({"op": INVALID, "d": False})
            return
        self._last_identify = now
        self._world.counters.identifies += 1
        session = Session(secrets.token_hex(16), wish["intents"], connection=connection)
        self.sessions[session.id] = session
        connection.session = session
        session.dispatch("READY", self._ready(session, wish))
        if session.intents & Intent.GUILDS:
            session.dispatch("GUILD_CREATE", guild_create_json(self._world))
        self._world.wake(self._world.bot.id)

    def _check_identify(self, wish: Any) -> None:
        if not isinstance(wish, dict) or "properties" not in wish:
            raise Close(4002, "Error while decoding payload.")
        if wish.get("token") != self._world.token or self._world.counters.identifies >= IDENTIFIES_A_DAY:
            raise Close(4004, "Authentication failed.")
        intents = wish.get("intents")
        if not isinstance(intents, int) or intents & ~KNOWN_INTENTS:
            raise Close(4013, "Invalid intent(s).")
        if intents & PRIVILEGED & ~self._granted:
            raise Close(4014, "Disallowed intent(s).")
        if wish.get("shard", [0, 1])[0] >= wish.get("shard", [0, 1])[1]:
            raise Close(4010, "Invalid shard.")

    def _ready(self, session: Session, wish: Json) -> Json:
        world = self._world
        return {
            "v": 10,
            "user": user_json(world.bot) | {"mfa_enabled": True, "verified": True, "email": None},
            "guilds": [{"id": str(world.guild_id), "unavailable": True}],
            "session_id": session.id,
            "resume_gateway_url": world.base_url.replace("http://", "ws://") + "/gateway",
            "application": {"id": str(world.application_id), "flags": 0},
            "private_channels": [],
            "relationships": [],
            "_trace": [],
        } | ({"shard": wish["shard"]} if "shard" in wish else {})

    def _resume(self, connection: Connection, wish: Any) -> None:
        if connection.session is not None:
            raise Close(4005, "Already authenticated.")
        if not isinstance(wish, dict) or wish.get("token") != self._world.token:
            raise Close(4004, "Authentication failed.")
        self._forget_old()
        session = self.sessions.get(str(wish.get("session_id")))
        seq = wish.get("seq")
        if session is None or not isinstance(seq, int):
            connection.send({"op": INVALID, "d": False})
            return
        if seq > session.seq:
            raise Close(4007, "Invalid seq.")
        missed = [frame for number, frame in session.events if number > seq]
        if len(missed) < session.seq - seq:  # more was missed than is kept
            self._end(session)
            connection.send({"op": INVALID, "d": False})
            return
        self._reattach(session, connection, missed)

    def _reattach(self, session: Session, connection: Connection, missed: list[Json]) -> None:
        if session.connection is not None:
            session.connection.send(Close(4000, "resumed elsewhere"))
        session.connection = connection
        connection.session = session
        for frame in missed:
            connection.send(frame)
        session.dispatch("RESUMED", {"_trace": []})
        self._world.wake(self._world.bot.id)

    def _members(self, connection: Connection, wish: Json) -> None:
        """Answer REQUEST_GUILD_MEMBERS with one chunk."""
        if connection.session is None:
            return
        members = [user for user in self._world.users.values() if user.in_guild]
        if asked := wish.get("user_ids"):
            ids = {int(user_id) for user_id in (asked if isinstance(asked, list) else [asked])}
            members = [user for user in members if user.id in ids]
        elif query := wish.get("query"):
            members = [user for user in members if user.name.startswith(query.lower())]
        chunk: Json = {
            "guild_id": str(self._world.guild_id),
            "members": [member_json(user) for user in members[: wish.get("limit") or None]],
            "chunk_index": 0,
            "chunk_count": 1,
        }
        nonce = {"nonce": wish["nonce"]} if wish.get("nonce") else {}
        connection.session.dispatch("GUILD_MEMBERS_CHUNK", chunk | nonce)
