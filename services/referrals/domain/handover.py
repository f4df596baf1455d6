"""A client goes on to another organisation: asked, accepted there with a referral of its own, and until then kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.referrals.domain.commands import OfReferral, Tell
from services.referrals.domain.news import SCOPE, HearAccepted, HearLapsed, decision_spread, life_spread, limit_spread
from services.referrals.domain.state import Handover, News, Referral
from services.referrals.domain.tasks import done, opened
from services.referrals.domain.times import refuse_far_ahead
from shared.contracts import handover_updates as h
from shared.contracts.days import day_of, start_of
from shared.contracts.event import Event
from shared.contracts.referrals import (
    HandoverAccepted,
    HandoverCompleted,
    HandoverEscalated,
    HandoverLapsed,
    HandoverProposed,
)
from shared.runtime.service import Refusal

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
    return decision_spread(state, state.restricted, event.lapsed_at, to) if state.restricted else state


def completed(state: Referral, _: HandoverCompleted) -> Referral:
    return replace(state, handover=state.handover and replace(state.handover, status="completed"))


def deadlines(state: Referral) -> dict[str, datetime]:
    """When a hand-over is late: `handover:<id>:<day>`."""
    handover = state.handover
    if handover is None or handover.status != "proposed" or not state.is_open or state.client_died:
        return {}
    return {f"handover:{handover.handover_id}:{handover.accept_by}": start_of(handover.accept_by + timedelta(days=1))}


DECIDE = {h.ProposeHandover: propose, h.CompleteHandover: complete}
EVOLVE = {
    HandoverProposed: proposed,
    HandoverEscalated: escalated,
    HandoverAccepted: accepted,
    HandoverLapsed: lapsed,
    HandoverCompleted: completed,
}
COMMANDS: Mapping[type, Callable[[Referral, Any], Sequence[Event]]] = {
    Escalate: escalate,
    TakeOn: take_on,
    HearAccepted: hear_accepted,
    HearLapsed: hear_lapsed,
}
