"""Who can be reached about somebody's safety, and when (`rota/<uuid>`, one for each organisation)."""

from typing import Annotated, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import AwareDatetime, Field

from shared.contracts import values as v
from shared.contracts.event import Event, Value

_SHIFT = "01958c10-1d20-7b31-8c42-6f7081920a31"
_GAP = "01958c10-1d20-7b31-8c42-6f7081920a32"
_PERSON = "01958c10-1d20-7b31-8c42-6f7081920a33"
_AT = "2026-03-02T09:00:00Z"

DutyRole = Literal[
    "safeguarding-lead",
    "duty-clinician",
    "charge-nurse",
    "deputy",
    "service-lead",
    "named-officer",
    "deputy-officer",
]
"""Who is told of a concern: people of the organisation, by their task; never a client, a family or a referrer."""
FIRST_LINE: tuple[DutyRole, ...] = ("safeguarding-lead", "duty-clinician", "charge-nurse")
"""Those who answer a concern; without one of them nobody is on duty."""

OutOfHoursRoute = Literal["social-work-out-of-hours", "board-on-call", "partner-on-call"]
"""Whom an organisation agreed that a concern reaches while nobody of its own is on duty."""
NoticeChannel = Literal["phone", "text", "email"]
Channels = Annotated[tuple[NoticeChannel, ...], Field(min_length=2, max_length=2)]
"""Two ways to reach somebody, the first one tried first."""

DutyDay = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun", "public-holiday"]
"""A day of the week; a Monday that is a public holiday of Scotland is a `public-holiday`."""
DutyDays = Annotated[tuple[DutyDay, ...], Field(min_length=1, max_length=8)]

DaysAhead = Annotated[int, Field(ge=1, le=28)]
"""How far ahead one looked."""


def rota_id(organisation: str) -> UUID:
    """The id of an organisation's rota."""
    return uuid5(NAMESPACE_URL, f"kith:rota:{organisation}")


class OnDuty(Value):
    """Somebody who can be reached: in which role, who, and in which two ways."""

    role: DutyRole
    person_id: UUID
    channels: Channels


class OutOfHours(Value):
    """Whom to tell while nobody is on duty, and in which two ways."""

    route: OutOfHoursRoute
    channels: Channels


class WeeklyShift(OnDuty):
    """Somebody is on duty on these days; until a time that is not after `start` means until the next day."""

    days: DutyDays
    start: v.Clock
    end: v.Clock


class WeeklyGap(OutOfHours):
    """Nobody is on duty on these days, and that is agreed; a day of the week counts on a public holiday too."""

    days: DutyDays
    start: v.Clock
    end: v.Clock


class DutyRotaSet(Event, name="duty-rota-set", owner="supervision", subject="rota", readers=("supervision",)):
    """The usual week, in place of the one before; what holds for one day alone stays."""

    shifts: Annotated[tuple[WeeklyShift, ...], Field(max_length=100)] = ()
    gaps: Annotated[tuple[WeeklyGap, ...], Field(max_length=40)] = ()
    by_role: v.Role
    set_at: AwareDatetime

    model_config = v.example(
        {
            "shifts": [
                {
                    "role": "duty-clinician",
                    "person_id": _PERSON,
                    "channels": ["phone", "text"],
                    "days": ["mon", "tue", "wed", "thu", "fri"],
                    "start": "09:00",
                    "end": "17:00",
                }
            ],
            "gaps": [
                {
                    "route": "social-work-out-of-hours",
                    "channels": ["phone", "email"],
                    "days": ["mon", "tue", "wed", "thu", "fri"],
                    "start": "17:00",
                    "end": "09:00",
                }
            ],
            "by_role": "service-lead",
            "set_at": _AT,
        }
    )


class DutyShiftSet(OnDuty, Event, name="duty-shift-set", owner="supervision", subject="rota", readers=("supervision",)):
    """Somebody is on duty this once, whatever the usual week says."""

    shift_id: UUID
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    by_role: v.Role
    set_at: AwareDatetime

    model_config = v.example(
        {
            "shift_id": _SHIFT,
            "role": "safeguarding-lead",
            "person_id": _PERSON,
            "channels": ["phone", "text"],
            "starts_at": "2026-03-07T09:00:00Z",
            "ends_at": "2026-03-07T17:00:00Z",
            "by_role": "service-lead",
            "set_at": _AT,
        }
    )


class DutyShiftCancelled(
    Event, name="duty-shift-cancelled", owner="supervision", subject="rota", readers=("supervision",)
):
    """That shift of one day is not done after all."""

    shift_id: UUID
    by_role: v.Role
    cancelled_at: AwareDatetime

    model_config = v.example({"shift_id": _SHIFT, "by_role": "service-lead", "cancelled_at": _AT})


class DutyGapDeclared(
    OutOfHours, Event, name="duty-gap-declared", owner="supervision", subject="rota", readers=("supervision",)
):
    """Nobody of the usual week is on duty this once, and who is told instead is agreed."""

    gap_id: UUID
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    by_role: v.Role
    declared_at: AwareDatetime

    model_config = v.example(
        {
            "gap_id": _GAP,
            "route": "social-work-out-of-hours",
            "channels": ["phone", "email"],
            "starts_at": "2026-03-09T13:00:00Z",
            "ends_at": "2026-03-09T17:00:00Z",
            "by_role": "service-lead",
            "declared_at": _AT,
        }
    )


class DutyGapLifted(Event, name="duty-gap-lifted", owner="supervision", subject="rota", readers=("supervision",)):
    """That gap of one day is none after all."""

    gap_id: UUID
    by_role: v.Role
    lifted_at: AwareDatetime

    model_config = v.example({"gap_id": _GAP, "by_role": "service-lead", "lifted_at": _AT})


class DutyGapFound(Event, name="duty-gap-found", owner="supervision", subject="rota", readers=("supervision",)):
    """Nobody is on duty from then until then, and nobody said so: the provider is not ready."""

    starts_at: AwareDatetime
    ends_at: AwareDatetime
    days_ahead: DaysAhead
    found_at: AwareDatetime

    model_config = v.example(
        {"starts_at": "2026-03-13T13:00:00Z", "ends_at": "2026-03-13T17:00:00Z", "days_ahead": 14, "found_at": _AT}
    )


class DutyGapSettled(Event, name="duty-gap-settled", owner="supervision", subject="rota", readers=("supervision",)):
    """Somebody is on duty where nobody was found to be, or it is agreed that nobody is."""

    starts_at: AwareDatetime
    settled_at: AwareDatetime

    model_config = v.example({"starts_at": "2026-03-13T13:00:00Z", "settled_at": "2026-03-03T10:00:00Z"})


class DutyRotaChecked(Event, name="duty-rota-checked", owner="supervision", subject="rota", readers=("supervision",)):
    """Nothing was missing as far ahead as was looked."""

    through: AwareDatetime
    days_ahead: DaysAhead
    checked_at: AwareDatetime

    model_config = v.example({"through": "2026-03-16T09:00:00Z", "days_ahead": 14, "checked_at": _AT})
