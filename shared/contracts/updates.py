"""What may be told about a referral after it was made: one imperative value per wish, the same over HTTP and Kafka.

`at` is when it happened; left out, it is the moment of sending. Nothing here names or describes a person.
"""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts import attending_updates as attending
from shared.contracts import life_updates as life
from shared.contracts import values as v
from shared.contracts.update import Update as Update

PerFourWeeks = Annotated[int, Field(ge=1, le=5600, description="sessions in four weeks, in hundredths: weekly is 400")]


class Accept(Update):
    """A person takes the referral on; `override` is needed when the rules propose to decline."""

    do: Literal["accept"] = "accept"
    by_role: v.Decider
    override: v.AcceptedBecause | None = None


class Decline(Update):
    """A person declines, saying why and what was done instead."""

    do: Literal["decline"] = "decline"
    by_role: v.Decider
    grounds: Annotated[tuple[v.Ground, ...], Field(max_length=7)] = ()
    actions: Annotated[tuple[v.InsteadAction, ...], Field(max_length=7)] = ()
    signposted_to: Annotated[tuple[v.Code, ...], Field(max_length=10)] = ()
    review_on: date | None = None


class DeferDecision(Update):
    """A person cannot decide yet: what is not known, who was asked, and when somebody looks again."""

    do: Literal["defer-decision"] = "defer-decision"
    by_role: v.Decider
    not_known: Annotated[tuple[v.NotKnown, ...], Field(min_length=1, max_length=6)]
    asked: Literal["client", "referrer", "clinician"]
    ask_again_on: date


class Withdraw(Update):
    """The referral is taken back before any support began."""

    do: Literal["withdraw"] = "withdraw"
    by: Literal["client", "referrer"]
    reason: v.WithdrawReason


class RecordContact(Update):
    """Somebody tried to reach the client."""

    do: Literal["record-contact"] = "record-contact"
    channel: v.ContactChannel
    outcome: v.ContactOutcome
    purpose: v.ContactPurpose
    by_role: v.Role


class RecordUnavailability(Update):
    """The client cannot or does not wish to be seen from `start` to `end`, both included."""

    do: Literal["record-unavailability"] = "record-unavailability"
    start: date
    end: date
    reason: v.UnavailableReason


class ExplainRole(Update):
    """The client was told what a peer is and is not, the limits of confidence, how to change or stop, whom to call."""

    do: Literal["explain-role"] = "explain-role"
    language: v.Language
    interpreted: bool = False
    by_role: v.Role
    text_version: v.Code
    points: Annotated[tuple[v.ExplainedPoint, ...], Field(max_length=4)]


class ChangeSupport(Update):
    """Less, more, another peer, another format: said by whom, and what it is from then on."""

    do: Literal["change-support"] = "change-support"
    asked_by: v.AskedBy
    channel: v.WishChannel
    what: Annotated[tuple[v.Change, ...], Field(min_length=1, max_length=4)]
    per_4_weeks_hundredths: PerFourWeeks | None = None
    format: v.Format | None = None
    effective_on: date | None = None


class ConfirmChange(Update):
    """The client was told, by their safe channel, what was changed."""

    do: Literal["confirm-change"] = "confirm-change"
    change_id: UUID
    channel: v.WishChannel


class Pause(Update):
    """Support, or waiting for it, rests for a while; no reason is asked."""

    do: Literal["pause"] = "pause"
    asked_by: v.AskedBy
    channel: v.WishChannel
    until: date | None = None


class Resume(Update):
    """Support, or waiting for it, goes on."""

    do: Literal["resume"] = "resume"
    asked_by: v.AskedBy


class PlanEnding(Update):
    """An ending is agreed for a day; the client takes up less of a place from now on."""

    do: Literal["plan-ending"] = "plan-ending"
    ends_on: date
    agreed_with_client: Literal[True]
    by_role: v.Role


class End(Update):
    """Support ends: by whom, why, and whether the client holds contact details for later."""

    do: Literal["end"] = "end"
    by: Literal["client", "service"]
    planned: bool
    reasons: Annotated[tuple[v.EndReason, ...], Field(max_length=5)]
    future_contact_given: bool
    onward: v.Onward = "none"


class Reopen(Update):
    """The client comes back inside the return window; to the same peer only if the client wants."""

    do: Literal["reopen"] = "reopen"
    asked_by: v.AskedBy
    channel: v.WishChannel
    same_peer_wanted: bool


class SetGoal(Update):
    """A goal set with the client, and where it stands today from 0 to 10."""

    do: Literal["set-goal"] = "set-goal"
    goal_id: UUID | None = None
    area: v.GoalArea
    score: v.Score


class ReviewGoal(Update):
    """A goal looked at with the client again."""

    do: Literal["review-goal"] = "review-goal"
    goal_id: UUID
    score: v.Score
    state: v.GoalState = "kept"


class HoldReview(Update):
    """Support was reviewed with the client, ground rules among it."""

    do: Literal["hold-review"] = "hold-review"
    by_role: v.Role
    ground_rules_revisited: bool


class RequestHelp(Update):
    """The client asks for practical help."""

    do: Literal["request-help"] = "request-help"
    help_id: UUID | None = None
    kind: v.PracticalHelp
    claim_by: date | None = None


class ReferHelp(Update):
    """The request was passed to whoever gives the help."""

    do: Literal["refer-help"] = "refer-help"
    help_id: UUID
    to: v.Code


class ReceiveHelp(Update):
    """The help has reached the client."""

    do: Literal["receive-help"] = "receive-help"
    help_id: UUID


class LimitContact(Update):
    """After its own assessment the treating team asks for no lone or in-person contact until it has looked again."""

    do: Literal["limit-contact"] = "limit-contact"
    by_role: Literal["clinician"]
    limits: Annotated[tuple[v.ContactLimit, ...], Field(min_length=1, max_length=2)] = ("no-lone", "no-in-person")
    offered: Annotated[tuple[v.OfferedInstead, ...], Field(min_length=1, max_length=3)]
    review_on: date


class LiftLimit(Update):
    """The treating team's assessment no longer asks for the limit."""

    do: Literal["lift-limit"] = "lift-limit"
    by_role: Literal["clinician"]


class AnswerTask(Update):
    """A person has done what was asked of them, and says what came of it."""

    do: Literal["answer-task"] = "answer-task"
    by_role: v.Role
    task_id: UUID
    outcome: v.Code


class ChangeSafeContact(Update):
    """The client says anew how they may be reached; what they say goes beside this, and into the vault."""

    do: Literal["change-safe-contact"] = "change-safe-contact"
    by_role: v.Role


AnyUpdate = Annotated[
    Accept
    | Decline
    | DeferDecision
    | Withdraw
    | RecordContact
    | RecordUnavailability
    | ExplainRole
    | ChangeSupport
    | ConfirmChange
    | Pause
    | Resume
    | PlanEnding
    | End
    | Reopen
    | SetGoal
    | ReviewGoal
    | HoldReview
    | RequestHelp
    | ReferHelp
    | ReceiveHelp
    | LimitContact
    | LiftLimit
    | AnswerTask
    | ChangeSafeContact
    | attending.ChooseReminders
    | attending.OptOut
    | attending.AgreeTravelSupport
    | attending.BookInterpreter
    | attending.AgreeAttendanceSupport
    | life.RecordBirth
    | life.ChangeCareDate
    | life.RecordLoss
    | life.RecordDeath
    | life.RecordBabyLeftCare
    | life.RetractLifeEvent
    | life.ResumeMessages
    | life.ChangeConsent,
    Field(discriminator="do"),
]
