"""How an operator looks and changes: by the operator's key, and each change with a reason that is in the audit."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, is_dataclass
from typing import Annotated, Any

import orjson
from asyncpg import Connection
from pydantic import BaseModel, ConfigDict, StringConstraints

from shared.runtime import log
from shared.runtime.database import SQL, queries
from shared.runtime.engine import Engine
from shared.runtime.http import JSON, Asked, Call, Reply, Route
from shared.runtime.parsing import parse_body, parse_query
from shared.runtime.problems import Problem

_log = log.logger(__name__)
_SQL = queries(SQL / "ops.sql")

OPERATOR = ("operator",)

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class Why(BaseModel):
    """Why something is changed and, where the key is shared, who changes it."""

    model_config = ConfigDict(extra="forbid")

    why: Words
    who: Words | None = None


def as_json(value: Any) -> Any:
    """The value as orjson takes it."""
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def reply(value: Any, status: int = 200) -> Reply:
    """The answer that is this value."""
    return Reply(status, orjson.dumps(as_json(value), default=_odd))


def _odd(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)


def look(path: str, summary: str, read: Callable[[Engine, Call, Any], Awaitable[Any]], params: Any = None) -> Route:
    """A question of an operator; None is 404."""

    async def answer(engine: Engine, call: Call, asked: Asked) -> Reply:
        found = await read(engine, call, parse_query(params, asked.query))
        if found is None:
            raise nothing()
        return reply(found)

    return Route("GET", path, answer, summary, OPERATOR, params=params)


def change(
    path: str,
    summary: str,
    action: str,
    make: Callable[[Engine, Call, Any], Awaitable[Any]],
    body: type[Why] = Why,
) -> Route:
    """A change by an operator: refused without a reason, and in the audit before it is made."""

    async def answer(engine: Engine, call: Call, asked: Asked) -> Reply:
        wish = parse_body(body, asked.body)
        name = call.principal.name
        who = f"{wish.who} (key: {name})" if wish.who else name
        target = next((str(part) for part in call.path.values()), "")
        async with engine.database.worker() as connection:
            await note(connection, call, who, action, target, wish.why)
        _log.info("ops.change", action=action, target=target, correlation_id=str(call.correlation_id))
        done = await make(engine, call, wish)
        if done is None:
            raise nothing()
        return reply(done)

    return Route("POST", path, answer, summary, OPERATOR, accepts=JSON, body=body)


async def note(connection: Connection, call: Call, who: str, action: str, target: str, why: str) -> None:
    """Puts into the audit what somebody is about to change by hand; the worker's role alone may."""
    await connection.execute(_SQL["audit"], call.now, who, action, target, why)


def nothing() -> Problem:
    """There is no such thing."""
    return Problem(404, "not-found", "There is nothing here with this id.")
