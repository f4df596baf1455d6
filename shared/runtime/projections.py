"""Read models: rows that are folds of one stream each, and how they are folded anew and proven while in use."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from operator import attrgetter
from typing import Any
from uuid import UUID

from asyncpg import Connection

from shared.runtime.clock import elapsed
from shared.runtime.database import SQL, queries
from shared.runtime.engine import Engine
from shared.runtime.folding import folded, row_of
from shared.runtime.migrate import columns_of, create_read_model, outdated, roles_of, write_rows_function
from shared.runtime.service import Projection
from shared.runtime.steps import step

_SQL = queries(SQL / "projections.sql")

PAGE = 300
"""Streams folded in one short transaction."""
PASSES = 4
"""Catch-up passes before the last one under the lock; under load they never reach zero."""


class UnknownProjection(Exception):
    """This service has no read model of that name."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild did."""

    table: str
    streams: int
    events: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Verified:
    """Whether each row is the fold of its stream, and the ids of up to ten that are not."""

    table: str
    rows: int
    equal: bool
    differences: tuple[str, ...]


def projection_named(engine: Engine, table: str) -> Projection:
    """The read model of that name; raises UnknownProjection."""
    for projection in engine.service.projections:
        if projection.table == table:
            return projection
    raise UnknownProjection(f"{engine.service.name} has no read model {table}")


async def rebuild(engine: Engine, table: str) -> Rebuilt:
    """Folds the logs into a new table and puts it in the old one's place, while events go on being taken.

    Readers see the old table or the new one, never a part. Raises UnknownProjection, Unavailable; after a crash the old
    table stands and the rebuild may be started again.
    """
    projection, begun = projection_named(engine, table), elapsed()
    events = 0
    async with engine.database.owner() as connection, _alone(connection, table):
        await connection.execute(f'drop table if exists rebuilding."{table}"')
        await connection.execute("create temp table folded (stream bigint primary key, sequence bigint not null)")
        async with connection.transaction():
            await create_read_model(connection, projection, roles_of(engine.settings), "rebuilding")
            # COPY is refused while even the owner is bound by row-level security; the swap binds it again.
            await connection.execute(f'alter table rebuilding."{table}" no force row level security')
        async for page in _pages(connection, projection):
            async with connection.transaction():
                events += await _fold_page(engine, connection, projection, page, fresh=True)
            step("rebuild.copied")
        for _ in range(PASSES):
            if not (moved := await _moved(connection, projection)):
                break
            for at in range(0, len(moved), PAGE):
                async with connection.transaction():
                    events += await _fold_page(engine, connection, projection, moved[at : at + PAGE], fresh=False)
        async with connection.transaction():
            # Everybody waits for whoever holds this lock, so one who stands still must lose it soon.
            await connection.execute("set local idle_in_transaction_session_timeout = '8s'")
            await connection.execute("lock table stream in share row exclusive mode")
            step("rebuild.locked")
            events += await _fold_page(
                engine, connection, projection, await _moved(connection, projection), fresh=False
            )
            await connection.execute(f'alter table rebuilding."{table}" force row level security')
            await connection.execute(f'drop table public."{table}"')
            await connection.execute(f'alter table rebuilding."{table}" set schema public')
            await connection.execute(write_rows_function(engine.service))
        step("rebuild.swapped")
        streams = await connection.fetchval("select count(*) from folded")
    return Rebuilt(table, streams, events, elapsed() - begun)


async def renew(engine: Engine) -> list[str]:
    """Folds anew each read model whose table is of another version of the program, and names them.

    No process of another version may be at work meanwhile. Raises Unavailable.
    """
    async with engine.database.owner() as connection:
        tables = await outdated(connection, engine.service.projections)
    for table in tables:
        await rebuild(engine, table)
    return tables


