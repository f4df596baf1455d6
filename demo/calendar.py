"""The days of the demonstration, counted from its first one."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

HERE = ZoneInfo("Europe/London")
FIRST = datetime(2026, 3, 2, tzinfo=HERE)
"""Monday 2 March 2026."""

OPENS, CLOSES = time(8), time(18)
DESK_HOUR = time(16)
"""When people sit down to write what the day brought."""


def on(day: int, hour: time = DESK_HOUR) -> datetime:
    """That hour, as the clocks in Scotland show it, so many days after the first."""
    return datetime.combine((FIRST + timedelta(days=day)).date(), hour, HERE)


def iso(day: int) -> str:
    """That day's date as it is written in an event."""
    return on(day).date().isoformat()


def working(week: int, weekday: int) -> int:
    """The day of that week; 0 is the Monday of the first."""
    return week * 7 + weekday


def words(moment: datetime) -> str:
    """The moment as a person says it: `Mon  2 Mar 09:05`."""
    local = moment.astimezone(HERE)
    return f"{local:%a} {local.day:>2} {local:%b %H:%M}"
