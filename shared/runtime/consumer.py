"""The consumer: batches from Kafka through FastStream, in which PostgreSQL alone knows where reading goes on.

What is committed to Kafka is for lag tools only. aiokafka activates an assignment before it tells the listener, and its
listener must not wait (heartbeats stop), so the listener only notes partitions as unknown; records of unknown
partitions are dropped, and a seek to the stored position makes them known.
"""

import asyncio
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial

import asyncpg
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError
from asyncpg import Connection

from shared.runtime import log
from shared.runtime.bookmarks import Bookmarks
from shared.runtime.breaker import Breaker
from shared.runtime.clock import elapsed
from shared.runtime.database import TROUBLE, is_away, is_transient
from shared.runtime.engine import Engine
from shared.runtime.fetching import JOIN_SECONDS, fetching
from shared.runtime.freshness import Freshness
from shared.runtime.health import Health
from shared.runtime.hearing import Heard, hear_all, is_overtaken
from shared.runtime.inbox import Verdict
from shared.runtime.steps import step
from shared.runtime.sweep import Position
from shared.runtime.wire import Record, digest

_log = log.logger(__name__)


class Consumer(ConsumerRebalanceListener):  # type: ignore[misc]
    """Hears the topics of one service until it is stopped, through every loss of broker, database or assignment."""

    def __init__(self, engine: Engine, health: Health) -> None:
        self._engine, self._health = engine, health
        self._breaker = Breaker()
        self._connection: Connection | None = None
        self._bookmarks = Bookmarks()
        self._sought = asyncio.Event()
        self._committed: dict[TopicPartition, int] = {}
        self._freshness = Freshness(engine, health, self._bookmarks)
        self._broker, self._subscriber = fetching(engine, self, self._handle)

    async def run(self, stopping: asyncio.Event) -> None:
        """Starts when Kafka answers, hears until `stopping`, and ends with the batch in hand committed."""
        self._health.consumes()
        self._health.watch("consumer")
        try:
            while not stopping.is_set() and not await self._started(stopping):
                await asyncio.sleep(random.uniform(0.2, 1.0))
            while not stopping.is_set():
                await self._keep_up()
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.5):
                        await self._sought.wait()
        finally:
            self._health.unwatch("consumer")
            with suppress(KafkaError, TimeoutError, OSError):
                async with asyncio.timeout(self._engine.settings.drain_bound):
                    await self._commit()
                    await self._broker.stop()
            if self._connection is not None:
                await self._connection.close(timeout=1)

    async def _started(self, stopping: asyncio.Event) -> bool:
        """Whether Kafka let this process into the group; joining waits until a killed member's session has expired."""
        starting = asyncio.ensure_future(self._broker.start())
        until = elapsed() + self._engine.settings.session_timeout_ms / 1000 + JOIN_SECONDS
        try:
            while not starting.done() and elapsed() < until and not stopping.is_set():
                await asyncio.wait({starting}, timeout=0.5)
                self._health.turn("consumer")
            if not starting.done():
                raise TimeoutError("Kafka did not let this process into the group in time")
            await starting
        except (KafkaError, OSError, TimeoutError) as error:
            starting.cancel()
            self._health.broker(False)
            _log.warning("consumer.waiting_for_kafka", error=repr(error))
            with suppress(KafkaError, OSError, TimeoutError):
                async with asyncio.timeout(1):
                    await self._broker.stop()
            return False
        self._health.broker(True)
        return True

    @property
    def _kafka(self) -> AIOKafkaConsumer | None:
        kafka: AIOKafkaConsumer | None = self._subscriber.consumer
        return kafka

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Whatever was known of these is no longer."""
        self._bookmarks.forget(revoked)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Notes the partitions as unknown, and wakes the loop that seeks them."""
        self._bookmarks.forget(list(self._bookmarks.known))
        self._sought.set()

    async def _keep_up(self) -> None:
        """One turn beside the batches: seek what is unknown, apply breakers, tell Kafka and the metrics where."""
        self._sought.clear()
        try:
            await self._seek()
            self._apply_breakers()
            await self._commit()
            if kafka := self._kafka:
                await self._freshness.measure(kafka)
        except (KafkaError, *TROUBLE) as error:
            _log.warning("consumer.retry", error=repr(error))
            # What takes too long, or breaks off, is Kafka's: a database that is away raises Unavailable.
            if is_away(error):
                self._health.database(False)
            elif not isinstance(error, asyncpg.PostgresError):
                self._health.broker(False)
        self._health.turn("consumer")

    async def _seek(self) -> None:
        kafka = self._kafka
        if not kafka or not self._bookmarks.unknown(kafka):
            return
        async with self._engine.database.worker() as connection:
            await self._bookmarks.seek(kafka, connection)
        self._health.database(True)
        self._health.assigned({(p.topic, p.partition) for p in kafka.assignment()})

    async def _handle(self, records: list[Record]) -> None:
        """Hears a batch; returns always, because FastStream advances past a batch whose handler raises."""
        step("consumer.fetched")
        by_partition: dict[TopicPartition, list[Record]] = {}
        for record in records:
            by_partition.setdefault(TopicPartition(record.topic, record.partition), []).append(record)
        try:
            stood: dict[TopicPartition, int] = {}
            mine: list[Record] = []
            for where, group in by_partition.items():
                known = self._bookmarks.known.get(where)
                fitting = await self._fitting(where, group)
                # A rebalance may move a bookmark at any await: what it said before is what these records follow.
                if fitting and known is not None and self._bookmarks.known.get(where) == known:
                    stood[where] = known
                    mine += fitting
            if mine:
                async for positions, heard in hear_all(self._engine, self._database, mine, partial(_positions, stood)):
                    for position in positions:
                        stood[TopicPartition(position.topic, position.partition)] = position.next
                    self._advance(positions, heard)
        except Exception as error:
            if not is_transient(error) and not is_overtaken(error):
                _log.exception("consumer.batch_failed")
            await self._lost(error, by_partition)
        self._health.turn("consumer")

    async def _fitting(self, where: TopicPartition, group: Sequence[Record]) -> Sequence[Record]:
        if where not in self._bookmarks.known or not self._kafka:
            self._sought.set()
            return ()
        return await self._bookmarks.fitting(self._kafka, await self._database(), where, group)

    def _advance(self, positions: Sequence[Position], heard: Heard) -> None:
        for position in positions:
            self._bookmarks.advance(
                TopicPartition(position.topic, position.partition), position.expected, position.next
            )
        self._health.database(True)
        self._health.broker(True)
        self._freshness.heard(heard.verdicts)
        opened = self._breaker.note(_parked_by_topic(heard.verdicts), elapsed())
        for topic in opened:
            _log.error("breaker.opened", topic=topic)
        self._apply_breakers()

    async def _database(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._engine.database.connect("worker")
        return self._connection

    async def _lost(self, error: BaseException, batches: Mapping[TopicPartition, Sequence[Record]]) -> None:
        """Makes Kafka hand the batch out again, from wherever the database now says reading stands."""
        self._engine.metrics.consumer_retries.labels(next(iter(batches)).topic).inc()
        _log.warning("consumer.batch_again", error=repr(error))
        if is_away(error):
            self._health.database(False)
        if self._connection is not None and not is_overtaken(error):
            self._connection.terminate()
            self._connection = None
        for where in batches:
            if is_overtaken(error):
                self._bookmarks.forget([where])
            elif self._kafka:
                self._bookmarks.again(self._kafka, where)
        self._sought.set()
        await asyncio.sleep(random.uniform(0.02, 0.3))

    def _apply_breakers(self) -> None:
        """Pauses the topics whose breaker is open; a rebalance forgets pauses, so they are applied each turn."""
        if not (kafka := self._kafka):
            return
        now, paused = elapsed(), kafka.paused()
        for where in kafka.assignment():
            is_open = self._breaker.is_open(where.topic, now)
            self._health.breaker(where.topic, is_open)
            self._engine.metrics.breaker_open.labels(where.topic).set(is_open)
            if is_open and where not in paused:
                kafka.pause(where)
            elif not is_open and where in paused:
                kafka.resume(where)
                self._bookmarks.again(kafka, where)

    async def _commit(self) -> None:
        """Tells Kafka where the database stands, for lag tools; a refusal only means that the group has moved on."""
        kafka = self._kafka
        known = dict(self._bookmarks.known)
        if not kafka or not known or self._committed == known:
            return
        offsets = {where: offset for where, offset in known.items() if where in kafka.assignment()}
        async with asyncio.timeout(self._engine.settings.send_timeout):
            await kafka.commit(offsets)
        self._committed = known


def _positions(stood: Mapping[TopicPartition, int], records: Sequence[Record]) -> list[Position]:
    lasts = {TopicPartition(r.topic, r.partition): r for r in records}
    return [
        Position(where.topic, where.partition, stood[where], last.offset + 1, digest(last))
        for where, last in lasts.items()
    ]


def _parked_by_topic(verdicts: Sequence[Verdict]) -> dict[str, list[bool]]:
    counts: dict[str, list[bool]] = {}
    for verdict in verdicts:
        counts.setdefault(verdict.reading.record.topic, []).append(verdict.fate == "parked")
    return counts
