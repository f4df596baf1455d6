"""Days as people in Scotland count them, and how long somebody has waited."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

HERE = ZoneInfo("Europe/London")


class Rest(NamedTuple):
    """Days, both included, that do not count as waiting; without an end it still lasts."""

    start: date
    end: date | None


def day_of(moment: datetime) -> date:
    """The day it is here at that moment."""
    return moment.astimezone(HERE).date()


def start_of(day: date) -> datetime:
    """The moment that day begins here, summer time or not."""
    return datetime.combine(day, time(), HERE)


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last of a shorter month."""
    month = day.year * 12 + day.month - 1 + months
    first = date(month // 12, month % 12 + 1, 1)
    last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def merged(rests: Iterable[Rest]) -> tuple[Rest, ...]:
    """The same days in order and without overlap; whatever follows a rest that still lasts is part of it."""
    found: list[Rest] = []
    for rest in sorted(rests, key=lambda r: r.start):
        if found and (found[-1].end is None or rest.start <= found[-1].end + timedelta(days=1)):
            ends = (found[-1].end, rest.end)
            found[-1] = Rest(found[-1].start, None if None in ends else max(e for e in ends if e))
        else:
            found.append(rest)
    return tuple(found)


def waited(since: date, until: date, rests: Iterable[Rest]) -> int:
    """The days waited from `since` to `until`, those of rest taken off; never below nought."""
    days = (until - since).days
    for start, end in merged(rests):
        first = max(start, since)
        last = until if end is None else min(end + timedelta(days=1), until)
        days -= max(0, (last - first).days)
    return max(0, days)


def reached_on(since: date, days: int, rests: Iterable[Rest]) -> date | None:
    """The first day on which so many days were waited; None while a rest without an end holds the clock."""
    day = since + timedelta(days=days)
    for start, end in merged(rests):
        if start >= day or (end is not None and end < since):
            continue
        if end is None:
            return None
        day += end + timedelta(days=1) - max(start, since)
    return day
