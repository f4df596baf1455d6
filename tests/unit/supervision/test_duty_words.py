"""What whoever raises a concern reads at once: whom to phone, who reads it, and until when nobody does."""

from datetime import date

import pytest

from services.supervision.domain.safeguarding.clocks import times_of
from services.supervision.domain.safeguarding.duty_calendar import Calendar
from services.supervision.domain.safeguarding.duty_policy import DutyPolicy, Phone
from services.supervision.domain.safeguarding.duty_words import (
    first_line_of_every_form,
    unchecked,
    what_the_raiser_reads,
)
from tests.unit.supervision.duty import BOARD, on, wall

TODDLE = DutyPolicy(
    organisation_name="Toddle",
    social_work=Phone(title="social work out of hours", number="0800 811 505", last_checked=date(2025, 6, 1)),
)
NUMBERS = "NHS 24 on 111 (checked 1 March 2026) or social work out of hours on 0800 811 505 (checked 1 June 2025)"


def test_the_first_line_of_every_form() -> None:
    assert first_line_of_every_form(TODDLE) == (
        "If someone may come to harm now, phone 999. NHS 24 is 111, day and night. Do that first, then tell us here."
    )


@pytest.mark.parametrize(
    ("at", "calendar", "words"),
    [
        ("2026-03-06 12:00", BOARD, "Somebody from Toddle is on duty and is being told now."),
        (
            "2026-03-06 20:00",
            BOARD,
            f"Nobody from Toddle will read this before Monday 09:00. Phone {NUMBERS} now. "
            "Out of hours, the agreed service is being told as well.",
        ),
        (
            "2026-03-06 07:00",
            BOARD,
            f"Nobody from Toddle will read this before 09:00 today. Phone {NUMBERS} now. "
            "Out of hours, the agreed service is being told as well.",
        ),
        (
            "2026-03-06 12:00",
            Calendar(),
            f"Nobody from Toddle will read this for now. Phone {NUMBERS} now. "
            "Whoever runs the service is being called, because this should not be so.",
        ),
    ],
)
def test_who_reads_it_and_until_when_nobody_does(at: str, calendar: Calendar, words: str) -> None:
    times = times_of("life", "safeguarding", wall(at), calendar, TODDLE)
    assert what_the_raiser_reads(times, wall(at), TODDLE) == words


def test_of_a_colleague_whoever_raises_it_reads_that_an_officer_alone_is_told() -> None:
    named = TODDLE.model_copy(update={"standing": {"named-officer": on("named-officer")}})
    times = times_of("life", "named-officer", wall("2026-03-07 12:00"), BOARD, named)
    assert what_the_raiser_reads(times, wall("2026-03-07 12:00"), named) == (
        "The named officer of Toddle is being told now, and nobody who works with them sees it."
    )


def test_of_a_day_far_off_the_date_is_said() -> None:
    times = times_of("life", "safeguarding", wall("2026-12-23 20:00"), BOARD, TODDLE)
    far = times.model_copy(update={"nobody_until": wall("2027-01-05 09:00")})
    assert "before Tuesday 5 January 2027 09:00." in what_the_raiser_reads(far, wall("2026-12-23 20:00"), TODDLE)


def test_numbers_that_nobody_has_checked_for_half_a_year_are_named() -> None:
    assert [phone.title for phone in unchecked(TODDLE, date(2026, 3, 6))] == ["social work out of hours"]
    assert len(unchecked(TODDLE, date(2026, 10, 6))) == 3
