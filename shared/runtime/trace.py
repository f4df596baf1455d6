"""One event as this service knows it: decided here, sent, heard, and what it led to."""

from typing import Any
from uuid import UUID

from shared.runtime.database import SQL, queries
from shared.runtime.engine import Engine

_SQL = queries(SQL / "trace.sql")
MOST = 500
"""How many events one answer lists at most."""


async def trace(engine: Engine, event_id: UUID) -> dict[str, Any] | None:
    """What this service said, heard and concluded under that event id, or None when it never met it."""
    async with engine.database.worker() as connection:
        said = await connection.fetchrow(_SQL["said"], event_id)
        heard = await connection.fetch(_SQL["heard"], event_id)
        led_to = await connection.fetch(_SQL["led_to"], event_id, MOST)
    if said is None and not heard:
        return None
    return {
        "service": engine.service.name,
        "journal": dict(said) if said else None,
        "sent": {"partition": said["partition"], "offset": said["offset"], "at": said["sent_at"]}
        if said and said["sent_at"]
        else None,
        "inbox": [dict(row) for row in heard],
        "led_to": [dict(row) for row in led_to],
    }


async def said_of(engine: Engine, subject_id: UUID) -> dict[str, Any] | None:
    """The first events that this service said of its subjects with that id, or None when it has no such subject."""
    subjects = [f"{aggregate.kind}/{subject_id}" for aggregate in engine.service.aggregates]
    async with engine.database.worker() as connection:
        rows = await connection.fetch(_SQL["said_of"], engine.service.topic, subjects, MOST)
    return {"service": engine.service.name, "rows": [dict(row) for row in rows]} if rows else None
