"""Who can be reached at a moment: people on duty, a gap that was declared, or one that nobody declared."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from shared.contracts.days import HERE, day_of, is_working_day, start_of
from shared.contracts.supervision import FIRST_LINE, OnDuty, OutOfHours, WeeklyGap, WeeklyShift

FAR = 30
"""Days to look ahead for somebody on duty, or for time that counts."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = timedelta(days=1)


class Shift(NamedTuple):
    """Somebody on duty this once."""

    start: datetime
    end: datetime
    who: OnDuty


class Gap(NamedTuple):
    """Nobody of the usual week on duty this once, and who is told instead."""

    start: datetime
    end: datetime
    instead: OutOfHours


@dataclass(frozen=True, slots=True)
class Calendar:
    """The usual week, and what holds this once; what holds this once goes before the usual week."""

    week: tuple[WeeklyShift, ...] = ()
    usual_gaps: tuple[WeeklyGap, ...] = ()
    shifts: Mapping[UUID, Shift] = field(default_factory=dict)
    gaps: Mapping[UUID, Gap] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one day in which nothing changes: who is there, or who is told instead, if that was agreed."""

    start: datetime
    end: datetime
    people: tuple[OnDuty, ...]
    instead: OutOfHours | None

    @property
    def staffed(self) -> bool:
        """Whether somebody is there who answers concerns."""
        return any(one.role in FIRST_LINE for one in self.people)

    @property
    def undeclared(self) -> bool:
        """Nobody is there, and nobody said so."""
        return not self.staffed and self.instead is None

    @property
    def counts(self) -> bool:
        """Whether duty time passes: somebody is there on a working day. A gap that nobody declared stops no clock."""
        return self.undeclared or (self.staffed and is_working_day(day_of(self.start)))


def on_duty(calendar: Calendar, at: datetime) -> Piece:
    """How it stands at that moment."""
    return next(piece for piece in _pieces_of(calendar, day_of(at)) if piece.start <= at < piece.end)


def pieces(calendar: Calendar, start: datetime, days: int = FAR) -> Iterator[Piece]:
    """How it stands from then on, stretch by stretch, for so many days."""
    first = day_of(start)
    for day in (first + DAY * n for n in range(days + 1)):
        for piece in _pieces_of(calendar, day):
            if piece.end > start:
                yield Piece(max(start.astimezone(UTC), piece.start), piece.end, piece.people, piece.instead)


def back_at(calendar: Calendar, at: datetime) -> datetime | None:
    """The first moment from then on at which somebody is on duty; None if nobody is for a month."""
    return next((piece.start for piece in pieces(calendar, at) if piece.staffed), None)


def first_undeclared(calendar: Calendar, start: datetime, end: datetime) -> tuple[datetime, datetime] | None:
    """From when to when, between those two, nobody is on duty and nobody said so; the first such time, if any."""
    found: tuple[datetime, datetime] | None = None
    for piece in pieces(calendar, start, (day_of(end) - day_of(start)).days):
        if piece.start >= end or (found and not piece.undeclared):
            break
        if piece.undeclared:
            found = (found[0] if found else piece.start, min(piece.end, end))
    return found


def _pieces_of(calendar: Calendar, day: date) -> list[Piece]:
    start, end = start_of(day).astimezone(UTC), start_of(day + DAY).astimezone(UTC)
    around = (day - DAY, day)
    week = [(*span, shift) for shift in calendar.week for span in _spans(shift, around, shifts=True)]
    usual = [(*span, gap) for gap in calendar.usual_gaps for span in _spans(gap, around, shifts=False)]
    known: Iterable[tuple[datetime, datetime, object]] = [
        *week,
        *usual,
        *calendar.shifts.values(),
        *calendar.gaps.values(),
    ]
    points = sorted({start, end, *(point for a, b, _ in known for point in (a, b) if start < point < end)})
    found = []
    for a, b in pairwise(points):
        once = next((gap.instead for gap in calendar.gaps.values() if gap.start <= a < gap.end), None)
        people = [shift.who for shift in calendar.shifts.values() if shift.start <= a < shift.end]
        people += [shift for s, e, shift in week if s <= a < e and once is None]
        instead = once or next((gap for s, e, gap in usual if s <= a < e), None)
        found.append(Piece(a, b, tuple(people), instead))
    return found


def _spans(
    weekly: WeeklyShift | WeeklyGap, days: Iterable[date], *, shifts: bool
) -> Iterator[tuple[datetime, datetime]]:
    begin, finish = time.fromisoformat(weekly.start), time.fromisoformat(weekly.end)
    for day in days:
        holiday = day.weekday() < 5 and not is_working_day(day)
        usual = WEEKDAYS[day.weekday()] in weekly.days and not (holiday and shifts)
        if usual or (holiday and "public-holiday" in weekly.days):
            until = day if finish > begin else day + DAY
            # Instants, because the difference of two times on one wall is wrong in the nights when the clocks change.
            yield (
                datetime.combine(day, begin, HERE).astimezone(UTC),
                datetime.combine(until, finish, HERE).astimezone(UTC),
            )
