"""What a concern is at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.contracts import supervision as c
from shared.contracts import values as v


@dataclass(frozen=True, slots=True)
class Notice:
    """Somebody was told in one way, and what became of it."""

    round: int
    step: c.StepName
    attempt: int
    notified_at: datetime
    status: Literal["sent", "received", "failed"] = "sent"


@dataclass(frozen=True, slots=True)
class Told:
    """Whom a step of this round tells, and since when."""

    to: c.NoticeTo
    since: datetime


@dataclass(frozen=True, slots=True)
class Giver:
    """Whose concern it was, who is yet to hear that it was taken on."""

    concern_id: UUID
    organisation: str
    handover_id: UUID
    to_organisation: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Concern:
    """One concern; it may be closed and, when something else is noticed, opened anew."""

    open: bool = False
    concern_id: UUID | None = None
    person_id: UUID | None = None
    about: c.About = "adult"
    audience: c.Audience = "safeguarding"
    setting: v.Setting | None = None
    urgency: c.Urgency = "life"
    opened_at: datetime | None = None
    signs: Mapping[UUID, c.Urgency] = field(default_factory=dict)
    """What was ever noticed, and how urgent that was in itself."""

    times: c.Times | None = None
    round_at: datetime | None = None
    reached: Mapping[c.StepName, Told] = field(default_factory=dict)
    """The steps that this round has come to."""
    notices: Mapping[UUID, Notice] = field(default_factory=dict)
    alarms: frozenset[c.AlarmBecause] = frozenset()
    """Of this round."""

    acknowledged_at: datetime | None = None
    outcome_by: datetime | None = None
    decision: c.Decision | None = None
    outcome: c.ConcernOutcome | None = None
    asked: Mapping[UUID, str] = field(default_factory=dict)
    """Which organisations were asked to take it on, by the hand-over."""
    handed_over: bool = False
    giver: Giver | None = None

    @property
    def round(self) -> int:
        return self.times.round if self.times else 0

    @property
    def waits(self) -> bool:
        """Whether it is to be acknowledged here."""
        return self.open and not self.handed_over and self.acknowledged_at is None


NEW = Concern()
