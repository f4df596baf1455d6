"""Whoever carries notices says whether one arrived; a receipt that comes late, or twice, does no harm."""

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

from services.supervision.domain.safeguarding.concern_commands import NoteReceipt
from services.supervision.roles import CARRIERS
from services.supervision.safeguarding.asking import SQL
from shared.runtime.commands import execute
from shared.runtime.decisions import Cause
from shared.runtime.engine import Engine
from shared.runtime.http import JSON, Asked, Call, Reply, Route
from shared.runtime.parsing import parse_body

_ARRIVED, _FAILED = "delivered", ("permanent-failure", "temporary-failure", "technical-failure")


class Receipt(BaseModel):
    """What became of a notice, in the words of GOV.UK Notify; whatever else it says, the address too, is not kept."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    reference: UUID
    """The notice's own id."""
    status: Annotated[str, StringConstraints(max_length=40)]


class Noted(BaseModel):
    """It was heard; whether such a notice is known is not told."""

    heard: Literal[True] = True


async def _hear(engine: Engine, call: Call, asked: Asked) -> Reply:
    said, organisation = parse_body(Receipt, asked.body), call.principal.organisation
    if said.status == _ARRIVED or said.status in _FAILED:
        async with engine.database.read(organisation) as connection:
            concern_id = await connection.fetchval(SQL["awaiting"], str(said.reference))
        if concern_id is not None:
            note = NoteReceipt(concern_id, call.now, said.reference, said.status == _ARRIVED)
            await execute(
                engine, Cause(organisation, call.role, call.correlation_id, None, call.traceparent, call.now), [note]
            )
    return Reply(200, Noted().model_dump_json().encode())


RECEIPT_ROUTES: Sequence[Route] = (
    Route(
        "POST",
        "/notice-receipts",
        _hear,
        "Whether a notice arrived, from whoever carried it.",
        CARRIERS,
        accepts=JSON,
        body=Receipt,
        model=Noted,
    ),
)
