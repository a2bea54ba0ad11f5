"""Discord's REST interface: every request is authorised, limited, recorded, answered as Discord would.

In this order: edge ban, faults on request, unknown route, token, global limit, route limit, body, route.
"""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.simulator import account_routes, channel_routes, interaction_routes
from bot.simulator.faults import Fault, FaultKind, Faults, wait_out
from bot.simulator.model import Json
from bot.simulator.ratelimit import RateLimits, Verdict
from bot.simulator.refusals import Refused, Unimplemented
from bot.simulator.routing import Call, Route
from bot.simulator.traffic import Traffic, mask
from bot.simulator.world import World
from bot.simulator.writing import Upload

PREFIX = "/api/v10"
BODY_LIMIT = 25 * 1024 * 1024
"""Largest request, in bytes."""

ROUTES = (*account_routes.ROUTES, *channel_routes.ROUTES, *interaction_routes.ROUTES)


@dataclass(slots=True)
class _Exchange:
    """One request on its way to an answer, as far as it is known."""

    method: str
    path: str
    route: str
    json: Any = None
    query: Json = field(default_factory=dict)
    files: list[Json] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)


class Rest:
    """The REST side of one world."""

    def __init__(self, world: World, limits: RateLimits, faults: Faults, traffic: Traffic) -> None:
        self._world = world
        self._limits = limits
        self._faults = faults
        self._traffic = traffic

    def routes(self) -> list[web.RouteDef]:
        """All routes, and one that catches the rest of /api/v10."""
        known = [web.route(route.method, PREFIX + route.path, self._door(route)) for route in ROUTES]
        return [*known, web.route("*", "/api/{rest:.*}", self._door(None))]

    def _door(self, route: Route | None) -> Any:
        async def enter(request: web.Request) -> web.StreamResponse:
            return await self._enter(request, route)

        return enter

    async def _enter(self, request: web.Request, route: Route | None) -> web.StreamResponse:
        path = request.path.removeprefix(PREFIX)
        exchange = _Exchange(request.method, path, route.path if route else path, query=dict(request.query))
        self._world.counters.requests += 1
        if self._limits.banned:
            return web.Response(status=429, text="<html>You are being blocked from accessing our API.</html>")
        struck = self._faults.due(exchange.method, exchange.path)
        answer = await self._suffer(struck) or await self._answer(request, route, exchange)
        self._record(exchange, answer)
        if any(fault.kind is FaultKind.LOSE for fault in struck):
            _cut(request)
        return answer

    async def _suffer(self, struck: list[Fault]) -> web.Response | None:
        """Let the faults strike; an answer if one of them gives it."""
        fault = await wait_out(struck)
        if fault is None:
            return None
        if fault.kind is FaultKind.LIMITED:
            return self._limited(fault.retry_after_s, fault.scope, fault.code)
        return _json_response(fault.status, {"message": fault.message, "code": fault.code})

    async def _answer(self, request: web.Request, route: Route | None, exchange: _Exchange) -> web.Response:
        try:
            body = await self._call(request, route, exchange)
        except Refused as refused:
            return self._refuse(refused, exchange)
        except Unimplemented as missing:
            where = f"{exchange.method} {exchange.route}: {missing}"
            self._world.counters.unimplemented[where] += 1
            return _json_response(501, {"message": f"the simulator does not know {where}", "code": 0})
        except _TooFast as limit:
            return self._limited(limit.verdict.reset_after_s, limit.scope, 0, exchange)
        return _json_response(204 if body is None else 200, body, exchange.headers)

    async def _call(self, request: web.Request, route: Route | None, exchange: _Exchange) -> Any:
        if route is None:
            raise Unimplemented("this route")
        if route.with_token and request.headers.get("Authorization") != f"Bot {self._world.token}":
            raise Refused(401, 0, "401: Unauthorized")
        self._limit(request, route, exchange)
        exchange.json, uploads = await _read(request)
        exchange.files = [{"filename": upload.name, "size": len(upload.content)} for upload in uploads]
        return route.answer(Call(self._world, request.match_info, request.query, exchange.json, uploads))

    def _limit(self, request: web.Request, route: Route, exchange: _Exchange) -> None:
        if route.with_token and (over_all := self._limits.take_global()).exceeded:
            raise _TooFast(over_all, "global")
        if route.bucket == "callback":
            return
        info = request.match_info
        resource = "/".join(info[key] for key in ("channel", "guild", "application", "token") if key in info)
        verdict = self._limits.take(route.bucket, resource)
        exchange.headers = _limit_headers(verdict, route)
        if verdict.exceeded:
            raise _TooFast(verdict, "user")

    def _refuse(self, refused: Refused, exchange: _Exchange) -> web.Response:
        if refused.status in (401, 403):
            self._limits.count_invalid()
        self._world.counters.refused[
            f"{refused.status} {refused.code} {exchange.method} {exchange.route}"
        ] += 1
        return _json_response(refused.status, refused.body(), exchange.headers)

    def _limited(
        self,
        retry_after_s: float,
        scope: str,
        code: int,
        exchange: _Exchange | None = None,
    ) -> web.Response:
        self._world.counters.rate_limited += 1
        if scope != "shared":
            self._limits.count_invalid()
        everywhere = scope == "global"
        body: Json = {
            "message": "You are being rate limited.",
            "retry_after": round(retry_after_s, 3),
            "global": everywhere,
        }
        headers = {
            **(exchange.headers if exchange else {}),
            "Via": "1.1 simulator",
            "Retry-After": str(max(1, round(retry_after_s))),
            "X-RateLimit-Scope": scope,
            "X-RateLimit-Reset-After": f"{retry_after_s:.3f}",
        }
        if everywhere:
            headers["X-RateLimit-Global"] = "true"
        return _json_response(429, body | ({"code": code} if code else {}), headers)

    def _record(self, exchange: _Exchange, answer: web.Response) -> None:
        token = exchange.path.split("/")[3] if exchange.path.count("/") > 2 else ""
        interaction = self._world.by_token.get(token)
        raw = answer.body
        self._traffic.request(
            {
                "method": exchange.method,
                "path": mask(exchange.path, {token: interaction.id} if interaction else {}),
                "json": exchange.json,
                "status": answer.status,
                "response": json.loads(raw) if isinstance(raw, bytes) and raw else None,
                "query": exchange.query,
                "files": exchange.files,
            }
        )


