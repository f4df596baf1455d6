"""A peer's places. Weights are hundredths of a weekly client, so that sums are exact."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts import values as v
from shared.contracts.event import Event

_MATCH = "01955c02-6a10-7e3b-9c54-d0a1b2c3d4e5"
_REFERRAL = "0195557a-2f10-7c44-8a6e-3b1d2c4f5a60"


class PlacesSet(Event, name="places-set", owner="referrals", subject="caseload", readers=("evaluation",)):
    """How many places the peer has, by contracted hours."""

    contracted_hours: Annotated[int, Field(ge=0, le=48)]
    places_hundredths: v.Hundredths
    set_at: AwareDatetime
    by_role: v.Decider

    model_config = v.example(
        {
            "contracted_hours": 15,
            "places_hundredths": 600,
            "set_at": "2026-03-02T09:00:00Z",
            "by_role": "service-lead",
        }
    )


class PlaceTaken(Event, name="place-taken", owner="referrals", subject="caseload", readers=("supervision",)):
    """A client has a place with this peer; `used_hundredths` is what is taken afterwards."""

    match_id: UUID
    referral_id: UUID
    weight_hundredths: v.Hundredths
    used_hundredths: v.Hundredths
    places_hundredths: v.Hundredths
    taken_at: AwareDatetime
    setting: v.Setting | None = None

    model_config = v.example(
        {
            "match_id": _MATCH,
            "referral_id": _REFERRAL,
            "weight_hundredths": 100,
            "used_hundredths": 460,
            "places_hundredths": 600,
            "taken_at": "2026-03-09T17:00:00Z",
            "setting": "third-sector",
        }
    )


class PlaceChanged(Event, name="place-changed", owner="referrals", subject="caseload", readers=("supervision",)):
    """A client who has a place takes up more or less of it; a running client is never refused for lack of room."""

    match_id: UUID
    weight_hundredths: v.Hundredths
    used_hundredths: v.Hundredths
    changed_at: AwareDatetime

    model_config = v.example(
        {
            "match_id": _MATCH,
            "weight_hundredths": 60,
            "used_hundredths": 420,
            "changed_at": "2026-04-20T10:00:00Z",
        }
    )


class PlaceFreed(Event, name="place-freed", owner="referrals", subject="caseload", readers=("supervision",)):
    """A place is free again."""

    match_id: UUID
    referral_id: UUID
    weight_hundredths: v.Hundredths
    used_hundredths: v.Hundredths
    because: v.MatchEndReason
    freed_at: AwareDatetime

    model_config = v.example(
        {
            "match_id": _MATCH,
            "referral_id": _REFERRAL,
            "weight_hundredths": 60,
            "used_hundredths": 360,
            "because": "other-peer",
            "freed_at": "2026-04-20T10:00:00Z",
        }
    )


class AvailabilityNoted(
    Event, name="availability-noted", owner="referrals", subject="caseload", readers=("referrals",)
):
    """How supervision sees this peer now: in which settings new people may come, and in which nobody may meet them."""

    ready: Annotated[tuple[v.Setting, ...], Field(max_length=3)]
    stopped: Annotated[tuple[v.Setting, ...], Field(max_length=3)]
    paused: bool
    left: bool
    overdue: bool
    places_hundredths: v.Hundredths | None
    noted_at: AwareDatetime

    model_config = v.example(
        {
            "ready": ["third-sector"],
            "stopped": [],
            "paused": False,
            "left": False,
            "overdue": False,
            "places_hundredths": 600,
            "noted_at": "2026-03-02T09:00:00Z",
        }
    )
