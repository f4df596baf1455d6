"""Support to attend, as it was agreed with the client."""

from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts import values as v
from shared.contracts.event import Event

_SESSION = "01958b2e-3c51-7d6f-8a90-b1c2d3e4f506"


class TravelSupportAgreed(
    Event, name="travel-support-agreed", owner="referrals", subject="referral", readers=("evaluation",)
):
    """It is agreed how the client gets there; without a session, for all of them."""

    how: v.TravelSupport
    session_id: UUID | None = None
    agreed_at: AwareDatetime
    by_role: v.Role

    model_config = v.example({"how": "taxi", "agreed_at": "2026-03-03T10:00:00Z", "by_role": "coordinator"})


class InterpreterBooked(
    Event, name="interpreter-booked", owner="referrals", subject="referral", readers=("evaluation",)
):
    """An interpreter is booked for a planned session."""

    session_id: UUID
    language: v.Language
    booked_at: AwareDatetime
    by_role: v.Role

    model_config = v.example(
        {"session_id": _SESSION, "language": "ti", "booked_at": "2026-03-03T10:00:00Z", "by_role": "coordinator"}
    )


class AttendanceSupportAgreed(
    Event, name="attendance-support-agreed", owner="referrals", subject="referral", readers=("evaluation",)
):
    """It is agreed what else helps the client to come."""

    what: v.AttendanceSupport
    agreed_at: AwareDatetime
    by_role: v.Role

    model_config = v.example({"what": "childcare", "agreed_at": "2026-03-03T10:00:00Z", "by_role": "coordinator"})
