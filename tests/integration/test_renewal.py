"""A read model that a newer program gives another shape: folded anew by itself, and no older program spoils it."""

import asyncio
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.runtime import versions
from shared.runtime.commands import Cause, execute
from shared.runtime.database import is_transient
from shared.runtime.engine import Engine, make_engine
from shared.runtime.envelope import Envelope
from shared.runtime.health import Health
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


async def test_an_older_program_changes_nothing_where_a_newer_one_has_one_table_more(rig: Stage) -> None:
    tally = uuid4()
    await rig.count(tally, 1)
    older = rig.services["teller"]
    engine = await started(
        rig, "teller", replace(older, projections=(*older.projections, replaced(older.projections[0], "largest")))
    )
    try:
        assert await renew(engine) == ["largest"]
        with pytest.raises(Exception, match="another version"):
            await rig.count(tally, 60)
        assert await largest_of(engine, "largest", tally) == (1, 1)
        assert (await verify(engine, "largest")).equal
    finally:
        await engine.database.close()


async def test_a_program_of_another_version_waits_until_the_last_process_of_the_first_has_ended(rig: Stage) -> None:
    first, second = make_engine(rig.services["teller"], rig.settings["teller"], {}), await rig.engine("teller")
    newest = make_engine(newer(rig.services["teller"]), rig.settings["teller"], {})
    health, stopping = Health(), asyncio.Event()
    places = [await versions.enter(engine, Health(), stopping) for engine in (first, second)]
    waiting = asyncio.ensure_future(versions.enter(newest, health, stopping))
    await until(lambda: says(health, "Another version"), 10)
    for place in places:
        assert not waiting.done()
        assert place is not None
        await place.close()
    entered = await asyncio.wait_for(waiting, 10)
    assert entered is not None
    assert not health.facts.other_version
    await entered.close()


async def test_who_lost_their_place_to_another_version_ends(rig: Stage) -> None:
    engine, stopping = await rig.engine("teller"), asyncio.Event()
    newest = make_engine(newer(rig.services["teller"]), rig.settings["teller"], {})
    place = await versions.enter(engine, Health(), stopping)
    assert place is not None
    place.terminate()
    other = await versions.enter(newest, Health(), stopping)
    assert other is not None
    with pytest.raises(versions.OtherVersion):
        await asyncio.wait_for(versions.remain(engine, place, stopping), 20)
    await other.close()


async def test_a_session_that_postgresql_ended_is_taken_up_again(rig: Stage) -> None:
    engine, stopping = await rig.engine("teller"), asyncio.Event()
    place = await versions.enter(engine, Health(), stopping)
    assert place is not None
    remaining = asyncio.ensure_future(versions.remain(engine, place, stopping))
    async with engine.database.worker() as connection:
        await connection.execute("select pg_terminate_backend($1)", place.get_server_pid())
    newest = make_engine(newer(rig.services["teller"]), rig.settings["teller"], {})
    await until(lambda: held(rig), 10)
    entering = asyncio.ensure_future(versions.enter(newest, Health(), stopping))
    await until(lambda: held(rig), 10)
    assert not entering.done()
    stopping.set()
    await asyncio.gather(remaining, entering)


async def says(health: Health, words: str) -> bool:
    return any(words in reason for reason in health.judgement().reasons)


async def held(rig: Stage) -> bool:
    query = "select 1 from pg_locks where locktype = 'advisory' and objsubid = 2 and mode = 'ShareLock' and granted"
    return bool(await rig.sql("teller", query))


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
                    shape = older.service.shape
                    await connection.execute("select write_rows(array[$1], array['[]'], array['[]'])", shape)
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
