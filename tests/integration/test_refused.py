"""An event that Kafka takes from nobody: its subject stands still and says so, and all others go on."""

from uuid import uuid4

import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared.runtime import sending
from shared.runtime.relay import relay_state
from tests.rig.history import records_of
from tests.rig.stage import Stage, until

pytestmark = pytest.mark.timeout(120)

SMALL, LARGE = 4_000, 1_000_000


async def let_in(rig: Stage, most: int) -> None:
    """From now on a batch of records may have so many bytes on the teller's topic."""
    admin = AIOKafkaAdminClient(bootstrap_servers=rig.ground.bootstrap)
    await admin.start()
    try:
        topic = rig.services["teller"].topic
        await admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, topic, configs={"max.message.bytes": str(most)})]
        )
    finally:
        await admin.close()


async def unsent(rig: Stage) -> set[str]:
    rows = await rig.sql("teller", "select distinct s.subject from unsent u join stream s on s.id = u.stream")
    return {row["subject"] for row in rows}


async def on_kafka(rig: Stage) -> list[tuple[str, int]]:
    """Every record of the topic as (subject, sequence), each partition in its order."""
    records = await records_of(rig.ground.bootstrap, rig.services["teller"].topic)
    return [((r.key or b"").decode(), int(dict(r.headers)["ce_sequence"])) for r in records]


async def test_one_event_too_large_stops_its_own_subject_alone(rig: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "AGAIN_SECONDS", 0.5)
    engine, large, others = await rig.engine("teller"), uuid4(), [uuid4() for _ in range(12)]
    await let_in(rig, SMALL)
    await rig.count(large, 1, note="x" * 10_000)
    await rig.count(large, 2)
    for number in (1, 2, 3):
        for other in others:
            await rig.count(other, number)

    async def only_the_large() -> bool:
        return await unsent(rig) == {f"tally/{large}"}

    async def told() -> bool:
        return bool((await relay_state(engine)).refused)

    async def all_sent() -> bool:
        return not await unsent(rig)

    async with rig.relaying():
        await until(only_the_large, 40)
        await until(told, 20)
        [refused] = (await relay_state(engine)).refused
        assert (refused["subject"], refused["sequence"], refused["code"]) == (f"tally/{large}", 1, "message-too-large")
        late = uuid4()
        await rig.count(late, 1)
        await until(only_the_large, 20)
        await let_in(rig, LARGE)
        await until(all_sent, 40)
    assert not (await relay_state(engine)).refused
    sent = await on_kafka(rig)
    for tally, events in [(large, 2), (late, 1), *((other, 3) for other in others)]:
        assert [sequence for subject, sequence in sent if subject == f"tally/{tally}"] == list(range(1, events + 1))


async def test_many_that_are_too_large_only_together_all_leave(rig: Stage) -> None:
    tallies = [uuid4() for _ in range(30)]
    await let_in(rig, SMALL)
    for tally in tallies:
        await rig.count(tally, 1, note="x" * 600)

    async def all_sent() -> bool:
        return not await unsent(rig)

    async with rig.relaying():
        await until(all_sent, 60)
    assert not await rig.sql("teller", "select 1 from unsent where refused is not null")
    assert sorted(await on_kafka(rig)) == sorted((f"tally/{tally}", 1) for tally in tallies)


async def test_a_process_says_that_something_is_refused(rig: Stage) -> None:
    await let_in(rig, SMALL)
    await rig.count(uuid4(), 1, note="x" * 10_000)
    teller = await rig.start("teller")
    async with httpx.AsyncClient(timeout=5) as client:

        async def told() -> bool:
            ready = await client.get(f"{teller.url}/ready")
            assert ready.status_code == 200
            return any("refuses 1 of" in reason for reason in ready.json()["reasons"])

        await until(told, 40)
        assert "kith_relay_refused 1.0" in (await client.get(f"{teller.url}/metrics")).text
        assert (await client.get(f"{teller.url}/live")).json() == {"live": True, "reasons": []}
    said = [line for line in teller.log.read_text().splitlines() if '"relay.refused"' in line]
    assert said
    assert '"message-too-large"' in said[0]
