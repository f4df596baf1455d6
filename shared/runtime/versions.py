"""One shape of the read models at a time: a program of another version waits until the last of the first has ended.

Two versions that fold into the same tables would each spoil what the other keeps; and so that going back to an older
version is the same as going on to a newer one, neither is told from the other.
"""

import asyncio

from asyncpg import Connection

from shared.runtime import log
from shared.runtime.clock import pause
from shared.runtime.database import SQL, TROUBLE, is_transient, queries
from shared.runtime.engine import Engine
from shared.runtime.health import Health

_SQL = queries(SQL / "versions.sql")
_log = log.logger(__name__)

_LOCK = 0x4B495448
_TURN = 2.0


class OtherVersion(Exception):
    """Another version of this program came in while this one had lost its place."""


async def enter(engine: Engine, health: Health, stopping: asyncio.Event) -> Connection | None:
    """The session that keeps this program's place, once no process of another shape is there; None when stopping."""
    while not stopping.is_set():
        try:
            if (session := await _entered(engine)) is not None:
                health.other_version(False)
                return session
            health.database(True)
            health.other_version(True)
            _log.warning("version.waiting", shape=engine.service.shape)
        except TROUBLE as error:
            if not is_transient(error):
                raise
            _log.warning("service.waiting_for_postgres", error=repr(error))
        await pause(0.5, stopping)
    return None


async def remain(engine: Engine, session: Connection, stopping: asyncio.Event) -> None:
    """Keeps the place until `stopping`, in a new session when PostgreSQL ended the old one.

    Raises OtherVersion when somebody else has taken it meanwhile: the process ends, and waits when it is begun anew.
    """
    while not stopping.is_set():
        await pause(_TURN, stopping)
        try:
            await session.execute("select 1")
        except TROUBLE:
            try:
                again = await _entered(engine)
            except TROUBLE as error:
                if not is_transient(error):
                    raise
                continue
            if again is None:
                raise OtherVersion("another version of this program uses the database now") from None
            session = again
    session.terminate()


async def _entered(engine: Engine) -> Connection | None:
    session = await engine.database.connect("worker")
    shape = int(engine.service.shape, 16) & 0x7FFFFFFF
    try:
        async with session.transaction():
            await session.execute(_SQL["gate"], _LOCK)
            others = await session.fetchval(_SQL["others"], _LOCK, shape)
            if not others:
                await session.execute(_SQL["enter"], _LOCK, shape)
    except BaseException:
        session.terminate()
        raise
    if others:
        session.terminate()
        return None
    return session
