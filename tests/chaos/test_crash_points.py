"""For every named step: the process is killed there, started again, and nothing is lost, doubled, reordered."""

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from shared.runtime import projections
from shared.runtime.steps import STEPS
from tests.rig.history import check_history
from tests.rig.stage import Process, Stage, until

Scenario = Callable[[Stage, str], Awaitable[Mapping[str, str]]]


async def say_much(rig: Stage, tallies: int = 8, each: int = 12) -> list[UUID]:
    """Counts on several tallies, half of them echoed on shared subjects; nothing is sent yet."""
    chance, shared = random.Random(7), [uuid4(), uuid4()]
    ids = [uuid4() for _ in range(tallies)]
    for _ in range(each):
        for tally in ids:
            more = {"shared_with": chance.choice(shared)} if chance.random() < 0.5 else {}
            await rig.count(tally, chance.randrange(15), **more)
    return ids


async def killed(process: Process, step: str) -> None:
    """It reached the step, and died of it."""
    assert await process.halted() == step
    assert await process.ended() == -signal.SIGKILL


async def during_a_command(rig: Stage, step: str) -> Mapping[str, str]:
    """The caller who got no answer asks again under the same key, and is told of the one event there is."""
    tally, hearer = uuid4(), await rig.start("hearer")
    await rig.count(tally, 1)
    process = await rig.start("teller", f"{step}:kill")
    await rig.ready(process)
    headers = {"X-API-Key": rig.key, "Idempotency-Key": "once"}
    body = {"number": 2, "note": "asked twice"}
    async with httpx.AsyncClient(timeout=20, headers=headers) as client:
        with pytest.raises(httpx.TransportError):
            await client.post(f"{process.url}/tallies/{tally}/counts", json=body)
        await killed(process, step)
        again = await rig.start("teller")
        answer = await client.post(f"{again.url}/tallies/{tally}/counts", json=body)
    assert (answer.status_code, answer.json()["sequence"]) == (200, 2)
    assert hearer.running
    return {"asked twice": answer.json()["events"][0]["id"]}


async def in_the_relay(rig: Stage, step: str) -> Mapping[str, str]:
    """The events were committed before the leader died; the next one sends them, some perhaps again."""
    await say_much(rig)
    await rig.start("hearer")
    await killed(await rig.start("teller", f"{step}:kill"), step)
    await rig.start("teller")
    return {}


async def in_the_consumer(rig: Stage, step: str) -> Mapping[str, str]:
    """Half of the events were heard before, half lie on Kafka when the consumer that is to die starts."""
    await say_much(rig, each=4)
    await rig.start("teller")
    async with rig.hearing():
        await until(lambda: heard(rig, 32), 60)
    await say_much(rig)
    await killed(await rig.start("hearer", f"{step}:kill"), step)
    await rig.start("hearer")
    return {}


async def heard(rig: Stage, count: int) -> bool:
    rows = await rig.sql("hearer", "select count(*) from inbox where fate in ('done', 'refused')")
    return bool(rows[0]["count"] >= count)


async def at_a_deadline(rig: Stage, step: str) -> Mapping[str, str]:
    """Several deadlines have passed when the process that is to die starts; each is told once."""
    now = (await rig.engine("teller")).clock.now()
    for number in range(6):
        due = (now - timedelta(seconds=number)).isoformat()
        await rig.count(uuid4(), number, note=f"remind visit {due}")
    await killed(await rig.start("teller", f"{step}:kill"), step)
    await rig.start("teller")
    await rig.start("hearer")

    async def reminded() -> bool:
        return len(await rig.sql("teller", "select 1 from tally where reminded = '{visit}'")) == 6

    await until(reminded, 60)
    assert not await rig.sql("teller", "select * from deadline")
    return {}


async def in_a_rebuild(rig: Stage, step: str) -> Mapping[str, str]:
    """Readers still see a whole table, and the rebuild can be asked for again."""
    await say_much(rig)
    await rig.start("teller")
    async with rig.hearing():
        await until(lambda: heard(rig, 96), 60)
    before = await rig.sql("hearer", "select * from heard order by id")
    process = await rig.start("hearer", f"{step}:kill")
    await rig.ready(process)
    with pytest.raises(httpx.TransportError):
        await rig.ops(process, "projections/heard/rebuild")
    await killed(process, step)
    assert await rig.sql("hearer", "select * from heard order by id") == before
    again = await rig.start("hearer")
    await say_much(rig, each=2)
    rebuilt = await rig.ops(again, "projections/heard/rebuild")
    assert rebuilt["streams"] >= 8
    assert (await projections.verify(await rig.engine("hearer"), "heard")).equal
    return {}


SCENARIOS: Mapping[str, Scenario] = {
    "command": during_a_command,
    "relay": in_the_relay,
    "consumer": in_the_consumer,
    "deadline": at_a_deadline,
    "rebuild": in_a_rebuild,
}
# What is due is heard by the consumer's own steps, so these are crash points of deadlines too.
HEARD_DEADLINES = [step for step in STEPS if step.startswith("consumer.") and step != "consumer.fetched"]


def test_every_step_has_a_scenario() -> None:
    assert {step.partition(".")[0] for step in STEPS} <= SCENARIOS.keys(), "a new kind of step needs a scenario here"
    assert len(set(STEPS)) == len(STEPS)


@pytest.mark.chaos
@pytest.mark.parametrize("step", STEPS)
async def test_a_kill_at_any_step_loses_nothing_and_repeats_nothing(rig: Stage, step: str) -> None:
    acknowledged = await SCENARIOS[step.partition(".")[0]](rig, step)
    async with asyncio.timeout(100):
        assert await check_history(rig, acknowledged)


@pytest.mark.chaos
@pytest.mark.parametrize("step", HEARD_DEADLINES)
async def test_killed_while_a_deadline_is_heard_at(rig: Stage, step: str) -> None:
    await at_a_deadline(rig, step)
    assert await check_history(rig) == 12
