"""Placing once more what was held: when a person asks, and by itself once what it awaited has come."""

import asyncio
from uuid import UUID

from services.gateway.receipts import SQL
from shared.runtime import journal, log
from shared.runtime.clock import elapsed, pause
from shared.runtime.commands import execute
from shared.runtime.database import TROUBLE, is_transient
from shared.runtime.decisions import Cause
from shared.runtime.engine import Engine
from shared.runtime.health import Health
from shared.runtime.raw import opened
from shared.runtime.reading import read
from shared.runtime.service import Refusal

_log = log.logger(__name__)

MOST = 100
"""Submissions placed between two looks at what else there is."""
REST = 1.0
FORGET = 60.0
"""After how many seconds what could not be placed is tried again: a sender's key may have come back."""


async def place(engine: Engine, submission_id: UUID, cause: Cause) -> None:
    """What was held is placed as it came, with what is known now, or is held still.

    Raises Refusal `not-readable`, and KeyGone when it was erased.
    """
    async with engine.database.worker() as connection:
        row = await connection.fetchrow(SQL["submitted"], submission_id)
    event = read(opened(engine.keyring, row), engine.service.registry, engine.producers).envelope
    reaction = engine.service.intake
    if event is None or reaction is None:
        raise Refusal("not-readable", "It came from a sender who may not send any more; ask the operator.")
    event = event._replace(recorded_at=cause.at)
    async with engine.database.read(cause.organisation) as connection:
        streams = await journal.load(connection, engine.mind, cause.organisation, reaction.targets(event))
    await execute(engine, cause, reaction.react(event, {subject: stream.state for subject, stream in streams.items()}))


async def place_what_waited(engine: Engine, health: Health, stopping: asyncio.Event) -> None:
    """Places each submission that waited for its referral within a second or two of that, until `stopping`.

    Several instances may do so at once: the later finds it done. What cannot be placed is left to a person.
    """
    health.watch("placing")
    left, since = set[UUID](), elapsed()
    while not stopping.is_set():
        found = 0
        if elapsed() - since > FORGET:
            left, since = set(), elapsed()
        try:
            async with engine.database.worker() as connection:
                rows = await connection.fetch(SQL["awaited"], list(left), MOST)
            found = len(rows)
            for row in rows:
                if not await _placed(engine, row["id"], row["organisation"]):
                    left.add(row["id"])
        except TROUBLE as error:
            if not is_transient(error):
                raise
            _log.warning("placing.retry", error=repr(error))
        health.turn("placing")
        if found < MOST:
            await pause(REST, stopping)
    health.unwatch("placing")


async def _placed(engine: Engine, submission_id: UUID, organisation: str) -> bool:
    """Whether it could be placed; one that cannot must not keep the others from it."""
    cause = Cause(organisation, "sender", submission_id, submission_id, None, engine.clock.now())
    try:
        await place(engine, submission_id, cause)
    except Exception as error:
        if is_transient(error):
            raise
        _log.exception("placing.failed", submission=str(submission_id))
        return False
    return True
