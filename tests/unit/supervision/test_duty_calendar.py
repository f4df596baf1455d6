"""Who is on duty: the usual week, what holds this once, public holidays, midnight, and both nights of the clocks."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from services.supervision.domain.safeguarding.duty_calendar import Calendar, back_at, first_undeclared, on_duty, pieces
from tests.unit.supervision.duty import (
    BOARD,
    CLINICIAN,
    NURSE,
    gap_once,
    on,
    once,
    shown,
    usual_gap,
    wall,
    weekly,
)

NIGHT_SHIFT = Calendar((weekly(("sat",), "22:00", "07:00", who=NURSE),))


@pytest.mark.parametrize(
    ("case", "at", "calendar", "stands"),
    [
        ("office hours", "2026-03-06 16:59", BOARD, "staffed"),
        ("the last moment is the gap's", "2026-03-06 17:00", BOARD, "declared"),
        ("a deputy alone answers nothing", "2026-03-06 17:30", BOARD, "declared"),
        ("the weekend", "2026-03-07 12:00", BOARD, "declared"),
        ("Monday before nine", "2026-03-09 08:59", BOARD, "declared"),
        ("Good Friday is no Friday", "2026-04-03 12:00", BOARD, "declared"),
        ("Easter Monday is one in Scotland", "2026-04-06 12:00", BOARD, "staffed"),
        ("an empty rota", "2026-03-06 12:00", Calendar(), "undeclared"),
        ("a holiday nobody thought of", "2026-04-03 12:00", Calendar((weekly(),)), "undeclared"),
        ("a holiday somebody works", "2026-04-03 12:00", Calendar((weekly(("public-holiday",)),)), "staffed"),
        ("before midnight", "2026-03-07 23:00", NIGHT_SHIFT, "staffed"),
        ("after midnight", "2026-03-08 06:59", NIGHT_SHIFT, "staffed"),
        ("and no longer", "2026-03-08 07:00", NIGHT_SHIFT, "undeclared"),
        ("the day's own gap silences the week", "2026-03-06 12:00", "gap", "declared"),
        ("a shift of the day fills the day's own gap", "2026-03-06 14:00", "gap and shift", "staffed"),
        ("a shift of the day fills the weekend", "2026-03-07 12:00", "shift", "staffed"),
    ],
)
def test_how_it_stands(case: str, at: str, calendar: Calendar | str, stands: str) -> None:
    gaps = {NURSE: gap_once("2026-03-06 10:00", "2026-03-06 15:00")}
    saturday = {NURSE: once("2026-03-07 10:00", "2026-03-07 15:00")}
    friday = {NURSE: once("2026-03-06 13:00", "2026-03-06 15:00")}
    named = {"gap": replace(BOARD, gaps=gaps), "gap and shift": replace(BOARD, gaps=gaps, shifts=friday)}
    named["shift"] = replace(BOARD, shifts=saturday)
    piece = on_duty(named[calendar] if isinstance(calendar, str) else calendar, wall(at))
    assert ("staffed" if piece.staffed else "undeclared" if piece.undeclared else "declared") == stands


def test_of_a_declared_gap_whom_to_tell_instead_is_known_and_of_a_shift_who_has_it() -> None:
    assert on_duty(BOARD, wall("2026-03-07 12:00")).instead is not None
    assert [one.person_id for one in on_duty(BOARD, wall("2026-03-06 12:00")).people if one.role != "deputy"] == [
        CLINICIAN
    ]


@pytest.mark.parametrize(
    ("night", "hours"),
    [("2026-03-28", 8), ("2026-10-24", 10), ("2026-03-14", 9)],
    ids=["an hour is lost", "an hour comes twice", "a usual night"],
)
def test_a_night_shift_lasts_as_long_as_the_night_does(night: str, hours: int) -> None:
    found = [piece for piece in pieces(NIGHT_SHIFT, wall(f"{night} 12:00"), 2) if piece.staffed]
    assert sum((piece.end - piece.start for piece in found), timedelta()) == timedelta(hours=hours)


@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24"])
@pytest.mark.parametrize("change", ["01:00", "01:30", "02:00"])
def test_two_shifts_that_meet_in_a_night_when_the_clocks_change_leave_no_moment_open(day: str, change: str) -> None:
    sunday = ("sun",)
    calendar = Calendar(
        (weekly(("sat",), "00:00", "00:00"), weekly(sunday, "00:00", change), weekly(sunday, change, "00:00"))
    )
    assert first_undeclared(calendar, wall(f"{day} 00:00"), wall(f"{day} 00:00") + timedelta(hours=47)) is None


@pytest.mark.parametrize("start", ["2026-03-26 09:00", "2026-10-22 23:30", "2026-12-24 12:00"])
def test_stretches_follow_each_other_without_a_hole(start: str) -> None:
    found = list(pieces(BOARD, wall(start), 7))
    assert found[0].start == wall(start)
    assert all(one.end == other.start for one, other in pairwise(found))


@pytest.mark.parametrize(
    ("at", "back"),
    [
        ("2026-03-06 17:30", "Mon 09 Mar 09:00"),
        ("2026-04-02 18:00", "Mon 06 Apr 09:00"),
        ("2026-12-24 17:00", "Tue 29 Dec 09:00"),
        ("2026-12-31 17:00", "Tue 05 Jan 09:00"),
        ("2026-10-24 12:00", "Mon 26 Oct 09:00"),
    ],
)
def test_when_somebody_is_back(at: str, back: str) -> None:
    assert shown(back_at(BOARD, wall(at))) == back


def test_nobody_is_back_where_nobody_is_on_the_rota() -> None:
    assert back_at(Calendar((), (usual_gap(("mon",)),)), wall("2026-03-06 12:00")) is None


@pytest.mark.parametrize(
    ("case", "calendar", "found"),
    [
        ("a whole week", BOARD, None),
        ("nothing at all", Calendar(), ("Fri 06 Mar 12:00", "Fri 20 Mar 12:00")),
        ("no lunch", replace(BOARD, week=(weekly(end="12:30"), weekly(start="13:00"))), ("Fri 06 Mar 12:30", "13:00")),
        ("no weekend", replace(BOARD, usual_gaps=BOARD.usual_gaps[:1]), ("Sat 07 Mar 09:00", "Mon 09 Mar 09:00")),
        ("a deputy covers nothing", replace(BOARD, week=(weekly(role="deputy"),)), ("Fri 06 Mar 12:00", "17:00")),
    ],
)
def test_hours_that_nobody_covers_are_found(case: str, calendar: Calendar, found: tuple[str, str] | None) -> None:
    gap = first_undeclared(calendar, wall("2026-03-06 12:00"), wall("2026-03-20 12:00"))
    if found is None:
        assert gap is None
    else:
        assert gap is not None
        assert shown(gap[0]) == found[0]
        assert (shown(gap[1]) or "").endswith(found[1])


def test_each_says_only_who_answers_concerns_is_on_duty() -> None:
    assert all(not on_duty(Calendar((weekly(role=role),)), wall("2026-03-06 12:00")).staffed for role in _OTHERS)
    assert on("safeguarding-lead").role == "safeguarding-lead"


_OTHERS = ("deputy", "service-lead", "named-officer", "deputy-officer")
