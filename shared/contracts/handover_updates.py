"""What people say when a client goes on elsewhere: from one organisation to the next, or back to the clinical team."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.contracts import values as v
from shared.contracts.event import Value
from shared.contracts.update import Update


class ProposeHandover(Update):
    """Another organisation is asked to take the client on, by a day; until it has, the peer stays."""

    do: Literal["propose-handover"] = "propose-handover"
    to_organisation: v.OrganisationCode
    to_setting: v.Setting
    accept_by: date
    by_role: v.Decider


class CompleteHandover(Update):
    """Both peers and the client say that it is done; support here ends when a person ends it."""

    do: Literal["complete-handover"] = "complete-handover"
    handover_id: UUID
    by_role: v.Decider


class RequestHandback(Update):
    """The client needs more than a peer can give: the clinical team is asked to take that on."""

    do: Literal["request-handback"] = "request-handback"
    handback_id: UUID | None = None
    by_role: v.Role
    accept_by: date


class AcceptHandback(Update):
    """The clinical team has taken on what goes beyond a peer's role."""

    do: Literal["accept-handback"] = "accept-handback"
    handback_id: UUID
    by_role: Literal["clinician"]


class AcceptHandover(Value):
    """Somebody of the organisation that was asked takes the client on."""

    by_role: v.Decider
    board_of_treatment: v.Board | None = Field(default=None, description="that of the hand-over when left out")


AnyHandoverUpdate = ProposeHandover | CompleteHandover | RequestHandback | AcceptHandback
