"""A person's data rights, as an officer decides them: erased, restricted, held, copied; a refusal says why."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field

from services.referrals.domain.person import Decision, Erase, Hold, LiftHold, Restrict
from services.referrals.domain.policy import Policies
from services.referrals.domain.rights import LiftRestriction, RestrictReferral
from services.referrals.people.records import SQL, no_person
from services.referrals.questions import SQL as REFERRALS
from services.referrals.roles import OFFICERS
from services.referrals.vault_contents import APART
from shared.contracts import values as v
from shared.contracts.days import day_of
from shared.contracts.referrals import KeepApartLifted, KeepApartSet
from shared.contracts.referrals.people import HoldKind, RightsGround
from shared.runtime import vault
from shared.runtime.engine import Engine
from shared.runtime.http import Asked, Call, Reply, Route, looked_up
from shared.runtime.operating import note
from shared.runtime.problems import Problem

_MOST_EVENTS = 10_000
_OF_OTHERS = (KeepApartSet.type(), KeepApartLifted.type())


class Decided(BaseModel):
    """An officer's decision: its coarse ground, and under which reference the officer keeps the rest."""

    model_config = ConfigDict(extra="forbid")

    ground: RightsGround
    decision_ref: v.Code


class EraseBody(Decided):
    """Erase; `receipts` are submissions of the person's that name no referral, such as those sent back or parked."""

    retention_class: v.Code
    receipts: Annotated[tuple[UUID, ...], Field(max_length=1000)] = ()


class LiftBody(BaseModel):
    """A restriction is lifted."""

    model_config = ConfigDict(extra="forbid")

    decision_ref: v.Code


class HoldBody(BaseModel):
    """Nothing is erased meanwhile."""

    model_config = ConfigDict(extra="forbid")

    hold_id: UUID | None = None
    kind: HoldKind


class LiftHoldBody(BaseModel):
    """The hold no longer stands."""

    model_config = ConfigDict(extra="forbid")

    hold_id: UUID


class Copy(BaseModel):
    """All that is kept of a person, and was ever said of them, but for what would tell of third persons."""

    person_id: UUID
    made_at: str
    kept: dict[str, Any]
    referrals: list[dict[str, Any]]
    decisions: list[dict[str, Any]]
    linked_people: list[UUID]
    """Who people have linked as the same person; ask for their copy as well."""
    withheld: list[Literal["of-third-persons"]]
    """What is kept and not shown, as it would tell of others (UK GDPR Art. 15(4))."""


def rights(policies: Policies) -> Sequence[Route]:
    """The routes of the officers."""

    async def erase(engine: Engine, body: EraseBody, call: Call) -> Sequence[Any]:
        person_id, rows = call.path["person_id"], await _referrals(engine, call)
        classes = policies.of(call.principal.organisation).retention
        if (retention := classes.get(body.retention_class)) is None:
            detail = f"The retention classes here are {', '.join(sorted(classes))}."
            raise Problem(422, "unknown-retention-class", detail, field="retention_class")
        await _noted(engine, call, "person.erase", body.decision_ref, body.ground)
        referrals = tuple(UUID(str(row["id"])) for row in rows)
        submissions = [UUID(str(row["submission_id"])) for row in rows if row["submission_id"]]
        apart = await _apart_from(engine, call)
        command = Erase(
            person_id,
            call.now,
            call.role,
            Decision(body.ground, body.decision_ref),
            referrals,
            tuple(dict.fromkeys((*submissions, *body.receipts))),
            body.retention_class,
            retention,
            _last_contact(rows),
            frozenset(other for _, other in apart),
            tuple((other, f"{APART}{person_id}") for who, other in apart if who == "person"),
        )
        return [command, *(RestrictReferral(each, call.now, "erasure") for each in referrals)]

    async def restrict(engine: Engine, body: Decided, call: Call) -> Sequence[Any]:
        return await _restriction(engine, call, Decision(body.ground, body.decision_ref), on=True)

    async def lift(engine: Engine, body: LiftBody, call: Call) -> Sequence[Any]:
        return await _restriction(engine, call, Decision("under-review", body.decision_ref), on=False)

    return (
        _decision("erase", EraseBody, erase, "Destroy all that says who somebody is; support must have ended."),
        _decision("restrict", Decided, restrict, "Keep and do not use: no match, no message, no sharing."),
        _decision("lift-restriction", LiftBody, lift, "Use again."),
        _decision("hold", HoldBody, _hold, "Let nothing be erased for now."),
        _decision("lift-hold", LiftHoldBody, _lift_hold, "The hold no longer stands."),
        Route(
            "GET",
            "/people/{person_id}/copy",
            _copy,
            "All that is kept of somebody, for themselves.",
            OFFICERS,
            model=Copy,
        ),
    )


def _decision(do: str, body: type[BaseModel], commands: Any, summary: str) -> Route:
    return looked_up("POST", f"/people/{{person_id}}/{do}", body, commands, roles=OFFICERS, summary=summary)


