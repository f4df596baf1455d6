"""Tending the vault: one loop that every instance of a service with a vault runs."""

import asyncio
from uuid import UUID

from asyncpg import Connection

from shared.runtime import log
from shared.runtime.clock import pause
from shared.runtime.database import TROUBLE, is_transient
from shared.runtime.engine import Engine
from shared.runtime.health import Health
from shared.runtime.keeping import ready
from shared.runtime.rotation import rotate
from shared.runtime.transport_keys import destroy_due, learn, opens, renew

_log = log.logger(__name__)

REST = 1.0


async def tend(engine: Engine, connection: Connection, said: set[tuple[UUID, bool]]) -> None:
    """One turn: keys are published, learnt, destroyed and rotated as is due."""
    keyring = await ready(engine)
    await learn(engine, connection, keyring)
    if opens(engine):
        await renew(engine, connection, keyring, said)
    await destroy_due(engine, connection)
    try:
        await rotate(engine, connection, keyring)
    except BlockingIOError:
        _log.info("vault.file_busy")


async def keep_vault(engine: Engine, health: Health, stopping: asyncio.Event) -> None:
    """Tends the vault until `stopping`; several instances may do so at once."""
    health.watch("vault")
    connection: Connection | None = None
    said = set[tuple[UUID, bool]]()
    while not stopping.is_set():
        try:
            if connection is None or connection.is_closed():
                connection = await engine.database.connect("worker")
            await tend(engine, connection, said)
        except TROUBLE as error:
            if not is_transient(error):
                raise
            if connection is not None:
                connection.terminate()
            _log.warning("vault.retry", error=repr(error))
        health.turn("vault")
        await pause(REST, stopping)
    health.unwatch("vault")
    if connection is not None:
        await connection.close(timeout=1)
