"""A planned ending, and coming back."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts import values as v
from shared.contracts.event import Event


class EndingPlanned(
    Event, name="ending-planned", owner="referrals", subject="referral", readers=("supervision", "evaluation")
):
    """An ending was agreed with the client for a day."""

    planned_at: AwareDatetime
    by_role: v.Role
    ends_on: date
    weight_hundredths: v.Hundredths

    model_config = v.example(
        {"planned_at": "2026-08-03T14:00:00Z", "by_role": "peer", "ends_on": "2026-08-31", "weight_hundredths": 30}
    )


class SupportEnded(
    Event,
    name="support-ended",
    owner="referrals",
    subject="referral",
    readers=("gateway", "supervision", "evaluation"),
):
    """Support ended; until `return_until`, that day included, the client comes back without a new referral."""

    ended_on: date
    ended_at: AwareDatetime
    planned: bool
    by: Literal["client", "service"]
    reasons: Annotated[tuple[v.EndReason, ...], Field(min_length=1, max_length=5)]
    sessions_held: Annotated[int, Field(ge=0, le=100_000)]
    goals_moved: Annotated[int, Field(ge=0, le=100_000)]
    future_contact_given: bool
    return_until: date | None
    onward: v.Onward

    model_config = v.example(
        {
            "ended_on": "2026-08-31",
            "ended_at": "2026-08-31T15:00:00Z",
            "planned": True,
            "by": "client",
            "reasons": ["goals-met"],
            "sessions_held": 18,
            "goals_moved": 2,
            "future_contact_given": True,
            "return_until": "2027-02-28",
            "onward": "none",
        }
    )


class ReferralReopened(
    Event,
    name="referral-reopened",
    owner="referrals",
    subject="referral",
    readers=("gateway", "supervision", "evaluation"),
):
    """The client came back inside the return window, and waits again from this day, without a new eligibility check."""

    reopened_at: AwareDatetime
    asked_by: v.AskedBy
    channel: v.WishChannel
    ended_on: date
    days_since: Annotated[int, Field(ge=0, le=100_000)]
    previous_match_id: UUID | None
    previous_peer_id: UUID | None
    same_peer_wanted: bool

    model_config = v.example(
        {
            "reopened_at": "2026-10-05T09:30:00Z",
            "asked_by": "client",
            "channel": "phone",
            "ended_on": "2026-08-31",
            "days_since": 35,
            "previous_match_id": "01955c02-6a10-7e3b-9c54-d0a1b2c3d4e5",
            "previous_peer_id": "01954d11-0b20-7a8f-8d77-1f2e3d4c5b6a",
            "same_peer_wanted": True,
        }
    )
