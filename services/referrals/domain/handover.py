"""A client goes on to another organisation: asked, accepted there with a referral of its own, and until then kept.

Each organisation decides about its own referral. What one decided reaches the other's by a deadline that is due at
once, and so does a consent that was taken back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Literal
from uuid import UUID

from services.referrals.domain.commands import OfReferral, Tell
from services.referrals.domain.state import Handover, News, NewsOf, Referral
from services.referrals.domain.tasks import done, opened
from services.referrals.domain.times import refuse_far_ahead
from shared.contracts import handover_updates as h
from shared.contracts import values as v
from shared.contracts.days import day_of, start_of
from shared.contracts.event import Event
from shared.contracts.referrals import (
    ConsentChanged,
    HandoverAccepted,
    HandoverCompleted,
    HandoverEscalated,
    HandoverLapsed,
    HandoverProposed,
    OtherReferralsNoted,
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
class HearLapsed(OfReferral):
    """What was accepted here was no longer asked there, or no longer could be."""

    organisation: str
    handover_id: UUID
    from_organisation: str
    from_referral_id: UUID

    creates: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class HearLife(OfReferral):
    """What life brought the client, as another part of the journey knows it."""

    organisation: str
    events: frozenset[v.LifeEvent]
    from_referral_id: UUID

    creates: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class KnowLife(OfReferral):
    """What life brought the client, as another referral of theirs here knows it."""

    events: frozenset[v.LifeEvent]
    from_referral_id: UUID


@dataclass(frozen=True, slots=True)
class Acquaint(OfReferral):
    """The same person has another referral here."""

    other_id: UUID


@dataclass(frozen=True, slots=True)
class HearLimit(OfReferral):
    """The treating team's limit, as another part of the journey knows it."""

    organisation: str
    limits: frozenset[v.ContactLimit]
    review_on: date

    creates: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class NoteTold(OfReferral):
    """The other referral has heard it."""

    partner_id: UUID
    of: NewsOf
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HearDecision(OfReferral):
    """Whoever handed the client on has erased or restricted its record: who received it is told (UK GDPR, Art. 19)."""

    organisation: str
    because: Literal["erasure", "restriction"]
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
    """Once, and only of what is still asked; decided here, under the lock of what it hands on."""
    handover = state.handover
    asked = handover if handover and handover.handover_id == command.handover_id else None
    if asked and asked.status in ("accepted", "completed"):
        return []
    ids: dict[str, Any] = {
        "handover_id": command.handover_id,
        "from_organisation": command.organisation,
        "from_referral_id": command.referral_id,
        "to_organisation": command.to_organisation,
        "to_referral_id": command.to_referral_id,
    }
    if asked is None or not state.is_open or state.client_died or state.restricted or not state.consents.get(SCOPE):
        return [HandoverLapsed(**ids, lapsed_at=command.at)]
    accepted = HandoverAccepted(**ids, accepted_at=command.at)
    return [accepted, *done(state, "handover-not-accepted", asked.handover_id, command.at, "coordinator")]


def hear_lapsed(state: Referral, command: HearLapsed) -> Sequence[Event]:
    if command.from_referral_id not in state.partners:
        return []
    lapsed = HandoverLapsed(
        handover_id=command.handover_id,
        from_organisation=command.from_organisation,
        from_referral_id=command.from_referral_id,
        to_organisation=command.organisation,
        to_referral_id=command.referral_id,
        lapsed_at=command.at,
    )
    return [lapsed, opened("handover-lapsed", command.handover_id, command.at)]


def hear_consent(state: Referral, command: HearConsent) -> Sequence[Event]:
    if state.stage is None or state.consents.get(SCOPE) == command.given:
        return []
    if is_overtaken(state, SCOPE, command.given, command.at):
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


def is_overtaken(state: Referral, scope: str, given: bool, at: datetime) -> bool:
    """Whether a later word of the client's stands; of two at one moment a no does."""
    said = state.consented_at.get(scope)
    return said is not None and (at < said or (at == said and given))


