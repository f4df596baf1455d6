"""Deadlines: what has come due is heard like any event, so it is taken once, parked, replayed and audited alike."""

import asyncio
import random
from datetime import datetime

import asyncpg
from asyncpg import Connection

from shared.runtime import log
from shared.runtime.clock import pause
from shared.runtime.database import SQL, TROUBLE, is_transient, queries
from shared.runtime.engine import Engine
from shared.runtime.health import Health
from shared.runtime.hearing import hear_all
from shared.runtime.steps import step
from shared.runtime.wire import CLOCK, Record

_log = log.logger(__name__)
_SQL = queries(SQL / "deadlines.sql")

MOST = 100
LONGEST_SLEEP = 1.0


def record_of_deadline(row: asyncpg.Record) -> Record:
    """The record under which a deadline that passed is heard: one setting of it always has the same id."""
    attributes = {
        "ce_id": str(row["id"]),
        "ce_type": "deadline",
        "ce_subject": row["subject"],
        "ce_name": row["name"],
        "ce_time": row["due"].isoformat(),
        "ce_organisation": row["organisation"],
    }
    headers = tuple((name, value.encode()) for name, value in attributes.items())
    return Record(CLOCK, 0, 0, row["subject"].encode(), headers, b"")


async def keep_deadlines(engine: Engine, health: Health, stopping: asyncio.Event) -> None:
    """Hears each deadline once it has passed, until `stopping`; several instances may do so at once."""
    health.watch("deadlines")
    connection: Connection | None = None

    async def connected() -> Connection:
        nonlocal connection
        if connection is None or connection.is_closed():
            connection = await engine.database.connect("worker")
        return connection

    while not stopping.is_set():
        engine.due.clear()
        try:
            connection = await connected()
            due = await connection.fetch(_SQL["due"], engine.clock.now(), MOST)
            step("deadline.read")
            if due:
                records = [record_of_deadline(row) for row in due]
                async for _ in hear_all(engine, connected, records):
                    pass
                step("deadline.committed")
            else:
                await _sleep(engine, await connection.fetchval(_SQL["next"]))
            health.database(True)
        except TROUBLE as error:
            if not is_transient(error):
                raise
            if connection is not None:
                connection.terminate()
            _log.warning("deadlines.retry", error=repr(error))
            await asyncio.sleep(random.uniform(0.05, 0.5))
        health.turn("deadlines")
    health.unwatch("deadlines")
    if connection is not None:
        await connection.close(timeout=1)


async def _sleep(engine: Engine, following: datetime | None) -> None:
    """Until the next deadline, something new was said, or the clock may have been moved."""
    seconds = LONGEST_SLEEP
    if following is not None:
        seconds = min(seconds, max(0.005, (following - engine.clock.now()).total_seconds()))
    await pause(seconds, engine.due)
