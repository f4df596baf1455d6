"""Rebuilding by hand: a cursor over the journal, a fold, and a COPY into a new table."""

from operator import attrgetter
from typing import Any

import asyncpg

from shared.runtime.envelope import Envelope
from tests.rig.language import Counted
from tests.rig.teller import TALLY, TallyRow, apply

EVENTS = (
    "select s.subject, j.stream, j.sequence, j.event_id, j.organisation, j.actor_role, j.occurred_at, j.recorded_at, "
    "j.correlation_id, j.body from journal j join stream s on s.id = j.stream order by j.stream, j.sequence"
)


async def rebuild(dsn: str, topic: str) -> int:
    """Folds the whole journal into `by_hand`; returns how many events that took."""
    reading, writing = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
    await writing.execute("drop table if exists by_hand")
    await writing.execute(TALLY.replace("{table}", "by_hand"))
    rows: dict[int, TallyRow] = {}
    events = 0
    async with reading.transaction(readonly=True):
        async for record in reading.cursor(EVENTS, prefetch=3000):
            envelope = Envelope(
                record["event_id"], Counted.type(), topic, record["subject"], record["occurred_at"],
                record["recorded_at"], record["organisation"], record["sequence"], record["actor_role"],
                record["correlation_id"], None, None, Counted.model_validate_json(record["body"]),
            )  # fmt: skip
            stream = record["stream"]
            if stream not in rows and len(rows) >= 300:
                await _copy(writing, rows)
                rows.clear()
            rows[stream] = apply(rows.get(stream), envelope)
            events += 1
    await _copy(writing, rows)
    await reading.close()
    await writing.close()
    return events


async def _copy(connection: asyncpg.Connection, rows: dict[int, Any]) -> None:
    columns = ("id", "organisation", "sequence", "total", "reminded")
    await connection.copy_records_to_table("by_hand", records=map(attrgetter(*columns), rows.values()), columns=columns)
