"""The shapes of what is asked and answered; the row of a read model and what a question adds to it."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, get_type_hints
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, create_model

from services.referrals.rows import CaseloadRow, ReferralRow
from shared.contracts import values as v

Colour = Literal["green", "amber", "red"]


def _view(name: str, row: type, **more: Any) -> type[BaseModel]:
    """The answer that shows a row, column by column, and what a query adds to it."""
    columns: Any = {name: (hint, ...) for name, hint in {**get_type_hints(row), **more}.items()}
    view: type[BaseModel] = create_model(name, __doc__=row.__doc__, **columns)
    return view


ReferralView = _view(
    "ReferralView",
    ReferralRow,
    waiting_days=int | None,
    days_in_stage=int,
    first_contact_colour=Colour | None,
    match_colour=Colour | None,
)
CaseloadView = _view("CaseloadView", CaseloadRow, places_or_default_hundredths=int, free_hundredths=int)


class Waiting(BaseModel):
    """One client who waits, and how the service's own wait stands; no colour while it rests at their own wish."""

    id: UUID
    stage: Literal["received", "waiting"]
    paused: bool
    paused_until: date | None
    listed_on: date
    received_at: datetime
    decision_due_on: date | None
    waiting_days: int
    days_in_stage: int
    colour: Colour | None
    setting: v.Setting
    parent_role: v.ParentRole
    language: str
    interpreter_needed: bool
    formats_wanted: list[str]
    first_contact_at: datetime | None
    last_contact_at: datetime | None
    contact_attempts: int
    proposed_peer_id: UUID | None
    match_declines: int
    returns: int


class Count(BaseModel):
    """How many wait in one stage; `resting` at their own wish."""

    stage: str
    total: int
    amber: int
    red: int
    resting: int


class WaitingList(BaseModel):
    """Who waits, longest first; `next` is the `after` of the next page."""

    rows: list[Waiting]
    counts: list[Count]
    next: str | None


class PageAsked(BaseModel):
    after: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d~[0-9a-f-]{36}$")] | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class WaitingListAsked(PageAsked):
    stage: Literal["received", "waiting"] | None = None
    colour: Colour | None = None


class Said(BaseModel):
    """One event of a referral."""

    sequence: int
    event_id: UUID
    type: str
    occurred_at: datetime
    recorded_at: datetime
    actor_role: str
    correlation_id: UUID
    causation_id: UUID | None
    data: dict[str, Any]


class Timeline(BaseModel):
    """What was said of a referral, in order; `next` is the `after` of the next page."""

    rows: list[Said]
    next: int | None


class TimelineAsked(BaseModel):
    after: Annotated[int, Field(ge=0, le=2**62)] = 0
    limit: Annotated[int, Field(ge=1, le=500)] = 200


class Due(BaseModel):
    """One referral that a person must look at again, and why since when: `support/2026-04-20`."""

    since: date
    id: UUID
    stage: str
    peer_id: UUID | None
    review_due_on: date | None
    reviews_to_hold: list[str]


class DueList(BaseModel):
    """What a person must look at again, longest ago first; `next` is the `after` of the next page."""

    rows: list[Due]
    next: str | None


class Task(BaseModel):
    """One thing that only a person can do, in plain words, with what may be answered."""

    since: date
    opened_at: datetime
    task_id: UUID
    referral_id: UUID
    stage: str
    peer_id: UUID | None
    kind: v.TaskKind
    words: str
    choices: list[str]
    due_on: date | None
    overdue: bool


class TaskList(BaseModel):
    """What only a person can do and nobody has done, longest open first; `next` is the `after` of the next page."""

    rows: list[Task]
    next: str | None


class Proposal(BaseModel):
    """What the rules propose. A person decides; nothing was recorded."""

    proposed: Literal["accept", "decline", "ask"]
    against: list[v.Ground]
    not_known: list[str]
    ruleset_version: str
