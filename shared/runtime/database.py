"""The service's own PostgreSQL: one pool for each role, and the judgement of what may be tried again."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from asyncpg import Connection

from shared.runtime.keys import WrongKey
from shared.runtime.master_keys import BadMasterKeys
from shared.runtime.settings import Role, Settings

CLOSE_SECONDS = 5.0
SQL = Path(__file__).parent / "sql"

# Server-side bounds: a frozen client must lose its locks (an advisory lock survives SIGSTOP until one of these ends the
# session; transaction_timeout alone ends one stopped between Parse and Execute, measured on PostgreSQL 18.6).
BOUNDS: Mapping[str, str] = {
    "statement_timeout": "8s",
    "lock_timeout": "6s",
    "idle_in_transaction_session_timeout": "8s",
    "transaction_timeout": "9s",
    "timezone": "UTC",
}
OWNER_BOUNDS: Mapping[str, str] = {
    "lock_timeout": "6s",
    "idle_in_transaction_session_timeout": "60s",
    "idle_session_timeout": "60s",
    "timezone": "UTC",
}

_TRANSIENT_STATES = ("08", "40", "53", "55P03", "57", "25P03", "25P04", "42P01", "42703", "KP002")
"""The last three: a table is not, or not yet, or no longer of the shape this program knows. No record is to blame."""


class Unavailable(Exception):
    """PostgreSQL does not answer just now; the same call may succeed later."""


TROUBLE = (
    asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, Unavailable, BadMasterKeys, WrongKey,
    OSError, TimeoutError,
)  # fmt: skip
"""What a loop meets when PostgreSQL is away, or says no: `is_transient` tells them apart."""


def is_transient(error: BaseException) -> bool:
    """Whether the same work, begun anew from fresh state, may succeed."""
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        return state.startswith(_TRANSIENT_STATES)
    if isinstance(error, asyncpg.InterfaceError) and not isinstance(error, ValueError):
        # Raised both for misuse and for a connection that went away; only the latter heals. A value that PostgreSQL
        # cannot take is a ValueError too, and its message quotes the value.
        return "closed" in str(error) or "released" in str(error) or "being" in str(error)
    # The driver loses its place when the server ends a session that stood still (SIGSTOP, then SIGCONT).
    # And what cannot be opened without the right master keys can be with them.
    return isinstance(
        error, asyncpg.InternalClientError | Unavailable | BadMasterKeys | WrongKey | OSError | TimeoutError
    )


def is_away(error: BaseException) -> bool:
    """Whether PostgreSQL did not answer; what else takes too long, or breaks off, is not PostgreSQL's."""
    return isinstance(error, Unavailable | asyncpg.InterfaceError)


def is_too_slow(error: BaseException) -> bool:
    """Whether PostgreSQL ended the work for taking longer than a statement or a transaction may."""
    # The driver tells of a session that was ended by errors of its own, and of the reason only as their cause.
    told: BaseException | None = error
    while told is not None:
        if isinstance(told, asyncpg.PostgresError) and told.sqlstate in ("57014", "25P04"):
            return True
        told = told.__cause__ or told.__context__
    return False


@cache
def queries(path: Path) -> Mapping[str, str]:
    """The named queries of a `.sql` file, each begun by `-- name: the_name`."""
    parts = re.split(r"^-- name: (\w+)\s*$", path.read_text(), flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _plain(value: Any) -> str:
    """What orjson does not take by itself: asyncpg's own kind of UUID, and exact numbers."""
    if isinstance(value, UUID | Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be kept as JSON")


def json_text(value: Any) -> str:
    """The value as JSON; raises TypeError for what JSON cannot hold."""
    return orjson.dumps(value, default=_plain).decode()


async def _prepare(connection: Connection) -> None:
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=json_text, decoder=orjson.loads, format="text"
    )


async def _keep(_: Connection) -> None:
    """Nothing to reset: the organisation is set for one transaction only; a RESET costs four queries' time."""


class Database:
    """The three doors of one service to its own database: owner, worker and api."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pools: dict[Role, asyncpg.Pool] = {}

    async def open(self) -> None:
        """Makes the pools; connects to nothing yet, so it succeeds while PostgreSQL is away."""
        for role in ("worker", "api"):
            self._pools[role] = await asyncpg.create_pool(
                **self._settings.login(role),
                min_size=0,
                max_size=self._settings.pool_size,
                server_settings=dict(BOUNDS),
                init=_prepare,
                reset=_keep,
            )

    async def close(self) -> None:
        """Closes the pools, cutting off what does not end in time."""
        for pool in self._pools.values():
            try:
                async with asyncio.timeout(CLOSE_SECONDS):
                    await pool.close()
            except TimeoutError:
                pool.terminate()

    async def connect(self, role: Role) -> Connection:
        """A connection of its own in that role; raises Unavailable."""
        bounds = OWNER_BOUNDS if role == "owner" else BOUNDS
        with _away():
            connection: Connection = await asyncpg.connect(
                **self._settings.login(role), server_settings=dict(bounds), timeout=self._settings.acquire_timeout
            )
            await _prepare(connection)
            return connection

    @asynccontextmanager
    async def _pooled(self, role: Role) -> AsyncIterator[Connection]:
        if role not in self._pools:
            raise Unavailable("the service has not opened its database yet")
        pool = self._pools[role]
        with _away():
            connection = await pool.acquire(timeout=self._settings.acquire_timeout)
        try:
            with _away():
                yield connection  # type: ignore[misc]
        finally:
            await pool.release(connection)

    def api(self) -> AbstractAsyncContextManager[Connection]:
        """A connection in the api role, which sees nothing until an organisation is set; raises Unavailable."""
        return self._pooled("api")

    def worker(self) -> AbstractAsyncContextManager[Connection]:
        """A connection in the worker role, which sees every organisation; raises Unavailable."""
        return self._pooled("worker")

    def read(self, organisation: str) -> AbstractAsyncContextManager[Connection]:
        """A read-only transaction that sees one organisation's rows and no other's; raises Unavailable."""
        return self._within(organisation, readonly=True)

    def audited(self, organisation: str) -> AbstractAsyncContextManager[Connection]:
        """As `read`, where who reads is noted in the same transaction."""
        return self._within(organisation, readonly=False)

    @asynccontextmanager
    async def _within(self, organisation: str, *, readonly: bool) -> AsyncIterator[Connection]:
        async with self.api() as connection, connection.transaction(readonly=readonly):
            await connection.execute("select set_config('kith.organisation', $1, true)", organisation)
            yield connection

    @asynccontextmanager
    async def owner(self) -> AsyncIterator[Connection]:
        """A short-lived connection in the owner role, for migrations and rebuilds; raises Unavailable."""
        connection = await self.connect("owner")
        try:
            yield connection
        finally:
            await connection.close(timeout=CLOSE_SECONDS)


@contextmanager
def _away() -> Iterator[None]:
    """Tells a database that is away from one that says no; a stream that moved is neither."""
    try:
        yield
    except TROUBLE as error:
        if is_transient(error) and not isinstance(
            error, asyncpg.SerializationError | Unavailable | BadMasterKeys | WrongKey
        ):
            raise Unavailable(f"PostgreSQL does not answer: {error!r}") from error
        raise
