"""What may be told of a peer: one imperative value per wish; nothing here says how anybody is."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts import supervision as s
from shared.contracts import values as v
from shared.contracts.preferences import Languages, Slot
from shared.contracts.update import Update


class CompleteRecruitmentStep(Update):
    """A step of choosing somebody is done."""

    do: Literal["complete-recruitment-step"] = "complete-recruitment-step"
    by_role: s.ManagerRole
    step: s.RecruitmentStep
    on: date
    with_peer: bool | None = None
    text_version: v.Code | None = None


class EndApplication(Update):
    """The application does not go on."""

    do: Literal["end-application"] = "end-application"
    by: Literal["applicant", "provider"]


class Recruit(s.Terms, Update):
    """The offer was accepted."""

    do: Literal["recruit"] = "recruit"
    by_role: s.ManagerRole


class Start(Update):
    """The peer's first day; the team was briefed before it."""

    do: Literal["start"] = "start"
    by_role: s.ManagerRole
    on: date
    team_briefed_on: date


class CompleteInductionStep(Update):
    """A part of getting to know the work is done."""

    do: Literal["complete-induction-step"] = "complete-induction-step"
    step: s.InductionStep
    on: date


class AcknowledgeRole(Update):
    """The peer, or the team, has taken note of what the role is and is not."""

    do: Literal["acknowledge-role"] = "acknowledge-role"
    by: Literal["peer", "team"]
    text_version: v.Code


class AcknowledgePolicy(Update):
    """The peer has read the safeguarding policy."""

    do: Literal["acknowledge-policy"] = "acknowledge-policy"
    text_version: v.Code
    on: date


class AgreeSupportLevel(Update):
    """Up to which level this peer supports people in the setting; none lifts it."""

    do: Literal["agree-support-level"] = "agree-support-level"
    by_role: Literal["supervisor", "line-manager", "service-lead"]
    setting: v.Setting
    ceiling: s.Level | None


class OfferTraining(Update):
    """The peer is offered a place on a course."""

    do: Literal["offer-training"] = "offer-training"
    requirement: v.Code
    on: date


class NoteUnavailable(Update):
    """No such course is to be had just now."""

    do: Literal["note-unavailable"] = "note-unavailable"
    requirement: v.Code
    since: date


class CompleteTraining(Update):
    """The peer has done the course."""

    do: Literal["complete-training"] = "complete-training"
    requirement: v.Code
    source: s.Source
    on: date
    expires_on: date | None = None


class RetractTraining(Update):
    """It was a mistake to record that the peer had done the course."""

    do: Literal["retract-training"] = "retract-training"
    requirement: v.Code


class Waive(Update):
    """A manager answers for the peer's doing without a course that nobody gives, and says how."""

    do: Literal["waive"] = "waive"
    requirement: v.Code
    manager_id: UUID
    manager_role: s.ManagerRole
    mitigation: s.Mitigation
    until: date


class ConfirmPvg(Update):
    """The peer's membership is confirmed for this type of role; its end is often not known."""

    do: Literal["confirm-pvg"] = "confirm-pvg"
    role_type: s.RoleType
    on: date
    expires_on: date | None = None


class WithdrawPvg(Update):
    """What was confirmed of the membership does not hold any more."""

    do: Literal["withdraw-pvg"] = "withdraw-pvg"
    role_type: s.RoleType


class AssignSupervisor(Update):
    """This is the peer's one named supervisor; the peer says that they were never in this person's care."""

    do: Literal["assign-supervisor"] = "assign-supervisor"
    supervisor_id: UUID
    because: s.WhySupervisor
    peer_says_fit: bool


class PlanSupervision(Update):
    """Supervision of that kind is to take place then."""

    do: Literal["plan-supervision"] = "plan-supervision"
    stream: s.Stream
    supervision_id: UUID | None = None
    planned_start: AwareDatetime


class HoldSupervision(Update):
    """Supervision took place; what was said stays there. The clinical kind says with whom."""

    do: Literal["hold-supervision"] = "hold-supervision"
    stream: s.Stream
    supervision_id: UUID | None = None
    held_at: AwareDatetime
    with_id: UUID | None = None


class MissSupervision(Update):
    """What was planned did not take place; nobody is asked why."""

    do: Literal["miss-supervision"] = "miss-supervision"
    supervision_id: UUID
    missed_by: Literal["peer", "supervisor", "service"]


