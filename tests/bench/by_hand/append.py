"""Appending by hand: the same inserts into the same tables, as one statement."""

from datetime import datetime
from uuid import UUID, uuid4

import asyncpg

SAY = """
with s as (
    insert into stream (topic, subject, organisation, prior, sequence) values ($1, $2, $4, 0, 1) returning id
), j as (
    insert into journal (stream, sequence, event_id, type, organisation, actor_role, occurred_at, recorded_at,
                         correlation_id, causation_id, traceparent, body)
    select id, 1, $5, 'kith.counted.v1', $4, 'counter', $7, $7, $8, null, null, $9 from s returning stream
), u as (
    insert into unsent (stream, sequence, organisation, since) select stream, 1, $4, $7 from j
)
insert into tally (id, organisation, sequence, total, reminded) values ($3, $4, 1, $6, '{}')
"""


async def say(
    connection: asyncpg.Connection,
    topic: str,
    tally: UUID,
    organisation: str,
    event_id: UUID,
    number: int,
    now: datetime,
    body: bytes,
) -> None:
    """Inserts the stream, its first event, its place in the queue and its read-model row."""
    await connection.execute(SAY, topic, f"tally/{tally}", tally, organisation, event_id, number, now, uuid4(), body)
