"""What it means here that the gateway received something: the same commands that a person gives over HTTP."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.referrals.domain.commands import Create, OfReferral, Wish, tell
from services.referrals.domain.policy import Policies
from services.referrals.domain.submission import Refuse
from shared.contracts.gateway import ReferralReceived, SessionReportReceived, UpdateReceived
from shared.runtime.envelope import Envelope
from shared.runtime.service import Reaction, Refusal


def reactions(policies: Policies) -> Mapping[str, Reaction]:
    """Every event that moves something here. A rule's no is said as well, so that it reaches the sender's receipt."""

    def created(event: Envelope, _: Mapping[str, Any]) -> Sequence[OfReferral]:
        received: ReferralReceived = event.data
        policy = policies.of(event.organisation)
        return [Create(received.referral_id, received.received_at, received, received.submission_id, policy)]

    def updated(event: Envelope, _: Mapping[str, Any]) -> Sequence[OfReferral]:
        received: UpdateReceived = event.data
        return [told(event, received, received.update)]

    def reported(event: Envelope, _: Mapping[str, Any]) -> Sequence[OfReferral]:
        received: SessionReportReceived = event.data
        return [told(event, received, received.report)]

    def told(event: Envelope, received: UpdateReceived | SessionReportReceived, wish: Wish) -> OfReferral:
        # What the wish makes takes the submission's id, so the sender can speak of it later.
        policy = policies.of(event.organisation)
        return tell(received.referral_id, wish, received.received_at, policy, received.submission_id)

    return {
        ReferralReceived.type(): Reaction(_targets, created, _refused),
        UpdateReceived.type(): Reaction(_targets, updated, _refused),
        SessionReportReceived.type(): Reaction(_targets, reported, _refused),
    }


def _targets(event: Envelope) -> Sequence[str]:
    referral_id: UUID = event.data.referral_id
    return [f"referral/{referral_id}", event.subject]


def _refused(event: Envelope, refusal: Refusal) -> Sequence[Refuse]:
    return [Refuse(event.data.submission_id, event.recorded_at, refusal.code)]
