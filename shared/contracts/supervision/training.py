"""What a peer learnt and what they hold: courses, PVG membership, waivers; a missing course is the provider's gap."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts import values as v
from shared.contracts.event import Event
from shared.contracts.supervision.rules import RoleType

_PEER = "01954d11-0b20-7a8f-8d77-1f2e3d4c5b6a"
_MANAGER = "01954d11-0c20-7a8f-8d77-1f2e3d4c5b6b"
_AT = "2026-03-02T09:00:00Z"
_ON = "2026-03-02"

Source = Literal["nes-turas", "provider", "charity", "college", "another-employer", "other"]
Mitigation = Literal[
    "joint-work-only", "extra-supervision", "paired-with-experienced-peer", "reading-and-talk", "narrower-tasks"
]
ManagerRole = Literal["line-manager", "service-lead", "workforce-lead"]


class TrainingOffered(Event, name="training-offered", owner="supervision", subject="peer", readers=("supervision",)):
    """A place on the course was offered to the peer."""

    peer_id: UUID
    requirement: v.Code
    offered_on: date
    recorded_at: AwareDatetime

    model_config = v.example({"peer_id": _PEER, "requirement": "wrap", "offered_on": _ON, "recorded_at": _AT})


class TrainingUnavailable(
    Event, name="training-unavailable", owner="supervision", subject="peer", readers=("supervision",)
):
    """There is no such course to be had just now: the provider's gap, never the peer's."""

    peer_id: UUID
    requirement: v.Code
    unavailable_since: date
    recorded_at: AwareDatetime

    model_config = v.example(
        {"peer_id": _PEER, "requirement": "suicide-prevention", "unavailable_since": _ON, "recorded_at": _AT}
    )


class TrainingCompleted(
    Event, name="training-completed", owner="supervision", subject="peer", readers=("supervision",)
):
    """The peer has done the course; it counts through the day on which it expires, if it does."""

    peer_id: UUID
    requirement: v.Code
    source: Source
    completed_on: date
    expires_on: date | None = None
    recorded_at: AwareDatetime

    model_config = v.example(
        {
            "peer_id": _PEER,
            "requirement": "own-safety",
            "source": "provider",
            "completed_on": _ON,
            "expires_on": "2028-03-02",
            "recorded_at": _AT,
        }
    )


class TrainingRetracted(
    Event, name="training-retracted", owner="supervision", subject="peer", readers=("supervision",)
):
    """It was recorded by mistake that the peer had done the course."""

    peer_id: UUID
    requirement: v.Code
    recorded_at: AwareDatetime

    model_config = v.example({"peer_id": _PEER, "requirement": "wrap", "recorded_at": _AT})


class TrainingExpired(Event, name="training-expired", owner="supervision", subject="peer", readers=("supervision",)):
    """The last day on which the course counted has passed."""

    peer_id: UUID
    requirement: v.Code
    expired_at: AwareDatetime

    model_config = v.example({"peer_id": _PEER, "requirement": "own-safety", "expired_at": _AT})


class RequirementWaived(
    Event, name="requirement-waived", owner="supervision", subject="peer", readers=("supervision",)
):
    """A manager answers for the peer's doing without a course that nobody gives, through that day, and how."""

    peer_id: UUID
    requirement: v.Code
    manager_id: UUID
    manager_role: ManagerRole
    mitigation: Mitigation
    until: date
    recorded_at: AwareDatetime

    model_config = v.example(
        {
            "peer_id": _PEER,
            "requirement": "suicide-prevention",
            "manager_id": _MANAGER,
            "manager_role": "line-manager",
            "mitigation": "joint-work-only",
            "until": "2026-05-31",
            "recorded_at": _AT,
        }
    )


class PvgConfirmed(Event, name="pvg-confirmed", owner="supervision", subject="peer", readers=("supervision",)):
    """The peer is a member of the PVG scheme for this type of role; when it ends may not be known."""

    peer_id: UUID
    role_type: RoleType
    confirmed_on: date
    expires_on: date | None = None
    recorded_at: AwareDatetime

    model_config = v.example(
        {"peer_id": _PEER, "role_type": "children", "confirmed_on": _ON, "expires_on": None, "recorded_at": _AT}
    )


class PvgWithdrawn(Event, name="pvg-withdrawn", owner="supervision", subject="peer", readers=("supervision",)):
    """What was confirmed of the membership does not hold any more, for whatever reason."""

    peer_id: UUID
    role_type: RoleType
    recorded_at: AwareDatetime

    model_config = v.example({"peer_id": _PEER, "role_type": "children", "recorded_at": _AT})
