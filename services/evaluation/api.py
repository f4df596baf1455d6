"""What evaluation answers: how far journeys have come, for the one organisation that asks, and nothing per peer."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from asyncpg import Connection
from pydantic import BaseModel, Field, StringConstraints

from shared.contracts.days import day_of
from shared.runtime.database import queries
from shared.runtime.http import Call, Route, query
from shared.runtime.problems import Problem

SQL = queries(Path(__file__).parent / "queries.sql")
READERS = ("evaluator", "service-lead", "coordinator")
MOST_MONTHS = 60

Stage = Literal["received", "accepted", "contacted", "matched", "first-session", "ended"]
Exit = Literal["declined", "withdrawn", "undecided", "ended-planned", "returned"]
Wait = Literal["first-contact", "match", "first-session"]

STAGES: Mapping[Stage, str] = {
    "received": "received",
    "accepted": "accepted",
    "contacted": "contacted",
    "matched": "matched",
    "first-session": "first_session",
    "ended": "ended",
}
BESIDE: Mapping[Exit, str] = {
    "declined": "declined",
    "withdrawn": "withdrawn",
    "undecided": "undecided",
    "ended-planned": "ended_planned",
    "returned": "returned",
}
WAITS: Mapping[Wait, tuple[str, str]] = {
    "first-contact": ("to_contact_median", "contacted"),
    "match": ("to_match_median", "matched"),
    "first-session": ("to_session_median", "first_session"),
}
METHOD = (
    "Journeys by the month in which the referral was received, Europe/London; a stage counts all that ever reached it. "
    "Waits are whole days from the day of receipt, of those that reached the stage, not adjusted for days on which "
    "the client could not be seen. One organisation's own working list, not for release."
)

Month = Annotated[str, StringConstraints(pattern=r"^(19[0-9]{2}|2[01][0-9]{2})-(0[1-9]|1[0-2])$")]


class StageCount(BaseModel):
    stage: Stage
    n: int


class BesideCount(BaseModel):
    what: Exit
    n: int


class WaitMedian(BaseModel):
    """The median of a wait over the n journeys that reached its end; none without any."""

    wait: Wait
    n: int
    median_days: float | None


class Sessions(BaseModel):
    held: int
    missed_by_client: int
    missed_by_service: int
    cancelled: int


class Funnel(BaseModel):
    """How far the journeys received in a month have come; `month` is null for all months together."""

    month: Month | None
    stages: list[StageCount]
    beside: list[BesideCount]
    waits: list[WaitMedian]
    sessions: Sessions


class JourneyFunnel(BaseModel):
    """The funnel of one organisation, month by month, months without a referral among them."""

    organisation: str
    method: str
    months: list[Funnel]
    total: Funnel


class FunnelAsked(BaseModel):
    """Which months, both included; the last twelve when left out."""

    from_: Month | None = Field(default=None, alias="from")
    to: Month | None = None


async def journey_funnel(connection: Connection, call: Call, asked: FunnelAsked) -> JourneyFunnel:
    """The funnel of the caller's organisation; raises Problem when the months are the wrong way round or too many."""
    last = _first_day(asked.to) if asked.to else day_of(call.now).replace(day=1)
    first = _first_day(asked.from_) if asked.from_ else last.replace(year=last.year - 1)
    if not asked.from_:
        first = _next(first)
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if not 1 <= months <= MOST_MONTHS:
        raise Problem(422, "bad-months", f"Ask for 1 to {MOST_MONTHS} months, from the earlier one.", field="from")
    *rows, total = [_funnel(row) for row in await connection.fetch(SQL["journey_funnel"], first, last)]
    return JourneyFunnel(organisation=call.principal.organisation, method=METHOD, months=rows, total=total)


def _funnel(row: Any) -> Funnel:
    return Funnel(
        month=row["month"] and f"{row['month']:%Y-%m}",
        stages=[StageCount(stage=stage, n=row[column]) for stage, column in STAGES.items()],
        beside=[BesideCount(what=what, n=row[column]) for what, column in BESIDE.items()],
        waits=[WaitMedian(wait=wait, n=row[n], median_days=row[median]) for wait, (median, n) in WAITS.items()],
        sessions=Sessions(
            held=row["sessions_held"],
            missed_by_client=row["sessions_missed_by_client"],
            missed_by_service=row["sessions_missed_by_service"],
            cancelled=row["sessions_cancelled"],
        ),
    )


def _first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


ROUTES: Sequence[Route] = (
    query(
        "/journey-funnel",
        journey_funnel,
        roles=READERS,
        summary="How far the journeys received in each month have come.",
        params=FunnelAsked,
        answer=JourneyFunnel,
    ),
)
