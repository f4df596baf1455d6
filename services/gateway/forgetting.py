"""What came of somebody who was erased is destroyed here as well: the keys of every receipt that is theirs."""

import asyncio

from services.gateway.receipts import SQL
from shared.runtime import log
from shared.runtime.clock import pause
from shared.runtime.database import TROUBLE, is_transient
from shared.runtime.engine import Engine
from shared.runtime.health import Health
from shared.runtime.raw import forget

_log = log.logger(__name__)

REST = 1.0
MOST = 500
"""Submissions destroyed at once."""


async def forget_the_erased(engine: Engine, health: Health, stopping: asyncio.Event) -> None:
    """Destroys, within a second or two of an erasure, what was sent of the person, until `stopping`.

    That is what made their referrals, what was sent of those, then and later, what the officer named, and whatever is
    refused because they were erased.
    """
    health.watch("forgetting")
    while not stopping.is_set():
        found = 0
        try:
            async with engine.database.worker() as connection:
                rows = await connection.fetch(SQL["of_the_erased"], MOST)
                if found := len(rows):
                    await forget(engine, connection, [row["id"] for row in rows])
                    _log.info("receipts.forgotten", count=found)
        except TROUBLE as error:
            if not is_transient(error):
                raise
            _log.warning("forgetting.retry", error=repr(error))
        health.turn("forgetting")
        if found < MOST:
            await pause(REST, stopping)
    health.unwatch("forgetting")
