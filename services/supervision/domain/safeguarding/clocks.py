"""By when what must happen to a concern: who is told at once, who next, when the alarm is raised, when it must be done.

`life` runs on the wall. The rest runs while people are on duty, and never stands still in a gap that nobody declared.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal

from services.supervision.domain.safeguarding.duty_calendar import Calendar, back_at, on_duty, pieces
from services.supervision.domain.safeguarding.duty_policy import DutyPolicy, Pace
from shared.contracts.days import HERE, day_of, is_working_day, start_of
from shared.contracts.supervision import URGENCIES, Audience, NoticeTo, Step, Times, Urgency, Within

DAY = timedelta(days=1)
LONGEST_REST = timedelta(days=7)
"""Longer than the holidays of any winter: who rests longer stops no clock."""


def times_of(
    urgency: Urgency, audience: Audience, at: datetime, calendar: Calendar, policy: DutyPolicy, round: int = 1
) -> Times:
    """Every due time of a round that begins then."""
    pace, line = policy.paces[urgency], policy.lines[audience]
    duty, back = _duty(audience, line[0], at, calendar, policy)
    gone = duty == "declared-gap" and pace.out_of_hours
    names = ("second", "third")[: len(pace.steps)]
    due = _due(pace, (pace.acknowledge, *pace.steps, pace.alarm), at, calendar, policy)
    acknowledge_by, *steps, alarm_at = due
    told = [Step(step="duty-begins", at=back, to=line[0])] if gone and back else []
    told += [Step(step=name, at=when, to=to) for name, when, to in zip(names, steps, line[1:], strict=False)]  # type: ignore[arg-type]
    decide_by = _due(pace, (pace.decide,), at, calendar, policy)[0] if pace.decide else None
    first: NoticeTo = "out-of-hours" if gone else line[0]
    return Times(
        round=round,
        duty=duty,
        nobody_until=back,
        first_to=first,
        first_by=at + timedelta(seconds=policy.first_notice_seconds),
        acknowledge_by=acknowledge_by,
        steps=tuple(told),
        alarm_at=alarm_at,
        decide_by=decide_by,
        outcome=pace.outcome,
        receipt_seconds=policy.receipt_seconds,
    )


def _duty(
    audience: Audience, first: NoticeTo, at: datetime, calendar: Calendar, policy: DutyPolicy
) -> tuple[Literal["staffed", "declared-gap", "undeclared-gap"], datetime | None]:
    """Whether somebody is there, and when somebody is again; an officer is there whom somebody named."""
    now = on_duty(calendar, at)
    if audience != "safeguarding":
        there = first in policy.standing or any(one.role == first for one in now.people)
        return ("staffed" if there else "undeclared-gap"), None
    if now.staffed:
        return "staffed", None
    return ("undeclared-gap" if now.undeclared else "declared-gap"), back_at(calendar, at)


def sooner(new: Times, old: Times) -> Times:
    """The new round's times, none of them later than the old round's: what grows more urgent gains no time by it."""
    before: Mapping[str, datetime] = {step.step: step.at for step in old.steps}
    steps = tuple(step.model_copy(update={"at": min(step.at, before.get(step.step, step.at))}) for step in new.steps)
    decide = [when for when in (new.decide_by, old.decide_by) if when is not None]
    return new.model_copy(
        update={
            "acknowledge_by": min(new.acknowledge_by, old.acknowledge_by),
            "steps": steps,
            "alarm_at": min(new.alarm_at, old.alarm_at),
            "decide_by": min(decide, default=None),
        }
    )


def more_urgent(one: Urgency, other: Urgency) -> bool:
    """Whether the one is more urgent than the other."""
    return URGENCIES.index(one) < URGENCIES.index(other)


def after(within: Within, at: datetime) -> datetime:
    """The moment by which what was to be done within that time, from then on, must be done."""
    if within.unit == "hours":
        return at + timedelta(hours=within.amount)
    return working_days_after(at, within.amount)


def working_days_after(at: datetime, days: int) -> datetime:
    """The same time so many working days later; from a day of rest on, they are counted whole."""
    day, clock = day_of(at), at.astimezone(HERE).time()
    if not is_working_day(day):
        while not is_working_day(day):
            day += DAY
        clock = start_of(day).time()
    for _ in range(days):
        day += DAY
        while not is_working_day(day):
            day += DAY
    return datetime.combine(day, clock, HERE).astimezone(UTC)


def duty_after(calendar: Calendar, at: datetime, minutes: int) -> datetime:
    """The moment at which so many minutes of duty have passed; where none begin within a week, of the wall."""
    left = timedelta(minutes=minutes)
    for piece in pieces(calendar, at):
        if piece.counts:
            if left <= piece.end - piece.start:
                return piece.start + left
            left -= piece.end - piece.start
        elif left == timedelta(minutes=minutes) and piece.end > at + LONGEST_REST:
            break
    return at + timedelta(minutes=minutes)


def _end_of_day(calendar: Calendar, at: datetime) -> datetime:
    """The last moment that counts of the first day from then on on which any does."""
    counting = [piece for piece in pieces(calendar, at, LONGEST_REST.days) if piece.counts]
    return max((piece.end for piece in counting if day_of(piece.start) == day_of(counting[0].start)), default=at)


def _due(
    pace: Pace, amounts: tuple[int, ...], at: datetime, calendar: Calendar, policy: DutyPolicy
) -> tuple[datetime, ...]:
    if pace.time == "wall":
        return tuple(at + timedelta(minutes=amount) for amount in amounts)
    if pace.time == "working-days":
        return tuple(working_days_after(at, amount) for amount in amounts)
    due = tuple(duty_after(calendar, at, amount) for amount in amounts)
    if not pace.same_day:
        return due
    end, life = _end_of_day(calendar, at), policy.paces["life"]
    between = [(*life.steps, life.alarm, life.alarm)[n] for n in range(len(amounts) - 2)]
    least = (life.acknowledge, *between, life.alarm)
    return tuple(
        max(min(when, end), at + timedelta(minutes=soonest)) for when, soonest in zip(due, least, strict=False)
    )
