"""A referral arrives; a person accepts or declines it, or needs to know more; it may be withdrawn."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from services.referrals.domain.commands import Create, Tell
from services.referrals.domain.eligibility import Assessment, assess
from services.referrals.domain.state import Referral
from services.referrals.domain.times import refuse_past_day
from shared.contracts import updates as u
from shared.contracts import values as v
from shared.contracts.days import day_of
from shared.contracts.event import Event
from shared.contracts.referrals import (
    DecisionDeferred,
    OtherReferralsNoted,
    ReferralAccepted,
    ReferralCreated,
    ReferralDeclined,
    ReferralRestricted,
    ReferralWithdrawn,
)
from shared.contracts.values import ReferralFacts
from shared.runtime.service import Refusal


def create(state: Referral, command: Create) -> Sequence[Event]:
    """Refuses a referral known already, one from family without the client's agreement, and one from the future."""
    facts = command.facts
    if state.stage is not None:
        raise Refusal("already-known", "This referral is known already; nothing was changed.")
    if command.standing == "erasure":
        raise Refusal("person-erased", "This person was erased. Refer them anew, without the id.", "person_id")
    if facts.referrer_role == "family" and not facts.client_agreed:
        raise Refusal(
            "family-needs-agreement",
            "Family may refer only with the client's agreement. Ask the client first, then refer again.",
            "client_agreed",
        )
    if facts.referral_date > day_of(facts.received_at) + timedelta(days=1):
        raise Refusal("in-the-future", "The day of referral is still to come. Check the date.", "referral_date")
    if facts.referral_date < day_of(facts.received_at) - timedelta(days=command.policy.latest_report_days):
        raise Refusal("too-long-ago", "The day of referral is too long ago. Check the date.", "referral_date")
    created: list[Event] = [
        ReferralCreated(
            **{name: getattr(facts, name) for name in ReferralFacts.model_fields},
            referral_id=command.referral_id,
            submission_id=command.submission_id,
            first_contact_days=command.policy.first_contact_days,
            match_days=command.policy.match_days,
        )
    ]
    if command.others:
        created.append(OtherReferralsNoted(referral_ids=command.others))
    if command.standing is not None:
        created.append(ReferralRestricted(because=command.standing, restricted_at=command.at))
    return created


def accept(state: Referral, wish: u.Accept, command: Tell) -> Sequence[Event]:
    """A person may accept against the rules, but says why."""
    found = assessment(state, command)
    if found.proposed == "decline" and wish.override is None:
        raise Refusal(
            "against-the-rules",
            f"The rules propose to decline ({', '.join(found.against)}). To accept all the same, say why.",
            "override",
        )
    return [
        ReferralAccepted(
            decided_at=command.at,
            decided_by_role=wish.by_role,
            ruleset_version=command.policy.ruleset_version,
            proposed=found.proposed,
            rules_against=found.against,
            accepted_because=wish.override if found.proposed == "decline" else None,
        )
    ]


def decline(state: Referral, wish: u.Decline, command: Tell) -> Sequence[Event]:
    """Nobody is declined without a reason, nor left with nothing."""
    refuse_past_day(wish.review_on, command, "review_on")
    if not wish.grounds:
        raise Refusal("reasons-missing", "Say why the referral is declined.", "grounds")
    if not wish.actions and not wish.signposted_to:
        raise Refusal("nothing-done-instead", "Say what was done for the client instead.", "actions")
    if "signposted" in wish.actions and not wish.signposted_to:
        raise Refusal("signposted-where", "Say to which service the client was signposted.", "signposted_to")
    return [
        ReferralDeclined(
            decided_at=command.at,
            decided_by_role=wish.by_role,
            ruleset_version=command.policy.ruleset_version,
            proposed=assessment(state, command).proposed,
            grounds=wish.grounds,
            actions=wish.actions,
            signposted_to=wish.signposted_to,
            review_on=wish.review_on,
        )
    ]


def defer(state: Referral, wish: u.DeferDecision, command: Tell) -> Sequence[Event]:
    """Whoever cannot decide yet says what is missing, and when somebody looks again."""
    refuse_past_day(wish.ask_again_on, command, "ask_again_on")
    return [
        DecisionDeferred(
            deferred_at=command.at,
            deferred_by_role=wish.by_role,
            ruleset_version=command.policy.ruleset_version,
            not_known=tuple(dict.fromkeys(wish.not_known)),
            asked=wish.asked,
            ask_again_on=wish.ask_again_on,
        )
    ]


def withdraw(state: Referral, wish: u.Withdraw, command: Tell) -> Sequence[Event]:
    """A referral is taken back only while there is no peer; support that began is ended instead."""
    if state.past_matches or state.match or state.service or state.past_service:
        raise Refusal("support-has-begun", "Support has begun; end it instead of withdrawing the referral.")
    return [ReferralWithdrawn(withdrawn_at=command.at, by=wish.by, reason=wish.reason)]


def assessment(state: Referral, command: Tell) -> Assessment:
    """What the rules propose, as of the day of referral."""
    return assess(
        command.policy,
        command.facts,
        referred_on=state.referred_on,
        residence=state.residence,
        setting=state.setting,
    )


def created(state: Referral, event: ReferralCreated) -> Referral:
    return replace(
        state,
        stage="received",
        person_id=event.person_id,
        journey_id=event.journey_id,
        referred_on=event.referral_date,
        received_at=event.received_at,
        listed_on=day_of(event.received_at),
        residence=event.board_of_residence,
        referrer_role=event.referrer_role,
        setting=event.setting,
        formats_wanted=event.formats_wanted,
        language=event.language,
        interpreter_needed=event.interpreter_needed,
        consents=last_word(event.consents),
        consented_at={said.scope: min(said.at, event.received_at) for said in in_order(event.consents)},
        first_contact_days=event.first_contact_days,
        match_days=event.match_days,
    )


def last_word(consents: Iterable[v.Consent]) -> dict[str, bool]:
    """What the client last said for each scope."""
    return {consent.scope: consent.given for consent in in_order(consents)}


def in_order(consents: Iterable[v.Consent]) -> list[v.Consent]:
    """As the client said them; of two at one moment a no counts, and so comes last."""
    return sorted(consents, key=lambda consent: (consent.at, not consent.given))


def accepted(state: Referral, _: ReferralAccepted) -> Referral:
    return replace(state, stage="waiting", decision_due_on=None)


def declined(state: Referral, event: ReferralDeclined) -> Referral:
    return replace(state, stage="declined", decision_due_on=event.review_on)


def deferred(state: Referral, event: DecisionDeferred) -> Referral:
    return replace(state, decision_due_on=event.ask_again_on)


def withdrawn(state: Referral, _: ReferralWithdrawn) -> Referral:
    return replace(state, stage="withdrawn", proposal=None, decision_due_on=None)


COMMANDS = {Create: create}
DECIDE = {u.Accept: accept, u.Decline: decline, u.DeferDecision: defer, u.Withdraw: withdraw}
EVOLVE = {
    ReferralCreated: created,
    ReferralAccepted: accepted,
    ReferralDeclined: declined,
    DecisionDeferred: deferred,
    ReferralWithdrawn: withdrawn,
}
