"""Nearly everything of one topic parks: it is not read on, and tried again; the others flow."""

from dataclasses import replace
from uuid import uuid4

import pytest

from deploy.embedded import Cluster
from shared.runtime import breaker
from shared.runtime.engine import Engine
from tests.rig.heeding import heard_up_to, producing, sequences
from tests.rig.records import counted, send
from tests.rig.stage import Stage, make_topics, until
from tests.rig.varied import vary


async def test_the_breaker_of_one_topic_opens_and_tries_again(
    rig: Stage, ground: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker, "TRY_AGAIN_SECONDS", 3.0)
    good_topic, bad_topic = rig.services["hearer"].hears[0], f"kith.other{rig.suffix}"
    await make_topics(ground.bootstrap, [bad_topic])
    engine = await vary(rig, "hearer", lambda service: replace(service, hears=(good_topic, bad_topic)))
    async with producing(ground) as producer, rig.hearing() as health:
        health.migrated()
        spoilt = [counted(bad_topic, uuid4(), 1)._replace(body=b"{") for _ in range(150)]
        await send(producer, spoilt)
        await until(lambda: opened(engine, bad_topic), 60)
        assert not health.judgement().consume
        assert health.judgement().live
        assert f"The breaker of {bad_topic} is open: nearly everything there parks." in health.judgement().reasons

        tally = uuid4()
        last = (await send(producer, [counted(good_topic, tally, n) for n in range(1, 4)]))[-1]
        behind = (await send(producer, [counted(bad_topic, uuid4(), 1) for _ in range(3)]))[-1]
        await heard_up_to(rig, last)
        assert await sequences(rig, tally) == [1, 2, 3]
        assert not await opened(engine, good_topic)

        await heard_up_to(rig, behind)
        await until(lambda: closed(engine, bad_topic))
        assert health.judgement().consume


async def opened(engine: Engine, topic: str) -> bool:
    return engine.metrics.breaker_open.labels(topic)._value.get() == 1


async def closed(engine: Engine, topic: str) -> bool:
    return not await opened(engine, topic)
