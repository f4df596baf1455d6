"""Taking what came over HTTP into the inbox: durable, with its bytes, before anybody is answered."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from services.gateway.domain.content import as_code
from services.gateway.receipts import MEANINGS, PARKED, SQL, Receipt, receipts_by_id
from shared.contracts.registry import is_urgent
from shared.runtime.commands import KeyReused
from shared.runtime.database import Unavailable
from shared.runtime.engine import Engine
from shared.runtime.envelope import Envelope
from shared.runtime.hearing import hear_over
from shared.runtime.http import Asked, Call, idempotency_of
from shared.runtime.inbox import Verdict
from shared.runtime.problems import Problem
from shared.runtime.reading import read
from shared.runtime.wire import Record

Taken = tuple[Verdict, Receipt]
"""What the inbox made of an event, and its receipt."""

_TRIES = 5


async def take(
    engine: Engine, call: Call, given: Sequence[Record | Problem], asked: Asked | None = None
) -> Sequence[Problem | Taken]:
    """What became of each: a problem when it was not kept, else the inbox's verdict and the receipt.

    `asked` is the request whose Idempotency-Key, if it has one, is bound to these; raises KeyReused.
    """
    checked = [_readable(engine, one) for one in given]
    records = [one for one in checked if isinstance(one, Record)]
    heard: list[Taken] = []
    if records:
        if asked is not None:
            await _once(engine, call, asked)
        verdicts = await _heard(engine, records)
        events = [event for verdict in verdicts if (event := verdict.reading.envelope)]
        async with engine.database.read(call.principal.organisation) as connection:
            receipts = await receipts_by_id(connection, [event.id for event in events])
        found = [receipts.get(event.id) or _parked(engine, event) for event in events]
        heard = list(zip(verdicts, found, strict=True))
    remaining = iter(heard)
    return [one if isinstance(one, Problem) else next(remaining) for one in checked]


def problem_in(verdict: Verdict, receipt: Receipt) -> Problem | None:
    """What is wrong with an event that is in the inbox; None when its receipt says all."""
    if verdict.code == "first-destroyed":
        detail = (
            "What came under this id before has been destroyed, so nobody can tell whether this is the same. Nothing "
            "was kept of it: send it under a new id if it is new."
        )
        return Problem(409, "first-destroyed", detail, field="id")
    if verdict.code == "impostor-id":
        detail = "Another event came under this id before, and stands. Give a new or corrected event a new id."
        return Problem(409, "impostor-id", detail, field="id")
    if verdict.fate == "refused":
        return Problem(409, verdict.code or "refused", verdict.detail or "A rule says no.")
    if receipt.status == "rejected":
        errors = [(fault.field, f"{fault.code}: {fault.message}") for fault in receipt.problems]
        detail = "It cannot be used as it is. Put right what is named, and send it under a new id."
        return Problem(422, receipt.problems[0].code, detail, errors=errors)
    return None


def _parked(engine: Engine, event: Envelope) -> Receipt:
    """The receipt of what is in the inbox and could not be taken, by a fault that is not the sender's."""
    return Receipt(
        receipt_id=event.id,
        status="held",
        submitted_type=as_code(event.type),
        received_at=engine.clock.now(),
        urgent=is_urgent(event.type),
        code=PARKED,
        message=MEANINGS[PARKED],
        problems=[],
        referral_id=None,
        became=None,
    )


def _readable(engine: Engine, given: Record | Problem) -> Record | Problem:
    if isinstance(given, Problem):
        return given
    reading = read(given, engine.service.registry, engine.producers)
    if reading.code is None:
        return given
    return Problem(422, reading.code, f"The event's attributes cannot be read: {reading.detail}.", field="attributes")


async def _once(engine: Engine, call: Call, asked: Asked) -> None:
    """Raises KeyReused when the Idempotency-Key came before with other events; the events themselves are idempotent.

    All that was asked counts, also what could not be taken then: the same request may be sent until all of it is.
    """
    attributes = sorted((name, value) for name, value in asked.headers.items() if name.startswith(b"ce-"))
    content = b"\0".join((asked.body, *(part for pair in attributes for part in pair)))
    idempotency = idempotency_of(call, asked, content)
    if idempotency is None:
        return
    key, organisation = f"sent:{idempotency.key}", call.principal.organisation
    if await remember(engine, organisation, key, idempotency.request_hash, call.now) is None:
        raise KeyReused


async def recall(engine: Engine, organisation: str, key: str) -> tuple[bytes, str] | None:
    """The mark of the content that was first sent under the key, and when; None when nothing was."""
    async with engine.database.worker() as connection:
        row = await connection.fetchrow(SQL["kept"], organisation, key)
    return None if row is None else (row[0], row[1])


async def remember(engine: Engine, organisation: str, key: str, content: bytes, now: datetime) -> str | None:
    """When this content, given as its hash, was first sent under the key; None when other content was."""
    async with engine.database.worker() as connection:
        await connection.execute(SQL["keep"], organisation, key, engine.mark(content), now.isoformat())
    stands = await recall(engine, organisation, key)
    return stands[1] if stands is not None and engine.is_mark(stands[0], content) else None


async def _heard(engine: Engine, records: Sequence[Record]) -> list[Verdict]:
    """Every record is in the inbox with its fate, through the same machinery as what comes by Kafka."""
    for _ in range(_TRIES):
        verdicts: list[Verdict] = []
        try:
            async with engine.database.worker() as connection:
                async for _positions, heard in hear_over(engine, connection, records):
                    verdicts += heard.verdicts
        except asyncpg.SerializationError:
            # The same event came through another door at the same moment.
            continue
        return verdicts
    raise Unavailable("the same submission is coming in many times at once")
