"""Hearing: how fast a backlog is caught up with, and how soon one event is seen elsewhere."""

import asyncio
import gc
import statistics
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from time import perf_counter
from typing import Any
from uuid import uuid4

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from deploy.embedded import Cluster
from shared.runtime.consumer import Consumer
from shared.runtime.decisions import Mind
from shared.runtime.engine import Engine
from shared.runtime.envelope import Envelope
from shared.runtime.health import Health
from shared.runtime.hearing import Heard
from shared.runtime.wire import headers_of
from tests.bench.by_hand import catch_up, end_to_end
from tests.bench.measure import Measure, at_least, at_most, told
from tests.rig.language import Counted
from tests.rig.stage import PARTITIONS, Stage, stage

EVENTS, STREAMS, ROUNDS = 30_000, 3_000, 5
ONE_AT_A_TIME, BLOCK = 2_000, 100


class Watched(Consumer):
    """A consumer that says when so many records are committed."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, Health())
        self.heard, self._more = 0, asyncio.Event()
        self.first: tuple[int, float] | None = None

    def _advance(self, positions: Any, heard: Heard) -> None:
        super()._advance(positions, heard)
        self.heard += len(heard.verdicts)
        self.first = self.first or (self.heard, perf_counter())
        self._more.set()

    async def until(self, count: int) -> None:
        """Returns once so many are committed."""
        while self.heard < count:
            self._more.clear()
            await self._more.wait()


async def listener(made: Stage) -> Engine:
    """The hearer without its reactions: it hears and projects, as the side by hand does."""
    engine = await made.engine("hearer")
    service = replace(engine.service, reactions={}, aggregates=())
    return replace(engine, service=service, mind=Mind(service))


@asynccontextmanager
async def listening(made: Stage) -> AsyncIterator[Watched]:
    """The hearer's consumer at work."""
    consumer, stopping = Watched(await listener(made)), asyncio.Event()
    running = asyncio.create_task(consumer.run(stopping))
    try:
        yield consumer
    finally:
        stopping.set()
        await running


async def fill(bootstrap: str, topic: str) -> None:
    """Puts the backlog on the topic, round robin over its streams."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=20, acks="all")
    await producer.start()
    subjects, now, sent = [f"tally/{uuid4()}" for _ in range(STREAMS)], datetime.now(UTC), []
    for number in range(EVENTS):
        subject, event = subjects[number % STREAMS], Counted(number=number)
        sequence = number // STREAMS + 1
        envelope = Envelope(
            uuid4(), event.type(), topic, subject, now, now, "SC012345", sequence, "counter", uuid4(), None, None, None
        )
        body = event.model_dump_json().encode()
        sent.append(await producer.send(topic, key=subject.encode(), value=body, headers=headers_of(envelope)))
    await asyncio.gather(*sent)
    await producer.stop()


async def catching_up(ground: Cluster) -> Sequence[Measure]:
    """Events a second from Kafka to inbox and read model once each is under way, ours and by hand in turn."""
    ours, by_hand = [], []
    # As a service does once it runs; the side by hand has it too.
    gc.freeze()
    for _ in range(ROUNDS):
        async with AsyncExitStack() as stack:
            mine = await stack.enter_async_context(stage(ground, Path(mkdtemp())))
            theirs = await stack.enter_async_context(stage(ground, Path(mkdtemp())))
            for made in (mine, theirs):
                await fill(ground.bootstrap, made.services["teller"].topic)
            by_hand.append(
                await catch_up.catch_up(
                    ground.bootstrap,
                    ground.postgres.dsn(theirs.settings["hearer"].database),
                    theirs.services["teller"].topic,
                    PARTITIONS,
                    EVENTS,
                    mine.settings["hearer"].batch_size,
                )
            )
            async with listening(mine) as consumer:
                await consumer.until(EVENTS)
                assert consumer.first is not None
                heard, begun = consumer.first
                ours.append((EVENTS - heard) / (perf_counter() - begun))
            assert await count(mine) == await count(theirs) == EVENTS
    alone = await one_by_one(ground)
    return [
        at_least("catch-up, Kafka to read model", ours, by_hand, 0.8, "events/s"),
        told("a transaction and an offset commit a message, by hand", alone, "events/s"),
    ]


async def count(made: Stage) -> int:
    """How many records the hearer's inbox holds."""
    return int((await made.sql("hearer", "select count(*) from inbox"))[0][0])


async def one_by_one(ground: Cluster, events: int = 500) -> float:
    """The usual handler: one transaction and one offset commit for each message."""
    async with stage(ground, Path(mkdtemp())) as made:
        topic = made.services["teller"].topic
        await fill(ground.bootstrap, topic)
        connection = await asyncpg.connect(ground.postgres.dsn(made.settings["hearer"].database))
        consumer = AIOKafkaConsumer(
            topic, bootstrap_servers=ground.bootstrap, group_id=f"by-hand-{made.suffix}", enable_auto_commit=False,
            auto_offset_reset="earliest",
        )  # fmt: skip
        await consumer.start()
        begun = perf_counter()
        for _ in range(events):
            record = await consumer.getone()
            await catch_up.write(connection, topic, [record])
            await consumer.commit({TopicPartition(topic, record.partition): record.offset + 1})
        rate = events / (perf_counter() - begun)
        await consumer.stop()
        await connection.close()
        return rate


async def seeing(ground: Cluster) -> Sequence[Measure]:
    """Milliseconds from a command until another service has committed it, one at a time, in alternating blocks."""
    ours: list[float] = []
    by_hand: list[float] = []
    async with AsyncExitStack() as stack:
        mine = await stack.enter_async_context(stage(ground, Path(mkdtemp())))
        theirs = await stack.enter_async_context(stage(ground, Path(mkdtemp())))
        await stack.enter_async_context(mine.relaying())
        watched = await stack.enter_async_context(listening(mine))
        await mine.count(uuid4(), 0)
        await watched.until(1)
        topic = theirs.services["teller"].topic
        teller = await asyncpg.connect(ground.postgres.dsn(theirs.settings["teller"].database))
        hearer = await asyncpg.connect(ground.postgres.dsn(theirs.settings["hearer"].database))
        producer = AIOKafkaProducer(bootstrap_servers=ground.bootstrap, acks="all", enable_idempotence=True)
        consumer = AIOKafkaConsumer(bootstrap_servers=ground.bootstrap, enable_auto_commit=False)
        await producer.start()
        await consumer.start()
        consumer.assign([TopicPartition(topic, partition) for partition in range(PARTITIONS)])
        await consumer.seek_to_beginning()
        for _ in range(ONE_AT_A_TIME // BLOCK):
            for number in range(BLOCK):
                begun = perf_counter()
                await end_to_end.tell(teller, producer, topic, uuid4(), number)
                while not await end_to_end.hear(hearer, consumer, topic):
                    pass
                by_hand.append((perf_counter() - begun) * 1000)
            for number in range(BLOCK):
                heard = watched.heard
                begun = perf_counter()
                await mine.count(uuid4(), number)
                await watched.until(heard + 1)
                ours.append((perf_counter() - begun) * 1000)
        await producer.stop()
        await consumer.stop()
        await teller.close()
        await hearer.close()
    return [
        at_most("command to visible elsewhere, p50", percentile(ours, 50), percentile(by_hand, 50), 2.0, "ms"),
        at_most("command to visible elsewhere, p95", percentile(ours, 95), percentile(by_hand, 95), 2.5, "ms"),
    ]


def percentile(values: Sequence[float], percent: int) -> float:
    """The value below which that share of the values lies."""
    return statistics.quantiles(values, n=100)[percent - 1]
