"""What may be told of a concern: by people, by measures, by another house, by the clock, by the post."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID, uuid5

from services.supervision.domain.safeguarding.duty_calendar import Calendar
from services.supervision.domain.safeguarding.duty_policy import DutyPolicy
from shared.contracts import concern_updates as u
from shared.contracts import supervision as c
from shared.contracts import values as v
from shared.contracts.supervision import NoticeChannel, OutOfHoursRoute
from shared.runtime.service import Secret


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
