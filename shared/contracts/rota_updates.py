"""What may be told of a duty rota: the usual week, a shift or a gap of one day, and that these are not so after all."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.supervision.rota import OnDuty, OutOfHours, WeeklyGap, WeeklyShift
from shared.contracts.update import Update

RotaKeeper = Literal["service-lead", "coordinator", "clinician"]


class SetDutyRota(Update):
    """The usual week, in place of the one before."""

    do: Literal["set-duty-rota"] = "set-duty-rota"
    shifts: Annotated[tuple[WeeklyShift, ...], Field(max_length=100)] = ()
    gaps: Annotated[tuple[WeeklyGap, ...], Field(max_length=40)] = ()
    by_role: RotaKeeper


class SetDutyShift(OnDuty, Update):
    """Somebody is on duty this once."""

    do: Literal["set-duty-shift"] = "set-duty-shift"
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    by_role: RotaKeeper


class CancelDutyShift(Update):
    """A shift of one day is not done after all."""

    do: Literal["cancel-duty-shift"] = "cancel-duty-shift"
    shift_id: UUID
    by_role: RotaKeeper


class DeclareDutyGap(OutOfHours, Update):
    """Nobody is on duty this once, and who is told instead is agreed."""

    do: Literal["declare-duty-gap"] = "declare-duty-gap"
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    by_role: RotaKeeper


class LiftDutyGap(Update):
    """A gap of one day is none after all."""

    do: Literal["lift-duty-gap"] = "lift-duty-gap"
    gap_id: UUID
    by_role: RotaKeeper


AnyRotaUpdate = SetDutyRota | SetDutyShift | CancelDutyShift | DeclareDutyGap | LiftDutyGap
