"""The vault: what is known of persons, encrypted under a key of each, joined only when somebody reads it.

Nothing that is read here may be written down elsewhere: no read model, no event, no log.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from asyncpg import Connection, Record

from shared.runtime.auth import Principal
from shared.runtime.database import SQL, queries
from shared.runtime.decisions import Cause
from shared.runtime.engine import Engine
from shared.runtime.keeping import about, ready
from shared.runtime.keyring import Keyring
from shared.runtime.keys import DataKey, KeyGone, WrongKey, unseal
from shared.runtime.master_keys import MasterKeys

__all__ = ["KeyGone", "WrongKey", "alike", "find", "read", "read_all"]

_SQL = queries(SQL / "vault.sql")

Reader = Principal | Cause
"""Who reads: a key and its roles, or the cause in whose course a loop of the service does."""


async def read(
    engine: Engine, who: Reader, organisation: str, wanted: Sequence[tuple[UUID, str]], purpose: str
) -> dict[tuple[UUID, str], bytes]:
    """What the organisation may read of these persons under these names; what is not there is absent.

    The reading is in the audit before anything is answered. Raises KeyGone, WrongKey, Unavailable.
    """
    keyring = await ready(engine)
    persons, names = [person for person, _ in wanted], [name for _, name in wanted]
    async with engine.database.audited(organisation) as connection:
        found = _opened(keyring, await connection.fetch(_SQL["read"], persons, names))
        asked: dict[UUID, list[str]] = {}
        for person, name in wanted:
            asked.setdefault(person, []).append(name)
        read_of = [(person, asked[person]) for person in asked]
        await _note(engine, connection, who, organisation, purpose, read_of)
    return found


async def read_all(
    engine: Engine, who: Reader, organisation: str, name: str, persons: Sequence[UUID] | None, purpose: str
) -> Mapping[UUID, bytes]:
    """What the organisation may read under one name, of these persons or of all; one line in the audit.

    Raises KeyGone, WrongKey, Unavailable.
    """
    keyring = await ready(engine)
    async with engine.database.audited(organisation) as connection:
        found = _opened(keyring, await connection.fetch(_SQL["read_all"], name, persons))
        await _note(engine, connection, who, organisation, purpose, [(None, [name])])
    return {person: content for (person, _), content in found.items()}


async def find(engine: Engine, organisation: str, kind: str, value: str) -> list[UUID]:
    """The organisation's persons of whom that fact is kept; the index holds no fact, only keyed digests of them."""
    keyring = await ready(engine)
    async with engine.database.read(organisation) as connection:
        return await _led_to(keyring.masters, connection, organisation, [keyring.found_by(organisation, kind, value)])


async def alike(engine: Engine, organisation: str, person: UUID) -> list[UUID]:
    """The organisation's other persons who are found by a fact by which this one is found."""
    masters = (await ready(engine)).masters
    async with engine.database.read(organisation) as connection:
        facts = [masters.uncover(*row) for row in await connection.fetch(_SQL["facts"], organisation, person)]
        found = await _led_to(masters, connection, organisation, facts) if facts else []
    return [other for other in found if other != person]


async def _led_to(masters: MasterKeys, connection: Connection, organisation: str, facts: Sequence[bytes]) -> list[UUID]:
    tried = masters.kids
    while True:
        wanted = [masters.cover(kid, fact) for kid in tried for fact in facts]
        [(kids, persons)] = await connection.fetch(_SQL["find"], organisation, wanted)
        if tried.issuperset(kids):
            return [UUID(str(person)) for person in persons]
        # The master key was changed meanwhile, and some digests are under the new one.
        tried = tried.union(kids)


def _opened(keyring: Keyring, rows: Iterable[Record]) -> dict[tuple[UUID, str], bytes]:
    found = {}
    for row in rows:
        if row["wrapped"] is None:
            raise KeyGone
        key = keyring.masters.unwrap(DataKey(row["id"], row["wrapped"], row["master"]))
        found[row["person_id"], row["name"]] = unseal(key, row["sealed"], about(row["person_id"], row["name"]))
    return found


async def _note(
    engine: Engine,
    connection: Connection,
    who: Reader,
    organisation: str,
    purpose: str,
    read_of: Sequence[tuple[UUID | None, Sequence[str]]],
) -> None:
    name, role = _reader(engine, who, organisation)
    told: list[Any] = [[person for person, _ in read_of], [",".join(names) for _, names in read_of]]
    await connection.execute(_SQL["note"], engine.clock.now(), organisation, name, role, purpose, *told)


def _reader(engine: Engine, who: Reader, organisation: str) -> tuple[str, str]:
    if isinstance(who, Principal):
        name = who.name if who.organisation == organisation else f"{who.name} of {who.organisation}"
        return name, ",".join(sorted(who.roles))
    return f"{engine.service.name} ({who.correlation_id})", who.actor_role
