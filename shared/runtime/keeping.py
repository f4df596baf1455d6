"""Keeping: what commands ask of the vault, carried out in bulk in the transaction of their events."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from asyncpg import Connection

from shared.runtime import log
from shared.runtime.database import SQL, queries
from shared.runtime.engine import Engine
from shared.runtime.keyring import INDEX, Keyring
from shared.runtime.keys import DataKey, seal
from shared.runtime.master_keys import NOT_SET, BadMasterKeys
from shared.runtime.sealing import CannotOpen, kid_of, open_token
from shared.runtime.service import Clear, Refusal, Secret

_log = log.logger(__name__)
_SQL = queries(SQL / "vault.sql")


@dataclass(frozen=True, slots=True)
class Errand:
    """What one command asks of the vault; its secrets are opened by now."""

    organisation: str
    secrets: Sequence[Secret] = ()
    came: Sequence[tuple[UUID, UUID]] = ()
    """Persons, each with a transport key by which something came of them."""
    forgets: Sequence[tuple[UUID, str]] = ()
    erases: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class Tokens:
    """What opens the tokens of a batch: the transport keys that they name, and whoever was erased if one is missing."""

    privates: Mapping[UUID, bytes]
    erased: frozenset[tuple[UUID, str]] = frozenset()


NO_TOKENS = Tokens({})


def about(person_id: UUID, name: str) -> bytes:
    """What a content of the vault is bound to: it opens as this of this person, and as nothing else."""
    return f"vault/{person_id}/{name}".encode()


def errands_of(
    organisation: str,
    commands: Sequence[Any],
    tokens: Tokens = NO_TOKENS,
    finders: Mapping[str, Callable[[bytes], Mapping[str, str]]] | None = None,
) -> list[Errand]:
    """What the commands ask of the vault; raises CannotOpen for a token that nothing here opens.

    What came sealed of somebody who was erased is not asked for.
    """
    found = []
    for command in commands:
        secrets, came = [], []
        for secret in getattr(command, "secrets", ()):
            if not isinstance(secret.content, str):
                secrets.append(secret)
                continue
            try:
                content = open_token(secret.content, tokens.privates)
            except CannotOpen:
                if (secret.person_id, organisation) in tokens.erased:
                    continue
                raise
            finder = (finders or {}).get(secret.name)
            secrets.append(replace(secret, content=content, finds=finder(content) if finder else {}))
            came.append((secret.person_id, kid_of(secret.content) or secret.person_id))
        errand = Errand(
            organisation,
            secrets,
            came,
            getattr(command, "forgets", ()),
            getattr(command, "erases", ()),
        )
        if errand != Errand(organisation, [], []):
            found.append(errand)
    return found


def came_of(organisation: str, commands: Sequence[Any], tokens: Tokens) -> list[Errand]:
    """By which transport keys something came of persons that a rule refused to keep: an erasure destroys those too."""
    came = [
        (secret.person_id, kid)
        for command in commands
        for secret in getattr(command, "secrets", ())
        if isinstance(secret.content, str) and (kid := kid_of(secret.content)) and kid in tokens.privates
    ]
    return [Errand(organisation, came=came)] if came else []


async def ready(engine: Engine) -> Keyring:
    """The service's keyring with all that one process needs to keep and to find; raises BadMasterKeys, WrongKey."""
    keyring = engine.keyring
    if keyring is None:
        raise BadMasterKeys(NOT_SET)
    if keyring.index is None:
        async with engine.database.worker() as connection, connection.transaction():
            masters, now = keyring.masters, engine.clock.now()
            if await connection.fetchval(_SQL["current_master"]) is None:
                await connection.execute(_SQL["first_master"], masters.current, now)
            current = await connection.fetchval(_SQL["current_master"])
            if not await connection.fetch(_SQL["key"], INDEX):
                _, made = masters.make(current, INDEX)
                await connection.execute(_SQL["make_key"], INDEX, "index", made.wrapped, current, now, None)
            [row] = await connection.fetch(_SQL["key"], INDEX)
            keyring.index = masters.unwrap(DataKey(*row))
    return keyring


