"""Groups (`group/<uuid>`): opened, joined up to the cap, met, closed; and what a referral knows of its groups."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts import values as v
from shared.contracts.event import Event
from shared.contracts.group_updates import GroupAttendance

_GROUP = "0195a0b1-5c20-7d3e-9f41-a2b3c4d5e6f7"
_REFERRAL = "0195557a-2f10-7c44-8a6e-3b1d2c4f5a60"
_PERSON = "0195557a-2f11-7b02-b4c8-9e7a60d1c3f2"
_PEER = "01954d11-0b20-7a8f-8d77-1f2e3d4c5b6a"
_SESSION = "0195a0b2-6d31-7e4f-8a52-b3c4d5e6f708"
_START = "2026-03-12T10:30:00Z"


class GroupOpened(
    Event, name="group-opened", owner="referrals", subject="group", readers=("supervision", "evaluation")
):
    """A group was opened; `facilitators` are peers."""

    cap: Annotated[int, Field(ge=2, le=30)]
    format: v.GroupFormat
    place: v.Code
    language: v.Language
    facilitators: Annotated[tuple[UUID, ...], Field(max_length=4)]
    opened_at: AwareDatetime

    model_config = v.example(
        {
            "cap": 8,
            "format": "group",
            "place": "toddle-and-talk",
            "language": "en",
            "facilitators": [_PEER],
            "opened_at": "2026-03-02T10:00:00Z",
        }
    )


class GroupReadied(Event, name="group-readied", owner="referrals", subject="group", readers=("evaluation",)):
    """Points of the checklist are done."""

    done: Annotated[tuple[v.GroupPoint, ...], Field(min_length=1, max_length=6)]
    readied_at: AwareDatetime

    model_config = v.example({"done": ["venue-booked", "equipment-there"], "readied_at": "2026-03-03T10:00:00Z"})


class GroupJoined(Event, name="group-joined", owner="referrals", subject="group", readers=("evaluation",)):
    """A client has a seat; somebody has spoken with them before."""

    referral_id: UUID
    person_id: UUID
    joined_at: AwareDatetime

    model_config = v.example({"referral_id": _REFERRAL, "person_id": _PERSON, "joined_at": "2026-03-04T10:00:00Z"})


class GroupLeft(Event, name="group-left", owner="referrals", subject="group", readers=("evaluation",)):
    """A seat is free again."""

    referral_id: UUID
    because: v.GroupLeftBecause
    left_at: AwareDatetime

    model_config = v.example({"referral_id": _REFERRAL, "because": "own-choice", "left_at": "2026-04-04T10:00:00Z"})


class GroupSessionPlanned(
    Event, name="group-session-planned", owner="referrals", subject="group", readers=("evaluation",)
):
    """The group is to meet."""

    session_id: UUID
    planned_start: AwareDatetime
    planned_at: AwareDatetime

    model_config = v.example({"session_id": _SESSION, "planned_start": _START, "planned_at": "2026-03-04T10:00:00Z"})


class GroupSessionCalledOff(
    Event, name="group-session-called-off", owner="referrals", subject="group", readers=("evaluation",)
):
    """The group is not to meet then."""

    session_id: UUID
    called_off_at: AwareDatetime

    model_config = v.example({"session_id": _SESSION, "called_off_at": "2026-03-10T10:00:00Z"})


class GroupSessionHeld(Event, name="group-session-held", owner="referrals", subject="group", readers=("evaluation",)):
    """The group met; for every member whether they came, and how it was closed."""

    session_id: UUID
    started_at: AwareDatetime
    minutes: v.Minutes
    attendance: Annotated[tuple[GroupAttendance, ...], Field(max_length=30)]
    facilitators: Annotated[tuple[UUID, ...], Field(max_length=4)]
    grounding: v.Grounding
    activities: Annotated[tuple[v.Activity, ...], Field(max_length=12)] = ()
    reported_at: AwareDatetime

    model_config = v.example(
        {
            "session_id": _SESSION,
            "started_at": _START,
            "minutes": 90,
            "attendance": [{"referral_id": _REFERRAL, "attendance": 1}],
            "facilitators": [_PEER],
            "grounding": "with-handout",
            "activities": ["sensory-play"],
            "reported_at": "2026-03-12T13:00:00Z",
        }
    )


class GroupClosed(
    Event, name="group-closed", owner="referrals", subject="group", readers=("supervision", "evaluation")
):
    """The group does not go on."""

    because: v.GroupClosedBecause
    closed_at: AwareDatetime

    model_config = v.example({"because": "course-over", "closed_at": "2026-06-01T10:00:00Z"})


class GroupMembershipBegan(
    Event, name="group-membership-began", owner="referrals", subject="referral", readers=("evaluation",)
):
    """The client has a seat in a group."""

    group_id: UUID
    began_at: AwareDatetime

    model_config = v.example({"group_id": _GROUP, "began_at": "2026-03-04T10:00:00Z"})


class GroupMembershipEnded(
    Event, name="group-membership-ended", owner="referrals", subject="referral", readers=("evaluation",)
):
    """The client has no seat in that group any more."""

    group_id: UUID
    because: v.GroupLeftBecause
    ended_at: AwareDatetime

    model_config = v.example({"group_id": _GROUP, "because": "own-choice", "ended_at": "2026-04-04T10:00:00Z"})


class GroupMeetingSet(Event, name="group-meeting-set", owner="referrals", subject="referral", readers=("referrals",)):
    """A group of the client is to meet then; with no start, it is not to meet after all."""

    group_id: UUID
    session_id: UUID
    planned_start: AwareDatetime | None
    set_at: AwareDatetime

    model_config = v.example(
        {"group_id": _GROUP, "session_id": _SESSION, "planned_start": _START, "set_at": "2026-03-04T10:00:00Z"}
    )
