"""Reaching the client, waiting, and what must be looked at again."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts import values as v
from shared.contracts.event import Event


class ContactAttempted(Event, name="contact-attempted", owner="referrals", subject="referral", readers=("evaluation",)):
    """Somebody tried to reach the client."""

    at: AwareDatetime
    channel: v.ContactChannel
    outcome: v.ContactOutcome
    purpose: v.ContactPurpose
    by_role: v.Role

    model_config = v.example(
        {
            "at": "2026-03-11T17:30:00Z",
            "channel": "phone",
            "outcome": "spoke",
            "purpose": "first",
            "by_role": "coordinator",
        }
    )


class UnavailabilityRecorded(
    Event, name="unavailability-recorded", owner="referrals", subject="referral", readers=("evaluation",)
):
    """The client cannot or does not wish to be seen for these days, both included; the wait rests meanwhile."""

    start: date
    end: date
    reason: v.UnavailableReason
    recorded_at: AwareDatetime

    model_config = v.example(
        {"start": "2026-03-16", "end": "2026-03-22", "reason": "away", "recorded_at": "2026-03-11T17:35:00Z"}
    )


class RoleExplained(
    Event, name="role-explained", owner="referrals", subject="referral", readers=("supervision", "evaluation")
):
    """The client was told, in their language, what a peer is and is not, and how to change, stop or find help."""

    at: AwareDatetime
    language: v.Language
    interpreted: bool
    by_role: v.Role
    text_version: v.Code
    points: Annotated[tuple[v.ExplainedPoint, ...], Field(min_length=1, max_length=4)]
    session_id: UUID | None = None

    model_config = v.example(
        {
            "at": "2026-03-12T19:00:00Z",
            "language": "en",
            "interpreted": False,
            "by_role": "peer",
            "text_version": "role-2026-01",
            "points": [
                "what-a-peer-is-and-is-not",
                "limits-of-confidentiality",
                "how-to-change-or-stop",
                "whom-to-call-in-a-crisis",
            ],
        }
    )


class WaitBoundPassed(Event, name="wait-bound-passed", owner="referrals", subject="referral", readers=("evaluation",)):
    """The service has kept the client waiting past a bound it set itself."""

    wait: v.Wait
    bound: v.Bound
    bound_on: date
    passed_at: AwareDatetime

    model_config = v.example(
        {"wait": "first-contact", "bound": "amber", "bound_on": "2026-03-12", "passed_at": "2026-03-12T00:00:04Z"}
    )


class ReviewFellDue(
    Event, name="review-fell-due", owner="referrals", subject="referral", readers=("supervision", "evaluation")
):
    """A day came on which a person must look again: at a decision, support, a pause, an ending, a limit, a claim."""

    of: v.ReviewOf
    due_on: date
    help_id: UUID | None = None
    fell_due_at: AwareDatetime

    model_config = v.example({"of": "support", "due_on": "2026-04-20", "fell_due_at": "2026-04-19T23:00:02Z"})


class ContactLimited(Event, name="contact-limited", owner="referrals", subject="referral", readers=("supervision",)):
    """The treating team asks for a limit on how a peer meets the client; never why, and never for good."""

    at: AwareDatetime
    by_role: Literal["clinician"]
    limits: Annotated[tuple[v.ContactLimit, ...], Field(min_length=1, max_length=2)]
    offered: Annotated[tuple[v.OfferedInstead, ...], Field(min_length=1, max_length=3)]
    review_on: date

    model_config = v.example(
        {
            "at": "2026-03-04T12:00:00Z",
            "by_role": "clinician",
            "limits": ["no-lone", "no-in-person"],
            "offered": ["phone", "joint"],
            "review_on": "2026-04-01",
        }
    )


class ContactLimitLifted(
    Event, name="contact-limit-lifted", owner="referrals", subject="referral", readers=("supervision",)
):
    """The treating team no longer asks for the limit."""

    at: AwareDatetime
    by_role: Literal["clinician"]

    model_config = v.example({"at": "2026-04-01T09:30:00Z", "by_role": "clinician"})
