"""What it means here that the gateway received something: the same commands that a person gives over HTTP."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from services.referrals.domain.commands import AskPerson, Create, OfReferral, Wish, tell
from services.referrals.domain.person import PERSON, OfPerson, Refer
from services.referrals.domain.policy import Policies
from services.referrals.domain.state import NEW
from services.referrals.domain.submission import Refuse
from services.referrals.life_events import care_name
from services.referrals.peers import PEER_REACTIONS
from services.referrals.vault_contents import CONTACT, IDENTITY, NEEDS, NOTE, beside, sealed_secrets
from shared.contracts.gateway import ReferralReceived, SessionReportReceived, UpdateReceived, minted_person_id
from shared.runtime.envelope import Envelope
from shared.runtime.service import Reaction, Refusal


def reactions(policies: Policies) -> Mapping[str, Reaction]:
    """Every event that moves something here. A rule's no is said as well, so that it reaches the sender's receipt."""

    def created(event: Envelope, states: Mapping[str, Any]) -> Sequence[OfReferral | OfPerson]:
        received: ReferralReceived = event.data
        policy = policies.of(event.organisation)
        tokens = {IDENTITY: received.person, CONTACT: received.contact, NEEDS: received.needs}
        secrets = beside(sealed_secrets(received.person_id, received.submission_id, tokens))
        at, person_id = received.received_at, received.person_id
        person = states.get(f"person/{person_id}", PERSON.initial)
        others = tuple(sorted(person.referred - {received.referral_id}))
        about = received.submission_id, policy, secrets, person.standing, others
        create = Create(received.referral_id, at, received, *about)
        if person_id == minted_person_id(received.submission_id):
            return [create]
        refer = Refer(person_id, at, received.referrer_role, received.referral_id, person.standing)
        if not others or not secrets:
            return [create, refer]
        referral_id = received.referral_id
        return [create, refer, AskPerson(referral_id, at, "known-person-referred-again", referral_id)]

    def updated(event: Envelope, states: Mapping[str, Any]) -> Sequence[OfReferral]:
        received: UpdateReceived = event.data
        tokens = {CONTACT: received.contact}
        if name := care_name(received.update):
            tokens[name] = received.care
        return [told(event, states, received, received.update, tokens)]

    def reported(event: Envelope, states: Mapping[str, Any]) -> Sequence[OfReferral]:
        received: SessionReportReceived = event.data
        session_id = received.report.session_id or received.submission_id
        return [told(event, states, received, received.report, {f"{NOTE}{session_id}": received.words})]

    def told(
        event: Envelope,
        states: Mapping[str, Any],
        received: UpdateReceived | SessionReportReceived,
        wish: Wish,
        tokens: Mapping[str, Any],
    ) -> OfReferral:
        # What the wish makes takes the submission's id, so the sender can speak of it later.
        policy, fresh_id = policies.of(event.organisation), received.submission_id
        told = tell(received.referral_id, wish, received.received_at, policy, fresh_id)
        person_id = states.get(f"referral/{received.referral_id}", NEW).person_id
        return replace(told, secrets=sealed_secrets(person_id, fresh_id, tokens)) if person_id else told

    return {
        ReferralReceived.type(): Reaction(_with_person, created, _refused),
        UpdateReceived.type(): Reaction(_targets, updated, _refused),
        SessionReportReceived.type(): Reaction(_targets, reported, _refused),
        **PEER_REACTIONS,
    }


def _targets(event: Envelope) -> Sequence[str]:
    referral_id: UUID = event.data.referral_id
    return [f"referral/{referral_id}", event.subject]


def _with_person(event: Envelope) -> Sequence[str]:
    return [*_targets(event), f"person/{event.data.person_id}"]


def _refused(event: Envelope, refusal: Refusal) -> Sequence[Refuse]:
    return [Refuse(event.data.submission_id, event.recorded_at, refusal.code)]
