"""Saying: the one call that appends to the journal, and the one that reads a subject's events back."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from asyncpg import Connection, Record

from shared.runtime.database import SQL, json_text, queries
from shared.runtime.decisions import Mind, Stream
from shared.runtime.envelope import Envelope
from shared.runtime.service import Registry

_SQL = queries(SQL / "journal.sql")


def envelope_of(row: Record, topic: str, registry: Registry | None) -> Envelope:
    """The event that a journal row holds; without a registry its body is not read."""
    return Envelope(
        id=row["event_id"],
        type=row["type"],
        source=topic,
        subject=row["subject"],
        time=row["occurred_at"],
        recorded_at=row["recorded_at"],
        organisation=row["organisation"],
        sequence=row["sequence"],
        actor_role=row["actor_role"],
        correlation_id=row["correlation_id"],
        causation_id=row["causation_id"],
        traceparent=row["traceparent"],
        data=registry.decode(row["type"], row["body"]) if registry else None,
    )


async def load(
    connection: Connection, mind: Mind, organisation: str | None, subjects: Sequence[str], *, lock: bool = False
) -> dict[str, Stream]:
    """The streams of own subjects as folds of their events; subjects without events are absent.

    With an organisation, only its streams are seen. With `lock`, nobody else appends to them meanwhile.
    """
    service = mind.service
    rows = await connection.fetch(_SQL["load"], organisation, service.topic, list(subjects), lock)
    return mind.fold(envelope_of(row, service.topic, service.registry) for row in rows)


def row_changes(
    shape: str, streams: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]]
) -> tuple[list[str], list[str], list[str]]:
    """The tables whose rows change, and as JSON the rows to put and the ids to drop, given rows before and now.

    In the first place stands the shape of the program's read models, so that none of another version is written to.
    """
    put: dict[str, list[Any]] = {}
    drop: dict[str, list[Any]] = {}
    for before, now in streams:
        for table, row in now.items():
            if row is not None:
                put.setdefault(table, []).append(row)
            elif before.get(table) is not None:
                drop.setdefault(table, []).append(before[table].id)
    tables = sorted({*put, *drop})
    return (
        [shape, *tables],
        ["[]", *(json_text(put.get(table, [])) for table in tables)],
        ["[]", *(json_text(drop.get(table, [])) for table in tables)],
    )


async def append(
    connection: Connection,
    mind: Mind,
    before: Mapping[str, Stream],
    after: Mapping[str, Stream],
    said: Sequence[Envelope],
    *,
    organisation: str | None = None,
    passed: Mapping[str, Mapping[str, datetime]] | None = None,
    idempotency: tuple[str, bytes, Any] | None = None,
    bodies: Sequence[bytes] | None = None,
) -> bool:
    """Says the events: streams advance, journal, unsent, deadlines and own read models are written together.

    Answers whether a deadline was set or moved.

    `passed` are deadlines that have been heard, by subject and name; `bodies` are the events as they were written, if
    they were before. Raises asyncpg.SerializationError when a stream moved since it was read,
    asyncpg.UniqueViolationError when the idempotency key was used or an event id exists.
    """
    registry = mind.service.registry
    passed = passed or {}
    touched = sorted({e.subject for e in said} | set(passed))
    index = {subject: n + 1 for n, subject in enumerate(touched)}
    streams = [after[subject] for subject in touched]
    deadlines: list[tuple[int, str, datetime | None]] = []
    for subject in touched:
        changes = mind.deadline_changes(before.get(subject), after[subject], passed.get(subject, {}))
        deadlines += [(index[subject], name, due) for name, due in changes.items()]
    moved = ((before[s.subject].rows if s.subject in before else {}, s.rows) for s in streams)
    rows = row_changes(mind.service.shape, moved)
    key, request_hash, answer = idempotency or (None, None, None)
    await connection.execute(
        _SQL["append"],
        organisation,
        mind.service.topic,
        touched,
        [s.organisation for s in streams],
        [before[s.subject].sequence if s.subject in before else 0 for s in streams],
        [s.sequence for s in streams],
        [index[e.subject] for e in said],
        [e.sequence for e in said],
        [e.id for e in said],
        [e.type for e in said],
        [e.actor_role for e in said],
        [e.time for e in said],
        [e.recorded_at for e in said],
        [e.correlation_id for e in said],
        [e.causation_id for e in said],
        [e.traceparent for e in said],
        [registry.encode(e.data) for e in said] if bodies is None else bodies,
        [d[0] for d in deadlines],
        [d[1] for d in deadlines],
        [d[2] for d in deadlines],
        *rows,
        key,
        request_hash,
        answer,
    )
    return any(due is not None for _, _, due in deadlines)
