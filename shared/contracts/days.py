"""Days as people in Scotland count them, which is what every day in an event means."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

HERE = ZoneInfo("Europe/London")


def day_of(moment: datetime) -> date:
    """The day it is here at that moment."""
    return moment.astimezone(HERE).date()
