"""Dead letters: what waits in the inbox, shown with its bytes, and taken or set aside when a person says so."""

import asyncio
import base64
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
from asyncpg import Connection

from shared.runtime import log
from shared.runtime.clock import pause
from shared.runtime.database import SQL, TROUBLE, is_transient, queries
from shared.runtime.engine import Engine
from shared.runtime.health import Health
from shared.runtime.hearing import following, hear_over
from shared.runtime.inbox import SETTLED, WAITING
from shared.runtime.raw import opened
from shared.runtime.service import Refusal

_log = log.logger(__name__)
_SQL = queries(SQL / "dead_letters.sql")
_BYTES = ("key", "headers", "body", "raw_key", "wrapped", "master")


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of a dead letter, and how many that waited behind it were released."""

    id: int
    fate: str
    code: str | None
    released: int
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many dead letters there are, and how many of them are urgent."""

    all: int
    urgent: int


class NotADeadLetter(Refusal):
    """What is settled is neither shown, nor taken or set aside a second time."""

    def __init__(self, letter: int, fate: str) -> None:
        super().__init__(
            "not-a-dead-letter",
            f"Record {letter} is no dead letter: it is settled ({fate}). See `kith dead-letters list` for what waits.",
        )


class NotFirst(Refusal):
    """Only the first obstacle of a stream can be set aside, or events after it would be taken out of order."""

    def __init__(self, sequence: int) -> None:
        super().__init__("not-first", f"Sequence {sequence} of this subject has not been taken; settle that one first.")


def _told(engine: Engine, row: asyncpg.Record) -> dict[str, Any]:
    told = {name: value for name, value in row.items() if name not in _BYTES}
    return {**told, "urgent": bool(row["type"]) and engine.service.registry.is_urgent(row["type"])}


async def list_parked(
    engine: Engine, *, topic: str | None, code: str | None, fate: str | None, after: int, limit: int
) -> Sequence[dict[str, Any]]:
    """The dead letters heard after that id, in order, at most so many."""
    async with engine.database.worker() as connection:
        return [_told(engine, row) for row in await connection.fetch(_SQL["list"], after, topic, code, fate, limit)]


async def count(engine: Engine) -> Waiting:
    """How many there are, each of them counted."""
    async with engine.database.worker() as connection:
        rows = await connection.fetch(_SQL["count"])
    is_urgent = engine.service.registry.is_urgent
    return Waiting(
        sum(row["n"] for row in rows), sum(row["n"] for row in rows if row["type"] and is_urgent(row["type"]))
    )


async def show(engine: Engine, letter: int) -> dict[str, Any] | None:
    """One dead letter with the exact bytes that came, or None if there is no such row.

    Raises NotADeadLetter, and KeyGone when it was erased.
    """
    async with engine.database.worker() as connection:
        row = await _waiting(connection, letter)
    if row is None:
        return None
    record = opened(engine.keyring, row)
    body = record.body
    return {
        **_told(engine, row),
        "key": _base64(record.key),
        "headers": [[_shown(name), _base64(value)] for name, value in record.headers],
        "body_base64": _base64(body),
        "body_text": _text(body),
    }


async def _waiting(connection: Connection, letter: int) -> asyncpg.Record | None:
    row = await connection.fetchrow(_SQL["one"], letter)
    if row is not None and row["fate"] not in WAITING:
        raise NotADeadLetter(letter, row["fate"])
    return row


def _base64(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode()


def _shown(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _text(body: bytes | None) -> str | None:
    try:
        return None if body is None else body.decode()
    except UnicodeDecodeError:
        return None


async def replay(engine: Engine, letter: int) -> Replayed | None:
    """Takes a dead letter again, and in order whatever waited only for it; None if there is no such row.

    Raises NotADeadLetter for one that is settled, KeyGone for one that was erased.
    """
    async with engine.database.worker() as connection:
        row = await _waiting(connection, letter)
        return None if row is None else await _replay(engine, connection, row)


async def _replay(engine: Engine, connection: Connection, row: asyncpg.Record) -> Replayed:
    letter, released = row["id"], 0
    async for _, heard in hear_over(engine, connection, [opened(engine.keyring, row)]):
        released += sum(v.fate in SETTLED for v in heard.verdicts if v.reading.record.inbox_id != letter)
    fate, code, detail = await connection.fetchrow(_SQL["fate"], letter) or ("gone", None, None)
    return Replayed(letter, fate, code, released, detail)


async def discard(engine: Engine, letter: int) -> Replayed | None:
    """Sets a dead letter aside, its bytes kept, and takes what waited only for it; None if there is no such row.

    Raises NotFirst for one that itself waits for another, NotADeadLetter for one that is settled.
    """
    async with engine.database.worker() as connection:
        async with connection.transaction():
            stream = await connection.fetchrow(_SQL["lock"], letter)
            row = await _waiting(connection, letter)
            if row is None:
                return None
            if stream is not None and row["sequence"] is not None:
                if row["sequence"] > stream["sequence"] + 1:
                    raise NotFirst(stream["sequence"] + 1)
                if row["sequence"] == stream["sequence"] + 1:
                    await connection.execute(_SQL["advance"], stream["id"])
            overtaken = stream is not None and (row["sequence"] or 0) <= stream["sequence"]
            await connection.execute(_SQL["set_aside"], letter, not overtaken)
        behind = await following(connection, stream["id"]) if stream is not None else None
        replayed = await _replay(engine, connection, behind) if behind is not None else None
        fate, code, _ = await connection.fetchrow(_SQL["fate"], letter) or ("gone", None, None)
    released = 0 if replayed is None else replayed.released + (replayed.fate in SETTLED)
    return Replayed(letter, fate, code, released)


async def replay_known(engine: Engine) -> int:
    """Takes what was parked for being of an unknown type and is known to this version; returns how many."""
    taken = 0
    async with engine.database.worker() as connection:
        for letter, type in await connection.fetch(_SQL["unknown"]):
            if engine.service.registry.knows(type):
                [row] = await connection.fetch(_SQL["one"], letter)
                taken += (await _replay(engine, connection, row)).fate in SETTLED
    return taken


async def keep_releasing(engine: Engine, health: Health, stopping: asyncio.Event) -> None:
    """Releases every few seconds until `stopping`; several instances may do so at once."""
    health.watch("releasing")
    while not stopping.is_set():
        try:
            async for taken in release(engine):
                health.turn("releasing")
                if taken:
                    _log.info("dead_letters.released", taken=taken)
        except TROUBLE as error:
            if not is_transient(error):
                raise
            _log.warning("dead_letters.retry", error=repr(error))
        health.turn("releasing")
        await pause(2, stopping)
    health.unwatch("releasing")


async def release(engine: Engine) -> AsyncIterator[int]:
    """Takes a batch of what is held and need not be any more, and what waited behind it; yields how many, part by part.

    A process ended between an event and what waited for it; or the subject that it speaks of has come, or has been
    waited for long enough.
    """
    settings = engine.settings
    patience = timedelta(seconds=settings.unknown_bound)
    async with engine.database.worker() as connection:
        known = engine.keyring is not None and bool(engine.keyring.readers)
        rows = await connection.fetch(_SQL["stranded"], engine.service.topic, patience, settings.batch_size, known)
        async for _, heard in hear_over(engine, connection, [opened(engine.keyring, row) for row in rows]):
            yield sum(verdict.fate in SETTLED for verdict in heard.verdicts)
