"""A read model that a newer program gives another shape: folded anew by itself, and no older program spoils it."""

from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.runtime.commands import Cause, execute
from shared.runtime.database import is_transient
from shared.runtime.engine import Engine, make_engine
from shared.runtime.envelope import Envelope
from shared.runtime.migrate import migrate
from shared.runtime.projections import renew, verify
from shared.runtime.service import Projection, Service
from tests.rig.stage import ORGANISATION, Stage, until
from tests.rig.teller import Count


@dataclass(frozen=True, slots=True)
class LargestRow:
    """What a newer program keeps of a tally or of what was heard of it: the largest number that was counted."""

    id: UUID
    organisation: str
    counts: int
    largest: int


def largest(row: LargestRow | None, event: Envelope) -> LargestRow:
    row = row or LargestRow(UUID(event.subject.partition("/")[2]), event.organisation, 0, 0)
    return replace(row, counts=row.counts + 1, largest=max(row.largest, getattr(event.data, "number", 0)))


LARGEST = """create table {table} (
    id uuid primary key, organisation text not null, counts bigint not null, largest bigint not null);"""


def newer(service: Service, *more: Projection) -> Service:
    """The service with its first read model in another shape, and what else it has now."""
    first, *others = service.projections
    return replace(service, projections=(replaced(first), *others, *more))


def replaced(projection: Projection, table: str | None = None) -> Projection:
    return Projection(table or projection.table, projection.topic, projection.kind, LargestRow, largest, LARGEST)


async def started(rig: Stage, name: str, service: Service) -> Engine:
    """The newer program as it is when it has started, on the database of the older one."""
    engine = make_engine(service, rig.settings[name], {})
    await engine.database.open()
    async with engine.database.owner() as connection:
        await migrate(connection, service, rig.settings[name])
    return engine


async def largest_of(engine: Engine, table: str, tally: UUID) -> tuple[int, int] | None:
    async with engine.database.worker() as connection:
        row = await connection.fetchrow(f"select counts, largest from {table} where id = $1", tally)
    return row and (row["counts"], row["largest"])


async def test_a_read_model_of_another_shape_is_folded_anew_once(rig: Stage) -> None:
    tally = uuid4()
    for number in (3, 8, 5):
        await rig.count(tally, number)
    engine = await started(rig, "teller", newer(rig.services["teller"]))
    try:
        assert await renew(engine) == ["tally"]
        assert await largest_of(engine, "tally", tally) == (3, 8)
        assert (await verify(engine, "tally")).equal
        assert await renew(engine) == [], "it is as it should be now"
        now = engine.clock.now()
        cause = Cause(ORGANISATION, "counter", uuid4(), None, None, now)
        await execute(engine, cause, [Count(f"tally/{tally}", now, 9)])
        assert await largest_of(engine, "tally", tally) == (4, 9)
    finally:
        await engine.database.close()


async def test_a_read_model_that_is_new_shows_what_was_said_before_it(rig: Stage) -> None:
    tally = uuid4()
    await rig.count(tally, 7)
    older = rig.services["teller"]
    added = replace(older, projections=(*older.projections, replaced(older.projections[0], "largest")))
    engine = await started(rig, "teller", added)
    try:
        assert await renew(engine) == ["largest"]
        assert await largest_of(engine, "largest", tally) == (1, 7)
    finally:
        await engine.database.close()


async def test_an_older_program_waits_and_neither_spoils_a_row_nor_parks_a_record(rig: Stage) -> None:
    tally = uuid4()
    await rig.count(tally, 2)
    engine = await started(rig, "hearer", newer(rig.services["hearer"]))
    try:
        async with rig.relaying(), rig.hearing():
            await until(lambda: rig.sql("hearer", "select id from heard where id = $1", tally), 30)
            assert await renew(engine) == ["heard"]
            await rig.count(tally, 6)
            older = await rig.engine("hearer")
            await until(lambda: tried_again(older), 30)
            async with older.database.worker() as connection:
                with pytest.raises(asyncpg.PostgresError, match="another version") as told:
                    key = older.service.projections[0].key
                    await connection.execute("select write_rows(array[$1], array['[]'], array['[]'])", key)
            assert is_transient(told.value)
        assert await rig.sql("hearer", "select id from inbox where fate not in ('done', 'refused')") == []
        assert await largest_of(engine, "heard", tally) == (1, 2)
        rig.engines["hearer"] = engine
        async with rig.hearing():
            await until(lambda: heard_both(engine, tally), 30)
        assert (await verify(engine, "heard")).equal
        rig.engines["hearer"] = older
    finally:
        await engine.database.close()


async def heard_both(engine: Engine, tally: UUID) -> bool:
    return await largest_of(engine, "heard", tally) == (2, 6)


async def tried_again(engine: Engine) -> bool:
    return b"kith_consumer_retries_total{" in engine.metrics.render()
