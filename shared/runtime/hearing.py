"""Hearing: one transaction a batch, in which records take effect once, in order, and each gets its fate."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from asyncpg import Connection

from shared.runtime import journal, log
from shared.runtime.batch import Batch
from shared.runtime.database import SQL, is_transient, queries
from shared.runtime.engine import Engine
from shared.runtime.envelope import Envelope
from shared.runtime.inbox import HeardStream, Verdict, record_of, runs, unproven
from shared.runtime.projections import rows_of
from shared.runtime.reacting import named
from shared.runtime.reading import Reading, read
from shared.runtime.steps import step
from shared.runtime.wire import Record, pack

_log = log.logger(__name__)
_SQL = queries(SQL / "hearing.sql")

_INBOX = (
    "topic", "partition", "offset", "event_id", "stream", "sequence", "type", "organisation", "fate", "code", "detail",
    "key", "headers", "body",
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


@dataclass(frozen=True, slots=True)
class Heard:
    """What a committed batch came to: each record's fate, in order, then those that had waited for them."""

    verdicts: Sequence[Verdict]
    said: Sequence[Envelope]


async def hear(
    engine: Engine,
    connection: Connection,
    records: Sequence[Record],
    positions: Sequence[Position] = (),
    *,
    alone: bool = False,
    spoilt: str | None = None,
) -> Heard:
    """Takes the records in one transaction: inbox, read models, reactions and positions are committed together.

    Raises asyncpg's KP001 error when another reader moved a position; whatever PostgreSQL raises otherwise. With
    `alone`, what waited only for these goes on waiting; with `spoilt`, a record that could be read is parked under that
    code instead of being taken.
    """
    readings = [read(record, engine.service.registry, engine.producers) for record in records]
    try:
        batch, remind = await _transact(engine, connection, readings, positions, alone, spoilt, every_id=False)
    except asyncpg.UniqueViolationError:
        # An id that was next in its sequence here had been heard elsewhere: look every one of them up.
        batch, remind = await _transact(engine, connection, readings, positions, alone, spoilt, every_id=True)
    step("consumer.committed")
    if batch.said:
        engine.metrics.journal_appended.inc(len(batch.said))
        engine.said.set()
    if remind:
        engine.due.set()
    _measure(engine, batch.verdicts)
    return Heard(batch.verdicts, batch.said)


async def hear_all(
    engine: Engine,
    connect: Callable[[], Awaitable[Connection]],
    records: Sequence[Record],
    positions_of: Callable[[Sequence[Record]], Sequence[Position]] = lambda _: (),
) -> AsyncIterator[tuple[Sequence[Position], Heard]]:
    """Hears the records, in halves if need be until a poison is alone and parked; yields each part once committed.

    Raises only what is transient, or a position moved by another reader: then the rest is to be read again.
    """
    positions = positions_of(records)
    try:
        heard = await hear(engine, await connect(), records, positions)
    except Exception as error:
        if is_transient(error) or is_overtaken(error):
            raise
        if len(records) > 1:
            middle = len(records) // 2
            for half in (records[:middle], records[middle:]):
                async for part in hear_all(engine, connect, half, positions_of):
                    yield part
            return
        async for part in _hear_one(engine, connect, records[0], positions):
            yield part
        return
    yield positions, heard


async def _hear_one(
    engine: Engine, connect: Callable[[], Awaitable[Connection]], record: Record, positions: Sequence[Position]
) -> AsyncIterator[tuple[Sequence[Position], Heard]]:
    """Hears a record that could not be taken with all that it releases: either may be the poison, so each is tried."""
    try:
        heard = await hear(engine, await connect(), [record], positions, alone=True)
    except Exception as error:
        if is_transient(error) or is_overtaken(error):
            raise
        _log.exception("inbox.poison", topic=record.topic, partition=record.partition, offset=record.offset)
        yield positions, await hear(engine, await connect(), [record], positions, alone=True, spoilt="database-refused")
        return
    yield positions, heard
    for verdict in heard.verdicts:
        if verdict.fate in ("done", "refused") and verdict.stream is not None:
            following = await (await connect()).fetchrow(_SQL["following"], verdict.stream)
            if following is not None:
                async for part in hear_all(engine, connect, [record_of(following)]):
                    yield part


def is_overtaken(error: BaseException) -> bool:
    """Whether another reader moved the position meanwhile."""
    return isinstance(error, asyncpg.PostgresError) and error.sqlstate == "KP001"


def _measure(engine: Engine, verdicts: Sequence[Verdict]) -> None:
    metrics, now = engine.metrics, engine.clock.now()
    for (topic, fate), count in Counter((v.reading.record.topic, v.fate) for v in verdicts).items():
        if fate == "duplicate":
            metrics.inbox_duplicates.labels(topic).inc(count)
        else:
            metrics.inbox_records.labels(topic, fate).inc(count)
    seconds: dict[str, list[float]] = {}
    for verdict in verdicts:
        if verdict.fate == "done" and (envelope := verdict.reading.envelope) and envelope.producer is None:
            age = (now - envelope.recorded_at).total_seconds()
            seconds.setdefault(verdict.reading.record.topic, []).append(age)
    for topic, ages in seconds.items():
        observe = metrics.end_to_end.labels(topic).observe
        for age in ages:
            observe(age)


