"""What a person's rights mean for their referrals: not used for now, gone for good, reached another way."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from services.referrals.domain.commands import OfReferral, Tell
from services.referrals.domain.news import decision_spread
from services.referrals.domain.state import Referral
from services.referrals.domain.times import said_at
from shared.contracts import updates as u
from shared.contracts.event import Event
from shared.contracts.referrals import ReferralRestricted, ReferralRestrictionLifted, SafeContactChanged
from shared.runtime.service import Refusal

USES = frozenset(
    {"propose-match", "confirm-match", "plan-session", "refer-help", "book-interpreter", "propose-handover"}
    | {"accept-handover", "request-handback", "accept-handback", "join-service"}
)
"""The wishes that use or pass on what is known of a person, and so rest while their data may not be used."""


@dataclass(frozen=True, slots=True)
class RestrictReferral(OfReferral):
    """The person's data are gone, or may not be used for now; goes together with the person's own subject."""

    because: Literal["restriction", "erasure"]


@dataclass(frozen=True, slots=True)
class LiftRestriction(OfReferral):
    """The person's data may be used again."""


def restrict(state: Referral, command: RestrictReferral) -> Sequence[Event]:
    """Nobody is erased while support runs or is being decided about: it is ended first, by people, with the client."""
    if command.because == "erasure" and state.is_open:
        raise Refusal(
            "support-runs",
            "A referral of this person is open. End or withdraw it first, with the client; then erase.",
        )
    if state.restricted == command.because:
        return []
    return [ReferralRestricted(because=command.because, restricted_at=command.at)]


def lift(state: Referral, command: LiftRestriction) -> Sequence[Event]:
    if state.restricted != "restriction":
        return []
    return [ReferralRestrictionLifted(lifted_at=command.at)]


def refuse_restricted(state: Referral, do: str) -> None:
    """Raises Refusal for any wish about an erased person, and for those that would use data that may not be used."""
    if state.restricted == "erasure":
        raise Refusal("person-erased", "The person was erased; nothing more is kept of them.")
    if state.restricted and do in USES:
        raise Refusal(
            "processing-restricted",
            "The person's data may not be used for now. Ask the officer who decided so; support that runs may be "
            "paused or ended.",
        )


def change_safe_contact(state: Referral, wish: u.ChangeSafeContact, command: Tell) -> Sequence[Event]:
    """Contact is changed as a whole, so an older word of it changes nothing and is not kept."""
    at = said_at(command)
    if state.safe_contact_at and at < state.safe_contact_at:
        raise Refusal("overtaken", "The client said later how they may be reached, and that stands.")
    return [SafeContactChanged(changed_at=at, by_role=wish.by_role)]


def restricted(state: Referral, event: ReferralRestricted) -> Referral:
    state = replace(state, restricted=event.because)
    return decision_spread(state, event.because, event.restricted_at)


def lifted(state: Referral, _: ReferralRestrictionLifted) -> Referral:
    return replace(state, restricted=None)


def contact_changed(state: Referral, event: SafeContactChanged) -> Referral:
    return replace(state, safe_contact_at=event.changed_at)


COMMANDS = {RestrictReferral: restrict, LiftRestriction: lift}
DECIDE = {u.ChangeSafeContact: change_safe_contact}
EVOLVE = {
    ReferralRestricted: restricted,
    ReferralRestrictionLifted: lifted,
    SafeContactChanged: contact_changed,
}
