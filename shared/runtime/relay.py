"""The relay: one leader per service carries the journal to Kafka, in order per stream, fair across streams."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata
from asyncpg import Connection

from shared.runtime import log
from shared.runtime.clock import elapsed, pause
from shared.runtime.database import SQL, TROUBLE, queries
from shared.runtime.engine import Engine
from shared.runtime.health import Health
from shared.runtime.sending import Doubts, end, new_producer, refusal, send
from shared.runtime.steps import step

_log = log.logger(__name__)
_SQL = queries(SQL / "relay.sql")

ROUND = 200
"""Streams of one round; each sends at most one event, so none has two unacknowledged."""
LEADER = 0x72656C61


@dataclass(frozen=True, slots=True)
class RelayState:
    """Whether any process of the service leads, what waits to be sent, how long what could be sent has been waiting,
    how many events Kafka refuses, and up to a hundred of these."""

    leader: bool
    unsent: int
    oldest_seconds: float
    backlog_seconds: float = 0.0
    refused_count: int = 0
    refused: Sequence[dict[str, Any]] = ()


async def relay(engine: Engine, health: Health, stopping: asyncio.Event) -> None:
    """Sends until `stopping`, through every loss of leadership, broker or database; the round in flight is finished.

    An event that Kafka refuses for what it is stands still with its stream, and says so; all others go on.
    """
    health.watch("relay")
    doubts = Doubts()
    while not stopping.is_set():
        try:
            await _lead(engine, health, stopping, doubts)
        except (KafkaError, *TROUBLE) as error:
            engine.metrics.relay_failures.inc()
            _log.warning("relay.retry", error=repr(error))
            health.turn("relay")
            await pause(random.uniform(0.05, 0.5), stopping)
        finally:
            engine.metrics.relay_leader.set(0)
    health.unwatch("relay")


async def _lead(engine: Engine, health: Health, stopping: asyncio.Event, doubts: Doubts) -> None:
    """Waits to become the leader, then sends round after round until something breaks or `stopping`.

    Everything the leader reads and marks goes over the one connection that holds the lock: who lost the lock can
    mark nothing. PostgreSQL ends the session of a leader that stands still, so that another may take over.
    """
    connection = await engine.database.connect("worker")
    producer = None
    try:
        await connection.execute(_SQL["stand_still"], f"{engine.settings.lock_timeout * 1000:.0f}")
        while not await connection.fetchval(_SQL["lead"], LEADER):
            health.turn("relay")
            await pause(engine.settings.poll_interval, stopping)
            if stopping.is_set():
                return
        step("relay.leading")
        producer = await new_producer(engine)
        engine.metrics.relay_leader.set(1)
        after = 0
        while not stopping.is_set():
            engine.said.clear()
            rows = await connection.fetch(_SQL["next"], after, ROUND)
            step("relay.read")
            health.database(True)
            health.turn("relay")
            rounds = [part for part in doubts.parted(rows, elapsed()) if part]
            for part in rounds:
                sound = await _send_round(engine, connection, producer, part, doubts)
                health.broker(True)
                if not sound:
                    # The sequence numbers of what was refused are missing on its partition: it takes nothing more.
                    await end(producer, engine.settings.send_timeout)
                    producer = await new_producer(engine)
                    break
            after = rows[-1]["stream"] if len(rows) == ROUND else 0
            if not rounds and not after:
                await pause(engine.settings.poll_interval, engine.said)
    finally:
        if producer is not None:
            await end(producer, engine.settings.send_timeout)
        with suppress(*TROUBLE):
            await connection.close(timeout=1)


async def _send_round(
    engine: Engine,
    connection: Connection,
    producer: AIOKafkaProducer,
    rows: Sequence[asyncpg.Record],
    doubts: Doubts,
) -> bool:
    """Sends one event each of several streams, waits until all are answered, and marks those that are safe.

    Answers whether the producer may be used again; raises what is about none of these events.
    """
    answers = list(zip(rows, await send(engine, producer, rows), strict=True))
    step("relay.sent")
    safe = [(row, answer) for row, answer in answers if isinstance(answer, RecordMetadata)]
    if safe:
        await connection.execute(
            _SQL["mark"],
            [row["stream"] for row, _ in safe],
            [row["sequence"] for row, _ in safe],
            [answer.partition for _, answer in safe],
            [answer.offset for _, answer in safe],
        )
    step("relay.marked")
    engine.metrics.relay_sent.inc(len(safe))
    doubts.taken(row["stream"] for row, _ in safe)
    refused = [(row, code) for row, answer in answers if (code := refusal(answer))]
    if not refused:
        for _, answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return True
    if len(rows) > 1:
        doubts.doubt(row["stream"] for row, _ in refused)
        return False
    [(row, code)] = refused
    doubts.refused(row["stream"], elapsed(), code)
    await connection.execute(_SQL["refuse"], row["stream"], row["sequence"], code)
    _log.error("relay.refused", code=code, event_id=str(row["event_id"]), type=row["type"], sequence=row["sequence"])
    return False


async def relay_state(engine: Engine) -> RelayState:
    """How much is unsent, how old the oldest of it is, what Kafka refuses, and whether anybody sends."""
    async with engine.database.worker() as connection:
        [age] = await connection.fetch(_SQL["age"], engine.clock.now())
        leader = await connection.fetchval(_SQL["leader"], LEADER)
        refused = [dict(row) for row in await connection.fetch(_SQL["refused"])] if age["refused"] else []
    oldest, backlog = float(age["oldest"] or 0), float(age["backlog"] or 0)
    return RelayState(bool(leader), age["unsent"], oldest, backlog, age["refused"], refused)
