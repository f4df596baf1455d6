"""A read model folded anew while everybody writes and reads."""

import asyncio
from typing import Any

import pytest

from shared.runtime import folding, projections
from tests.chaos.test_crash_points import heard, say_much
from tests.rig.history import check_history
from tests.rig.stage import ORGANISATION, Stage, until
from tests.rig.traffic import traffic

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]

POLICIES = "select relrowsecurity, relforcerowsecurity from pg_class where oid = ($1::text)::regclass"


async def never_fewer(rig: Stage, name: str, table: str, stopping: asyncio.Event) -> int:
    """Reads the table in a loop, as the API does; fails when a row that was there is not there any more."""
    engine, most, reads = await rig.engine(name), 0, 0
    while not stopping.is_set():
        async with engine.database.read(ORGANISATION) as connection:
            rows, total = await connection.fetchrow(f"select count(*), coalesce(sum(total), 0) from {table}")
        assert (rows, total) >= (most, 0), f"a reader saw {rows} rows of {table} after {most}"
        most, reads = rows, reads + 1
        await asyncio.sleep(0)
    return reads


@pytest.mark.parametrize(("name", "table"), [("teller", "tally"), ("hearer", "heard"), ("hearer", "echo")])
async def test_a_reader_never_sees_a_part_and_the_end_is_equal(rig: Stage, name: str, table: str) -> None:
    await say_much(rig, tallies=400, each=1)
    await rig.start("teller")
    await rig.start("hearer")
    await until(lambda: heard(rig, 400), 90)
    engine, stopping = await rig.engine(name), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(never_fewer(rig, name, table, stopping))
        try:
            async with traffic(rig, tallies=100, clients=3) as load:
                for _ in range(3):
                    await load.answered(10)
                    rebuilt = await projections.rebuild(engine, table)
                    assert rebuilt.streams >= 2
                    assert (await projections.verify(engine, table)).equal
        finally:
            stopping.set()
    assert reading.result() > 10
    await check_history(rig, load.acknowledged)
    assert [tuple(row) for row in await rig.sql(name, POLICIES, table)] == [(True, True)]


async def test_what_is_said_while_the_table_is_swapped_is_in_it(rig: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """One event slips in after the last pass, another waits at the lock: both are in the new table."""
    (early, late, _), engine = await say_much(rig, tallies=3, each=1), await rig.engine("teller")
    ask, fold, waiting = projections._moved, projections._fold_page, []

    async def asking(*arguments: Any) -> Any:
        found = await ask(*arguments)
        if not found:
            await rig.count(early, 1)
        return found

    async def folding(*arguments: Any, fresh: bool) -> int:
        events = await fold(*arguments, fresh=fresh)
        if not fresh:
            waiting.append(asyncio.ensure_future(rig.count(late, 1)))
            await asyncio.wait(waiting, timeout=1)
        return events

    monkeypatch.setattr(projections, "_moved", asking)
    monkeypatch.setattr(projections, "_fold_page", folding)
    await projections.rebuild(engine, "tally")
    await asyncio.gather(*waiting)
    verified = await projections.verify(engine, "tally")
    assert verified.equal, verified
    rows = await rig.sql("teller", "select sequence from tally where id = any($1)", [early, late])
    assert [row["sequence"] for row in rows] == [2, 2]


async def test_every_table_of_rows_is_bound_by_policies_even_for_its_owner(rig: Stage) -> None:
    for name, service in rig.services.items():
        for projection in service.projections:
            rows = await rig.sql(name, POLICIES, projection.table)
            assert [tuple(row) for row in rows] == [(True, True)], projection.table


async def test_a_proof_keeps_the_table_that_it_began_with(rig: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table that is swapped in after the proof's snapshot would look empty to it."""
    await say_much(rig, tallies=3, each=1)
    engine, fold, rebuilding = await rig.engine("teller"), folding.folded, []

    async def folding_late(*arguments: Any) -> Any:
        folded = await fold(*arguments)
        if not rebuilding:
            rebuilding.append(asyncio.ensure_future(projections.rebuild(engine, "tally")))
            await asyncio.wait(rebuilding, timeout=3)
        return folded

    monkeypatch.setattr(projections, "folded", folding_late)
    verified = await projections.verify(engine, "tally")
    assert verified.equal, verified
    await asyncio.gather(*rebuilding)


async def test_proving_a_table_while_it_is_folded_anew(rig: Stage) -> None:
    """Proof and rebuild at once: the proof is of the old table or of the new one, and equal either way."""
    await say_much(rig, tallies=50, each=3)
    engine, stopping = await rig.engine("teller"), asyncio.Event()

    async def prove() -> int:
        times = 0
        while not stopping.is_set():
            verified = await projections.verify(engine, "tally")
            assert verified.equal, verified
            times += 1
        return times

    async with asyncio.TaskGroup() as group:
        proving = group.create_task(prove())
        try:
            for _ in range(12):
                await projections.rebuild(engine, "tally")
        finally:
            stopping.set()
    assert proving.result()
