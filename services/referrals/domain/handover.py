"""A client goes on to another organisation: asked, accepted there with a referral of its own, and until then kept.

Each organisation decides about its own referral. What one decided reaches the other's by a deadline that is due at
once, and so does a consent that was taken back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal
from uuid import UUID

from services.referrals.domain.commands import OfReferral, Tell
from services.referrals.domain.state import Handover, News, Referral
from services.referrals.domain.tasks import done, opened
from services.referrals.domain.times import refuse_far_ahead
from shared.contracts import handover_updates as h
from shared.contracts.days import day_of, start_of
from shared.contracts.event import Event
from shared.contracts.referrals import (
    ConsentChanged,
    HandoverAccepted,
    HandoverCompleted,
    HandoverEscalated,
    HandoverProposed,
    PartnerTold,
)
from shared.runtime.service import Refusal

SCOPE: Literal["share-with-journey"] = "share-with-journey"
HANDED_ON = ("identity", "contact", "needs", "care-date:edd", "care-date:birth", "care-date:loss")
"""What of the vault goes on with the client; no note, no wish about peers."""


@dataclass(frozen=True, slots=True)
class TakeOn(OfReferral):
    """The new referral is the next part of a journey; goes together with creating it."""

    handover_id: UUID
    from_organisation: str
    from_referral_id: UUID
    to_organisation: str


@dataclass(frozen=True, slots=True)
class HearAccepted(OfReferral):
    """The other organisation has accepted: told to the referral here, whose `organisation` that is."""

    organisation: str
    handover_id: UUID
    to_organisation: str
    to_referral_id: UUID

    creates: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class HearConsent(OfReferral):
    """What the client said elsewhere on the journey about sharing it counts here as well."""

    organisation: str
    given: bool
    how: Literal["spoken", "written", "online"]
    text_version: str

    creates: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class NoteTold(OfReferral):
    """The other referral has heard it."""

    partner_id: UUID
    of: Literal["accepted", "consent", "erasure"]


@dataclass(frozen=True, slots=True)
class HearErasure(OfReferral):
    """Whoever handed the client on has erased them: those to whom a record went on are told (UK GDPR, Art. 19)."""

    organisation: str
    from_referral_id: UUID

    creates: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Escalate(OfReferral):
    """The day by which a hand-over was to be accepted has passed."""

    handover_id: UUID


def propose(state: Referral, wish: h.ProposeHandover, command: Tell) -> Sequence[Event]:
    """Only within consent, and one at a time; what was not accepted by its day may be proposed anew."""
    if not state.consents.get(SCOPE):
        raise Refusal("consent-missing", "Ask the client first whether the next organisation may know.", "consents")
    if state.handover and state.handover.status == "proposed":
        raise Refusal("handover-open", "Another organisation is asked already, and its day has not passed.")
    if wish.accept_by < day_of(command.at):
        raise Refusal("accept-by-past", "Say a day still to come by which it is to be accepted.", "accept_by")
    refuse_far_ahead(wish.accept_by, command, "accept_by")
    return [
        HandoverProposed(
            handover_id=command.fresh_id,
            to_organisation=wish.to_organisation,
            to_setting=wish.to_setting,
            accept_by=wish.accept_by,
            proposed_at=command.at,
        )
    ]


def complete(state: Referral, wish: h.CompleteHandover, command: Tell) -> Sequence[Event]:
    if state.handover is None or state.handover.handover_id != wish.handover_id:
        raise Refusal("no-such-handover", "No hand-over of this client has this id.", "handover_id")
    if state.handover.status != "accepted":
        raise Refusal("not-accepted", "It has not been accepted yet; until then the client is in support here.")
    return [HandoverCompleted(handover_id=wish.handover_id, completed_at=command.at, by_role=wish.by_role)]


def escalate(state: Referral, command: Escalate) -> Sequence[Event]:
    """Nothing else changes: the peer stays."""
    handover = state.handover
    if handover is None or handover.handover_id != command.handover_id or handover.status != "proposed":
        return []
    return [
        HandoverEscalated(handover_id=handover.handover_id, accept_by=handover.accept_by, escalated_at=command.at),
        opened("handover-not-accepted", handover.handover_id, command.at),
    ]


def take_on(state: Referral, command: TakeOn) -> Sequence[Event]:
    return [
        HandoverAccepted(
            handover_id=command.handover_id,
            from_organisation=command.from_organisation,
            from_referral_id=command.from_referral_id,
            to_organisation=command.to_organisation,
            to_referral_id=command.referral_id,
            accepted_at=command.at,
        )
    ]


def hear_accepted(state: Referral, command: HearAccepted) -> Sequence[Event]:
    """Once, and only of what was asked last."""
    handover = state.handover
    if handover is None or handover.handover_id != command.handover_id or handover.status in ("accepted", "completed"):
        return []
    accepted = HandoverAccepted(
        handover_id=command.handover_id,
        from_organisation=command.organisation,
        from_referral_id=command.referral_id,
        to_organisation=command.to_organisation,
        to_referral_id=command.to_referral_id,
        accepted_at=command.at,
    )
    return [accepted, *done(state, "handover-not-accepted", handover.handover_id, command.at, "coordinator")]


def hear_consent(state: Referral, command: HearConsent) -> Sequence[Event]:
    if state.stage is None or state.consents.get(SCOPE) == command.given:
        return []
    return [
        ConsentChanged(
            scope=SCOPE,
            given=command.given,
            changed_at=command.at,
            how=command.how,
            text_version=command.text_version,
        )
    ]


def note_told(state: Referral, command: NoteTold) -> Sequence[Event]:
    if not any((news.partner_id, news.of) == (command.partner_id, command.of) for news in state.news):
        return []
    return [PartnerTold(referral_id=command.partner_id, of=command.of, told_at=command.at)]


def hear_erasure(state: Referral, command: HearErasure) -> Sequence[Event]:
    if state.stage is None or state.restricted == "erasure":
        return []
    return [opened("erased-elsewhere", command.from_referral_id, command.at)]


def proposed(state: Referral, event: HandoverProposed) -> Referral:
    return replace(state, handover=Handover(event.handover_id, event.to_organisation, event.accept_by, "proposed"))


def escalated(state: Referral, _: HandoverEscalated) -> Referral:
    return replace(state, handover=state.handover and replace(state.handover, status="escalated"))


def accepted(state: Referral, event: HandoverAccepted) -> Referral:
    """Who took on tells who handed over."""
    if state.handover and state.handover.handover_id == event.handover_id:
        partners = {**state.partners, event.to_referral_id: event.to_organisation}
        handover = replace(state.handover, status="accepted")
        untold = state.news
        if not state.consents.get(SCOPE):
            # Taken back while the other organisation was accepting: it was no partner yet that could be told.
            words = ("no", "spoken", "not-known")
            untold = (*untold, News(event.to_referral_id, event.to_organisation, "consent", event.accepted_at, words))
        handed_to = state.handed_to | {event.to_referral_id}
        return replace(state, handover=handover, partners=partners, handed_to=handed_to, news=untold)
    news = News(
        event.from_referral_id,
        event.from_organisation,
        "accepted",
        event.accepted_at,
        (str(event.handover_id), event.to_organisation),
    )
    partners = {**state.partners, event.from_referral_id: event.from_organisation}
    return replace(state, partners=partners, news=(*state.news, news))


def completed(state: Referral, _: HandoverCompleted) -> Referral:
    return replace(state, handover=state.handover and replace(state.handover, status="completed"))


def consent_spread(state: Referral, event: ConsentChanged) -> Referral:
    """What the client says about sharing the journey goes to each of its other parts."""
    if event.scope != SCOPE:
        return state
    words = ("yes" if event.given else "no", event.how, event.text_version)
    known = [news for news in state.news if news.of != "consent"]
    spread = [News(id, to, "consent", event.changed_at, words) for id, to in state.partners.items()]
    return replace(state, news=(*known, *spread))


def told(state: Referral, event: PartnerTold) -> Referral:
    return replace(state, news=tuple(n for n in state.news if (n.partner_id, n.of) != (event.referral_id, event.of)))


def erased(state: Referral, at: datetime) -> Referral:
    """Each to whom the record went on is yet to hear that it was erased."""
    told = [News(id, state.partners[id], "erasure", at, ()) for id in sorted(state.handed_to)]
    return replace(state, news=(*state.news, *told))


def deadlines(state: Referral) -> dict[str, datetime]:
    """When a hand-over is late: `handover:<id>:<day>`."""
    handover = state.handover
    if handover is None or handover.status != "proposed" or not state.is_open or state.client_died:
        return {}
    return {f"handover:{handover.handover_id}:{handover.accept_by}": start_of(handover.accept_by + timedelta(days=1))}


def news_due(state: Referral) -> dict[str, datetime]:
    """What other referrals are to be told at once: `partner/<of>/<referral>/<words>/<organisation>`."""
    return {
        "/".join(("partner", news.of, str(news.partner_id), *news.words, news.organisation)): news.since
        for news in state.news
    }


def due(referral_id: UUID, name: str, now: datetime) -> Sequence[Any]:
    """The commands that such a deadline becomes; empty for a name that is none of these."""
    match name.split("/"):
        case ["partner", "accepted", partner, handover_id, to, organisation]:
            told = HearAccepted(UUID(partner), now, organisation, UUID(handover_id), to, referral_id)
            return [told, NoteTold(referral_id, now, UUID(partner), "accepted")]
        case ["partner", "consent", partner, given, how, text_version, organisation]:
            heard = HearConsent(UUID(partner), now, organisation, given == "yes", how, text_version)  # type: ignore[arg-type]
            return [heard, NoteTold(referral_id, now, UUID(partner), "consent")]
        case ["partner", "erasure", partner, organisation]:
            erased = HearErasure(UUID(partner), now, organisation, referral_id)
            return [erased, NoteTold(referral_id, now, UUID(partner), "erasure")]
    match name.split(":"):
        case ["handover", handover_id, _]:
            return [Escalate(referral_id, now, UUID(handover_id))]
    return []


DECIDE = {h.ProposeHandover: propose, h.CompleteHandover: complete}
EVOLVE = {
    HandoverProposed: proposed,
    HandoverEscalated: escalated,
    HandoverAccepted: accepted,
    HandoverCompleted: completed,
    PartnerTold: told,
}
COMMANDS: Mapping[type, Callable[[Referral, Any], Sequence[Event]]] = {
    Escalate: escalate,
    TakeOn: take_on,
    HearAccepted: hear_accepted,
    HearConsent: hear_consent,
    NoteTold: note_told,
    HearErasure: hear_erasure,
}
