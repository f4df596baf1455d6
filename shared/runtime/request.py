"""What a request carries: headers, a key and a body, each believed no further than it is sound."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from starlette.types import Receive, Scope

from shared.runtime.auth import Keys, Principal
from shared.runtime.http import Route
from shared.runtime.problems import Problem

_ONCE = frozenset(
    (b"authorization", b"x-api-key", b"content-type", b"idempotency-key", b"if-match", b"x-correlation-id")
)
_DRAINED_LIMITS, _DRAIN_SECONDS = 16, 2.0


class Gone(Exception):
    """The caller hung up."""


def headers_of(scope: Scope) -> dict[bytes, bytes]:
    """The headers by name, of which those that decide something stand once; raises Problem."""
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in headers and name in _ONCE:
            raise Problem(400, "doubled-header", "This header may stand once only.", field=name.decode("ascii"))
        headers[name] = value
    return headers


def uuid_of(given: bytes | None) -> UUID | None:
    """The UUID in its long form, or None for anything else."""
    if given is None or len(given) != 36:
        return None
    try:
        return UUID(given.decode("ascii"))
    except ValueError:
        return None


def principal_of(headers: Mapping[bytes, bytes], keys: Keys, now: datetime) -> Principal:
    """Who asks, by the key sent; raises Problem."""
    key = headers.get(b"x-api-key", b"")
    if given := headers.get(b"authorization"):
        scheme, _, key = given.partition(b" ")
        if scheme.lower() != b"bearer":
            key = b""
    principal = keys.find(key.strip(), now) if key else None
    if principal is None:
        raise Problem(
            401,
            "unknown-key",
            "Send a key that is known and has not expired, as `Authorization: Bearer <key>` or `X-API-Key: <key>`.",
            headers=((b"www-authenticate", b'Bearer realm="kith"'),),
        )
    return principal


def role_of(principal: Principal, roles: Sequence[str]) -> str:
    """The first of the roles that the principal has; raises Problem."""
    for role in roles:
        if role in principal.roles:
            return role
    raise Problem(403, "role-not-allowed", f"This needs one of the roles: {', '.join(roles)}.")


async def body_of(headers: Mapping[bytes, bytes], receive: Receive, limit: int) -> bytes:
    """The whole body, if it is no longer than the limit; raises Problem, Gone."""
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and (len(declared) > 15 or int(declared) > limit):
        await _drain(receive, _DRAINED_LIMITS * limit)
        raise _too_large(limit)
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        first: bytes = message.get("body", b"")
        if len(first) > limit:
            raise _too_large(limit)
        return first
    chunks, size = [], 0
    while message["type"] == "http.request":
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > limit:
            if message.get("more_body", False):
                await _drain(receive, _DRAINED_LIMITS * limit)
            raise _too_large(limit)
        if not message.get("more_body", False):
            return b"".join(chunks)
        message = await receive()
    raise Gone


async def _drain(receive: Receive, most: int) -> None:
    """Reads on for a while: who is cut off in the middle of sending does not see the answer."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            more = True
            while more and most > 0:
                message = await receive()
                more = message["type"] == "http.request" and message.get("more_body", False)
                most -= len(message.get("body", b""))


def _too_large(limit: int) -> Problem:
    return Problem(413, "too-large", f"A body may have {limit} bytes here.", headers=((b"connection", b"close"),))


def checked(body: bytes, headers: Mapping[bytes, bytes], route: Route) -> bytes:
    """The body, if its content type is one that the route takes; nothing at all is an empty object. Raises Problem."""
    given = headers.get(b"content-type")
    if not body and given is None and "application/json" in route.accepts:
        return b"{}"
    media, _, parameters = (given or b"").decode("latin-1").lower().partition(";")
    if media.strip() not in route.accepts:
        wanted = " or ".join(route.accepts)
        raise Problem(415, "unsupported-media-type", f"Send the body as {wanted}.", field="Content-Type")
    charset = re.search(r'charset\s*=\s*"?([^";\s]+)', parameters)
    if charset and charset[1] not in ("utf-8", "utf8", "us-ascii"):
        raise Problem(415, "unsupported-media-type", "Send the body as UTF-8.", field="Content-Type")
    return body
