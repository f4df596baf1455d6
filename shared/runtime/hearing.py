"""Hearing: one transaction a batch, in which records take effect once, in order, and each gets its fate."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import asyncpg
from asyncpg import Connection

from shared.runtime import journal, log, sweep
from shared.runtime.batch import Batch
from shared.runtime.database import CLOSE_SECONDS, SQL, is_too_slow, is_transient, queries
from shared.runtime.engine import Engine
from shared.runtime.envelope import Envelope
from shared.runtime.folding import rows_of
from shared.runtime.inbox import Verdict, record_of, unproven
from shared.runtime.keeping import NO_TOKENS, tokens_of
from shared.runtime.reacting import named
from shared.runtime.reading import Reading, read
from shared.runtime.service import Refusal
from shared.runtime.steps import step
from shared.runtime.sweep import Position
from shared.runtime.wire import Record

_log = log.logger(__name__)
_SQL = queries(SQL / "hearing.sql")


@dataclass(frozen=True, slots=True)
class Heard:
    """What a committed batch came to: each record's fate, in order, then those that had waited for them."""

    verdicts: Sequence[Verdict]
    said: Sequence[Envelope]
    unfinished: Sequence[int] = ()
    """The streams that came further, and behind which more waits than one transaction is to take."""


async def hear(
    engine: Engine,
    connection: Connection,
    records: Sequence[Record],
    positions: Sequence[Position] = (),
    *,
    most: int | None = None,
    spoilt: str | None = None,
) -> Heard:
    """Takes the records in one transaction: inbox, read models, reactions and positions are committed together.

    Raises asyncpg's KP001 error when another reader moved a position; whatever PostgreSQL raises otherwise. Of what
    waited only for these, about `most` is taken with them (a batch's size unless said); with `spoilt`, a record that
    could be read is parked under that code instead of being taken.
    """
    most = engine.settings.batch_size if most is None else most
    readings = [read(record, engine.service.registry, engine.producers) for record in records]
    try:
        batch, left, remind = await _transact(engine, connection, readings, positions, most, spoilt, every_id=False)
    except asyncpg.UniqueViolationError:
        # An id that was next in its sequence here had been heard elsewhere: look every one of them up.
        batch, left, remind = await _transact(engine, connection, readings, positions, most, spoilt, every_id=True)
    step("consumer.committed")
    if batch.said:
        engine.metrics.journal_appended.inc(len(batch.said))
        engine.said.set()
    if remind:
        engine.due.set()
    _measure(engine, batch.verdicts)
    return Heard(batch.verdicts, batch.said, left)


async def hear_all(
    engine: Engine,
    connect: Callable[[], Awaitable[Connection]],
    records: Sequence[Record],
    positions_of: Callable[[Sequence[Record]], Sequence[Position]] = lambda _: (),
) -> AsyncIterator[tuple[Sequence[Position], Heard]]:
    """Hears the records, and page after page what waited for them; yields each part once committed.

    A part that cannot be taken is halved until the poison is alone, and parked. A part that takes longer than
    PostgreSQL gives a transaction is halved as well, but what is too slow alone is no poison. Raises only what is
    transient, or a position moved by another reader: then the rest is to be read again.
    """
    page, size = engine.settings.batch_size, max(1, len(records))
    left = [(records, False)] if records else []
    while left:
        part, alone = left.pop()
        if len(part) > size:
            left += [(part[size:], False), (part[:size], False)]
            continue
        fresh = [record for record in part if record.inbox_id is None]
        positions = positions_of(fresh) if fresh else ()
        try:
            heard = await hear(engine, await connect(), part, positions, most=0 if alone else page)
        except Exception as error:
            slow = is_too_slow(error)
            if is_overtaken(error) or (is_transient(error) and not slow):
                raise
            if len(part) > 1:
                middle = len(part) // 2
                size = min(size, middle) if slow else size
                left += [(part[middle:], False), (part[:middle], False)]
                continue
            if not alone:
                # What it releases may be at fault.
                left.append((part, True))
                continue
            if slow:
                raise
            [record] = part
            _log.exception("inbox.poison", topic=record.topic, partition=record.partition, offset=record.offset)
            code = error.code if isinstance(error, Refusal) else "database-refused"
            heard = await hear(engine, await connect(), part, positions, most=0, spoilt=code)
        yield positions, heard
        if alone and heard.unfinished:
            page = max(1, page // 2)
        for stream in heard.unfinished:
            row = await following(await connect(), stream)
            if row is not None:
                left.append(([record_of(row)], False))


async def hear_over(
    engine: Engine, connection: Connection, records: Sequence[Record]
) -> AsyncIterator[tuple[Sequence[Position], Heard]]:
    """As `hear_all`, at no position and over this one connection, or another once PostgreSQL has ended its session."""
    session = connection

    async def standing() -> Connection:
        nonlocal session
        if session.is_closed():
            session = await engine.database.connect("worker")
        return session

    try:
        async for part in hear_all(engine, standing, records):
            yield part
    finally:
        if session is not connection:
            await session.close(timeout=CLOSE_SECONDS)


async def following(connection: Connection, stream: int) -> asyncpg.Record | None:
    """The first inbox row of a stream that waits for nothing any more."""
    return await connection.fetchrow(_SQL["following"], stream)


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
    most: int,
    spoilt: str | None,
    *,
    every_id: bool,
) -> tuple[Batch, Sequence[int], bool]:
    """What the batch came to, the streams that are unfinished, and whether a deadline was set."""
    async with connection.transaction():
        streams = await sweep.begin(connection, readings, positions)
        step("consumer.begun")
        readings, overdue = await sweep.unsettled(
            connection, readings, timedelta(seconds=engine.settings.unknown_bound)
        )
        waiting, more = await sweep.waiting(engine, connection, readings, streams, most)
        everything = [*readings, *(r for rs in waiting.values() for r in rs)]
        subjects = named(engine, everything)
        tokens, keyring = engine.service.registry.tokens, engine.keyring
        sealed = [token for r in everything if r.envelope for token in tokens(r.envelope.data)] if keyring else ()
        suspects = {r.identity for r in readings if r.identity} if every_id else unproven(readings, streams)
        batch = Batch(
            engine=engine,
            spoilt=spoilt,
            streams=streams,
            known=await sweep.known(engine, connection, suspects),
            waiting=waiting,
            rows=await rows_of(connection, engine.mind, [s for s in streams.values() if s.sequence]),
            own=await journal.load(connection, engine.mind, None, sorted(subjects), lock=True) if subjects else {},
            named=subjects,
            overdue=overdue,
            tokens=await tokens_of(connection, keyring, sealed) if sealed and keyring else NO_TOKENS,
        )
        for reading in readings:
            batch.take(reading)
        step("consumer.folded")
        remind = await sweep.write(connection, batch)
    unfinished = [
        s.id
        for s in streams.values()
        if s.id in more and s.sequence > s.stored[0] and (s.id, s.sequence + 1) not in batch.waiting
    ]
    return batch, unfinished, remind