async def tokens_of(connection: Connection, keyring: Keyring, sealed: Sequence[str]) -> Tokens:
    """What opens these tokens, as the database holds it now."""
    kids = {kid for token in sealed if (kid := kid_of(token))}
    rows = await connection.fetch(_SQL["transport"], list(kids))
    privates = {row["id"]: keyring.masters.unwrap(DataKey(*row)) for row in rows}
    if len(privates) == len(kids):
        return Tokens(privates)
    erased = await connection.fetch(_SQL["erased"])
    return Tokens(privates, frozenset((row["about"], row["organisation"]) for row in erased))


async def carry_out(
    engine: Engine, connection: Connection, organisation: str | None, errands: Sequence[Errand]
) -> None:
    """Does what the commands asked, in two statements; with an organisation, for it alone.

    What is to be kept of somebody who was erased is not kept. Raises Refusal `kept-elsewhere` for a person whom
    another organisation keeps, asyncpg.SerializationError when the same person's key was made meanwhile, WrongKey.
    """
    keyring = await ready(engine)
    masters = keyring.masters
    wanted: dict[tuple[UUID, str], tuple[str, Secret | None]] = {}
    for errand in errands:
        said = {(s.person_id, s.name): (errand.organisation, s) for s in errand.secrets}
        wanted |= {key: each for key, each in said.items() if key not in wanted or not each[1].unless_kept}
        wanted |= dict.fromkeys(errand.forgets, (errand.organisation, None))
    keeping = {key: (owner, secret) for key, (owner, secret) in wanted.items() if secret is not None}
    bare: dict[UUID, bytes] = {}
    made: list[tuple[UUID, str, bytes]] = []
    current = ""
    owners = {person: owner for (person, _), (owner, _) in keeping.items()}
    for row in await connection.fetch(_SQL["take"], organisation, sorted(owners)) if owners else ():
        person, owner, current = row["id"], owners[row["id"]], row["current"]
        if owner in row["erased"]:
            _log.warning("vault.not_kept", person=str(person), why="the person was erased")
        elif row["wrapped"] is None:
            bare[person], key = masters.make(current, person)
            made.append((person, owner, key.wrapped))
        elif row["organisation"] != owner:
            raise Refusal(
                "kept-elsewhere",
                "What is known of this person is kept by another organisation. Nothing was changed: ask them to keep "
                "this, or say the rest without it.",
            )
        else:
            bare[person] = masters.unwrap(DataKey(person, row["wrapped"], row["master"]))
    kept = [
        (person, owner, name, seal(bare[person], _bytes(secret), about(person, name)), secret.unless_kept)
        for (person, name), (owner, secret) in keeping.items()
        if person in bare
    ]
    finds = [
        (person, owner, name, kind, masters.cover(current, keyring.found_by(owner, kind.partition("/")[0], value)))
        for (person, name), (owner, secret) in keeping.items()
        if person in bare
        for kind, value in secret.finds.items()
    ]
    # Of whoever was erased as well: a key by which something came of them afterwards is destroyed like those before.
    came = sorted({(person, e.organisation, kid) for e in errands for person, kid in e.came})
    forgotten = [(person, owner, name) for (person, name), (owner, secret) in wanted.items() if secret is None]
    erased = [(each, errand.organisation) for errand in errands for each in errand.erases]
    await connection.execute(
        _SQL["carry_out"],
        organisation,
        engine.clock.now(),
        current,
        *(
            column
            for rows, width in ((made, 3), (kept, 5), (finds, 5), (came, 3), (forgotten, 3), (erased, 2))
            for column in _columns(rows, width)
        ),
    )


def _bytes(secret: Secret) -> bytes:
    assert not isinstance(secret.content, str)
    return secret.content.content if isinstance(secret.content, Clear) else secret.content


def _columns(rows: Iterable[tuple[Any, ...]], width: int) -> list[list[Any]]:
    rows = list(rows)
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
