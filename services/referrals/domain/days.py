"""Days of waiting and of rest, and how long somebody has waited."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from shared.contracts.days import HERE, day_of


class Rest(NamedTuple):
    """Days, both included, that do not count as waiting."""

    start: date
    end: date


def start_of(day: date) -> datetime:
    """The moment that day begins here, summer time or not."""
    return datetime.combine(day, time(), HERE)


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last of a shorter month."""
    month = day.year * 12 + day.month - 1 + months
    first = date(month // 12, month % 12 + 1, 1)
    last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def rest_of(paused_at: datetime, back_on: date) -> tuple[Rest, ...]:
    """The days that a pause takes off the wait: from its own day on, until the one on which the client is back."""
    first = day_of(paused_at)
    return (Rest(first, back_on - timedelta(days=1)),) if first < back_on else ()


def is_since_return(at: datetime, reopened_at: datetime | None) -> bool:
    """Whether what happened then may be a first contact: after a return, only what happened since."""
    return reopened_at is None or at >= reopened_at


def merged(rests: Iterable[Rest]) -> tuple[Rest, ...]:
    """The same days in order and without overlap."""
    found: list[Rest] = []
    for rest in sorted(rests):
        if found and rest.start <= found[-1].end + timedelta(days=1):
            found[-1] = Rest(found[-1].start, max(found[-1].end, rest.end))
        else:
            found.append(rest)
    return tuple(found)


def waited(since: date, until: date, rests: Iterable[Rest]) -> int:
    """The days waited from `since` to `until`, those of rest taken off; never below nought."""
    days = (until - since).days
    for start, end in merged(rests):
        days -= max(0, (min(end + timedelta(days=1), until) - max(start, since)).days)
    return max(0, days)


def reached_on(since: date, days: int, rests: Iterable[Rest]) -> date:
    """The first day on which so many days were waited."""
    day = since + timedelta(days=days)
    for start, end in merged(rests):
        if start < day and end >= since:
            day += end + timedelta(days=1) - max(start, since)
    return day
