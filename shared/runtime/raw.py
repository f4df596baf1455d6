"""Raw submissions: what outsiders sent is kept as it came, sealed under a key of its own until that is destroyed."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from asyncpg import Connection

from shared.runtime.database import SQL, queries
from shared.runtime.engine import Engine
from shared.runtime.inbox import Verdict, record_of
from shared.runtime.keeping import ready
from shared.runtime.keyring import Keyring
from shared.runtime.keys import DataKey, KeyGone, seal, unseal
from shared.runtime.master_keys import NOT_SET, BadMasterKeys
from shared.runtime.rotation import ask
from shared.runtime.wire import HTTP, INTAKE, Record, pack, unpack

_SQL = queries(SQL / "vault.sql")

Sealed = tuple[UUID, bytes]
"""The id of the key, and what is sealed under it."""


def is_raw(record: Record) -> bool:
    """Whether it is what an outsider sent."""
    return record.topic == HTTP or record.topic.startswith(INTAKE)


async def seal_new(engine: Engine, connection: Connection, verdicts: Sequence[Verdict]) -> dict[int, Sealed]:
    """What outsiders sent among these, sealed, by its place; the keys are in the database.

    A key is `about` the submission that was claimed, so that an erasure finds every copy and every impostor.
    """
    if engine.keyring is None:
        return {}
    places = [n for n, verdict in enumerate(verdicts) if is_raw(verdict.reading.record)]
    if not places:
        return {}
    masters = (await ready(engine)).masters
    found, held = await _sealed(engine, connection, verdicts, places, masters.current)
    if not held:
        # The master key was changed since its file was read.
        current = await connection.fetchval(_SQL["hold"])
        found, _ = await _sealed(engine, connection, verdicts, places, current)
    return found


async def _sealed(
    engine: Engine, connection: Connection, verdicts: Sequence[Verdict], places: Sequence[int], current: str
) -> tuple[dict[int, Sealed], bool]:
    """What is sealed, and whether the keys are in the database: not so when that master key was dropped."""
    assert engine.keyring
    keys, found = [], {}
    for n in places:
        reading = verdicts[n].reading
        kid = engine.new_id()
        bare, key = engine.keyring.masters.make(current, kid)
        keys.append((kid, reading.event_id or kid, reading.organisation or "", key.wrapped))
        found[n] = kid, seal(bare, _packed(reading.record), _about(kid))
    # COPY does not go with row-level security.
    columns = (list(column) for column in zip(*keys, strict=True))
    return found, bool(await connection.fetchval(_SQL["seal_by"], *columns, current, engine.clock.now()))


def opened(keyring: Keyring | None, row: Any) -> Record:
    """The record that an inbox row keeps, as it came; raises KeyGone, WrongKey, BadMasterKeys.

    The row of what an outsider sent holds `raw_key`, and the key's `wrapped` and `master`.
    """
    kid = row.get("raw_key")
    if kid is None:
        return record_of(row)
    if row["wrapped"] is None:
        raise KeyGone
    if keyring is None:
        raise BadMasterKeys(NOT_SET)
    bare = keyring.masters.unwrap(DataKey(kid, row["wrapped"], row["master"]))
    (_, key), (_, body), *headers = unpack(unseal(bare, row["body"], _about(kid)))
    return record_of(row)._replace(key=key, headers=tuple(headers), body=body)


def opened_or_destroyed(keyring: Keyring | None, row: Any) -> Record:
    """As `opened`, but of what nobody can open any more its place alone."""
    try:
        return opened(keyring, row)
    except KeyGone:
        return record_of(row)._replace(destroyed=True)


async def forget(engine: Engine, connection: Connection, submissions: Sequence[UUID]) -> None:
    """Nobody can read again what came as these submissions, and before long no backup of the keys opens it either."""
    async with connection.transaction():
        if await connection.fetch(_SQL["forget"], submissions):
            await ask(engine, connection)


def _packed(record: Record) -> bytes:
    return pack((("key", record.key), ("body", record.body), *record.headers))


def _about(kid: UUID) -> bytes:
    return f"inbox/{kid}".encode()
