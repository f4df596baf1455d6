"""Supervision of a peer: by whom, planned, held, missed, overdue; what was said in it is nobody else's."""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts import values as v
from shared.contracts.event import Event

_PEER = "01954d11-0b20-7a8f-8d77-1f2e3d4c5b6a"
_SUPERVISOR = "01954d11-0d20-7a8f-8d77-1f2e3d4c5b6c"
_SUPERVISION = "01954d11-0e20-7a8f-8d77-1f2e3d4c5b6e"
_AT = "2026-03-02T09:00:00Z"

Stream = Literal["clinical", "line-management", "peer-group"]
FurtherStream = Literal["line-management", "peer-group"]
SupervisedBy = Literal["named", "deputy"]
WhySupervisor = Literal["trained-in-it", "knows-the-setting", "peers-own-wish", "only-one-independent", "took-over"]
WorkRole = Literal["peer", "clinician", "coordinator", "supervisor", "service-lead", "line-manager", "other"]


class SupervisionOverdue(
    Event, name="supervision-overdue", owner="supervision", subject="peer", readers=("referrals",)
):
    """Clinical supervision is overdue: no new people, and nobody who is there is moved."""

    peer_id: UUID
    overdue_at: AwareDatetime

    model_config = v.example({"peer_id": _PEER, "overdue_at": _AT})


class SupervisionHeld(Event, name="supervision-held", owner="supervision", subject="peer", readers=("referrals",)):
    """Clinical supervision took place."""

    peer_id: UUID
    held_at: AwareDatetime
    supervision_id: UUID | None = None
    by: SupervisedBy | None = None
    recorded_at: AwareDatetime | None = None

    model_config = v.example(
        {"peer_id": _PEER, "held_at": _AT},
        {
            "peer_id": _PEER,
            "held_at": _AT,
            "supervision_id": _SUPERVISION,
            "by": "named",
            "recorded_at": "2026-03-02T17:00:00Z",
        },
    )


class FurtherSupervisionHeld(
    Event, name="further-supervision-held", owner="supervision", subject="peer", readers=("supervision",)
):
    """Supervision of another kind took place: with the line manager, or among peers. It is never the clinical one."""

    peer_id: UUID
    stream: FurtherStream
    supervision_id: UUID
    held_at: AwareDatetime
    recorded_at: AwareDatetime

    model_config = v.example(
        {
            "peer_id": _PEER,
            "stream": "peer-group",
            "supervision_id": _SUPERVISION,
            "held_at": _AT,
            "recorded_at": "2026-03-02T17:00:00Z",
        }
    )


class SupervisionPlanned(
    Event, name="supervision-planned", owner="supervision", subject="peer", readers=("supervision",)
):
    """Supervision of that kind is to take place then."""

    peer_id: UUID
    stream: Stream
    supervision_id: UUID
    planned_start: AwareDatetime
    recorded_at: AwareDatetime

    model_config = v.example(
        {
            "peer_id": _PEER,
            "stream": "clinical",
            "supervision_id": _SUPERVISION,
            "planned_start": "2026-03-20T10:00:00Z",
            "recorded_at": _AT,
        }
    )


class SupervisionMissed(
    Event, name="supervision-missed", owner="supervision", subject="peer", readers=("supervision",)
):
    """What was planned did not take place; who could not come, and never why."""

    peer_id: UUID
    stream: Stream
    supervision_id: UUID
    missed_by: Literal["peer", "supervisor", "service"]
    recorded_at: AwareDatetime

    model_config = v.example(
        {
            "peer_id": _PEER,
            "stream": "clinical",
            "supervision_id": _SUPERVISION,
            "missed_by": "supervisor",
            "recorded_at": _AT,
        }
    )


class SupervisorAssigned(
    Event, name="supervisor-assigned", owner="supervision", subject="peer", readers=("supervision",)
):
    """The peer has this one named supervisor for clinical supervision from now on, for a reason that may be said."""

    peer_id: UUID
    supervisor_id: UUID
    because: WhySupervisor
    recorded_at: AwareDatetime

    model_config = v.example(
        {"peer_id": _PEER, "supervisor_id": _SUPERVISOR, "because": "knows-the-setting", "recorded_at": _AT}
    )


class DebriefRequested(Event, name="debrief-requested", owner="supervision", subject="peer", readers=("supervision",)):
    """Somebody who works with the peer, or the peer, would like to talk something through; what, is not written."""

    peer_id: UUID
    debrief_id: UUID
    asked_by: WorkRole
    recorded_at: AwareDatetime

    model_config = v.example(
        {"peer_id": _PEER, "debrief_id": _SUPERVISION, "asked_by": "clinician", "recorded_at": _AT}
    )


class DebriefHeld(Event, name="debrief-held", owner="supervision", subject="peer", readers=("supervision",)):
    """It was talked through."""

    peer_id: UUID
    debrief_id: UUID
    held_at: AwareDatetime
    recorded_at: AwareDatetime

    model_config = v.example(
        {"peer_id": _PEER, "debrief_id": _SUPERVISION, "held_at": _AT, "recorded_at": "2026-03-02T17:00:00Z"}
    )


class DebriefOffered(Event, name="debrief-offered", owner="supervision", subject="peer", readers=("supervision",)):
    """Something happened to somebody the peer supports: whoever supervises them tells them, and offers to talk."""

    peer_id: UUID
    debrief_id: UUID
    referral_id: UUID
    offered_at: AwareDatetime

    model_config = v.example(
        {
            "peer_id": _PEER,
            "debrief_id": _SUPERVISION,
            "referral_id": "0195557a-2f10-7c44-8a6e-3b1d2c4f5a60",
            "offered_at": _AT,
        }
    )