class RequestDebrief(Update):
    """Somebody of the team would like to talk something through."""

    do: Literal["request-debrief"] = "request-debrief"
    debrief_id: UUID | None = None
    asked_by: s.WorkRole


class HoldDebrief(Update):
    """It was talked through."""

    do: Literal["hold-debrief"] = "hold-debrief"
    debrief_id: UUID
    held_at: AwareDatetime


class StopContact(Update):
    """A person decides that the peer meets nobody for now; why, is kept elsewhere."""

    do: Literal["stop-contact"] = "stop-contact"
    by_role: Literal["service-lead", "safeguarding-lead", "named-officer"]


class LiftStop(Update):
    """A person decides that the peer may meet people again."""

    do: Literal["lift-stop"] = "lift-stop"
    by_role: Literal["service-lead", "safeguarding-lead", "named-officer"]


class SetCapacity(Update):
    """When, where, how and in which languages the peer meets people, and what else takes up their hours."""

    do: Literal["set-capacity"] = "set-capacity"
    other_hours: s.Hours = 0
    """Hours a week of meetings and team work beyond what every post has."""
    formats: Annotated[tuple[v.Format, ...], Field(max_length=8)] = ()
    slots: Annotated[tuple[Slot, ...], Field(max_length=21)] = ()
    first_languages: Languages = ("en",)
    fluent_languages: Languages = ()
    boards: Annotated[tuple[v.Board, ...], Field(max_length=14)] = ()
    area: v.Code | None = None


class Rest(Update):
    """The peer rests; no reason is asked."""

    do: Literal["rest"] = "rest"


class ComeBack(Update):
    """The peer is back, at first with fewer people if they wish."""

    do: Literal["come-back"] = "come-back"
    steps: Annotated[tuple[s.ReturnStep, ...], Field(max_length=12)] = ()


class Leave(Update):
    """The peer does not do this any more."""

    do: Literal["leave"] = "leave"


class ChangeContract(s.Terms, Update):
    """The post is another from now on."""

    do: Literal["change-contract"] = "change-contract"
    by_role: s.ManagerRole


class StartLoneVisit(Update):
    """The peer goes out alone; where to is said beside it, to the vault alone."""

    do: Literal["start-lone-visit"] = "start-lone-visit"
    visit_id: UUID | None = None
    expected_back_by: AwareDatetime


class ExtendLoneVisit(Update):
    """The peer is well and stays longer."""

    do: Literal["extend-lone-visit"] = "extend-lone-visit"
    visit_id: UUID
    expected_back_by: AwareDatetime


class EndLoneVisit(Update):
    """The peer is back: by page, text or call, whoever writes it down."""

    do: Literal["end-lone-visit"] = "end-lone-visit"
    visit_id: UUID


class RequestAdvice(Update):
    """The peer is unsure and asks; what, is said beside it, to the vault alone."""

    do: Literal["request-advice"] = "request-advice"
    advice_id: UUID | None = None


class AnswerAdvice(Update):
    """Somebody answers; what, is said beside it, to the vault alone."""

    do: Literal["answer-advice"] = "answer-advice"
    advice_id: UUID
    by_role: s.Answerer


class RecordTeamWork(Update):
    """The peer did something for the team."""

    do: Literal["record-team-work"] = "record-team-work"
    kind: s.TeamWork
    on: date
    minutes: v.Minutes
    credited: bool


AnyPeerUpdate = Annotated[
    CompleteRecruitmentStep
    | EndApplication
    | Recruit
    | Start
    | CompleteInductionStep
    | AcknowledgeRole
    | AcknowledgePolicy
    | AgreeSupportLevel
    | OfferTraining
    | NoteUnavailable
    | CompleteTraining
    | RetractTraining
    | Waive
    | ConfirmPvg
    | WithdrawPvg
    | AssignSupervisor
    | PlanSupervision
    | HoldSupervision
    | MissSupervision
    | RequestDebrief
    | HoldDebrief
    | StopContact
    | LiftStop
    | SetCapacity
    | Rest
    | ComeBack
    | Leave
    | ChangeContract
    | StartLoneVisit
    | ExtendLoneVisit
    | EndLoneVisit
    | RequestAdvice
    | AnswerAdvice
    | RecordTeamWork,
    Field(discriminator="do"),
]
