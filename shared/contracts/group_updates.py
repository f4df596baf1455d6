"""What may be told of a group: opened, made ready, joined, left, planned, held, closed."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts import values as v
from shared.contracts.event import Value
from shared.contracts.update import Update

Facilitators = Annotated[tuple[UUID, ...], Field(min_length=1, max_length=4)]


class OpenGroup(Update):
    """A group is opened, with so many seats, where, and by whom it is led."""

    group_id: UUID | None = None
    cap: Annotated[int, Field(ge=2, le=30)]
    format: v.GroupFormat = "group"
    place: v.Code
    language: v.Language = "en"
    facilitators: Facilitators
    by_role: v.Role


class ReadyGroup(Update):
    """Points of the checklist are done."""

    done: Annotated[tuple[v.GroupPoint, ...], Field(min_length=1, max_length=6)]
    by_role: v.Role


class JoinGroup(Update):
    """A client takes a seat."""

    referral_id: UUID
    by_role: v.Role


class LeaveGroup(Update):
    """A client gives their seat up; never a failure of anyone."""

    referral_id: UUID
    because: v.GroupLeftBecause
    by_role: v.Role


class PlanGroupSession(Update):
    """The group is to meet; every member is reminded as they chose."""

    session_id: UUID | None = None
    planned_start: AwareDatetime
    by_role: v.Role


class CallOffGroupSession(Update):
    """The group is not to meet then after all."""

    session_id: UUID
    by_role: v.Role


class GroupAttendance(Value):
    """One member of a session, and whether they came."""

    referral_id: UUID
    attendance: v.Attendance


class HoldGroupSession(Update):
    """The group met: who came, who led, and how it was closed."""

    session_id: UUID | None = None
    started_at: AwareDatetime
    minutes: v.Minutes
    attendance: Annotated[tuple[GroupAttendance, ...], Field(max_length=30)]
    facilitators: Facilitators
    grounding: v.Grounding
    activities: Annotated[tuple[v.Activity, ...], Field(max_length=12)] = ()


class CloseGroup(Update):
    """The group does not go on; every seat is given up."""

    because: v.GroupClosedBecause
    by_role: v.Role
