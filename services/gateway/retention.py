"""What senders sent can be read as it came for so many days after it was settled, and then by nobody."""

import asyncio
from datetime import timedelta

from services.gateway.receipts import SQL
from shared.runtime import log
from shared.runtime.clock import pause
from shared.runtime.database import TROUBLE, is_transient
from shared.runtime.engine import Engine
from shared.runtime.health import Health
from shared.runtime.raw import forget

_log = log.logger(__name__)

MOST = 1000
REST = 20.0


async def forget_settled(engine: Engine, health: Health, stopping: asyncio.Event) -> None:
    """Destroys the keys of settled submissions when their days are over, until `stopping`."""
    health.watch("retention")
    while not stopping.is_set():
        found = 0
        try:
            found = await forget_some(engine)
        except TROUBLE as error:
            if not is_transient(error):
                raise
            _log.warning("retention.retry", error=repr(error))
        health.turn("retention")
        if found < MOST:
            await pause(REST, stopping)
    health.unwatch("retention")


async def forget_some(engine: Engine) -> int:
    """Destroys the keys of some submissions whose days are over, and says of how many."""
    before = engine.clock.now() - timedelta(days=engine.settings.raw_days)
    async with engine.database.worker() as connection:
        rows = await connection.fetch(SQL["settled_before"], before, MOST)
        if rows:
            await forget(engine, connection, [row["about"] for row in rows])
    return len(rows)
