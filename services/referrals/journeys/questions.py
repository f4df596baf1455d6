"""What is asked of journeys: each organisation reads its own parts, and of the others what the client agreed to."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from asyncpg import Connection
from pydantic import BaseModel

from services.referrals.roles import TEAM
from shared.contracts.days import day_of
from shared.runtime.database import queries
from shared.runtime.http import Call, Route, query

SQL = queries(Path(__file__).parent / "journeys.sql")


class Part(BaseModel):
    """One organisation's part of a journey, as the organisation that asks may see it."""

    id: UUID
    organisation: str
    own: bool
    setting: str
    state: str
    since: datetime
    received_at: datetime
    supported_from: date | None
    supported_until: date | None
    joint_sessions: int
    next_id: UUID | None
    previous_id: UUID | None
    gap_days: int | None
    """Whole days without support between the part before and this one; none while either is not known."""


class Journey(BaseModel):
    """A journey, from its first part on."""

    journey_id: UUID
    parts: list[Part]


class Proposed(BaseModel):
    """A hand-over that waits for an organisation to accept it, or did not get an answer by its day."""

    handover_id: UUID
    referral_id: UUID
    from_organisation: str
    to_organisation: str
    to_setting: str
    from_setting: str
    accept_by: date
    status: str
    parent_role: str
    language: str
    interpreter_needed: bool
    formats_wanted: list[str]


class Proposals(BaseModel):
    """What this organisation is asked to take on, and what it asked others."""

    asked_of_us: list[Proposed]
    asked_by_us: list[Proposed]


async def _journey(connection: Connection, call: Call, _: Any) -> Journey | None:
    rows = [dict(row) for row in await connection.fetch(SQL["journey"], call.path["journey_id"])]
    if not rows:
        return None
    by_id, today = {row["id"]: row for row in rows}, day_of(call.now)
    parts = [
        Part.model_validate(
            {**row, "own": row["organisation"] == call.principal.organisation, "gap_days": _gap(row, by_id, today)}
        )
        for row in rows
    ]
    return Journey(journey_id=call.path["journey_id"], parts=parts)


def _gap(row: dict[str, Any], by_id: dict[UUID, dict[str, Any]], today: date) -> int | None:
    before = by_id.get(row["previous_id"])
    if before is None or before["supported_from"] is None:
        return None
    if before["supported_until"] is None:
        return 0
    until: date = row["supported_from"] or today
    ended: date = before["supported_until"]
    return max(0, (until - ended).days)


async def _handovers(connection: Connection, call: Call, _: Any) -> Proposals:
    rows = [Proposed.model_validate(dict(row)) for row in await connection.fetch(SQL["handovers"])]
    us = call.principal.organisation
    return Proposals(
        asked_of_us=[row for row in rows if row.to_organisation == us],
        asked_by_us=[row for row in rows if row.from_organisation == us],
    )


JOURNEY_ROUTES: Sequence[Route] = (
    query("/journeys/{journey_id}", _journey, roles=TEAM, summary="A journey, part by part.", answer=Journey),
    query("/handovers", _handovers, roles=TEAM, summary="What waits to be accepted.", answer=Proposals),
)
