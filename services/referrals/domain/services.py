"""A service of the directory, and its open cases; when it closes, each of them goes back on the list, once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from services.referrals.domain.membership import ComeBack
from shared.contracts import service_updates as s
from shared.contracts.days import day_of
from shared.contracts.event import Event
from shared.contracts.referrals import (
    ServiceAtRisk,
    ServiceCaseClosed,
    ServiceCaseOpened,
    ServiceChecked,
    ServiceClosed,
    ServiceListed,
)
from shared.runtime.envelope import id_of
from shared.runtime.service import Aggregate, Refusal


@dataclass(frozen=True, slots=True)
class Service:
    """Whether it is listed, and who is with it."""

    status: Literal["listed", "at-risk", "closed"] | None = None
    cases: Mapping[UUID, datetime] = field(default_factory=dict)
    """Who is with it, and since when."""
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OfService:
    """A command about one service, at a time."""

    service_id: UUID
    at: datetime

    @property
    def subject(self) -> str:
        return f"service/{self.service_id}"


@dataclass(frozen=True, slots=True)
class SayOfService(OfService):
    """What a person says of it."""

    wish: s.CheckService | s.PutServiceAtRisk | s.CloseService


@dataclass(frozen=True, slots=True)
class PutInDirectory(OfService):
    """The directory is to have it, or to say of it something else."""

    wish: s.ListService

    creates: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class OpenCase(OfService):
    """A client is with it; goes together with saying so of the referral."""

    referral_id: UUID


@dataclass(frozen=True, slots=True)
class CloseCase(OfService):
    """A client is not with it any more."""

    referral_id: UUID


def decide(state: Service, command: Any) -> Sequence[Event]:
    """What follows from the command; a closed service takes nobody, and is not opened again."""
    if isinstance(command, CloseCase):
        if command.referral_id not in state.cases:
            return []
        return [ServiceCaseClosed(referral_id=command.referral_id, closed_at=command.at)]
    if state.status == "closed":
        raise Refusal("service-closed", "This service has closed. A new one is listed under a new id.")
    match command:
        case PutInDirectory(wish=wish):
            facts = {name: getattr(wish, name) for name in s.ServiceFacts.model_fields}
            return [ServiceListed(**facts, listed_at=command.at, by_role=wish.by_role)]
        case OpenCase(referral_id=referral_id):
            if state.status is None:
                raise Refusal("not-listed", "There is no such service in the directory.", "service_id")
            if referral_id in state.cases:
                raise Refusal("already-there", "The client is with this service already.", "service_id")
            return [ServiceCaseOpened(referral_id=referral_id, opened_at=command.at)]
        case SayOfService(wish=wish) if state.status is not None:
            return [_said(state, wish, command.at)]
        case SayOfService():
            raise Refusal("not-listed", "There is no such service in the directory.")
    raise TypeError(f"no service knows the command {type(command).__name__}")


def _said(state: Service, wish: s.CheckService | s.PutServiceAtRisk | s.CloseService, at: datetime) -> Event:
    match wish:
        case s.CheckService():
            if wish.on > day_of(at):
                raise Refusal("in-the-future", "That day is still to come. Check the date.", "on")
            return ServiceChecked(checked_on=wish.on, visited=wish.visited, by_role=wish.by_role)
        case s.PutServiceAtRisk():
            return ServiceAtRisk(
                reason=wish.reason, at_risk_since=at, may_close_on=wish.may_close_on, by_role=wish.by_role
            )
        case s.CloseService():
            return ServiceClosed(reason=wish.reason, closed_at=at, open_cases=len(state.cases), by_role=wish.by_role)


def evolve(state: Service, event: Any) -> Service:
    """The state after the event; an event that means nothing here changes nothing."""
    match event:
        case ServiceListed():
            return replace(state, status="listed")
        case ServiceAtRisk():
            return replace(state, status="at-risk")
        case ServiceClosed(closed_at=at):
            return replace(state, status="closed", closed_at=at)
        case ServiceCaseOpened(referral_id=referral_id, opened_at=at):
            return replace(state, cases={**state.cases, referral_id: at})
        case ServiceCaseClosed(referral_id=referral_id):
            return replace(state, cases={case: at for case, at in state.cases.items() if case != referral_id})
    return state


def deadlines(state: Service) -> dict[str, datetime]:
    """Once it has closed, each case that is still with it, due since then: `relist:<referral>`."""
    if state.closed_at is None:
        return {}
    return {f"relist:{referral_id}": state.closed_at for referral_id in state.cases}


def due(subject: str, name: str, now: datetime) -> Sequence[Any]:
    """One case goes back on the list, and is not the service's any more, together."""
    service_id, referral_id = id_of(subject), UUID(name.partition(":")[2])
    return [ComeBack(referral_id, now, service_id), CloseCase(service_id, now, referral_id)]


DIRECTORY_SERVICE = Aggregate("service", Service(), decide, evolve, deadlines, due)
