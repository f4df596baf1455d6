"""Who is never to meet whom: said by people, asked by every list, proposal, group and page."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import orjson
from asyncpg import Connection
from pydantic import BaseModel, ConfigDict, StringConstraints

from services.referrals.domain.commands import AskPerson
from services.referrals.domain.keep_apart import Pairs, pairs_of
from services.referrals.domain.person import KeepApart
from services.referrals.people.parting import apart_and_linked, asked_to_part, linked_people, looked_at_after
from services.referrals.people.records import SQL, has_person, no_person
from services.referrals.roles import CARERS
from services.referrals.vault_contents import APART
from shared.runtime import vault
from shared.runtime.engine import Engine
from shared.runtime.http import Asked, Call, Reply, Route, looked_up
from shared.runtime.problems import Problem
from shared.runtime.service import Secret

Reason = Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class WhoBody(BaseModel):
    """Another person, or a peer: one of them."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    person_id: UUID | None = None
    peer_id: UUID | None = None

    def who(self) -> tuple[UUID, Any]:
        """The other's id and whether it is a person's or a peer's; raises Problem when it is not one of them."""
        if (self.person_id is None) == (self.peer_id is None):
            raise Problem(422, "one-of-them", "Give either person_id or peer_id.", field="person_id")
        return (self.person_id, "person") if self.person_id else (self.peer_id, "peer")  # type: ignore[return-value]


class KeepApartBody(WhoBody):
    """Whom, and why: that is kept in the vault, for those alone who may see who a client is."""

    reason: Reason | None = None


class Apart(BaseModel):
    """Somebody the person is never to meet."""

    who: str
    id: UUID
    reason: str | None


class ApartList(BaseModel):
    """Everybody whom the person is never to meet."""

    rows: list[Apart]


async def kept_apart_pairs(connection: Connection) -> Pairs:
    """Every two of the connection's organisation who are never to meet, whoever is linked as one person included."""
    said, linked = await apart_and_linked(connection)
    return pairs_of(said, linked)


async def _keep(engine: Engine, body: KeepApartBody, call: Call) -> Sequence[KeepApart | AskPerson]:
    """It is said of both; where they are together now, a person is asked to part them today."""
    (other, who), person_id = body.who(), call.path["person_id"]
    await _own(engine, call, [person_id, *([other] if who == "person" else [])])
    pairs = [(person_id, other, who), *([(other, person_id, who)] if who == "person" else [])]
    reason = body.reason and body.reason.encode()
    async with engine.database.read(call.principal.organisation) as connection:
        linked = await linked_people(connection)
        together = await asked_to_part(connection, call, pairs_of([(person_id, other)], linked))
    said = [
        KeepApart(
            one,
            call.now,
            call.role,
            another,
            kind,
            on=True,
            secrets=(Secret(one, f"{APART}{another}", reason),) if reason else (),
        )
        for one, another, kind in pairs
    ]
    return [*said, *together]


async def _meet(engine: Engine, body: WhoBody, call: Call) -> Sequence[KeepApart]:
    (other, who), person_id = body.who(), call.path["person_id"]
    await _own(engine, call, [person_id, *([other] if who == "person" else [])])
    pairs = [(person_id, other, who), *([(other, person_id, who)] if who == "person" else [])]
    return [
        KeepApart(one, call.now, call.role, another, kind, on=False, forgets=((one, f"{APART}{another}"),))
        for one, another, kind in pairs
    ]


async def _own(engine: Engine, call: Call, persons: Sequence[UUID]) -> None:
    for person_id in persons:
        if not await has_person(engine, call.principal.organisation, person_id):
            raise no_person()


async def _list(engine: Engine, call: Call, _: Asked) -> Reply:
    person_id, organisation = call.path["person_id"], call.principal.organisation
    await _own(engine, call, [person_id])
    async with engine.database.read(organisation) as connection:
        decided = await connection.fetchrow(SQL["decided"], person_id)
    others = [said.split("/") for said in (decided["apart_from"] if decided else ())]
    wanted = [(person_id, f"{APART}{other}") for _, other in others]
    read = await vault.read(engine, call.principal, organisation, wanted, "care") if wanted else {}
    rows = [
        {"who": who, "id": other, "reason": reason.decode() if (reason := read.get(key)) else None}
        for (who, other), key in zip(others, wanted, strict=True)
    ]
    return Reply(200, orjson.dumps({"rows": rows}))


APART_ROUTES: Sequence[Route] = (
    looked_at_after(
        looked_up(
            "POST",
            "/people/{person_id}/keep-apart",
            KeepApartBody,
            _keep,
            roles=CARERS,
            summary="Two people, or a person and a peer, are never to meet: it holds for both, everywhere.",
        )
    ),
    looked_up(
        "POST",
        "/people/{person_id}/meet-again",
        WhoBody,
        _meet,
        roles=CARERS,
        summary="They may meet again.",
    ),
    Route(
        "GET",
        "/people/{person_id}/keep-apart",
        _list,
        "Whom the person is never to meet, and why.",
        CARERS,
        model=ApartList,
    ),
)
