"""Transport keys: a pair a day, the public half said on the own topic, the private half destroyed after days."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from asyncpg import Connection, Record

from shared.runtime.commands import execute
from shared.runtime.database import SQL, queries
from shared.runtime.decisions import Cause
from shared.runtime.engine import Engine
from shared.runtime.envelope import Envelope
from shared.runtime.keyring import Keyring
from shared.runtime.keys import DataKey
from shared.runtime.rotation import ALONE, ask
from shared.runtime.sealing import key_pair, public_of
from shared.runtime.service import Aggregate, Projection

_SQL = queries(SQL / "rotation.sql")
_KEYS = queries(SQL / "vault.sql")

KIND = "key"
ORGANISATION = "kith"
"""Keys are the house's, and no organisation's."""
EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Publish:
    """The public half of a key pair is to be known to whoever seals."""

    subject: str
    at: datetime
    key_id: UUID
    public: str
    ends_at: datetime
    creates: bool = True


@dataclass(frozen=True, slots=True)
class Retire:
    """Nothing more is to be sealed to this key."""

    subject: str
    at: datetime
    key_id: UUID


def transport_keys(published: Callable[..., Any], retired: Callable[..., Any]) -> Aggregate:
    """The keys to which others seal what only this service is to read, said by events of these two classes.

    The service that has this aggregate makes and destroys the keys by itself.
    """

    def decide(said: int, wish: Publish | Retire) -> Sequence[Any]:
        if isinstance(wish, Publish) and said == 0:
            return [published(key_id=wish.key_id, curve="X25519", public=wish.public, ends_at=wish.ends_at)]
        return [retired(key_id=wish.key_id)] if isinstance(wish, Retire) and said == 1 else []

    return Aggregate(KIND, 0, decide, lambda said, _: said + 1)


@dataclass(frozen=True, slots=True)
class ReaderKeyRow:
    """The public half of a key of another service, to which what it is to read is sealed."""

    id: UUID
    organisation: str
    sequence: int
    public: str
    ends_at: datetime
    retired: bool


def reader_keys(reader: str) -> Projection:
    """The transport keys of a service, for one that seals to it."""
    return Projection(f"{reader}_key", f"kith.{reader}", KIND, ReaderKeyRow, _apply, _DDL)


def _apply(row: ReaderKeyRow | None, event: Envelope) -> ReaderKeyRow | None:
    said, sequence = event.data, event.sequence or 0
    if row is None:
        return ReaderKeyRow(said.key_id, event.organisation, sequence, said.public, said.ends_at, retired=False)
    return replace(row, sequence=sequence, retired=True)


_DDL = """create table {table} (
    id uuid primary key, organisation text not null, sequence bigint not null, public text not null,
    ends_at timestamptz not null, retired boolean not null);"""


async def learn(engine: Engine, connection: Connection, keyring: Keyring) -> None:
    """From now on one seals to the newest key of each service that this one seals to."""
    readers = {}
    for projection in engine.service.projections:
        if projection.kind == KIND:
            newest = _KEYS["reader"].replace("{table}", projection.table)
            for row in await connection.fetch(newest, engine.clock.now()):
                readers[projection.topic.removeprefix("kith.")] = row["id"], row["public"]
    keyring.readers = readers


def opens(engine: Engine) -> bool:
    """Whether others seal to this service."""
    return any(aggregate.kind == KIND for aggregate in engine.service.aggregates)


async def renew(engine: Engine, connection: Connection, keyring: Keyring, said: set[tuple[UUID, bool]]) -> None:
    """There is a key of today that everybody may know; those of whoever was erased are retired.

    `said` is what this process has seen said already.
    """
    now, settings = engine.clock.now(), engine.settings
    async with connection.transaction():
        if not await connection.fetchval(_SQL["alone"], ALONE):
            return
        await connection.execute(_SQL["came_by"], now, now + timedelta(hours=settings.transport_grace))
        rows = await connection.fetch(_SQL["transport_keys"])
        if not any(row["retired_at"] is None and row["made_at"] > now - EVERY for row in rows):
            rows = [await _make(engine, connection, keyring, now), *rows]
    for row in rows:
        retired = row["retired_at"] is not None
        if (row["id"], retired) not in said:
            await _say(engine, keyring, row, now, retired=retired)
            said.add((row["id"], retired))


async def _make(engine: Engine, connection: Connection, keyring: Keyring, now: datetime) -> Record:
    private, _ = key_pair()
    kid, current = engine.new_id(), await connection.fetchval(_KEYS["current_master"])
    wrapped = keyring.masters.wrap(current, kid, private)
    destroy_at = now + timedelta(days=engine.settings.transport_days)
    await connection.execute(_KEYS["make_key"], kid, "transport", wrapped, current, now, destroy_at)
    [row, *_] = await connection.fetch(_SQL["transport_keys"])
    return row


async def _say(engine: Engine, keyring: Keyring, row: Record, now: datetime, *, retired: bool) -> None:
    kid = row["id"]
    subject = f"{KIND}/{kid}"
    cause = Cause(ORGANISATION, "service", kid, None, None, now)
    if retired:
        await execute(engine, cause, [Retire(subject, now, kid)])
        return
    public = public_of(keyring.masters.unwrap(DataKey(kid, row["wrapped"], row["master"])))
    # Whoever seals stops long before the private half is gone, so that what is under way can still be opened.
    ends_at = row["made_at"] + (row["destroy_at"] - row["made_at"]) / 2
    await execute(engine, cause, [Publish(subject, row["made_at"], kid, public, ends_at)])


async def destroy_due(engine: Engine, connection: Connection) -> None:
    """Transport keys whose time has come are destroyed, and the master key is changed, so that no backup opens them."""
    async with connection.transaction():
        gone = [row["id"] for row in await connection.fetch(_SQL["destroy_due"], engine.clock.now())]
        if gone:
            await connection.execute(_SQL["came_no_more"], gone)
            await ask(engine, connection)
