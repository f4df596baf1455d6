"""What may be told of sessions: agreed, held, missed, called off, or recorded wrongly."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts import values as v
from shared.contracts.updates import ExplainRole, Update


class PlanSession(Update):
    """A session is agreed."""

    do: Literal["plan-session"] = "plan-session"
    session_id: UUID | None = None
    planned_start: AwareDatetime
    format: v.Format
    joint_with_roles: Annotated[tuple[v.Code, ...], Field(max_length=5)] = ()
    lone: bool = False


class HoldSession(Update):
    """A session took place; the first one may bring along that the role was explained."""

    do: Literal["hold-session"] = "hold-session"
    session_id: UUID | None = None
    planned_start: AwareDatetime | None = None
    started_at: AwareDatetime
    minutes: v.Minutes
    format: v.Format
    activities: Annotated[tuple[v.Activity, ...], Field(max_length=12)] = ()
    practical_help: Annotated[tuple[v.PracticalHelp, ...], Field(max_length=6)] = ()
    joint_with_roles: Annotated[tuple[v.Code, ...], Field(max_length=5)] = ()
    lone: bool = False
    role_explained: ExplainRole | None = None


class MissSession(Update):
    """A session was agreed and did not happen, because somebody could not be there."""

    do: Literal["miss-session"] = "miss-session"
    session_id: UUID | None = None
    planned_start: AwareDatetime
    format: v.Format
    missed_by: v.MissedBy
    could_not_wait: bool = False


class CancelSession(Update):
    """A planned session was called off before it began."""

    do: Literal["cancel-session"] = "cancel-session"
    session_id: UUID | None = None
    planned_start: AwareDatetime
    format: v.Format
    cancelled_by: v.MissedBy


class RetractSession(Update):
    """What was recorded of a session is not so; what is so may then be recorded, under the same id or another."""

    do: Literal["retract-session"] = "retract-session"
    session_id: UUID
    because: v.RetractedBecause


AnySessionUpdate = PlanSession | HoldSession | MissSession | CancelSession | RetractSession
SessionReport = Annotated[AnySessionUpdate, Field(discriminator="do")]