def acquaint(state: Referral, command: Acquaint) -> Sequence[Event]:
    if state.stage is None or state.restricted == "erasure" or command.other_id in state.siblings:
        return []
    return [OtherReferralsNoted(referral_ids=(command.other_id,))]


def note_told(state: Referral, command: NoteTold) -> Sequence[Event]:
    if not any((n.partner_id, n.of, n.words) == (command.partner_id, command.of, command.words) for n in state.news):
        return []
    return [PartnerTold(referral_id=command.partner_id, of=command.of, words=command.words, told_at=command.at)]


def hear_decision(state: Referral, command: HearDecision) -> Sequence[Event]:
    if state.stage is None or state.restricted == "erasure":
        return []
    kind: v.TaskKind = "erased-elsewhere" if command.because == "erasure" else "restricted-elsewhere"
    return [opened(kind, command.from_referral_id, command.at)]


def proposed(state: Referral, event: HandoverProposed) -> Referral:
    return replace(state, handover=Handover(event.handover_id, event.to_organisation, event.accept_by, "proposed"))


def escalated(state: Referral, _: HandoverEscalated) -> Referral:
    return replace(state, handover=state.handover and replace(state.handover, status="escalated"))


def accepted(state: Referral, event: HandoverAccepted) -> Referral:
    """Who took on tells who handed over; who handed over tells what life brought, and of limits."""
    if state.handover and state.handover.handover_id == event.handover_id:
        state = replace(
            state,
            handover=replace(state.handover, status="accepted"),
            partners={**state.partners, event.to_referral_id: event.to_organisation},
            handed_to={**state.handed_to, event.to_referral_id: event.to_organisation},
        )
        return limit_spread(life_spread(state, event.accepted_at), event.accepted_at)
    words = (str(event.handover_id), event.to_organisation)
    news = News(event.from_referral_id, event.from_organisation, "accepted", event.accepted_at, words)
    partners = {**state.partners, event.from_referral_id: event.from_organisation}
    return replace(state, partners=partners, news=(*state.news, news))


def lapsed(state: Referral, event: HandoverLapsed) -> Referral:
    """Whoever accepted has received the record all the same, and hears what is decided about it."""
    if event.from_referral_id in state.partners:
        partners = {id: to for id, to in state.partners.items() if id != event.from_referral_id}
        return replace(state, partners=partners)
    words = (str(event.handover_id), event.from_organisation)
    news = News(event.to_referral_id, event.to_organisation, "lapsed", event.lapsed_at, words)
    to = {event.to_referral_id: event.to_organisation}
    state = replace(state, handed_to={**state.handed_to, **to}, news=(*state.news, news))
    return _tell_decision(state, state.restricted, event.lapsed_at, to) if state.restricted else state


def noted(state: Referral, event: OtherReferralsNoted) -> Referral:
    """Each of them hears of this one, and what life brought."""
    at = state.messages_stopped_at or state.received_at
    assert at is not None
    new = {*event.referral_ids} - state.siblings
    told = [News(id, "", "acquainted", at, ()) for id in sorted(new)]
    return life_spread(replace(state, siblings=state.siblings | new, news=(*state.news, *told)), at)


def completed(state: Referral, _: HandoverCompleted) -> Referral:
    return replace(state, handover=state.handover and replace(state.handover, status="completed"))


def consent_spread(state: Referral, event: ConsentChanged) -> Referral:
    """What the client says about sharing the journey goes to each of its other parts."""
    if event.scope != SCOPE:
        return state
    words = ("yes" if event.given else "no", event.how, event.text_version, event.changed_at.isoformat())
    state = _spread(state, "consent", event.changed_at, words)
    return limit_spread(life_spread(state, event.changed_at), event.changed_at) if event.given else state


def life_spread(state: Referral, at: datetime) -> Referral:
    """What life brought the client stops messages on their other referrals here, and within the consent elsewhere."""
    if not state.life_events:
        return state
    elsewhere = state.partners if state.consents.get(SCOPE) else {}
    to = {**dict.fromkeys(state.siblings, ""), **elsewhere}
    return _spread(state, "life", at, ("+".join(sorted(state.life_events)),), to)


