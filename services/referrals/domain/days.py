"""Days of waiting and of rest, and how long somebody has waited."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from shared.contracts.days import day_of


class Rest(NamedTuple):
    """Days, both included, that do not count as waiting."""

    start: date
    end: date


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
