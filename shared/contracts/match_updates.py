"""What a person may do about a match: propose, confirm, decline, end. Nothing is sent until a person confirms."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts import values as v
from shared.contracts.preferences import RecordPreferences
from shared.contracts.updates import PerFourWeeks, Update


class ProposeMatch(Update):
    """A person suggests this peer for this client."""

    do: Literal["propose-match"] = "propose-match"
    match_id: UUID | None = None
    peer_id: UUID
    format: v.Format
    per_4_weeks_hundredths: PerFourWeeks = 400
    client_asked_for_this_peer: bool = False
    by_role: v.Decider
    by_hand_because: v.ByHandBecause | None = None
    """Why a person proposes what the rules would not; a hard rule is never overridden so."""


class DeclineMatch(Update):
    """The proposal is not taken up; it says something about this pair only."""

    do: Literal["decline-match"] = "decline-match"
    match_id: UUID
    declined_by: v.DeclinedBy


class ConfirmMatch(Update):
    """A person confirms the proposal, saying once more which peer and how often; the peer takes the client on."""

    do: Literal["confirm-match"] = "confirm-match"
    match_id: UUID
    peer_id: UUID
    per_4_weeks_hundredths: PerFourWeeks
    format: v.Format | None = None
    by_role: v.Decider


class EndMatch(Update):
    """The pair stops working together while the client still wants support."""

    do: Literal["end-match"] = "end-match"
    match_id: UUID
    peer_id: UUID
    reason: Literal["peer-not-available", "service-decision"]
    by_role: v.Decider


class SetPlaces(Update):
    """How many hours the peer is contracted for; places follow from them."""

    do: Literal["set-places"] = "set-places"
    contracted_hours: Annotated[int, Field(ge=0, le=48)]
    by_role: v.Decider


AnyMatchUpdate = ProposeMatch | DeclineMatch | ConfirmMatch | EndMatch | RecordPreferences
