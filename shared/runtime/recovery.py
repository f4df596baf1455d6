"""Recovery: what a restored database lacks of its own journal is taken back from the own topic, erasures among it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError
from asyncpg import Connection

from shared.runtime import journal, log
from shared.runtime.database import SQL, queries
from shared.runtime.engine import Engine
from shared.runtime.envelope import Envelope
from shared.runtime.keeping import Errand, carry_out
from shared.runtime.reading import Reading, read
from shared.runtime.wire import Record

_log = log.logger(__name__)
_SQL = queries(SQL / "recovery.sql")

MOST = 500
"""Events taken back in one transaction."""


class Unreadable(Exception):
    """The own topic holds what this program does not know: a newer version of it said that."""


async def recover(engine: Engine) -> int:
    """The journal holds everything that stands on the own topic, and nothing is kept of whoever was erased.

    Answers how many events were taken back. Without Kafka that is so only in the database in which it was so before;
    in any other, raises KafkaError. Raises Unreadable; whatever PostgreSQL raises.
    """
    taken = 0
    async with engine.database.worker() as connection:
        [(here, known)] = await connection.fetch(_SQL["here"])
        try:
            async with _own_topic(engine) as kafka:
                async for page in _pages(engine, connection, kafka):
                    taken += await _take(engine, connection, page)
        except (KafkaError, OSError, TimeoutError) as error:
            if known != here:
                # Not as it is: what took too long inside a connection's use would pass for PostgreSQL's.
                raise KafkaConnectionError(f"the own topic cannot be read: {error!r}") from error
            _log.warning("recovery.kafka_away", error=repr(error))
        else:
            await connection.execute(_SQL["whole"], here)
        if engine.service.vault:
            await connection.execute(_SQL["erased_again"])
        await connection.execute(_SQL["heard_again"])
        for event_id, subject in await connection.fetch(_SQL["retold"]):
            engine.retold.setdefault(event_id, set()).add(subject)
    if taken:
        _log.warning("recovery.taken_back", events=taken)
    return taken


@asynccontextmanager
async def _own_topic(engine: Engine) -> AsyncIterator[AIOKafkaConsumer]:
    kafka = AIOKafkaConsumer(
        engine.service.topic, bootstrap_servers=engine.settings.bootstrap, enable_auto_commit=False
    )
    try:
        async with asyncio.timeout(engine.settings.send_timeout):
            await kafka.start()
        yield kafka
    finally:
        await kafka.stop()


async def _pages(engine: Engine, connection: Connection, kafka: AIOKafkaConsumer) -> AsyncIterator[Sequence[Record]]:
    """What stands on the own topic beyond all that the journal knows to stand there."""
    places: list[TopicPartition] = sorted(kafka.assignment())
    async with asyncio.timeout(engine.settings.send_timeout):
        begins, ends = await kafka.beginning_offsets(places), await kafka.end_offsets(places)
    rows = await connection.fetch(_SQL["highest"], [place.partition for place in places])
    highest = {row["partition"]: row["offset"] for row in rows}
    at = {}
    for place in places:
        known = highest[place.partition]
        at[place] = begins[place] if known is None else max(begins[place], known + 1)
        kafka.seek(place, at[place])
    while behind := [place for place in places if at[place] < ends[place]]:
        found = await kafka.getmany(*behind, timeout_ms=int(engine.settings.send_timeout * 1000), max_records=MOST)
        if not found:
            raise TimeoutError("Kafka does not hand out what stands on the own topic")
        for place, records in found.items():
            at[place] = records[-1].offset + 1
            yield [Record(r.topic, r.partition, r.offset, r.key, tuple(r.headers), r.value) for r in records]


async def _take(engine: Engine, connection: Connection, records: Sequence[Record]) -> int:
    readings = [reading for record in records if (reading := _readable(engine, record))]
    async with connection.transaction():
        ids = [reading.event_id for reading in readings]
        known = {row["event_id"] for row in await connection.fetch(_SQL["known"], ids)}
        lacking = list({r.event_id: r for r in readings if r.event_id not in known}.values())
        subjects = sorted({reading.subject or "" for reading in lacking})
        before = await journal.load(connection, engine.mind, None, subjects, lock=True) if subjects else {}
        after, said, bodies = dict(before), list[Envelope](), list[bytes]()
        for reading in lacking:
            envelope = reading.envelope
            if envelope is None or reading.record.body is None:
                raise Unreadable(f"{reading.type}: {reading.detail}")
            stream = after.get(envelope.subject) or engine.mind.fresh(envelope.subject, envelope.organisation)
            if envelope.sequence != stream.sequence + 1 or envelope.organisation != stream.organisation:
                # The database said something else in its place since it was restored.
                _log.error("recovery.not_taken", event_id=str(envelope.id), sequence=envelope.sequence)
                continue
            after[envelope.subject] = engine.mind.after(stream, envelope)
            said.append(envelope)
            bodies.append(reading.record.body)
        if said:
            await journal.append(connection, engine.mind, before, after, said, bodies=bodies)
            caused = [(event.causation_id, event.subject) for event in said if event.causation_id]
            await connection.execute(_SQL["retell"], *([list(c) for c in zip(*caused, strict=True)] or ([], [])))
            if errands := _erasures(engine, said):
                await carry_out(engine, connection, None, errands)
        places = [(reading.record.partition, reading.record.offset) for reading in readings]
        await connection.execute(_SQL["stand"], ids, [p for p, _ in places], [o for _, o in places])
    return len(said)


def _readable(engine: Engine, record: Record) -> Reading | None:
    """The reading of an event; what is none, nobody of this service has written."""
    reading = read(record, engine.service.registry, engine.producers)
    if reading.event_id is None or reading.subject is None or reading.sequence is None:
        _log.error("recovery.no_event", partition=record.partition, offset=record.offset, code=reading.code)
        return None
    return reading


def _erasures(engine: Engine, said: Sequence[Envelope]) -> Sequence[Errand]:
    erasing = engine.service.erasing
    return [Errand(e.organisation, erases=erasing[e.type](e.data)) for e in said if e.type in erasing]
