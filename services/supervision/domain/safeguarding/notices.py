"""Whom to tell now, and in which way: somebody of the organisation or the agreed route, and never nobody."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.supervision.domain.safeguarding.concern_commands import NoteNotified, notice_id
from services.supervision.domain.safeguarding.concern_state import Concern
from services.supervision.domain.safeguarding.duty_calendar import Calendar, on_duty
from services.supervision.domain.safeguarding.duty_policy import DutyPolicy
from shared.contracts import supervision as c
from shared.contracts import values as v
from shared.contracts.supervision import FIRST_LINE, NoticeChannel, OnDuty, OutOfHours


@dataclass(frozen=True, slots=True)
class Wanted:
    """A notice that is to be sent now; it is wanted until it is noted as sent, whoever crashes meanwhile."""

    notice_id: UUID
    round: int
    step: c.StepName
    to: c.NoticeTo
    attempt: Literal[0, 1]
    since: datetime


def wanted(state: Concern) -> tuple[Wanted, ...]:
    """Every notice that is to be sent now."""
    return tuple(_wanted(state)) if state.open and not state.handed_over else ()


def _wanted(state: Concern) -> Iterator[Wanted]:
    assert state.concern_id is not None
    for step, told in state.reached.items():
        if not state.waits and not step.startswith("late-"):
            continue
        first = notice_id(state.concern_id, state.round, step, 0)
        other = notice_id(state.concern_id, state.round, step, 1)
        if first not in state.notices:
            yield Wanted(first, state.round, step, told.to, 0, told.since)
        elif state.notices[first].status == "failed" and other not in state.notices:
            yield Wanted(other, state.round, step, told.to, 1, told.since)


def addressee(
    to: c.NoticeTo, setting: v.Setting | None, calendar: Calendar, at: datetime, policy: DutyPolicy
) -> OnDuty | OutOfHours:
    """Who of those on duty is meant, else who holds that task at all times, else the agreed route out of hours.

    A named officer's place is never taken by somebody on the rota.
    """
    now = on_duty(calendar, at)
    if to == "out-of-hours":
        return now.instead or policy.out_of_hours
    there = {one.role: one for one in reversed(now.people)}
    if to == "first-line":
        meant = (policy.first_line[setting],) if setting else ()
        found = [there[role] for role in (*meant, *FIRST_LINE) if role in there]
        standing = [policy.standing[role] for role in (*meant, *FIRST_LINE) if role in policy.standing]
        return next(iter((*found, *standing)), None) or now.instead or policy.out_of_hours
    return there.get(to) or policy.standing.get(to) or now.instead or policy.out_of_hours


def channel_of(who: OnDuty | OutOfHours, attempt: Literal[0, 1]) -> NoticeChannel:
    """The way of that attempt."""
    return who.channels[attempt]


def as_sent(concern_id: UUID, notice: Wanted, who: OnDuty | OutOfHours, at: datetime) -> NoteNotified:
    """What to note once the post has taken it."""
    return NoteNotified(
        concern_id,
        at,
        notice.round,
        notice.step,
        notice.to,
        notice.attempt,
        channel_of(who, notice.attempt),
        who.person_id if isinstance(who, OnDuty) else None,
        who.route if isinstance(who, OutOfHours) else None,
    )
