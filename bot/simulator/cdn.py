"""Attachments: stored by id, reached through signed links that expire."""

import hashlib
import hmac
import mimetypes
from urllib.parse import quote

from aiohttp import web

from bot.simulator.faults import Faults, wait_out
from bot.simulator.model import Channel, Json
from bot.simulator.refusals import SetupError
from bot.simulator.world import World

LINK_LIFE_S = 24 * 3600
"""How long a link to an attachment works, in seconds."""

PERSON_LIMIT = 10 * 1024 * 1024
"""Largest file that a person without a subscription may upload, in bytes."""

KEPT_BYTES = 256 * 1024 * 1024
"""Bytes of files kept; the oldest is forgotten first."""


def store(world: World, channel: Channel, name: str, content: bytes, description: str | None = None) -> Json:
    """Keep a file and say how it is reached: an attachment object.

    Raises:
        SetupError: larger than a client uploads.
    """
    if len(content) > PERSON_LIMIT:
        raise SetupError(f"{name}: {len(content)} bytes are too large to upload")
    file_id = world.next_id()
    world.files[file_id] = (name, content)
    world.file_bytes += len(content)
    while world.file_bytes > KEPT_BYTES:
        _, forgotten = world.files.pop(next(iter(world.files)))
        world.file_bytes -= len(forgotten)
    url = link(world, channel.id, file_id, name)
    attachment: Json = {
        "id": str(file_id),
        "filename": name,
        "size": len(content),
        "url": url,
        "proxy_url": url,
        "content_type": mimetypes.guess_type(name)[0] or "application/octet-stream",
    }
    return attachment | ({"description": description} if description else {})


def link(world: World, channel_id: int, file_id: int, name: str) -> str:
    """A signed link to a file, good for `LINK_LIFE_S` from now."""
    issued = int(world.clock.now())
    expires = issued + LINK_LIFE_S
    path = f"/attachments/{channel_id}/{file_id}/{quote(name)}"
    return f"{world.base_url}{path}?ex={expires:x}&is={issued:x}&hm={_sign(world, path, expires, issued)}"


def _sign(world: World, path: str, expires: int, issued: int) -> str:
    return hmac.new(world.cdn_key, f"{path}?{expires:x}&{issued:x}".encode(), hashlib.sha256).hexdigest()


def routes(world: World, faults: Faults) -> list[web.RouteDef]:
    """The route that serves files: 404 without a good signature or after expiry; faults strike here too."""

    async def serve(request: web.Request) -> web.Response:
        if (fault := await wait_out(faults.due(request.method, request.path))) is not None:
            return web.Response(status=fault.status)
        try:
            expires, issued = int(request.query["ex"], 16), int(request.query["is"], 16)
            name, content = world.files[int(request.match_info["file"])]
        except (KeyError, ValueError):
            return web.Response(status=404, text="This content is no longer available.")
        good = hmac.compare_digest(
            _sign(world, request.rel_url.raw_path, expires, issued), request.query.get("hm", "")
        )
        if not good or world.clock.now() > expires:
            return web.Response(status=404, text="This content is no longer available.")
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return web.Response(body=content, content_type=kind)

    return [web.get("/attachments/{channel}/{file}/{name}", serve)]
