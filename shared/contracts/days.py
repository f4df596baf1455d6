"""Days as people in Scotland count them, which is what every day in an event means."""

from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

HERE = ZoneInfo("Europe/London")


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


def is_working_day(day: date) -> bool:
    """Whether somebody is in the office: Monday to Friday, and no public holiday of Scotland."""
    return day.weekday() < 5 and day not in _public_holidays(day.year)


@cache
def _public_holidays(year: int) -> frozenset[date]:
    # Loaded at first use, so that a service at rest stays small.
    from holidays import country_holidays

    return frozenset(country_holidays("GB", subdiv="SCT", years=year))