class _TooFast(Exception):
    def __init__(self, verdict: Verdict, scope: str) -> None:
        super().__init__(scope)
        self.verdict = verdict
        self.scope = scope


def _limit_headers(verdict: Verdict, route: Route) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(verdict.limit),
        "X-RateLimit-Remaining": str(verdict.remaining),
        "X-RateLimit-Reset": f"{verdict.reset_at:.3f}",
        "X-RateLimit-Reset-After": f"{verdict.reset_after_s:.3f}",
        "X-RateLimit-Bucket": hashlib.sha256(f"{route.bucket} {route.path}".encode()).hexdigest()[:32],
    }


def _json_response(status: int, body: Any, headers: dict[str, str] | None = None) -> web.Response:
    """An answer whose Content-Type is exactly application/json: clients compare with `==`."""
    content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    kind = {"Content-Type": "application/json"} if content else {}
    return web.Response(status=status, body=content, headers={**(headers or {}), **kind})


async def _read(request: web.Request) -> tuple[Any, list[Upload]]:
    """The JSON of a body and the files beside it.

    Raises:
        Refused: 413 40005 too large, 400 50109 not JSON.
    """
    try:
        if request.content_type == "multipart/form-data":
            return await _read_multipart(request)
        content = await request.read()
        return (json.loads(content) if content else None), []
    except web.HTTPRequestEntityTooLarge as error:
        raise Refused(413, 40005, "Request entity too large") from error
    except ValueError as error:
        raise Refused(400, 50109, "The request body contains invalid JSON.") from error


async def _read_multipart(request: web.Request) -> tuple[Any, list[Upload]]:
    fields = await request.post()
    uploads = [
        Upload(int(name[6:-1]), part.filename, part.file.read())
        for name, part in fields.items()
        if isinstance(part, web.FileField) and name.startswith("files[")
    ]
    payload = fields.get("payload_json")
    if isinstance(payload, web.FileField):
        payload = payload.file.read().decode()
    return (json.loads(payload) if payload else {}), sorted(uploads, key=lambda upload: upload.index)


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
