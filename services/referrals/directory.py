"""The directory of services: its rows, what is asked of it, and what a person says of a service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from asyncpg import Connection
from pydantic import BaseModel

from services.referrals.domain.policy import Policies
from services.referrals.domain.services import CloseCase, OpenCase, PutInDirectory, SayOfService
from services.referrals.domain.together import offers
from services.referrals.people.apart import kept_apart_pairs
from services.referrals.roles import DECIDERS, EVERYBODY, TEAM
from services.referrals.telling import path_of, told
from shared.contracts import referrals as e
from shared.contracts import service_updates as s
from shared.contracts.days import day_of
from shared.runtime.database import queries
from shared.runtime.envelope import Envelope, id_of
from shared.runtime.http import Call, Route, command, query
from shared.runtime.parsing import strict
from shared.runtime.service import Projection
from shared.runtime.tables import table_of

SQL = queries(Path(__file__).parent / "directory.sql")


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """One service as the directory shows it."""

    id: UUID
    organisation: str
    sequence: int
    status: str
    title: str
    formats: tuple[str, ...]
    place: str
    area: str
    for_whom: tuple[str, ...]
    listed_at: datetime
    checked_on: date | None = None
    visited_on: date | None = None
    reason: str | None = None
    may_close_on: date | None = None
    closed_at: datetime | None = None
    open_cases: int = 0


def apply(row: ServiceRow | None, event: Envelope) -> ServiceRow | None:
    """The service's row after the event."""
    d, sequence = event.data, event.sequence or 0
    if isinstance(d, e.ServiceListed):
        said = {name: getattr(d, name) for name in s.ServiceFacts.model_fields}
        known = {"status": "listed", "reason": None, "may_close_on": None, "sequence": sequence, **said}
        if row:
            return replace(row, **known)
        return ServiceRow(id_of(event.subject), event.organisation, listed_at=d.listed_at, **known)
    if row is None:
        return None
    row = replace(row, sequence=sequence)
    match d:
        case e.ServiceChecked(checked_on=on, visited=visited):
            checked = max(on, row.checked_on or on)
            return replace(
                row, checked_on=checked, visited_on=max(on, row.visited_on or on) if visited else row.visited_on
            )
        case e.ServiceAtRisk():
            return replace(row, status="at-risk", reason=d.reason, may_close_on=d.may_close_on)
        case e.ServiceClosed():
            return replace(row, status="closed", reason=d.reason, closed_at=d.closed_at)
        case e.ServiceCaseOpened():
            return replace(row, open_cases=row.open_cases + 1)
        case e.ServiceCaseClosed():
            return replace(row, open_cases=row.open_cases - 1)
    return row


SERVICES = Projection(
    table="service",
    topic="kith.referrals",
    kind="service",
    row=ServiceRow,
    apply=apply,
    ddl=table_of(ServiceRow) + "create index on {table} (organisation);",
)


class Listed(BaseModel):
    """One service: how and where it meets, for whom, and how fresh that is."""

    id: UUID
    sequence: int
    status: Literal["listed", "at-risk", "closed"]
    title: str
    formats: list[str]
    place: str
    area: str
    for_whom: list[str]
    reason: str | None
    may_close_on: date | None
    closed_at: datetime | None
    checked_on: date | None
    visited_on: date | None
    freshness: str
    """In plain words, such as "visited by us on 10 February 2026"."""
    fresh: bool


class Directory(BaseModel):
    """Every service of the organisation, those that are open first."""

    rows: list[Listed]


class Together(BaseModel):
    """Who of a closed service wishes to stay together, as offers for a person to make; nothing is sent from here."""

    offers: list[list[UUID]]
    """Each offer names the referrals it is for, longest waiting first."""


