"""The same plans as in the model, on the real database: crashes, repetition, two hearers at once, and the same rows."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from itertools import cycle
from uuid import UUID

import pytest
from asyncpg import Connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.embedded import Cluster
from shared.runtime import hearing, sweep
from shared.runtime.database import is_transient
from shared.runtime.engine import Engine
from shared.runtime.hearing import hear
from shared.runtime.projections import verify
from shared.runtime.wire import Record
from tests.rig.plans import Delivery, Plan, expected, forged, plans, records_of, summary, totals
from tests.rig.stage import Stage, stage

STEPS = ("consumer.begun", "consumer.folded", "consumer.written", "consumer.appended")
FEW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
async def rig(ground: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One hearer for all examples: each has tallies of its own."""
    async with stage(ground, tmp_path_factory.mktemp("interleavings")) as made:
        yield made


class Crashed(Exception):
    """The process ended before the commit."""


async def state(
    engine: Engine, tallies: Mapping[int, UUID]
) -> tuple[dict[int, list[tuple[int, str]]], dict[int, tuple[list[int], int]], int]:
    """Fates, rows and answers of these tallies, as the database has them."""
    subjects = [f"tally/{tally}" for tally in tallies.values()]
    async with engine.database.owner() as connection:
        fates = await connection.fetch(
            "select s.subject, i.sequence, i.fate from inbox i join stream s on s.id = i.stream "
            "where s.subject = any($1) order by s.subject, i.sequence",
            subjects,
        )
        heard = await connection.fetch("select * from heard where id = any($1)", list(tallies.values()))
        echoes = await connection.fetchval(
            "select coalesce(sum(echoes), 0) from echo where id = any($1)", list(tallies.values())
        )
    told = {n: [(r["sequence"], r["fate"]) for r in fates if r["subject"] == f"tally/{t}"] for n, t in tallies.items()}
    rows = {row["id"]: (list(row["sequences"]), row["total"]) for row in heard}
    return told, summary(rows, tallies), int(echoes)


async def holds(engine: Engine, plan: Plan, tallies: Mapping[int, UUID]) -> None:
    """Asserts that the database has what the straight run would have left."""
    told, rows, echoes = await state(engine, tallies)
    assert told == expected(plan)
    assert rows == totals(plan)
    assert echoes == sum(len(sequences) for sequences, _ in rows.values()), "each was answered once"


@FEW
@given(plans(events=4), st.data())
async def test_crashes_before_the_commit_leave_no_trace(rig: Stage, plan: Plan, data: st.DataObject) -> None:
    engine, topic = await rig.engine("hearer"), rig.services["hearer"].hears[0]
    tallies, batches = records_of(plan, topic)
    async with engine.database.owner() as connection:
        before = await connection.fetchval("select count(*) from inbox where fate = 'parked' and event_id is null")
    connection = await engine.database.connect("worker")
    try:
        for batch in batches:
            for at in data.draw(st.lists(st.sampled_from(STEPS), max_size=2), label="crashes"):
                connection = await crash(engine, connection, batch, at)
            await hear(engine, connection, batch)
    finally:
        await connection.close()
    await holds(engine, plan, tallies)
    async with engine.database.owner() as connection:
        after = await connection.fetchval("select count(*) from inbox where fate = 'parked' and event_id is null")
    assert after - before == forged(plan)


async def crash(engine: Engine, connection: Connection, batch: Sequence[Record], at: str) -> Connection:
    """Hears the batch up to that step and no further; answers a new connection."""
    reached = []

    def fall(name: str) -> None:
        if name == at:
            reached.append(name)
            raise Crashed(name)

    with pytest.MonkeyPatch.context() as patch:
        for module in (hearing, sweep):
            patch.setattr(module, "step", fall)
        with pytest.raises(Crashed):
            await hear(engine, connection, batch)
    assert reached, "the step was reached"
    connection.terminate()
    return await engine.database.connect("worker")


@FEW
@given(plans(events=4), st.integers(2, 3))
async def test_hearers_side_by_side_come_to_the_same(rig: Stage, plan: Plan, hearers: int) -> None:
    engine, topic = await rig.engine("hearer"), rig.services["hearer"].hears[0]
    plan = replace(plan, batches=tuple(tuple(map(honest, batch)) for batch in plan.batches))
    tallies, batches = records_of(plan, topic)
    shares: list[list[list[Record]]] = [[] for _ in range(hearers)]
    for share, batch in zip(cycle(shares), batches, strict=False):
        share.append(batch)
    # Each also hears some of what the others do.
    for share, other in zip(shares, shares[1:] + shares[:1], strict=True):
        share += other[:1]
    await asyncio.gather(*(all_of(engine, share) for share in shares))
    await holds(engine, plan, tallies)


def honest(delivery: Delivery) -> Delivery:
    """Which of two comes first is not ours to say here, so none of them is a forgery."""
    return replace(delivery, kind="copy")


async def all_of(engine: Engine, batches: Sequence[Sequence[Record]]) -> None:
    connection = await engine.database.connect("worker")
    try:
        for batch in batches:
            for _ in range(50):
                try:
                    await hear(engine, connection, batch)
                except Exception as error:
                    if not is_transient(error):
                        raise
                else:
                    break
            else:
                raise AssertionError("never heard")
    finally:
        await connection.close()


async def test_the_rows_of_all_examples_are_what_the_logs_say(rig: Stage) -> None:
    for table in ("heard", "echo"):
        assert (await verify(await rig.engine("hearer"), table)).equal
