"""Read models folded anew while in use: equal to the logs, never seen half-built, and in nothing another table."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest

from deploy.embedded import Cluster
from services.evaluation.service import SERVICE as EVALUATION
from services.gateway.service import SERVICE as GATEWAY
from services.referrals.service import SERVICE as REFERRALS
from shared.runtime.engine import Engine, make_engine
from shared.runtime.migrate import migrate, provision
from shared.runtime.projections import UnknownProjection, rebuild, verify
from shared.runtime.settings import Settings
from tests.rig.stage import ORGANISATION, Stage, until

# Everything that makes a table what it is, as the catalogue says it, without the numbers it is stored under.
SHAPE = """
select 'table' as what, c.relname as name, concat_ws(' ', pg_get_userbyid(c.relowner), c.relrowsecurity,
    c.relforcerowsecurity, c.reloptions, c.relpersistence, c.relacl) as how
from pg_class c where c.oid = $1::text::regclass
union all
select 'column', attname, concat_ws(' ', attnum, format_type(atttypid, atttypmod), attnotnull, attacl, attcollation)
from pg_attribute where attrelid = $1::text::regclass and attnum > 0 and not attisdropped
union all
select 'default', a.attname, pg_get_expr(d.adbin, d.adrelid)
from pg_attrdef d join pg_attribute a on (a.attrelid, a.attnum) = (d.adrelid, d.adnum)
where d.adrelid = $1::text::regclass
union all
select 'index', i.relname, concat_ws(' ', pg_get_indexdef(i.oid), x.indisunique, x.indisprimary, x.indisvalid)
from pg_index x join pg_class i on i.oid = x.indexrelid where x.indrelid = $1::text::regclass
union all
select 'constraint', conname, pg_get_constraintdef(oid) from pg_constraint where conrelid = $1::text::regclass
union all
select 'policy', polname, concat_ws(' ', polcmd, polpermissive, (select array_agg(r.rolname order by 1) from pg_roles r
    where r.oid = any (polroles)), pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
from pg_policy where polrelid = $1::text::regclass
union all
select 'trigger', tgname, pg_get_triggerdef(oid) from pg_trigger where tgrelid = $1::text::regclass and not tgisinternal
order by 1, 2
"""


async def shape(engine: Engine, table: str) -> list[tuple[str, str, str]]:
    async with engine.database.owner() as connection:
        return [tuple(row) for row in await connection.fetch(SHAPE, f'public."{table}"')]


async def sql(engine: Engine, query: str, *arguments: Any) -> list[Any]:
    async with engine.database.owner() as connection:
        return list(await connection.fetch(query, *arguments))


@pytest.mark.parametrize("service", [GATEWAY, REFERRALS, EVALUATION], ids=lambda service: service.name)
async def test_a_rebuilt_table_of_a_service_is_the_same_in_everything_but_its_number(
    ground: Cluster, service: Any
) -> None:
    settings = Settings(
        service=service.name,
        database_name=f"{service.name}_{uuid4().hex[:8]}",
        database_host=ground.postgres.host,
        database_port=ground.postgres.port,
    )
    await provision({"dsn": ground.postgres.dsn()}, settings)
    engine = make_engine(service, settings, {})
    await engine.database.open()
    try:
        async with engine.database.owner() as connection:
            await migrate(connection, service, settings)
        assert service.projections
        for projection in service.projections:
            await same_after_rebuild(engine, projection.table)
    finally:
        await engine.database.close()


async def same_after_rebuild(engine: Engine, table: str) -> None:
    before = await shape(engine, table)
    assert {what for what, _, _ in before} >= {"table", "column", "index", "constraint", "policy"}
    number = await sql(engine, "select $1::text::regclass::oid::bigint", table)
    await rebuild(engine, table)
    assert await shape(engine, table) == before
    assert await sql(engine, "select $1::text::regclass::oid::bigint", table) != number, "it is another table"
    left = await sql(engine, "select count(*) from pg_class where relnamespace = 'rebuilding'::regnamespace")
    assert left[0][0] == 0


@asynccontextmanager
async def traffic(rig: Stage, tallies: list[UUID]) -> AsyncIterator[list[int]]:
    """Counts on all these and on new ones, without a pause, carried to the hearer; how many were counted so far."""
    counts, stopping = [0], asyncio.Event()

    async def write(number: int) -> None:
        while not stopping.is_set():
            tally = uuid4() if counts[0] % 5 == 0 else tallies[(counts[0] * 7 + number) % len(tallies)]
            await rig.count(tally, 1)
            counts[0] += 1

    async with rig.relaying(), rig.hearing():
        writers = [asyncio.ensure_future(write(n)) for n in range(3)]
        try:
            yield counts
        finally:
            stopping.set()
            await asyncio.gather(*writers)


async def test_under_live_traffic_it_ends_equal_and_no_reader_sees_a_part(rig: Stage) -> None:
    tallies = [uuid4() for _ in range(120)]
    for tally in tallies:
        await rig.count(tally, 1)
    teller, hearer = await rig.engine("teller"), await rig.engine("hearer")
    async with rig.relaying(), rig.hearing():
        await until(lambda: all_there(hearer, len(tallies)), 60)

    reading = asyncio.Event()
    readers = [
        asyncio.ensure_future(never_less(engine, table, len(tallies), reading))
        for engine, table in ((teller, "tally"), (hearer, "heard"), (hearer, "echo"))
    ]
    rebuilt = 0
    async with traffic(rig, tallies) as counts:
        for _ in range(3):
            stood = counts[0]
            for engine, table in ((teller, "tally"), (hearer, "heard"), (hearer, "echo")):
                assert (await rebuild(engine, table)).streams >= len(tallies)
                assert (await verify(engine, table)).equal, f"{table} while events go on being taken"
                rebuilt += 1
            await until(lambda stood=stood: more_than(counts, stood), 30)
    reading.set()
    seen = await asyncio.gather(*readers)
    assert rebuilt == 9
    assert all(looks > 3 for looks in seen), seen
    async with rig.relaying(), rig.hearing():
        total = len(tallies) + counts[0]
        await until(lambda: heard_all(hearer, total), 60)
    for engine, table in ((teller, "tally"), (hearer, "heard"), (hearer, "echo")):
        assert (await verify(engine, table)).equal


async def more_than(counts: list[int], number: int) -> bool:
    return counts[0] > number


async def all_there(engine: Engine, number: int) -> bool:
    return (await sql(engine, "select count(*) from echo"))[0][0] == number


async def heard_all(engine: Engine, number: int) -> bool:
    return (await sql(engine, "select sum(echoes) from echo"))[0][0] == number


async def never_less(engine: Engine, table: str, least: int, enough: asyncio.Event) -> int:
    """Reads like an HTTP call until it is enough; what was there once must be there at each look. How many looks."""
    before: Mapping[UUID, int] = {}
    looks = 0
    while not enough.is_set():
        async with engine.database.read(ORGANISATION) as connection:
            rows = {row["id"]: row["total"] for row in await connection.fetch(f"select id, total from {table}")}
        assert len(rows) >= least, f"{table} showed {len(rows)} of {least} rows"
        assert all(rows.get(id, -1) >= total for id, total in before.items()), f"{table} went back in time"
        before, looks = rows, looks + 1
        await asyncio.sleep(0.005)
    return looks


async def test_two_rebuilds_of_one_table_take_turns(rig: Stage) -> None:
    for _ in range(5):
        await rig.count(uuid4(), 1)
    engine = await rig.engine("teller")
    done = await asyncio.gather(*(rebuild(engine, "tally") for _ in range(4)))
    assert [one.streams for one in done] == [5] * 4
    assert (await verify(engine, "tally")).equal


async def test_what_a_killed_rebuild_left_behind_is_in_nobodys_way(rig: Stage) -> None:
    await rig.count(uuid4(), 1)
    engine = await rig.engine("teller")
    await sql(engine, "create table rebuilding.tally (id uuid primary key, organisation text, half int)")
    await same_after_rebuild(engine, "tally")
    assert (await verify(engine, "tally")).equal


@pytest.mark.parametrize(
    "tamper",
    [
        "update tally set total = total + 1 where id = $1",
        "update tally set reminded = '{never}' where id = $1",
        "update tally set organisation = 'SC099999' where id = $1",
        "delete from tally where id = $1",
        "insert into tally select gen_random_uuid(), organisation, sequence, total, reminded from tally where id = $1",
        "update tally set id = gen_random_uuid() where id = $1",
    ],
    ids=["a number", "a list", "an owner", "a missing row", "an invented row", "another id"],
)
async def test_verify_finds_what_was_tampered_with_and_a_rebuild_mends_it(rig: Stage, tamper: str) -> None:
    tallies = [uuid4() for _ in range(3)]
    for tally in tallies:
        await rig.count(tally, 1)
    engine = await rig.engine("teller")
    assert (await verify(engine, "tally")).equal
    await sql(engine, tamper, tallies[1])
    found = await verify(engine, "tally")
    assert not found.equal
    assert len(found.differences) >= 1
    await rebuild(engine, "tally")
    assert (await verify(engine, "tally")).equal


async def test_a_table_that_is_no_read_model_is_refused(rig: Stage) -> None:
    await rig.count(uuid4(), 1)
    engine = await rig.engine("teller")
    for table in ("journal", "stream", "nothing", "public.tally", 'tally"; drop table journal; --', ""):
        with pytest.raises(UnknownProjection):
            await rebuild(engine, table)
        with pytest.raises(UnknownProjection):
            await verify(engine, table)
    assert len(await sql(engine, "select 1 from journal")) == 1
