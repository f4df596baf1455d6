"""Who may be one person: listed with the facts that say so, and settled by people."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from asyncpg import Connection
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.referrals.domain.commands import AskPerson
from services.referrals.domain.duplicates import Settle
from services.referrals.domain.keep_apart import pairs_of
from services.referrals.people.parting import apart_and_linked, asked_to_part, looked_at_after
from services.referrals.people.reading import DuplicateView
from services.referrals.people.records import SQL
from services.referrals.roles import CARERS
from shared.runtime.engine import Engine
from shared.runtime.http import Call, Route, looked_up, query
from shared.runtime.problems import Problem

_SUMMARIES = {
    "confirm": "Both records are of one person: they are linked, and each keeps its own history.",
    "dismiss": "They are two people; only a fact that is not known now raises it again.",
    "unlink": "Undo the link: both records stand as they always did.",
}


class OtherBody(BaseModel):
    """Who the other is."""

    model_config = ConfigDict(extra="forbid")

    other_person_id: UUID


class DuplicatesAsked(BaseModel):
    """Which to list."""

    status: Literal["suspected", "confirmed", "dismissed", "unlinked"] | None = None
    after: Annotated[str, StringConstraints(max_length=80)] | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class Duplicates(BaseModel):
    """Who may be whom, longest ago first; `next` is the `after` of the next page."""

    rows: list[DuplicateView]
    next: str | None


async def _list(connection: Connection, _: Call, asked: DuplicatesAsked) -> Duplicates:
    since, referral_id = _cursor(asked.after)
    found = await connection.fetch(SQL["duplicates"], asked.status, None, since, referral_id, asked.limit + 1)
    rows = [DuplicateView.model_validate(dict(row)) for row in found[: asked.limit]]
    more = len(found) > asked.limit
    return Duplicates(rows=rows, next=f"{rows[-1].since.isoformat()}~{rows[-1].referral_id}" if more else None)


def _cursor(after: str | None) -> tuple[datetime | None, UUID | None]:
    if after is None:
        return None, None
    since, _, referral_id = after.partition("~")
    try:
        moment = datetime.fromisoformat(since)
        if moment.tzinfo is None:
            raise ValueError
        return moment, UUID(referral_id)
    except ValueError:
        raise Problem(422, "bad-cursor", "Take `after` from the `next` of an earlier page.", field="after") from None


def _settled(do: Literal["confirm", "dismiss", "unlink"]) -> Route:
    async def commands(engine: Engine, body: OtherBody, call: Call) -> Sequence[Any]:
        settle = Settle(call.path["referral_id"], call.now, body.other_person_id, do, call.role)
        return [settle, *(await _together(engine, settle, call) if do == "confirm" else ())]

    path = f"/referrals/{{referral_id}}/{do}-duplicate"
    return looked_at_after(looked_up("POST", path, OtherBody, commands, roles=CARERS, summary=_SUMMARIES[do]))


async def _together(engine: Engine, confirmed: Settle, call: Call) -> Sequence[AskPerson]:
    """Whom one is kept apart from, so is the other: where they are together now, a person is asked to part them."""
    async with engine.database.read(call.principal.organisation) as connection:
        said, linked = await apart_and_linked(connection)
        person_id = await connection.fetchval(SQL["person_of"], confirmed.referral_id)
        anew = pairs_of(said, [*linked, (person_id, confirmed.other_person_id)]) - pairs_of(said, linked)
        return await asked_to_part(connection, call, anew)


DUPLICATE_ROUTES: Sequence[Route] = (
    query(
        "/duplicates",
        _list,
        roles=CARERS,
        summary="Who may be one person, with the facts that say so.",
        params=DuplicatesAsked,
        answer=Duplicates,
    ),
    _settled("confirm"),
    _settled("dismiss"),
    _settled("unlink"),
)
