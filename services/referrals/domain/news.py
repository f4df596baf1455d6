"""What the other referrals of a client are to hear, here and along the journey, and what hearing it means.

Each organisation decides about its own referral. What one decided reaches the others by a deadline that is due at
once, and so does what the client said about sharing, what life brought and what the treating team limits.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from services.referrals.domain.commands import OfReferral
from services.referrals.domain.state import News, NewsOf, Referral
from services.referrals.domain.tasks import opened
from shared.contracts import values as v
from shared.contracts.event import Event
from shared.contracts.referrals import ConsentChanged, OtherReferralsNoted, PartnerTold

SCOPE: Literal["share-with-journey"] = "share-with-journey"


@dataclass(frozen=True, slots=True)
class OfPartner(OfReferral):
    """A command about a referral of the `organisation` named, which need not be that of whoever tells it."""

    organisation: str

    creates: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class HearAccepted(OfPartner):
    """The other organisation has accepted: told to the referral here, whose `organisation` that is."""

    handover_id: UUID
    to_organisation: str
    to_referral_id: UUID


@dataclass(frozen=True, slots=True)
class HearLapsed(OfPartner):
    """What was accepted here was no longer asked there, or no longer could be."""

    handover_id: UUID
    from_organisation: str
    from_referral_id: UUID


@dataclass(frozen=True, slots=True)
class HearConsent(OfPartner):
    """What the client said elsewhere on the journey about sharing it counts here as well."""

    given: bool
    how: Literal["spoken", "written", "online"]
    text_version: str


@dataclass(frozen=True, slots=True)
class HearLife(OfPartner):
    """What life brought the client, as another part of the journey knows it."""

    events: frozenset[v.LifeEvent]
    from_referral_id: UUID


@dataclass(frozen=True, slots=True)
class KnowLife(OfReferral):
    """What life brought the client, as another referral of theirs here knows it."""

    events: frozenset[v.LifeEvent]
    from_referral_id: UUID


@dataclass(frozen=True, slots=True)
class HearLimit(OfPartner):
    """The treating team's limit, as another part of the journey knows it."""

    limits: frozenset[v.ContactLimit]
    review_on: date


@dataclass(frozen=True, slots=True)
class HearDecision(OfPartner):
    """Whoever handed the client on has erased or restricted its record: who received it is told (UK GDPR, Art. 19)."""

    because: Literal["erasure", "restriction"]
    from_referral_id: UUID


@dataclass(frozen=True, slots=True)
class Acquaint(OfReferral):
    """The same person has another referral here."""

    other_id: UUID


@dataclass(frozen=True, slots=True)
class NoteTold(OfReferral):
    """The other referral has heard it."""

    partner_id: UUID
    of: NewsOf
    words: tuple[str, ...]


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


def hear_decision(state: Referral, command: HearDecision) -> Sequence[Event]:
    if state.stage is None or state.restricted == "erasure":
        return []
    kind: v.TaskKind = "erased-elsewhere" if command.because == "erasure" else "restricted-elsewhere"
    return [opened(kind, command.from_referral_id, command.at)]


def acquaint(state: Referral, command: Acquaint) -> Sequence[Event]:
    if state.stage is None or state.restricted == "erasure" or command.other_id in state.siblings:
        return []
    return [OtherReferralsNoted(referral_ids=(command.other_id,))]


def note_told(state: Referral, command: NoteTold) -> Sequence[Event]:
    if not any((n.partner_id, n.of, n.words) == (command.partner_id, command.of, command.words) for n in state.news):
        return []
    return [PartnerTold(referral_id=command.partner_id, of=command.of, words=command.words, told_at=command.at)]


def noted(state: Referral, event: OtherReferralsNoted) -> Referral:
    """Each of them hears of this one, and what life brought."""
    at = state.messages_stopped_at or state.received_at
    assert at is not None
    new = {*event.referral_ids} - state.siblings
    told = [News(id, "", "acquainted", at, ()) for id in sorted(new)]
    return life_spread(replace(state, siblings=state.siblings | new, news=(*state.news, *told)), at)


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


def decision_spread(
    state: Referral, because: Literal["erasure", "restriction"], at: datetime, to: Mapping[UUID, str] | None = None
) -> Referral:
    """Each to whom the record went on hears what was decided about it."""
    told = [News(id, name, because, at, ("decided",)) for id, name in (state.handed_to if to is None else to).items()]
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
    """What other referrals are to be told at once: `partner/<of>/<referral>/<words>/<organisation>`."""
    return {
        "/".join(("partner", news.of, str(news.partner_id), *news.words, news.organisation)): news.since
        for news in state.news
    }


def due(referral_id: UUID, name: str, now: datetime) -> Sequence[Any]:
    """The commands that such a deadline becomes, there and here."""
    _, of, partner, *words, organisation = name.split("/")
    told = NoteTold(referral_id, now, UUID(partner), of, tuple(words))  # type: ignore[arg-type]
    return [_heard(UUID(partner), now, organisation, referral_id, of, words), told]


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


COMMANDS: Mapping[type, Callable[[Referral, Any], Sequence[Event]]] = {
    HearConsent: hear_consent,
    HearDecision: hear_decision,
    Acquaint: acquaint,
    NoteTold: note_told,
}
EVOLVE = {OtherReferralsNoted: noted, PartnerTold: told}
