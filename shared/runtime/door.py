"""The HTTP door: one ASGI application over routes, whose every failure is a problem+json with a stable code."""

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from starlette.routing import Route as Pattern
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.runtime import log
from shared.runtime.auth import Keys, Principal
from shared.runtime.engine import Engine
from shared.runtime.http import Asked, Call, Reply, Route
from shared.runtime.openapi import document
from shared.runtime.problems import MEDIA, Problem, problem_of
from shared.runtime.request import Gone, body_of, checked, headers_of, principal_of, role_of, uuid_of
from shared.runtime.tracing import well_formed

_log = log.logger(__name__)

_ANYONE = Principal("anyone", "", frozenset())
_ALWAYS = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))


def door(engine: Engine, keys: Keys, routes: Sequence[Route]) -> ASGIApp:
    """The ASGI application over the routes; it never answers 5xx to what a caller sent, and never without a code."""
    described = orjson.dumps(document(engine.service.name, routes))

    async def describe(_engine: Engine, _call: Call, _asked: Asked) -> Reply:
        return Reply(200, described)

    places: dict[str, dict[str, Route]] = {}
    for route in (*routes, Route("GET", "/openapi.json", describe, "This description.", None)):
        methods = places.setdefault(route.path, {})
        if route.method in methods:
            raise ValueError(f"{route.method} {route.path} is routed twice")
        methods[route.method] = route
    patterns = [
        Pattern(_pattern(path), _Place(engine, keys, path, places[path])) for path in sorted(places, key=_named_last)
    ]
    nowhere = _Place(engine, keys, "(none)", {})
    router = Router(patterns, default=nowhere, redirect_slashes=False)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await router(scope, receive, send)
            return
        try:
            await router(scope, receive, send)
        except ValueError:
            # A part of the path that its pattern let through and its conversion did not.
            await nowhere(scope, receive, send)

    return app


def _pattern(path: str) -> str:
    return re.sub(r"\{(id|\w+_id)\}", r"{\1:uuid}", path)


def _named_last(path: str) -> list[tuple[bool, str]]:
    return [(part.startswith("{"), part) for part in path.split("/")]


class _Place:
    """The ASGI application of one path."""

    def __init__(self, engine: Engine, keys: Keys, path: str, methods: Mapping[str, Route]) -> None:
        self._engine, self._keys, self._path = engine, keys, path
        self._methods = {**methods, **({"HEAD": methods["GET"]} if "GET" in methods else {})}
        self._allowed = ", ".join(sorted(self._methods)).encode()
        self._counted: dict[int, Any] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = time.perf_counter()
        correlation_id = self._engine.new_id()
        try:
            headers = headers_of(scope)
            correlation_id = uuid_of(headers.get(b"x-correlation-id")) or correlation_id
            reply = await self._reply(scope, headers, receive, correlation_id)
        except Gone:
            return
        except (Exception, asyncio.CancelledError) as error:
            # aiokafka lets its own cancellations out when it is stopped; ours end the request.
            if isinstance(error, asyncio.CancelledError) and _is_cancelled():
                raise
            problem = problem_of(error)
            if problem is None:
                _log.exception("http.fault", route=self._path, correlation_id=str(correlation_id))
                problem = Problem(
                    500,
                    "internal-error",
                    f"Something went wrong here, and it is logged. Quote {correlation_id} when you report it.",
                )
            reply = Reply(problem.status, problem.as_bytes(), MEDIA, problem.headers)
        await _send(scope, reply, str(correlation_id).encode(), send)
        self._count(reply.status, time.perf_counter() - begun)

    async def _reply(
        self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, correlation_id: UUID
    ) -> Reply:
        if not self._methods:
            raise Problem(404, "not-found", "There is nothing at this path.")
        route = self._methods.get(scope["method"])
        if route is None:
            raise Problem(
                405,
                "method-not-allowed",
                f"This path answers {self._allowed.decode()}.",
                headers=((b"allow", self._allowed),),
            )
        now = self._engine.clock.now()
        principal, role = _ANYONE, ""
        if route.roles is not None:
            principal = principal_of(headers, self._keys, now)
            role = role_of(principal, route.roles)
        path = scope["path_params"]
        for part in path.values():
            if isinstance(part, str) and (len(part) > 200 or not part.isprintable()):
                raise Problem(404, "not-found", "There is nothing at this path.")
        body = b""
        if route.accepts:
            body = await body_of(headers, receive, route.limit or self._engine.settings.body_limit)
            body = checked(body, headers, route)
        traceparent = headers.get(b"traceparent")
        call = Call(
            principal,
            role,
            now,
            self._engine.new_id,
            path,
            correlation_id,
            None if traceparent is None else well_formed(traceparent.decode("latin-1")),
        )
        return await route.answer(
            self._engine, call, Asked(scope["method"], scope["path"], scope["query_string"], headers, body)
        )

    def _count(self, status: int, seconds: float) -> None:
        counter = self._counted.get(status)
        if counter is None:
            counter = self._counted[status] = self._engine.metrics.http_requests.labels(self._path, str(status))
        counter.inc()
        self._engine.metrics.http_seconds.observe(seconds)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _send(scope: Scope, reply: Reply, correlation_id: bytes, send: Send) -> None:
    start = {
        "type": "http.response.start",
        "status": reply.status,
        "headers": [
            (b"content-type", reply.media),
            (b"content-length", b"%d" % len(reply.body)),
            (b"x-correlation-id", correlation_id),
            *_ALWAYS,
            *reply.headers,
        ],
    }
    await send(start)
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else reply.body})
