"""A referral arrives and is decided."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts import values as v
from shared.contracts.event import Event


class ReferralCreated(
    v.ReferralFacts,
    Event,
    name="referral-created",
    owner="referrals",
    subject="referral",
    readers=("gateway", "supervision", "evaluation"),
):
    """A referral is known here and waits for a person to decide; the waits it was promised travel with it."""

    referral_id: UUID
    submission_id: UUID | None
    first_contact_days: v.Days
    match_days: v.Days

    model_config = v.example(
        {
            "referral_id": "0195557a-2f10-7c44-8a6e-3b1d2c4f5a60",
            "submission_id": "5c1f0a52-7d0e-5b1a-9d55-0f3f6a2b7c10",
            "person_id": "0195557a-2f11-7b02-b4c8-9e7a60d1c3f2",
            "journey_id": "0195557a-2f12-7d5b-a1f0-64c2e8b7a911",
            "board_of_treatment": "S08000030",
            "board_of_residence": "S08000030",
            "sender": "local:public-form",
            "referrer_role": "self",
            "client_agreed": True,
            "referral_date": "2026-03-01",
            "received_at": "2026-03-02T09:12:40Z",
            "parent_role": "father",
            "setting": "third-sector",
            "formats_wanted": ["phone"],
            "language": "en",
            "interpreter_needed": False,
            "consents": [],
            "first_contact_days": {"amber": 10, "red": 14},
            "match_days": {"amber": 28, "red": 56},
        }
    )


class OtherReferralsNoted(
    Event, name="other-referrals-noted", owner="referrals", subject="referral", readers=("referrals",)
):
    """The same person has these referrals here as well: what life brings the one holds for the other."""

    referral_ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=500)]

    model_config = v.example({"referral_ids": ["0195b4d1-3e40-7a52-9d63-708192a3b4c5"]})


class ReferralAccepted(
    Event,
    name="referral-accepted",
    owner="referrals",
    subject="referral",
    readers=("gateway", "supervision", "evaluation"),
):
    """A person took the referral on; `accepted_because` is there when the rules had proposed otherwise."""

    decision: Literal[1] = 1
    decided_at: AwareDatetime
    decided_by_role: v.Decider
    ruleset_version: v.Code
    proposed: Literal["accept", "decline", "ask"]
    rules_against: Annotated[tuple[v.Ground, ...], Field(max_length=7)] = ()
    accepted_because: v.AcceptedBecause | None = None

    model_config = v.example(
        {
            "decision": 1,
            "decided_at": "2026-03-03T10:05:00Z",
            "decided_by_role": "coordinator",
            "ruleset_version": "eligibility@2026-03",
            "proposed": "accept",
            "rules_against": [],
            "accepted_because": None,
        },
        {
            "decision": 1,
            "decided_at": "2026-03-03T11:40:00Z",
            "decided_by_role": "service-lead",
            "ruleset_version": "eligibility@2026-03",
            "proposed": "decline",
            "rules_against": ["outside-area"],
            "accepted_because": "no-other-service",
        },
    )


class ReferralDeclined(
    Event,
    name="referral-declined",
    owner="referrals",
    subject="referral",
    readers=("gateway", "supervision", "evaluation"),
):
    """A person declined the referral: on which coarse grounds, and what was done for the client instead."""

    decision: Literal[2] = 2
    decided_at: AwareDatetime
    decided_by_role: v.Decider
    ruleset_version: v.Code
    proposed: Literal["accept", "decline", "ask"]
    grounds: Annotated[tuple[v.Ground, ...], Field(min_length=1, max_length=7)]
    actions: Annotated[tuple[v.InsteadAction, ...], Field(max_length=7)] = ()
    signposted_to: Annotated[tuple[v.Code, ...], Field(max_length=10)] = ()
    review_on: date | None = None

    model_config = v.example(
        {
            "decision": 2,
            "decided_at": "2026-03-03T10:20:00Z",
            "decided_by_role": "coordinator",
            "ruleset_version": "eligibility@2026-03",
            "proposed": "decline",
            "grounds": ["outside-window"],
            "actions": ["client-told", "signposted"],
            "signposted_to": ["toddler-group-example"],
            "review_on": None,
        }
    )


class DecisionDeferred(
    Event,
    name="decision-deferred",
    owner="referrals",
    subject="referral",
    readers=("gateway", "supervision", "evaluation"),
):
    """A person cannot decide yet: what is not known, who was asked, and when somebody looks again."""

    decision: Literal[3] = 3
    deferred_at: AwareDatetime
    deferred_by_role: v.Decider
    ruleset_version: v.Code
    not_known: Annotated[tuple[v.NotKnown, ...], Field(min_length=1, max_length=6)]
    asked: Literal["client", "referrer", "clinician"]
    ask_again_on: date

    model_config = v.example(
        {
            "decision": 3,
            "deferred_at": "2026-03-03T10:30:00Z",
            "deferred_by_role": "coordinator",
            "ruleset_version": "eligibility@2026-03",
            "not_known": ["window"],
            "asked": "referrer",
            "ask_again_on": "2026-03-06",
        }
    )


class ReferralWithdrawn(
    Event,
    name="referral-withdrawn",
    owner="referrals",
    subject="referral",
    readers=("gateway", "supervision", "evaluation"),
):
    """The referral was taken back before support began."""

    withdrawn_at: AwareDatetime
    by: Literal["client", "referrer"]
    reason: v.WithdrawReason

    model_config = v.example({"withdrawn_at": "2026-03-05T15:00:00Z", "by": "client", "reason": "client-choice"})
