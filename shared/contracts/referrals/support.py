"""Support as it goes: changed at the client's wish, rested, reviewed; goals; practical help."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts import values as v
from shared.contracts.event import Event

_GOAL = "01957a90-4411-7f0c-b2a3-c4d5e6f70819"
_HELP = "01957a90-4412-7a1d-9e8f-0a1b2c3d4e5f"
_CHANGE = "01957a90-4413-7b2e-8d7c-6b5a49382716"


class SupportChanged(
    Event, name="support-changed", owner="referrals", subject="referral", readers=("supervision", "evaluation")
):
    """Support is different from now on, at somebody's wish; never a failure of anyone."""

    change_id: UUID
    changed_at: AwareDatetime
    asked_by: v.AskedBy
    channel: v.WishChannel
    what: Annotated[tuple[v.Change, ...], Field(min_length=1, max_length=4)]
    per_4_weeks_hundredths_from: v.Hundredths | None = None
    per_4_weeks_hundredths_to: v.Hundredths | None = None
    format_from: v.Format | None = None
    format_to: v.Format | None = None
    weight_hundredths: v.Hundredths | None = None
    effective_on: date

    model_config = v.example(
        {
            "change_id": _CHANGE,
            "changed_at": "2026-03-06T10:00:00Z",
            "asked_by": "client",
            "channel": "phone",
            "what": ["less", "other-peer", "other-format"],
            "per_4_weeks_hundredths_from": 400,
            "per_4_weeks_hundredths_to": 133,
            "format_from": "home",
            "format_to": "phone",
            "weight_hundredths": 60,
            "effective_on": "2026-03-06",
        }
    )


class ChangeConfirmed(Event, name="change-confirmed", owner="referrals", subject="referral", readers=("evaluation",)):
    """The client was told by their safe channel what was changed."""

    change_id: UUID
    at: AwareDatetime
    channel: v.WishChannel

    model_config = v.example({"change_id": _CHANGE, "at": "2026-03-06T11:00:00Z", "channel": "phone"})


class SupportPaused(
    Event, name="support-paused", owner="referrals", subject="referral", readers=("supervision", "evaluation")
):
    """Support, or waiting for it, rests; `until` is a day to ask again, not an end."""

    paused_at: AwareDatetime
    asked_by: v.AskedBy
    channel: v.WishChannel
    until: date | None = None

    model_config = v.example(
        {"paused_at": "2026-05-04T09:00:00Z", "asked_by": "client", "channel": "text", "until": "2026-05-18"}
    )


class SupportResumed(
    Event, name="support-resumed", owner="referrals", subject="referral", readers=("supervision", "evaluation")
):
    """Support, or waiting for it, goes on."""

    resumed_at: AwareDatetime
    asked_by: v.AskedBy

    model_config = v.example({"resumed_at": "2026-05-18T09:00:00Z", "asked_by": "client"})


class ReviewHeld(
    Event, name="review-held", owner="referrals", subject="referral", readers=("supervision", "evaluation")
):
    """Support was reviewed with the client; the next review has its day."""

    held_at: AwareDatetime
    by_role: v.Role
    ground_rules_revisited: bool
    next_review_on: date

    model_config = v.example(
        {
            "held_at": "2026-04-21T14:00:00Z",
            "by_role": "coordinator",
            "ground_rules_revisited": True,
            "next_review_on": "2026-07-14",
        }
    )


class GoalSet(Event, name="goal-set", owner="referrals", subject="referral", readers=("evaluation",)):
    """A goal set with the client, and where it stands at the start from 0 to 10."""

    goal_id: UUID
    set_at: AwareDatetime
    area: v.GoalArea
    score: v.Score

    model_config = v.example({"goal_id": _GOAL, "set_at": "2026-03-26T19:40:00Z", "area": "getting-out", "score": 2})


class GoalReviewed(Event, name="goal-reviewed", owner="referrals", subject="referral", readers=("evaluation",)):
    """A goal looked at again with the client."""

    goal_id: UUID
    reviewed_at: AwareDatetime
    score: v.Score
    state: v.GoalState

    model_config = v.example({"goal_id": _GOAL, "reviewed_at": "2026-04-21T14:10:00Z", "score": 6, "state": "kept"})


class PracticalHelpRequested(
    Event, name="practical-help-requested", owner="referrals", subject="referral", readers=("evaluation",)
):
    """The client asked for practical help; `claim_by` is the last day to claim it, where there is one.

    On `remind_on` somebody is reminded, unless the help has come by then.
    """

    help_id: UUID
    requested_at: AwareDatetime
    kind: v.PracticalHelp
    claim_by: date | None = None
    remind_on: date | None = None

    model_config = v.example(
        {
            "help_id": _HELP,
            "requested_at": "2026-03-20T10:00:00Z",
            "kind": "mbuff-claim",
            "claim_by": "2026-06-20",
            "remind_on": "2026-06-06",
        }
    )


class PracticalHelpReferred(
    Event, name="practical-help-referred", owner="referrals", subject="referral", readers=("evaluation",)
):
    """The request was passed to whoever gives the help."""

    help_id: UUID
    referred_at: AwareDatetime
    to: v.Code

    model_config = v.example({"help_id": _HELP, "referred_at": "2026-03-21T10:00:00Z", "to": "mbu-family-fund"})


class PracticalHelpReceived(
    Event, name="practical-help-received", owner="referrals", subject="referral", readers=("evaluation",)
):
    """The help has reached the client."""

    help_id: UUID
    received_at: AwareDatetime

    model_config = v.example({"help_id": _HELP, "received_at": "2026-04-15T10:00:00Z"})
