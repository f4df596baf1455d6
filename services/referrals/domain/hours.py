"""At what hours a client may be written to: never at night, and only when it is safe and, where asked, answered."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple, Protocol

from shared.contracts.days import HERE, day_of, is_working_day

BEFORE_NIGHT = timedelta(minutes=30)
_FAR = 22
"""Days to look ahead: on a Monday may fall the holidays of two weeks, one after the other."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Window(NamedTuple):
    """From when to when on those days of the week, local time; no days named means every day."""

    days: frozenset[str]
    start: time
    end: time


class Quiet(NamedTuple):
    """The night, local time: it begins in the evening and ends the next morning."""

    start: time
    end: time


class _Quiet(Protocol):
    @property
    def quiet_from(self) -> str: ...
    @property
    def quiet_until(self) -> str: ...


def quiet_of(said: _Quiet) -> Quiet:
    """The night as a policy or an event says it."""
    return Quiet(time.fromisoformat(said.quiet_from), time.fromisoformat(said.quiet_until))


def reminder_at(start: datetime, hours_before: int, quiet: Quiet) -> datetime:
    """When to remind of what begins then: so long before by the clock on the wall, or earlier, never in the night.

    What would fall into the night goes on the evening before it, half an hour before the night begins.
    """
    wall = (start.astimezone(HERE).replace(tzinfo=None)) - timedelta(hours=hours_before)
    if wall.time() >= quiet.start or wall.time() < quiet.end:
        evening = wall.date() if wall.time() >= quiet.start else wall.date() - timedelta(days=1)
        wall = datetime.combine(evening, quiet.start) - BEFORE_NIGHT
    return wall.replace(tzinfo=HERE)


def open_from(
    moment: datetime, quiet: Quiet, safe: Sequence[Window] = (), *, working_days: bool = False
) -> datetime | None:
    """The first moment from then on at which the client may be written to; None if there is none for three weeks."""
    first = day_of(moment)
    for day in (first + timedelta(days=n) for n in range(_FAR)):
        if working_days and not is_working_day(day):
            continue
        for start, end in sorted(_open_on(day, quiet, safe)):
            if moment < end:
                return max(moment, start)
    return None


def _open_on(day: date, quiet: Quiet, safe: Sequence[Window]) -> Iterator[tuple[datetime, datetime]]:
    weekday = WEEKDAYS[day.weekday()]
    windows: Iterable[Window] = safe or (Window(frozenset(), time.min, time.max),)
    for window in windows:
        start, end = max(window.start, quiet.end), min(window.end, quiet.start)
        if (not window.days or weekday in window.days) and start < end:
            yield datetime.combine(day, start, HERE), datetime.combine(day, end, HERE)