def freshness(row: Mapping[str, Any]) -> str:
    """When somebody last made sure, in words."""
    if row["visited_on"] and row["visited_on"] == row["checked_on"]:
        return f"visited by us on {_written(row['visited_on'])}"
    if row["checked_on"]:
        return f"checked by us on {_written(row['checked_on'])}"
    return "not checked by us yet"


def _written(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def directory(policies: Policies) -> Sequence[Route]:
    """The routes of the directory, and of a client's being with a service."""

    def listed(row: Mapping[str, Any], call: Call) -> Listed:
        days = policies.of(call.principal.organisation).service_check_days
        checked = row["checked_on"]
        fresh = checked is not None and (day_of(call.now) - checked).days <= days
        return Listed.model_validate({**row, "freshness": freshness(row), "fresh": fresh})

    async def services(connection: Connection, call: Call, _: Any) -> Directory:
        return Directory(rows=[listed(dict(row), call) for row in await connection.fetch(SQL["services"])])

    async def one(connection: Connection, call: Call, _: Any) -> Listed | None:
        row = await connection.fetchrow(SQL["one_service"], call.path["service_id"])
        return listed(dict(row), call) if row else None

    async def together(connection: Connection, call: Call, _: Any) -> Together | None:
        if await connection.fetchrow(SQL["one_service"], call.path["service_id"]) is None:
            return None
        rows = await connection.fetch(SQL["wish_to_stay_together"], call.path["service_id"])
        by_person = {row["person_id"]: row["id"] for row in rows}
        apart = await kept_apart_pairs(connection)
        return Together(offers=[[by_person[person] for person in offer] for offer in offers(by_person, apart)])

    def put(body: s.ListService, call: Call) -> Sequence[Any]:
        return [PutInDirectory(call.path["service_id"], body.at or call.now, body)]

    def say(body: s.CheckService | s.PutServiceAtRisk | s.CloseService, call: Call) -> Sequence[Any]:
        return [SayOfService(call.path["service_id"], body.at or call.now, body)]

    def join(body: s.JoinService, call: Call) -> Sequence[Any]:
        return [told(policies, call, body), OpenCase(body.service_id, body.at or call.now, call.path["referral_id"])]

    def leave(body: s.LeaveService, call: Call) -> Sequence[Any]:
        return [told(policies, call, body), CloseCase(body.service_id, body.at or call.now, call.path["referral_id"])]

    here = "/services/{service_id}"
    close = "Close it: each of its open cases goes back on the list, once, at its own date."
    company = "Record whether the client wishes to stay together with others of the service."
    return (
        query("/services", services, roles=EVERYBODY, summary="The directory of services.", answer=Directory),
        query(here, one, roles=EVERYBODY, summary="One service of the directory.", answer=Listed),
        query(
            f"{here}/together",
            together,
            roles=TEAM,
            summary="Who of a closed service wishes to stay together, as offers; never two who are kept apart in one.",
            answer=Together,
        ),
        command("POST", f"{here}/list", strict(s.ListService), put, roles=DECIDERS, summary="List a service."),
        command("POST", f"{here}/check", strict(s.CheckService), say, roles=TEAM, summary="Say that it still holds."),
        command(
            "POST",
            f"{here}/put-at-risk",
            strict(s.PutServiceAtRisk),
            say,
            roles=DECIDERS,
            summary="Say that the service may have to close.",
        ),
        command("POST", f"{here}/close", strict(s.CloseService), say, roles=DECIDERS, summary=close),
        command(
            "POST",
            path_of(s.JoinService),
            strict(s.JoinService),
            join,
            roles=TEAM,
            summary="Record that the client is with a service.",
        ),
        command(
            "POST",
            path_of(s.LeaveService),
            strict(s.LeaveService),
            leave,
            roles=TEAM,
            summary="Record that the client is not with the service any more.",
        ),
        command(
            "POST",
            path_of(s.ChooseCompany),
            strict(s.ChooseCompany),
            lambda body, call: [told(policies, call, body)],
            roles=TEAM,
            summary=company,
        ),
    )
