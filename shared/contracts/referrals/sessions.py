"""Sessions of one client with a peer. The note of a session is never here."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts import values as v
from shared.contracts.event import Event

_SESSION = "01956301-1c40-7b9a-a3de-77c6b5a4f3e2"
_MATCH = "01955c02-6a10-7e3b-9c54-d0a1b2c3d4e5"
_PEER = "01954d11-0b20-7a8f-8d77-1f2e3d4c5b6a"

JointWith = Annotated[tuple[v.Code, ...], Field(max_length=5)]


class SessionPlanned(
    Event, name="session-planned", owner="referrals", subject="referral", readers=("supervision", "evaluation")
):
    """A session was agreed with the client."""

    session_id: UUID
    match_id: UUID | None
    peer_id: UUID | None
    planned_at: AwareDatetime
    planned_start: AwareDatetime
    format: v.Format
    joint_with_roles: JointWith = ()
    lone: bool = False

    model_config = v.example(
        {
            "session_id": _SESSION,
            "match_id": _MATCH,
            "peer_id": _PEER,
            "planned_at": "2026-03-10T12:00:00Z",
            "planned_start": "2026-03-12T19:00:00Z",
            "format": "phone",
            "joint_with_roles": [],
            "lone": False,
        }
    )


class SessionHeld(
    Event, name="session-held", owner="referrals", subject="referral", readers=("supervision", "evaluation")
):
    """A session took place. `outside_contact_limit` says that it went against a limit then in force."""

    session_id: UUID
    match_id: UUID | None
    peer_id: UUID | None
    planned_start: AwareDatetime | None = None
    started_at: AwareDatetime
    reported_at: AwareDatetime
    minutes: v.Minutes
    format: v.Format
    activities: Annotated[tuple[v.Activity, ...], Field(max_length=12)] = ()
    practical_help: Annotated[tuple[v.PracticalHelp, ...], Field(max_length=6)] = ()
    attendance: Literal[1] = 1
    new_or_return: Literal[1, 2]
    purpose: Literal["peer-support"] = "peer-support"
    joint_with_roles: JointWith = ()
    lone: bool = False
    outside_contact_limit: bool = False

    model_config = v.example(
        {
            "session_id": _SESSION,
            "match_id": _MATCH,
            "peer_id": _PEER,
            "planned_start": "2026-03-12T19:00:00Z",
            "started_at": "2026-03-12T19:02:00Z",
            "reported_at": "2026-03-12T20:30:00Z",
            "minutes": 50,
            "format": "phone",
            "activities": ["informal-chat"],
            "practical_help": [],
            "attendance": 1,
            "new_or_return": 1,
            "purpose": "peer-support",
            "joint_with_roles": [],
            "lone": False,
            "outside_contact_limit": False,
        }
    )


class SessionMissed(
    Event, name="session-missed", owner="referrals", subject="referral", readers=("supervision", "evaluation")
):
    """An agreed session did not happen because somebody could not be there; by whom is always said."""

    session_id: UUID
    match_id: UUID | None
    peer_id: UUID | None
    planned_start: AwareDatetime
    reported_at: AwareDatetime
    format: v.Format
    missed_by: v.MissedBy
    attendance: Literal[2, 5, 8]
    purpose: Literal["peer-support"] = "peer-support"

    model_config = v.example(
        {
            "session_id": "01956301-1c41-7d20-8b1f-02c4d6e8fa10",
            "match_id": _MATCH,
            "peer_id": _PEER,
            "planned_start": "2026-03-19T19:00:00Z",
            "reported_at": "2026-03-19T19:45:00Z",
            "format": "phone",
            "missed_by": "client",
            "attendance": 8,
            "purpose": "peer-support",
        }
    )


class SessionCancelled(
    Event, name="session-cancelled", owner="referrals", subject="referral", readers=("supervision", "evaluation")
):
    """A planned session was called off before it began."""

    session_id: UUID
    match_id: UUID | None
    peer_id: UUID | None
    planned_start: AwareDatetime
    cancelled_at: AwareDatetime
    reported_at: AwareDatetime
    format: v.Format
    cancelled_by: v.MissedBy
    attendance: Literal[2, 3]
    purpose: Literal["peer-support"] = "peer-support"

    model_config = v.example(
        {
            "session_id": "01956301-1c42-7a51-93c7-5b6d7e8f9a0b",
            "match_id": _MATCH,
            "peer_id": _PEER,
            "planned_start": "2026-03-26T19:00:00Z",
            "cancelled_at": "2026-03-25T08:10:00Z",
            "reported_at": "2026-03-25T08:15:00Z",
            "format": "phone",
            "cancelled_by": "client",
            "attendance": 3,
            "purpose": "peer-support",
        }
    )


class SessionRetracted(
    Event, name="session-retracted", owner="referrals", subject="referral", readers=("supervision", "evaluation")
):
    """What was recorded of a session was not so; the times are those that stand without it."""

    session_id: UUID
    was: Literal["held", "missed", "cancelled"]
    missed_by: v.MissedBy | None = None
    because: v.RetractedBecause
    retracted_at: AwareDatetime
    first_session_at: AwareDatetime | None
    last_session_at: AwareDatetime | None
    first_contact_at: AwareDatetime | None
    role_explained_at: AwareDatetime | None

    model_config = v.example(
        {
            "session_id": "01956301-1c41-7d20-8b1f-02c4d6e8fa10",
            "was": "missed",
            "missed_by": "client",
            "because": "did-not-happen",
            "retracted_at": "2026-03-20T09:00:00Z",
            "first_session_at": "2026-03-12T19:02:00Z",
            "last_session_at": "2026-03-12T19:02:00Z",
            "first_contact_at": "2026-03-06T10:00:00Z",
            "role_explained_at": "2026-03-12T19:00:00Z",
        }
    )


class SessionReplaced(
    Event, name="session-replaced", owner="referrals", subject="referral", readers=("supervision", "evaluation")
):
    """A planned session no longer stands because the plan itself changed; it is neither held, missed nor cancelled."""

    session_id: UUID
    because: v.SessionReplacedBecause
    replaced_at: AwareDatetime

    model_config = v.example(
        {
            "session_id": "01956301-1c43-7c62-8e55-aa11bb22cc33",
            "because": "support-changed",
            "replaced_at": "2026-04-20T10:00:00Z",
        }
    )
