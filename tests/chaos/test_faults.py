"""What machines and operators do to a running system: brokers and databases die, records come again, topics vanish."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.embedded import Cluster
from tests.chaos.conftest import SESSION_TIMEOUT_MS
from tests.chaos.test_crash_points import heard, say_much
from tests.rig.history import check_history, records_of, settled
from tests.rig.kafka import produce_raw, recreate_topic
from tests.rig.stage import Process, Stage, stage, until
from tests.rig.traffic import traffic

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]


@pytest.fixture
async def big_rig(three: Cluster, tmp_path: Path) -> AsyncIterator[Stage]:
    """The two services on a cluster that survives the loss of a broker."""
    async with stage(three, tmp_path, SESSION_TIMEOUT_MS) as made:
        yield made


async def test_a_broker_killed_under_load(big_rig: Stage) -> None:
    rig, three = big_rig, big_rig.ground
    await rig.start("teller")
    await rig.start("hearer")
    async with traffic(rig) as load:
        await load.answered(30)
        for node in (1, 2):
            await three.kill_broker(node)
            await load.answered(30)
            await three.start_broker(node)
            await load.answered(10)
    assert await check_history(rig, load.acknowledged) >= 100
    assert all(process.running for process in rig.processes), "nothing restarts because of Kafka"


async def test_postgres_stopped_at_once_under_load(rig: Stage) -> None:
    await rig.start("teller")
    await rig.start("hearer")
    async with traffic(rig) as load:
        for _ in range(2):
            await load.answered(30)
            await rig.ground.stop_postgres("immediate")
            await rig.ground.start_postgres()
        await load.answered(30)
    assert await check_history(rig, load.acknowledged) >= 90
    assert all(process.running for process in rig.processes), "nothing restarts because of PostgreSQL"


async def test_records_delivered_many_times(rig: Stage) -> None:
    """All of the topic again, forwards and backwards, while the original goes on being heard."""
    topic = rig.services["teller"].topic
    await rig.start("teller")
    await rig.start("hearer")
    async with traffic(rig) as load:
        await load.answered(40)
        for _ in range(2):
            everything = await records_of(rig.ground.bootstrap, topic)
            await produce_raw(rig.ground.bootstrap, topic, everything)
            await produce_raw(rig.ground.bootstrap, topic, everything[::-1])
        await load.answered(20)
    await check_history(rig, load.acknowledged)


async def test_two_instances_of_each_killed_in_turn(rig: Stage) -> None:
    for _ in range(2):
        await rig.start("teller")
        await rig.start("hearer")
    async with traffic(rig) as load:
        for process in list(rig.processes):
            await load.answered(15)
            await process.kill()
            await load.answered(15)
            await rig.start(process.name)
    await check_history(rig, load.acknowledged)


def says(process: Process, event: str) -> bool:
    return event in process.log.read_text(errors="replace")


async def test_a_topic_emptied_while_it_is_heard(rig: Stage) -> None:
    """The hearer says that it is not the log it knew, and goes on with what is said from then on."""
    await rig.start("teller")
    hearer = await rig.start("hearer")
    await say_much(rig)
    await settled(rig)
    await recreate_topic(rig.ground.bootstrap, rig.services["teller"].topic)
    await say_much(rig, tallies=30, each=2)
    await check_history(rig, whole_topic=False)
    assert says(hearer, "topic.recreated")


async def test_a_topic_made_anew_while_nobody_hears(rig: Stage) -> None:
    """It holds some of what was heard, and all of what was not, at other places than before."""
    topic, bootstrap = rig.services["teller"].topic, rig.ground.bootstrap
    await rig.start("teller")
    async with rig.hearing():
        await say_much(rig)
        await until(lambda: heard(rig, 96), 60)
    old = Counter(record.partition for record in await records_of(bootstrap, topic))
    await say_much(rig, each=3)
    await until(lambda: all_sent(rig), 60)
    everything = await records_of(bootstrap, topic)
    await recreate_topic(bootstrap, topic)
    await produce_raw(bootstrap, topic, [r for r in everything if r.offset >= old[r.partition] // 2])
    hearer = await rig.start("hearer")
    await say_much(rig, each=1)
    await settled(rig)
    await check_history(rig, whole_topic=False)
    assert says(hearer, "topic.recreated")


async def test_a_topic_made_anew_in_reverse_is_heard_in_order(rig: Stage) -> None:
    """Everything comes before what it follows, in one batch and across batches: held, and healed."""
    topic, bootstrap = rig.services["teller"].topic, rig.ground.bootstrap
    teller = await rig.start("teller")
    await say_much(rig)
    await until(lambda: all_sent(rig), 60)
    await teller.kill()
    everything = await records_of(bootstrap, topic)
    await recreate_topic(bootstrap, topic)
    await produce_raw(bootstrap, topic, everything[::-1])
    await rig.start("hearer")
    await check_history(rig, whole_topic=False)


async def all_sent(rig: Stage) -> bool:
    return not await rig.sql("teller", "select 1 from unsent limit 1")


async def test_kafka_away_changes_nothing_but_freshness(rig: Stage) -> None:
    """Commands are still answered, nobody restarts, and afterwards everything is heard."""
    await rig.start("teller")
    await rig.start("hearer")
    async with traffic(rig) as load:
        await load.answered(20)
        await rig.ground.kill_broker(1, signal.SIGTERM)
        await load.answered(60)
        await rig.ground.start_broker(1)
        async with asyncio.timeout(60):
            await load.answered(10)
    await check_history(rig, load.acknowledged)
    assert all(process.running for process in rig.processes)
