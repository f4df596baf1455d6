"""The loop that sends: one leader, round after round, until the lead is lost."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

from asyncpg import Connection

from services.referrals.domain.policy import Policies
from services.referrals.messages.sending import REST, Sender
from shared.post.letters import Transport
from shared.runtime import log
from shared.runtime.clock import pause
from shared.runtime.database import SQL, TROUBLE, is_transient, queries
from shared.runtime.engine import Engine
from shared.runtime.health import Health

_log = log.logger(__name__)
_RELAY = queries(SQL / "relay.sql")
LEADER = 0x6D657373
BEAT = 1.0
Work = Callable[[Engine, Health, asyncio.Event], Coroutine[Any, Any, None]]


def sending(policies: Policies, transports: Sequence[Transport]) -> Work:
    """The loop that sends what is due by these transports, until told to stop."""

    async def send(engine: Engine, health: Health, stopping: asyncio.Event) -> None:
        health.watch("messages")
        while not stopping.is_set():
            try:
                await _lead(Sender(engine, policies, transports), health, stopping)
            except TROUBLE as error:
                if not is_transient(error):
                    raise
                _log.warning("messages.retry", error=type(error).__name__)
                health.turn("messages")
                await pause(REST, stopping)
        health.unwatch("messages")

    return send


async def _lead(sender: Sender, health: Health, stopping: asyncio.Event) -> None:
    """Waits to become the leader, then sends round after round until the lead is lost or `stopping`."""
    engine = sender.engine
    connection = await engine.database.connect("worker")
    beating: asyncio.Task[None] | None = None
    try:
        await connection.execute(_RELAY["stand_still"], f"{engine.settings.lock_timeout * 1000:.0f}")
        while not await connection.fetchval(_RELAY["lead"], LEADER):
            health.turn("messages")
            await pause(BEAT, stopping)
            if stopping.is_set():
                return
        beating = asyncio.create_task(_beat(connection, stopping))
        await sender.give_up_what_was_left()
        while not stopping.is_set() and not beating.done():
            await sender.round(lambda: health.turn("messages"), lambda: stopping.is_set() or beating.done())
            health.turn("messages")
            await pause(REST, stopping)
        if beating.done():
            await beating
    finally:
        if beating is not None:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
        with suppress(*TROUBLE):
            await connection.close(timeout=1)


async def _beat(connection: Connection, stopping: asyncio.Event) -> None:
    """Keeps the lead while a server is slow; ends, or raises, when the lead is lost."""
    while not stopping.is_set():
        await connection.fetchval("select 1")
        await pause(BEAT, stopping)
