"""A concern goes to another organisation: it sees what it is asked for, and takes it on as a concern of its own."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import ConfigDict

from services.supervision.domain.safeguarding.concern_commands import Sign, TakeOn
from services.supervision.domain.safeguarding.concern_state import Concern
from services.supervision.domain.safeguarding.duty_policy import DutyPolicies
from services.supervision.domain.safeguarding.noticing import audience_of, concern_id_of
from services.supervision.roles import ANSWERERS
from services.supervision.safeguarding.asking import (
    SQL,
    audiences_of,
    calendar_of,
    refuse_another_time,
    refuse_to_speak_as_another,
)
from services.supervision.safeguarding.rows import concern_of
from services.supervision.safeguarding.views import Handovers, HandoverView
from shared.contracts import concern_updates as u
from shared.runtime.engine import Engine
from shared.runtime.http import Asked, Call, Reply, Route, looked_up
from shared.runtime.problems import Problem


class AcceptBody(u.AcceptConcernHandover):
    """It is taken on here; of whom it is, as this organisation knows them."""

    model_config = ConfigDict(extra="forbid")

    person_id: UUID | None = None


def handovers(policies: DutyPolicies) -> Sequence[Route]:
    """The routes of the organisation that is asked."""

    async def accepted(engine: Engine, wish: AcceptBody, call: Call) -> Sequence[Any]:
        refuse_another_time(wish)
        refuse_to_speak_as_another(call, wish.by_role)
        ours, handover_id = call.principal.organisation, call.path["handover_id"]
        asking = await _asked_of(engine, call)
        found = next((each for each in asking if each[2].asked.get(handover_id) == ours), None)
        if found is None:
            raise Problem(404, "not-found", "Nobody asks you to take on anything under this id.")
        id, theirs, state = found
        sign = Sign(
            sign_id=handover_id,
            source="handover",
            about=state.about,
            urgency=state.urgency,
            raised_by_role=wish.by_role,
            person_id=wish.person_id,
            setting=wish.setting,
            about_named_officer=state.audience == "deputy-officer",
        )
        calendar, concern_id = await calendar_of(engine, ours), concern_id_of(sign, call.new_id())
        taking = (wish, sign, handover_id, theirs, id, ours, calendar, policies.of(ours))
        return [TakeOn(concern_id, call.now, *taking)]

    return (
        Route(
            "GET",
            "/concern-handovers",
            _asked,
            "What other organisations ask this one to take on.",
            ANSWERERS,
            model=Handovers,
        ),
        looked_up(
            "POST",
            "/concern-handovers/{handover_id}/accept-concern-handover",
            AcceptBody,
            accepted,
            roles=ANSWERERS,
            summary="Take it on: from then on it is in hand here, and no longer there.",
        ),
    )


async def _asked(engine: Engine, call: Call, _: Asked) -> Reply:
    ours = call.principal.organisation
    rows = [
        HandoverView(
            handover_id=id,
            from_organisation=theirs,
            about=state.about,
            urgency=state.urgency,
            opened_at=state.opened_at or call.now,
        )
        for _, theirs, state in await _asked_of(engine, call)
        for id, to in state.asked.items()
        if to == ours
    ]
    return Reply(200, Handovers(rows=rows).model_dump_json().encode())


async def _asked_of(engine: Engine, call: Call) -> Sequence[tuple[UUID, str, Concern]]:
    """Open concerns of others which this organisation is asked to take on, if they are for whoever asks.

    They are read as the service, since they are another's; of whom they are is not shown.
    """
    async with engine.database.worker() as connection:
        rows = await connection.fetch(SQL["asked_of"], call.principal.organisation)
    found = [(row["id"], row["organisation"], concern_of(row["state"])) for row in rows]
    seen = audiences_of(call.principal.roles)
    return [each for each in found if _audience(each[2]) in seen]


def _audience(state: Concern) -> str:
    sign = Sign(
        UUID(int=0),
        "handover",
        state.about,
        state.urgency,
        "clinician",
        about_named_officer=state.audience == "deputy-officer",
    )
    return audience_of(sign)
