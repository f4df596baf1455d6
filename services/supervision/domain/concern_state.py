"""What a concern is at one moment, and what may be told of it: by people, by measures, by the clock, by the post."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID, uuid5

from services.supervision.domain.duty_calendar import Calendar
from services.supervision.domain.duty_policy import DutyPolicy
from shared.contracts import concern_updates as u
from shared.contracts import values as v
from shared.contracts.supervision import concerns as c
from shared.contracts.supervision.rota import NoticeChannel, OutOfHoursRoute
from shared.runtime.service import Secret


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


@dataclass(frozen=True, slots=True)
class OfConcern:
    """A command about one concern, at a time."""

    concern_id: UUID
    at: datetime

    @property
    def subject(self) -> str:
        return f"concern/{self.concern_id}"


@dataclass(frozen=True, slots=True)
class Sign:
    """What was noticed, by whom, of whom; never in words. `person_id` is left out where it is about a colleague."""

    sign_id: UUID
    source: c.SignSource
    about: c.About
    urgency: c.Urgency
    raised_by_role: c.ConcernRole
    person_id: UUID | None = None
    setting: v.Setting | None = None
    completed_at: datetime | None = None
    already_handled: c.AlreadyHandled | None = None
    immediate_actions: tuple[c.ImmediateAction, ...] = ()
    about_named_officer: bool = False


@dataclass(frozen=True, slots=True)
class Raise(OfConcern):
    """Something was noticed: it opens the concern, or joins it. `secrets` are the words, for the vault."""

    sign: Sign
    calendar: Calendar
    policy: DutyPolicy
    secrets: Sequence[Secret] = ()

    creates: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class NoteCorrection(OfConcern):
    """A score that was raised here was put right where it came from."""

    sign_id: UUID

    creates: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Tell(OfConcern):
    """What a person says of it; `fresh_id` names what it makes."""

    wish: u.AnyConcernUpdate
    calendar: Calendar
    policy: DutyPolicy
    fresh_id: UUID
    secrets: Sequence[Secret] = ()


@dataclass(frozen=True, slots=True)
class TakeOn(OfConcern):
    """A person of this organisation takes on what another asked it to."""

    wish: u.AcceptConcernHandover
    sign: Sign
    handover_id: UUID
    from_organisation: str
    from_concern_id: UUID
    to_organisation: str
    calendar: Calendar
    policy: DutyPolicy

    creates: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class HearAccepted(OfConcern):
    """The other organisation has accepted; `organisation` is the one whose concern this is."""

    organisation: str
    handover_id: UUID
    to_organisation: str
    to_concern_id: UUID

    creates: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class NoteGiverTold(OfConcern):
    """The other organisation has heard it."""

    handover_id: UUID


@dataclass(frozen=True, slots=True)
class Escalate(OfConcern):
    """The time of a step has come."""

    round: int
    step: c.StepName


@dataclass(frozen=True, slots=True)
class Alarm(OfConcern):
    """The time of an alarm has come."""

    round: int
    because: c.AlarmBecause


@dataclass(frozen=True, slots=True)
class LapseNotice(OfConcern):
    """No receipt has come in its time."""

    notice_id: UUID


@dataclass(frozen=True, slots=True)
class GrowLate(OfConcern):
    """What was to follow has not followed by now."""

    round: int
    of: Literal["decision", "outcome"]


@dataclass(frozen=True, slots=True)
class NoteNotified(OfConcern):
    """The post took a notice to this person, or to this route."""

    round: int
    step: c.StepName
    to: c.NoticeTo
    attempt: Literal[0, 1]
    channel: NoticeChannel
    person_id: UUID | None
    route: OutOfHoursRoute | None


@dataclass(frozen=True, slots=True)
class NoteReceipt(OfConcern):
    """The post says whether a notice arrived."""

    notice_id: UUID
    arrived: bool


ByClock = Escalate | Alarm | LapseNotice | GrowLate | HearAccepted | NoteGiverTold
"""All that a deadline may become; none of it speaks for a person."""


def notice_id(concern_id: UUID, round: int, step: c.StepName, attempt: int) -> UUID:
    """The id of that notice: told twice, it is one."""
    return uuid5(concern_id, f"{round}:{step}:{attempt}")
