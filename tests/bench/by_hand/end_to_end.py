"""One event from a command to another service by hand: commit, produce with acks=all, fetch, commit."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from shared.runtime.envelope import Envelope
from shared.runtime.wire import headers_of
from tests.bench.by_hand.append import say
from tests.bench.by_hand.catch_up import write
from tests.rig.language import Counted


async def tell(teller: asyncpg.Connection, producer: AIOKafkaProducer, topic: str, tally: UUID, number: int) -> None:
    """Commits one event, and returns when Kafka has it."""
    now = datetime.now(UTC)
    subject, event = f"tally/{tally}", Counted(number=number)
    body = event.model_dump_json().encode()
    identity = uuid4()
    async with teller.transaction():
        await say(teller, topic, tally, "SC012345", identity, number, now, body)
    envelope = Envelope(
        identity, event.type(), topic, subject, now, now, "SC012345", 1, "counter", uuid4(), None, None, None
    )
    await producer.send_and_wait(topic, key=subject.encode(), value=body, headers=headers_of(envelope))


async def hear(hearer: asyncpg.Connection, consumer: AIOKafkaConsumer, topic: str) -> int:
    """Fetches what is there and commits it; returns how many."""
    got = await consumer.getmany(timeout_ms=1000)
    records = [record for group in got.values() for record in group]
    if records:
        await write(hearer, topic, records)
    return len(records)
