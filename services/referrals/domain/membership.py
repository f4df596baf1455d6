"""A client's being with a service: joined, left, and, when it closes, back on the list at their own date."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

from services.referrals.domain.commands import OfReferral, Tell
from services.referrals.domain.state import AtService, Referral
from services.referrals.domain.tasks import opened
from shared.contracts import service_updates as s
from shared.contracts.event import Event
from shared.contracts.referrals import CompanyChosen, ServiceJoined, ServiceLeft
from shared.runtime.service import Refusal


@dataclass(frozen=True, slots=True)
class ComeBack(OfReferral):
    """The service has closed; goes together with closing the case there."""

    service_id: UUID


@dataclass(frozen=True, slots=True)
class Depart(OfReferral):
    """Support has ended, and so has being with the service; goes together with closing the case there."""

    service_id: UUID


def join(state: Referral, wish: s.JoinService, command: Tell) -> Sequence[Event]:
    """Goes together with opening the case there; whoever had no support before has it now."""
    if state.service:
        raise Refusal("with-a-service", "The client is with a service already. Leave that first.", "service_id")
    if wish.with_peer and state.match is None:
        raise Refusal("no-peer-yet", "There is no peer now who could be of that service.", "with_peer")
    if state.stage == "waiting" and state.proposal:
        raise Refusal("proposal-open", "A peer is proposed already; confirm or decline that first.")
    return [
        ServiceJoined(
            service_id=wish.service_id,
            joined_at=command.at,
            by_role=wish.by_role,
            with_peer=wish.with_peer,
            stay_together=wish.stay_together,
            support_began=state.stage == "waiting",
        )
    ]


def leave(state: Referral, wish: s.LeaveService, command: Tell) -> Sequence[Event]:
    if state.service is None or state.service.service_id != wish.service_id:
        raise Refusal("not-with-it", "The client is not with this service now.", "service_id")
    return [_left(state, command, wish.reason)]


def choose_company(state: Referral, wish: s.ChooseCompany, command: Tell) -> Sequence[Event]:
    """While the client is with a service, and after it has closed."""
    service = state.service or state.past_service
    if service is None:
        raise Refusal("not-with-it", "The client is not, and was not, with a service.")
    return [CompanyChosen(service_id=service.service_id, stay_together=wish.stay_together, chosen_at=command.at)]


def come_back(state: Referral, command: ComeBack) -> Sequence[Event]:
    """Once, whatever is told twice: who is not with the service any more is left as they are."""
    if state.service is None or state.service.service_id != command.service_id:
        return []
    left = _left(state, command, "service-closed")
    return [left, opened("service-closed", command.service_id, command.at)] if state.is_open else [left]


def depart(state: Referral, command: Depart) -> Sequence[Event]:
    if state.service is None or state.service.service_id != command.service_id:
        return []
    return [_left(state, command, "support-ended")]


def _left(
    state: Referral,
    command: OfReferral,
    reason: Literal["client-choice", "something-else-fits", "support-ended", "service-closed"],
) -> ServiceLeft:
    service = state.service
    assert service is not None
    loses_peer = service.with_peer and reason == "service-closed"
    supported = "supported" in (state.stage, state.stage_before_pause if state.stage == "paused" else None)
    return ServiceLeft(
        service_id=service.service_id,
        left_at=command.at,
        reason=reason,
        relisted=supported and (state.match is None or loses_peer),
        listed_on=state.listed_on,
    )


def joined(state: Referral, event: ServiceJoined) -> Referral:
    service = AtService(event.service_id, event.joined_at, event.with_peer, event.stay_together)
    return replace(state, service=service, stage="supported" if state.stage == "waiting" else state.stage)


def left(state: Referral, event: ServiceLeft) -> Referral:
    """A peer who goes with the service comes to an end as any match does: together with freeing the place."""
    service = state.service
    state = replace(state, service=None, past_service=service)
    if not event.relisted:
        return state
    if match := state.match:
        if match.leaving and match.ended_at and match.ended_at <= event.left_at:
            return state
        return replace(state, match=replace(match, leaving="service-closed", ended_at=event.left_at))
    if state.stage == "paused":
        return replace(state, stage_before_pause="waiting")
    return replace(state, stage="waiting")


def company_chosen(state: Referral, event: CompanyChosen) -> Referral:
    if state.service and state.service.service_id == event.service_id:
        return replace(state, service=replace(state.service, stay_together=event.stay_together))
    if state.past_service and state.past_service.service_id == event.service_id:
        return replace(state, past_service=replace(state.past_service, stay_together=event.stay_together))
    return state


DECIDE = {s.JoinService: join, s.LeaveService: leave, s.ChooseCompany: choose_company}
EVOLVE = {ServiceJoined: joined, ServiceLeft: left, CompanyChosen: company_chosen}
COMMANDS: Mapping[type, Callable[[Referral, Any], Sequence[Event]]] = {ComeBack: come_back, Depart: depart}
