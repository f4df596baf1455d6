from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer

from tests.rig.records import counted, send
from tests.rig.stage import Stage, until


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_a_batch_compressed_in_any_way_is_heard(rig: Stage, codec: str) -> None:
    topic, tally = rig.services["teller"].topic, uuid4()
    async with AIOKafkaProducer(bootstrap_servers=rig.ground.bootstrap, compression_type=codec) as producer:
        await send(producer, [counted(topic, tally, sequence) for sequence in (1, 2, 3)])
    async with rig.hearing():

        async def all_heard() -> bool:
            rows = await rig.sql("hearer", "select sequences from heard")
            return [row["sequences"] for row in rows] == [[1, 2, 3]]

        await until(all_heard)
