"""A board's usual week, and moments as people here read them on the wall."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.supervision.domain.safeguarding.duty_calendar import Calendar, Gap, Shift
from services.supervision.domain.safeguarding.duty_policy import DutyPolicy
from shared.contracts.days import HERE
from shared.contracts.supervision import OnDuty, OutOfHours, WeeklyGap, WeeklyShift

POLICY = DutyPolicy()
OFFICE = ("mon", "tue", "wed", "thu", "fri")
CLINICIAN, DEPUTY, NURSE = UUID(int=1), UUID(int=2), UUID(int=3)
INSTEAD = OutOfHours(route="board-on-call", channels=("phone", "email"))


def wall(said: str, fold: int = 0) -> datetime:
    """The moment at which the clock on the wall here shows that."""
    return datetime.fromisoformat(said).replace(tzinfo=HERE, fold=fold).astimezone(UTC)


def shown(moment: datetime | None) -> str | None:
    """What the clock on the wall here shows at that moment."""
    return moment.astimezone(HERE).strftime("%a %d %b %H:%M") if moment else None


def on(role: Any = "duty-clinician", who: UUID = CLINICIAN) -> OnDuty:
    return OnDuty(role=role, person_id=who, channels=("phone", "text"))


def weekly(days: Any = OFFICE, start: str = "09:00", end: str = "17:00", **who: Any) -> WeeklyShift:
    return WeeklyShift(days=days, start=start, end=end, **on(**who).model_dump())


def usual_gap(days: Any, start: str = "00:00", end: str = "00:00") -> WeeklyGap:
    return WeeklyGap(days=days, start=start, end=end, **INSTEAD.model_dump())


NIGHTS = (usual_gap(OFFICE, "17:00", "09:00"), usual_gap(("sat", "sun")), usual_gap(("public-holiday",)))
GAPS = (*NIGHTS, usual_gap(("mon",), "00:00", "09:00"))
BOARD = Calendar((weekly(), weekly(role="deputy", who=DEPUTY, end="18:00")), GAPS)


def once(start: str, end: str, **who: Any) -> Shift:
    return Shift(wall(start), wall(end), on(**who))


def gap_once(start: str, end: str) -> Gap:
    return Gap(wall(start), wall(end), INSTEAD)
