"""How far behind each partition is heard: the database's positions held against the log's ends."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.runtime.database import SQL, queries
from shared.runtime.engine import Engine

_SQL = queries(SQL / "bookmarks.sql")


@dataclass(frozen=True, slots=True)
class Lag:
    """One partition: the next offset to hear, the log's end, and the age of the oldest record not yet heard."""

    topic: str
    partition: int
    position: int
    end: int
    behind: int
    seconds: float


async def lag(engine: Engine) -> Sequence[Lag]:
    """The lag of every partition this service reads; raises Unavailable, KafkaError or TimeoutError."""
    async with engine.database.worker() as connection:
        rows = await connection.fetch(_SQL["positions"])
    positions = {TopicPartition(topic, partition): offset for topic, partition, offset in rows}
    if not positions:
        return []
    kafka = AIOKafkaConsumer(bootstrap_servers=engine.settings.bootstrap, enable_auto_commit=False)
    try:
        async with asyncio.timeout(engine.settings.send_timeout):
            await kafka.start()
            ends = await kafka.end_offsets(list(positions))
            return [
                Lag(
                    where.topic,
                    where.partition,
                    position,
                    ends[where],
                    max(0, ends[where] - position),
                    await _age(kafka, where, position) if ends[where] > position else 0.0,
                )
                for where, position in positions.items()
            ]
    finally:
        await kafka.stop()


async def _age(kafka: AIOKafkaConsumer, where: TopicPartition, position: int) -> float:
    kafka.assign([where])
    kafka.seek(where, position)
    found = await kafka.getmany(where, timeout_ms=1000, max_records=1)
    return time.time() - found[where][0].timestamp / 1000 if found.get(where) else 0.0
