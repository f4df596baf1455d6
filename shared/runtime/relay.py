"""The relay: one leader per service carries the journal to Kafka, in order per stream, fair across streams."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from asyncpg import Connection

from shared.runtime import log
from shared.runtime.clock import pause
from shared.runtime.database import SQL, TROUBLE, queries
from shared.runtime.engine import Engine
from shared.runtime.health import Health
from shared.runtime.journal import envelope_of
from shared.runtime.steps import step
from shared.runtime.wire import headers_of

_log = log.logger(__name__)
_SQL = queries(SQL / "relay.sql")

ROUND = 200
"""Streams of one round; each sends at most one event, so none has two unacknowledged."""
LEADER = 0x72656C61


@dataclass(frozen=True, slots=True)
class RelayState:
    """Whether any process of the service leads, and what waits to be sent."""

    leader: bool
    unsent: int
    oldest_seconds: float


async def relay(engine: Engine, health: Health, stopping: asyncio.Event) -> None:
    """Sends until `stopping`, through every loss of leadership, broker or database."""
    health.watch("relay")
    while not stopping.is_set():
        try:
            await _lead(engine, health, stopping)
        except (KafkaError, *TROUBLE) as error:
            engine.metrics.relay_failures.inc()
            _log.warning("relay.retry", error=repr(error))
            health.turn("relay")
            await pause(random.uniform(0.05, 0.5), stopping)
        finally:
            engine.metrics.relay_leader.set(0)
    health.unwatch("relay")


async def _lead(engine: Engine, health: Health, stopping: asyncio.Event) -> None:
    """Waits to become the leader, then sends round after round until something breaks or `stopping`.

    Everything the leader reads and marks goes over the one connection that holds the lock: who lost the lock can
    mark nothing. PostgreSQL ends the session of a leader that stands still, so that another may take over.
    """
    connection = await engine.database.connect("worker")
    producer = None
    try:
        await connection.execute(f"set idle_session_timeout = '{engine.settings.lock_timeout:.0f}s'")
        while not await connection.fetchval("select pg_try_advisory_lock($1)", LEADER):
            health.turn("relay")
            await pause(engine.settings.poll_interval, stopping)
            if stopping.is_set():
                return
        step("relay.leading")
        producer = await _producer(engine)
        engine.metrics.relay_leader.set(1)
        after = 0
        while True:
            engine.said.clear()
            rows = await connection.fetch(_SQL["next"], after, ROUND)
            step("relay.read")
            health.database(True)
            health.turn("relay")
            if rows:
                await _send_round(engine, connection, producer, rows)
                health.broker(True)
                after = rows[-1]["stream"] if len(rows) == ROUND else 0
            elif after:
                after = 0
            elif stopping.is_set():
                return
            else:
                await pause(engine.settings.poll_interval, engine.said)
    finally:
        if producer is not None:
            with suppress(KafkaError, TimeoutError, OSError):
                async with asyncio.timeout(engine.settings.send_timeout):
                    await producer.stop()
        with suppress(*TROUBLE):
            await connection.close(timeout=1)


async def _producer(engine: Engine) -> AIOKafkaProducer:
    """A new idempotent producer: after any error the old one is thrown away (aiokafka#1017)."""
    producer = AIOKafkaProducer(
        bootstrap_servers=engine.settings.bootstrap,
        client_id=f"{engine.service.name}-relay",
        enable_idempotence=True,
        acks="all",
        linger_ms=0,
        request_timeout_ms=int(engine.settings.send_timeout * 1000),
    )
    try:
        async with asyncio.timeout(engine.settings.send_timeout):
            await producer.start()
    except BaseException:
        with suppress(KafkaError, TimeoutError, OSError):
            async with asyncio.timeout(1):
                await producer.stop()
        raise
    return producer


async def _send_round(
    engine: Engine, connection: Connection, producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record]
) -> None:
    """Sends one event each of several streams, waits until all are safe, and marks them.

    The wait is bounded below the lock's own timeout: an idempotent producer would otherwise try for ever.
    """
    topic = engine.service.topic
    async with asyncio.timeout(engine.settings.send_timeout):
        sending = [
            await producer.send(
                topic,
                key=row["subject"].encode(),
                value=row["body"],
                headers=headers_of(envelope_of(row, topic, None)),
            )
            for row in rows
        ]
        acknowledged = await asyncio.gather(*sending)
    step("relay.sent")
    await connection.execute(
        _SQL["mark"],
        [row["stream"] for row in rows],
        [row["sequence"] for row in rows],
        [a.partition for a in acknowledged],
        [a.offset for a in acknowledged],
    )
    step("relay.marked")
    engine.metrics.relay_sent.inc(len(rows))


async def relay_state(engine: Engine) -> RelayState:
    """How much is unsent, how old the oldest of it is, and whether anybody sends."""
    async with engine.database.worker() as connection:
        unsent, oldest = await connection.fetchrow(_SQL["age"]) or (0, None)
        leader = await connection.fetchval(_SQL["leader"], LEADER)
    return RelayState(bool(leader), unsent, float(oldest or 0.0))
