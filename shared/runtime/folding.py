"""Folding: the rows of read models as they stand, and as the logs say that they should."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import asyncpg
from asyncpg import Connection

from shared.runtime.database import SQL, queries
from shared.runtime.decisions import Mind
from shared.runtime.engine import Engine
from shared.runtime.envelope import Envelope
from shared.runtime.inbox import HeardStream, record_of
from shared.runtime.journal import envelope_of
from shared.runtime.migrate import columns_of
from shared.runtime.reading import read
from shared.runtime.service import Projection

_SQL = queries(SQL / "projections.sql")


def row_of(projection: Projection, values: Iterable[Any]) -> Any:
    """The row of the read model that these values of its columns are, in their order."""
    return projection.row(*(tuple(value) if type(value) is list else value for value in values))


async def rows_of(connection: Connection, mind: Mind, streams: Iterable[HeardStream]) -> dict[int, dict[str, Any]]:
    """The present rows of heard streams, by stream and table."""
    wanted: dict[Projection, dict[str, int]] = {}
    for stream in streams:
        for projection in mind.projections(stream.topic, stream.subject):
            wanted.setdefault(projection, {})[stream.subject.partition("/")[2]] = stream.id
    rows: dict[int, dict[str, Any]] = {stream.id: {} for stream in streams}
    for projection, ids in wanted.items():
        columns = ", ".join(columns_of(projection))
        found = await connection.fetch(f'select {columns} from "{projection.table}" where id = any($1)', list(ids))
        for record in found:
            rows[ids[str(record["id"])]][projection.table] = row_of(projection, record.values())
    return rows


async def folded(
    engine: Engine, connection: Connection, projection: Projection, streams: Sequence[int]
) -> tuple[dict[int, Any], int]:
    """The rows that the logs say these streams have, and how many events that took."""
    service = engine.service
    rows: dict[int, Any] = {}
    if projection.topic == service.topic:
        events = [
            (row["stream"], envelope_of(row, service.topic, service.registry))
            for row in await connection.fetch(_SQL["own"], streams)
        ]
    else:
        events = [(row["stream"], read_again(engine, row)) for row in await connection.fetch(_SQL["heard"], streams)]
    for stream, group in groupby(events, key=lambda pair: pair[0]):
        row = None
        for _, envelope in group:
            row = projection.apply(row, envelope)
        rows[stream] = row
    return rows, len(events)


def read_again(engine: Engine, row: asyncpg.Record) -> Envelope:
    """The event of an inbox row that took effect; raises ValueError if it can no longer be read."""
    reading = read(record_of(row), engine.service.registry, engine.producers)
    if reading.envelope is None:
        raise ValueError(f"inbox row {row['id']} was taken once and is not readable now: {reading.code}")
    return reading.envelope
