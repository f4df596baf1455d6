"""Processes that stand still longer than anybody waits for them, and then go on as if nothing had been."""

import asyncio
import signal
from uuid import uuid4

import asyncpg
import pytest

from shared.runtime.database import BOUNDS
from shared.runtime.relay import LEADER
from tests.chaos.test_crash_points import heard, say_much
from tests.rig.frontend import frontend
from tests.rig.history import check_history, settled
from tests.rig.stage import Process, Stage, until
from tests.rig.traffic import traffic

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]

TAKES_OVER = 60.0
"""Seconds within which somebody else goes on; the bounds themselves add up to some fifteen."""


async def still_frozen(process: Process) -> None:
    assert process.state() == "T", f"{process.name} was to stand still all the while"


@pytest.mark.parametrize("step", ["consumer.fetched", "consumer.begun", "consumer.written", "consumer.committed"])
async def test_a_frozen_consumer_is_passed_by_and_changes_nothing_when_it_wakes(rig: Stage, step: str) -> None:
    await say_much(rig)
    await rig.start("teller")
    frozen = await rig.start("hearer", f"{step}:stop")
    assert await frozen.halted() == step
    await rig.start("hearer")
    await settled(rig, TAKES_OVER)
    await still_frozen(frozen)
    frozen.child.send_signal(signal.SIGCONT)
    await say_much(rig, each=3)
    await check_history(rig)
    assert all(process.running for process in rig.processes)


@pytest.mark.parametrize("step", ["relay.leading", "relay.read", "relay.sent"])
async def test_a_frozen_leader_loses_the_lead_and_can_only_repeat_itself(rig: Stage, step: str) -> None:
    await say_much(rig)
    frozen = await rig.start("teller", f"{step}:stop")
    assert await frozen.halted() == step
    await rig.start("teller")
    await rig.start("hearer")
    await settled(rig, TAKES_OVER)
    await still_frozen(frozen)
    frozen.child.send_signal(signal.SIGCONT)
    await say_much(rig, each=3)
    await check_history(rig)
    assert all(process.running for process in rig.processes)


async def test_a_leader_frozen_at_any_moment_loses_the_lead(rig: Stage) -> None:
    """Wherever the signal finds it, between Parse and Execute of a statement too."""
    first, second = await rig.start("teller"), await rig.start("teller")
    await rig.start("hearer")
    async with traffic(rig, clients=3) as load:
        await load.answered(20)
        for process in (first, second):
            process.child.send_signal(signal.SIGSTOP)
            await load.answered(5)
            await until(lambda: relayed_again(rig), TAKES_OVER)
            await still_frozen(process)
            process.child.send_signal(signal.SIGCONT)
            await load.answered(20)
    await check_history(rig, load.acknowledged)


async def relayed_again(rig: Stage) -> bool:
    """Whether nothing that was said more than a moment ago is unsent."""
    rows = await rig.sql("teller", "select count(*) from unsent where since < now() - interval '3 seconds'")
    return not rows[0]["count"]


async def test_the_lead_is_free_again_though_its_holder_stands_between_parse_and_execute(rig: Stage) -> None:
    """Such a session is neither idle nor running a statement: only transaction_timeout ends it."""
    settings, ground = rig.settings["teller"], rig.ground.postgres
    session = {"user": settings.user("worker"), "database": settings.database, **BOUNDS}
    async with frontend(ground.host, ground.port, session) as leader:
        await leader.query(f"set idle_session_timeout = '{settings.lock_timeout:.0f}s'")
        await leader.query(f"select pg_advisory_lock({LEADER})")
        await leader.parse_and_stand_still("select * from next_round(0, 200)")
        connection = await asyncpg.connect(ground.dsn(settings.database, settings.user("worker")))
        try:
            assert not await connection.fetchval("select pg_try_advisory_lock($1)", LEADER)
            async with asyncio.timeout(30):
                await connection.execute("select pg_advisory_lock($1)", LEADER)
        finally:
            await connection.close()


async def test_a_rebuild_frozen_under_its_lock_lets_the_others_go_on(rig: Stage) -> None:
    await say_much(rig)
    teller = await rig.start("teller")
    async with rig.hearing():
        await until(lambda: heard(rig, 96), TAKES_OVER)
    frozen = await rig.start("hearer", "rebuild.locked:stop")
    await rig.ready(frozen)
    asking = asyncio.ensure_future(rig.ops(frozen, "projections/heard/rebuild"))
    assert await frozen.halted() == "rebuild.locked"
    other = await rig.start("hearer")
    await rig.count(uuid4(), 5)
    await settled(rig, 45)
    await rig.ops(other, "projections/heard/rebuild")
    await still_frozen(frozen)
    frozen.child.send_signal(signal.SIGCONT)
    await asyncio.gather(asking, return_exceptions=True)
    await say_much(rig, each=2)
    await check_history(rig)
    assert teller.running