async def _restriction(engine: Engine, call: Call, decision: Decision, *, on: bool) -> Sequence[Any]:
    person_id, rows = call.path["person_id"], await _referrals(engine, call)
    await _noted(engine, call, "person.restrict" if on else "person.lift-restriction", decision.ref, decision.ground)
    referrals = tuple(UUID(str(row["id"])) for row in rows)
    first = Restrict(person_id, call.now, call.role, decision, referrals, on)
    if on:
        return [first, *(RestrictReferral(each, call.now, "restriction") for each in referrals)]
    return [first, *(LiftRestriction(each, call.now) for each in referrals)]


async def _hold(engine: Engine, body: HoldBody, call: Call) -> Sequence[Hold]:
    await _referrals(engine, call)
    hold_id = body.hold_id or call.new_id()
    await _noted(engine, call, "person.hold", str(hold_id), body.kind)
    return [Hold(call.path["person_id"], call.now, call.role, hold_id, body.kind)]


async def _lift_hold(engine: Engine, body: LiftHoldBody, call: Call) -> Sequence[LiftHold]:
    await _referrals(engine, call)
    await _noted(engine, call, "person.lift-hold", str(body.hold_id), "lifted")
    return [LiftHold(call.path["person_id"], call.now, call.role, body.hold_id)]


async def _copy(engine: Engine, call: Call, _: Asked) -> Reply:
    person_id, organisation = call.path["person_id"], call.principal.organisation
    rows = await _referrals(engine, call)
    await _noted(engine, call, "person.copy", str(person_id), "person-asked")
    async with engine.database.read(organisation) as connection:
        names = [row["name"] for row in await connection.fetch(SQL["names_kept"], person_id)]
        twins = await connection.fetch(SQL["duplicates"], "confirmed", person_id, None, None, 100)
        told = {
            subject: await connection.fetch(REFERRALS["timeline"], subject, 0, _MOST_EVENTS)
            for subject in (f"person/{person_id}", *(f"referral/{row['id']}" for row in rows))
        }
    own = [name for name in names if not name.startswith(APART)]
    wanted = [(person_id, name) for name in own]
    read = await vault.read(engine, call.principal, organisation, wanted, "person-asked") if wanted else {}
    kept = {name: _shown(read[person_id, name]) for name in own if (person_id, name) in read}
    shown = {subject: _own([_said(row) for row in events]) for subject, events in told.items()}
    withheld = len(own) < len(names) or any(len(shown[subject]) < len(events) for subject, events in told.items())
    linked = {row["person_id"] for row in twins} | {row["other_person_id"] for row in twins}
    copy = {
        "person_id": person_id,
        "made_at": call.now.isoformat(),
        "kept": kept,
        "referrals": [{"referral_id": row["id"], "said": shown[f"referral/{row['id']}"]} for row in rows],
        "decisions": shown[f"person/{person_id}"],
        "linked_people": sorted({str(each) for each in linked} - {str(person_id)}),
        "withheld": ["of-third-persons"] if withheld else [],
    }
    return Reply(200, orjson.dumps(copy, default=str))


def _own(said: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without whom they are kept apart from, and without what people were asked to do for that."""
    asked = {each["data"]["task_id"] for each in said if str(each["data"].get("kind")).startswith("kept-apart")}
    return [each for each in said if each["type"] not in _OF_OTHERS and each["data"].get("task_id") not in asked]


def _said(row: Any) -> dict[str, Any]:
    at: str = row["occurred_at"].isoformat()
    return {"at": at, "type": row["type"], "by_role": row["actor_role"], "data": json.loads(row["body"])}


def _shown(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content.decode(errors="replace")


async def _referrals(engine: Engine, call: Call) -> Sequence[Any]:
    async with engine.database.read(call.principal.organisation) as connection:
        rows: Sequence[Any] = await connection.fetch(SQL["referrals_of"], call.path["person_id"])
    if not rows:
        raise no_person()
    return rows


async def _apart_from(engine: Engine, call: Call) -> Sequence[tuple[str, UUID]]:
    async with engine.database.read(call.principal.organisation) as connection:
        decided = await connection.fetchrow(SQL["decided"], call.path["person_id"])
    said = [each.partition("/") for each in (decided["apart_from"] if decided else ())]
    return [(who, UUID(other)) for who, _, other in said]


def _last_contact(rows: Sequence[Any]) -> date:
    return max(day_of(row["last_contact_at"]) for row in rows)


async def _noted(engine: Engine, call: Call, action: str, ref: str, ground: Literal["lifted"] | str) -> None:
    """Who decides what, under which reference, is in the audit before it is done."""
    async with engine.database.worker() as connection:
        target = f"person/{call.path['person_id']}"
        await note(connection, call, f"{call.principal.name} ({call.role})", action, target, f"{ground} {ref}")
