"""What is known of a supervisor (`supervisor/<uuid>`): whose peers, who stands in, and whether anybody is there."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts import values as v
from shared.contracts.event import Event, Value

_SUPERVISOR = "01954d11-0d20-7a8f-8d77-1f2e3d4c5b6c"
_DEPUTY = "01954d11-0d20-7a8f-8d77-1f2e3d4c5b6d"
_PEER = "01954d11-0b20-7a8f-8d77-1f2e3d4c5b6a"
_AT = "2026-03-02T09:00:00Z"

People = Annotated[int, Field(ge=0, le=10_000)]
Days = Annotated[int, Field(ge=1, le=366)]


class AbsenceRules(Value):
    """When nobody's being there is suspected, and when the service lead is told that nobody stepped in."""

    clinical_days: Days = 28
    quiet_days: Days = 14
    """For how long the supervisor has supervised nobody at all."""
    share: Annotated[int, Field(ge=1, le=100)] = 50
    """More than this of a hundred peers are past their day."""
    least: Annotated[int, Field(ge=1, le=100)] = 2
    """And at least so many."""
    deputy_days: Days = 3
    """On which day without a deputy the service lead is told, the first counted."""


class AbsenceRulesSet(
    AbsenceRules, Event, name="absence-rules-set", owner="supervision", subject="supervisor", readers=("supervision",)
):
    """From now on the supervisor's being there is judged by these rules."""

    supervisor_id: UUID
    recorded_at: AwareDatetime

    model_config = v.example({"supervisor_id": _SUPERVISOR, "recorded_at": _AT})


class SuperviseeTaken(
    Event, name="supervisee-taken", owner="supervision", subject="supervisor", readers=("supervision",)
):
    """The supervisor has this peer from now on; when they were last supervised, or started."""

    supervisor_id: UUID
    peer_id: UUID
    last_on: date
    recorded_at: AwareDatetime

    model_config = v.example(
        {"supervisor_id": _SUPERVISOR, "peer_id": _PEER, "last_on": "2026-01-26", "recorded_at": _AT}
    )


class SuperviseeReleased(
    Event, name="supervisee-released", owner="supervision", subject="supervisor", readers=("supervision",)
):
    """The supervisor does not have this peer any more."""

    supervisor_id: UUID
    peer_id: UUID
    recorded_at: AwareDatetime

    model_config = v.example({"supervisor_id": _SUPERVISOR, "peer_id": _PEER, "recorded_at": _AT})


class SuperviseeRested(
    Event, name="supervisee-rested", owner="supervision", subject="supervisor", readers=("supervision",)
):
    """The peer rests, or no more does; who rests is not waiting for supervision."""

    supervisor_id: UUID
    peer_id: UUID
    resting: bool
    recorded_at: AwareDatetime

    model_config = v.example({"supervisor_id": _SUPERVISOR, "peer_id": _PEER, "resting": True, "recorded_at": _AT})


class SuperviseeSupervised(
    Event, name="supervisee-supervised", owner="supervision", subject="supervisor", readers=("supervision",)
):
    """The peer was supervised, by the supervisor or by somebody who stood in."""

    supervisor_id: UUID
    peer_id: UUID
    held_on: date
    by: Literal["named", "deputy"]
    recorded_at: AwareDatetime

    model_config = v.example(
        {"supervisor_id": _SUPERVISOR, "peer_id": _PEER, "held_on": "2026-03-02", "by": "named", "recorded_at": _AT}
    )


class SupervisorAway(
    Event, name="supervisor-away", owner="supervision", subject="supervisor", readers=("supervision",)
):
    """The supervisor is not there: as somebody said, or as it looks; one finding, for whatever reason."""

    supervisor_id: UUID
    how: Literal["said", "suspected"]
    peers: People
    past_due: People
    until: date | None = None
    away_at: AwareDatetime

    model_config = v.example(
        {"supervisor_id": _SUPERVISOR, "how": "suspected", "peers": 8, "past_due": 5, "away_at": _AT}
    )


class SupervisorBack(
    Event, name="supervisor-back", owner="supervision", subject="supervisor", readers=("supervision",)
):
    """The supervisor is there again."""

    supervisor_id: UUID
    back_at: AwareDatetime

    model_config = v.example({"supervisor_id": _SUPERVISOR, "back_at": _AT})


class DeputyAgreed(Event, name="deputy-agreed", owner="supervision", subject="supervisor", readers=("supervision",)):
    """Who stands in for the supervisor is agreed beforehand; none takes it back."""

    supervisor_id: UUID
    deputy_id: UUID | None
    recorded_at: AwareDatetime

    model_config = v.example({"supervisor_id": _SUPERVISOR, "deputy_id": _DEPUTY, "recorded_at": _AT})


class DeputyRouted(Event, name="deputy-routed", owner="supervision", subject="supervisor", readers=("supervision",)):
    """Somebody stands in, for so many peers: as many breaks in being supervised by one and the same person."""

    supervisor_id: UUID
    deputy_id: UUID
    breaks: People
    routed_at: AwareDatetime

    model_config = v.example({"supervisor_id": _SUPERVISOR, "deputy_id": _DEPUTY, "breaks": 8, "routed_at": _AT})


class ServiceLeadTold(
    Event, name="service-lead-told", owner="supervision", subject="supervisor", readers=("supervision",)
):
    """The service lead is told that nobody stands in for the supervisor."""

    supervisor_id: UUID
    away_since: date
    peers: People
    told_at: AwareDatetime

    model_config = v.example(
        {"supervisor_id": _SUPERVISOR, "away_since": "2026-03-02", "peers": 8, "told_at": "2026-03-04T00:00:00Z"}
    )