@asynccontextmanager
async def _alone(connection: Connection, table: str) -> AsyncIterator[None]:
    """Two rebuilds of one table take turns."""
    await connection.execute(_SQL["wait_for_ever"])
    await connection.execute(_SQL["alone"], table)
    await connection.execute(_SQL["wait_as_usual"])
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.execute(_SQL["alone_no_more"])


async def _pages(connection: Connection, projection: Projection) -> AsyncIterator[list[tuple[int, int]]]:
    last = 0
    while page := await connection.fetch(_SQL["page"], last, projection.topic, f"{projection.kind}/%", PAGE):
        last = page[-1]["id"]
        yield [(row["id"], row["sequence"]) for row in page]


async def _moved(connection: Connection, projection: Projection) -> list[tuple[int, int]]:
    rows = await connection.fetch(_SQL["moved"], projection.topic, f"{projection.kind}/%")
    return [(row["id"], row["sequence"]) for row in rows]


async def _fold_page(
    engine: Engine, connection: Connection, projection: Projection, page: Sequence[tuple[int, int]], *, fresh: bool
) -> int:
    """Folds these streams into the new table and notes how far; each is folded again if it moves after `page` was read.

    The sequence noted is the one read with the page, so an event that slips in between only means folding once more.
    """
    if not page:
        return 0
    ids = [stream for stream, _ in page]
    rows, events = await folded(engine, connection, projection, ids)
    table, columns = projection.table, columns_of(projection)
    kept = [row for row in rows.values() if row is not None]
    if not fresh:
        await connection.execute(
            f'delete from rebuilding."{table}" where id in '
            "(select split_part(subject, '/', 2)::uuid from stream where id = any($1))",
            ids,
        )
        await connection.execute("delete from folded where stream = any($1)", ids)
    if kept:
        await connection.copy_records_to_table(
            table, schema_name="rebuilding", records=map(attrgetter(*columns), kept), columns=columns
        )
    await connection.copy_records_to_table("folded", records=page, columns=("stream", "sequence"))
    return events


async def verify(engine: Engine, table: str) -> Verified:
    """Folds every stream from the logs and compares each with its row, page by page, each page as at one moment.

    Raises UnknownProjection, Unavailable.
    """
    projection = projection_named(engine, table)
    compared, wrong = 0, []
    columns = ", ".join(f"t.{column}" for column in columns_of(projection))
    async with engine.database.worker() as connection:
        async for page in _pages(connection, projection):
            ids = [stream for stream, _ in page]
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                # Before the snapshot is taken, or a rebuild may swap the table for one that the snapshot sees empty.
                await connection.execute(f'lock table "{table}" in access share mode')
                rows, _ = await folded(engine, connection, projection, ids)
                found = await connection.fetch(
                    f'select s.id, {columns} from stream s join "{table}" t '
                    "on t.id = split_part(s.subject, '/', 2)::uuid where s.id = any($1)",
                    ids,
                )
            stored = {stream: row_of(projection, values) for stream, *values in found}
            compared += len(stored)
            wrong += [str(stream) for stream in ids if rows.get(stream) != stored.get(stream)]
            await asyncio.sleep(0)
        wrong += [str(row) async for row in _strays(connection, projection)]
    return Verified(table, compared, not wrong, tuple(wrong[:10]))


async def _strays(connection: Connection, projection: Projection) -> AsyncIterator[UUID]:
    """The rows that are of no stream; one that came since the comparison began has its stream."""
    last = UUID(int=0)
    query = _SQL["told"].replace("{table}", projection.table)
    while page := await connection.fetch(query, last, projection.topic, projection.kind, PAGE):
        last = page[-1]["id"]
        for row in page:
            if not row["told"]:
                yield row["id"]


async def names(engine: Engine) -> list[dict[str, Any]]:
    """Each read model with its number of rows."""
    async with engine.database.worker() as connection:
        return [
            {
                "table": p.table,
                "topic": p.topic,
                "kind": p.kind,
                "rows": await connection.fetchval(f'select count(*) from "{p.table}"'),
            }
            for p in engine.service.projections
        ]
