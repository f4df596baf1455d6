"""Lone visits: who is out, by when they are expected back, and that they are not. Where they are is the vault's."""

from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts import values as v
from shared.contracts.event import Event

_PEER = "01954d11-0b20-7a8f-8d77-1f2e3d4c5b6a"
_VISIT = "01954d11-0f20-7a8f-8d77-1f2e3d4c5b6f"
_BACK = "2026-03-02T11:30:00Z"
_AT = "2026-03-02T09:55:00Z"


class LoneVisitStarted(Event, name="lone-visit-started", owner="supervision", subject="peer", readers=("supervision",)):
    """The peer goes out alone, and is expected back by then."""

    peer_id: UUID
    visit_id: UUID
    expected_back_by: AwareDatetime
    recorded_at: AwareDatetime

    model_config = v.example({"peer_id": _PEER, "visit_id": _VISIT, "expected_back_by": _BACK, "recorded_at": _AT})


class LoneVisitExtended(
    Event, name="lone-visit-extended", owner="supervision", subject="peer", readers=("supervision",)
):
    """The peer is well and stays longer."""

    peer_id: UUID
    visit_id: UUID
    expected_back_by: AwareDatetime
    recorded_at: AwareDatetime

    model_config = v.example({"peer_id": _PEER, "visit_id": _VISIT, "expected_back_by": _BACK, "recorded_at": _AT})


class LoneVisitEnded(Event, name="lone-visit-ended", owner="supervision", subject="peer", readers=("supervision",)):
    """The peer is back."""

    peer_id: UUID
    visit_id: UUID
    recorded_at: AwareDatetime

    model_config = v.example({"peer_id": _PEER, "visit_id": _VISIT, "recorded_at": _BACK})


class LoneVisitOverdue(
    Event, name="lone-visit-overdue", owner="supervision", subject="peer", readers=("supervision",), urgent=True
):
    """The peer is not back by the time at which they were expected."""

    peer_id: UUID
    visit_id: UUID
    expected_back_by: AwareDatetime
    recorded_at: AwareDatetime

    model_config = v.example({"peer_id": _PEER, "visit_id": _VISIT, "expected_back_by": _BACK, "recorded_at": _BACK})


class LoneVisitAlarmed(Event, name="lone-visit-alarmed", owner="supervision", subject="peer", readers=("supervision",)):
    """Whoever is on duty is told as of a concern, which has the id of the visit."""

    peer_id: UUID
    visit_id: UUID
    recorded_at: AwareDatetime

    model_config = v.example({"peer_id": _PEER, "visit_id": _VISIT, "recorded_at": _BACK})
