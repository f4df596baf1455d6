"""What the routes answer: a concern with its clocks, who is on duty, and the hours that nobody covers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.supervision.domain.safeguarding.concern_state import Concern
from services.supervision.domain.safeguarding.duty_calendar import Calendar, Piece
from shared.contracts import supervision as c
from shared.contracts import values as v


class Raised(BaseModel):
    """What whoever raised it reads at once."""

    concern_id: UUID
    sequence: int
    reads: str
    """Who reads it and when, and whom to phone if nobody does."""
    first_line: str
    acknowledge_by: datetime


class Told(BaseModel):
    """One notice, and what became of it."""

    step: c.StepName
    attempt: int
    sent_at: datetime
    status: Literal["sent", "received", "failed"]


class ConcernView(BaseModel):
    """One concern as it stands; what was seen or heard is asked for by itself."""

    id: UUID
    sequence: int | None = None
    stage: Literal["waiting", "in-hand", "handed-over", "closed"]
    about: c.About
    audience: c.Audience
    setting: v.Setting | None
    person_id: UUID | None
    urgency: c.Urgency
    opened_at: datetime
    acknowledge_by: datetime
    steps: Sequence[c.Step]
    alarm_at: datetime
    decide_by: datetime | None
    acknowledged_at: datetime | None
    outcome_by: datetime | None
    decision: c.Decision | None
    outcome: c.ConcernOutcome | None
    reached: Sequence[c.StepName]
    """Who was told by now, and what has grown late."""
    alarms: Sequence[c.AlarmBecause]
    told: Sequence[Told]
    asked: dict[UUID, str]
    """Which organisations were asked to take it on, by the hand-over."""


class ConcernsAsked(BaseModel):
    """Which page of the open concerns."""

    model_config = ConfigDict(extra="forbid")

    after: Annotated[str, Field(max_length=120)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class OpenConcerns(BaseModel):
    """Those that nobody has in hand first, the oldest first."""

    rows: Sequence[ConcernView]
    next: str | None


class Said(BaseModel):
    """What was seen or heard, one text for each time that something was told."""

    words: Sequence[str]
    colleague_id: UUID | None


class HandoverView(BaseModel):
    """What another organisation asks this one to take on."""

    handover_id: UUID
    from_organisation: str
    about: c.About
    urgency: c.Urgency
    opened_at: datetime


class Handovers(BaseModel):
    """All that this organisation is asked to take on, the oldest first."""

    rows: Sequence[HandoverView]


class DutyNow(BaseModel):
    """Who is on duty; where nobody is, whom it reaches instead, if that was agreed, and from when somebody is there."""

    at: datetime
    staffed: bool
    declared: bool
    people: Sequence[c.OnDuty]
    instead: c.OutOfHours | None
    back_at: datetime | None
    first_line: str


class GapView(BaseModel):
    """Hours in which nobody of the usual week is on duty, and whom it reaches instead."""

    gap_id: UUID
    starts_at: datetime
    ends_at: datetime
    instead: c.OutOfHours


class Gaps(BaseModel):
    """The gaps that were declared, and the first one that nobody declared."""

    declared: Sequence[GapView]
    usual: Sequence[c.WeeklyGap]
    undeclared_from: datetime | None
    undeclared_until: datetime | None


def view_of(state: Concern, sequence: int | None = None) -> ConcernView:
    """The concern as it is shown."""
    assert state.times is not None
    stage = "in-hand"
    if not state.open:
        stage = "closed"
    elif state.handed_over:
        stage = "handed-over"
    elif state.waits:
        stage = "waiting"
    return ConcernView.model_validate(
        {
            "id": state.concern_id,
            "sequence": sequence,
            "stage": stage,
            "about": state.about,
            "audience": state.audience,
            "setting": state.setting,
            "person_id": state.person_id,
            "urgency": state.urgency,
            "opened_at": state.opened_at,
            "acknowledge_by": state.times.acknowledge_by,
            "steps": state.times.steps,
            "alarm_at": state.times.alarm_at,
            "decide_by": state.times.decide_by,
            "acknowledged_at": state.acknowledged_at,
            "outcome_by": state.outcome_by,
            "decision": state.decision,
            "outcome": state.outcome,
            "reached": list(state.reached),
            "alarms": sorted(state.alarms),
            "told": [
                Told(step=n.step, attempt=n.attempt, sent_at=n.notified_at, status=n.status)
                for n in state.notices.values()
                if n.round == state.round
            ],
            "asked": dict(state.asked),
        }
    )


def duty_view(now: Piece, at: datetime, back_at: datetime | None, first_line: str) -> DutyNow:
    """Who is on duty at that moment."""
    people = [c.OnDuty(role=who.role, person_id=who.person_id, channels=who.channels) for who in now.people]
    instead = now.instead and c.OutOfHours(route=now.instead.route, channels=now.instead.channels)
    return DutyNow(
        at=at,
        staffed=now.staffed,
        declared=not now.undeclared,
        people=people,
        instead=instead,
        back_at=back_at,
        first_line=first_line,
    )


def gaps_view(calendar: Calendar, found: tuple[datetime, datetime] | None) -> Gaps:
    """The gaps of a rota."""
    declared = [
        GapView(gap_id=id, starts_at=gap.start, ends_at=gap.end, instead=gap.instead)
        for id, gap in sorted(calendar.gaps.items(), key=lambda each: each[1].start)
    ]
    starts, ends = found or (None, None)
    return Gaps(declared=declared, usual=calendar.usual_gaps, undeclared_from=starts, undeclared_until=ends)
