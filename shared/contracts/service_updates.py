"""What a person may say of a service in the directory, and of a client's being with it."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.contracts import values as v
from shared.contracts.event import Value
from shared.contracts.update import Update

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]


class ServiceFacts(Value):
    """What the directory says of a service: how and where it meets, and for whom it is."""

    title: Words
    formats: Annotated[tuple[v.Format, ...], Field(min_length=1, max_length=8)]
    place: Words
    area: v.Board
    for_whom: Annotated[tuple[v.Code, ...], Field(max_length=10)] = ()


class ListService(ServiceFacts, Update):
    """The service is in the directory, or what the directory says of it is put right."""

    do: Literal["list"] = "list"
    by_role: v.Decider


class CheckService(Update):
    """Somebody made sure that what the directory says still holds; by a visit, or from afar."""

    do: Literal["check"] = "check"
    by_role: v.Role
    visited: bool
    on: date


class PutServiceAtRisk(Update):
    """The service may have to close."""

    do: Literal["put-at-risk"] = "put-at-risk"
    by_role: v.Decider
    reason: v.ServiceCloses
    may_close_on: date | None = None


class CloseService(Update):
    """The service closes; everybody who is with it goes back on the list at their own date."""

    do: Literal["close"] = "close"
    by_role: v.Decider
    reason: v.ServiceCloses


class JoinService(Update):
    """The client is with this service from now on; `with_peer` when their peer works there and would end with it."""

    do: Literal["join-service"] = "join-service"
    service_id: UUID
    by_role: v.Role
    with_peer: bool = False
    stay_together: bool = False


class LeaveService(Update):
    """The client is not with the service any more, by their own wish or because something else fits better."""

    do: Literal["leave-service"] = "leave-service"
    service_id: UUID
    by_role: v.Role
    reason: Literal["client-choice", "something-else-fits"]


class ChooseCompany(Update):
    """Whether the client wishes to stay together with others of the service, should it close."""

    do: Literal["choose-company"] = "choose-company"
    stay_together: bool


AnyServiceUpdate = JoinService | LeaveService | ChooseCompany
