"""One event as this service knows it: decided here, sent, heard, and what it led to."""

from typing import Any
from uuid import UUID

from shared.runtime.engine import Engine

_SAID = (
    "select s.topic, s.subject, j.sequence, j.type, j.organisation, j.actor_role, j.occurred_at, j.recorded_at, "
    'j.correlation_id, j.causation_id, j.traceparent, t.partition, t."offset", t.sent_at '
    "from journal j join stream s on s.id = j.stream "
    "left join sent t on (t.stream, t.sequence) = (j.stream, j.sequence) where j.event_id = $1"
)
_HEARD = (
    'select id, topic, partition, "offset", type, sequence, organisation, fate, code, detail, heard_at '
    "from inbox where event_id = $1 order by id"
)
_LED_TO = (
    "select j.event_id, s.subject, j.type, j.recorded_at from journal j join stream s on s.id = j.stream "
    "where j.causation_id = $1 order by j.recorded_at, j.sequence"
)


async def trace(engine: Engine, event_id: UUID) -> dict[str, Any] | None:
    """What this service said, heard and concluded under that event id, or None when it never met it."""
    async with engine.database.worker() as connection:
        said = await connection.fetchrow(_SAID, event_id)
        heard = await connection.fetch(_HEARD, event_id)
        led_to = await connection.fetch(_LED_TO, event_id)
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
