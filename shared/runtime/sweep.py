"""The sweep: the handful of statements by which one transaction locks, reads and writes all that a batch needs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from asyncpg import Connection

from shared.runtime import journal
from shared.runtime.batch import Batch
from shared.runtime.database import SQL, queries
from shared.runtime.engine import Engine
from shared.runtime.inbox import HeardStream, Verdict, record_of, runs
from shared.runtime.keeping import carry_out
from shared.runtime.raw import Sealed, opened_or_destroyed, seal_new
from shared.runtime.reading import Identity, Reading, read
from shared.runtime.steps import step
from shared.runtime.wire import Record, pack

_SQL = queries(SQL / "hearing.sql")

_INBOX = (
    "topic", "partition", "offset", "event_id", "stream", "sequence", "type", "organisation", "fate", "code", "detail",
    "key", "headers", "body", "raw_key",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Position:
    """Where reading of a partition stands, and where the batch moves it to."""

    topic: str
    partition: int
    expected: int
    next: int
    last: bytes
    """The digest of the last record of the batch there."""


async def begin(
    connection: Connection, readings: Iterable[Reading], positions: Sequence[Position]
) -> dict[tuple[str, str], HeardStream]:
    """The batch's streams, locked, as they stood; their rows are already where they will be if nothing is amiss."""
    moves = runs(readings)
    rows = await connection.fetch(
        _SQL["begin"],
        [p.topic for p in positions],
        [p.partition for p in positions],
        [p.expected for p in positions],
        [p.next for p in positions],
        [p.last for p in positions],
        [topic for topic, _ in moves],
        [subject for _, subject in moves],
        [organisation for organisation, _, _ in moves.values()],
        [prior for _, prior, _ in moves.values()],
        [last for _, _, last in moves.values()],
    )
    streams = {}
    for identity, topic, subject, organisation, prior, sequence, created in rows:
        stood = 0 if created else prior
        streams[topic, subject] = HeardStream(
            identity, topic, subject, organisation, stood, waiting=False, stored=(sequence, False)
        )
    if elsewhere := [key for key in moves if key not in streams]:
        topics, subjects = zip(*elsewhere, strict=True)
        for identity, topic, subject, organisation, sequence, waiting in await connection.fetch(
            _SQL["elsewhere"], topics, subjects
        ):
            streams[topic, subject] = HeardStream(
                identity, topic, subject, organisation, sequence, waiting, stored=(sequence, waiting)
            )
    return streams


async def unsettled(
    connection: Connection, readings: Sequence[Reading], patience: timedelta
) -> tuple[Sequence[Reading], set[int]]:
    """All but those read again from the inbox that another transaction settled before this one had its locks; and
    which of them have waited longer than `patience`."""
    again = [r.record.inbox_id for r in readings if r.record.inbox_id is not None]
    if not again:
        return readings, set()
    rows = await connection.fetch(_SQL["unsettled"], again, patience)
    left = {None, *(row["id"] for row in rows)}
    return [r for r in readings if r.record.inbox_id in left], {row["id"] for row in rows if row["overdue"]}


async def waiting(
    engine: Engine,
    connection: Connection,
    readings: Iterable[Reading],
    streams: Mapping[tuple[str, str], HeardStream],
    most: int,
) -> tuple[dict[tuple[int, int], list[Reading]], set[int]]:
    """What waits next behind the streams that this batch may move on, by stream and sequence, about `most` in all; and
    the streams behind which more waits than that."""
    moving = {
        stream.id: stream
        for r in readings
        if (stream := streams.get((r.record.topic, r.subject or ""))) and stream.waiting
        and r.sequence == stream.sequence + 1
    }  # fmt: skip
    found: dict[tuple[int, int], list[Reading]] = {}
    if not moving:
        return found, set()
    page = min(most, max(1, most // len(moving)))
    ids, ends = list(moving), [stream.sequence + 1 + page for stream in moving.values()]
    more = {row["stream"] for row in await connection.fetch(_SQL["beyond"], ids, ends)}
    replayed = {r.record.inbox_id for r in readings}
    for stream in moving.values():
        stream.waiting = stream.id in more
    for row in await connection.fetch(_SQL["waiting"], ids, ends):
        if row["id"] not in replayed:
            reading = read(record_of(row), engine.service.registry, engine.producers)
            stream = streams[reading.record.topic, reading.subject or ""]
            found.setdefault((stream.id, reading.sequence or 0), []).append(reading)
    return found, more


async def known(engine: Engine, connection: Connection, suspects: Iterable[Identity]) -> dict[Identity, Record]:
    """Those of the identities that were heard before, with what was heard under each."""
    wanted = list(suspects)
    if not wanted:
        return {}
    rows = await connection.fetch(_SQL["known"], [topic for topic, _ in wanted], [id for _, id in wanted])
    return {(row["topic"], row["event_id"]): opened_or_destroyed(engine.keyring, row) for row in rows}


async def write(connection: Connection, batch: Batch) -> bool:
    """Writes what the batch came to, in bulk; answers whether a deadline was set."""
    new = [v for v in batch.verdicts if v.fate != "duplicate" and v.reading.record.inbox_id is None]
    again = [v for v in batch.verdicts if v.fate != "duplicate" and v.reading.record.inbox_id is not None]
    if new:
        sealed = await seal_new(batch.engine, connection, new)
        rows = [_inbox_row(verdict, sealed.get(n)) for n, verdict in enumerate(new)]
        await connection.copy_records_to_table("inbox", records=rows, columns=_INBOX)
    step("consumer.written")
    streams, changes = batch.misjudged(), batch.row_changes()
    await connection.execute(
        _SQL["end"],
        [s.id for s in streams],
        [s.sequence for s in streams],
        [s.waiting for s in streams],
        [v.reading.record.inbox_id for v in again],
        *(zip(*((*_identity(v), v.fate, v.code, v.detail) for v in again), strict=True) if again else [()] * 8),
        *changes,
    )
    remind = False
    if batch.said or batch.passed:
        passed = {subject: names for subject, names in batch.passed.items() if subject in batch.own}
        remind = await journal.append(
            connection, batch.engine.mind, batch.own_before, batch.own, batch.said, passed=passed
        )
    if batch.errands:
        await carry_out(batch.engine, connection, None, batch.errands)
    step("consumer.appended")
    return remind


def _identity(verdict: Verdict) -> tuple[Any, ...]:
    reading = verdict.reading
    if not verdict.claims:
        return None, None, None, reading.type, reading.organisation
    return reading.event_id, verdict.stream, reading.sequence, reading.type, reading.organisation


def _inbox_row(verdict: Verdict, sealed: Sealed | None) -> tuple[Any, ...]:
    record = verdict.reading.record
    raw_key, body = sealed or (None, record.body)
    key, headers = (record.key, pack(record.headers)) if sealed is None else (None, b"")
    return (
        record.topic, record.partition, record.offset, *_identity(verdict), verdict.fate, verdict.code,
        verdict.detail, key, headers, body, raw_key,
    )  # fmt: skip