async def _transact(
    engine: Engine,
    connection: Connection,
    readings: Sequence[Reading],
    positions: Sequence[Position],
    alone: bool,
    spoilt: str | None,
    *,
    every_id: bool,
) -> tuple[Batch, bool]:
    async with connection.transaction():
        streams = await _begin(connection, readings, positions)
        step("consumer.begun")
        readings = await _unsettled(connection, readings)
        waiting = {} if alone else await _waiting(engine, connection, readings, streams)
        everything = [*readings, *(r for rs in waiting.values() for r in rs)]
        subjects = named(engine, everything)
        suspects = {r.event_id for r in readings if r.event_id} if every_id else unproven(readings, streams)
        batch = Batch(
            engine=engine,
            spoilt=spoilt,
            streams=streams,
            known=await _known(connection, {r.record.topic for r in readings}, suspects),
            waiting=waiting,
            rows=await rows_of(connection, engine.mind, [s for s in streams.values() if s.sequence]),
            own=await journal.load(connection, engine.mind, None, sorted(subjects), lock=True) if subjects else {},
            named=subjects,
        )
        for reading in readings:
            batch.take(reading)
        step("consumer.folded")
        remind = await _write(connection, batch)
    return batch, remind


async def _begin(
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


async def _unsettled(connection: Connection, readings: Sequence[Reading]) -> Sequence[Reading]:
    """All but those read again from the inbox that another transaction settled before this one had its locks."""
    again = [r.record.inbox_id for r in readings if r.record.inbox_id is not None]
    if not again:
        return readings
    left = {None, *(row["id"] for row in await connection.fetch(_SQL["unsettled"], again))}
    return [reading for reading in readings if reading.record.inbox_id in left]


async def _waiting(
    engine: Engine,
    connection: Connection,
    readings: Iterable[Reading],
    streams: Mapping[tuple[str, str], HeardStream],
) -> dict[tuple[int, int], list[Reading]]:
    """What waits behind the streams that this batch may move on, by stream and sequence."""
    moving = {
        stream.id: stream
        for r in readings
        if (stream := streams.get((r.record.topic, r.subject or ""))) and stream.waiting
        and r.sequence == stream.sequence + 1
    }  # fmt: skip
    found: dict[tuple[int, int], list[Reading]] = {}
    if moving:
        for stream in moving.values():
            stream.waiting = False
        replayed = {r.record.inbox_id for r in readings}
        for row in await connection.fetch(_SQL["waiting"], list(moving)):
            if row["id"] not in replayed:
                reading = read(record_of(row), engine.service.registry, engine.producers)
                stream = streams[reading.record.topic, reading.subject or ""]
                found.setdefault((stream.id, reading.sequence or 0), []).append(reading)
    return found


async def _known(connection: Connection, topics: set[str], ids: set[UUID]) -> dict[UUID, Record]:
    if not ids:
        return {}
    rows = await connection.fetch(_SQL["known"], list(topics), list(ids))
    return {row["event_id"]: record_of(row) for row in rows}


async def _write(connection: Connection, batch: Batch) -> bool:
    """Writes what the batch came to, in bulk; answers whether a deadline was set."""
    new = [v for v in batch.verdicts if v.fate != "duplicate" and v.reading.record.inbox_id is None]
    again = [v for v in batch.verdicts if v.fate != "duplicate" and v.reading.record.inbox_id is not None]
    if new:
        await connection.copy_records_to_table("inbox", records=map(_inbox_row, new), columns=_INBOX)
    step("consumer.written")
    streams, rows = batch.misjudged(), batch.row_changes()
    if streams or again or rows[0]:
        await connection.execute(
            _SQL["end"],
            [s.id for s in streams],
            [s.sequence for s in streams],
            [s.waiting for s in streams],
            [v.reading.record.inbox_id for v in again],
            *(zip(*((*_identity(v), v.fate, v.code, v.detail) for v in again), strict=True) if again else [()] * 8),
            *rows,
        )
    remind = False
    if batch.said or batch.passed:
        passed = {subject: names for subject, names in batch.passed.items() if subject in batch.own}
        remind = await journal.append(
            connection, batch.engine.mind, batch.own_before, batch.own, batch.said, passed=passed
        )
    step("consumer.appended")
    return remind


def _identity(verdict: Verdict) -> tuple[Any, ...]:
    reading = verdict.reading
    if not verdict.claims:
        return None, None, None, reading.type, reading.organisation
    return reading.event_id, verdict.stream, reading.sequence, reading.type, reading.organisation


def _inbox_row(verdict: Verdict) -> tuple[Any, ...]:
    record = verdict.reading.record
    return (
        record.topic, record.partition, record.offset, *_identity(verdict), verdict.fate, verdict.code,
        verdict.detail, record.key, pack(record.headers), record.body,
    )  # fmt: skip
