"""Who a client is, how to reach them and what they need: read from the vault when somebody asks, and put right."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, StringConstraints

from services.referrals.domain.commands import Tell
from services.referrals.domain.person import Correct
from services.referrals.domain.policy import Policies
from services.referrals.people.records import SQL, has_person, no_person, person_of
from services.referrals.roles import CARERS, TEAM
from services.referrals.telling import path_of, told
from services.referrals.vault_contents import CONTACT, NEEDS, NOTE, PARTS, secret
from shared.contracts import session_reports as r
from shared.contracts import updates as u
from shared.contracts import values as v
from shared.contracts.people import Contact, Identity, Needs
from shared.runtime import journal, vault
from shared.runtime.engine import Engine
from shared.runtime.http import Asked, Call, Reply, Route, looked_up
from shared.runtime.parsing import parse_query
from shared.runtime.problems import Problem
from shared.runtime.service import Secret

SHOWN: v.ConsentScope = "share-with-provider"
"""What the client says yes to for their support needs to be shown."""
Purpose = Literal["care", "contact", "matching", "referral-back", "person-asked", "audit"]
"""What somebody reads for; it is kept with the reading."""


class ReadAsked(BaseModel):
    """What the reading is for."""

    purpose: Purpose = "care"


class PersonView(BaseModel):
    """Who somebody is, as the vault keeps it, and what was decided about their data."""

    person_id: UUID
    referral_ids: list[UUID]
    restricted: bool
    identity: Identity | None = None
    contact: Contact | None = None
    needs: Needs | None = None
    withheld: list[str] = []
    """What of it the client has not agreed to have shown."""
    duplicates: list["DuplicateView"] = []
    """Who may be the same person, and how that stands; both keep their own history whatever is decided."""


class DuplicateView(BaseModel):
    """Two records that may be one person, and which facts say so."""

    referral_id: UUID
    person_id: UUID
    other_person_id: UUID
    other_referral_id: UUID
    status: Literal["suspected", "confirmed", "dismissed", "unlinked"]
    since: datetime
    facts: list[str]


class Note(BaseModel):
    """What was noted of one session."""

    session_id: UUID
    note: str


class Notes(BaseModel):
    """What was noted of the sessions of one referral."""

    notes: list[Note]


class CorrectBody(BaseModel):
    """What stands from now on, each part in place of what stood there; what is left out stays."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    identity: Identity | None = None
    contact: Contact | None = None
    needs: Needs | None = None


class ChangeSafeContactBody(u.ChangeSafeContact):
    """How the client may be reached from now on, in place of all that was known."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    contact: Contact


class HoldSessionBody(r.HoldSession):
    """A session that took place; the note is kept in the vault, for the team alone."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    note: Annotated[str, StringConstraints(min_length=1, max_length=10_000)] | None = None


async def person_view(engine: Engine, call: Call, person_id: UUID, purpose: str) -> PersonView:
    """The person as the vault and the read models have them; raises Problem 404, and 410 once they are erased."""
    organisation = call.principal.organisation
    async with engine.database.read(organisation) as connection:
        referrals = await connection.fetch(SQL["referrals_of"], person_id)
        decided = await connection.fetchrow(SQL["decided"], person_id)
        twins = await connection.fetch(SQL["duplicates"], None, person_id, None, None, 100)
    if not referrals:
        raise no_person()
    if decided and decided["erased_at"]:
        raise Problem(410, "erased", "This person was erased; nothing that says who they were is left.")
    read = await vault.read(engine, call.principal, organisation, [(person_id, name) for name in PARTS], purpose)
    parts: dict[str, Any] = {
        name: part.model_validate_json(read[person_id, name])
        for name, part in PARTS.items()
        if (person_id, name) in read
    }
    withheld = []
    if (needs := parts.get(NEEDS)) and needs.support_needs and not any(SHOWN in row["consents"] for row in referrals):
        parts[NEEDS], withheld = needs.model_copy(update={"support_needs": ()}), ["needs.support_needs"]
    return PersonView(
        withheld=withheld,
        person_id=person_id,
        referral_ids=[row["id"] for row in referrals],
        restricted=bool(decided and decided["restricted_at"]),
        duplicates=[DuplicateView.model_validate(dict(row)) for row in twins],
        **parts,
    )


