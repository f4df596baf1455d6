"""Rotation: a new master key, data keys and the blind index under it, the old one out of the file, while all goes on.

Each step is one short transaction and finds by itself how far the one before came, so a crash between any two of them
is made good by the next turn of any instance. Until everything is wrapped anew, both keys are in the file.
"""

import asyncio
from typing import Any
from uuid import UUID

from asyncpg import Connection

from shared.runtime import log
from shared.runtime.clock import elapsed
from shared.runtime.database import SQL, queries
from shared.runtime.engine import Engine
from shared.runtime.keyring import Keyring
from shared.runtime.keys import DataKey
from shared.runtime.steps import step

_log = log.logger(__name__)
_SQL = queries(SQL / "rotation.sql")

PAGE = 500
PATIENCE = 20.0
ALONE = 0x6B657973
"""The advisory lock of whoever changes keys ("keys")."""


async def ask(engine: Engine, connection: Connection) -> None:
    """The master key is changed within seconds, by whichever instance comes first."""
    await connection.execute(_SQL["ask"], engine.clock.now())


async def asked_and_done(engine: Engine) -> dict[str, Any]:
    """How the keys stand once the master key was changed; or, when that takes long, how far it came."""
    async with engine.database.worker() as connection:
        await ask(engine, connection)
    until = elapsed() + PATIENCE
    stands = await status(engine)
    while stands["asked"] and elapsed() < until:
        await asyncio.sleep(0.2)
        stands = await status(engine)
    return stands


async def status(engine: Engine) -> dict[str, Any]:
    """How the keys of the service stand, without any of them."""
    async with engine.database.worker() as connection:
        [row] = await connection.fetch(_SQL["status"])
    return dict(row)


async def rotate(engine: Engine, connection: Connection, keyring: Keyring) -> None:
    """Whatever change of the master key was asked for is done, and the old master keys are out of the file.

    Raises BlockingIOError while another process changes the file, BadMasterKeys.
    """
    masters = [row["kid"] for row in await connection.fetch(_SQL["masters"])]
    if len(masters) == 1 and await connection.fetchval(_SQL["asked"]):
        await _begin(engine, connection, keyring)
        masters = [row["kid"] for row in await connection.fetch(_SQL["masters"])]
    if len(masters) > 1:
        await _wrap_anew(connection, keyring, masters[0])
        await _cover_anew(connection, keyring, masters[0])
        async with connection.transaction():
            # Two statements, so that the second one sees what the first one waited for.
            await connection.execute(_SQL["leaving"])
            await connection.execute(_SQL["drop"])
        step("rotation.dropped")
    gone = frozenset(row["kid"] for row in await connection.fetch(_SQL["gone"]))
    if gone & keyring.masters.kids:
        keyring.masters.drop(gone, masters[0])
        _log.info("vault.rotated", master=masters[0])
    if not gone & keyring.masters.kids:
        await connection.execute(_SQL["done"], engine.clock.now())


async def _begin(engine: Engine, connection: Connection, keyring: Keyring) -> None:
    async with connection.transaction():
        if not await connection.fetchval(_SQL["alone"], ALONE) or not await connection.fetchval(_SQL["asked"]):
            return
        known = frozenset(row["kid"] for row in await connection.fetch(_SQL["every_kid"]))
        # On disk before anything is wrapped by it.
        kid = keyring.masters.add(known)
        step("rotation.written")
        await connection.execute(_SQL["retire"])
        await connection.execute(_SQL["begin"], kid, engine.clock.now())
    step("rotation.begun")


async def _wrap_anew(connection: Connection, keyring: Keyring, current: str) -> None:
    after = UUID(int=0)
    while True:
        async with connection.transaction():
            rows = await connection.fetch(_SQL["page"], current, after, PAGE)
            if not rows:
                return
            keys = [DataKey(*row) for row in rows]
            wrapped = [keyring.masters.wrap(current, key.id, keyring.masters.unwrap(key)) for key in keys]
            await connection.execute(_SQL["rewrap"], [key.id for key in keys], wrapped, current)
        step("rotation.wrapped")
        after = keys[-1].id


async def _cover_anew(connection: Connection, keyring: Keyring, current: str) -> None:
    after, masters = 0, keyring.masters
    while True:
        async with connection.transaction():
            rows = await connection.fetch(_SQL["page_of_index"], current, after, PAGE)
            if not rows:
                return
            covered = [masters.cover(current, masters.uncover(row["master"], row["digest"])) for row in rows]
            await connection.execute(_SQL["cover_anew"], [row["id"] for row in rows], covered, current)
        step("rotation.covered")
        after = rows[-1]["id"]
