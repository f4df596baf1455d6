"""Hearing: one transaction a batch, in which records take effect once, in order, and each gets its fate."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
from asyncpg import Connection

from shared.runtime import journal, log
from shared.runtime.database import is_transient
from shared.runtime.decisions import Cause, Stream
from shared.runtime.engine import Engine
from shared.runtime.envelope import Envelope
from shared.runtime.inbox import HeardStream, Verdict, judge, record_of, runs, unproven
from shared.runtime.projections import rows_of
from shared.runtime.reading import Reading, read
from shared.runtime.service import Reaction, Refusal
from shared.runtime.steps import step
from shared.runtime.wire import CLOCK, HTTP, INTAKE, Record, pack

_log = log.logger(__name__)

_BEGIN = "select * from begin_batch($1, $2, $3, $4, $5, $6, $7, $8, $9)"
_ELSEWHERE = (
    "select s.id, s.topic, s.subject, s.organisation, s.sequence, s.waiting "
    "from stream s join unnest($1::text[], $2::text[]) u(topic, subject) using (topic, subject)"
)
_END = f"select end_batch({', '.join(f'${n}' for n in range(1, 16))})"
_KNOWN = (
    'select id, event_id, topic, partition, "offset", key, headers, body from inbox '
    "where topic = any($1) and event_id = any($2)"
)
_WAITING = (
    'select id, topic, partition, "offset", key, headers, body from inbox '
    "where stream = any($1) and fate in ('held', 'parked') order by stream, sequence, id"
)
_UNSETTLED = "select id from inbox where id = any($1) and fate in ('held', 'parked') order by id for update"
_FOLLOWING = (
    'select i.id, i.topic, i.partition, i."offset", i.key, i.headers, i.body from inbox i '
    "join stream s on s.id = i.stream and s.sequence + 1 = i.sequence "
    "where i.stream = $1 and i.fate in ('held', 'parked') order by i.id limit 1"
)
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
        batch = await _transact(engine, connection, readings, positions, alone, spoilt, every_id=False)
    except asyncpg.UniqueViolationError:
        # An id that was next in its sequence here had been heard elsewhere: look every one of them up.
        batch = await _transact(engine, connection, readings, positions, alone, spoilt, every_id=True)
    step("consumer.committed")
    if batch.said:
        engine.metrics.journal_appended.inc(len(batch.said))
        engine.said.set()
    if batch.remind:
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
            following = await (await connect()).fetchrow(_FOLLOWING, verdict.stream)
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
    for topic in {v.reading.record.topic for v in verdicts}:
        observe = metrics.end_to_end.labels(topic).observe
        for verdict in verdicts:
            if verdict.fate == "done" and verdict.reading.record.topic == topic and verdict.reading.envelope:
                observe((now - verdict.reading.envelope.recorded_at).total_seconds())


async def _transact(
    engine: Engine,
    connection: Connection,
    readings: Sequence[Reading],
    positions: Sequence[Position],
    alone: bool,
    spoilt: str | None,
    *,
    every_id: bool,
) -> "_Batch":
    async with connection.transaction():
        streams = await _begin(connection, readings, positions)
        step("consumer.begun")
        readings = await _unsettled(connection, readings)
        waiting = {} if alone else await _waiting(engine, connection, readings, streams)
        everything = [*readings, *(r for rs in waiting.values() for r in rs)]
        named = _named(engine, everything)
        suspects = {r.event_id for r in readings if r.event_id} if every_id else unproven(readings, streams)
        batch = _Batch(
            engine=engine,
            spoilt=spoilt,
            streams=streams,
            known=await _known(connection, {r.record.topic for r in readings}, suspects),
            waiting=waiting,
            rows=await rows_of(connection, engine.mind, [s for s in streams.values() if s.sequence]),
            own=await journal.load(connection, engine.mind, None, sorted(named), lock=True) if named else {},
            named=named,
        )
        for reading in readings:
            batch.take(reading)
        step("consumer.folded")
        await batch.write(connection)
    return batch


async def _begin(
    connection: Connection, readings: Iterable[Reading], positions: Sequence[Position]
) -> dict[tuple[str, str], HeardStream]:
    """The batch's streams, locked, as they stood; their rows are already where they will be if nothing is amiss."""
    moves = runs(readings)
    rows = await connection.fetch(
        _BEGIN,
        [p.topic for p in positions],
        [p.partition for p in positions],
        [p.expected for p in positions],
        [p.next for p in positions],
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
            _ELSEWHERE, topics, subjects
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
    left = {None, *(row["id"] for row in await connection.fetch(_UNSETTLED, again))}
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
        replayed = {r.record.inbox_id for r in readings}
        for row in await connection.fetch(_WAITING, list(moving)):
            if row["id"] not in replayed:
                reading = read(record_of(row), engine.service.registry, engine.producers)
                stream = streams[reading.record.topic, reading.subject or ""]
                found.setdefault((stream.id, reading.sequence or 0), []).append(reading)
    return found


async def _known(connection: Connection, topics: set[str], ids: set[UUID]) -> dict[UUID, Record]:
    if not ids:
        return {}
    rows = await connection.fetch(_KNOWN, list(topics), list(ids))
    return {row["event_id"]: record_of(row) for row in rows}


def _named(engine: Engine, readings: Iterable[Reading]) -> set[str]:
    """The own subjects that hearing these may touch, to be locked in one sorted sweep."""
    subjects: set[str] = set()
    for reading in readings:
        if (envelope := reading.envelope) and (reaction := _reaction(engine, reading)):
            try:
                subjects.update(reaction.targets(envelope))
            except Exception:  # noqa: S112 - the same fault comes again when it is taken, and parks it there
                continue
    return subjects


def _reaction(engine: Engine, reading: Reading) -> Reaction | None:
    topic = reading.record.topic
    if topic == CLOCK:
        return Reaction(partial(_bound_by, engine), partial(_passed, engine))
    if topic == HTTP or topic.startswith(INTAKE):
        return engine.service.intake
    assert reading.type is not None
    return engine.service.reactions.get(reading.type)


def _now(engine: Engine, deadline: Envelope) -> datetime:
    """A deadline had passed for whoever read it as due, though the clock may have jumped back since."""
    return max(engine.clock.now(), deadline.time)


def _due(engine: Engine, deadline: Envelope) -> Sequence[Any]:
    return engine.mind.aggregate(deadline.subject).due(deadline.subject, deadline.data, _now(engine, deadline))


def _bound_by(engine: Engine, deadline: Envelope) -> Sequence[str]:
    """The deadline's own subject, and those that its commands bind to it."""
    return [deadline.subject, *(command.subject for command in _due(engine, deadline))]


def _passed(engine: Engine, deadline: Envelope, states: Mapping[str, Any]) -> Sequence[Any]:
    """The commands that a deadline becomes, if the state under the lock still has it in the past."""
    when = engine.mind.aggregate(deadline.subject).deadlines(states[deadline.subject]).get(deadline.data)
    return [] if when is None or when > _now(engine, deadline) else _due(engine, deadline)


@dataclass
class _Batch:
    """The memory of one hearing transaction: everything it locked and read, and what it is going to write."""

    engine: Engine
    spoilt: str | None
    streams: dict[tuple[str, str], HeardStream]
    known: dict[UUID, Record]
    waiting: dict[tuple[int, int], list[Reading]]
    rows: dict[int, dict[str, Any]]
    own: dict[str, Stream]
    named: set[str]
    verdicts: list[Verdict] = field(default_factory=list)
    said: list[Envelope] = field(default_factory=list)
    passed: dict[str, dict[str, datetime]] = field(default_factory=dict)
    remind: bool = False

    def __post_init__(self) -> None:
        self.own_before = dict(self.own)
        self.rows_before = dict(self.rows)
        for stream in self.streams.values():
            stream.waiting = stream.waiting and not any(stream.id == waits for waits, _ in self.waiting)

    def take(self, reading: Reading) -> None:
        """Gives the reading its fate, and then every waiting one that it was the last obstacle to."""
        if reading.record.topic == CLOCK and reading.envelope:
            self.passed.setdefault(reading.envelope.subject, {})[reading.envelope.data] = reading.envelope.time
        following = [reading]
        while following:
            verdict = self._settled(following.pop(0))
            self.verdicts.append(verdict)
            if verdict.stream is None or not verdict.claims:
                continue
            stream = self.streams[verdict.reading.record.topic, verdict.reading.subject or ""]
            if verdict.fate in ("done", "refused"):
                stream.sequence += 1
                if self.waiting:
                    following += self.waiting.pop((stream.id, stream.sequence + 1), [])
                    following += self.waiting.pop((stream.id, stream.sequence), [])
            elif verdict.fate != "duplicate":
                stream.waiting = True

    def _settled(self, reading: Reading) -> Verdict:
        stream = None
        if reading.sequence is not None and reading.subject:
            stream = self.streams[reading.record.topic, reading.subject]
        verdict = judge(reading, stream, self.known)
        if verdict.claims and verdict.fate != "duplicate" and reading.event_id:
            self.known[reading.event_id] = reading.record
        if verdict.fate != "done":
            return verdict
        if self.spoilt:
            return replace(verdict, fate="parked", code=self.spoilt, detail="the database does not take it")
        rows = None if stream is None else self.rows.get(stream.id)
        try:
            self._fold(reading, stream)
            refusal = self._react(reading)
        except Exception as error:
            _log.exception("handler failed", event_id=str(reading.event_id), type=reading.type)
            if stream is not None and rows is not None:
                self.rows[stream.id] = rows
            elif stream is not None:
                self.rows.pop(stream.id, None)
            return replace(verdict, fate="parked", code="handler-failed", detail=type(error).__name__)
        if refusal:
            return replace(verdict, fate="refused", code=refusal.code, detail=refusal.message)
        return verdict

    def _fold(self, reading: Reading, stream: HeardStream | None) -> None:
        if stream is None or reading.envelope is None:
            return
        projections = self.engine.mind.projections(stream.topic, stream.subject)
        if projections:
            rows = self.rows.get(stream.id, {})
            self.rows[stream.id] = {p.table: p.apply(rows.get(p.table), reading.envelope) for p in projections}

    def _react(self, reading: Reading) -> Refusal | None:
        """Does what the event becomes here, or says that a rule said no to it; then that is the answer."""
        envelope, reaction = reading.envelope, _reaction(self.engine, reading)
        if envelope is None or reaction is None:
            return None
        now = self.engine.clock.now()
        if envelope.producer is not None:
            # What an outsider sent is entered when it is heard, whatever time it claims.
            envelope = replace(envelope, recorded_at=now)
        states = {subject: stream.state for subject, stream in self.own.items()}
        cause = Cause(
            envelope.organisation,
            envelope.actor_role,
            envelope.correlation_id,
            envelope.id,
            envelope.traceparent,
            now,
        )
        try:
            self._think(cause, reaction.react(envelope, states))
        except Refusal as refusal:
            self._think(cause, reaction.refused(envelope, refusal))
            return refusal
        return None

    def _think(self, cause: Cause, commands: Sequence[Any]) -> None:
        for command in commands:
            # Its stream is not locked: the append would collide with what stands there, now and at every retry.
            if command.subject not in self.named:
                raise LookupError(f"a reaction touches {command.subject}, which its targets do not name")
        self.own, said = self.engine.mind.think(self.own, cause, commands, self.engine.new_id)
        self.said += said

    async def write(self, connection: Connection) -> None:
        """Writes what the batch came to, in bulk."""
        fresh = [v for v in self.verdicts if v.fate != "duplicate" and v.reading.record.inbox_id is None]
        again = [v for v in self.verdicts if v.fate != "duplicate" and v.reading.record.inbox_id is not None]
        if fresh:
            await connection.copy_records_to_table("inbox", records=map(_inbox_row, fresh), columns=_INBOX)
        step("consumer.written")
        for stream in self.streams.values():
            stream.waiting = stream.waiting or any(stream.id == waits for waits, _ in self.waiting)
        moved = [s for s in self.streams.values() if (s.sequence, s.waiting) != s.stored]
        tables, put, drop = journal.row_changes(
            (self.rows_before.get(stream, {}), rows)
            for stream, rows in self.rows.items()
            if rows is not self.rows_before.get(stream)
        )
        if moved or again or tables:
            await connection.execute(
                _END,
                [s.id for s in moved],
                [s.sequence for s in moved],
                [s.waiting for s in moved],
                [v.reading.record.inbox_id for v in again],
                *(zip(*((*_identity(v), v.fate, v.code, v.detail) for v in again), strict=True) if again else [()] * 8),
                tables,
                put,
                drop,
            )
        if self.said or self.passed:
            passed = {subject: names for subject, names in self.passed.items() if subject in self.own}
            self.remind = await journal.append(
                connection, self.engine.mind, self.own_before, self.own, self.said, passed=passed
            )
        step("consumer.appended")


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