def limit_spread(state: Referral, at: datetime) -> Referral:
    """A limit of the treating team holds, within the consent, for each other part."""
    if state.limit is None or not state.consents.get(SCOPE):
        return state
    return _spread(state, "limit", at, ("+".join(sorted(state.limit.kinds)), state.limit.review_on.isoformat()))


def decision_spread(state: Referral, because: Literal["erasure", "restriction"], at: datetime) -> Referral:
    """Each to whom the record went on hears what was decided about it."""
    return _tell_decision(state, because, at, state.handed_to)


def _tell_decision(state: Referral, because: NewsOf, at: datetime, to: Mapping[UUID, str]) -> Referral:
    told = [News(id, name, because, at, ("decided",)) for id, name in to.items()]
    return replace(state, news=(*state.news, *told))


def _spread(
    state: Referral, of: NewsOf, at: datetime, words: tuple[str, ...], to: Mapping[UUID, str] | None = None
) -> Referral:
    """Each partner is yet to hear this; it takes the place of what they have not heard of the kind."""
    left = [news for news in state.news if news.of != of]
    told = [News(id, name, of, at, words) for id, name in (state.partners if to is None else to).items()]
    return replace(state, news=(*left, *told))


def told(state: Referral, event: PartnerTold) -> Referral:
    key = (event.referral_id, event.of, event.words)
    return replace(state, news=tuple(n for n in state.news if (n.partner_id, n.of, n.words) != key))


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
    if name.startswith("partner/"):
        _, of, partner, *words, organisation = name.split("/")
        told = NoteTold(referral_id, now, UUID(partner), of, tuple(words))  # type: ignore[arg-type]
        return [_heard(UUID(partner), now, organisation, referral_id, of, words), told]
    match name.split(":"):
        case ["handover", handover_id, _]:
            return [Escalate(referral_id, now, UUID(handover_id))]
    return []


def _heard(partner: UUID, now: datetime, organisation: str, ours: UUID, of: str, words: Sequence[Any]) -> OfReferral:
    """What the other referral is told, as the command that it becomes there."""
    match of, words:
        case "accepted", [handover_id, to]:
            return HearAccepted(partner, now, organisation, UUID(handover_id), to, ours)
        case "lapsed", [handover_id, from_organisation]:
            return HearLapsed(partner, now, organisation, UUID(handover_id), from_organisation, ours)
        case "consent", [given, how, text_version, at]:
            return HearConsent(partner, datetime.fromisoformat(at), organisation, given == "yes", how, text_version)
        case "acquainted", []:
            return Acquaint(partner, now, ours)
        case "life", [events] if not organisation:
            return KnowLife(partner, now, frozenset(events.split("+")), ours)
        case "life", [events]:
            return HearLife(partner, now, organisation, frozenset(events.split("+")), ours)
        case "limit", [limits, review_on]:
            return HearLimit(partner, now, organisation, frozenset(limits.split("+")), date.fromisoformat(review_on))
        case "erasure" | "restriction", _:
            return HearDecision(partner, now, organisation, of, ours)
    raise ValueError(f"nothing is told as {of} {words}")


DECIDE = {h.ProposeHandover: propose, h.CompleteHandover: complete}
EVOLVE = {
    HandoverProposed: proposed,
    HandoverEscalated: escalated,
    HandoverAccepted: accepted,
    HandoverLapsed: lapsed,
    OtherReferralsNoted: noted,
    HandoverCompleted: completed,
    PartnerTold: told,
}
COMMANDS: Mapping[type, Callable[[Referral, Any], Sequence[Event]]] = {
    Escalate: escalate,
    TakeOn: take_on,
    HearAccepted: hear_accepted,
    HearConsent: hear_consent,
    NoteTold: note_told,
    HearLapsed: hear_lapsed,
    Acquaint: acquaint,
    HearDecision: hear_decision,
}