async def _show_person(engine: Engine, call: Call, asked: Asked) -> Reply:
    return await _shown(engine, call, call.path["person_id"], asked)


async def _show_person_of(engine: Engine, call: Call, asked: Asked) -> Reply:
    return await _shown(
        engine, call, await person_of(engine, call.principal.organisation, call.path["referral_id"]), asked
    )


async def _shown(engine: Engine, call: Call, person_id: UUID, asked: Asked) -> Reply:
    wanted = parse_query(ReadAsked, asked.query) or ReadAsked()
    found = await person_view(engine, call, person_id, wanted.purpose)
    return Reply(200, found.model_dump_json(exclude_none=True).encode())


async def _show_notes(engine: Engine, call: Call, asked: Asked) -> Reply:
    organisation, referral_id = call.principal.organisation, call.path["referral_id"]
    person_id = await person_of(engine, organisation, referral_id)
    subject = f"referral/{referral_id}"
    async with engine.database.read(organisation) as connection:
        streams = await journal.load(connection, engine.mind, organisation, [subject])
    sessions = list(streams[subject].state.sessions)
    wanted = [(person_id, f"{NOTE}{session_id}") for session_id in sessions]
    read = await vault.read(engine, call.principal, organisation, wanted, "care") if wanted else {}
    notes = [
        Note(session_id=session_id, note=read[person_id, name].decode())
        for session_id, (_, name) in zip(sessions, wanted, strict=True)
        if (person_id, name) in read
    ]
    answer = orjson.dumps({"notes": [note.model_dump(mode="json") for note in notes]})
    return Reply(200, answer)


async def _correct(engine: Engine, body: CorrectBody, call: Call) -> Sequence[Correct]:
    person_id = call.path["person_id"]
    if not await has_person(engine, call.principal.organisation, person_id):
        raise no_person()
    said = {name: part for name in PARTS if (part := getattr(body, name)) is not None}
    if not said:
        raise Problem(422, "nothing-to-correct", "Say what is to stand from now on.", field="identity")
    secrets = tuple(secret(person_id, name, part) for name, part in said.items())
    return [Correct(person_id, call.now, call.role, tuple(said), secrets)]  # type: ignore[arg-type]


def people(policies: Policies) -> Sequence[Route]:
    """The routes by which people are read and put right."""

    async def change_contact(engine: Engine, body: ChangeSafeContactBody, call: Call) -> Sequence[Tell]:
        wish = u.ChangeSafeContact(at=body.at, by_role=body.by_role)
        person_id = await person_of(engine, call.principal.organisation, call.path["referral_id"])
        return [told(policies, call, wish, secrets=(secret(person_id, CONTACT, body.contact),))]

    async def hold(engine: Engine, body: HoldSessionBody, call: Call) -> Sequence[Tell]:
        held = told(policies, call, r.HoldSession(**{name: getattr(body, name) for name in r.HoldSession.model_fields}))
        if body.note is None:
            return [held]
        person_id = await person_of(engine, call.principal.organisation, call.path["referral_id"])
        name = f"{NOTE}{body.session_id or held.fresh_id}"
        return [replace(held, secrets=(Secret(person_id, name, body.note.encode()),))]

    return (
        _reading("/people/{person_id}", _show_person, "Who somebody is, from the vault; the reading is kept.", CARERS),
        _reading("/referrals/{referral_id}/person", _show_person_of, "Whose the referral is, from the vault.", CARERS),
        Route(
            "GET", "/referrals/{referral_id}/notes", _show_notes, "What was noted of its sessions.", TEAM, model=Notes
        ),
        looked_up(
            "POST",
            "/people/{person_id}/correct",
            CorrectBody,
            _correct,
            roles=CARERS,
            summary="Put right what is kept of somebody.",
        ),
        looked_up(
            "POST",
            path_of(u.ChangeSafeContact),
            ChangeSafeContactBody,
            change_contact,
            roles=CARERS,
            summary="The client says anew how they may be reached; it holds from now on.",
        ),
        looked_up(
            "POST",
            path_of(r.HoldSession),
            HoldSessionBody,
            hold,
            roles=TEAM,
            summary="Report a session that took place; the first also says that the role was explained.",
        ),
    )


def _reading(path: str, answer: Any, summary: str, roles: Sequence[str]) -> Route:
    return Route("GET", path, answer, summary, roles, params=ReadAsked, model=PersonView)
