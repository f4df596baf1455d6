"""HTTP routes as data: what a service offers over HTTP is a list of values, and `door` serves it."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from asyncpg import Connection
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.runtime import log
from shared.runtime.auth import Principal
from shared.runtime.commands import Idempotency, execute
from shared.runtime.decisions import Cause
from shared.runtime.engine import Engine
from shared.runtime.parsing import parse_body, parse_query
from shared.runtime.problems import Headers, Problem, invalid_model

_log = log.logger(__name__)

JSON = ("application/json",)
URLENCODED = "application/x-www-form-urlencoded"
"""What a browser sends of a form."""
_ETAG = re.compile(rb'"(0|[1-9][0-9]{0,17})"')
_KEY = re.compile(rb"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call: who asks and in which role, when, and the ids it may give away."""

    principal: Principal
    role: str
    now: datetime
    new_id: Callable[[], UUID]
    path: Mapping[str, Any]
    correlation_id: UUID
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    query: bytes
    headers: Mapping[bytes, bytes]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it goes out."""

    status: int
    body: bytes
    media: bytes = b"application/json"
    headers: Headers = ()


Answer = Callable[[Engine, Call, Asked], Awaitable[Reply]]


@dataclass(frozen=True)
class Route:
    """One method of one path; `roles` None is open to all, `accepts` empty takes no body, `pages` also answers HTML."""

    method: str
    path: str
    answer: Answer
    summary: str
    roles: Sequence[str] | None
    status: int = 200
    accepts: Sequence[str] = ()
    body: type[BaseModel] | None = None
    params: type[BaseModel] | None = None
    model: type[BaseModel] | None = None
    command: bool = False
    pages: bool = False
    limit: int | None = None


def command(
    method: str,
    path: str,
    body: type[BaseModel] | None,
    commands: Callable[[Any, Call], Sequence[Any]],
    *,
    roles: Sequence[str],
    summary: str,
    status: int = 200,
) -> Route:
    """A wish: its body becomes commands, decided all or nothing; answers the outcome and its ETag."""

    async def made(_engine: Engine, wish: Any, call: Call) -> Sequence[Any]:
        return commands(wish, call)

    return looked_up(method, path, body, made, roles=roles, summary=summary, status=status)


def looked_up(
    method: str,
    path: str,
    body: type[BaseModel] | None,
    commands: Callable[[Engine, Any, Call], Awaitable[Sequence[Any]]],
    *,
    roles: Sequence[str],
    summary: str,
    status: int = 200,
) -> Route:
    """A wish like any other, for whose commands something must be read first."""

    async def answer(engine: Engine, call: Call, asked: Asked) -> Reply:
        wish = None if body is None else parse_body(body, asked.body)
        if_match, idempotency = _if_match(asked), idempotency_of(call, asked, asked.body)
        cause = Cause(call.principal.organisation, call.role, call.correlation_id, None, call.traceparent, call.now)
        try:
            made = await commands(engine, wish, call)
            outcome = await execute(engine, cause, made, if_match=if_match, idempotency=idempotency)
        except ValidationError as error:
            # An event is stricter than the body it was made from.
            _log.warning("http.body_wider_than_event", route=path, errors=error.error_count())
            raise invalid_model(error) from None
        return Reply(status, orjson.dumps(outcome.as_json()), headers=_etag(outcome.sequence))

    return Route(method, path, answer, summary, roles, status, accepts=JSON, body=body, command=True)


def query(
    path: str,
    read: Callable[[Connection, Call, Any], Awaitable[BaseModel | None]],
    *,
    roles: Sequence[str],
    summary: str,
    params: type[BaseModel] | None = None,
    answer: type[BaseModel],
) -> Route:
    """A question about one organisation's rows; None is 404, and an answer with a `sequence` carries it as its ETag."""
    dump = TypeAdapter(answer).dump_json

    async def answer_it(engine: Engine, call: Call, asked: Asked) -> Reply:
        wanted = parse_query(params, asked.query)
        async with engine.database.read(call.principal.organisation) as connection:
            found = await read(connection, call, wanted)
        if found is None:
            raise Problem(404, "not-found", "There is nothing here with this id.")
        return Reply(200, dump(found), headers=_etag(getattr(found, "sequence", None)))

    return Route("GET", path, answer_it, summary, roles, params=params, model=answer)


def _etag(sequence: int | None) -> Headers:
    return () if sequence is None else ((b"etag", b'"%d"' % sequence),)


def _if_match(asked: Asked) -> int | None:
    given = asked.headers.get(b"if-match")
    if given is None:
        return None
    if (found := _ETAG.fullmatch(given)) is None:
        raise Problem(
            400, "bad-if-match", 'If-Match takes one ETag as this service gave it, as in "7".', field="If-Match"
        )
    return int(found[1])


def idempotency_of(call: Call, asked: Asked, content: bytes) -> Idempotency | None:
    """The Idempotency-Key of the call, bound to what is asked with it; raises Problem for an ill-formed one."""
    given = asked.headers.get(b"idempotency-key")
    if given is None:
        return None
    if not _KEY.fullmatch(given):
        raise Problem(
            400,
            "bad-idempotency-key",
            "An Idempotency-Key is 1 to 255 visible ASCII characters; a UUID does well.",
            field="Idempotency-Key",
        )
    parts = (asked.method, asked.path, call.principal.organisation)
    request = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass") + b"\0" + content).digest()
    return Idempotency(given.decode("ascii"), request)
