"""Every fault in a random order, from a seed: a few seconds of it always, minutes of it in `make chaos`."""

import asyncio
import os
import random
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from deploy.embedded import Cluster
from shared.runtime.steps import STEPS
from tests.chaos.conftest import SESSION_TIMEOUT_MS
from tests.rig.history import check_history, records_of
from tests.rig.kafka import produce_raw
from tests.rig.stage import Process, Stage, stage
from tests.rig.traffic import traffic

LONG = os.environ.get("KITH_CHAOS") == "long"
SECONDS = float(os.environ.get("KITH_CHAOS_SECONDS", 300 if LONG else 12))
SEED = int(os.environ.get("KITH_CHAOS_SEED", random.randrange(2**32) if LONG else 20261122))
FROZEN = 12.0 if LONG else 3.0

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(SECONDS * 2 + 300)]

Fault = Callable[[Stage, random.Random], Awaitable[None]]


def victim(rig: Stage, chance: random.Random) -> Process:
    """Any process of a service; the fault that chose it puts another in its place."""
    return chance.choice([process for process in rig.processes if process.running])


async def kill(rig: Stage, chance: random.Random) -> None:
    process = victim(rig, chance)
    await process.kill()
    await rig.start(process.name)


async def end(rig: Stage, chance: random.Random) -> None:
    process = victim(rig, chance)
    assert await process.kill(signal.SIGTERM, 40) == 0
    await rig.start(process.name)


async def freeze(rig: Stage, chance: random.Random) -> None:
    process = victim(rig, chance)
    process.child.send_signal(signal.SIGSTOP)
    await asyncio.sleep(chance.uniform(0.1, FROZEN))
    process.child.send_signal(signal.SIGCONT)


async def halt(rig: Stage, chance: random.Random) -> None:
    """A third instance that dies at a step of its own, should it come there."""
    step = chance.choice([step for step in STEPS if not step.startswith("rebuild.")])
    process = await rig.start(chance.choice(["teller", "hearer"]), f"{step}:kill")
    await asyncio.sleep(chance.uniform(1, 3))
    await process.kill()


async def broker(rig: Stage, chance: random.Random) -> None:
    node = chance.randrange(len(rig.ground.brokers)) + 1
    await rig.ground.kill_broker(node)
    await asyncio.sleep(chance.uniform(0, 2))
    await rig.ground.start_broker(node)


async def database(rig: Stage, chance: random.Random) -> None:
    await rig.ground.stop_postgres(chance.choice(["immediate", "kill", "fast"]))
    await asyncio.sleep(chance.uniform(0, 2))
    await rig.ground.start_postgres()


async def repeat(rig: Stage, chance: random.Random) -> None:
    topic = rig.services["teller"].topic
    records = await records_of(rig.ground.bootstrap, topic)
    chosen = chance.sample(records, min(len(records), 200))
    await produce_raw(rig.ground.bootstrap, topic, chosen)


async def rebuild(rig: Stage, chance: random.Random) -> None:
    name, table = chance.choice([("teller", "tally"), ("hearer", "heard"), ("hearer", "echo")])
    with suppress(httpx.TransportError):
        await rig.ops(chance.choice(rig.alive(name)), f"projections/{table}/rebuild")


FAULTS: Sequence[Fault] = (kill, end, freeze, halt, broker, database, repeat, rebuild)


@pytest.fixture
async def big_rig(three: Cluster, tmp_path: Path) -> AsyncIterator[Stage]:
    """The two services on a cluster that survives the loss of a broker."""
    async with stage(three, tmp_path, SESSION_TIMEOUT_MS) as made:
        yield made


async def test_everything_at_once(big_rig: Stage) -> None:
    rig, chance = big_rig, random.Random(SEED)
    print(f"KITH_CHAOS_SEED={SEED} KITH_CHAOS_SECONDS={SECONDS:.0f}")
    for _ in range(2):
        await rig.start("teller")
        await rig.start("hearer")
    until, done, left = time.monotonic() + SECONDS, [], []
    async with traffic(rig, seed=SEED, clients=3, within=120) as load:
        # Each fault once in a new order, again and again; the short form comes as far as its seconds reach.
        while time.monotonic() < until:
            left = left or chance.sample(FAULTS, len(FAULTS))
            fault = left.pop()
            print(f"{time.monotonic() - until + SECONDS:6.1f} s: {fault.__name__}")
            await load.answered(3, within=120)
            await fault(rig, chance)
            done.append(fault)
        await load.answered(10, within=120)
    assert done
    print(f"{await check_history(rig, load.acknowledged, within=180)} events through {len(done)} faults")
