"""What is done to a topic behind everybody's back."""

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer, ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from tests.rig.stage import make_topics, until


async def produce_raw(bootstrap: str, topic: str, records: Sequence[ConsumerRecord]) -> None:
    """The same bytes again, each on the partition that it stood on, in this order within each."""
    async with asyncio.timeout(60):
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
        await producer.start()
        try:
            sending = [
                await producer.send(topic, r.value, key=r.key, partition=r.partition, headers=list(r.headers))
                for r in records
            ]
            await asyncio.gather(*sending)
        finally:
            await producer.stop()


async def recreate_topic(bootstrap: str, topic: str, replicas: int = 1) -> None:
    """The topic is deleted and there again, empty."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([topic])
    finally:
        await admin.close()

    async def made() -> bool:
        try:
            await make_topics(bootstrap, [topic], replicas)
        except KafkaError:
            return False
        return True

    await until(made, 30, pause=0.1)
