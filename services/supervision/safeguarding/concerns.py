"""The routes of a concern: what people say of it, and what those whom it is for read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Connection

from services.supervision.domain.safeguarding.concern_commands import Tell
from services.supervision.domain.safeguarding.duty_policy import DutyPolicies
from services.supervision.domain.safeguarding.narrative import COLLEAGUE, WORDS
from services.supervision.roles import ANSWERERS, RAISERS
from services.supervision.safeguarding.asking import (
    SQL,
    audiences_of,
    calendar_of,
    refuse_another_time,
    refuse_to_speak_as_another,
    seen_concern,
)
from services.supervision.safeguarding.raising import raising
from services.supervision.safeguarding.rows import concern_of
from services.supervision.safeguarding.views import ConcernsAsked, ConcernView, OpenConcerns, Said, view_of
from shared.contracts import concern_updates as u
from shared.contracts.update import Update
from shared.runtime import vault
from shared.runtime.engine import Engine
from shared.runtime.http import Asked, Call, Reply, Route, looked_up, query
from shared.runtime.parsing import strict
from shared.runtime.problems import Problem

WISHES: Sequence[tuple[type[Update], Sequence[str], str]] = (
    (u.AcknowledgeConcern, ANSWERERS, "I have it in hand; whoever is first has it."),
    (u.RaiseUrgency, RAISERS, "It is more urgent than it looked; anybody may say so."),
    (u.LowerUrgency, ANSWERERS, "A clinician, or whom the setting names, judges that it is less urgent."),
    (u.DecideConcern, ANSWERERS, "What it is and what is done, as somebody whose task it is decided."),
    (u.ProposeConcernHandover, ANSWERERS, "Ask another organisation to take it on; all goes on here until it has."),
    (u.NoteHandoverAccepted, ANSWERERS, "An organisation that is not here said that it has accepted."),
    (u.RecordConcernOutcome, ANSWERERS, "What came of it."),
    (u.CloseConcern, ANSWERERS, "It is done; never without an outcome."),
)
HERE = "/concerns/{concern_id}"


def concerns(policies: DutyPolicies) -> Sequence[Route]:
    """Every route about concerns, under the organisations' policies."""

    async def told(engine: Engine, wish: Any, call: Call) -> Sequence[Any]:
        refuse_another_time(wish)
        refuse_to_speak_as_another(call, wish.by_role)
        concern_id, organisation = call.path["concern_id"], call.principal.organisation
        if not isinstance(wish, u.RaiseUrgency):
            await seen_concern(engine, call, concern_id)
        calendar, policy = await calendar_of(engine, organisation), policies.of(organisation)
        return [Tell(concern_id, call.now, wish, calendar, policy, call.new_id())]

    return (
        raising(policies),
        *(
            looked_up("POST", f"{HERE}/{w.model_fields['do'].default}", strict(w), told, roles=roles, summary=summary)
            for w, roles, summary in WISHES
        ),
        query(
            "/concerns",
            _open,
            roles=ANSWERERS,
            summary="Open concerns with their clocks, those that nobody has in hand first.",
            params=ConcernsAsked,
            answer=OpenConcerns,
        ),
        query(HERE, _one, roles=ANSWERERS, summary="One concern with its clocks.", answer=ConcernView),
        Route(
            "GET",
            f"{HERE}/words",
            _words,
            "What was seen or heard; each reading is in the audit.",
            ANSWERERS,
            model=Said,
        ),
    )


async def _open(connection: Connection, call: Call, asked: ConcernsAsked) -> OpenConcerns:
    audiences = audiences_of(call.principal.roles)
    found = await connection.fetch(SQL["open_concerns"], audiences, *_cursor(asked.after), asked.limit + 1)
    rows = [view_of(concern_of(row["state"])) for row in found[: asked.limit]]
    last = found[asked.limit - 1] if len(found) > asked.limit else None
    after = f"{int(last['waits'])}~{last['opened_at'].isoformat()}~{last['id']}" if last else None
    return OpenConcerns(rows=rows, next=after)


async def _one(connection: Connection, call: Call, _: Any) -> ConcernView | None:
    row = await connection.fetchrow(SQL["concern"], call.path["concern_id"])
    if row is None or row["audience"] not in audiences_of(call.principal.roles):
        return None
    return view_of(concern_of(row["state"]), row["sequence"])


async def _words(engine: Engine, call: Call, _: Asked) -> Reply:
    concern_id: UUID = call.path["concern_id"]
    state = await seen_concern(engine, call, concern_id)
    keeper = state.person_id or concern_id
    names = [f"{WORDS}{sign}" for sign in state.signs]
    wanted = [(keeper, name) for name in (*names, COLLEAGUE)]
    organisation = call.principal.organisation
    read = await vault.read(engine, call.principal, organisation, wanted, f"concern {concern_id}")
    colleague = read.get((keeper, COLLEAGUE))
    said = Said(
        words=[read[keeper, name].decode() for name in names if (keeper, name) in read],
        colleague_id=UUID(colleague.decode()) if colleague else None,
    )
    return Reply(200, said.model_dump_json().encode())


def _cursor(after: str | None) -> tuple[bool | None, datetime | None, UUID | None]:
    if after is None:
        return None, None, None
    try:
        waits, opened, id = after.split("~")
        return waits == "1", datetime.fromisoformat(opened), UUID(id)
    except ValueError:
        raise Problem(422, "bad-cursor", "Take `after` from the `next` of an earlier page.", field="after") from None
