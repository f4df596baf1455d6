"""The routes of the duty rota: who is there and when, what is agreed for the rest, and how each is reached."""

from collections.abc import Sequence
from typing import Any

from asyncpg import Connection
from pydantic import BaseModel, ConfigDict

from services.supervision.domain.safeguarding.duty_calendar import back_at, on_duty
from services.supervision.domain.safeguarding.duty_policy import DutyPolicies, Reach
from services.supervision.domain.safeguarding.duty_words import first_line_of_every_form
from services.supervision.domain.safeguarding.rota import NOBODY, KeepReach, Rota, tell_rota
from services.supervision.roles import RAISERS, ROTA_KEEPERS
from services.supervision.safeguarding.asking import SQL, refuse_another_time, refuse_to_speak_as_another
from services.supervision.safeguarding.rows import rota_of
from services.supervision.safeguarding.views import DutyNow, Gaps, duty_view, gaps_view
from shared.contracts import rota_updates as r
from shared.contracts.supervision import rota_id
from shared.contracts.update import Update
from shared.runtime.http import Call, Route, command, query
from shared.runtime.parsing import strict
from shared.runtime.service import Secret

REACH = "duty-reach"
"""How somebody on duty is reached is kept under this name."""
WISHES: Sequence[tuple[type[Update], str]] = (
    (r.SetDutyRota, "The usual week, in place of the one before."),
    (r.SetDutyShift, "Somebody is on duty this once."),
    (r.CancelDutyShift, "A shift of one day is not done after all."),
    (r.DeclareDutyGap, "Nobody is on duty this once, and who is told instead is agreed."),
    (r.LiftDutyGap, "A gap of one day is none after all."),
)


class ReachBody(Reach):
    """How somebody is reached while they are on duty; the vault's alone."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


def duty(policies: DutyPolicies) -> Sequence[Route]:
    """Every route about the rota, under the organisations' policies."""

    def told(wish: Any, call: Call) -> Sequence[Any]:
        refuse_another_time(wish)
        refuse_to_speak_as_another(call, wish.by_role)
        organisation = call.principal.organisation
        return [tell_rota(rota_id(organisation), wish, call.now, policies.of(organisation), call.new_id())]

    def reached(body: ReachBody, call: Call) -> Sequence[Any]:
        kept = Secret(call.path["person_id"], REACH, body.model_dump_json(exclude_none=True).encode())
        return [KeepReach(rota_id(call.principal.organisation), call.now, (kept,))]

    async def now(connection: Connection, call: Call, _: Any) -> DutyNow:
        calendar = (await _rota(connection, call)).calendar
        first_line = first_line_of_every_form(policies.of(call.principal.organisation))
        piece = on_duty(calendar, call.now)
        return duty_view(piece, call.now, None if piece.staffed else back_at(calendar, call.now), first_line)

    return (
        *(
            command(
                "POST", f"/duty/{w.model_fields['do'].default}", strict(w), told, roles=ROTA_KEEPERS, summary=summary
            )
            for w, summary in WISHES
        ),
        command(
            "POST",
            "/duty/people/{person_id}/keep-reach",
            ReachBody,
            reached,
            roles=ROTA_KEEPERS,
            summary="By which number and address somebody on duty is reached.",
        ),
        query("/duty", now, roles=RAISERS, summary="Who is on duty now.", answer=DutyNow),
        query("/duty/gaps", _gaps, roles=ROTA_KEEPERS, summary="Hours that nobody covers.", answer=Gaps),
    )


async def _gaps(connection: Connection, call: Call, _: Any) -> BaseModel:
    rota = await _rota(connection, call)
    return gaps_view(rota.calendar, rota.found)


async def _rota(connection: Connection, call: Call) -> Rota:
    row = await connection.fetchrow(SQL["rota"], rota_id(call.principal.organisation))
    return rota_of(row["state"]) if row else Rota(NOBODY)
